//! Which statements touch a subject: what their optimised plans read, held against the list of columns about people.
//!
//! The optimiser has pushed projections and filters into the scans, so a scan names what is really read: `count(*)` over
//! transfers reads no column at all, a sum by month reads time and amount, and `WHERE src = …` reads `src`.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::error::Result as QueryResult;
use datafusion::logical_expr::logical_plan::Statement;
use datafusion::logical_expr::{DdlStatement, Expr, LogicalPlan};
use serde::Deserialize;

use crate::error::{EngineError, Result};
use crate::library::Library;
use crate::schema::LakeSchema;

/// The stem of the list.
const LIST: &str = "subjects";
/// The function that looks identifiers up without a scan, and what it reads.
const LOOKS_UP: (&str, &str) = ("identifier", "flow.accounts.identifier");

/// The columns about people, by table; every column of a table that the list does not know.
#[derive(Debug, Default)]
pub(crate) struct Subjects {
    columns: BTreeMap<String, Option<BTreeSet<String>>>,
    schemas: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    subjects: BTreeMap<String, Vec<String>>,
}

impl Subjects {
    /// Reads the list of a library. Without one, everything is about people.
    pub(crate) fn of(library: &Library, schema: &LakeSchema) -> Result<Self> {
        let mut listed = match library.profile(LIST) {
            Ok(text) => {
                let list: List = toml::from_str(text).map_err(|error| {
                    EngineError::query_file("profiles/subjects.toml", 1, error.message().to_owned())
                })?;
                list.subjects
            }
            Err(_) => BTreeMap::new(),
        };
        let mut columns = BTreeMap::new();
        for table in schema.tables() {
            let known: Option<BTreeSet<String>> = listed.remove(&table.name).map(|names| names.into_iter().collect());
            let unknown = known.iter().flatten().find(|name| table.schema.column_with_name(name).is_none());
            if let Some(name) = unknown {
                let what = format!("{} has no column `{name}`", table.name);
                return Err(EngineError::query_file("profiles/subjects.toml", 1, what));
            }
            columns.insert(table.name.clone(), known);
        }
        Ok(Self { columns, schemas: schema.schema_names().into_iter().collect() })
    }

    fn about_people(&self, table: &str, column: &str) -> bool {
        match self.columns.get(table) {
            Some(Some(columns)) => columns.contains(column),
            // A table of the lake that nobody has looked at.
            Some(None) => true,
            // A view of the library whose rows the session keeps is about people as what it is made of; a table of the
            // session's own is not.
            None => table.split_once('.').is_some_and(|(schema, _)| self.schemas.contains(schema)),
        }
    }
}

/// The columns about people that a plan reads, `flow.holders.name`, in order.
pub(crate) fn touched(plan: &LogicalPlan, subjects: &Subjects) -> QueryResult<Vec<String>> {
    let mut found = BTreeSet::new();
    if matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Ddl(DdlStatement::CreateView(_))) {
        // These show and keep a plan, and no row.
        return Ok(Vec::new());
    }
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::TableScan(scan) => {
                let table = match scan.table_name.schema() {
                    Some(schema) => format!("{schema}.{}", scan.table_name.table()),
                    None => scan.table_name.table().to_owned(),
                };
                let read = scan.projected_schema.fields().iter().map(|field| field.name().clone());
                let filtered = scan.filters.iter().flat_map(|filter| filter.column_refs().into_iter().cloned());
                let filtered: BTreeSet<String> = filtered.map(|column| column.name).collect();
                for column in read.chain(filtered).filter(|column| subjects.about_people(&table, column)) {
                    found.insert(format!("{table}.{column}"));
                }
            }
            LogicalPlan::Statement(Statement::Execute(execute)) => {
                // Its plan is in the session and not in here.
                found.insert(format!("prepared statement {}", execute.name));
            }
            _ => {}
        }
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                if let Expr::ScalarFunction(call) = part
                    && call.name() == LOOKS_UP.0
                {
                    found.insert(LOOKS_UP.1.to_owned());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found.into_iter().collect())
}
