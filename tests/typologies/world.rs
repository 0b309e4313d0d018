//! A lake of a few rows, written by INSERT statements.

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;
use datafusion_sqllogictest::{DFColumnType, DFOutput};
use headwater_detect::{RunRequest, run};
use headwater_engine::{Access, Bindings, Kind, Session, Values, Writer};
use sqllogictest::{AsyncDB, DBOutput};

use crate::script::{self, Refused, output, refused};
use crate::support::TestLake;

/// What a column left out of an INSERT is taken to be, as SQL over the columns that are given.
pub(crate) const DEFAULTS: [(&str, &[(&str, &str)]); 13] = [
    (
        "flow.transfers",
        &[
            ("asset", "'EUR'"),
            ("ledger", "'bank'"),
            ("position", "0"),
            ("source_id", "0"),
            ("value_eur", "CAST(amount AS DECIMAL(38, 18))"),
        ],
    ),
    ("flow.accounts", &[("ledger", "'bank'"), ("identifier", "CAST(account AS VARCHAR)"), ("source_id", "0")]),
    ("flow.holders", &[("name_key", "lower(name)"), ("source_id", "0")]),
    ("flow.facts", &[("source_id", "0")]),
    ("flow.details", &[("source_id", "0")]),
    ("flow.rates", &[("source_id", "0")]),
    (
        "intel.tags",
        &[
            ("ledger", "'btc'"),
            ("identifier_kind", "'address'"),
            ("source", "'a pack'"),
            ("creator", "'somebody'"),
            ("confidence", "'web_crawl'"),
            ("confidence_level", "20"),
            ("is_cluster_definer", "false"),
            ("source_id", "0"),
            ("position", "0"),
        ],
    ),
    (
        "finding.findings",
        &[
            ("family", "'passthrough'"),
            ("amount", "1"),
            ("asset", "'EUR'"),
            ("score", "0.5"),
            ("explanation", "'seen'"),
            ("version", "'1.0'"),
            ("parameters", "'{}'"),
            ("query_hash", "'q'"),
            ("dataset", "'d'"),
        ],
    ),
    (
        "finding.links",
        &[
            ("dataset", "'test'"),
            ("role", "'subject'"),
            ("method", "'exact_identifier'"),
            ("confidence", "60"),
            ("explanation", "'linked'"),
            ("evidence", "make_array('identifier:x')"),
            ("query_hash", "'q'"),
        ],
    ),
    (
        "intel.entities",
        &[
            ("dataset", "'test'"),
            ("schema", "'Company'"),
            ("caption", "entity_id"),
            ("name_key", "lower(entity_id)"),
            ("source_id", "0"),
            ("position", "0"),
        ],
    ),
    ("intel.names", &[("dataset", "'test'"), ("name_key", "lower(name)"), ("source_id", "0")]),
    (
        "intel.identifiers",
        &[
            ("dataset", "'test'"),
            ("kind", "'account'"),
            ("ledger", "'bank'"),
            ("identifier", "CAST(account AS VARCHAR)"),
            ("source_id", "0"),
        ],
    ),
    (
        "intel.relationships",
        &[
            ("dataset", "'test'"),
            ("relationship_id", "schema || ' ' || subject"),
            ("source_id", "0"),
            ("position", "0"),
        ],
    ),
];

/// A lake of its own for each script.
#[derive(Clone)]
pub(crate) struct World {
    home: Arc<TestLake>,
    session: Session,
}

impl World {
    pub(crate) async fn new() -> Self {
        let home = Arc::new(TestLake::new().await);
        let session = Session::new(&home.lake, Access::Shell);
        Self { home, session }
    }

