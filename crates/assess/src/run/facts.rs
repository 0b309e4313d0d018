//! What a report prints of the lake: every question once, as SQL, read as text so that no amount passes through a float.

use headwater_engine::Session;
use headwater_engine::datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::DataType;
use headwater_engine::datafusion::error::DataFusionError;

use crate::decimal::Decimal;
use crate::error::Result;
use crate::model::{NotRun, Source, TypologyRun};
use crate::run::Window;

/// The questions of an assessment, over one pinned session.
pub(crate) struct Facts<'a> {
    session: &'a Session,
}

/// One row of an answer.
pub(crate) struct Row {
    cells: Vec<(String, Cell)>,
}

enum Cell {
    Text(Option<String>),
    List(Vec<String>),
}

impl Row {
    /// A column as text, if it is not NULL.
    pub(crate) fn maybe(&self, name: &str) -> Option<String> {
        self.cells.iter().find(|(known, _)| known == name).and_then(|(_, cell)| match cell {
            Cell::Text(text) => text.clone(),
            Cell::List(_) => None,
        })
    }

    /// A column as text; empty where it is NULL.
    pub(crate) fn text(&self, name: &str) -> String {
        self.maybe(name).unwrap_or_default()
    }

    /// A column as a whole number; zero where it is NULL.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.maybe(name).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// A column as an exact amount.
    pub(crate) fn amount(&self, name: &str) -> Option<Decimal> {
        self.maybe(name).and_then(|text| text.parse().ok())
    }

    /// A list column as texts.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        match self.cells.iter().find(|(known, _)| known == name) {
            Some((_, Cell::List(list))) => list.clone(),
            _ => Vec::new(),
        }
    }
}

/// Turns batches into rows of text and lists of text.
pub(crate) fn rows(batches: &[RecordBatch]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for batch in batches {
        let mut columns = Vec::with_capacity(batch.num_columns());
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let target = match field.data_type() {
                DataType::List(item) => {
                    DataType::List(std::sync::Arc::new(item.as_ref().clone().with_data_type(DataType::Utf8)))
                }
                _ => DataType::Utf8,
            };
            columns.push((field.name().clone(), cast(column, &target).map_err(DataFusionError::from)?));
        }
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|(name, column)| {
                let cell = match column.as_list_opt::<i32>() {
                    Some(lists) if lists.is_valid(row) => {
                        let values = lists.value(row);
                        let values = values.as_string::<i32>();
                        Cell::List(values.iter().flatten().map(str::to_owned).collect())
                    }
                    Some(_) => Cell::List(Vec::new()),
                    None => {
                        let texts = column.as_string::<i32>();
                        Cell::Text(texts.is_valid(row).then(|| texts.value(row).to_owned()))
                    }
                };
                (name.clone(), cell)
            });
            rows.push(Row { cells: cells.collect() });
        }
    }
    Ok(rows)
}

/// Quotes a text for SQL.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl<'a> Facts<'a> {
    pub(crate) fn new(session: &'a Session) -> Self {
        Self { session }
    }

    /// The answer to a question.
    pub(crate) async fn ask(&self, sql: &str) -> Result<Vec<Row>> {
        rows(&self.session.sql(sql).await?.collect().await?)
    }

    /// Twelve months that end with the newest transfer; nothing without transfers.
    pub(crate) async fn window(&self) -> Result<Option<Window>> {
        let sql = "SELECT to_char(max(time), '%Y-%m-%dT%H:%M:%SZ') AS until, \
                   to_char(max(time) - INTERVAL '12 months', '%Y-%m-%dT%H:%M:%SZ') AS since FROM flow.transfers";
        let rows = self.ask(sql).await?;
        Ok(rows.first().and_then(|row| Some(Window { from: row.maybe("since")?, to: row.maybe("until")? })))
    }

    /// The networks that a finding leads to.
    pub(crate) async fn networks(&self) -> Result<Vec<String>> {
        let rows = self.ask("SELECT DISTINCT network FROM assess.network_findings ORDER BY network").await?;
        Ok(rows.iter().map(|row| row.text("network")).collect())
    }

    /// What the data are: a hash over the sources, which writing findings does not change.
    pub(crate) async fn dataset(&self) -> Result<String> {
        let sql = "SELECT encode(sha256(array_to_string(array_agg(sha256 ORDER BY sha256), ',')), 'hex') AS dataset \
                   FROM admin.sources";
        Ok(self.ask(sql).await?.first().map(|row| row.text("dataset")).unwrap_or_default())
    }

    /// The files that were imported.
    pub(crate) async fn sources(&self) -> Result<Vec<Source>> {
        let sql = "SELECT CAST(source_id AS VARCHAR) AS source, kind, name, sha256, rows_read, rows_stored, \
                   rows_quarantined, rows_duplicate, grade FROM admin.sources ORDER BY kind, name, sha256";
        let source = |row: &Row| Source {
            source_id: row.text("source"),
            kind: row.text("kind"),
            name: row.text("name"),
            sha256: row.text("sha256"),
            rows_read: row.number("rows_read"),
            stored: row.number("rows_stored"),
            quarantined: row.number("rows_quarantined"),
            duplicate: row.number("rows_duplicate"),
            grade: row.text("grade"),
        };
        Ok(self.ask(sql).await?.iter().map(source).collect())
    }

    /// Which typologies ran on the data as they are, and which did not.
    pub(crate) async fn coverage(&self) -> Result<(Vec<TypologyRun>, Vec<NotRun>)> {
        // One that was stopped or capped, and ran when it was given more time or room, has run.
        let sql = "SELECT typology, status, note, findings, query_hash FROM (SELECT *, row_number() OVER ( \
                   PARTITION BY typology, dataset, query_hash, parameters \
                   ORDER BY CASE status WHEN 'ran' THEN 0 WHEN 'capped' THEN 1 ELSE 2 END, status) AS place \
                   FROM finding.coverage) WHERE place = 1 ORDER BY typology, query_hash";
        let (mut run, mut not_run) = (Vec::new(), Vec::new());
        for row in self.ask(sql).await? {
            if row.text("status") == "ran" {
                run.push(TypologyRun {
                    typology: row.text("typology"),
                    findings: row.number("findings"),
                    query_hash: row.text("query_hash"),
                });
            }
            if row.text("status") != "ran" || !row.text("note").is_empty() {
                not_run.push(NotRun { typology: row.text("typology"), reason: row.text("note") });
            }
        }
        Ok((run, not_run))
    }

    /// Findings that lead to no network, by typology: their ids and what they amount to.
    pub(crate) async fn unlinked(&self) -> Result<Vec<(String, Vec<String>, Option<Decimal>)>> {
        let sql = "SELECT typology, sum(CASE WHEN asset = 'EUR' THEN amount END) AS total, \
                   array_agg(CAST(findings.finding_id AS VARCHAR) ORDER BY findings.finding_id) AS ids FROM finding.findings AS findings \
                   LEFT ANTI JOIN assess.network_findings AS linked ON linked.finding_id = findings.finding_id \
                   GROUP BY typology ORDER BY typology";
        let rows = self.ask(sql).await?;
        Ok(rows.iter().map(|row| (row.text("typology"), row.list("ids"), row.amount("total"))).collect())
    }
}
