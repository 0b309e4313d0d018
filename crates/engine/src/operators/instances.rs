//! Found patterns as rows: members, transfers, when, how much.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, Int64Builder, ListBuilder};
use datafusion::arrow::datatypes::{DataType, Field};
use headwater_graph::Graph;

/// The type of a list of keys.
pub(super) fn keys_type() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Int64, false)))
}

/// A list of keys a row.
pub(super) fn key_lists(rows: impl Iterator<Item = Vec<i64>>) -> ArrayRef {
    let mut lists = ListBuilder::new(Int64Builder::new()).with_field(Field::new_list_field(DataType::Int64, false));
    for row in rows {
        lists.append_value(row.into_iter().map(Some));
    }
    Arc::new(lists.finish())
}

/// A number a row.
pub(super) fn numbers(rows: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(rows))
}

/// The ids of edges.
pub(super) fn ids(graph: &Graph, edges: &[u32]) -> Vec<i64> {
    edges.iter().map(|edge| graph.id(*edge)).collect()
}

/// Distinct keys of nodes, ascending.
pub(super) fn keys(graph: &Graph, nodes: impl Iterator<Item = u32>) -> Vec<i64> {
    let mut nodes: Vec<u32> = nodes.collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes.into_iter().map(|node| graph.key(node)).collect()
}
