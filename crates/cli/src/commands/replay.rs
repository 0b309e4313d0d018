//! `headwater replay`: a finding or a product once more, from the snapshot it was made from.

use std::sync::Arc;

use headwater_engine::{Lake, Verb};

use crate::args::ReplayArgs;
use crate::errors::{Exit, Failure};
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: ReplayArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let deed = Deed { verb: Verb::Consultation, what: format!("replay {}", args.id), about_subjects: true };
    // A finding's id is a number; a product's begins with what kind it is of.
    match args.id.parse() {
        Ok(id) => finding(setup, &lake, id, deed).await,
        Err(_) if args.id.contains('-') => product(setup, &lake, &args.id, deed).await,
        Err(_) => Err(Failure::usage(format!("`{}` is no id of a finding or of a product", args.id)).with_help(
            "headwater sql -c 'SELECT finding_id, typology FROM finding.findings'; \
             headwater sql -c 'SELECT product_id, kind, title FROM assess.products'",
        )),
    }
}

async fn finding(setup: &Setup, lake: &Arc<Lake>, id: i64, deed: Deed) -> Result<(), Failure> {
    let progress = setup.progress();
    progress.say("finding it again");
    let replay = setup.deed(lake, deed, async { Ok((headwater_detect::replay(lake, id).await?, 1)) }).await?;
    drop(progress);
    for line in &replay.changed {
        setup.say(line);
    }
    let failed = |message: String| differs(message, replay.changed.is_empty());
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

async fn product(setup: &Setup, lake: &Arc<Lake>, id: &str, deed: Deed) -> Result<(), Failure> {
    let progress = setup.progress();
    progress.say("making it again");
    let work = async { Ok((headwater_assess::product::remake(lake, id).await?, 1)) };
    let remade = setup.deed(lake, deed, work).await?;
    drop(progress);
    for line in &remade.changed {
        setup.say(line);
    }
    super::answer_page(setup, &remade.files.json)?;
    let stored = &remade.stored;
    if !remade.differs.is_empty() {
        let message = format!("product {} comes out with another {}", stored.id, remade.differs.join(", "));
        return Err(differs(message, remade.changed.is_empty()));
    }
    for (ending, hash) in &stored.hashes {
        setup.say(&format!("snapshot {}: the same bytes, {ending} SHA-256 {hash}", stored.snapshot));
    }
    Ok(())
}

/// Other bytes than before; whether anything is known that explains it.
fn differs(message: String, nothing_changed: bool) -> Failure {
    let help = if nothing_changed {
        "nothing it was made with has changed: the snapshot's files have, which `headwater verify` looks at"
    } else {
        "what has changed since is said above"
    };
    Failure::new(Exit::Runtime, "replay.differs", message).with_help(help)
}
