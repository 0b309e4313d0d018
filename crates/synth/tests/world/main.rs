//! The demo world, read back by independent means: the `csv` crate, the `bitcoin` crate, and rules written down again
//! as plainly as possible.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod blocks;
mod books;
mod clauses;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate};
use headwater_synth::{WorldSpec, WorldSummary, write_world};

/// A payment, seen once even if two books have it.
#[derive(Debug, Clone)]
struct Row {
    id: String,
    time: i64,
    debtor: String,
    creditor: String,
    countries: [String; 2],
    /// Cents of euro.
    value: i64,
    purpose: String,
}

/// A line of `truth/schemes.csv`.
#[derive(Debug, Clone)]
struct Scheme {
    id: String,
    typology: String,
    expected: bool,
    decoy: bool,
    ledger: String,
    subject: String,
    amount: String,
    references: Vec<String>,
}

struct World {
    folder: PathBuf,
    summary: WorldSummary,
    rows: Vec<Row>,
    schemes: Vec<Scheme>,
    entities: Vec<serde_json::Value>,
}

/// The demo world, written and read once for all tests; the folder is under the target folder and is overwritten.
static WORLD: LazyLock<World> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("demo-world");
    let summary = write_world(&WorldSpec::default(), &folder).unwrap();
    let rates = rates(&fs::read_to_string(folder.join("rates/eurofxref-hist.csv")).unwrap());
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for (path, _) in &summary.bank_rows {
        for (line, fields) in lines(&folder, path) {
            if let Some(row) = parse(&fields, format!("{path}:{line}"), &rates) {
                rows.entry(row.id.clone()).or_insert(row);
            }
        }
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    rows.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
    let schemes = lines(&folder, "truth/schemes.csv").into_iter().map(|(_, fields)| Scheme {
        id: fields[0].clone(),
        typology: fields[1].clone(),
        expected: fields[3] == "true",
        decoy: fields[4] == "true",
        ledger: fields[5].clone(),
        subject: fields[6].clone(),
        amount: fields[11].clone(),
        references: fields[12].split(';').map(str::to_owned).collect(),
    });
    let schemes = schemes.collect();
    let watchlist = fs::read_to_string(folder.join("watchlist/watchlist.ftm.jsonl")).unwrap();
    let entities = watchlist.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    World { folder, summary, rows, schemes, entities }
});

/// Line numbers and fields of a CSV file; bytes that are no UTF-8 become replacement characters.
fn lines(folder: &std::path::Path, path: &str) -> Vec<(u64, Vec<String>)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(folder.join(path)).unwrap();
    let records = reader.byte_records().map(|record| record.unwrap());
    let text =
        |record: &csv::ByteRecord| record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
    records.map(|record| (record.position().unwrap().line(), text(&record))).collect()
}

type Rates = BTreeMap<(String, NaiveDate), f64>;

fn rates(text: &str) -> Rates {
    let mut lines = text.lines();
    let codes: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut rates = Rates::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        for (code, field) in codes.iter().zip(&fields).skip(1) {
            if let Ok(rate) = field.parse() {
                rates.insert(((*code).to_owned(), fields[0].parse().unwrap()), rate);
            }
        }
    }
    rates
}

fn parse(fields: &[String], place: String, rates: &Rates) -> Option<Row> {
    let [reference, time, debtor, _, _, from, _, creditor, _, _, to, _, amount, currency, _, purpose] = fields else {
        return None;
    };
    if purpose.contains('\u{fffd}') {
        return None;
    }
    let time = DateTime::parse_from_rfc3339(time).ok()?;
    let amount: f64 = amount.parse().ok()?;
    let date = time.date_naive();
    let rate = match currency.as_str() {
        "EUR" => 1.0,
        code => *rates.range((code.to_owned(), NaiveDate::MIN)..=(code.to_owned(), date)).next_back()?.1,
    };
    Some(Row {
        id: if reference.is_empty() { place } else { reference.clone() },
        time: time.timestamp(),
        debtor: debtor.clone(),
        creditor: creditor.clone(),
        countries: [from.clone(), to.clone()],
        value: (amount / rate * 100.0).round() as i64,
        purpose: purpose.clone(),
    })
}

/// The values of a property of an entity.
fn property<'e>(entity: &'e serde_json::Value, name: &str) -> Vec<&'e str> {
    entity["properties"][name].as_array().into_iter().flatten().filter_map(|value| value.as_str()).collect()
}
