//! From the call in SQL to the logical node, and from there to the physical operator.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, DataFusionError, internal_err, plan_err};
use datafusion::error::Result as QueryResult;
use datafusion::execution::SessionState;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::{
    Expr, ExprSchemable as _, Extension, LogicalPlan, LogicalPlanBuilder, UserDefinedLogicalNode,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use datafusion::scalar::ScalarValue;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, FunctionArg, FunctionArgExpr, TableFactor};

use super::arguments::{Arguments, Kind, Parameter};
use super::exec::GraphExec;
use super::lookup::Lookup;
use super::node::GraphNode;
use super::{Operator, flows, rows};
use crate::audit::AuditedPlanner;
use crate::nearest::nearest;

/// Plans calls of operators in FROM.
#[derive(Debug)]
pub(crate) struct OperatorPlanner;

impl RelationPlanner for OperatorPlanner {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> QueryResult<RelationPlanning> {
        let name = match &relation {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => name,
            _ => return Ok(RelationPlanning::Original(Box::new(relation))),
        };
        let operator = match name.0.as_slice() {
            [part] => part.as_ident().and_then(|ident| super::find(&context.normalize_ident(ident.clone()))),
            _ => None,
        };
        let Some(operator) = operator else { return Ok(RelationPlanning::Original(Box::new(relation))) };
        let (arguments, alias) = match relation {
            TableFactor::Table { args: Some(args), alias, with_ordinality: false, .. } => (args.args, alias),
            TableFactor::Function { args, alias, with_ordinality: false, .. } => (args, alias),
            _ => return plan_err!("{}: WITH ORDINALITY is not for operators", operator.name()),
        };
        let plan = plan(operator, arguments, context)?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias))))
    }
}

fn plan(
    operator: &'static dyn Operator,
    arguments: Vec<FunctionArg>,
    context: &mut dyn RelationPlannerContext,
) -> QueryResult<LogicalPlan> {
    let name = operator.name();
    let mut flows = None;
    let mut given: Vec<(String, SqlExpr)> = Vec::new();
    for argument in arguments {
        match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) if flows.is_none() && given.is_empty() => {
                flows = Some(expression);
            }
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(expression), .. } => {
                given.push((context.normalize_ident(name), expression));
            }
            FunctionArg::ExprNamed {
                name: SqlExpr::Identifier(name), arg: FunctionArgExpr::Expr(expression), ..
            } => {
                given.push((context.normalize_ident(name), expression));
            }
            other => return plan_err!("{name}: `{other}` is not understood; {}", usage(operator)),
        }
    }
    let Some(flows) = flows else {
        let what = if operator.input().is_empty() { "transfers" } else { "rows" };
        return plan_err!("{name}: its first argument is a relation of {what}; {}", usage(operator));
    };
    let Some(flows) = relation(name, flows, context)? else {
        return plan_err!("{name}: its first argument is a subquery; {}", usage(operator));
    };
    let (flows, amount) = match operator.input() {
        [] => flows::project(name, flows)?,
        columns => (rows::project(&format!("{name}: its first argument"), flows, columns)?, DataType::Int64),
    };
    let mut arguments = Arguments::default();
    let (mut relations, mut inputs) = (Vec::new(), vec![flows]);
    for (given_name, _) in &given {
        let known = || operator.parameters().iter().map(|parameter| parameter.name);
        if !known().any(|known| known == given_name) {
            let hint = nearest(given_name, known()).map_or_else(
                || format!("it takes {}", known().collect::<Vec<_>>().join(", ")),
                |name| format!("did you mean `{name}`?"),
            );
            return plan_err!("{name} has no argument `{given_name}`; {hint}");
        }
    }
    for parameter in operator.parameters() {
        let mut values = given.iter().filter(|(given, _)| given == parameter.name).map(|(_, value)| value);
        let value = values.next().cloned();
        if values.next().is_some() {
            return plan_err!("{name}: argument `{}` is given twice", parameter.name);
        }
        if parameter.kind.is_relation() {
            if let Some(value) = value {
                inputs.push(keys(name, parameter, value, &amount, context)?);
                relations.push(parameter.name);
            }
            continue;
        }
        let value = match (value, parameter.default) {
            (Some(value), _) => constant(name, parameter, value, context)?,
            (None, Some(default)) => match parameter.kind {
                Kind::Flag => ScalarValue::Boolean(Some(default == "true")),
                Kind::Count => ScalarValue::Int64(default.parse().ok()),
                Kind::Number => ScalarValue::Float64(default.parse().ok()),
                _ => ScalarValue::Utf8(Some(default.to_owned())),
            },
            (None, None) => continue,
        };
        arguments.add(parameter, &value).map_err(|what| DataFusionError::Plan(format!("{name}: {what}")))?;
    }
    let has = |wanted: &str| relations.contains(&wanted);
    operator.check(&arguments, &has).map_err(|what| DataFusionError::Plan(format!("{name}: {what}")))?;
    let node = GraphNode::new(operator, arguments, relations, amount, inputs)?;
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

fn usage(operator: &dyn Operator) -> String {
    let call = operator.example().split_whitespace().collect::<Vec<_>>().join(" ");
    format!("as in {call}")
}

