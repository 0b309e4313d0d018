//! `headwater init`: a lake with its empty tables.

use crate::errors::Failure;
use crate::setup::Setup;

pub(super) async fn run(setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    let existed = lake.exists().await.unwrap_or(false);
    let snapshot = lake.init().await?;
    let (location, tables) = (lake.location(), snapshot.tables.len());
    setup.say(&if existed {
        format!("{location} is a lake already: {tables} tables, snapshot {}", snapshot.snapshot_id)
    } else {
        format!("{location}: a lake of {tables} empty tables")
    });
    Ok(())
}
