//! `headwater assess`: the networks scored, with the range that what is not known leaves open, and the report.

use std::sync::Arc;

use headwater_assess::{AssessReport, AssessRequest};
use headwater_engine::{Lake, Verb};

use crate::args::AssessArgs;
use crate::errors::Failure;
use crate::output::Rows;
use crate::setup::{Deed, Setup};

mod products;

pub(super) async fn run(args: AssessArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    if !args.lint.is_empty() {
        return products::lint(&args, setup, &lake).await;
    }
    super::require(&lake).await?;
    if products::wanted(&args) {
        return products::run(args, setup, &lake).await;
    }
    let report = assess(setup, &lake, AssessRequest { profile: args.profile, report: args.report }).await?;
    super::answer(setup, networks(&report)).await?;
    tell(setup, &report);
    Ok(())
}

/// Assesses with a progress line.
pub(super) async fn assess(setup: &Setup, lake: &Arc<Lake>, request: AssessRequest) -> Result<AssessReport, Failure> {
    let progress = setup.progress();
    progress.say("scoring networks");
    // A product names people, and lies in a folder afterwards.
    let deed =
        Deed { verb: Verb::Disclosure, what: format!("assess --profile {}", request.profile), about_subjects: true };
    let work = async {
        let report = headwater_assess::run(lake, &request).await?;
        let rows = report.networks.len() as u64;
        Ok((report, rows))
    };
    setup.deed(lake, deed, work).await
}

/// One row a network.
pub(super) fn networks(report: &AssessReport) -> Rows {
    let mut rows = Rows::new(&["network", "name", "t_low", "t", "t_high", "band", "priority", "coverage", "findings#"]);
    for line in &report.networks {
        let findings = line.findings.to_string();
        rows.push([
            &line.id,
            &line.caption,
            &line.t_low,
            &line.t_point,
            &line.t_high,
            &line.band,
            &line.priority,
            &line.coverage,
            &findings,
        ]);
    }
    rows
}

/// Where the products are, and what they leave out.
pub(super) fn tell(setup: &Setup, report: &AssessReport) {
    if report.unlinked > 0 {
        setup.say(&format!("{} findings lead to no known network; the report lists them", report.unlinked));
    }
    setup.say(&format!("report: {}", report.html.display()));
    setup.say(&format!("twin:   {}", report.json.display()));
}
