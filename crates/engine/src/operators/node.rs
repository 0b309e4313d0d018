//! The logical node of every operator.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::Result as QueryResult;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::Operator;
use super::arguments::Arguments;

/// An operator over its inputs: the transfers first, then every argument that is a relation.
#[derive(Debug, Clone)]
pub(super) struct GraphNode {
    pub(super) operator: &'static dyn Operator,
    pub(super) arguments: Arguments,
    /// The names of the arguments that are relations, in the order of the inputs behind the first.
    pub(super) relations: Vec<&'static str>,
    pub(super) amount: DataType,
    inputs: Vec<LogicalPlan>,
    schema: DFSchemaRef,
}

impl GraphNode {
    pub(super) fn new(
        operator: &'static dyn Operator,
        arguments: Arguments,
        relations: Vec<&'static str>,
        amount: DataType,
        inputs: Vec<LogicalPlan>,
    ) -> QueryResult<Self> {
        let schema = super::schema(operator, &amount);
        let schema = Arc::new(DFSchema::try_from_qualified_schema(operator.name(), &schema)?);
        Ok(Self { operator, arguments, relations, amount, inputs, schema })
    }

    fn key(&self) -> (&'static str, &Arguments, &[&'static str], &[LogicalPlan]) {
        (self.operator.name(), &self.arguments, &self.relations, &self.inputs)
    }
}

impl PartialEq for GraphNode {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for GraphNode {}

impl PartialOrd for GraphNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.key().partial_cmp(&other.key())
    }
}

impl Hash for GraphNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl UserDefinedLogicalNodeCore for GraphNode {
    fn name(&self) -> &str {
        "Graph"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.inputs.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Graph: {}", shown(self.operator, &self.arguments, &self.relations))
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> QueryResult<Self> {
        Ok(Self { inputs, ..self.clone() })
    }

    /// Every input column is there because the operator reads it.
    fn necessary_children_exprs(&self, _output: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(self.inputs.iter().map(|input| (0..input.schema().fields().len()).collect()).collect())
    }
}

/// The call as EXPLAIN shows it.
pub(super) fn shown(operator: &dyn Operator, arguments: &Arguments, relations: &[&str]) -> String {
    let relations: String = relations.iter().map(|name| format!(", {name} => (…)")).collect();
    let arguments = arguments.to_string();
    let comma = if arguments.is_empty() { "" } else { ", " };
    format!("{}(…{relations}{comma}{arguments})", operator.name())
}
