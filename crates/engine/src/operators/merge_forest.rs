//! `merge_forest`: which accounts are one, and by which evidence.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::{DataFusionError, Result as QueryResult};
use headwater_graph::Guard;
use headwater_graph::clusters::keyed::{
    Actors, Clustered, Conflict, FirstSeen, Link, Objection, Renamed, Request, Rows as Evidence, Weak, cluster,
};

use super::arguments::{Arguments, Kind, Parameter};
use super::rows::{RowColumn, Rows};
use super::{Column, Job, Operator, exec, refused};

/// Rows of one batch.
const BATCH: usize = 8192;

/// Places of [`INPUT`] and, but for the last, of [`KNOWN`].
const LEDGER: usize = 0;
const RANK: usize = 1;
const TX: usize = 2;
const PLACE: usize = 3;
const ACCOUNT: usize = 4;

const INPUT: &[RowColumn] = &[
    RowColumn::integer("ledger_id", "which chain, where there are several: rows of two chains unite nobody").or_null(),
    RowColumn::integer("rank", "how strong the heuristic is, from 0: the smaller, the earlier it counts"),
    RowColumn::integer("tx_id", "the transaction; rows of one rank and transaction are a set that belongs together"),
    RowColumn::integer("place", "the place in the set, as the number of the input"),
    RowColumn::integer("account", "the account"),
];
const KNOWN: &[RowColumn] = &[
    RowColumn::integer("ledger_id", "as in the first argument").or_null(),
    RowColumn::integer("rank", "the heuristic's"),
    RowColumn::integer("tx_id", "the transaction"),
    RowColumn::integer("place", "the place in it"),
    RowColumn::integer("account_a", "one end of the link"),
    RowColumn::integer("account_b", "the other"),
];
const FIRST_SEEN: &[RowColumn] = &[
    RowColumn::integer("account", "the account"),
    RowColumn::integer("first_seen", "when it first appeared, as a number that rises along the chain"),
];
const ACTORS: &[RowColumn] =
    &[RowColumn::integer("account", "the account"), RowColumn::integer("actor", "whom it belongs to, as a key")];

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "known",
        kind: Kind::Rows(KNOWN),
        default: None,
        help: "links of an earlier answer: they stand for the rows they were made of, so that only new rows need be given",
    },
    Parameter {
        name: "first_seen",
        kind: Kind::Rows(FIRST_SEEN),
        default: None,
        help: "when accounts first appeared: a cluster is named by its oldest; without it by the smallest transaction here",
    },
    Parameter {
        name: "actors",
        kind: Kind::Rows(ACTORS),
        default: None,
        help: "whom accounts are known to belong to: clusters of two different actors are not united, and a row says so",
    },
    Parameter {
        name: "weak_rank",
        kind: Kind::Count,
        default: Some("255"),
        help: "evidence of this rank or above does not unite two clusters that are both large",
    },
    Parameter {
        name: "large",
        kind: Kind::Count,
        default: Some("10000"),
        help: "a cluster with more accounts than this is large",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct MergeForest;

impl Operator for MergeForest {
    fn name(&self) -> &'static str {
        "merge_forest"
    }

    fn description(&self) -> &'static str {
        "Unites accounts that evidence says are one, and keeps the evidence. Each set of rows with the same rank and \
         transaction belongs together: the inputs of a transaction, say. Sets are taken by rank, then transaction, then \
         place, and each pair that unites two clusters is a row: the *merge forest*, the fewest links that hold all clusters \
         together, and the strongest. What each link did to the names stands beside it: `old_cluster` gave way to \
         `new_cluster`, which is named by its oldest account, and `cluster_id` is the name in the end. Every account but the \
         oldest of its cluster is once the `old_cluster` of a row of status `merged`: that is the table of clusters. Rows of \
         status `actors` and `sizes` are links that were refused. The forest is the same whatever the order of the rows \
         and the number of threads, and links of an earlier answer with new rows give the forest of all rows."
    }

    fn example(&self) -> &'static str {
        "SELECT old_cluster AS account, cluster_id FROM merge_forest(\n    (SELECT 1 AS rank, tx_id, txi AS place, account \
         FROM btc.inputs WHERE account IS NOT NULL))\nWHERE status = 'merged'"
    }

    fn input(&self) -> &'static [RowColumn] {
        INPUT
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, _amount: &DataType) -> Vec<Column> {
        vec![
            Column::nullable("ledger_id", DataType::Int64, "which chain"),
            Column::new("rank", DataType::Int64, "the heuristic's rank"),
            Column::new("tx_id", DataType::Int64, "the transaction"),
            Column::new("place", DataType::Int64, "the place of the second account in it"),
            Column::new("account_a", DataType::Int64, "the account at the first place of the set"),
            Column::new("account_b", DataType::Int64, "the other"),
            Column::new("status", DataType::Utf8, "merged; or refused, because of actors or sizes"),
            Column::nullable("old_cluster", DataType::Int64, "the name that was given up; NULL where it was refused"),
            Column::nullable("new_cluster", DataType::Int64, "the name that stayed"),
            Column::nullable("old_size", DataType::Int64, "accounts of the cluster whose name is gone, before"),
            Column::nullable("new_size", DataType::Int64, "accounts of the other, before"),
            Column::nullable("cluster_id", DataType::Int64, "the name in the end"),
            Column::nullable("actor_a", DataType::Int64, "where actors stood against it, that of the first cluster"),
            Column::nullable("actor_b", DataType::Int64, "and of the other"),
        ]
    }

    fn check(&self, arguments: &Arguments, _has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        match arguments.integer("weak_rank") {
            Some(rank) if rank > 255 => Err(format!("weak_rank => {rank}: a rank is 255 at most")),
            _ => Ok(()),
        }
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let Some(input) = job.rows("") else { return Ok(()) };
        let pair = |name: &str| match job.rows(name) {
            Some(rows) => (rows.column(0), rows.column(1)),
            None => (&[][..], &[][..]),
        };
        let ((seen, at), (owned, actor)) = (pair("first_seen"), pair("actors"));
        let weak = Weak {
            rank: job.arguments.integer("weak_rank").and_then(|rank| u8::try_from(rank).ok()).unwrap_or(u8::MAX),
            large: job.arguments.count("large").unwrap_or(u32::MAX),
        };
        for ledger in ledgers(input, job.rows("known")) {
            let of_ledger = |rows: &Rows| -> Vec<usize> {
                (0..rows.len()).filter(|row| rows.value(LEDGER, *row) == ledger).collect()
            };
            let chosen = of_ledger(input);
            let column = |place: usize| chosen.iter().map(|row| input.column(place)[*row]).collect::<Vec<i64>>();
            let rank = chosen.iter().map(|row| rank(input.column(RANK)[*row])).collect::<QueryResult<Vec<u8>>>()?;
            let known = job.rows("known").map(|rows| links(rows, &of_ledger(rows))).transpose()?.unwrap_or_default();
            let (tx, place, account) = (column(TX), column(PLACE), column(ACCOUNT));
            let request = Request {
                rows: Evidence { rank: &rank, tx: &tx, place: &place, account: &account },
                known: &known,
                first_seen: FirstSeen { account: seen, at },
                actors: Actors { account: owned, actor },
                weak: (weak.rank < u8::MAX).then_some(weak),
            };
            let found = cluster(&request, Guard::new(job.stop)).map_err(refused)?;
            emit(job, ledger, &found)?;
        }
        Ok(())
    }
}