    /// `INSERT INTO flow.transfers (a, b) VALUES …` into a table of the lake; `None` for any other statement.
    async fn insert(&self, sql: &str) -> Result<Option<u64>, Refused> {
        let Some(rest) = sql.trim().strip_prefix("INSERT INTO ") else { return Ok(None) };
        let Some((table, rest)) = rest.split_once('(') else { return Ok(None) };
        let table = table.trim();
        if self.home.lake.schema().table(table).is_err() {
            return Ok(None);
        }
        let Some((columns, source)) = rest.split_once(')') else { return Ok(None) };
        let given: Vec<&str> = columns.split(',').map(str::trim).collect();
        let defaults = DEFAULTS.iter().find(|(name, _)| *name == table).map_or(&[][..], |(_, defaults)| defaults);
        let missing = defaults.iter().filter(|(name, _)| !given.contains(name));
        let valued = |name: &str, value: &str| {
            // Only money in euro is its own value.
            let foreign = name == "value_eur" && given.contains(&"asset");
            if foreign {
                format!(", CASE WHEN asset = 'EUR' THEN {value} END AS {name}")
            } else {
                format!(", {value} AS {name}")
            }
        };
        let extra = missing.map(|(name, value)| valued(name, value)).collect::<String>();
        let source = source.trim().trim_end_matches(';');
        let select = format!("SELECT *{extra} FROM ({source}) AS given ({})", given.join(", "));
        let mut writer = Writer::open(&self.home.lake).await.map_err(refused)?;
        let rows = writer.session().sql(&select).await.map_err(refused)?;
        let appended = writer.append(table, rows).await.map_err(refused)?;
        if table == "intel.decisions" {
            headwater_engine::derive_changed(&mut writer).await.map_err(refused)?;
        }
        writer.commit("test").await.map_err(refused)?;
        Ok(Some(appended.stored))
    }

    /// `FLAG structuring count=4 window='7 days'`.
    async fn flag(&self, words: &str) -> Result<DFOutput, Refused> {
        let mut request = RunRequest::all();
        let mut rest = words.trim();
        while !rest.is_empty() {
            let (word, after) = next_word(rest);
            match word.split_once('=') {
                Some(("profile", profile)) => request.profile = profile.to_owned(),
                Some(("max_rows", rows)) => request.max_rows = rows.parse().map_err(refused)?,
                Some(("max_time", millis)) => {
                    request.max_time = Some(Duration::from_millis(millis.parse().map_err(refused)?));
                }
                Some((name, value)) => {
                    request.values.insert(name.to_owned(), value.to_owned());
                }
                None => request.typologies.push(word),
            }
            rest = after.trim_start();
        }
        let report = run(&self.home.lake, &request).await.map_err(refused)?;
        let rows = report.typologies.iter();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("status", Arc::new(StringArray::from_iter_values(rows.clone().map(|row| row.status.word())))),
            ("found", Arc::new(Int64Array::from_iter_values(rows.clone().map(|row| number(row.found))))),
            ("new", Arc::new(Int64Array::from_iter_values(rows.clone().map(|row| number(row.new))))),
            ("note", Arc::new(StringArray::from_iter_values(rows.map(|row| &row.note)))),
        ];
        let batch = RecordBatch::try_from_iter(columns).map_err(refused)?;
        output(vec![batch.clone()], &batch)
    }
}

impl World {
    /// `RUN indicators/A01 from='2024-01-01' …`: the rows of one query file, its parameters and the engine's own bound.
    async fn query(&self, words: &str) -> Result<DFOutput, Refused> {
        let (path, mut rest) = next_word(words.trim());
        let (folder, stem) = path.split_once('/').ok_or_else(|| refused("RUN folder/stem"))?;
        let kind =
            Kind::ALL.into_iter().find(|kind| kind.folder() == folder).ok_or_else(|| refused("no such folder"))?;
        let file = Arc::clone(self.home.lake.library().get(kind, stem).map_err(refused)?);
        let mut bindings = Bindings::for_file(&file, &Values::new()).map_err(refused)?;
        while !rest.trim().is_empty() {
            let (word, after) = next_word(rest.trim_start());
            let (name, value) = word.split_once('=').ok_or_else(|| refused("name=value"))?;
            bindings = bindings.with_text(name, value);
            rest = after;
        }
        self.session.refresh();
        let statements = bindings.statements(&path, &file.text).map_err(refused)?;
        let (last, first) = statements.split_last().ok_or_else(|| refused("an empty file"))?;
        let mut made = Vec::new();
        for statement in first {
            // What is made on the way lasts as long as the file runs; a typology's notes are not asked for.
            let Statement::Statement(inner) = statement else { continue };
            if let ast::Statement::CreateTable(table) = inner.as_ref() {
                made.push(table.name.to_string());
                self.session
                    .run_statement(statement.clone())
                    .await
                    .map_err(refused)?
                    .collect()
                    .await
                    .map_err(refused)?;
            }
        }
        let rows = script::rows(self.session.run_statement(last.clone()).await.map_err(refused)?).await;
        for table in made {
            let _gone = self.session.context().deregister_table(table.as_str()).map_err(refused)?;
        }
        rows
    }
}

