//! `headwater replay`: a finding once more, from the snapshot it was found in.

use headwater_engine::Verb;

use crate::args::ReplayArgs;
use crate::errors::{Exit, Failure};
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: ReplayArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let id: i64 = args.id.parse().map_err(|_| {
        Failure::usage(format!("`{}` is no id of a finding", args.id))
            .with_help("headwater sql -c 'SELECT finding_id, typology FROM finding.findings'")
    })?;
    let progress = setup.progress();
    progress.say("finding it again");
    let deed = Deed { verb: Verb::Consultation, what: format!("replay {id}"), about_subjects: true };
    let replay = setup.deed(&lake, deed, async { Ok((headwater_detect::replay(&lake, id).await?, 1)) }).await?;
    drop(progress);
    for line in &replay.changed {
        setup.say(line);
    }
    let failed = |message: String| {
        let help = if replay.changed.is_empty() {
            "nothing it was found with has changed: the snapshot's files have, which `headwater verify` looks at"
        } else {
            "what has changed since is said above"
        };
        Failure::new(Exit::Runtime, "replay.differs", message).with_help(help)
    };
    let Some(replayed) = &replay.replayed else {
        return Err(failed(format!("finding {id} is not found again in snapshot {}", replay.snapshot_id)));
    };
    super::answer_page(setup, &format!("{replayed}\n"))?;
    if !replay.is_same() {
        return Err(failed(format!("finding {id} comes out with another {}", replay.differing.join(", "))));
    }
    setup.say(&format!("snapshot {}: the same bytes, SHA-256 {}", replay.snapshot_id, replay.sha256));
    Ok(())
}