/// The chains of the rows, in order.
fn ledgers(input: &Rows, known: Option<&Rows>) -> Vec<Option<i64>> {
    let of =
        |rows: &Rows| (0..rows.len()).map(|row| rows.value(LEDGER, row)).collect::<std::collections::BTreeSet<_>>();
    let mut ledgers = of(input);
    ledgers.extend(known.map(of).unwrap_or_default());
    ledgers.into_iter().collect()
}

fn rank(rank: i64) -> QueryResult<u8> {
    u8::try_from(rank).map_err(|_| DataFusionError::Execution(format!("rank {rank}: expected 0 to 255")))
}

fn links(rows: &Rows, chosen: &[usize]) -> QueryResult<Vec<Link>> {
    let link = |row: &usize| {
        let at = |place: usize| rows.column(place)[*row];
        Ok(Link { rank: rank(at(RANK))?, tx: at(TX), place: at(PLACE), first: at(ACCOUNT), other: at(ACCOUNT + 1) })
    };
    chosen.iter().map(link).collect()
}

/// A row of the answer.
struct Shown<'a> {
    link: &'a Link,
    status: &'static str,
    renamed: Option<(&'a Renamed, i64)>,
    actors: Option<(i64, i64)>,
}

fn emit(job: &Job<'_>, ledger: Option<i64>, found: &Clustered) -> QueryResult<()> {
    let finals: hashbrown::HashMap<i64, i64> =
        found.accounts.iter().copied().zip(found.clusters.iter().copied()).collect();
    let merged = found.renamed.iter().map(|renamed| Shown {
        link: &found.links[renamed.link as usize],
        status: "merged",
        renamed: Some((renamed, finals.get(&renamed.new).copied().unwrap_or(renamed.new))),
        actors: None,
    });
    let against = found.conflicts.iter().map(|Conflict { link, reason }| match reason {
        Objection::Actors(one, other) => Shown { link, status: "actors", renamed: None, actors: Some((*one, *other)) },
        Objection::Sizes(..) => Shown { link, status: "sizes", renamed: None, actors: None },
    });
    let rows: Vec<Shown<'_>> = merged.chain(against).collect();
    rows.chunks(BATCH).try_for_each(|rows| (job.emit)(exec::batch(job.schema, columns(ledger, rows))?))
}

fn columns(ledger: Option<i64>, rows: &[Shown<'_>]) -> Vec<ArrayRef> {
    let integers =
        |of: &dyn Fn(&Shown<'_>) -> Option<i64>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Int64Array>()) };
    let renamed = |of: fn(&Renamed) -> i64| integers(&move |row| row.renamed.map(|(renamed, _)| of(renamed)));
    vec![
        integers(&|_| ledger),
        integers(&|row| Some(i64::from(row.link.rank))),
        integers(&|row| Some(row.link.tx)),
        integers(&|row| Some(row.link.place)),
        integers(&|row| Some(row.link.first)),
        integers(&|row| Some(row.link.other)),
        Arc::new(rows.iter().map(|row| Some(row.status)).collect::<StringArray>()),
        renamed(|renamed| renamed.old),
        renamed(|renamed| renamed.new),
        renamed(|renamed| i64::from(renamed.old_size)),
        renamed(|renamed| i64::from(renamed.new_size)),
        integers(&|row| row.renamed.map(|(_, cluster)| cluster)),
        integers(&|row| row.actors.map(|(one, _)| one)),
        integers(&|row| row.actors.map(|(_, other)| other)),
    ]
}