impl World {
    /// `JUDGE test/ring A05 2 by='An Analyst' reason='…' grade=B2 document=IR/1 date=2024-12-01`.
    async fn judge(&self, words: &str) -> Result<DFOutput, Refused> {
        let (mut plain, mut values) = (Vec::new(), Values::new());
        let mut rest = words.trim();
        while !rest.is_empty() {
            let (word, after) = next_word(rest);
            match word.split_once('=') {
                Some((name, value)) => {
                    values.insert(name.to_owned(), value.to_owned());
                }
                None => plain.push(word),
            }
            rest = after.trim_start();
        }
        let [network, indicator, rung] = plain.as_slice() else { return Err(refused("JUDGE network indicator rung")) };
        let mut said = |name: &str| values.remove(name);
        let request = headwater_assess::JudgeRequest {
            profile: said("profile").unwrap_or_else(|| "composite-1".to_owned()),
            network: network.clone(),
            indicator: indicator.clone(),
            score: rung.parse().ok(),
            author: said("by").unwrap_or_default(),
            reason: said("reason").unwrap_or_default(),
            grade: said("grade").unwrap_or_default(),
            document: said("document").unwrap_or_default(),
            date: said("date"),
            handling: said("handling"),
        };
        headwater_assess::judge(&self.home.lake, &request).await.map_err(refused)?;
        Ok(DBOutput::StatementComplete(1))
    }

