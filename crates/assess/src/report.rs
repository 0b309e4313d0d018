//! Writes the report: a page that needs nothing but itself, and its JSON twin.
//!
//! Both come from one ordered model, hold no clock, path or random number, and are byte-identical on every run.
//! The page has no script and loads nothing. Every value from the data goes through escaping: a company name is written
//! by the person under investigation.
//!
//! A list of evidence longer than a few rows is folded; its count and hash stay in sight and the twin holds every id.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use crate::chart;
use crate::decimal::Decimal;
use crate::error::Result;
use crate::model::{Flow, FlowSide, Network, Report};
use crate::score::Priority;

/// The page's parts; one section a file.
const TEMPLATES: [(&str, &str); 7] = [
    ("report.html", include_str!("../templates/report.html")),
    ("report.css", include_str!("../templates/report.css")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("summary.html", include_str!("../templates/summary.html")),
    ("network.html", include_str!("../templates/network.html")),
    ("limits.html", include_str!("../templates/limits.html")),
    ("method.html", include_str!("../templates/method.html")),
];

/// Writes the page.
pub fn render_html(report: &Report) -> Result<String> {
    let report = report.clone().ordered();
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    environment.add_filter("money", |text: &str| grouped(text, 2));
    environment.add_filter("amount", |text: &str| grouped(text, 8));
    environment.add_filter("minute", minute);
    environment.add_filter("css_string", css_string);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let networks: Vec<Value> =
        report.networks.iter().enumerate().map(|(index, network)| view(&report, network, index)).collect();
    let tiers = [Priority::P1, Priority::P2, Priority::Watch, Priority::P3].map(|tier| {
        let count = report.networks.iter().filter(|network| network.card.priority == tier).count();
        context! { tier => tier.to_string(), count }
    });
    let page = environment.get_template("report.html")?;
    Ok(page.render(context! { report => Value::from(Serde(&report)), networks, tiers => tiers.to_vec() })?)
}

/// Writes the JSON twin.
pub fn render_json(report: &Report) -> Result<String> {
    let mut text = serde_json::to_string_pretty(&report.clone().ordered())?;
    text.push('\n');
    Ok(text)
}

/// A network with its pictures. Their text is escaped where they are drawn, so here they are safe.
fn view(report: &Report, network: &Network, index: usize) -> Value {
    let name = |part: &str| format!("network-{}-{part}", index + 1);
    let bands = &report.method.bands;
    let card = &network.card;
    let svg = Value::from_safe_string;
    let largest = network.corridors.iter().map(|corridor| corridor.amount_eur).max().unwrap_or_default();
    let corridor_bars: Vec<Value> =
        network.corridors.iter().map(|corridor| svg(chart::bar(corridor.amount_eur, largest))).collect();
    context! {
        anchor => format!("network-{}", index + 1),
        number => index + 1,
        network => Value::from(Serde(network)),
        overview => svg(chart::strip(&name("overview"), "Threat interval", &card.threat, bands)),
        threat => svg(chart::interval(&name("threat"), "Threat interval", &card.threat, bands)),
        harm => svg(chart::interval(&name("harm"), "Harm interval", &card.harm, bands)),
        likelihood => svg(chart::interval(&name("likelihood"), "Likelihood interval", &card.likelihood, bands)),
        months => chart::months(&name("months"), &network.caption, &network.volume_by_month).map(svg),
        flows => chart::flows(&name("flows"), &network.caption, &network.flows).map(svg),
        corridor_bars,
        internal => internal(&network.flows),
    }
}

/// How many flows stay between members; they are listed and not drawn.
fn internal(flows: &[Flow]) -> usize {
    flows.iter().filter(|flow| flow.side == FlowSide::Internal).count()
}

/// A number for people; text that is no number is left as it is.
pub(crate) fn grouped(text: &str, places: usize) -> String {
    text.parse::<Decimal>().map_or_else(|_| text.to_owned(), |number| number.grouped(places))
}

/// A time to the minute, `2014-01-03 09:14`; anything else is left as it is.
fn minute(text: &str) -> String {
    match (text.get(..10), text.get(10..11), text.get(11..16)) {
        (Some(day), Some("T" | " "), Some(time)) => format!("{day} {time}"),
        _ => text.to_owned(),
    }
}

/// Text as the inside of a CSS string: everything but letters and digits as a code point.
pub(crate) fn css_string(text: &str) -> Value {
    let escaped = text.chars().map(|character| {
        if character.is_ascii_alphanumeric() {
            character.to_string()
        } else {
            format!("\\{:06x}", u32::from(character))
        }
    });
    Value::from_safe_string(escaped.collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[test]
    fn writes_the_same_bytes_twice() {
        let (first, second) = (crate::sample::report(), crate::sample::report());
        assert_eq!(render_html(&first).unwrap(), render_html(&second).unwrap());
        assert_eq!(render_json(&first).unwrap(), render_json(&second).unwrap());
        assert!(render_json(&first).unwrap().ends_with("}\n"));
    }

    #[test]
    fn needs_nothing_but_itself() {
        let page = render_html(&crate::sample::report()).unwrap();
        for outside in ["<script", "<link", "<img", "<iframe", "@import", "url(", "src=", "http://", "https://"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    }

    #[test]
    fn hostile_names_stay_text() {
        let mut report = crate::sample::report();
        let hostile = "</style></title><script>alert(1)</script>\"'{{ 7*7 }}";
        report.header.marking = hostile.to_owned();
        report.header.title = hostile.to_owned();
        report.innocent = hostile.to_owned();
        for network in &mut report.networks {
            network.caption = hostile.to_owned();
            network.basis = hostile.to_owned();
            network.members.iter_mut().for_each(|member| member.holder = Some(hostile.to_owned()));
            network.findings.iter_mut().for_each(|finding| finding.subject = hostile.to_owned());
            network.flows.iter_mut().for_each(|flow| flow.from = hostile.to_owned());
        }
        let page = render_html(&report).unwrap();
        assert!(!page.contains("<script") && page.contains("{{ 7*7 }}"));
        assert_eq!(page.matches("</style>").count(), 1);
    }

    #[test]
    fn says_what_it_is_not() {
        let page = render_html(&crate::sample::report()).unwrap();
        for sentence in
            ["indicator, not proof", "appears in", "No human conclusion is recorded", "Intelligence gap – collect"]
        {
            assert!(page.contains(sentence), "{sentence}");
        }
    }

    #[test]
    fn ids_are_unique_and_anchors_resolve() {
        let page = render_html(&crate::sample::report()).unwrap();
        let after = |mark: &str| -> Vec<String> {
            page.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
        };
        let ids = after(" id=\"");
        let unique: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "an id is used twice");
        for target in after("href=\"#").iter().chain(
            after("aria-labelledby=\"")
                .iter()
                .flat_map(|ids| ids.split(' ').map(str::to_owned).collect::<Vec<_>>())
                .collect::<Vec<_>>()
                .iter(),
        ) {
            assert!(ids.contains(target), "{target}");
        }
    }

    /// Every evidence hash of the twin is on the page, or belongs to a part that the page folds into a table.
    #[test]
    fn the_page_and_the_twin_agree() {
        let report = crate::sample::report().ordered();
        let page = render_html(&report).unwrap();
        for network in &report.networks {
            assert!(page.contains(&network.evidence.hash));
            for finding in &network.findings {
                assert!(page.contains(&finding.evidence.hash) && page.contains(&finding.finding_id));
            }
            for flow in &network.flows {
                assert!(page.contains(&flow.evidence.hash));
            }
        }
    }

    /// Writes the sample for a person to look at, under the crate's target directory.
    #[test]
    #[ignore = "writes files; run it to look at the page"]
    fn writes_the_sample_to_look_at() {
        let report = crate::sample::report();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/sample");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("report.html"), render_html(&report).unwrap()).unwrap();
        std::fs::write(folder.join("report.json"), render_json(&report).unwrap()).unwrap();
    }
}
