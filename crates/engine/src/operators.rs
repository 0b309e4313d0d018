//! The graph operators: table functions that take a relation of transfers and follow money through it.
//!
//! ```sql
//! SELECT * FROM trace_forward(
//!     (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers),
//!     seeds => ARRAY[account('bank', 'EE273300333505610002')], method => 'fifo')
//! ```
//!
//! One way leads from SQL to the graph, whichever operator it is: [`planner`] reads the call, [`node`] is the logical
//! node (so that filters reach the input and EXPLAIN shows what runs), [`exec`] the physical operator, which gathers its
//! input into [`flows`], builds the graph and lets the operator run. An operator is one file here with its
//! documentation, its arguments, its columns, and the call of the algorithm in `headwater-graph`; [`ALL`] is the one
//! list of them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::execution::memory_pool::MemoryReservation;
use futures::future::BoxFuture;
use headwater_graph::{Graph, GraphError};

mod arguments;
mod bipartite;
mod brokers;
mod chains;
mod codec;
mod coins;
mod components;
mod cycles;
mod exec;
mod fans;
mod flows;
mod forest_path;
mod gather_scatter;
mod instances;
mod lookup;
mod max_flow;
mod merge_forest;
mod node;
mod parallel;
mod paths;
mod planner;
mod rolling;
mod rows;
mod scatter_gather;
mod stack;
mod successions;
mod trace;

use arguments::{Arguments, Kind, Parameter};
pub use codec::OperatorCodec;
use flows::Units;
use lookup::Lookup;
pub(crate) use planner::{GraphPlanner, OperatorPlanner};
use rows::{RowColumn, Rows};

/// Every operator there is.
const ALL: &[&dyn Operator] = &[
    &bipartite::Bipartite,
    &brokers::Brokers,
    &chains::Chains,
    &components::Components,
    &cycles::Cycles,
    &fans::FAN_IN,
    &fans::FAN_OUT,
    &forest_path::ForestPath,
    &gather_scatter::GatherScatter,
    &max_flow::MaxFlow,
    &merge_forest::MergeForest,
    &paths::Paths,
    &rolling::Rolling,
    &scatter_gather::ScatterGather,
    &stack::Stack,
    &successions::Successions,
    &trace::FORWARD,
    &trace::BACK,
    &coins::FORWARD,
    &coins::BACK,
    &coins::PeelChain,
];

/// One operator.
trait Operator: std::fmt::Debug + Send + Sync {
    /// Its SQL name.
    fn name(&self) -> &'static str;

    /// What it does, in Markdown; the first sentence says it all.
    fn description(&self) -> &'static str;

    /// A call, for the manual.
    fn example(&self) -> &'static str;

    /// The columns of its first argument; none for one that reads transfers.
    fn input(&self) -> &'static [RowColumn] {
        &[]
    }

    /// Its named arguments.
    fn parameters(&self) -> &'static [Parameter];

    /// Its columns; amounts are of type `amount`.
    fn columns(&self, amount: &DataType) -> Vec<Column>;

    /// Says what no single argument can be blamed for; `has` tells which relations are given.
    fn check(&self, _arguments: &Arguments, _has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        Ok(())
    }

    /// Bytes one worker of the search holds beside the graph.
    fn scratch(&self, graph: &Graph) -> usize {
        graph.nodes() as usize * 24
    }

    /// Set for an operator whose inputs of rows are looked into and not read through.
    fn looking(&self) -> Option<&dyn Looking> {
        None
    }

    /// Computes the rows and hands them to `job.emit`, in an order that the input alone decides.
    fn run(&self, job: &Job<'_>) -> QueryResult<()>;
}

/// What an operator found by looking into its inputs.
type Found = Box<dyn std::any::Any + Send + Sync>;

/// An operator that asks its inputs for the rows it needs.
trait Looking: Send + Sync {
    /// Asks. Arguments that are relations of keys are given; the inputs of rows are in `lookup`, and what is kept of them is
    /// taken from `memory`.
    fn look<'a>(
        &'a self,
        lookup: &'a Lookup,
        arguments: &'a Arguments,
        relations: &'a [flows::Keys],
        memory: &'a MemoryReservation,
    ) -> BoxFuture<'a, QueryResult<Found>>;
}

/// A column of the result.
#[derive(Debug, Clone)]
struct Column {
    field: Field,
    help: &'static str,
}

impl Column {
    fn new(name: &str, data_type: DataType, help: &'static str) -> Self {
        Self { field: Field::new(name, data_type, false), help }
    }

    fn nullable(name: &str, data_type: DataType, help: &'static str) -> Self {
        Self { field: Field::new(name, data_type, true), help }
    }
}

