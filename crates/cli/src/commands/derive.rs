//! `headwater derive`: tables that follow from others, made anew.

use headwater_engine::{Event, derive_anew};

use crate::args::DeriveArgs;
use crate::errors::Failure;
use crate::setup::Setup;

pub(super) async fn run(args: DeriveArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    let progress = setup.progress();
    let bar = progress.bar();
    let observer = move |event: Event| {
        if let Event::Table { name } = event {
            bar.set_message(format!("deriving {name}"));
        }
    };
    let snapshot = derive_anew(&lake, &args.names, &observer).await;
    drop(progress);
    setup.say(&format!("snapshot {}", snapshot?));
    Ok(())
}
