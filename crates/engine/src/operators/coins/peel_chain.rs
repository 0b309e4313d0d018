//! `peel_chain`: one coin that gets smaller and smaller, hop by hop.
//!
//! Which output goes on is known only when both spenders have been seen, so reading and following take turns: the chains
//! are followed through what has been read, and where one runs into a transaction that was not, that one is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::internal_err;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::execution::memory_pool::MemoryReservation;
use futures::future::BoxFuture;
use headwater_graph::Guard;
use headwater_graph::coins::{Coins, NULL};
use headwater_graph::peel::{Chain, End as Why, Hints, Limits, Peels, Rule};

use super::history::{End, History};
use super::reading::Reading;
use super::{HEIGHT_BITS, INPUTS, OUTPUTS, SPENDS, distinct, transaction_of};
use crate::operators::arguments::{Arguments, Kind, Parameter};
use crate::operators::flows::Keys;
use crate::operators::lookup::Lookup;
use crate::operators::rows::{RowColumn, RowKind};
use crate::operators::{Column, Found, Job, Looking, Operator, exec, refused};

/// Columns of how transactions look.
const LOOKS: &[RowColumn] = &[
    RowColumn::integer("tx_id", "a transaction"),
    RowColumn::integer("time", "its time").of(RowKind::Time),
    RowColumn::integer("look", "how it looks, as a number that is equal where the looks are").or_null(),
];
/// Columns of who is whose.
const CLUSTERS: &[RowColumn] =
    &[RowColumn::integer("account", "an account"), RowColumn::integer("cluster_id", "its cluster")];

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "inputs", kind: Kind::Rows(INPUTS), default: None, help: "the inputs, looked into by tx_id" },
    Parameter {
        name: "spends",
        kind: Kind::Rows(SPENDS),
        default: None,
        help: "which input spends an output, looked into by prev_txo",
    },
    Parameter {
        name: "looks",
        kind: Kind::Rows(LOOKS),
        default: None,
        help: "when transactions were and how they look, looked into by tx_id",
    },
    Parameter {
        name: "clusters",
        kind: Kind::Rows(CLUSTERS),
        default: None,
        help: "the clusters of accounts, looked into by account; one that is not there is a cluster of its own",
    },
    Parameter { name: "seeds", kind: Kind::Keys, default: None, help: "the outputs to begin with" },
    Parameter { name: "max_hops", kind: Kind::Count, default: Some("100"), help: "the most peels of a chain" },
    Parameter {
        name: "until_height",
        kind: Kind::Count,
        default: None,
        help: "transactions of higher blocks are not passed",
    },
    Parameter {
        name: "max_delay",
        kind: Kind::Interval,
        default: None,
        help: "a coin that lies still for longer is not followed",
    },
    Parameter {
        name: "stop_transactions",
        kind: Kind::Keys,
        default: None,
        help: "transactions that are not passed: those that mix the coins of many",
    },
    Parameter {
        name: "stop",
        kind: Kind::Keys,
        default: None,
        help: "accounts that are reached and not followed: beyond a service coins are other people's",
    },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("100000"),
        help: "transactions that are read; a chain that goes on behind is cut, and says so",
    },
];

/// The operator.
#[derive(Debug)]
pub(in crate::operators) struct PeelChain;

