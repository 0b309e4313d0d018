//! What the indicator files measured: for each network and indicator its metrics, with explanation and evidence.

use std::collections::BTreeMap;
use std::sync::Arc;

use headwater_engine::{Bindings, EngineError, QueryFile, Session, Values};

use crate::decimal::Decimal;
use crate::error::{AssessError, Result};
use crate::poisson::{RateRatio, Window as Counts, rate_ratio};
use crate::profile::{Indicator, Metrics};
use crate::run::{Window, facts};

/// One indicator of one network, measured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measure {
    pub(crate) metrics: Metrics,
    pub(crate) explanation: String,
    pub(crate) evidence: Vec<String>,
    pub(crate) query_hash: String,
}

/// Every measure, by network and indicator.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    by_network: BTreeMap<(String, String), Measure>,
}

/// How the item of a search begins; an indicator file writes it with its own stem.
const SEARCH: &str = "search:";

/// A hash as short as it is shown.
fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

/// The columns an indicator file returns.
const SHAPE: [&str; 5] = ["network", "metric", "value", "explanation", "evidence"];

impl Measures {
    /// Runs every indicator file over the window. `dataset` is what is searched, for the record of a search.
    pub(crate) async fn take<'a>(
        session: &Session,
        files: impl Iterator<Item = &'a Arc<QueryFile>>,
        window: &Window,
        dataset: &str,
    ) -> Result<Self> {
        let mut measures = Self::default();
        for file in files {
            measures.run(session, file, window, dataset).await?;
        }
        Ok(measures)
    }

    /// Every item that a value stands on: network, indicator, item.
    pub(crate) fn items(&self) -> Vec<(String, String, String)> {
        let items = self.by_network.iter().flat_map(|((network, indicator), measure)| {
            measure.evidence.iter().map(move |item| (network.clone(), indicator.clone(), item.clone()))
        });
        items.collect()
    }

    /// Every search that a value stands on, with its indicator.
    pub(crate) fn searches(&self) -> std::collections::BTreeSet<(String, String)> {
        let searches = self.by_network.iter().flat_map(|((_, indicator), measure)| {
            let made = measure.evidence.iter().filter(|item| item.starts_with(SEARCH));
            made.map(move |item| (item.clone(), indicator.clone()))
        });
        searches.collect()
    }

    /// A network's measure of an indicator, if a file gave one.
    pub(crate) fn of(&self, network: &str, indicator: &str) -> Option<&Measure> {
        self.by_network.get(&(network.to_owned(), indicator.to_owned()))
    }

    async fn run(&mut self, session: &Session, file: &QueryFile, window: &Window, dataset: &str) -> Result<()> {
        let refuse = |what: String| AssessError::Engine(EngineError::query_file(&file.path(), 1, what));
        let bindings =
            Bindings::for_file(file, &Values::new())?.with_text("from", &window.from).with_text("to", &window.to);
        let statements = bindings.statements(&file.path(), &file.text)?;
        let [statement] = statements.as_slice() else {
            return Err(refuse("an indicator file is one SELECT".to_owned()));
        };
        let frame = session.frame(session.plan(statement.clone()).await?);
        for column in SHAPE {
            if !frame.schema().fields().iter().any(|field| field.name() == column) {
                return Err(refuse(format!("there is no column `{column}`; an indicator has {}", SHAPE.join(", "))));
            }
        }
        for row in facts::rows(&frame.collect().await?)? {
            let (Some(value), evidence) = (row.amount("value"), row.list("evidence")) else { continue };
            if evidence.is_empty() {
                let what = format!("{} of {} has no evidence", file.stem, row.text("network"));
                return Err(AssessError::NoEvidence { what });
            }
            let measure = self.by_network.entry((row.text("network"), file.stem.clone())).or_default();
            measure.metrics.insert(row.text("metric"), value);
            let sentence = row.text("explanation");
            if !measure.explanation.contains(&sentence) {
                if !measure.explanation.is_empty() {
                    measure.explanation.push(' ');
                }
                measure.explanation.push_str(&sentence);
            }
            // What looked and found nothing is named by what was looked at: query, data and window.
            let looked = format!("{SEARCH}{}", file.stem);
            let search = format!("{looked}/{}/{}/{}/{}", file.hash(), short(dataset), window.from, window.to);
            measure
                .evidence
                .extend(evidence.into_iter().map(|item| if item == looked { search.clone() } else { item }));
            measure.evidence.sort();
            measure.evidence.dedup();
            measure.query_hash = file.hash();
        }
        Ok(())
    }
}

impl Measure {
    /// The rung the profile gives, and what is to be said of it.
    pub(crate) fn rung(&self, indicator: &Indicator) -> Result<(Option<u8>, String)> {
        let Some(rule) = &indicator.trend else {
            return Ok((indicator.rung(&self.metrics), self.explanation.clone()));
        };
        let count = |name: &str| self.metrics.get(name).map_or(0.0, |value| value.length());
        // A count of findings is a small whole number that came through the decimal unharmed.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of findings")]
        let window = |name: &str| Counts::equal(count(name) as u32);
        let ratio: Option<RateRatio> = rate_ratio(window("earlier"), window("later"), f64::from(rule.level) / 100.0)?;
        Ok(match ratio {
            None => (None, "No finding in either year: no trend can be told.".to_owned()),
            Some(ratio) => (Some(ratio.rung(rule)), format!("{} {}", self.explanation, ratio.sentence(rule.level))),
        })
    }

    /// The number to print: the one metric of a plain ladder, or the first of several.
    pub(crate) fn headline(&self, indicator: &Indicator) -> Option<Decimal> {
        let preferred = ["value", "later", indicator.unit.as_str()];
        preferred.iter().find_map(|name| self.metrics.get(*name)).or_else(|| self.metrics.values().next()).copied()
    }
}
