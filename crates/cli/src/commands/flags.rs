//! `headwater flags`: the work queue. It lists what was found, explains it, and takes what people decide on it.
//!
//! What stands in the queue is SQL (`finding.queue` and its neighbours); here it is asked for and written.

use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::Int64Type;
use headwater_engine::{Lake, Session};

use super::trace::query::{TEXT, quoted};
use crate::args::FlagsArgs;
use crate::errors::{Exit, Failure, of_query};
use crate::setup::Setup;

mod case;
mod decide;
mod list;
mod why;

/// Ids that are named when a beginning fits several.
const NAMED: usize = 5;

pub(super) async fn run(args: FlagsArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let queue = Queue { session: setup.session(&lake), lake };
    if let Some(id) = &args.why {
        let id = queue.finding(id).await?;
        return why::run(id, &queue, setup).await;
    }
    if let Some(word) = args.disposition {
        return decide::dispose(&args, word, &queue, setup).await;
    }
    if let Some(rule) = &args.suppress {
        return decide::suppress(&args, rule, &queue, setup).await;
    }
    if let Some(id) = &args.case {
        let id = queue.case(id).await?;
        return case::run(id, &args, &queue, setup).await;
    }
    if args.value {
        return list::value(&args, &queue, setup).await;
    }
    list::run(&args, &queue, setup).await
}

/// The lake and a session on it.
struct Queue {
    lake: Arc<Lake>,
    session: Session,
}

impl Queue {
    async fn collect(&self, sql: &str) -> Result<Vec<RecordBatch>, Failure> {
        let failure = |error| of_query(&error, sql, &self.session);
        let frame = self.session.sql(sql).await.map_err(failure)?;
        frame.collect().await.map_err(|error| failure(error.into()))
    }

    /// Rows as text; NULL is none.
    async fn texts(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Failure> {
        let mut rows = Vec::new();
        for batch in self.collect(sql).await? {
            let columns = batch.columns().iter().map(|column| cast(column, &TEXT)).collect::<Result<Vec<_>, _>>()?;
            for row in 0..batch.num_rows() {
                let cell = |column: &arrow::array::ArrayRef| {
                    column.is_valid(row).then(|| column.as_string::<i32>().value(row).to_owned())
                };
                rows.push(columns.iter().map(cell).collect());
            }
        }
        Ok(rows)
    }

    async fn numbers(&self, sql: &str) -> Result<Vec<i64>, Failure> {
        let mut numbers = Vec::new();
        for batch in self.collect(sql).await? {
            numbers.extend(batch.column(0).as_primitive::<Int64Type>().iter().flatten());
        }
        Ok(numbers)
    }

    /// The finding whose id is this, or begins with this.
    async fn finding(&self, text: &str) -> Result<i64, Failure> {
        self.one("finding.findings", "finding_id", "finding", text).await
    }

    /// The case of this id: a case is named by one of its findings, and any of them leads to it.
    async fn case(&self, text: &str) -> Result<i64, Failure> {
        let finding = self.finding(text).await?;
        let sql = format!("SELECT case_id FROM finding.case_members WHERE finding_id = {finding}");
        Ok(self.numbers(&sql).await?.first().copied().unwrap_or(finding))
    }

    async fn one(&self, table: &str, column: &str, what: &str, text: &str) -> Result<i64, Failure> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Failure::usage(format!(
                "`{text}` is no id of a {what}; an id is a whole number, as it is printed"
            )));
        }
        let sql = format!(
            "SELECT {column} FROM {table} WHERE CAST({column} AS VARCHAR) LIKE '{text}%' \
             ORDER BY CAST({column} AS VARCHAR) <> '{text}', {column} LIMIT {}",
            NAMED + 1
        );
        let ids = self.numbers(&sql).await?;
        match ids.as_slice() {
            [] => Err(Failure::new(Exit::Empty, "empty", format!("there is no {what} {text}"))
                .with_help("headwater flags --status all lists them")),
            [one] => Ok(*one),
            [first, ..] if first.to_string() == text => Ok(*first),
            several => {
                let shown = several.iter().take(NAMED).map(i64::to_string).collect::<Vec<_>>().join(", ");
                let more = if several.len() > NAMED { ", …" } else { "" };
                Err(Failure::usage(format!("{text} begins several ids: {shown}{more}")))
            }
        }
    }

    /// The number of an account as people write it, or of its number.
    async fn account(&self, ledger: &str, text: &str) -> Result<i64, Failure> {
        let sql = format!(
            "SELECT account FROM flow.accounts WHERE account = account({}, {}) OR CAST(account AS VARCHAR) = {} \
             ORDER BY account LIMIT 1",
            quoted(ledger),
            quoted(text),
            quoted(text)
        );
        let found = self.numbers(&sql).await?.first().copied();
        found.ok_or_else(|| {
            Failure::new(Exit::Empty, "empty", format!("the lake knows no account {text} on ledger {ledger}")).with_help(
                "headwater sql -c \"SELECT identifier FROM flow.accounts WHERE identifier LIKE '%…%'\" finds an account; \
                 --ledger names its ledger",
            )
        })
    }
}

/// An account as people know it; its number where the lake has no name for it.
fn shown(account: &str) -> String {
    format!("coalesce(identifier({account}), CAST({account} AS VARCHAR))")
}