impl Operator for PeelChain {
    fn name(&self) -> &'static str {
        "peel_chain"
    }

    fn description(&self) -> &'static str {
        "Follows a coin through transactions with one input and two outputs, of which one goes on and the other is peeled \
         off. One row is a `peel`, then one says where the chain ends and why: *unspent*; *stopped* and \
         *stopped_transaction* at what is not passed; *time* and *max_hops* out of limits; *not_a_peel*; *ambiguous*, with a \
         row for each *branch*; *unresolved* where a transaction spends outputs that are not in the lake; *cut* by the \
         budget. `rule` says what told the change from the peel: the *cluster* of the coin that is spent; else the \
         *fingerprint*, where one output alone is spent by a transaction that looks the same; else the *larger* of two that \
         differ ten times or more, which is weak. What is peeled, the fees and the end add up to the seed. \
         The inputs are not read through: they are asked for the rows of the transactions that are reached."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM peel_chain(\n    (SELECT txo, tx_id, value, account, spendable FROM btc.outputs),\n    \
         inputs => (SELECT txi, tx_id, prev_txo, prev_value, prev_txid IS NULL AS coinbase FROM btc.inputs),\n    \
         spends => (SELECT prev_txo, txi FROM btc.spends),\n    \
         looks => (SELECT tx_id, time, look FROM btc.fingerprints),\n    \
         clusters => (SELECT account, cluster_id FROM btc.clusters),\n    seeds => ARRAY[730144440320])"
    }

    fn input(&self) -> &'static [RowColumn] {
        OUTPUTS
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, _amount: &DataType) -> Vec<Column> {
        let integer = |name, help| Column::new(name, DataType::Int64, help);
        let optional = |name, help| Column::nullable(name, DataType::Int64, help);
        vec![
            integer("step", "the place in the answer, from 1"),
            Column::new("status", DataType::Utf8, "peel, branch, or why the chain ends"),
            integer("source", "the seed"),
            integer("hop", "the place in the chain, from 1; at the end, how many peels there were"),
            optional("tx_id", "the transaction; at the end the one that spends the coin, if one does"),
            integer("txo", "the output that goes on, or in which the chain ends"),
            integer("value", "what it is worth, in satoshi"),
            optional("account", "the account it pays"),
            optional("peeled_txo", "the output that is peeled off"),
            optional("peeled_value", "what it is worth"),
            optional("peeled_account", "the account it pays"),
            optional("fee", "what the transaction pays to no output"),
            optional("dwell", "how long the coin lay still before, in microseconds"),
            Column::nullable("rule", DataType::Utf8, "cluster, fingerprint or larger"),
        ]
    }

    fn check(&self, _arguments: &Arguments, has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        let missing = ["inputs", "spends", "looks", "seeds"].into_iter().find(|needed| !has(needed));
        missing.map_or(Ok(()), |needed| Err(format!("it needs {needed} => …")))
    }

    fn looking(&self) -> Option<&dyn Looking> {
        Some(self)
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let Some(peeled) = job.found.and_then(|found| found.downcast_ref::<Peeled>()) else {
            return internal_err!("peel_chain was not given its chains");
        };
        peeled.emit(job)
    }
}

impl Looking for PeelChain {
    fn look<'a>(
        &'a self,
        lookup: &'a Lookup,
        arguments: &'a Arguments,
        relations: &'a [Keys],
        memory: &'a MemoryReservation,
    ) -> BoxFuture<'a, QueryResult<Found>> {
        Box::pin(async move {
            let keys = |name: &str| {
                let relation = relations.iter().find(|relation| relation.name == name);
                distinct(relation.map(|relation| relation.keys.clone()).unwrap_or_default())
            };
            let until = arguments.integer("until_height").and_then(|height| height.checked_add(1));
            let limits = Limits {
                max_hops: arguments.count("max_hops").unwrap_or(u32::MAX),
                until: until.and_then(|height| height.checked_mul(1 << HEIGHT_BITS)),
                max_dwell: arguments.integer("max_delay"),
                stop_transactions: keys("stop_transactions"),
                stop_accounts: keys("stop"),
            };
            let budget = arguments.count("budget").map_or(usize::MAX, |budget| budget as usize);
            let turns = Turns::new(Reading::new(lookup, memory), limits, keys("seeds"), budget);
            Ok(Box::new(turns.take().await?) as Found)
        })
    }
}

/// Reading and following, in turns.
struct Turns<'a> {
    reading: Reading<'a>,
    limits: Limits,
    seeds: Vec<i64>,
    budget: usize,
    /// Outputs whose spenders were asked for.
    asked: BTreeSet<i64>,
    /// By transaction.
    looks: BTreeMap<i64, (i64, i64)>,
    /// By account; [`NULL`] for one that has none.
    clusters: BTreeMap<i64, i64>,
}

impl<'a> Turns<'a> {
    fn new(reading: Reading<'a>, limits: Limits, seeds: Vec<i64>, budget: usize) -> Self {
        let (asked, looks, clusters) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        Self { reading, limits, seeds, budget, asked, looks, clusters }
    }

    async fn take(mut self) -> QueryResult<Peeled> {
        let made = distinct(self.seeds.iter().map(|txo| transaction_of(*txo)).collect());
        self.reading.read(&made).await?;
        if let Some(txo) = self.seeds.iter().find(|txo| self.reading.found.value(**txo).is_none()) {
            return Err(DataFusionError::Execution(format!(
                "peel_chain: there is no output {txo} among the outputs; a seed is a txo of the first argument"
            )));
        }
        self.looks(&made).await?;
        self.spenders(self.seeds.clone()).await?;
        self.open(&made).await?;
        loop {
            let peeled = self.follow()?;
            let next = peeled.unread(self.limits.max_hops);
            let room = self.budget.saturating_sub(self.reading.found.len());
            let next: Vec<i64> = next.into_iter().take(room).collect();
            if next.is_empty() {
                return Ok(peeled);
            }
            for transaction in &next {
                self.reading.found.forget(*transaction);
            }
            self.reading.read(&next).await?;
            self.open(&next).await?;
        }
    }

