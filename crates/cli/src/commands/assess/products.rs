//! `headwater assess --out`: products by terms of reference; and `--lint`, which reads them.

use std::path::PathBuf;
use std::sync::Arc;

use headwater_assess::product::{Change, ProductsReport, ProductsRequest, lint::lint_file, products};
use headwater_engine::Lake;

use crate::args::{AssessArgs, Withheld};
use crate::errors::{Exit, Failure};
use crate::output::Rows;
use crate::setup::Setup;

/// Whether the arguments ask for products and not for the plain report.
pub(super) fn wanted(args: &AssessArgs) -> bool {
    args.terms.is_some() || args.out.is_some() || args.compare.is_some() || !args.products.is_empty()
}

/// Makes products; the answer is one row a product, or with `--compare` one row a change.
pub(super) async fn run(args: AssessArgs, setup: &Setup, lake: &Arc<Lake>) -> Result<(), Failure> {
    let terms = match &args.terms {
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|source| Failure::io(&name, &source))?;
            Some((name, text))
        }
        None => None,
    };
    let mut kinds = Vec::with_capacity(args.products.len());
    for name in &args.products {
        kinds.push(name.parse()?);
    }
    let compared = args.compare.is_some();
    let request = ProductsRequest {
        profile: args.profile,
        terms,
        kinds,
        compared_with: args.compare,
        counted: setup.global.withheld == Withheld::Counted,
        out: args.out.unwrap_or_else(|| PathBuf::from(lake.location()).join("reports")),
    };
    let report = {
        let progress = setup.progress();
        progress.say("making products");
        products(lake, &request).await?
    };
    super::super::answer(setup, if compared { changes(&report.changes) } else { made(&report) }).await?;
    if compared {
        for line in &report.products {
            setup.say(&format!("{}: {}", line.id, line.page.display()));
        }
    }
    if report.unanswered > 0 {
        setup.say(&format!(
            "the data do not answer {} things the terms ask for; the products say which",
            report.unanswered
        ));
    }
    for kind in &report.missing {
        setup.say(&format!("the terms require the product {kind}, which was not made"));
    }
    Ok(())
}

fn made(report: &ProductsReport) -> Rows {
    let mut rows = Rows::new(&["product", "kind", "title", "page"]);
    for line in &report.products {
        rows.push([line.id.as_str(), line.kind.name(), &line.title, &line.page.display().to_string()]);
    }
    rows
}

fn changes(changes: &[Change]) -> Rows {
    let mut rows = Rows::new(&["subject", "of", "number", "was", "is", "why"]);
    for change in changes {
        let or_nothing = |value: &Option<String>| value.clone().unwrap_or_default();
        rows.push([
            change.subject.as_str(),
            &change.caption,
            &change.measure,
            &or_nothing(&change.before),
            &or_nothing(&change.after),
            &change.why,
        ]);
    }
    rows
}

/// Reads files and fails when one of them must not leave. Evidence is looked up when there is a lake to look in.
pub(super) async fn lint(args: &AssessArgs, setup: &Setup, lake: &Arc<Lake>) -> Result<(), Failure> {
    let there = lake.exists().await.unwrap_or(false).then_some(lake);
    let mut rows = Rows::new(&["file", "place", "fault"]);
    let mut count = 0;
    for path in &args.lint {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| Failure::io(&name, &source))?;
        for fault in lint_file(there, &name, &text).await? {
            rows.push([name.as_str(), &fault.place, &fault.what]);
            count += 1;
        }
    }
    if there.is_none() {
        setup.say("there is no lake here: evidence was not looked up");
    }
    if count == 0 {
        setup.say("nothing keeps it from leaving");
        return Ok(());
    }
    super::super::answer(setup, rows).await?;
    Err(Failure::new(Exit::Runtime, "lint", format!("{count} places must be put right first")))
}