/// A subquery as a plan; `None` for any other expression. The tables a statement names are looked up before it is
/// planned, and only subqueries are looked into for them, so the bare name of a table cannot be had here.
fn relation(
    operator: &str,
    expression: SqlExpr,
    context: &mut dyn RelationPlannerContext,
) -> QueryResult<Option<LogicalPlan>> {
    match expression {
        SqlExpr::Subquery(subquery) => {
            let factor = TableFactor::Derived { lateral: false, subquery, alias: None, sample: None };
            context.plan(factor).map(Some)
        }
        SqlExpr::Identifier(_) | SqlExpr::CompoundIdentifier(_) => {
            plan_err!("{operator}: `{expression}` is not a subquery; write (SELECT * FROM {expression})")
        }
        SqlExpr::Nested(inner) => relation(operator, *inner, context),
        _ => Ok(None),
    }
}

/// An argument of keys: a relation, or an array or a number as one.
fn keys(
    operator: &str,
    parameter: &Parameter,
    value: SqlExpr,
    amount: &DataType,
    context: &mut dyn RelationPlannerContext,
) -> QueryResult<LogicalPlan> {
    let name = format!("{operator}: {}", parameter.name);
    if let Kind::Rows(columns) = parameter.kind {
        let Some(plan) = relation(operator, value, context)? else {
            return plan_err!("{name} is a {}", parameter.kind);
        };
        return rows::project(&name, plan, columns);
    }
    let amounts = (parameter.kind == Kind::Balances).then_some(amount);
    if let Some(plan) = relation(operator, value.clone(), context)? {
        return flows::project_keys(&name, plan, amounts);
    }
    if amounts.is_some() {
        return plan_err!("{name} is a subquery of an account and its amount");
    }
    let schema = DFSchema::empty();
    let expression = context.sql_to_expr(value, &schema)?;
    let is_list = matches!(expression.get_type(&schema)?, DataType::List(_) | DataType::LargeList(_));
    let one = LogicalPlanBuilder::empty(true).project([expression.alias("key")])?;
    let rows = if is_list { one.unnest_column("key")? } else { one };
    flows::project_keys(&name, rows.build()?, None)
}

/// The value of an argument that has no columns in it.
fn constant(
    operator: &str,
    parameter: &Parameter,
    value: SqlExpr,
    context: &mut dyn RelationPlannerContext,
) -> QueryResult<ScalarValue> {
    if matches!(value, SqlExpr::Subquery(_)) {
        return plan_err!("{operator}: {} is a constant ({}), not a subquery", parameter.name, parameter.kind);
    }
    let schema = DFSchema::empty();
    let expression = context.sql_to_expr(value, &schema)?;
    evaluate(&expression, &schema)
        .map_err(|error| error.context(format!("{operator}: {} is a constant ({})", parameter.name, parameter.kind)))
}

fn evaluate(expression: &Expr, schema: &DFSchema) -> QueryResult<ScalarValue> {
    use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
    use datafusion::logical_expr::execution_props::ExecutionProps;

    let types = datafusion::optimizer::analyzer::type_coercion::TypeCoercionRewriter::new(schema);
    let typed = datafusion::common::tree_node::TreeNode::rewrite(expression.clone(), &mut { types })?.data;
    let physical = datafusion::physical_expr::create_physical_expr(
        &typed,
        schema,
        &ExecutionProps::new(),
        &PhysicalPlanningContext::default(),
    )?;
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let row = RecordBatch::try_new_with_options(Arc::new(schema.as_arrow().clone()), Vec::new(), &options)?;
    ScalarValue::try_from_array(&physical.evaluate(&row)?.into_array(1)?, 0)
}

/// DataFusion's planner, and ours for the operators.
#[derive(Debug)]
pub(crate) struct GraphPlanner;

#[async_trait]
impl QueryPlanner for GraphPlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn datafusion::catalog::Session,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Self), Arc::new(AuditedPlanner)]);
        planner.create_physical_plan(plan, session).await
    }
}

#[async_trait]
impl ExtensionPlanner for GraphPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn datafusion::catalog::Session,
        _context: &PhysicalPlanningContext,
    ) -> QueryResult<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<GraphNode>() else { return Ok(None) };
        let exec = GraphExec::new(
            node.operator,
            node.arguments.clone(),
            node.relations.clone(),
            node.amount.clone(),
            physical_inputs.to_vec(),
        );
        if node.operator.looking().is_none() {
            return Ok(Some(Arc::new(exec)));
        }
        let Some(state) = session.as_any().downcast_ref::<SessionState>() else {
            return internal_err!("{} is planned by a session of another kind", node.operator.name());
        };
        let mut lookup = Lookup::new(state);
        let names = std::iter::once("").chain(node.relations.iter().copied());
        for (name, plan) in names.zip(logical_inputs) {
            let columns = if name.is_empty() { Some(node.operator.input()) } else { node.operator.rows_of(name) };
            columns.into_iter().for_each(|columns| lookup.add(name, columns, plan));
        }
        Ok(Some(Arc::new(exec.looking_into(lookup))))
    }
}
