//! `headwater trace TXID:VOUT`: where a coin went, or came from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use headwater_engine::datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::DataType;

use super::query::quoted;
use crate::args::TraceArgs;
use crate::errors::Failure;
use crate::flow_graph::without_zeros;

/// Whether a seed is written as a coin: sixty-four hexadecimal digits, a colon, a number.
pub(super) fn is_coin(seed: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    seed.split_once(':').is_some_and(|(txid, place)| digits(txid, 64) && place.parse::<u32>().is_ok())
}

/// The transaction of a coin.
fn transaction(coin: &str) -> &str {
    coin.split(':').next().unwrap_or(coin)
}

/// Says which of the options given are for accounts: a limit that was asked for and not kept would be a wrong answer.
pub(super) fn check(args: &TraceArgs) -> Result<(), Failure> {
    let given = [
        ("--since", args.since.is_some()),
        ("--until", args.until.is_some()),
        ("--max-delay", args.max_delay.is_some()),
        ("--asset", args.asset.is_some()),
        ("--stop", !args.stop.is_empty()),
        ("--to", !args.to.is_empty()),
        ("--transfers", args.transfers),
        ("--graph", args.graph.is_some()),
    ];
    let given: Vec<&str> = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
    if given.is_empty() {
        return Ok(());
    }
    let message = format!("{} cannot be used with a coin", given.join(", "));
    Err(Failure::usage(message).with_help(
        "--method, --max-hops, --min-amount and --back can; \
        headwater functions trace_coins_forward tells of the limits in SQL",
    ))
}

/// On which chains a coin's transaction is.
pub(super) fn ledgers(coin: &str) -> String {
    let txid = quoted(&transaction(coin).to_ascii_lowercase());
    format!("SELECT ledger FROM btc.transactions WHERE txid = {txid} ORDER BY ledger")
}

/// The trace.
pub(super) fn trace(args: &TraceArgs, coin: &str, ledger: &str) -> String {
    let macro_name = if args.back { "where_from" } else { "where_went" };
    let least =
        args.min_amount.as_deref().map_or_else(String::new, |least| format!(", min_amount => {}", quoted(least)));
    format!(
        "SELECT * FROM {macro_name}({}, method => {}, max_hops => {}{least}, ledger => {})",
        quoted(&coin.to_ascii_lowercase()),
        quoted(&args.method),
        args.max_hops,
        quoted(ledger)
    )
}

/// Columns of the tree, all text.
pub(super) const LINES: &str = "SELECT CAST(status AS VARCHAR), CAST(coin AS VARCHAR), CAST(via_txid AS VARCHAR), \
    CAST(CAST(time AS DATE) AS VARCHAR), CAST(address AS VARCHAR), CAST(in_coins(traced, 8) AS VARCHAR), \
    CAST(in_coins(value, 8) AS VARCHAR), CAST(next_txid AS VARCHAR) FROM traced ORDER BY step";

/// A coin, or the fee of a transaction.
struct Line {
    what: String,
    coin: String,
}

/// Draws the coins as a tree: below each one those it became, and what rests.
pub(super) fn tree(batches: &[RecordBatch]) -> Result<String, Failure> {
    let mut roots: Vec<Line> = Vec::new();
    let mut below: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    let mut rests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut next: BTreeMap<String, String> = BTreeMap::new();
    for batch in batches {
        let columns: Vec<StringArray> = batch
            .columns()
            .iter()
            .map(|column| Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone()))
            .collect::<Result<_, Failure>>()?;
        for row in 0..batch.num_rows() {
            let text = |place: usize| columns[place].is_valid(row).then(|| columns[place].value(row).to_owned());
            let status = text(0).unwrap_or_default();
            let coin = text(1).unwrap_or_default();
            let traced = text(5).unwrap_or_default();
            let traced = without_zeros(&traced);
            let address = text(4).map(|address| format!("  {address}")).unwrap_or_default();
            let day = text(3).map(|day| format!(", {day}")).unwrap_or_default();
            let of = text(6).unwrap_or_default();
            let of = Some(without_zeros(&of)).filter(|value| !value.is_empty() && *value != traced);
            let of = of.map(|value| format!(" of {value}")).unwrap_or_default();
            next.extend(text(7).map(|txid| (coin.clone(), txid)));
            let what = format!("{traced}{of}{day} ─▶ {coin}{address}");
            match status.as_str() {
                "seed" => roots.push(Line { what, coin }),
                "moved" => below.entry(text(2).unwrap_or_default()).or_default().push(Line { what, coin }),
                "fee" => below
                    .entry(coin.clone())
                    .or_default()
                    .push(Line { what: format!("{traced} fee"), coin: String::new() }),
                rest => {
                    rests.entry(coin).or_default().push(format!("{rest} {traced}"));
                }
            }
        }
    }
    let mut drawn = Drawn { below, rests, next, seen: BTreeSet::new(), page: String::new() };
    for root in roots {
        drawn.line(&root, "", "");
    }
    Ok(drawn.page)
}

struct Drawn {
    /// By transaction: the coins that were reached through it.
    below: BTreeMap<String, Vec<Line>>,
    rests: BTreeMap<String, Vec<String>>,
    /// By coin: the transaction it goes on to.
    next: BTreeMap<String, String>,
    seen: BTreeSet<String>,
    page: String,
}

impl Drawn {
    fn line(&mut self, line: &Line, branch: &str, indent: &str) {
        let rest = self.rests.get(&line.coin).map(|rests| format!(" · {}", rests.join(" · "))).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = writeln!(self.page, "{branch}{}{rest}", line.what);
        let Some(next) = self.next.get(&line.coin).filter(|next| self.below.contains_key(*next)).cloned() else {
            return;
        };
        if !self.seen.insert(next.clone()) {
            let _ = writeln!(self.page, "{indent}└─ {next} (see above)");
            return;
        }
        let children = std::mem::take(self.below.entry(next).or_default());
        let last = children.len().saturating_sub(1);
        for (place, child) in children.iter().enumerate() {
            let (fork, further) = if place == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.line(child, &format!("{indent}{fork}"), &format!("{indent}{further}"));
        }
    }
}
