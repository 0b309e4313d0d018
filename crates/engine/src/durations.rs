//! `paid.time - received.time <= INTERVAL '2 days'` means what it says.
//!
//! The difference of two timestamps is a duration. DataFusion 55.2 compares it with an interval by making it an interval
//! of nanoseconds and comparing field by field, so that four days, which are no days and many nanoseconds, are fewer than
//! two days. Here the interval becomes a duration before that happens. A month has no length and an interval that is not a
//! constant cannot be looked into: both are refused, with what to write instead.

use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNano, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, ScalarValue, plan_err};
use datafusion::error::Result as QueryResult;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, ExprSchemable as _, Operator};

/// Compares durations with intervals by their length.
#[derive(Debug)]
pub(crate) struct DurationComparison;

impl FunctionRewrite for DurationComparison {
    fn name(&self) -> &str {
        "duration_comparison"
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema, _config: &ConfigOptions) -> QueryResult<Transformed<Expr>> {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_comparison(op) => {
                let (on_left, on_right) = (duration(&left, schema), duration(&right, schema));
                let (left, right) = match (on_left, on_right) {
                    (Some(unit), None) => (*left, length(*right, unit, schema)?),
                    (None, Some(unit)) => (length(*left, unit, schema)?, *right),
                    _ => return Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right }))),
                };
                Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))))
            }
            Expr::Between(Between { expr, negated, low, high }) => {
                let Some(unit) = duration(&expr, schema) else {
                    return Ok(Transformed::no(Expr::Between(Between { expr, negated, low, high })));
                };
                let (low, high) = (length(*low, unit, schema)?, length(*high, unit, schema)?);
                Ok(Transformed::yes(Expr::Between(Between::new(expr, negated, Box::new(low), Box::new(high)))))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}

fn is_comparison(operator: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// The unit of a duration; `None` for anything else.
fn duration(expression: &Expr, schema: &DFSchema) -> Option<TimeUnit> {
    match expression.get_type(schema) {
        Ok(DataType::Duration(unit)) => Some(unit),
        _ => None,
    }
}

/// An interval as a duration; whatever is none, as it is.
fn length(expression: Expr, unit: TimeUnit, schema: &DFSchema) -> QueryResult<Expr> {
    if !matches!(expression.get_type(schema), Ok(DataType::Interval(_))) {
        return Ok(expression);
    }
    let Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(interval)), metadata) = expression else {
        return plan_err!(
            "`{expression}` is an interval whose length is not known beforehand; compare times, as in \
             paid.time <= received.time + {expression}"
        );
    };
    let IntervalMonthDayNano { months, days, nanoseconds } = interval;
    if months != 0 {
        return plan_err!("a month has no fixed length to compare a duration with; write it in days");
    }
    let nanoseconds = i128::from(days) * 86_400_000_000_000 + i128::from(nanoseconds);
    let (size, of_unit): (i128, fn(Option<i64>) -> ScalarValue) = match unit {
        TimeUnit::Second => (1_000_000_000, ScalarValue::DurationSecond),
        TimeUnit::Millisecond => (1_000_000, ScalarValue::DurationMillisecond),
        TimeUnit::Microsecond => (1_000, ScalarValue::DurationMicrosecond),
        TimeUnit::Nanosecond => (1, ScalarValue::DurationNanosecond),
    };
    match i64::try_from(nanoseconds / size) {
        Ok(count) if nanoseconds % size == 0 => Ok(Expr::Literal(of_unit(Some(count)), metadata)),
        _ => plan_err!(
            "an interval of {days} days and {} s is no whole duration here",
            interval.nanoseconds / 1_000_000_000
        ),
    }
}
