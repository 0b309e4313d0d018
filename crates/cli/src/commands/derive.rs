//! `headwater derive`: tables that follow from others, made anew.

use headwater_engine::{Event, Verb, derive_anew};

use crate::args::DeriveArgs;
use crate::errors::Failure;
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: DeriveArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    let progress = setup.progress();
    let bar = progress.bar();
    let observer = move |event: Event| {
        if let Event::Table { name } = event {
            bar.set_message(format!("deriving {name}"));
        }
    };
    let deed =
        Deed { verb: Verb::Combination, what: format!("derive {}", args.names.join(" ")), about_subjects: false };
    let work = async { Ok((derive_anew(&lake, &args.names, &observer).await?, 0)) };
    let snapshot = setup.deed(&lake, deed, work).await;
    drop(progress);
    setup.say(&format!("snapshot {}", snapshot?));
    Ok(())
}
