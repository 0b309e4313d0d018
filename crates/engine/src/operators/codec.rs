//! Operators on their way to another process.
//!
//! An operator is its name, its arguments, the names of the arguments that are relations, and the type of its amounts;
//! its inputs travel beside it as plans of their own. That is written as one row of Arrow IPC: a column for each argument,
//! the rest as metadata of the schema, so that every value an argument can have has a form already.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, new_null_array};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::common::{DataFusionError, internal_err};
use datafusion::error::Result as QueryResult;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::scalar::ScalarValue;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};

use super::arguments::Arguments;
use super::exec::GraphExec;
use super::{Operator, find};

/// The schema's metadata, and the column that stands for the type of amounts.
const OPERATOR: &str = "operator";
const RELATIONS: &str = "relations";
const AMOUNT: &str = "amount of the transfers";

/// Writes and reads the physical operator of every graph operator.
#[derive(Debug, Clone, Copy, Default)]
pub struct OperatorCodec;

impl PhysicalExtensionCodec for OperatorCodec {
    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buffer: &mut Vec<u8>,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> QueryResult<()> {
        let Some(exec) = node.downcast_ref::<GraphExec>() else {
            return internal_err!("{} is no graph operator", node.name());
        };
        let parts = exec.parts();
        let mut fields = vec![Field::new(AMOUNT, parts.amount.clone(), true)];
        let mut columns = vec![new_null_array(parts.amount, 1)];
        for (name, value) in parts.arguments.iter() {
            let column = value.to_array()?;
            fields.push(Field::new(name, column.data_type().clone(), true));
            columns.push(column);
        }
        let metadata = HashMap::from([
            (OPERATOR.to_owned(), parts.operator.name().to_owned()),
            (RELATIONS.to_owned(), parts.relations.join(",")),
        ]);
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
        let mut writer = StreamWriter::try_new(buffer, &schema)?;
        writer.write(&RecordBatch::try_new(schema, columns)?)?;
        Ok(writer.finish()?)
    }

    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        _context: &TaskContext,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        let unreadable = || DataFusionError::Plan("these bytes are no graph operator".to_owned());
        let mut batches = StreamReader::try_new(Cursor::new(bytes), None)?;
        let batch = batches.next().ok_or_else(unreadable)??;
        let schema = batch.schema();
        let text = |key: &str| schema.metadata().get(key).ok_or_else(unreadable);
        let name = text(OPERATOR)?;
        let operator = find(name).ok_or_else(|| {
            DataFusionError::Plan(format!("this version has no operator `{name}`; use the same one on both sides"))
        })?;
        let relations = text(RELATIONS)?.split(',').filter(|relation| !relation.is_empty());
        let relations = relations.map(|relation| parameter(operator, relation)).collect::<QueryResult<Vec<_>>>()?;
        if batch.num_rows() != 1 || inputs.len() != relations.len() + 1 {
            return Err(unreadable());
        }
        let (amount, values) = schema.fields().split_first().ok_or_else(unreadable)?;
        let mut arguments = Arguments::default();
        for (field, column) in values.iter().zip(&batch.columns()[1..]) {
            arguments.push(parameter(operator, field.name())?, ScalarValue::try_from_array(column, 0)?);
        }
        let amount = amount.data_type().clone();
        Ok(Arc::new(GraphExec::new(operator, arguments, relations, amount, inputs.to_vec())))
    }
}

/// The name of one of the operator's arguments.
fn parameter(operator: &dyn Operator, name: &str) -> QueryResult<&'static str> {
    let known = operator.parameters().iter().find(|parameter| parameter.name == name);
    known.map(|parameter| parameter.name).ok_or_else(|| {
        DataFusionError::Plan(format!(
            "{} has no argument `{name}`; use the same version on both sides",
            operator.name()
        ))
    })
}
