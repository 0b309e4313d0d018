//! An operator's input: from a plan's columns to the graph's, and amounts back.

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, Decimal128Array, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{DFSchema, plan_err};
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::{Expr, ExprSchemable as _, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::TryStreamExt as _;
use headwater_graph::{Amounts, Columns};
use std::sync::Arc;

use super::rows::Rows;

/// The type of money in the lake.
pub(super) const MONEY: DataType = DataType::Decimal128(38, 18);
const SCALE: u32 = 18;

/// The columns an operator may read of a relation, in the order in which they are handed on, and how each is written.
const COLUMNS: [(&str, bool, &str); 6] = [
    ("src", true, "a BIGINT account, as account('bank', 'EE27…')"),
    ("dst", true, "a BIGINT account, as account('bank', 'EE27…')"),
    ("time", true, "a TIMESTAMP"),
    ("amount", true, "a DECIMAL or a BIGINT, as value_eur AS amount"),
    ("transfer_id", false, "a BIGINT"),
    ("position", false, "a BIGINT"),
];

/// The relation's columns that operators read, cast to their types; the type of amounts beside it.
pub(super) fn project(name: &str, plan: LogicalPlan) -> QueryResult<(LogicalPlan, DataType)> {
    let schema = Arc::clone(plan.schema());
    let mut expressions = Vec::new();
    let mut amount = MONEY;
    for (column, required, remedy) in COLUMNS {
        let mut found = schema.fields().iter().enumerate().filter(|(_, field)| field.name() == column);
        let Some((index, field)) = found.next() else {
            if required {
                let have: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                return plan_err!(
                    "{name}: its first argument has no column `{column}` (it has {}); select {remedy}",
                    have.join(", ")
                );
            }
            continue;
        };
        if found.next().is_some() {
            return plan_err!("{name}: its first argument has two columns `{column}`; name one of them otherwise");
        }
        let data_type = field.data_type();
        let target = match column {
            "time" if matches!(data_type, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) => {
                Some(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))
            }
            "amount" if data_type.is_integer() => Some(DataType::Int64),
            "amount" if data_type.is_decimal() => Some(MONEY),
            "time" | "amount" => None,
            _ => data_type.is_integer().then_some(DataType::Int64),
        };
        let Some(target) = target else {
            return plan_err!("{name}: column `{column}` is {data_type}; select {remedy}");
        };
        if column == "amount" {
            amount = target.clone();
        }
        let (qualifier, field) = schema.qualified_field(index);
        let column_of = Expr::from((qualifier, field));
        expressions.push(typed(column_of, target, &schema)?.alias(column));
    }
    Ok((LogicalPlanBuilder::from(plan).project(expressions)?.build()?, amount))
}

/// The rows of an argument: one BIGINT column, or two with an amount.
pub(super) fn project_keys(name: &str, plan: LogicalPlan, amounts: Option<&DataType>) -> QueryResult<LogicalPlan> {
    let schema = Arc::clone(plan.schema());
    let wanted = if amounts.is_some() { 2 } else { 1 };
    if schema.fields().len() != wanted {
        return plan_err!("{name}: expected {wanted} column(s), not {}", schema.fields().len());
    }
    let mut expressions = Vec::new();
    for (index, target) in [Some(&DataType::Int64), amounts].into_iter().flatten().enumerate() {
        let (qualifier, field) = schema.qualified_field(index);
        let fits = field.data_type().is_integer()
            || field.data_type().is_null()
            || (index == 1 && field.data_type().is_decimal());
        if !fits {
            return plan_err!("{name}: column `{}` is {}, expected {target}", field.name(), field.data_type());
        }
        let alias = ["key", "amount"][index];
        expressions.push(typed(Expr::from((qualifier, field)), target.clone(), &schema)?.alias(alias));
    }
    LogicalPlanBuilder::from(plan).project(expressions)?.build()
}

pub(super) fn typed(expression: Expr, target: DataType, schema: &DFSchema) -> QueryResult<Expr> {
    Ok(if expression.get_type(schema)? == target { expression } else { cast(expression, target) })
}

/// How amounts of the input relate to the graph's units.
#[derive(Debug, Clone)]
pub(super) struct Units {
    data_type: DataType,
    /// One unit of the graph, in the smallest part the input's type can hold.
    size: i128,
}

impl Units {
    /// Units as a column of the input's type.
    pub(super) fn column(&self, units: &[i128]) -> QueryResult<ArrayRef> {
        self.optional(units.iter().map(|amount| Some(*amount)))
    }

    /// The same, with gaps.
    pub(super) fn optional(&self, units: impl Iterator<Item = Option<i128>>) -> QueryResult<ArrayRef> {
        let overflow = || DataFusionError::Execution("a sum of amounts exceeds DECIMAL(38, 18)".to_owned());
        let sized = units.map(|amount| match amount {
            Some(amount) => amount.checked_mul(self.size).map(Some).ok_or_else(overflow),
            None => Ok(None),
        });
        if self.data_type == DataType::Int64 {
            let narrow = sized.map(|amount| match amount? {
                Some(amount) => i64::try_from(amount).map(Some).map_err(|_| overflow()),
                None => Ok(None),
            });
            return Ok(Arc::new(narrow.collect::<QueryResult<Int64Array>>()?));
        }
        let column: Decimal128Array = sized.collect::<QueryResult<_>>()?;
        Ok(Arc::new(column.with_data_type(self.data_type.clone())))
    }

