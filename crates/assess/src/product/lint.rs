//! What must not leave: a product is read before it is written, and refused with every place that is wrong.
//!
//! The linter reads the JSON twin, so that it can read one that was written last year as well as one that is about to be.
//! It looks at markings, at evidence (every statement has some, every list matches its hash, no id is made up), at
//! wording (likelihood from one scale and never without confidence, no language of proof, no grade as a percentage), and at
//! the chapters a kind must have. Names out of the data are masked first: a company may be called Certainly Ltd.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use headwater_engine::datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use headwater_engine::datafusion::arrow::datatypes::{DataType, Field, Schema};
use headwater_engine::datafusion::datasource::MemTable;
use headwater_engine::datafusion::error::DataFusionError;
use headwater_engine::{Lake, Session};
use serde_json::Value;

use super::compose::{MADE_UNDER, WITHHELD};
use super::sections::PERSONS;
use super::{COUNTED, SILENT};
use crate::error::Result;
use crate::model::Evidence;
use crate::run::facts;
use crate::terms::TLP;

mod words;

pub use words::{ICD203, PHIA};

/// A place and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where: chapter, and statement, row or line.
    pub place: String,
    /// What.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "  {}: {}", self.place, self.what)
    }
}

/// The chapters that a kind is nothing without.
fn chapters(kind: &str) -> &'static [&'static str] {
    match kind {
        "strategic" => &[
            "terms",
            "judgements",
            "changes",
            "areas",
            "networks",
            "candidates",
            "enablers",
            "geography",
            "trends",
            "gaps",
            "recommendations",
            "persons",
            "method",
            "sources",
            "limits",
            "audit",
        ],
        "early-warning" => &["triggers", "tripwires"],
        "bulletin" => &["movers", "geography", "trends", "gaps"],
        "trend" => &["trends", "held", "gaps"],
        "case" => &["subjects", "persons", "flows", "timeline", "assets", "gaps", "exhibits"],
        "public" => &["areas", "trends", "geography", "limits"],
        _ => &[],
    }
}

/// Reads a twin and lists what is wrong with it; nothing when it may leave.
pub fn lint(product: &Value) -> Vec<Fault> {
    let mut reader = Reader {
        faults: Vec::new(),
        names: names(product),
        public: product["public"] == true,
        tlp: text(&product["tlp"]),
        scale: words::scale(text(&product["scale"])),
    };
    reader.front(product);
    let sections = list(&product["sections"]);
    for id in chapters(text(&product["kind"])) {
        if !sections.iter().any(|section| section["id"] == *id) {
            reader.fault("sections", format!("there is no chapter `{id}`"));
        }
    }
    for section in sections {
        reader.section(section, "");
    }
    reader.faults
}

/// Reads prose, line by line: for what people write beside a product.
pub fn lint_text(prose: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, line) in prose.lines().enumerate() {
        let place = format!("line {}", index + 1);
        let found = words::proof(line).into_iter().chain(words::percentage(line)).chain(words::placeholder(line));
        faults.extend(found.map(|what| Fault { place: place.clone(), what }));
    }
    faults
}

/// Reads a file: the twin of a product by its `.json`, anything else as prose. With a lake, evidence is looked up in it.
///
/// # Errors
/// [`crate::AssessError::Product`] for a `.json` that is no twin, [`crate::AssessError::Engine`] when the lake cannot be read.
pub async fn lint_file(lake: Option<&Arc<Lake>>, name: &str, text: &str) -> Result<Vec<Fault>> {
    if !name.to_ascii_lowercase().ends_with(".json") {
        return Ok(lint_text(text));
    }
    let refuse = |what: String| crate::AssessError::Product { what: format!("{name}: {what}") };
    let product: Value = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    if product["format"] != super::model::FORMAT {
        return Err(refuse(format!("this is no twin of a product: its `format` is not {:?}", super::model::FORMAT)));
    }
    let mut faults = lint(&product);
    if let Some(lake) = lake {
        faults.extend(unresolved(&Session::pinned(lake), &product).await?);
    }
    Ok(faults)
}

