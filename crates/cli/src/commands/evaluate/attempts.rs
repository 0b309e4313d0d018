//! The laundering attempts of AMLworld that were published without their background, set into an invented one.
//!
//! The accounts of the attempts live in the invented world as private customers do: wages, rent, shops, friends. The
//! attempts themselves become one more book, each payment with a reference of its own, and the truth beside it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use headwater_synth::{LEAST_ACCOUNTS, LargeWorld, write_large_world};
use serde::Deserialize;

use crate::errors::{Exit, Failure};

/// The world begins so long before the attempts that thirty days of newness and a baseline are known.
const START: (i32, u32, u32) = (2022, 6, 1);
/// And ends after the last of them.
const DAYS: u32 = 125;

#[derive(Debug, Deserialize)]
struct File {
    patterns: Vec<Attempt>,
}

#[derive(Debug, Deserialize)]
struct Attempt {
    pattern_type: String,
    transactions: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    timestamp: String,
    from_bank: String,
    from_account: String,
    to_bank: String,
    to_account: String,
    amount_received: f64,
    receiving_currency: String,
    payment_format: String,
}

impl Row {
    fn sides(&self) -> [String; 2] {
        [format!("{}:{}", self.from_bank, self.from_account), format!("{}:{}", self.to_bank, self.to_account)]
    }
}

/// Writes the world into `folder`.
pub(super) fn write(file: &Path, folder: &Path, seed: u64) -> Result<(), Failure> {
    if folder.join("truth").exists() {
        return Ok(());
    }
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|source| Failure::io(&name, &source))?;
    let wrong = |what: String| Failure::new(Exit::Runtime, "source", format!("{name}: {what}"));
    let read: File = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let rows = read.patterns.iter().flat_map(|attempt| &attempt.transactions);
    let guests: BTreeSet<String> = rows.flat_map(Row::sides).collect();
    let many = u32::try_from(guests.len()).unwrap_or(u32::MAX).saturating_mul(3).max(LEAST_ACCOUNTS);
    let world = LargeWorld {
        start: START,
        cases: 0,
        guests: guests.into_iter().collect(),
        ..LargeWorld::new(seed, many, DAYS)
    };
    write_large_world(&world, folder, |_, _| {})?;

    let mut book = String::from(
        "reference,booked_at,debtor_account,debtor_name,debtor_kind,debtor_country,debtor_bank,creditor_account,\
         creditor_name,creditor_kind,creditor_country,creditor_bank,amount,currency,channel,purpose\n",
    );
    let mut truth = String::from(
        "scheme_id,typology,difficulty,expected,decoy,subject_ledger,subject_identifier,subject_name,network,first_time,\
         last_time,amount_eur,references\n",
    );
    for (number, attempt) in read.patterns.iter().enumerate() {
        let pattern =
            attempt.pattern_type.split(':').next().unwrap_or_default().trim().to_lowercase().replace('-', "_");
        let mut references = Vec::new();
        for (place, row) in attempt.transactions.iter().enumerate() {
            let [payer, payee] = row.sides();
            let time = time(&row.timestamp).ok_or_else(|| wrong(format!("`{}` is no time", row.timestamp)))?;
            let currency = currency(&row.receiving_currency)
                .ok_or_else(|| wrong(format!("`{}` is a currency of no name", row.receiving_currency)))?;
            let reference = format!("A{number:04}-{place:03}");
            // The channel `cash` would make one side a till; the label says who was paid.
            let channel = row.payment_format.to_lowercase().replace("cash", "cash payment");
            let _ = writeln!(
                book,
                "{reference},{time},{payer},,,,{},{payee},,,,{},{:.6},{currency},{channel},",
                row.from_bank, row.to_bank, row.amount_received
            );
            references.push(reference);
        }
        let _ = writeln!(truth, "attempt-{number:04},{pattern},published,true,false,,,,,,,,{}", references.join(";"));
    }
    for (place, text) in [("bank/attempts.csv", book), ("truth/schemes.csv", truth)] {
        std::fs::write(folder.join(place), text).map_err(|source| Failure::io(place, &source))?;
    }
    Ok(())
}

/// `2022/09/01 00:06`, also with dashes, as bank books here have it.
fn time(text: &str) -> Option<String> {
    let (date, clock) = text.trim().split_once(' ')?;
    let date = date.replace('/', "-");
    let whole = date.len() == 10 && clock.len() == 5;
    whole.then(|| format!("{date}T{clock}:00Z"))
}

fn currency(name: &str) -> Option<&'static str> {
    Some(match name {
        "US Dollar" => "USD",
        "Euro" => "EUR",
        "UK Pound" => "GBP",
        "Swiss Franc" => "CHF",
        "Yen" => "JPY",
        "Yuan" => "CNY",
        "Rupee" => "INR",
        "Ruble" => "RUB",
        "Shekel" => "ILS",
        "Saudi Riyal" => "SAR",
        "Mexican Peso" => "MXN",
        "Brazil Real" => "BRL",
        "Canadian Dollar" => "CAD",
        "Australian Dollar" => "AUD",
        "Bitcoin" => "BTC",
        _ => return None,
    })
}