    /// A given amount, in units of 10⁻¹⁸, as units of the graph, rounded up: a limit of half a unit lets no zero through.
    pub(super) fn of_argument(&self, amount: i128) -> i128 {
        let size = if self.data_type == DataType::Int64 { 10_i128.pow(SCALE) } else { self.size };
        amount / size + i128::from(amount % size > 0)
    }

    /// An amount of the input's type as units of the graph, rounded down.
    fn of_input(&self, amount: i128) -> i128 {
        amount / self.size
    }

    /// Units as a float of the input's whole amounts, for ratios and variances.
    pub(super) fn as_float(&self) -> f64 {
        if self.data_type == DataType::Int64 { 1.0 } else { self.size as f64 / 1e18 }
    }
}

/// Gathers an input, batch by batch.
#[derive(Debug)]
pub(super) struct Gather {
    columns: Columns,
    amounts: Collected,
    memory: MemoryReservation,
}

/// Amounts as they come: whole units of the largest size that fits them all so far.
#[derive(Debug)]
struct Collected {
    units: Units,
    narrow: Vec<i64>,
    wide: Vec<i128>,
}

impl Gather {
    pub(super) fn new(data_type: &DataType, memory: MemoryReservation) -> Self {
        // Cents first: what is finer makes the unit smaller when it comes.
        let size = if *data_type == DataType::Int64 { 1 } else { 10_i128.pow(SCALE - 2) };
        let units = Units { data_type: data_type.clone(), size };
        let (src, dst, time) = (Vec::new(), Vec::new(), Vec::new());
        let columns = Columns { src, dst, time, amount: Amounts::Narrow(Vec::new()), position: None, id: None };
        Self { columns, amounts: Collected { units, narrow: Vec::new(), wide: Vec::new() }, memory }
    }

    /// Adds the rows of a batch that [`project`] made.
    pub(super) fn add(&mut self, batch: &RecordBatch) -> QueryResult<()> {
        // Columns as they come, and as much again while they become a graph.
        self.memory.try_grow(batch.num_rows() * 112).map_err(|error| {
            let rows = self.columns.src.len();
            error.context(format!(
                "the graph does not fit the memory limit after {rows} transfers; narrow its input with WHERE, or raise --memory-limit"
            ))
        })?;
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            if column.null_count() > 0 {
                let name = field.name();
                return Err(DataFusionError::Execution(format!(
                    "column `{name}` of the transfers is NULL in some rows; leave them out with WHERE {name} IS NOT NULL"
                )));
            }
            let integers = || column.as_primitive::<Int64Type>().values();
            match field.name().as_str() {
                "src" => self.columns.src.extend_from_slice(integers()),
                "dst" => self.columns.dst.extend_from_slice(integers()),
                "time" => {
                    self.columns.time.extend_from_slice(column.as_primitive::<TimestampMicrosecondType>().values())
                }
                "transfer_id" => self.columns.id.get_or_insert_default().extend_from_slice(integers()),
                "position" => self.columns.position.get_or_insert_default().extend_from_slice(integers()),
                _ => self.amounts.add(column),
            }
        }
        Ok(())
    }

    /// What the inputs are held in.
    pub(super) fn memory(&self) -> &MemoryReservation {
        &self.memory
    }

    /// Gathers an input of rows, from the same memory.
    pub(super) async fn rows(&mut self, mut rows: Rows, mut batches: SendableRecordBatchStream) -> QueryResult<Rows> {
        while let Some(batch) = batches.try_next().await? {
            // Columns as they come, and as much again for what an operator makes of them.
            self.memory.try_grow(batch.num_rows() * batch.num_columns() * 16).map_err(|error| {
                let read = rows.len();
                error.context(format!(
                    "the rows do not fit the memory limit after {read}; narrow the input with WHERE, or raise --memory-limit"
                ))
            })?;
            rows.add(&batch)?;
        }
        Ok(rows)
    }

    /// Makes room for the rows of an argument.
    pub(super) fn reserve_keys(&mut self, rows: usize) -> QueryResult<()> {
        self.memory.try_grow(rows * 24).map_err(|error| {
            error.context(
                "an argument's rows do not fit the memory limit; narrow it with WHERE, or raise --memory-limit",
            )
        })
    }

    /// The columns, and what an amount of theirs is.
    pub(super) fn finish(self) -> (Columns, Units, MemoryReservation) {
        let Collected { units, narrow, wide } = self.amounts;
        let amount = if wide.is_empty() { Amounts::Narrow(narrow) } else { Amounts::Wide(wide) };
        (Columns { amount, ..self.columns }, units, self.memory)
    }
}

