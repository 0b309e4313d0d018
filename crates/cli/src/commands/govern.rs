//! `headwater govern`: whether what is about subjects needs purpose, case and authority.

use headwater_engine::Verb;

use crate::args::{GovernArgs, GovernState};
use crate::errors::Failure;
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: GovernArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    let now = lake.newest_snapshot().await?.governed;
    let word = |governed: bool| if governed { "on\n" } else { "off\n" };
    let Some(state) = args.state else {
        return super::answer_page(setup, word(now));
    };
    let governed = state == GovernState::On;
    if governed != now {
        // To lift the rule is what the rule is about.
        let deed = Deed {
            verb: Verb::Alteration,
            what: format!("govern {}", word(governed).trim_end()),
            about_subjects: true,
        };
        setup.deed(&lake, deed, async { Ok((lake.govern(governed).await?, 0)) }).await?;
    }
    super::answer_page(setup, word(governed))
}
