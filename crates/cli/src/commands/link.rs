//! `headwater link`: findings tied to known entities, counted by method.

use std::sync::Arc;

use headwater_engine::{Lake, Verb};
use headwater_link::LinkReport;

use crate::errors::Failure;
use crate::output::Rows;
use crate::setup::{Deed, Setup};

pub(super) async fn run(setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let report = link(setup, &lake).await?;
    let mut rows = Rows::new(&["method", "links#"]);
    for (method, links) in &report.by_method {
        rows.push([method, &links.to_string()]);
    }
    super::answer(setup, rows).await?;
    setup.say(&format!("{} links, {} of them new", report.links_total, report.links_new));
    Ok(())
}

/// Links with a progress line.
pub(super) async fn link(setup: &Setup, lake: &Arc<Lake>) -> Result<LinkReport, Failure> {
    let progress = setup.progress();
    progress.say("tying findings to entities");
    let deed = Deed { verb: Verb::Combination, what: "link".to_owned(), about_subjects: false };
    let work = async {
        let report = headwater_link::run(lake).await?;
        let rows = report.links_total;
        Ok((report, rows))
    };
    setup.deed(lake, deed, work).await
}
