//! `forest_path`: why two accounts are in one cluster.

use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result as QueryResult;
use headwater_graph::Guard;
use headwater_graph::clusters::{Edge, why};

use super::arguments::{Kind, Parameter};
use super::instances::numbers;
use super::rows::{RowColumn, Rows};
use super::{Column, Job, Operator, exec, refused};

const RANK: usize = 0;
const TX: usize = 1;
const PLACE: usize = 2;
const ONE: usize = 3;
const OTHER: usize = 4;

const INPUT: &[RowColumn] = &[
    RowColumn::integer("rank", "the heuristic's rank"),
    RowColumn::integer("tx_id", "the transaction"),
    RowColumn::integer("place", "the place in it"),
    RowColumn::integer("account_a", "one end of the link"),
    RowColumn::integer("account_b", "the other"),
];

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "a", kind: Kind::Keys, default: None, help: "the first account" },
    Parameter { name: "b", kind: Kind::Keys, default: None, help: "the second" },
];

/// The operator.
#[derive(Debug)]
pub(super) struct ForestPath;

impl Operator for ForestPath {
    fn name(&self) -> &'static str {
        "forest_path"
    }

    fn description(&self) -> &'static str {
        "Says why two accounts are in one cluster: the links of a merge forest that lead from the one to the other, in \
         order. There is one way at most. Its weakest link is as strong as that of any other way through all the evidence, \
         and its latest says since when they are one: that of `order` 1 is the link without which nothing would join them. \
         No row: nothing joins them."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM forest_path(\n    (SELECT * FROM btc.merges WHERE status = 'merged'),\n    \
         a => account('btc', '12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S'), b => account('btc', '1DUDsfc23Dv9sPMEk5RsrtfzCw5ofi5sVW'))"
    }

    fn input(&self) -> &'static [RowColumn] {
        INPUT
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, _amount: &DataType) -> Vec<Column> {
        let integer = |name, help| Column::new(name, DataType::Int64, help);
        vec![
            integer("step", "the place on the way, from 1"),
            integer("weakness", "1 for the weakest link, which is the last that counted"),
            integer("account_a", "from this account"),
            integer("account_b", "to this one"),
            integer("rank", "the heuristic's rank"),
            integer("tx_id", "the transaction that joins them"),
            integer("place", "the place in it"),
        ]
    }

    fn check(&self, _arguments: &super::Arguments, has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        if has("a") && has("b") { Ok(()) } else { Err("it needs two accounts, a => … and b => …".to_owned()) }
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let Some(input) = job.rows("") else { return Ok(()) };
        let one = |name: &str| job.relation(name).and_then(|relation| relation.keys.first().copied());
        let (Some(a), Some(b)) = (one("a"), one("b")) else { return Ok(()) };
        let mut nodes: Vec<i64> = input.column(ONE).iter().chain(input.column(OTHER)).copied().collect();
        nodes.sort_unstable();
        nodes.dedup();
        let node = |account: i64| nodes.binary_search(&account).ok().map(|node| node as u32);
        let (Some(from), Some(to)) = (node(a), node(b)) else { return Ok(()) };
        let order = in_order(input);
        let edges: Vec<Edge> = order
            .iter()
            .map(|row| Edge {
                first: node(input.column(ONE)[*row]).unwrap_or_default(),
                other: node(input.column(OTHER)[*row]).unwrap_or_default(),
                row: *row as u32,
            })
            .collect();
        let path = why(nodes.len() as u32, &edges, from, to, Guard::new(job.stop)).map_err(refused)?;
        let path = path.unwrap_or_default();
        let mut latest: Vec<u32> = path.iter().map(|step| step.edge).collect();
        latest.sort_unstable_by_key(|edge| std::cmp::Reverse(*edge));
        let of_row =
            |place: usize| numbers(path.iter().map(|step| input.column(place)[edges[step.edge as usize].row as usize]));
        let weakness = |edge: u32| latest.iter().position(|known| *known == edge).map_or(0, |place| place as i64 + 1);
        (job.emit)(exec::batch(
            job.schema,
            vec![
                numbers((1..).take(path.len())),
                numbers(path.iter().map(|step| weakness(step.edge))),
                numbers(path.iter().map(|step| nodes[step.from as usize])),
                numbers(path.iter().map(|step| nodes[step.to as usize])),
                of_row(RANK),
                of_row(TX),
                of_row(PLACE),
            ],
        )?)
    }
}

/// The links as they count: by rank, transaction, place, and for a total order by their ends.
fn in_order(input: &Rows) -> Vec<usize> {
    let mut order: Vec<usize> = (0..input.len()).collect();
    order.sort_unstable_by_key(|row| [RANK, TX, PLACE, ONE, OTHER].map(|place| input.column(place)[*row]));
    order
}
