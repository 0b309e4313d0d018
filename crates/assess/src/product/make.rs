//! From a snapshot to a product's bytes: ask once, compose, lint, resolve, render.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use headwater_engine::datafusion::arrow::array::RecordBatch;
use headwater_engine::datafusion::datasource::MemTable;
use headwater_engine::{Bindings, EngineError, Kind, Lake, Session, Values};

use super::edition::{self, Line};
use super::sections::Requirement;
use super::{
    Clearance, Cleared, Product, ProductFiles, ProductKind, ProductRequest, compose, lint, markdown, page, provenance,
    sections, sha256, store,
};
use crate::error::{AssessError, Result};
use crate::model::{Network, Report};
use crate::persons::{self, PersonTest};
use crate::profile::Profile;
use crate::run::facts::{self, Facts, Row};
use crate::run::{self, Assessed, Ground, Window};
use crate::terms::Terms;

/// The files of `queries/products/`, in the order in which they may read each other: the rows of each are a table
/// `product_<stem>` to those after it.
const QUESTIONS: [&str; 12] = [
    "areas",
    "typologies",
    "months",
    "held",
    "corridors",
    "enablers",
    "assets",
    "movers",
    "warnings",
    "data_gaps",
    "recommendations",
    "actions",
];

/// Names the terms of reference in complaints where the caller gave no file.
pub(crate) const TERMS: &str = "terms of reference";

/// Makes a product from a snapshot of the lake: the same arguments give the same bytes.
///
/// # Errors
/// [`AssessError::Terms`] and [`AssessError::TermsSyntax`] for terms that do not hold together, [`AssessError::Lint`] for a
/// product that must not leave, with every place, [`AssessError::Product`] for one that cannot be made at all.
pub async fn make(lake: &Arc<Lake>, snapshot: u64, request: &ProductRequest) -> Result<ProductFiles> {
    let clearance = request.clearance.as_ref();
    let mut material =
        Material::gather(lake, snapshot, &request.profile, request.terms.as_deref(), TERMS, clearance, None).await?;
    if let Some(earlier) = &request.compared_with {
        material.compare(earlier).await?;
    }
    material.test(std::slice::from_ref(request)).await?;
    Ok(material.make(request).await?.1)
}

/// Everything that any product of one run says, asked once.
pub(crate) struct Material {
    session: Session,
    pub(crate) report: Report,
    pub(crate) profile: Profile,
    pub(crate) profile_hash: String,
    pub(crate) terms: Option<Terms>,
    pub(crate) window: Window,
    ground: Ground,
    pub(crate) spans: Spans,
    pub(crate) answers: BTreeMap<&'static str, Vec<Row>>,
    /// The query files that were asked, by path, with the hash of their text.
    queries: Vec<(String, String)>,
    /// The clearance, and what it withholds.
    pub(crate) cleared: Option<Cleared>,
    /// The tests of people, by network, where they were asked for.
    people: BTreeMap<String, Vec<PersonTest>>,
    /// The gaps and what to collect, once somebody asks.
    pub(crate) requirements: OnceLock<Vec<Requirement>>,
    pub(crate) compared_with: Option<String>,
    pub(crate) changes: Vec<super::Change>,
}

/// The stretches of time that a product compares, as text that SQL reads.
#[derive(Clone, Debug)]
pub(crate) struct Spans {
    /// The beginning of the window of the same length before this one.
    pub(crate) before: String,
    /// The beginning of the latest ninety days.
    pub(crate) recent: String,
    /// The beginning of the ninety days before those.
    pub(crate) previous: String,
    /// The cut-off as a day.
    pub(crate) cutoff: chrono::NaiveDate,
}

/// How long "recent" is, in days.
pub(crate) const RECENT: i64 = 90;

impl Spans {
    fn of(window: &Window) -> Result<Self> {
        let read = |text: &str| {
            chrono::DateTime::parse_from_rfc3339(text)
                .map(|time| time.naive_utc())
                .map_err(|error| AssessError::Product { what: format!("the window's {text} is not a time: {error}") })
        };
        let (from, to) = (read(&window.from)?, read(&window.to)?);
        let text = |time: Option<chrono::NaiveDateTime>| {
            time.map(|time| time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()).unwrap_or_default()
        };
        let days = |days: i64| to.checked_sub_signed(chrono::Duration::days(days));
        Ok(Self {
            before: text(from.checked_sub_signed(to - from)),
            recent: text(days(RECENT)),
            previous: text(days(2 * RECENT)),
            cutoff: to.date(),
        })
    }
}