/// Looks in an edition for everybody for what belongs to somebody: the names and identifiers of parties.
pub(crate) fn personal(product: &Value, names: &[String]) -> Vec<Fault> {
    let mut texts = Vec::new();
    strings(product, &mut texts);
    let mut faults = BTreeSet::new();
    for name in names.iter().filter(|name| name.chars().count() >= 4) {
        // A single word that is also a word of ours would refuse every edition; as a whole cell it is a name.
        let telling = name.contains(' ') || name.chars().any(|letter| letter.is_ascii_digit());
        for text in &texts {
            if text == name || (telling && stands_in(text, name)) {
                faults.insert(Fault {
                    place: "public edition".to_owned(),
                    what: format!("holds {name:?}, which is the name or identifier of a party"),
                });
            }
        }
    }
    faults.into_iter().collect()
}

/// Whether a name stands in a text by itself, and not as a part of a longer word or number.
fn stands_in(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// Looks every id of transfers, findings, links and sources up in the lake: a statement whose rows are not there is no
/// statement.
///
/// # Errors
/// [`crate::AssessError::Engine`] when the lake cannot be read.
pub async fn unresolved(session: &Session, product: &Value) -> Result<Vec<Fault>> {
    let mut ids: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let mut faults = Vec::new();
    collect(product, &mut |id| {
        let Some((kind, rest)) = id.split_once(':') else { return };
        if !TABLES.iter().any(|(known, _, _)| *known == kind) {
            return;
        }
        match rest.parse() {
            Ok(number) => {
                ids.entry(kind.to_owned()).or_default().insert(number);
            }
            Err(_) => faults.push(Fault { place: "evidence".to_owned(), what: format!("{id} is no id of a {kind}") }),
        }
    });
    for (kind, table, column) in TABLES {
        let Some(ids) = ids.get(kind).filter(|ids| !ids.is_empty()) else { continue };
        let array: ArrayRef = Arc::new(ids.iter().copied().collect::<Int64Array>());
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, true)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![array]).map_err(DataFusionError::from)?;
        session.register("product_evidence", Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))?;
        let sql = format!(
            "SELECT CAST(wanted.id AS VARCHAR) AS missing FROM product_evidence AS wanted \
             LEFT ANTI JOIN {table} AS there ON there.{column} = wanted.id ORDER BY missing"
        );
        for row in facts::rows(&session.sql(&sql).await?.collect().await?)? {
            let what = format!("{kind}:{} is not in {table}: what stands on it stands on nothing", row.text("missing"));
            faults.push(Fault { place: "evidence".to_owned(), what });
        }
    }
    Ok(faults)
}

/// Which ids can be looked up, and where.
const TABLES: [(&str, &str, &str); 4] = [
    ("finding", "finding.findings", "finding_id"),
    ("link", "finding.links", "link_id"),
    ("source", "admin.sources", "source_id"),
    ("transfer", "flow.transfers", "transfer_id"),
];

struct Reader<'a> {
    faults: Vec<Fault>,
    /// Names out of the data, the longest first.
    names: Vec<&'a str>,
    public: bool,
    /// The product's own label.
    tlp: &'a str,
    scale: &'static [&'static str],
}

