//! `headwater judge`: what an analyst says of a network, recorded; and what was said so far.

use headwater_assess::{JudgeRequest, Judgement, judge, judgements};
use headwater_engine::Verb;

use crate::args::JudgeArgs;
use crate::errors::{Exit, Failure};
use crate::output::Rows;
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: JudgeArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let (Some(network), Some(indicator), Some(rung)) = (&args.network, &args.indicator, &args.rung) else {
        let all = judgements(&lake, &args.profile, args.network.as_deref()).await?;
        super::answer(setup, rows(&all)).await?;
        return Ok(());
    };
    let missing = |what: &str| {
        Failure::new(Exit::Usage, "usage", format!("a judgement needs {what}; `headwater judge --help` shows one"))
    };
    let request = JudgeRequest {
        profile: args.profile,
        network: network.clone(),
        indicator: indicator.clone(),
        score: rung.0,
        author: args.by.ok_or_else(|| missing("--by, the name of who judges"))?,
        reason: args.reason.ok_or_else(|| missing("--reason"))?,
        grade: args.grade.ok_or_else(|| missing("--grade, such as B2 or 3x5x2:1B"))?,
        document: args.document.ok_or_else(|| missing("--document, the reference of what it stands on"))?,
        date: args.date,
        handling: args.handling,
    };
    let what = format!("judge {} {} {}", request.network, request.indicator, rung_text(request.score));
    let deed = Deed { verb: Verb::Alteration, what, about_subjects: true };
    let recorded = setup.deed(&lake, deed, async { Ok((judge(&lake, &request).await?, 1)) }).await?;
    super::answer(setup, rows(&[recorded])).await?;
    setup.say("earlier judgements are kept; `headwater assess` reads the newest");
    Ok(())
}

/// As the command reads it.
fn rung_text(score: Option<u8>) -> String {
    score.map_or_else(|| "unknown".to_owned(), |score| score.to_string())
}

fn rows(all: &[Judgement]) -> Rows {
    let mut rows = Rows::new(&[
        "network",
        "indicator",
        "rung",
        "counts",
        "by",
        "date",
        "reason",
        "grade",
        "document",
        "handling",
        "judgement",
    ]);
    for judgement in all {
        let rung = rung_text(judgement.score);
        let grade = format!("{}:{}{}", judgement.grade.scheme, judgement.grade.source, judgement.grade.item);
        let counts = if judgement.counts { "yes" } else { "no" };
        let handling = judgement.handling.clone().unwrap_or_default();
        rows.push([
            judgement.network.as_str(),
            &judgement.indicator,
            &rung,
            counts,
            &judgement.author,
            &judgement.date,
            &judgement.reason,
            &grade,
            &judgement.document,
            &handling,
            &judgement.id,
        ]);
    }
    rows
}