    /// Asks for what tells the change of transactions that were read: who spends their two outputs, and whose they are.
    /// One with more outputs is no peel.
    async fn open(&mut self, transactions: &[i64]) -> QueryResult<()> {
        let found = &self.reading.found;
        let paid = transactions.iter().map(|transaction| found.outputs(*transaction).map(|(txo, _)| txo).collect());
        let pairs = paid.filter(|paid: &Vec<i64>| paid.len() <= 2);
        let outputs = pairs.flatten().collect();
        self.spenders(outputs).await?;
        self.accounts(transactions).await
    }

    /// Asks who spends outputs. Those transactions stand as not read, and how they look is known.
    async fn spenders(&mut self, outputs: Vec<i64>) -> QueryResult<()> {
        let new: Vec<i64> = distinct(outputs).into_iter().filter(|txo| self.asked.insert(*txo)).collect();
        let spends = self.reading.lookup.rows("spends", "prev_txo", &new).await?;
        let mut transactions = Vec::with_capacity(spends.len());
        for row in 0..spends.len() {
            let (txo, txi) = (spends.column(0)[row], spends.column(1)[row]);
            let transaction = transaction_of(txi);
            transactions.push(transaction);
            if !self.reading.has(&transaction) {
                let value = self.reading.found.value(txo).unwrap_or_default();
                self.reading.found.end_spending(transaction, End::Cut, txi, txo, value);
            }
        }
        self.looks(&distinct(transactions)).await
    }

    async fn looks(&mut self, transactions: &[i64]) -> QueryResult<()> {
        let new: Vec<i64> = transactions.iter().copied().filter(|id| !self.looks.contains_key(id)).collect();
        let rows = self.reading.lookup.rows("looks", "tx_id", &new).await?;
        for row in 0..rows.len() {
            self.looks.insert(rows.column(0)[row], (rows.column(1)[row], rows.value(2, row).unwrap_or(NULL)));
        }
        let missing = new.iter().find(|id| !self.looks.contains_key(id));
        missing.map_or(Ok(()), |id| {
            Err(DataFusionError::Execution(format!("peel_chain: there is no transaction {id} in looks")))
        })
    }

    /// Asks for the clusters of what transactions pay.
    async fn accounts(&mut self, transactions: &[i64]) -> QueryResult<()> {
        if !self.reading.lookup.has("clusters") {
            return Ok(());
        }
        let outputs = transactions.iter().flat_map(|transaction| self.reading.found.outputs(*transaction));
        let accounts = distinct(outputs.filter_map(|(_, account)| account).collect());
        let new: Vec<i64> = accounts.into_iter().filter(|account| !self.clusters.contains_key(account)).collect();
        self.clusters.extend(new.iter().map(|account| (*account, NULL)));
        let rows = self.reading.lookup.rows("clusters", "account", &new).await?;
        self.clusters.extend((0..rows.len()).map(|row| (rows.column(0)[row], rows.column(1)[row])));
        Ok(())
    }

    /// Follows the chains through what has been read.
    fn follow(&self) -> QueryResult<Peeled> {
        let History { columns, ends } = self.reading.found.clone().finish();
        let looks = columns.transaction.iter().map(|id| self.looks.get(id).copied().unwrap_or((0, NULL)));
        let (time, look): (Vec<i64>, Vec<i64>) = looks.unzip();
        let accounts = columns.account.iter().flatten();
        // An account without a row is a cluster of its own, named by itself.
        let cluster = accounts.map(|account| match self.clusters.get(account) {
            Some(cluster) if *cluster != NULL => *cluster,
            _ => *account,
        });
        let hints = Hints { cluster: Some(cluster.collect()), fingerprint: Some(look), time };
        let mut limits = self.limits.clone();
        limits.stop_transactions.extend(ends.keys());
        let coins = Coins::build(columns).map_err(refused)?;
        let mut peels = Peels::new(&coins, &hints, &limits, Guard::new(&|| false)).map_err(refused)?;
        let chains = self.seeds.iter().map(|txo| peels.follow(*txo).map_err(refused)).collect::<QueryResult<_>>()?;
        Ok(Peeled { coins, ends, chains })
    }
}

