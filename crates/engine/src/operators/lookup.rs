//! Inputs that are looked into and never read through.
//!
//! A trace of one coin touches a few thousand rows of a table with a thousand million. So an operator of coins does not
//! run its inputs: it asks them, hop by hop, for the rows with certain keys. Each question is the input's own plan with a
//! condition on top, which the optimizer pushes down to the files, where the order of the rows and their statistics
//! leave nearly all of them out. What limits and hides rows in the input's plan holds for every question.

use std::fmt;

use datafusion::common::internal_err;
use datafusion::error::Result as QueryResult;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, col, lit};
use datafusion::physical_plan::execute_stream;
use futures::TryStreamExt as _;

use super::rows::{RowColumn, Rows};

/// Ranges a question names beside its keys: statistics of a row group are compared with each.
const RANGES: usize = 64;
/// Keys of one question. More are asked for in several.
const KEYS: usize = 1 << 16;

/// The inputs of an operator as they were planned, and what plans questions to them.
#[derive(Clone)]
pub(super) struct Lookup {
    inputs: Vec<Input>,
    state: SessionState,
}

#[derive(Clone)]
struct Input {
    /// The argument; empty for the first.
    name: String,
    columns: &'static [RowColumn],
    plan: LogicalPlan,
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.inputs.iter().map(|input| input.name.as_str()).collect();
        f.debug_struct("Lookup").field("inputs", &names).finish_non_exhaustive()
    }
}

impl Lookup {
    pub(super) fn new(state: &SessionState) -> Self {
        Self { inputs: Vec::new(), state: state.clone() }
    }

    pub(super) fn add(&mut self, name: &str, columns: &'static [RowColumn], plan: &LogicalPlan) {
        self.inputs.push(Input { name: name.to_owned(), columns, plan: plan.clone() });
    }

    /// Whether an input was given.
    pub(super) fn has(&self, input: &str) -> bool {
        self.inputs.iter().any(|known| known.name == input)
    }

    /// The rows of an input whose `column` is one of `keys`, which are in order.
    pub(super) async fn rows(&self, input: &str, column: &str, keys: &[i64]) -> QueryResult<Rows> {
        let Some(input) = self.inputs.iter().find(|known| known.name == input) else {
            return internal_err!("there is no input `{input}` to look into");
        };
        let mut rows = Rows::new(&input.name, input.columns);
        for keys in keys.chunks(KEYS) {
            let plan = LogicalPlanBuilder::from(input.plan.clone()).filter(condition(column, keys))?.build()?;
            let plan = self.state.create_physical_plan(&plan).await?;
            let mut batches = execute_stream(plan, self.state.task_ctx())?;
            while let Some(batch) = batches.try_next().await? {
                rows.add(&batch)?;
            }
        }
        Ok(rows)
    }
}

/// The keys themselves, and ranges that hold them, which is what statistics can be compared with.
fn condition(column: &str, keys: &[i64]) -> Expr {
    let each = keys.iter().map(|key| lit(*key)).collect();
    let exactly = col(column).in_list(each, false);
    ranges(keys)
        .into_iter()
        .map(|(from, to)| col(column).gt_eq(lit(from)).and(col(column).lt_eq(lit(to))))
        .reduce(Expr::or)
        .map_or(exactly.clone(), |within| within.and(exactly))
}

/// At most [`RANGES`] ranges that hold all keys and leave out the widest gaps between them.
fn ranges(keys: &[i64]) -> Vec<(i64, i64)> {
    let gap = |place: usize| i128::from(keys[place]) - i128::from(keys[place - 1]);
    let mut cuts: Vec<usize> = (1..keys.len()).collect();
    if cuts.len() >= RANGES {
        cuts.select_nth_unstable_by_key(RANGES - 1, |place| (std::cmp::Reverse(gap(*place)), *place));
        cuts.truncate(RANGES - 1);
        cuts.sort_unstable();
    }
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([keys.len()]);
    starts.zip(ends).filter(|(start, end)| start < end).map(|(start, end)| (keys[start], keys[end - 1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_every_key_and_skip_the_widest_gaps() {
        assert_eq!(ranges(&[]), []);
        assert_eq!(ranges(&[3, 9]), [(3, 3), (9, 9)]);
        let keys: Vec<i64> = (0..1000).map(|key| key + key / 10 * 1_000_000).collect();
        let found = ranges(&keys);
        assert_eq!(found.len(), RANGES);
        assert!(keys.iter().all(|key| found.iter().any(|(from, to)| from <= key && key <= to)));
        assert_eq!(found[0], (0, 9));
        assert_eq!(ranges(&[i64::MIN, i64::MAX]).len(), 2);
    }
}