impl Reader<'_> {
    fn fault(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.faults.push(Fault { place: place.into(), what: what.into() });
    }

    fn front(&mut self, product: &Value) {
        let (marking, tlp) = (text(&product["marking"]), text(&product["tlp"]));
        if !TLP.contains(&tlp) {
            self.fault("marking", format!("{tlp:?} is no TLP label"));
        } else if !marking.split([' ', '·']).any(|word| word == format!("TLP:{tlp}")) {
            self.fault("marking", format!("{marking:?} does not say TLP:{tlp}"));
        }
        if tlp == "CLEAR" && !self.public {
            self.fault("marking", "a product that names people is not TLP:CLEAR");
        }
        match text(&product["status"]) {
            "concluded" => {
                let conclusion = &product["conclusion"];
                if ["text", "name", "date"].iter().any(|key| text(&conclusion[*key]).trim().is_empty()) {
                    self.fault("conclusion", "a conclusion has a text, a name and a date");
                }
                let said = text(&conclusion["text"]).to_owned();
                self.wording("conclusion", &said);
            }
            "draft" if marking.contains("DRAFT") => {}
            "draft" => self.fault("marking", "nobody has concluded, and the marking does not say DRAFT"),
            other => self.fault("status", format!("{other:?} is neither draft nor concluded")),
        }
        self.clearance(product);
        if self.scale.is_empty() {
            self.fault("scale", format!("{:?} is no scale of likelihood", text(&product["scale"])));
        }
    }

    /// A product made under a clearance says so on its front page, and how much was withheld just where that is counted.
    fn clearance(&mut self, product: &Value) {
        let cleared = &product["clearance"];
        if cleared.is_null() {
            return;
        }
        let (label, rows) = (text(&cleared["label"]), &cleared["rows"]);
        let front = list(&product["front"]);
        let says = |name: &str| front.iter().find(|fact| fact["name"] == name).map(|fact| text(&fact["value"]));
        if !says(MADE_UNDER).is_some_and(|said| label.is_empty() || said == label) {
            self.fault("clearance", format!("the front page does not say that it was made under {label:?}"));
        }
        let said = says(WITHHELD);
        match text(&cleared["withheld"]) {
            COUNTED
                if rows.as_u64().is_none_or(|rows| said.is_none_or(|said| !said.starts_with(&format!("{rows} ")))) =>
            {
                self.fault("clearance", "the front page does not say how many rows were withheld");
            }
            SILENT if !rows.is_null() || said.is_some() => {
                self.fault("clearance", "says how many rows were withheld, which were to be left out in silence");
            }
            COUNTED | SILENT => {}
            other => self.fault("clearance", format!("{other:?} is no policy: {COUNTED} or {SILENT}")),
        }
    }

    fn section(&mut self, section: &Value, above: &str) {
        let id = text(&section["id"]);
        let place = if above.is_empty() { id.to_owned() } else { format!("{above}/{id}") };
        if id == PERSONS && self.public {
            self.fault(&place, "a chapter on people in an edition for everybody");
        }
        self.marking(&section["marking"], id, &place);
        for (index, note) in list(&section["notes"]).iter().enumerate() {
            let place = format!("{place}, note {}", index + 1);
            self.wording(&place, text(note));
            if words::counts(text(note)) {
                self.fault(place, "a note holds an amount, and a note has no evidence: make it a statement");
            }
        }
        for (index, statement) in list(&section["statements"]).iter().enumerate() {
            self.statement(statement, &format!("{place}, statement {}", index + 1));
        }
        for table in list(&section["tables"]) {
            self.table(table, &format!("{place}, table {}", text(&table["id"])));
        }
        for part in list(&section["parts"]) {
            self.section(part, &place);
        }
    }

    /// A chapter on people says how it is handled, and no chapter is handled more narrowly than the whole that holds it.
    fn marking(&mut self, marking: &Value, id: &str, place: &str) {
        let said = text(marking);
        let label = said.split([' ', '·']).find_map(|word| word.strip_prefix("TLP:"));
        let rank = |label: &str| TLP.iter().position(|known| *known == label);
        match label.map(|label| (label, rank(label))) {
            None if id == PERSONS => {
                self.fault(place, "a chapter on people has a marking of its own, with its TLP label")
            }
            Some((label, None)) => self.fault(place, format!("{label:?} is no TLP label")),
            Some((label, Some(narrow))) if rank(self.tlp).is_some_and(|whole| narrow < whole) => {
                let what = format!(
                    "stands on rows marked TLP:{label}, and the product is TLP:{}: mark it so in the terms, or make it under a \
                     clearance that leaves those rows out",
                    self.tlp
                );
                self.fault(place, what);
            }
            _ => {}
        }
    }

    fn statement(&mut self, statement: &Value, place: &str) {
        let said = text(&statement["text"]);
        if said.trim().is_empty() {
            self.fault(place, "says nothing");
        }
        self.wording(place, said);
        self.evidence(&statement["evidence"], place);
        let likelihood = text(&statement["likelihood"]);
        if !likelihood.is_empty() {
            if !self.scale.contains(&likelihood) {
                self.fault(
                    place,
                    format!("{likelihood:?} is no phrase of the product's scale: {}", self.scale.join(", ")),
                );
            }
            if statement["confidence"].is_null() {
                self.fault(place, "a likelihood without its confidence");
            }
            if text(&statement["author"]).is_empty() {
                self.fault(place, "a likelihood that nobody has judged: the program counts and does not estimate");
            }
        }
        let scale = self.scale;
        for word in words::estimates(said, scale) {
            if !self.masked(said, |masked| words::estimates(masked, scale).contains(&word)) {
                continue;
            }
            if !scale.contains(&word.as_str()) {
                self.fault(place, format!("{word:?} is no phrase of the product's scale of likelihood"));
            } else if statement["confidence"].is_null() {
                self.fault(place, format!("{word:?} without a confidence beside it"));
            }
        }
    }

    fn table(&mut self, table: &Value, place: &str) {
        let columns = list(&table["columns"]);
        self.wording(place, text(&table["caption"]));
        for (index, row) in list(&table["rows"]).iter().enumerate() {
            let place = format!("{place}, row {}", index + 1);
            let cells = list(&row["cells"]);
            if cells.len() != columns.len() {
                self.fault(&place, format!("has {} cells under {} columns", cells.len(), columns.len()));
            }
            for (cell, column) in cells.iter().zip(columns) {
                if column["style"] == "text" {
                    self.wording(&place, text(cell));
                }
            }
            let suppressed = self.public && cells.iter().any(|cell| text(cell).starts_with("fewer than"));
            if !row["evidence"].is_null() {
                self.evidence(&row["evidence"], &place);
            } else if table["counted"] == true && !suppressed {
                self.fault(&place, "counts something and has no evidence");
            }
        }
    }

    fn evidence(&mut self, evidence: &Value, place: &str) {
        let count = evidence["count"].as_u64().unwrap_or(0);
        let ids: Vec<String> = list(&evidence["ids"]).iter().map(|id| text(id).to_owned()).collect();
        if count == 0 {
            return self.fault(place, "has no evidence");
        }
        if self.public {
            if !ids.is_empty() {
                self.fault(place, "lists ids of rows in an edition for everybody");
            }
            return;
        }
        for id in &ids {
            let shaped = id.split_once(':').is_some_and(|(kind, rest)| {
                !kind.is_empty()
                    && kind.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_')
                    && !rest.trim().is_empty()
            });
            if !shaped {
                self.fault(place, format!("{id:?} names no row: an id is kind:id"));
            }
        }
        match Evidence::new(place, ids) {
            Ok(built) if built.count as u64 == count && built.hash == text(&evidence["hash"]) => {}
            _ => self.fault(place, "the list of evidence is not the one its hash was made of"),
        }
    }

    fn wording(&mut self, place: &str, said: &str) {
        let mut found = words::proof(said);
        found.extend(words::percentage(said));
        found.extend(words::placeholder(said));
        for what in found {
            let still = |masked: &str| {
                words::proof(masked).contains(&what)
                    || words::percentage(masked).contains(&what)
                    || words::placeholder(masked).contains(&what)
            };
            if self.masked(said, still) {
                self.fault(place, what);
            }
        }
    }

    /// Whether something still holds once the names in the text are taken out.
    fn masked(&self, said: &str, holds: impl Fn(&str) -> bool) -> bool {
        let mut masked = said.to_owned();
        for name in &self.names {
            if masked.contains(name) {
                masked = masked.replace(name, "N");
            }
        }
        holds(&masked)
    }
}