    /// `ASSESS composite-1`: network, threat from low to high, coverage, band, tier; the rows are in `assess.*` after it.
    async fn assess(&self, profile: &str) -> Result<DFOutput, Refused> {
        let report = self.home.path().join("report.html");
        let request = headwater_assess::AssessRequest { profile: profile.to_owned(), report: Some(report) };
        let report = headwater_assess::run(&self.home.lake, &request).await.map_err(refused)?;
        let lines = &report.networks;
        let text = |pick: fn(&headwater_assess::NetworkLine) -> &String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(lines.iter().map(pick)))
        };
        table(vec![
            ("network", text(|line| &line.id)),
            ("t_low", text(|line| &line.t_low)),
            ("t", text(|line| &line.t_point)),
            ("t_high", text(|line| &line.t_high)),
            ("coverage", text(|line| &line.coverage)),
            ("band", text(|line| &line.band)),
            ("priority", text(|line| &line.priority)),
        ])
    }

    /// `EXPLAIN_SCORE test/ring A01`: one row a supplier with what is left without it, and what carries the value.
    async fn explain(&self, words: &str) -> Result<DFOutput, Refused> {
        let (network, indicator) =
            words.trim().split_once(' ').ok_or_else(|| refused("EXPLAIN_SCORE network indicator"))?;
        let request = headwater_assess::explain::ExplainRequest {
            profile: "composite-1".to_owned(),
            network: network.to_owned(),
            indicator: Some(indicator.trim().to_owned()),
            draws: 50,
        };
        let explanation = headwater_assess::explain::explain(&self.home.lake, &request).await.map_err(refused)?;
        let indicator = explanation.indicators.first().ok_or_else(|| refused("nothing was explained"))?;
        let rung = |score: Option<u8>| score.map_or_else(|| "unknown".to_owned(), |score| score.to_string());
        let rest = &indicator.without;
        let text = |pick: &dyn Fn(&headwater_assess::explain::Without) -> String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(rest.iter().map(pick)))
        };
        table(vec![
            ("rung", text(&|_| rung(indicator.score))),
            ("next", text(&|_| indicator.next.clone().unwrap_or_default())),
            ("supplier", text(&|without| without.supplier.clone())),
            ("items", text(&|without| without.items.to_string())),
            ("left", text(&|without| rung(without.score))),
            ("carried_by", text(&|_| indicator.carried_by.clone().unwrap_or_default())),
        ])
    }

    /// `READ test/ring sleipnir-19`: the network under a profile that reads another one's evidence.
    async fn reading(&self, words: &str) -> Result<DFOutput, Refused> {
        let (network, profile) = words.trim().split_once(' ').ok_or_else(|| refused("READ network profile"))?;
        let reading = headwater_assess::reading::read(&self.home.lake, profile, network).await.map_err(refused)?;
        let lines = reading.lines.iter();
        let totals = reading.totals.iter();
        let ids =
            lines.clone().map(|line| line.id.clone()).chain(totals.clone().map(|total| format!("{:?}", total.group)));
        let words =
            lines.clone().map(|line| line.word.clone()).chain(totals.clone().map(|total| total.maximum.to_string()));
        let points = lines.map(|line| line.points).chain(totals.map(|total| total.points));
        table(vec![
            ("id", Arc::new(StringArray::from_iter_values(ids))),
            ("word", Arc::new(StringArray::from_iter_values(words))),
            (
                "points",
                Arc::new(Int64Array::from_iter_values(points.map(|points| i64::try_from(points).unwrap_or(i64::MAX)))),
            ),
        ])
    }

    /// `PERSONS`: the candidate tests of all people.
    async fn persons(&self) -> Result<DFOutput, Refused> {
        let tests = headwater_assess::persons::candidates(&self.home.lake, "composite-1").await.map_err(refused)?;
        let text = |pick: &dyn Fn(&headwater_assess::persons::PersonTest) -> String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(tests.iter().map(pick)))
        };
        let outcomes = |lines: &[headwater_assess::model::ClauseLine]| {
            let said = lines.iter().map(|line| format!("{} ({})", line.clause.outcome, line.clause.value));
            said.collect::<Vec<_>>().join("; ")
        };
        table(vec![
            ("person", text(&|test| test.person.clone())),
            ("outcome", text(&|test| test.outcome.to_string())),
            ("clauses", text(&|test| outcomes(&test.clauses))),
            ("traits", text(&|test| outcomes(&test.traits))),
        ])
    }
}

/// Columns as a script sees them.
fn table(columns: Vec<(&str, ArrayRef)>) -> Result<DFOutput, Refused> {
    let batch = RecordBatch::try_from_iter(columns).map_err(refused)?;
    output(vec![batch.clone()], &batch)
}

/// A word, or `name='several words'` without its quotes, and what follows it.
fn next_word(text: &str) -> (String, &str) {
    let mut quoted = false;
    let end = text.find(|c: char| {
        quoted ^= c == '\'';
        c.is_whitespace() && !quoted
    });
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (word.replace('\'', ""), rest)
}

#[async_trait::async_trait]
impl AsyncDB for World {
    type Error = Refused;
    type ColumnType = DFColumnType;

    async fn run(&mut self, sql: &str) -> Result<DFOutput, Refused> {
        if let Some(words) = sql.trim().strip_prefix("FLAG ") {
            return self.flag(words).await;
        }
        if let Some(words) = sql.trim().strip_prefix("RUN ") {
            return self.query(words).await;
        }
        let words = sql.trim();
        if let Some(words) = words.strip_prefix("JUDGE ") {
            return self.judge(words).await;
        }
        if let Some(profile) = words.strip_prefix("ASSESS ") {
            return self.assess(profile.trim()).await;
        }
        if let Some(words) = words.strip_prefix("EXPLAIN_SCORE ") {
            return self.explain(words).await;
        }
        if let Some(words) = words.strip_prefix("READ ") {
            return self.reading(words).await;
        }
        if words == "PERSONS" {
            return self.persons().await;
        }
        if let Some(stored) = self.insert(sql).await? {
            return Ok(DBOutput::StatementComplete(stored));
        }
        script::rows(self.session.sql(sql).await.map_err(refused)?).await
    }

    fn engine_name(&self) -> &str {
        "headwater"
    }

    async fn sleep(duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    async fn shutdown(&mut self) {}
}
