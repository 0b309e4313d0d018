//! `headwater init`: a lake with its empty tables.

use headwater_engine::Verb;

use crate::args::InitArgs;
use crate::errors::Failure;
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: &InitArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    let existed = lake.exists().await.unwrap_or(false);
    let snapshot = lake.init().await?;
    if args.governed && !snapshot.governed {
        let deed = Deed { verb: Verb::Alteration, what: "init --governed".to_owned(), about_subjects: false };
        setup.deed(&lake, deed, async { Ok((lake.govern(true).await?, 0)) }).await?;
    }
    let (location, tables) = (lake.location(), snapshot.tables.len());
    setup.say(&if existed {
        format!("{location} is a lake already: {tables} tables, snapshot {}", snapshot.snapshot_id)
    } else {
        format!("{location}: a lake of {tables} empty tables")
    });
    Ok(())
}
