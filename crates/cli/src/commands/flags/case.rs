//! One case: its findings and its time line.

use super::{Queue, list, shown};
use crate::args::FlagsArgs;
use crate::errors::Failure;
use crate::output::{Format, Output};
use crate::setup::Setup;

pub(super) async fn run(id: i64, args: &FlagsArgs, queue: &Queue, setup: &Setup) -> Result<(), Failure> {
    let format = setup.output().format;
    if matches!(format, Format::Table | Format::Markdown) && setup.output().file.is_none() {
        list::write(&format!("case_id = {id}"), args.top, queue, setup).await?;
    }
    // For machines a case is its time line; its findings are rows of finding.queue.
    let sql = format!(
        "WITH names AS (SELECT account, min(name) AS name FROM flow.holders GROUP BY account) \
         SELECT step, time, transfer_id, {} AS payer, payers.name AS payer_holder, {} AS payee, payees.name AS payee_holder, \
         amount, asset, value_eur, findings, typologies \
         FROM (SELECT * FROM finding.case_timeline WHERE case_id = {id}) AS line \
         LEFT JOIN names AS payers ON payers.account = src LEFT JOIN names AS payees ON payees.account = dst ORDER BY step",
        shown("src"),
        shown("dst")
    );
    let mut output = Output::new(setup.output())?;
    crate::commands::execute(&queue.session, &sql, &mut output).await?;
    output.close()
}