/// What was found.
struct Peeled {
    coins: Coins,
    ends: BTreeMap<i64, End>,
    chains: Vec<Chain>,
}

/// A row of the answer.
struct Row {
    status: &'static str,
    source: i64,
    hop: i64,
    transaction: Option<i64>,
    output: u32,
    peel: Option<Peel>,
}

struct Peel {
    output: u32,
    fee: i64,
    dwell: i64,
    rule: &'static str,
}

impl Peeled {
    /// Transactions that chains run into and that were not read, in order, where a chain may be longer.
    fn unread(&self, max_hops: u32) -> BTreeSet<i64> {
        let open = self.chains.iter().filter(|chain| chain.hops.len() < max_hops as usize);
        open.filter(|chain| self.end(chain) == Some(End::Cut)).filter_map(|chain| self.spender(chain.end)).collect()
    }

    /// What stands for the transaction at which a chain was stopped.
    fn end(&self, chain: &Chain) -> Option<End> {
        let stopped = chain.why == Why::StoppedTransaction;
        self.spender(chain.end).filter(|_| stopped).and_then(|id| self.ends.get(&id)).copied()
    }

    fn spender(&self, output: u32) -> Option<i64> {
        self.coins.spender(output).map(|transaction| self.coins.id(transaction))
    }

    fn status(&self, chain: &Chain, max_hops: u32) -> &'static str {
        match chain.why {
            Why::Unspent => "unspent",
            Why::StoppedAccount => "stopped",
            Why::StoppedTransaction => match self.end(chain) {
                Some(End::Cut) if chain.hops.len() >= max_hops as usize => "max_hops",
                end => end.map_or("stopped_transaction", End::status),
            },
            Why::OutOfTime => "time",
            Why::OutOfHops => "max_hops",
            Why::NotAPeel => "not_a_peel",
            Why::Ambiguous => "ambiguous",
        }
    }

    fn rows(&self, max_hops: u32) -> Vec<Row> {
        let coins = &self.coins;
        let mut rows = Vec::new();
        for chain in &self.chains {
            let source = coins.txo(chain.start);
            rows.extend((1..).zip(&chain.hops).map(|(number, hop)| Row {
                status: "peel",
                source,
                hop: number,
                transaction: Some(coins.id(hop.transaction)),
                output: hop.change,
                peel: Some(Peel { output: hop.peeled, fee: hop.fee, dwell: hop.dwell, rule: word(hop.rule) }),
            }));
            let (hop, transaction) = (chain.hops.len() as i64, self.spender(chain.end));
            let end = |status, output| Row { status, source, hop, transaction, output, peel: None };
            rows.push(end(self.status(chain, max_hops), chain.end));
            rows.extend(chain.branches.iter().flatten().map(|output| end("branch", *output)));
        }
        rows
    }

    fn emit(&self, job: &Job<'_>) -> QueryResult<()> {
        let rows = self.rows(job.arguments.count("max_hops").unwrap_or(u32::MAX));
        let coins = &self.coins;
        let integers =
            |of: &dyn Fn(&Row) -> Option<i64>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Int64Array>()) };
        let peel = |row: &Row, of: &dyn Fn(&Peel) -> Option<i64>| row.peel.as_ref().and_then(of);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(1..=rows.len() as i64)),
            Arc::new(rows.iter().map(|row| Some(row.status)).collect::<StringArray>()),
            integers(&|row| Some(row.source)),
            integers(&|row| Some(row.hop)),
            integers(&|row| row.transaction),
            integers(&|row| Some(coins.txo(row.output))),
            integers(&|row| Some(coins.value(row.output))),
            integers(&|row| coins.account(row.output)),
            integers(&|row| peel(row, &|peel| Some(coins.txo(peel.output)))),
            integers(&|row| peel(row, &|peel| Some(coins.value(peel.output)))),
            integers(&|row| peel(row, &|peel| coins.account(peel.output))),
            integers(&|row| peel(row, &|peel| Some(peel.fee))),
            integers(&|row| peel(row, &|peel| Some(peel.dwell))),
            Arc::new(rows.iter().map(|row| row.peel.as_ref().map(|peel| peel.rule)).collect::<StringArray>()),
        ];
        (job.emit)(exec::batch(job.schema, columns)?)
    }
}

fn word(rule: Rule) -> &'static str {
    match rule {
        Rule::Cluster => "cluster",
        Rule::Fingerprint => "fingerprint",
        Rule::Larger => "larger",
    }
}