impl Collected {
    fn add(&mut self, column: &ArrayRef) {
        match column.data_type() {
            DataType::Int64 => self.narrow.extend_from_slice(column.as_primitive::<Int64Type>().values()),
            _ => column.as_primitive::<Decimal128Type>().values().iter().for_each(|amount| self.add_money(*amount)),
        }
    }

    #[inline]
    fn add_money(&mut self, amount: i128) {
        if amount % self.units.size != 0 {
            self.refine(amount);
        }
        let units = amount / self.units.size;
        if !self.wide.is_empty() {
            self.wide.push(units);
        } else if let Ok(units) = i64::try_from(units) {
            self.narrow.push(units);
        } else {
            self.wide = std::mem::take(&mut self.narrow).into_iter().map(i128::from).collect();
            self.wide.push(units);
        }
    }

    /// Makes the unit small enough for an amount.
    fn refine(&mut self, amount: i128) {
        let before = self.units.size;
        while amount % self.units.size != 0 {
            self.units.size /= 10;
        }
        let factor = before / self.units.size;
        let finer = |units: &i64| units.checked_mul(i64::try_from(factor).ok()?);
        if let Some(narrow) = self.narrow.iter().map(finer).collect::<Option<Vec<_>>>() {
            self.narrow = narrow;
        } else {
            self.wide = std::mem::take(&mut self.narrow).into_iter().map(|units| i128::from(units) * factor).collect();
            return;
        }
        self.wide.iter_mut().for_each(|units| *units *= factor);
    }
}

/// The rows of an argument that is a relation.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    pub(super) name: String,
    pub(super) keys: Vec<i64>,
    /// Amounts of the input's type; empty where the argument has none.
    pub(super) amounts: Vec<i128>,
}

impl Keys {
    /// Adds the rows of a batch that [`project_keys`] made.
    pub(super) fn add(&mut self, batch: &RecordBatch) -> QueryResult<()> {
        if let Some(column) = batch.columns().iter().find(|column| column.null_count() > 0) {
            return Err(DataFusionError::Execution(format!(
                "{} => a relation with {} NULL(s); leave them out with WHERE … IS NOT NULL",
                self.name,
                column.null_count()
            )));
        }
        self.keys.extend_from_slice(batch.column(0).as_primitive::<Int64Type>().values());
        match batch.columns().get(1) {
            Some(column) if column.data_type() == &DataType::Int64 => {
                self.amounts
                    .extend(column.as_primitive::<Int64Type>().values().iter().map(|amount| i128::from(*amount)));
            }
            Some(column) => self.amounts.extend_from_slice(column.as_primitive::<Decimal128Type>().values()),
            None => {}
        }
        Ok(())
    }

    /// Pairs of an account and its amount in units.
    pub(super) fn balances<'a>(&'a self, units: &'a Units) -> impl Iterator<Item = (i64, i128)> + 'a {
        self.keys.iter().zip(&self.amounts).map(|(key, amount)| (*key, units.of_input(*amount)))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, UnboundedMemoryPool};

    use super::*;

    fn gathered(amounts: &[&[i128]]) -> (Amounts, Units) {
        let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
        let mut gather = Gather::new(&MONEY, MemoryConsumer::new("test").register(&pool));
        for batch in amounts {
            let column = Decimal128Array::from(batch.to_vec()).with_data_type(MONEY);
            gather.add(&RecordBatch::try_from_iter([("amount", Arc::new(column) as ArrayRef)]).unwrap()).unwrap();
        }
        let (columns, units, _) = gather.finish();
        (columns.amount, units)
    }

    #[test]
    fn money_becomes_the_largest_units_that_hold_it() {
        const EURO: i128 = 1_000_000_000_000_000_000;
        let (amounts, units) = gathered(&[&[5 * EURO, EURO / 100]]);
        assert_eq!((amounts, units.size), (Amounts::Narrow(vec![500, 1]), EURO / 100));
        let (amounts, units) = gathered(&[&[5 * EURO], &[EURO / 1000, 0]]);
        assert_eq!((amounts, units.size), (Amounts::Narrow(vec![5000, 1, 0]), EURO / 1000));
        let (amounts, units) = gathered(&[&[i128::MAX / 10 / EURO * EURO], &[1]]);
        assert_eq!((amounts, units.size), (Amounts::Wide(vec![i128::MAX / 10 / EURO * EURO, 1]), 1));
        let money = units.column(&[1, 7 * EURO]).unwrap();
        assert_eq!(money.as_primitive::<Decimal128Type>().values()[..], [1, 7 * EURO]);
    }

    #[test]
    fn a_limit_is_rounded_up_to_a_unit() {
        let (_, units) = gathered(&[&[]]);
        assert_eq!(units.of_argument(1), 1);
        assert_eq!(units.of_argument(10_i128.pow(16)), 1);
        assert_eq!(units.of_argument(0), 0);
    }
}