impl Material {
    /// Asks a snapshot for everything that a clearance covers; `file` names the terms in complaints. An assessment that says
    /// what one of the snapshot would say is taken as it is.
    pub(crate) async fn gather(
        lake: &Arc<Lake>,
        snapshot: u64,
        profile: &str,
        terms: Option<&str>,
        file: &str,
        clearance: Option<&Clearance>,
        assessed: Option<Assessed>,
    ) -> Result<Self> {
        let text = lake.library().profile(profile)?;
        let parsed = match terms {
            Some(terms) => {
                let parsed = Terms::parse(file, terms)?;
                parsed.check_with(file, terms, &Profile::parse(&format!("{profile}.toml"), text)?)?;
                Some(parsed)
            }
            None => None,
        };
        let session =
            Session::at_clearance(lake, lake.snapshot(snapshot).await?, clearance.map(|clearance| &clearance.label))?;
        let cleared = match clearance {
            Some(clearance) => Some(Cleared {
                label: clearance.label.to_string(),
                withheld: clearance.policy(),
                // What is left out in silence is not even asked for.
                rows: if clearance.counted { session.withheld().await?.map(|count| count.rows) } else { None },
            }),
            None => None,
        };
        let asked = parsed.as_ref().and_then(Terms::window);
        let assessed = match assessed {
            Some(assessed) => assessed,
            None => run::gather(&session, profile, asked).await?,
        };
        let spans = Spans::of(&assessed.window)?;
        let mut material = Self {
            profile_hash: sha256(text),
            report: assessed.report.ordered(),
            profile: assessed.profile,
            terms: parsed,
            window: assessed.window,
            ground: assessed.ground,
            spans,
            answers: BTreeMap::new(),
            queries: Vec::new(),
            people: BTreeMap::new(),
            requirements: OnceLock::new(),
            cleared,
            compared_with: None,
            changes: Vec::new(),
            session,
        };
        material.register("product_networks", vec![store::networks(&material.report)?])?;
        for stem in QUESTIONS {
            let (rows, batches) = material.ask(stem, &Values::new()).await?;
            material.register(&format!("product_{stem}"), batches)?;
            material.answers.insert(stem, rows);
        }
        Ok(material)
    }

    /// Compares with an earlier edition that the snapshot holds.
    pub(crate) async fn compare(&mut self, earlier: &str) -> Result<()> {
        let kept = store::edition(&self.session, earlier).await?;
        self.register("product_lines", vec![store::lines(&self.lines())?])?;
        let values =
            Values::from([("edition".to_owned(), kept), ("profile_hash".to_owned(), self.profile_hash.clone())]);
        let (rows, _) = self.ask("changes", &values).await?;
        self.changes = edition::changes(&rows);
        self.compared_with = Some(earlier.to_owned());
        Ok(())
    }

    /// Tests the people whom some products speak of.
    pub(crate) async fn test(&mut self, requests: &[ProductRequest]) -> Result<()> {
        let wanted: BTreeSet<String> = requests.iter().flat_map(|request| sections::tested(self, request)).collect();
        let networks = self.report.networks.iter().filter(|network| wanted.contains(&network.id));
        let networks: Vec<&Network> = networks.collect();
        self.people = persons::test(&self.session, &self.profile, &self.ground, &networks, &self.window).await?;
        Ok(())
    }

    /// The tests of the people of a network, candidates first.
    pub(crate) fn people(&self, network: &str) -> &[PersonTest] {
        self.people.get(network).map(Vec::as_slice).unwrap_or_default()
    }

    /// The query files that a kind of product stands on, by path, with the hash of their text.
    pub(crate) fn queries(&self, kind: ProductKind) -> impl Iterator<Item = (String, String)> {
        let names_people = matches!(kind, ProductKind::Strategic | ProductKind::Case);
        let pin = self.session.pin();
        let of_people = pin.lake().library().get(Kind::Macro, persons::QUERY);
        let of_people = of_people.ok().filter(|_| names_people).map(|file| (file.path(), file.hash()));
        self.queries.iter().cloned().chain(of_people)
    }

