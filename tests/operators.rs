//! What graph operators promise whatever they compute: the same answer for any order of rows and any number of threads, an
//! end soon after nobody waits for it, an error instead of more memory than allowed, and a form for other processes.

use std::time::Duration;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion_proto::bytes::{
    physical_plan_from_bytes_with_extension_codec, physical_plan_to_bytes_with_extension_codec,
};
use futures::StreamExt as _;
use headwater_engine::{Access, LakeOptions, OperatorCodec, Session, operator_docs};

use crate::support::TestLake;

/// Transfers among forty accounts, with ties in time, parallel transfers and loops of one, in an order of their own.
fn flows(rows: u32, order: &str) -> String {
    format!(
        "(SELECT value AS transfer_id, key_hash(value, 'payer') % 40 AS src, key_hash(value, 'payee') % 40 AS dst, \
         to_timestamp_seconds(1704067200 + abs(key_hash(value, 'time') % 60) * 3600) AS time, \
         abs(key_hash(value, 'amount') % 100000) AS amount FROM generate_series(1, {rows}) AS t (value) ORDER BY {order})"
    )
}

/// A call of every operator, `$flows` being the transfers.
const CALLS: [(&str, &str); 21] = [
    ("bipartite", "bipartite($flows, window => INTERVAL '1 day')"),
    ("brokers", "brokers($flows)"),
    ("brokers", "brokers($flows, exact_up_to => 10, samples => 20)"),
    ("chains", "chains($flows, least => 3, gap => INTERVAL '6 hours', retention => 0.8, at_most => 1.1)"),
    ("components", "components($flows, min_amount => 99000)"),
    ("cycles", "cycles($flows, window => INTERVAL '12 hours', max_length => 5)"),
    ("fan_in", "fan_in($flows, least => 4, window => INTERVAL '4 hours')"),
    ("fan_out", "fan_out($flows, least => 4, window => INTERVAL '4 hours')"),
    ("gather_scatter", "gather_scatter($flows, window => INTERVAL '12 hours')"),
    ("max_flow", "max_flow($flows, sources => ARRAY[1, 2], targets => ARRAY[-3, 4])"),
    ("paths", "paths($flows, sources => ARRAY[1, 2], targets => ARRAY[-3, 4], k => 40, best => 'widest')"),
    ("rolling", "rolling($flows, window => ARRAY[INTERVAL '2 hours', INTERVAL '1 day'])"),
    ("scatter_gather", "scatter_gather($flows, mids => 2, window => INTERVAL '12 hours')"),
    ("stack", "stack($flows, window => INTERVAL '1 day')"),
    ("successions", "successions($flows, within => INTERVAL '3 hours')"),
    (
        "forest_path",
        "forest_path((SELECT 1 AS rank, transfer_id AS tx_id, 0 AS place, src AS account_a, dst AS account_b \
         FROM $flows AS flows), a => 1, b => -3)",
    ),
    (
        "merge_forest",
        "merge_forest((SELECT transfer_id % 2 AS rank, transfer_id / 5 AS tx_id, transfer_id AS place, src * 90 + dst AS account \
         FROM $flows AS flows))",
    ),
    (
        "peel_chain",
        "peel_chain($outputs, inputs => $inputs, spends => $spends, looks => (SELECT height * 4294967296 AS tx_id, \
         to_timestamp_seconds(height) AS time, height % 3 AS look FROM generate_series(0, 100) AS heights (height)), \
         seeds => ARRAY[0, 4 * 4294967296, 6 * 4294967296])",
    ),
    (
        "trace_coins_back",
        "trace_coins_back($outputs, inputs => $inputs, seeds => ARRAY[60 * 4294967296], method => 'haircut')",
    ),
    (
        "trace_coins_forward",
        "trace_coins_forward($outputs, inputs => $inputs, spends => $spends, seeds => ARRAY[4294967296, 2 * 4294967296 + 1])",
    ),
    ("trace_back", "trace_back($flows, seeds => ARRAY[1, 2], method => 'haircut', max_hops => 4)"),
];

/// A chain of a hundred transactions: each spends the first output of the one before it, an even one also the second of the
/// one at half its height, and each pays a fee.
fn coins(call: &str) -> String {
    let outputs = "(SELECT height * 4294967296 + place AS txo, height * 4294967296 AS tx_id, \
        CASE place WHEN 0 THEN 1000000000 - 1000 * height ELSE 500 END AS value, height % 7 AS account \
        FROM generate_series(0, 100) AS heights (height) CROSS JOIN (VALUES (0), (1)) AS places (place))";
    let inputs = "(SELECT height * 4294967296 + place AS txi, height * 4294967296 AS tx_id, height = 0 AS coinbase, \
        CASE WHEN height = 0 THEN NULL WHEN place = 0 THEN (height - 1) * 4294967296 ELSE height / 2 * 4294967296 + 1 END AS prev_txo, \
        CASE WHEN height = 0 THEN NULL WHEN place = 0 THEN 1000000000 - 1000 * (height - 1) ELSE 500 END AS prev_value \
        FROM generate_series(0, 100) AS heights (height) CROSS JOIN (VALUES (0), (1)) AS places (place) \
        WHERE place = 0 OR height > 0 AND height % 2 = 0)";
    let spends = format!("(SELECT prev_txo, txi FROM {inputs} AS inputs WHERE prev_txo IS NOT NULL)");
    call.replace("$outputs", outputs).replace("$inputs", inputs).replace("$spends", &spends)
}

