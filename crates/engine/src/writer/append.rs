//! Rows for a table: shaped to its columns, put in its order, and handed to the sink, which leaves out those whose
//! natural key is already there.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Expr, SortExpr, cast, lit};
use datafusion::prelude::DataFrame;
use deltalake::kernel::Add;

use crate::error::{EngineError, Result};
use crate::schema::TableSpec;
use crate::writer::keys::Keys;
use crate::writer::{Writer, sink};

/// What became of the rows given to [`Writer::append`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Appended {
    /// Rows now in the table.
    pub stored: u64,
    /// Rows whose key was already there, in the table or earlier in the input.
    pub duplicates: u64,
    /// The identity (of an account: ledger, identifier) of rows whose hashed key another identity already has; they
    /// were not stored, and are counted among the duplicates.
    pub collisions: Vec<Vec<String>>,
}

pub(super) async fn stage(writer: &mut Writer, spec: &Arc<TableSpec>, rows: DataFrame) -> Result<(Vec<Add>, Appended)> {
    let sorted = sort(spec, shape(spec, rows)?)?;
    let table = writer
        .delta_table(spec)
        .cloned()
        .ok_or_else(|| EngineError::Usage(format!("{} is not written through append", spec.name)))?;
    // A table's keys are read once in a transaction; after an append they include what it stored.
    let mut keys = match writer.take_keys(spec) {
        Some(keys) => keys,
        None => Keys::of_table(writer, spec, &table).await?,
    };
    let staged = sink::write(spec, &table, sorted, &mut keys).await?;
    writer.keep_keys(spec, keys);
    Ok(staged)
}

/// Puts the input's columns into the table's order and types; a missing nullable column becomes NULL.
fn shape(spec: &TableSpec, rows: DataFrame) -> Result<DataFrame> {
    let have = rows.schema().clone();
    for field in have.fields() {
        if spec.schema.column_with_name(field.name()).is_none() {
            let hint = crate::nearest::nearest(field.name(), spec.schema.fields().iter().map(|f| f.name().as_str()));
            return Err(EngineError::Usage(format!(
                "{} has no column `{}`{}",
                spec.name,
                field.name(),
                hint.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
            )));
        }
    }
    let mut columns = Vec::with_capacity(spec.schema.fields().len());
    for field in spec.schema.fields() {
        let expression = match have.iter().find(|(_, known)| known.name() == field.name()) {
            Some((qualifier, known)) => {
                let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
                if same_type(known.data_type(), field.data_type()) {
                    column
                } else {
                    cast(column, field.data_type().clone())
                }
            }
            None if field.is_nullable() => lit(ScalarValue::try_from(field.data_type())?),
            None => {
                return Err(EngineError::Usage(format!("{} needs a value for `{}`", spec.name, field.name())));
            }
        };
        columns.push(expression.alias(field.name()));
    }
    Ok(rows.select(columns)?)
}

/// Text is text, whichever of Arrow's layouts it has: the sink makes it the table's own.
fn same_type(a: &DataType, b: &DataType) -> bool {
    let text = |t: &DataType| matches!(t, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8);
    let bytes = |t: &DataType| matches!(t, DataType::Binary | DataType::BinaryView | DataType::LargeBinary);
    a == b || (text(a) && text(b)) || (bytes(a) && bytes(b))
}

/// The table's order, then its key, then what tells two rows of one key apart: which of them is kept must not depend on
/// threads. A row's position in its source does that; without one, every column that can be ordered.
fn sort(spec: &TableSpec, rows: DataFrame) -> Result<DataFrame> {
    let positioned = spec.schema.column_with_name("position").is_some();
    let rest =
        spec.schema.fields().iter().filter(|field| sortable(field) && (!positioned || field.name() == "position"));
    let mut names: Vec<&str> = Vec::new();
    for name in spec.order.iter().chain(&spec.key).chain(rest.map(|field| field.name())) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let order: Vec<SortExpr> =
        names.into_iter().map(|name| Expr::Column(Column::new_unqualified(name)).sort(true, true)).collect();
    Ok(rows.sort(order)?)
}

fn sortable(field: &Field) -> bool {
    !field.data_type().is_nested()
}