    /// The numbers of this edition.
    pub(crate) fn lines(&self) -> Vec<Line> {
        edition::lines(&self.report, self.rows("typologies"))
    }

    /// The rows of a question; none where it was not asked.
    pub(crate) fn rows(&self, stem: &str) -> &[Row] {
        self.answers.get(stem).map(Vec::as_slice).unwrap_or_default()
    }

    /// Composes, lints and renders one product.
    pub(crate) async fn make(&self, request: &ProductRequest) -> Result<(Product, ProductFiles)> {
        let mut product = compose::compose(self, request)?;
        product.id =
            format!("{}-{}", request.kind, sha256(&serde_json::to_string(&product)?).get(..16).unwrap_or_default());
        let value = serde_json::to_value(&product)?;
        let mut faults = lint::lint(&value);
        if product.public {
            faults.extend(lint::personal(&value, &self.names().await?));
        }
        faults.extend(lint::unresolved(&self.session, &value).await?);
        if !faults.is_empty() {
            let faults = faults.iter().map(ToString::to_string).collect();
            return Err(AssessError::Lint { product: request.kind.to_string(), faults });
        }
        let mut json = serde_json::to_string_pretty(&value)?;
        json.push('\n');
        let files = ProductFiles {
            html: page::render(&product)?,
            markdown: markdown::render(&product),
            prov: provenance::document(self, request, &product, &json)?,
            id: product.id.clone(),
            json,
        };
        Ok((product, files))
    }

    /// Every name, identifier and account that the public edition must not hold.
    async fn names(&self) -> Result<Vec<String>> {
        let members = "SELECT DISTINCT entities.caption FROM intel.network_members AS members \
                       INNER JOIN intel.entities AS entities ON entities.dataset = members.dataset \
                           AND entities.entity_id = members.entity_id";
        let members = Facts::new(&self.session).ask(members).await?;
        let mut names: Vec<String> = members.iter().map(|row| row.text("caption")).collect();
        for network in &self.report.networks {
            names.push(network.caption.clone());
            names.push(network.id.clone());
            names.extend(
                network
                    .members
                    .iter()
                    .flat_map(|member| {
                        [Some(member.identifier.clone()), member.holder.clone(), Some(member.account.clone())]
                    })
                    .flatten(),
            );
            names.extend(network.findings.iter().map(|finding| finding.subject.clone()));
            names.extend(network.flows.iter().flat_map(|flow| [flow.from.clone(), flow.to.clone()]));
            names.extend(network.links.iter().map(|link| link.entity.clone()));
        }
        for row in self.rows("assets").iter().chain(self.rows("enablers")) {
            names.extend(["identifier", "name", "holder"].iter().filter_map(|column| row.maybe(column)));
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    async fn ask(&mut self, stem: &str, values: &Values) -> Result<(Vec<Row>, Vec<RecordBatch>)> {
        let pin = self.session.pin();
        let file = Arc::clone(pin.lake().library().get(Kind::Product, stem)?);
        let mut bindings = Bindings::for_file(&file, &Values::new())?;
        for (name, value) in [
            ("from", &self.window.from),
            ("to", &self.window.to),
            ("before", &self.spans.before),
            ("recent", &self.spans.recent),
            ("previous", &self.spans.previous),
        ] {
            bindings = bindings.with_text(name, value);
        }
        for (name, value) in values {
            bindings = bindings.with_text(name, value);
        }
        let statements = bindings.statements(&file.path(), &file.text)?;
        let [statement] = statements.as_slice() else {
            let what = "a product's file is one SELECT".to_owned();
            return Err(EngineError::query_file(&file.path(), 1, what).into());
        };
        let frame = self.session.frame(self.session.plan(statement.clone()).await?);
        let empty = RecordBatch::new_empty(Arc::new(frame.schema().as_arrow().clone()));
        let mut batches = frame.collect().await?;
        if batches.is_empty() {
            batches.push(empty);
        }
        self.queries.push((file.path(), file.hash()));
        Ok((facts::rows(&batches)?, batches))
    }

    fn register(&self, name: &str, batches: Vec<RecordBatch>) -> Result<()> {
        let Some(first) = batches.first() else { return Ok(()) };
        let table = MemTable::try_new(first.schema(), vec![batches])?;
        Ok(self.session.register(name, Arc::new(table))?)
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }
}
