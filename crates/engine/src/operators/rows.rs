//! Inputs that are no transfers: rows of whole numbers, each column by its name.

use std::sync::Arc;

use datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::common::plan_err;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::flows::typed;

/// What a column of rows holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A whole number.
    Integer,
    /// True or false, handed on as 1 or 0.
    Flag,
    /// A point in time, handed on in microseconds.
    Time,
}

/// A column an operator reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowColumn {
    pub(super) name: &'static str,
    pub(super) kind: RowKind,
    /// Whether it may be NULL. Such a column may also be left out, and is then NULL in every row.
    pub(super) nullable: bool,
    pub(super) help: &'static str,
}

impl RowColumn {
    /// A whole number in every row.
    pub(super) const fn integer(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: RowKind::Integer, nullable: false, help }
    }

    /// The same column, of another kind.
    pub(super) const fn of(self, kind: RowKind) -> Self {
        Self { kind, ..self }
    }

    /// The same column, with gaps.
    pub(super) const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    fn data_type(&self) -> DataType {
        match self.kind {
            RowKind::Integer => DataType::Int64,
            RowKind::Flag => DataType::Boolean,
            RowKind::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
        }
    }

    fn takes(&self, data_type: &DataType) -> bool {
        match self.kind {
            RowKind::Integer => data_type.is_integer() || (self.nullable && data_type.is_null()),
            RowKind::Flag => *data_type == DataType::Boolean,
            RowKind::Time => matches!(data_type, DataType::Timestamp(..)),
        }
    }

    /// As the manual shows it.
    pub(super) fn sql_type(&self) -> &'static str {
        match self.kind {
            RowKind::Integer => "BIGINT",
            RowKind::Flag => "BOOLEAN",
            RowKind::Time => "TIMESTAMP",
        }
    }
}

/// The columns of a relation in the operator's order, cast to their types. `what` says which argument it is.
pub(super) fn project(what: &str, plan: LogicalPlan, columns: &[RowColumn]) -> QueryResult<LogicalPlan> {
    let schema = Arc::clone(plan.schema());
    let mut expressions = Vec::with_capacity(columns.len());
    for column in columns {
        let mut found = schema.fields().iter().enumerate().filter(|(_, field)| field.name() == column.name);
        let Some((index, field)) = found.next() else {
            if column.nullable {
                let null = datafusion::scalar::ScalarValue::try_from(column.data_type())?;
                expressions.push(datafusion::logical_expr::lit(null).alias(column.name));
                continue;
            }
            let have: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            return plan_err!(
                "{what} has no column `{}` (it has {}): {}, a {}",
                column.name,
                have.join(", "),
                column.help,
                column.sql_type()
            );
        };
        if found.next().is_some() {
            return plan_err!("{what} has two columns `{}`; name one of them otherwise", column.name);
        }
        if !column.takes(field.data_type()) {
            let (name, is) = (column.name, field.data_type());
            return plan_err!("{what}: column `{name}` is {is}; select {}, a {}", column.help, column.sql_type());
        }
        let column_of = Expr::from(schema.qualified_field(index));
        expressions.push(typed(column_of, column.data_type(), &schema)?.alias(column.name));
    }
    LogicalPlanBuilder::from(plan).project(expressions)?.build()
}

/// Rows of an input, gathered.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// The argument they came by; empty for the first.
    pub(super) name: String,
    columns: Vec<Vec<i64>>,
    valid: Vec<Option<Vec<bool>>>,
}

impl Rows {
    pub(super) fn new(name: &str, columns: &[RowColumn]) -> Self {
        let valid = columns.iter().map(|column| column.nullable.then(Vec::new)).collect();
        Self { name: name.to_owned(), columns: vec![Vec::new(); columns.len()], valid }
    }

    /// Adds the rows of a batch that [`project`] made.
    pub(super) fn add(&mut self, batch: &RecordBatch) -> QueryResult<()> {
        for (place, column) in batch.columns().iter().enumerate() {
            match &mut self.valid[place] {
                Some(valid) => valid.extend((0..column.len()).map(|row| column.is_valid(row))),
                None if column.null_count() > 0 => {
                    let schema = batch.schema();
                    let name = schema.field(place).name();
                    return Err(DataFusionError::Execution(format!(
                        "column `{name}` is NULL in some rows; leave them out with WHERE {name} IS NOT NULL"
                    )));
                }
                None => {}
            }
            let numbers = cast(column, &DataType::Int64)?;
            self.columns[place].extend_from_slice(numbers.as_primitive::<Int64Type>().values());
        }
        Ok(())
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// A column by its place in the operator's list.
    pub(super) fn column(&self, place: usize) -> &[i64] {
        &self.columns[place]
    }

    /// A value that may be missing.
    pub(super) fn value(&self, place: usize, row: usize) -> Option<i64> {
        let valid = self.valid[place].as_ref().is_none_or(|valid| valid[row]);
        valid.then(|| self.columns[place][row])
    }
}
