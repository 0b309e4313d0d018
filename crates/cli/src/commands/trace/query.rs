//! The SQL behind `headwater trace`. The search is asked for once, by [`trace`] or [`search`], and its rows are kept as the
//! table `traced` or `found`; every other query here reads those.

use headwater_engine::datafusion::arrow::datatypes::DataType;

use crate::args::TraceArgs;
use crate::flow_graph::FlowGraph;

/// What pages for people are made of.
pub(in crate::commands) const TEXT: DataType = DataType::Utf8;

/// Every step, for machines.
pub(super) fn steps() -> String {
    format!(
        "{} SELECT step, status, hop, transfer_id, time, {} AS payer, {} AS payee, {} AS account, name AS holder, amount, \
         traced, share FROM traced LEFT JOIN names ON names.account = traced.account ORDER BY step",
        WITH_NAMES,
        shown("src"),
        shown("dst"),
        shown("traced.account"),
    )
}

/// Transfers between the same two accounts as one branch, all columns as text, the largest first.
pub(super) fn branches(args: &TraceArgs) -> String {
    let near = if args.back { "dst" } else { "src" };
    format!(
        "{}, branches AS (SELECT status, {near} AS giver, account, min(hop) AS depth, count(*) AS number, \
         sum(traced) AS total, min(time) AS first_time, max(time) AS last_time FROM traced GROUP BY status, {near}, account) \
         SELECT status, {} AS near, {} AS far, name AS holder, CAST(depth AS VARCHAR) AS hop, \
         CAST(number AS VARCHAR) AS transfers, CAST(CAST(total AS DECIMAL(38, 2)) AS VARCHAR) AS traced, \
         CAST(CAST(first_time AS DATE) AS VARCHAR) AS first_day, CAST(CAST(last_time AS DATE) AS VARCHAR) AS last_day \
         FROM branches LEFT JOIN names ON names.account = branches.account \
         ORDER BY depth, total DESC, giver, branches.account, status",
        WITH_NAMES,
        shown("giver"),
        shown("branches.account"),
    )
}

/// The same steps as a graph's rows.
pub(super) fn steps_graph() -> String {
    format!(
        "{}, graph AS (SELECT step AS place, status, coalesce(src, account) AS payer, account AS payee, transfer_id, time, \
         amount, traced, hop FROM (SELECT step, status, transfer_id, time, amount, traced, hop, \
         CASE WHEN status = 'moved' THEN src ELSE account END AS src, \
         CASE WHEN status = 'moved' THEN dst ELSE account END AS account FROM traced)) {}",
        WITH_NAMES,
        graph_rows(),
    )
}

/// The hops of the best ways to `--to`, for machines.
pub(super) fn ways(args: &TraceArgs) -> String {
    format!(
        "{} SELECT rank, hop, hops.transfer_id, time, {} AS payer, {} AS payee, name AS holder, {} AS amount, asset \
         FROM hops LEFT JOIN names ON names.account = dst ORDER BY rank, hop",
        WITH_HOPS,
        shown("src"),
        shown("dst"),
        if args.asset.is_some() { "amount" } else { "value_eur" },
    )
}

/// The same hops as a graph's rows.
pub(super) fn ways_graph(args: &TraceArgs) -> String {
    format!(
        "{}, graph AS (SELECT rank * 1000000 + hop AS place, 'moved' AS status, src AS payer, dst AS payee, transfer_id, \
         time, {} AS amount, NULL AS traced, hop FROM hops) {}",
        WITH_HOPS,
        if args.asset.is_some() { "amount" } else { "value_eur" },
        graph_rows(),
    )
}

/// Whether the search for ways was cut.
pub(super) const TRUNCATED: &str = "SELECT bool_or(truncated) FROM found";

/// The accounts as a graph names them.
pub(super) fn shown_accounts(args: &TraceArgs, accounts: &[String]) -> String {
    let rows = list(accounts, |identifier| format!("({})", account(args, identifier)));
    if rows.is_empty() {
        return "SELECT '' WHERE false".to_owned();
    }
    format!("SELECT {} FROM (VALUES {rows}) AS accounts (account)", shown("account"))
}

