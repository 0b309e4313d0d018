//! What people decide: dispositions and suppressions.

use headwater_detect::{Disposition, Grounds, Suppression};

use super::Queue;
use crate::args::{DispositionChoice, FlagsArgs};
use crate::errors::Failure;
use crate::setup::Setup;

pub(super) async fn dispose(
    args: &FlagsArgs,
    choice: DispositionChoice,
    queue: &Queue,
    setup: &Setup,
) -> Result<(), Failure> {
    let mut ids = Vec::with_capacity(args.ids.len());
    for text in &args.ids {
        ids.push(queue.finding(text).await?);
    }
    let disposition = match choice {
        DispositionChoice::True => Disposition::True,
        DispositionChoice::False => Disposition::False,
        DispositionChoice::Unclear => Disposition::Unclear,
    };
    headwater_detect::dispose(&queue.lake, &ids, disposition, &grounds(args)).await?;
    let names = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    setup.say(&format!("{names}: {}", disposition.word()));
    Ok(())
}

pub(super) async fn suppress(args: &FlagsArgs, rule: &str, queue: &Queue, setup: &Setup) -> Result<(), Failure> {
    let (typology, account) = match rule.split_once(':') {
        Some((typology, account)) => (typology, Some(queue.account(&args.ledger, account).await?)),
        None => (rule, None),
    };
    let until = args.until.as_deref().unwrap_or_default();
    let suppression = Suppression::new(typology, account, until)?;
    headwater_detect::suppress(&queue.lake, &suppression, &grounds(args)).await?;
    let whose = account.map(|account| format!(" AND subject = {account}")).unwrap_or_default();
    let sql =
        format!("SELECT count(*) FROM finding.queue WHERE status = 'suppressed' AND typology = '{typology}'{whose}");
    let number = queue.numbers(&sql).await?.first().copied().unwrap_or(0);
    setup.say(&format!("{rule}: {number} findings are suppressed, until {until}"));
    Ok(())
}

fn grounds(args: &FlagsArgs) -> Grounds {
    Grounds { reason: args.reason.clone().unwrap_or_default(), decided_by: args.by.clone().unwrap_or_default() }
}
