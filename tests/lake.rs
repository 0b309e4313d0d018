//! What the lake promises, beyond what a script can say: nothing twice, all or nothing, no account shared, clear errors.

use std::path::Path;

use headwater_engine::{Access, LakeOptions, Session};

use crate::support::{self, TestLake};

mod hostile;

/// The header of Headwater's plain bank book.
pub(crate) const BANK_HEADER: &str = "reference,booked_at,debtor_account,debtor_name,debtor_kind,debtor_country,debtor_bank,\
     creditor_account,creditor_name,creditor_kind,creditor_country,creditor_bank,amount,currency,channel,purpose\n";

/// Rows of every table that an import fills.
const COUNTS: &str = "SELECT 'accounts', count(*) FROM flow.accounts
    UNION ALL SELECT 'blocks', count(*) FROM btc.blocks
    UNION ALL SELECT 'entities', count(*) FROM intel.entities
    UNION ALL SELECT 'holders', count(*) FROM flow.holders
    UNION ALL SELECT 'identifiers', count(*) FROM intel.identifiers
    UNION ALL SELECT 'inputs', count(*) FROM btc.inputs
    UNION ALL SELECT 'names', count(*) FROM intel.names
    UNION ALL SELECT 'outputs', count(*) FROM btc.outputs
    UNION ALL SELECT 'quarantine', count(*) FROM admin.quarantine
    UNION ALL SELECT 'relationships', count(*) FROM intel.relationships
    UNION ALL SELECT 'sources', count(*) FROM admin.sources
    UNION ALL SELECT 'spends', count(*) FROM btc.spends
    UNION ALL SELECT 'transactions', count(*) FROM btc.transactions
    UNION ALL SELECT 'transfers', count(*) FROM flow.transfers
    ORDER BY 1";

/// Sources whose counts do not close: none, ever.
const OPEN_COUNTS: &str = "SELECT count(*) AS open FROM admin.sources
    WHERE rows_read <> rows_stored + rows_quarantined + rows_duplicate";

fn sample(path: &str) -> std::path::PathBuf {
    support::repository().join("data-samples").join(path)
}