/// [`FlowGraph::COLUMNS`] from the CTEs `graph` and `names`.
fn graph_rows() -> String {
    let expression = |column: &&str| match *column {
        "payer" => format!("{} AS payer", shown("payer")),
        "payee" => format!("{} AS payee", shown("payee")),
        "payer_holder" => "payers.name AS payer_holder".to_owned(),
        "payee_holder" => "payees.name AS payee_holder".to_owned(),
        other => format!("CAST({other} AS VARCHAR) AS {other}"),
    };
    format!(
        "SELECT {} FROM graph LEFT JOIN names AS payers ON payers.account = payer \
         LEFT JOIN names AS payees ON payees.account = payee ORDER BY place",
        FlowGraph::COLUMNS.iter().map(expression).collect::<Vec<_>>().join(", ")
    )
}

/// An account as people know it; its number where the lake has no name for it.
fn shown(account: &str) -> String {
    format!("coalesce(identifier({account}), CAST({account} AS VARCHAR))")
}

/// The trace.
pub(super) fn trace(args: &TraceArgs) -> String {
    let operator = if args.back { "trace_back" } else { "trace_forward" };
    let seeds = if args.transfers {
        format!("transfers => ARRAY[{}]", list(&args.seeds, |id| format!("CAST({} AS BIGINT)", quoted(id))))
    } else {
        format!("seeds => {}", accounts(args, &args.seeds))
    };
    let mut limits = format!(", method => {}, max_hops => {}", quoted(&args.method), args.max_hops);
    let optional = [
        ("since", &args.since),
        ("until", &args.until),
        ("max_delay", &args.max_delay),
        ("min_amount", &args.min_amount),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            limits.push_str(&format!(", {name} => {}", quoted(value)));
        }
    }
    if !args.stop.is_empty() {
        limits.push_str(&format!(", stop => {}", accounts(args, &args.stop)));
    }
    format!("SELECT * FROM {operator}(({}), {seeds}{limits})", flows(args))
}

/// The best ways. Limits of a trace are conditions on the transfers here, since a way that is too small or too late at one
/// hop is no way.
pub(super) fn search(args: &TraceArgs) -> String {
    let mut flows = flows(args);
    let amount = if args.asset.is_some() { "amount" } else { "value_eur" };
    let conditions = [("time >=", &args.since), ("time <=", &args.until), (&format!("{amount} >="), &args.min_amount)];
    for (condition, value) in conditions {
        if let Some(value) = value {
            flows.push_str(&format!(" AND {condition} {}", quoted(value)));
        }
    }
    if !args.stop.is_empty() {
        let stops = list(&args.stop, |identifier| account(args, identifier));
        flows.push_str(&format!(" AND src NOT IN ({stops})"));
    }
    let delay = args.max_delay.as_ref().map(|delay| format!(", max_delay => {}", quoted(delay))).unwrap_or_default();
    format!(
        "SELECT * FROM paths(({flows}), sources => {}, targets => {}, best => {}, k => {}, max_hops => {}{delay})",
        accounts(args, &args.seeds),
        accounts(args, &args.to),
        quoted(&args.best),
        args.ways,
        args.max_hops,
    )
}

/// The transfers that are followed.
fn flows(args: &TraceArgs) -> String {
    let amount = match &args.asset {
        None => "value_eur AS amount FROM flow.transfers WHERE value_eur IS NOT NULL".to_owned(),
        Some(asset) => format!("amount FROM flow.transfers WHERE asset = {}", quoted(asset)),
    };
    format!("SELECT transfer_id, src, dst, time, position, {amount}")
}

/// The holders' names.
const WITH_NAMES: &str = "WITH names AS (SELECT account, min(name) AS name FROM flow.holders GROUP BY account)";

/// The same, and the transfers of the ways that were found.
const WITH_HOPS: &str = "WITH names AS (SELECT account, min(name) AS name FROM flow.holders GROUP BY account), \
    hops AS (SELECT rank, hop, transfers.* FROM (SELECT rank, unnest(transfers) AS step, \
    unnest(generate_series(1, hops)) AS hop FROM found) INNER JOIN flow.transfers AS transfers ON transfer_id = step)";

fn accounts(args: &TraceArgs, identifiers: &[String]) -> String {
    format!("ARRAY[{}]", list(identifiers, |identifier| account(args, identifier)))
}

fn account(args: &TraceArgs, identifier: &str) -> String {
    format!("account({}, {})", quoted(&args.ledger), quoted(identifier))
}

fn list(items: &[String], one: impl Fn(&String) -> String) -> String {
    items.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Text as SQL writes it.
pub(in crate::commands) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