/// Every name out of the data: cells of names and codes, and what statements quote.
fn names(product: &Value) -> Vec<&str> {
    let mut names = BTreeSet::new();
    fn walk<'a>(section: &'a Value, names: &mut BTreeSet<&'a str>) {
        for statement in list(&section["statements"]) {
            names.extend(list(&statement["quoted"]).iter().map(text));
        }
        for table in list(&section["tables"]) {
            for row in list(&table["rows"]) {
                let cells = list(&row["cells"]).iter().zip(list(&table["columns"]));
                names.extend(
                    cells
                        .filter(|(_, column)| column["style"] == "name" || column["style"] == "code")
                        .map(|(cell, _)| text(cell)),
                );
            }
        }
        for part in list(&section["parts"]) {
            walk(part, names);
        }
    }
    for section in list(&product["sections"]) {
        walk(section, &mut names);
    }
    let mut names: Vec<&str> = names.into_iter().filter(|name| name.chars().count() > 2).collect();
    names.sort_by_key(|name| (std::cmp::Reverse(name.len()), *name));
    names
}

fn collect(value: &Value, take: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                match inner {
                    Value::Array(ids) if key == "ids" => ids.iter().for_each(|id| take(text(id))),
                    _ => collect(inner, take),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, take)),
        _ => {}
    }
}

fn strings(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| strings(field, texts)),
        _ => {}
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests;
