//! `fan_in`, `fan_out`: many pay one, or one pays many.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::fans::{self as kernel, Fan, Found, Limits, Side};
use headwater_graph::{Graph, Guard};

use super::arguments::{Arguments, Kind, Parameter};
use super::instances::{ids, key_lists, keys, keys_type, numbers};
use super::trace::times;
use super::{Column, Job, Operator, exec, parallel, refused};

/// Transfers of the nodes of one piece of work.
const PIECE: usize = 1 << 14;

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "least",
        kind: Kind::Count,
        default: Some("5"),
        help: "the fewest distinct counterparties within the window",
    },
    Parameter {
        name: "window",
        kind: Kind::Interval,
        default: Some("7 days"),
        help: "the time within which they are counted, from a first transfer to a last",
    },
    Parameter {
        name: "min_amount",
        kind: Kind::Amount,
        default: Some("0"),
        help: "smaller transfers are not looked at",
    },
];

pub(super) const FAN_IN: Fans = Fans {
    name: "fan_in",
    side: Side::In,
    description: "Finds accounts that many others pay within a short time. \
                  A window begins at each receipt of an account; it counts when it holds receipts from `least` distinct \
                  senders, in any order. Windows that count and share transfers are one row, so `window` binds each of \
                  them and not the row: `peak` is the most senders of any single window, and `peak_time` when the first \
                  such window begins. Payments to oneself do not count.",
    example: "SELECT * FROM fan_in(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
              WHERE value_eur IS NOT NULL),\n    least => 5, window => INTERVAL '7 days')",
};

pub(super) const FAN_OUT: Fans = Fans {
    name: "fan_out",
    side: Side::Out,
    description: "Finds accounts that pay many others within a short time. \
                  The mirror of `fan_in`: a window begins at each payment of an account and counts when it holds payments \
                  to `least` distinct receivers, in any order. Windows that count and share transfers are one row.",
    example: "SELECT * FROM fan_out(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
              WHERE value_eur IS NOT NULL),\n    least => 5, window => INTERVAL '7 days', min_amount => 10)",
};

/// One of the two.
#[derive(Debug)]
pub(super) struct Fans {
    name: &'static str,
    side: Side,
    description: &'static str,
    example: &'static str,
}

impl Operator for Fans {
    fn name(&self) -> &'static str {
        self.name
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new("account", DataType::Int64, "the one"),
            Column::new("counterparties", DataType::Int64, "how many the others are"),
            Column::new("peak", DataType::Int64, "the most of them within any one window"),
            Column::new("peak_time", time(), "when the first such window begins"),
            Column::new("accounts", keys_type(), "the others"),
            Column::new("transfers", keys_type(), "the transfer_ids, in order"),
            Column::new("first_time", time(), "when the first moved"),
            Column::new("last_time", time(), "when the last moved"),
            Column::new("amount", amount.clone(), "the sum of the transfers"),
        ]
    }

    fn check(&self, arguments: &Arguments, _has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        match arguments.integer("least") {
            Some(0) => Err("least => 0: a fan has counterparties; write 1 or more".to_owned()),
            _ => Ok(()),
        }
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let (graph, arguments) = (job.graph, job.arguments);
        let limits = Limits {
            side: self.side,
            least: arguments.count("least").unwrap_or(1).max(1),
            window: arguments.integer("window").unwrap_or(0),
            min_amount: job.units.of_argument(arguments.amount("min_amount").unwrap_or(0)),
        };
        let ranges = parallel::ranges(graph.nodes(), PIECE, |node| match self.side {
            Side::In => graph.incoming(node).len(),
            Side::Out => graph.outgoing(node).len(),
        });
        let state = || kernel::Fans::new(graph, limits, Guard::new(job.stop));
        let work = |search: &mut kernel::Fans<'_>, nodes| {
            let mut found = Found::default();
            search.add(nodes, &mut found).map_err(refused)?;
            exec::batch(job.schema, self.rows(job, &found)?)
        };
        parallel::in_order(&ranges, job.threads, state, work, |batch| (job.emit)(batch))
    }
}

impl Fans {
    fn rows(&self, job: &Job<'_>, found: &Found) -> QueryResult<Vec<ArrayRef>> {
        let graph = job.graph;
        let other = match self.side {
            Side::In => Graph::src,
            Side::Out => Graph::dst,
        };
        let number = |of: fn(&Fan) -> u32| numbers(found.fans.iter().map(|fan| i64::from(of(fan))));
        let sum = |edges: &[u32]| edges.iter().map(|edge| graph.amount(*edge)).sum::<i128>();
        let edges = || found.edges.iter();
        Ok(vec![
            numbers(found.fans.iter().map(|fan| graph.key(fan.node))),
            number(|fan| fan.counterparties),
            number(|fan| fan.peak),
            times(found.fans.iter().map(|fan| graph.time(fan.peak_start))),
            key_lists(edges().map(|edges| keys(graph, edges.iter().map(|edge| other(graph, *edge))))),
            key_lists(edges().map(|edges| ids(graph, edges))),
            times(edges().map(|edges| graph.time(edges[0]))),
            times(edges().map(|edges| graph.time(edges[edges.len() - 1]))),
            job.units.column(&edges().map(sum).collect::<Vec<_>>())?,
        ])
    }
}