/// What an operator works on.
struct Job<'a> {
    /// The transfers; empty for an operator that reads rows.
    graph: &'a Graph,
    units: &'a Units,
    arguments: &'a Arguments,
    /// The relations among the arguments, each by the name of its argument.
    relations: &'a [flows::Keys],
    /// The inputs that are rows: the first argument under an empty name, the others under theirs.
    rows: &'a [Rows],
    /// What looking found.
    found: Option<&'a (dyn std::any::Any + Send + Sync)>,
    schema: &'a SchemaRef,
    threads: usize,
    /// Whether nobody waits for the answer any more.
    stop: &'a (dyn Fn() -> bool + Sync),
    emit: &'a (dyn Fn(RecordBatch) -> QueryResult<()> + Sync),
}

impl Job<'_> {
    /// The rows of an argument that is a relation; `None` when it was not given.
    fn relation(&self, name: &str) -> Option<&flows::Keys> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// The rows of an input; none when it was not given.
    fn rows(&self, name: &str) -> Option<&Rows> {
        self.rows.iter().find(|rows| rows.name == name)
    }

    /// The accounts of an argument, as nodes. An account that no transfer names has nothing to follow.
    fn nodes(&self, name: &str) -> Vec<u32> {
        let keys = self.relation(name).map(|relation| relation.keys.as_slice()).unwrap_or_default();
        let mut nodes: Vec<u32> = keys.iter().filter_map(|key| self.graph.node(*key)).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }
}

impl dyn Operator {
    /// The columns of an argument that is a relation of rows; none for any other argument.
    fn rows_of(&self, name: &str) -> Option<&'static [RowColumn]> {
        let parameter = self.parameters().iter().find(|parameter| parameter.name == name)?;
        match parameter.kind {
            Kind::Rows(columns) => Some(columns),
            _ => None,
        }
    }
}

fn refused(error: GraphError) -> DataFusionError {
    match error {
        GraphError::Cancelled => DataFusionError::Execution("the query was cancelled".to_owned()),
        other => DataFusionError::Execution(other.to_string()),
    }
}

fn find(name: &str) -> Option<&'static dyn Operator> {
    ALL.iter().copied().find(|operator| operator.name() == name)
}

/// An operator as the manual shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorDoc {
    /// The SQL name.
    pub name: &'static str,
    /// What it does, in Markdown.
    pub description: &'static str,
    /// Each column of the first argument: name, type, meaning; none for an operator on transfers.
    pub input: Vec<(&'static str, &'static str, &'static str)>,
    /// Each named argument: name, type, default, meaning.
    pub arguments: Vec<(&'static str, String, String, &'static str)>,
    /// Each column: name, type, meaning.
    pub columns: Vec<(String, String, &'static str)>,
    /// A call.
    pub example: &'static str,
}

/// Every operator, in the order of its name.
pub fn operator_docs() -> Vec<OperatorDoc> {
    let describe = |operator: &&'static dyn Operator| {
        let parameter = |parameter: &Parameter| {
            (parameter.name, parameter.kind.to_string(), parameter.default.unwrap_or("none").to_owned(), parameter.help)
        };
        let column = |column: Column| (column.field.name().clone(), sql_type(column.field.data_type()), column.help);
        OperatorDoc {
            name: operator.name(),
            description: operator.description(),
            input: operator.input().iter().map(|column| (column.name, column.sql_type(), column.help)).collect(),
            arguments: operator.parameters().iter().map(parameter).collect(),
            columns: operator
                .columns(if operator.input().is_empty() { &flows::MONEY } else { &DataType::Int64 })
                .into_iter()
                .map(column)
                .collect(),
            example: operator.example(),
        }
    };
    let mut docs: Vec<OperatorDoc> = ALL.iter().map(describe).collect();
    docs.sort_by_key(|doc| doc.name);
    docs
}

fn sql_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::Int32 => "INT".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Utf8 | DataType::Utf8View => "VARCHAR".to_owned(),
        DataType::Timestamp(..) => "TIMESTAMP".to_owned(),
        DataType::Interval(_) => "INTERVAL".to_owned(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision}, {scale})"),
        DataType::List(item) => format!("{}[]", sql_type(item.data_type())),
        other => other.to_string(),
    }
}

/// The schema of an operator's rows.
fn schema(operator: &dyn Operator, amount: &DataType) -> SchemaRef {
    let fields: Vec<Field> = operator.columns(amount).into_iter().map(|column| column.field).collect();
    Arc::new(datafusion::arrow::datatypes::Schema::new(fields))
}
