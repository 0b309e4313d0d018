//! The root of a plan that touches a subject: it lets rows through, counts them, and ends the journal's row with the plan.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchemaRef, internal_err};
use datafusion::error::Result as QueryResult;
use datafusion::execution::{RecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties as _, PlanProperties,
    SendableRecordBatchStream,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::{Stream, StreamExt as _};

use super::Ticket;

/// A plan and the ticket it runs on.
#[derive(Debug, Clone)]
pub(crate) struct AuditedNode {
    input: LogicalPlan,
    ticket: Arc<Ticket>,
}

impl AuditedNode {
    /// The plan, counted.
    pub(crate) fn over(input: LogicalPlan, ticket: &Arc<Ticket>) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(Self { input, ticket: Arc::clone(ticket) }) })
    }
}

impl PartialEq for AuditedNode {
    fn eq(&self, other: &Self) -> bool {
        self.input == other.input
    }
}

impl Eq for AuditedNode {}

impl PartialOrd for AuditedNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.input.partial_cmp(&other.input)
    }
}

impl Hash for AuditedNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
    }
}

impl UserDefinedLogicalNodeCore for AuditedNode {
    fn name(&self) -> &str {
        "Audited"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Audited")
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> QueryResult<Self> {
        match inputs.into_iter().next() {
            Some(input) => Ok(Self { input, ticket: Arc::clone(&self.ticket) }),
            None => internal_err!("Audited has an input"),
        }
    }

    fn necessary_children_exprs(&self, output: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![output.to_vec()])
    }
}

/// Plans [`AuditedNode`].
#[derive(Debug)]
pub(crate) struct AuditedPlanner;

#[async_trait]
impl ExtensionPlanner for AuditedPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn datafusion::catalog::Session,
        _context: &PhysicalPlanningContext,
    ) -> QueryResult<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<AuditedNode>() else { return Ok(None) };
        let [input] = physical_inputs else { return internal_err!("Audited has one input") };
        Ok(Some(Arc::new(AuditedExec { input: Arc::clone(input), ticket: Arc::clone(&node.ticket) })))
    }
}

/// Lets rows through and counts them.
#[derive(Debug)]
struct AuditedExec {
    input: Arc<dyn ExecutionPlan>,
    ticket: Arc<Ticket>,
}

impl DisplayAs for AuditedExec {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditedExec")
    }
}

impl ExecutionPlan for AuditedExec {
    fn name(&self) -> &str {
        "AuditedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> QueryResult<TreeNodeRecursion>,
    ) -> QueryResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        match children.into_iter().next() {
            Some(input) => Ok(Arc::new(Self { input, ticket: Arc::clone(&self.ticket) })),
            None => internal_err!("AuditedExec has an input"),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> QueryResult<SendableRecordBatchStream> {
        let inner = self.input.execute(partition, context)?;
        self.ticket.expect_parts(self.input.output_partitioning().partition_count());
        Ok(Box::pin(Counted { inner, ticket: Arc::clone(&self.ticket), over: false }))
    }
}

struct Counted {
    inner: SendableRecordBatchStream,
    ticket: Arc<Ticket>,
    over: bool,
}

impl Stream for Counted {
    type Item = QueryResult<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.inner.poll_next_unpin(context);
        match &polled {
            Poll::Ready(Some(Ok(batch))) => self.ticket.count(batch.num_rows() as u64),
            Poll::Ready(Some(Err(_))) => self.ticket.outcome("failed"),
            Poll::Ready(None) if !self.over => {
                self.over = true;
                self.ticket.part_is_over();
            }
            _ => {}
        }
        polled
    }
}

impl RecordBatchStream for Counted {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }
}

/// Parts of a plan that are still running; 0 before the first has begun.
#[derive(Debug, Default)]
pub(super) struct Parts(AtomicUsize);

impl Parts {
    /// The first part says how many there are.
    pub(super) fn expect(&self, parts: usize) {
        use std::sync::atomic::Ordering::SeqCst;
        // Somebody was first, and said the same.
        let _ = self.0.compare_exchange(0, parts.max(1), SeqCst, SeqCst);
    }

    /// Whether that was the last one.
    pub(super) fn over(&self) -> bool {
        use std::sync::atomic::Ordering::SeqCst;
        self.0.fetch_sub(1, SeqCst) == 1
    }
}
