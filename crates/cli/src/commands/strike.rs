//! `headwater strike`: a transaction that says nothing of who owns its inputs, and what becomes of the clusters.

use std::time::{SystemTime, UNIX_EPOCH};

use headwater_engine::Verb;
use headwater_link::strike::{Strike, strike};

use crate::args::StrikeArgs;
use crate::errors::Failure;
use crate::output::Rows;
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: StrikeArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let what = format!("strike {}{}", args.txid, if args.undo { " --undo" } else { "" });
    let request = Strike {
        ledger: args.ledger,
        txid: args.txid,
        struck: !args.undo,
        who: args.by,
        why: args.reason,
        time: i64::try_from(time).unwrap_or(i64::MAX),
    };
    let progress = setup.progress();
    progress.say("making the clusters anew");
    let deed = Deed { verb: Verb::Alteration, what, about_subjects: true };
    let touched = setup.deed(&lake, deed, async { Ok((strike(&lake, &request).await?, 1)) }).await;
    drop(progress);
    let mut rows = Rows::new(&["cluster", "before#", "after#"]);
    for one in touched? {
        let text = |accounts: Option<u64>| accounts.map(|accounts| accounts.to_string()).unwrap_or_default();
        rows.push([one.cluster.as_str(), &text(one.before), &text(one.after)]);
    }
    super::answer(setup, rows).await?;
    setup.say(
        "addresses that are alone now are in no cluster; headwater sql -c 'SELECT * FROM btc.struck' lists strikes",
    );
    Ok(())
}