async fn answer(session: &Session, call: &str, flows: &str) -> String {
    let sql = format!("SELECT * FROM {}", coins(&call.replace("$flows", flows)));
    let rows = session.sql(&sql).await.unwrap_or_else(|error| panic!("{call}: {error}")).collect().await;
    pretty_format_batches(&rows.unwrap_or_else(|error| panic!("{call}: {error}"))).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_depends_on_neither_threads_nor_the_order_of_rows() {
    let (one, many) = (
        LakeOptions { threads: Some(1), ..LakeOptions::default() },
        LakeOptions { threads: Some(7), ..LakeOptions::default() },
    );
    let (one, many) = (TestLake::with(one).await, TestLake::with(many).await);
    let (one, many) = (Session::new(&one.lake, Access::Shell), Session::new(&many.lake, Access::Shell));
    for (name, call) in CALLS {
        let expected = answer(&one, call, &flows(1_500, "value")).await;
        assert!(expected.lines().count() > 4, "{name} finds nothing, which proves nothing:\n{expected}");
        assert_eq!(answer(&many, call, &flows(1_500, "key_hash(value, 'order')")).await, expected, "{call}");
    }
    let mut untested: Vec<&str> = operator_docs().into_iter().map(|doc| doc.name).collect();
    untested.retain(|name| !CALLS.iter().any(|(called, _)| called == name) && *name != "trace_forward");
    assert_eq!(untested, [""; 0]);
}

/// The search would take longer than anybody waits; its memory is given back soon after the last reader is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_ends_when_nobody_waits_for_it() {
    let home = TestLake::new().await;
    let session = Session::new(&home.lake, Access::Shell);
    let endless = "cycles($flows, window => INTERVAL '90 days', max_length => 40, budget => 1000000000000000)";
    let sql = format!("SELECT * FROM {}", endless.replace("$flows", &flows(20_000, "value")));
    let mut rows = session.sql(&sql).await.unwrap().execute_stream().await.unwrap();
    let pool = std::sync::Arc::clone(&session.context().runtime_env().memory_pool);
    for _ in 0..1_000 {
        if pool.reserved() > 20_000 * 40 {
            break;
        }
        assert!(futures::poll!(rows.next()).is_pending(), "the search came to an end");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(pool.reserved() > 20_000 * 40, "the search never began");
    drop(rows);
    for _ in 0..1_000 {
        if pool.reserved() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("ten seconds later {} bytes are still held", pool.reserved());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_beyond_the_memory_limit_is_refused_with_the_remedy() {
    let home = TestLake::with(LakeOptions { memory_limit: 16 << 20, ..LakeOptions::default() }).await;
    let session = Session::new(&home.lake, Access::Shell);
    let sql = format!("SELECT count(*) FROM {}", "cycles($flows)".replace("$flows", &flows(400_000, "1")));
    let error = session.sql(&sql).await.unwrap().collect().await.unwrap_err().to_string();
    assert!(error.contains("the graph does not fit the memory limit after"), "{error}");
    assert!(error.contains("narrow its input with WHERE, or raise --memory-limit"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_travels_to_another_process() {
    let (here, there) = (TestLake::new().await, TestLake::new().await);
    let (here, there) = (Session::new(&here.lake, Access::Shell), Session::new(&there.lake, Access::Shell));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flows.parquet");
    let frame = here.sql(&format!("SELECT * FROM {}", flows(500, "value"))).await.unwrap();
    frame.write_parquet(file.to_str().unwrap(), DataFrameWriteOptions::new(), None).await.unwrap();
    let flows = format!("(SELECT * FROM '{}')", file.display());
    let calls = [
        "trace_forward($flows, seeds => ARRAY[1, 2], stop => ARRAY[5], method => 'tiho', max_hops => 3, min_amount => 7, \
         since => TIMESTAMP '2024-01-01T03:00:00Z', max_delay => INTERVAL '9 hours')",
        "rolling($flows, window => ARRAY[INTERVAL '2 hours', INTERVAL '1 day'])",
        "chains($flows, least => 3, gap => INTERVAL '20 hours', retention => 0.8, at_most => 1.1)",
        "cycles($flows, window => INTERVAL '12 hours', ordered => false, max_length => 3)",
    ];
    for call in calls {
        let expected = answer(&here, call, &flows).await;
        assert!(expected.lines().count() > 4, "{call} finds nothing:\n{expected}");
        let frame = here.sql(&format!("SELECT * FROM {}", call.replace("$flows", &flows))).await.unwrap();
        let plan = frame.create_physical_plan().await.unwrap();
        let bytes = physical_plan_to_bytes_with_extension_codec(plan, &OperatorCodec).unwrap();
        let context = there.context().task_ctx();
        let plan = physical_plan_from_bytes_with_extension_codec(&bytes, &context, &OperatorCodec).unwrap();
        let rows = datafusion::physical_plan::collect(plan, context).await.unwrap();
        assert_eq!(pretty_format_batches(&rows).unwrap().to_string(), expected, "{call}");
    }
    let damaged = b"no operator at all".as_slice();
    let context = there.context().task_ctx();
    assert!(physical_plan_from_bytes_with_extension_codec(damaged, &context, &OperatorCodec).is_err());
}