/// A bank book of `payments` payments around a ring of `accounts` accounts.
fn ring(folder: &Path, accounts: usize, payments: usize) -> std::path::PathBuf {
    let mut text = BANK_HEADER.to_owned();
    for number in 0..payments {
        let (payer, payee) = (number % accounts, (number + 1) % accounts);
        let minute = number % 60;
        text.push_str(&format!(
            "ring-{number},2024-03-05T14:{minute:02}:22Z,ACC{payer},Payer {payer},Person,EE,BANK,ACC{payee},Payer {payee},\
             Person,EE,BANK,{}.50,EUR,wire,round\n",
            number + 1
        ));
    }
    let path = folder.join("ring.csv");
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_import_adds_nothing() {
    let lake = TestLake::new().await;
    let sources = [
        ("ftm", sample("watchlist/watchlist.ftm.jsonl")),
        ("bank_csv", sample("bank")),
        ("bitcoin_blocks", sample("bitcoin/blocks")),
    ];
    for (format, path) in &sources {
        let report = lake.import(format, &[path]).await.unwrap();
        assert!(report.sources.iter().all(|source| !source.known && source.rows_stored > 0), "{report:?}");
    }
    let before = lake.query(COUNTS).await;
    let snapshot = lake.lake.newest_snapshot().await.unwrap();
    for (format, path) in &sources {
        let report = lake.import(format, &[path]).await.unwrap();
        assert!(report.sources.iter().all(|source| source.known && source.rows_stored == 0), "{report:?}");
    }
    assert_eq!(lake.query(COUNTS).await, before);
    assert_eq!(lake.lake.newest_snapshot().await.unwrap(), snapshot, "an import without news writes no snapshot");
    assert!(lake.query(OPEN_COUNTS).await.contains("| 0 "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_with_one_more_row_adds_that_row() {
    let lake = TestLake::new().await;
    let folder = tempfile::TempDir::new().unwrap();
    let book = ring(folder.path(), 10, 40);
    lake.import("bank_csv", &[&book]).await.unwrap();
    let mut text = std::fs::read_to_string(&book).unwrap();
    text.push_str("ring-more,2024-03-06T14:00:00Z,ACC1,,,,,ACC2,,,,,7,EUR,wire,one more\n");
    std::fs::write(&book, text).unwrap();
    let report = lake.import("bank_csv", &[&book]).await.unwrap();
    let source = &report.sources[0];
    assert_eq!((source.rows_read, source.rows_stored, source.rows_duplicate), (41, 1, 40), "{source:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_imports_at_once_both_land() {
    let lake = TestLake::new().await;
    let other = support::open(lake.path(), LakeOptions::default());
    let (alpha, beta) = (sample("bank/alpha_bank_ee.csv"), sample("bank/beta_bank_gb.csv"));
    let (first, second): ([&Path; 1], [&Path; 1]) = ([&alpha], [&beta]);
    let (first, second) = tokio::join!(lake.import("bank_csv", &first), support::import(&other, "bank_csv", &second));
    let (first, second) = (first.unwrap(), second.unwrap());
    let stored: u64 = first.sources.iter().chain(&second.sources).map(|source| source.rows_stored).sum();
    let sql = format!(
        "SELECT count(*) = {stored} AS all_there,
            (SELECT count(*) FROM admin.sources) AS sources,
            (SELECT sum(rows_duplicate) FROM admin.sources) > 0 AS shared_payments
        FROM flow.transfers"
    );
    let answer = lake.query(&sql).await;
    assert!(answer.contains("| true      | 2       | true            |"), "{answer}");
    assert!(lake.query(OPEN_COUNTS).await.contains("| 0 "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_pinned_before_an_import_does_not_see_it() {
    let lake = TestLake::new().await;
    let folder = tempfile::TempDir::new().unwrap();
    let book = ring(folder.path(), 10, 40);
    let count = "SELECT count(*) AS number FROM flow.transfers";
    let pinned = Session::pinned(&lake.lake);
    let shell = Session::new(&lake.lake, Access::Shell);
    let rows = |session: Session| async move {
        let batches = session.sql(count).await.unwrap().collect().await.unwrap();
        datafusion::arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string()
    };
    assert!(rows(pinned.clone()).await.contains("| 0 "));
    lake.import("bank_csv", &[&book]).await.unwrap();
    assert!(rows(pinned).await.contains("| 0 "), "the pin holds");
    assert!(rows(shell).await.contains("| 40 "), "a shell pins anew for every statement");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_identifiers_are_never_one_account() {
    // 90 accounts in 256 and in 4,096 places: some first hashes are taken. With 64 bits none are.
    let accounts = 90;
    let book_folder = tempfile::TempDir::new().unwrap();
    let book = ring(book_folder.path(), accounts, 180);
    let sums = "SELECT payer.identifier AS payer, payee.identifier AS payee, sum(amount) AS amount, count(*) AS number
        FROM flow.transfers
        INNER JOIN flow.accounts AS payer ON payer.account = src
        INNER JOIN flow.accounts AS payee ON payee.account = dst
        GROUP BY payer.identifier, payee.identifier
        ORDER BY payer, payee";
    let plain = TestLake::new().await;
    plain.import("bank_csv", &[&book]).await.unwrap();
    let expected = plain.query(sums).await;
    for account_bits in [8, 12] {
        let options = LakeOptions { account_bits, threads: Some(2), ..LakeOptions::default() };
        let lake = TestLake::with(options.clone()).await;
        lake.import("bank_csv", &[&book]).await.unwrap();
        // A handle that was not there when the collisions were found must answer as the snapshot says.
        let fresh = support::open(lake.path(), options);
        let told_apart =
            "SELECT count(*) AS number, count(DISTINCT account) AS accounts, count(DISTINCT identifier) AS names,
                sum(CASE WHEN account(ledger, identifier) = account THEN 1 ELSE 0 END) AS there,
                sum(CASE WHEN found = identifier THEN 1 ELSE 0 END) AS back
            FROM (SELECT account, ledger, identifier, identifier(account) AS found FROM flow.accounts)";
        let answer = support::query(&fresh, told_apart).await.unwrap();
        assert!(answer.contains("| 90     | 90       | 90    | 90    | 90   |"), "{account_bits} bits\n{answer}");
        assert_eq!(support::query(&fresh, sums).await.unwrap(), expected, "{account_bits} bits");
        let collisions = lake.lake.newest_snapshot().await.unwrap().collisions;
        assert!(account_bits > 8 || collisions.len() > 2, "90 accounts in 256 places must collide: {collisions}");
        // The same book again, through the handle that learnt of the collisions from the snapshot.
        let again = support::import(&fresh, "bank_csv", &[&book]).await.unwrap();
        assert!(again.sources[0].known, "{again:?}");
    }
}
