//! The physical operator: gathers its inputs, builds the graph, runs the algorithm off the asynchronous threads.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, internal_err};
use datafusion::error::Result as QueryResult;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements, Partitioning,
    PlanProperties, SendableRecordBatchStream,
};
use futures::TryStreamExt as _;
use headwater_graph::Graph;

use super::arguments::Arguments;
use super::flows::{Gather, Keys};
use super::lookup::Lookup;
use super::rows::Rows;
use super::{Job, Operator, refused};

/// What an operator is beside its inputs.
pub(super) struct Parts<'a> {
    pub(super) operator: &'static dyn Operator,
    pub(super) arguments: &'a Arguments,
    pub(super) relations: &'a [&'static str],
    pub(super) amount: &'a DataType,
}

/// An operator over physical inputs: the transfers first, then its relations.
#[derive(Debug)]
pub(super) struct GraphExec {
    operator: &'static dyn Operator,
    arguments: Arguments,
    relations: Vec<&'static str>,
    amount: DataType,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    /// For an operator that looks into its inputs.
    lookup: Option<Lookup>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl GraphExec {
    pub(super) fn new(
        operator: &'static dyn Operator,
        arguments: Arguments,
        relations: Vec<&'static str>,
        amount: DataType,
        inputs: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(super::schema(operator, &amount)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        ));
        let metrics = ExecutionPlanMetricsSet::new();
        Self { operator, arguments, relations, amount, inputs, lookup: None, properties, metrics }
    }

    /// The same operator, with what it looks into.
    pub(super) fn looking_into(self, lookup: Lookup) -> Self {
        Self { lookup: Some(lookup), ..self }
    }

    pub(super) fn parts(&self) -> Parts<'_> {
        Parts { operator: self.operator, arguments: &self.arguments, relations: &self.relations, amount: &self.amount }
    }
}

impl DisplayAs for GraphExec {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GraphExec: {}", super::node::shown(self.operator, &self.arguments, &self.relations))
    }
}

impl ExecutionPlan for GraphExec {
    fn name(&self) -> &str {
        "GraphExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> QueryResult<TreeNodeRecursion>,
    ) -> QueryResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false; self.inputs.len()]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition; self.inputs.len()])
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        let (arguments, relations) = (self.arguments.clone(), self.relations.clone());
        let new = Self::new(self.operator, arguments, relations, self.amount.clone(), children);
        Ok(Arc::new(Self { lookup: self.lookup.clone(), ..new }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> QueryResult<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("GraphExec has one partition, not {partition}");
        }
        let Some((flows, relations)) = self.inputs.split_first() else {
            return internal_err!("GraphExec has no input");
        };
        let (operator, arguments) = (self.operator, self.arguments.clone());
        let lookup = self.lookup.clone();
        if operator.looking().is_some() && lookup.is_none() {
            return internal_err!("{} looks into its inputs, and has none to look into", operator.name());
        }
        let reads = lookup.is_none();
        let flows = reads.then(|| flows.execute(0, Arc::clone(&context))).transpose()?;
        let relations =
            self.relations.iter().zip(relations).filter(|(name, _)| reads || operator.rows_of(name).is_none());
        let relations =
            relations.map(|(name, input)| Ok(((*name).to_owned(), input.execute(0, Arc::clone(&context))?)));
        let relations = relations.collect::<QueryResult<Vec<_>>>()?;
        let memory = MemoryConsumer::new(self.operator.name()).register(context.memory_pool());
        let mut gather = Gather::new(&self.amount, memory);
        let schema = self.schema();
        let threads = context.session_config().target_partitions();
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let edges = MetricBuilder::new(&self.metrics).counter("edges", partition);
        let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&schema), 2);
        let sender = builder.tx();
        builder.spawn(async move {
            let mut sets = Vec::with_capacity(relations.len());
            let mut tables = Vec::new();
            for (name, mut stream) in relations {
                if let Some(columns) = operator.rows_of(&name) {
                    tables.push(gather.rows(Rows::new(&name, columns), stream).await?);
                    continue;
                }
                let mut keys = Keys { name, ..Keys::default() };
                while let Some(batch) = stream.try_next().await? {
                    gather.reserve_keys(batch.num_rows())?;
                    keys.add(&batch)?;
                }
                sets.push(keys);
            }
            let found = match (operator.looking(), &lookup) {
                (Some(looking), Some(lookup)) => Some(looking.look(lookup, &arguments, &sets, gather.memory()).await?),
                _ => None,
            };
            match flows {
                Some(flows) if !operator.input().is_empty() => {
                    tables.push(gather.rows(Rows::new("", operator.input()), flows).await?);
                }
                Some(mut flows) => {
                    while let Some(batch) = flows.try_next().await? {
                        gather.add(&batch)?;
                    }
                }
                None => {}
            }
            let work = move || {
                let _timer = baseline.elapsed_compute().timer();
                let (columns, units, memory) = gather.finish();
                edges.add(columns.src.len());
                // The build runs on as many threads as the query may have, not on all of the machine's.
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                let pool = pool.map_err(|error| DataFusionError::External(Box::new(error)))?;
                let graph = pool.install(|| Graph::build(columns)).map_err(refused)?;
                let scratch = operator.scratch(&graph).saturating_mul(threads);
                memory.try_grow(scratch).map_err(|error| {
                    error.context(format!(
                        "{} needs {} MB beside the graph for its search on {threads} threads; narrow its input with WHERE, \
                         raise --memory-limit, or take fewer --threads",
                        operator.name(),
                        scratch >> 20
                    ))
                })?;
                let emit = |batch: RecordBatch| {
                    baseline.record_output(batch.num_rows());
                    // Nobody reads any more: the walk notices by `stop`.
                    let _gone = sender.blocking_send(Ok(batch));
                    Ok(())
                };
                let stop = || sender.is_closed();
                let job = Job {
                    graph: &graph,
                    units: &units,
                    arguments: &arguments,
                    relations: &sets,
                    rows: &tables,
                    found: found.as_deref(),
                    schema: &schema,
                    threads,
                    stop: &stop,
                    emit: &emit,
                };
                pool.install(|| operator.run(&job))
            };
            tokio::task::spawn_blocking(work).await.map_err(|error| DataFusionError::External(Box::new(error)))?
        });
        Ok(builder.build())
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// The rows of one batch of an operator's result.
pub(super) fn batch(schema: &SchemaRef, columns: Vec<datafusion::arrow::array::ArrayRef>) -> QueryResult<RecordBatch> {
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
