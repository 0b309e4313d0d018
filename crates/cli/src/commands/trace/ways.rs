//! Ways from one account to another, for people: one below the other, each hop under the one before.

use std::fmt::Write as _;

use headwater_engine::datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray};
use headwater_engine::datafusion::arrow::compute::cast;

use super::query::TEXT;
use crate::errors::Failure;
use crate::flow_graph::without_zeros;

/// Draws batches of `rank, hop, transfer_id, time, payer, payee, holder, amount, …, hops`, ordered by rank and hop.
pub(super) fn of(batches: &[RecordBatch]) -> Result<String, Failure> {
    let mut text = String::new();
    for batch in batches {
        let column = |name: &str| -> Result<StringArray, Failure> {
            let column = batch.column_by_name(name).ok_or_else(|| Failure::usage(format!("no column {name}")))?;
            Ok(cast(column, &TEXT)?.as_string::<i32>().clone())
        };
        let [rank, hop, time, payer, payee] = ["rank", "hop", "time", "payer", "payee"].map(column);
        let (rank, hop, time, payer, payee) = (rank?, hop?, time?, payer?, payee?);
        let (holder, amount) = (column("holder")?, column("amount")?);
        for row in 0..batch.num_rows() {
            let depth: usize = hop.value(row).parse().unwrap_or(1);
            if depth == 1 {
                let gap = if text.is_empty() { "" } else { "\n" };
                let _infallible = writeln!(text, "{gap}{}. {}", rank.value(row), payer.value(row));
            }
            let name = if holder.is_valid(row) { format!("  {}", holder.value(row)) } else { String::new() };
            let indent = "   ".repeat(depth);
            let when = time.value(row).trim_end_matches('Z').replacen('T', " ", 1);
            let _infallible =
                writeln!(text, "{indent}└─ {}, {when} ─▶ {}{name}", without_zeros(amount.value(row)), payee.value(row));
        }
    }
    Ok(text)
}
