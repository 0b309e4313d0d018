//! `headwater verify`: the lake held against what it says of itself.

use crate::errors::{Exit, Failure};
use crate::output::Rows;
use crate::setup::Setup;

/// Faults of one check that are told on standard error.
const TOLD: usize = 10;

pub(super) async fn run(setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let progress = setup.progress();
    progress.say("checking");
    let checks = headwater_assess::verify(&lake).await?;
    drop(progress);
    let mut rows = Rows::new(&["check", "looked_at#", "faults#", "note"]);
    for check in &checks {
        rows.push([check.name, &check.looked_at.to_string(), &check.wrong.to_string(), &check.note]);
    }
    super::answer(setup, rows).await?;
    let mut wrong = 0;
    for check in &checks {
        wrong += check.wrong;
        for fault in check.faults.iter().take(TOLD) {
            setup.say(&format!("{}: {fault}", check.name));
        }
    }
    if wrong > 0 {
        let message = format!("{wrong} faults; the lake is not what it says it is");
        return Err(Failure::new(Exit::Runtime, "verify.faults", message));
    }
    Ok(())
}
