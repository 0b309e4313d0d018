//! `headwater resolve`: parties that may be one, and what somebody decides of them.

use std::time::{SystemTime, UNIX_EPOCH};

use headwater_engine::{Event, Verb};
use headwater_link::resolve::{Decision, Verdict, decide, find_candidates};

use crate::args::ResolveArgs;
use crate::errors::Failure;
use crate::output::Output;
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: ResolveArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let verdicts = [(Verdict::Same, &args.same), (Verdict::Distinct, &args.distinct), (Verdict::Undecided, &args.undo)];
    for (verdict, pair) in verdicts {
        if let [a, b] = pair.as_slice() {
            let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
            let decision = Decision {
                a: a.clone(),
                b: b.clone(),
                verdict,
                who: args.by.unwrap_or_default(),
                why: args.reason.unwrap_or_default(),
                time: i64::try_from(time).unwrap_or(i64::MAX),
            };
            let what = format!("resolve {} {a} {b}", verdict.word());
            let deed = Deed { verb: Verb::Alteration, what, about_subjects: true };
            let revision = setup.deed(&lake, deed, async { Ok((decide(&lake, &decision).await?, 1)) }).await?;
            setup.say(&format!("{a} and {b}: {} (revision {revision})", verdict.word()));
            return Ok(());
        }
    }
    if !args.as_is {
        let progress = setup.progress();
        let bar = progress.bar();
        let observer = move |event: Event| {
            if let Event::Table { name } = event {
                bar.set_message(format!("finding {name}"));
            }
        };
        let deed = Deed { verb: Verb::Combination, what: "resolve".to_owned(), about_subjects: false };
        let found = setup.deed(&lake, deed, async { Ok((find_candidates(&lake, &observer).await?, 0)) }).await;
        drop(progress);
        found?;
    }
    let session = setup.session(&lake);
    let mut output = Output::new(setup.output())?;
    super::execute(&session, if args.all { ALL } else { UNDECIDED }, &mut output).await?;
    output.close()?;
    for line in super::lines(&session, CAPPED).await? {
        setup.say(&line);
    }
    Ok(())
}

const UNDECIDED: &str = "SELECT score, a, a_name, b, b_name, array_to_string(reasons, '; ') AS reasons \
    FROM intel.resolutions WHERE status = 'undecided' ORDER BY score DESC NULLS LAST, a, b";

const ALL: &str = "SELECT status, score, a, a_name, b, b_name, array_to_string(reasons, '; ') AS reasons, through, who, \
    why, time FROM intel.resolutions ORDER BY score DESC NULLS LAST, a, b";

/// What was not compared is said.
const CAPPED: &str = "SELECT count(*) || ' names or parts of names are too common to compare, ' || sum(pairs) || \
    ' comparisons were not made: SELECT * FROM intel.capped_blocks' FROM intel.capped_blocks HAVING count(*) > 0";
