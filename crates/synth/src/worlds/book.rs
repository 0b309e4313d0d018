//! The files of a world: one book a bank, rates, facts, details, entities, and the truth.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::frame::{BANKS, CASH, EXCHANGES, FILES, Frame, HOMES, Role};
use super::stage::{Channel, Level, Payment, Plan};
use super::{LargeWorldSummary, quotes};
use crate::SynthError;
use crate::calendar::{Moment, stamp};

/// The header of a book.
const HEADER: &str = "reference,booked_at,debtor_account,debtor_name,debtor_kind,debtor_country,debtor_bank,\
creditor_account,creditor_name,creditor_kind,creditor_country,creditor_bank,amount,currency,channel,purpose\n";

/// What is imported, in order: rates first, so that every payment finds its value in euro.
const SOURCES: &str = r#"# What `headwater evaluate` and `headwater run --sources` import, in this order.
[[source]]
format = "ecb_rates"
path = "rates/eurofxref-hist.csv"

[[source]]
format = "ftm"
path = "watchlist/entities.ftm.jsonl"

[[source]]
format = "tagpack"
path = "watchlist/exchanges.actorpack.yaml"

[[source]]
format = "tagpack"
path = "watchlist/causes.tagpack.yaml"

[[source]]
format = "bank_csv"
path = "bank"

[[source]]
format = "bank_facts"
path = "facts/facts.csv"

[[source]]
format = "bank_details"
path = "facts/details.csv"
"#;

/// A file that is being written.
struct Sheet {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl Sheet {
    fn create(folder: &Path, name: &str, header: &str) -> Result<Self, SynthError> {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|source| SynthError::write(parent, source))?;
        let file = File::create(&path).map_err(|source| SynthError::write(&path, source))?;
        let mut sheet = Self { path, file: BufWriter::with_capacity(1 << 18, file), bytes: 0 };
        sheet.write(header)?;
        Ok(sheet)
    }

    fn write(&mut self, text: &str) -> Result<(), SynthError> {
        self.bytes += text.len() as u64;
        self.file.write_all(text.as_bytes()).map_err(|source| SynthError::write(&self.path, source))
    }

    fn finish(mut self) -> Result<u64, SynthError> {
        self.file.flush().map_err(|source| SynthError::write(&self.path, source))?;
        Ok(self.bytes)
    }
}

/// All files of a world while it is written.
pub(super) struct Books<'w> {
    frame: &'w Frame,
    plan: &'w Plan,
    folder: PathBuf,
    books: Vec<Sheet>,
    details: Sheet,
    summary: LargeWorldSummary,
}

impl<'w> Books<'w> {
    pub(super) fn create(folder: &Path, frame: &'w Frame, plan: &'w Plan) -> Result<Self, SynthError> {
        let book = |name: &&str| Sheet::create(folder, &format!("bank/{name}"), HEADER);
        let books = FILES.iter().map(book).collect::<Result<_, _>>()?;
        let mut details = Sheet::create(folder, "facts/details.csv", "reference,kind,value\n")?;
        for (reference, kind, value) in &plan.details {
            details.write(&format!("{},{kind},{value}\n", text(*reference)))?;
        }
        let summary = LargeWorldSummary { left_out: plan.left_out.clone(), ..LargeWorldSummary::default() };
        Ok(Self { frame, plan, folder: folder.to_owned(), books, details, summary })
    }

    pub(super) fn payments(&self) -> u64 {
        self.summary.payments
    }

    /// Writes one day, which is in order.
    pub(super) fn write(&mut self, payments: &[Payment]) -> Result<(), SynthError> {
        let mut row = String::with_capacity(400);
        for payment in payments {
            row.clear();
            row.push_str(&text(payment.reference));
            row.push(',');
            row.push_str(&stamp(payment.time));
            let mut homes = [None, None];
            for (side, home) in [payment.from, payment.to].into_iter().zip(&mut homes) {
                *home = self.side(side, &mut row);
            }
            let channel = match payment.channel {
                Channel::Sepa => "sepa",
                Channel::Wire => "wire",
                Channel::Card => "card",
                Channel::Cash => "cash",
                Channel::Fee => "fee",
            };
            let currency = if payment.pounds { "GBP" } else { "EUR" };
            let (whole, cents) = (payment.cents / 100, payment.cents % 100);
            row.push_str(&format!(",{whole}.{cents:02},{currency},{channel},\"{}\"\n", payment.purpose));
            for (place, book) in self.books.iter_mut().enumerate() {
                if homes.contains(&Some(place as u8)) {
                    book.write(&row)?;
                    self.summary.rows += 1;
                }
            }
            // What cases paid in cash has its place from the case.
            if matches!(payment.purpose, "ATM" | "Takings") {
                let account = if payment.from == CASH { payment.to } else { payment.from };
                let place = region(self.frame.bank(account), account % 4);
                self.details.write(&format!("{},place,{place}\n", text(payment.reference)))?;
            }
            self.summary.payments += 1;
        }
        Ok(())
    }

    /// Writes the five columns of a side and gives the book it belongs in.
    fn side(&self, account: u32, row: &mut String) -> Option<u8> {
        if account == CASH {
            row.push_str(",,,,,");
            return None;
        }
        let (place, company) = self.kind(account);
        let bank = BANKS[place as usize];
        let (identifier, name) = (self.frame.identifier(account, place), self.frame.name(account, company));
        let kind = if company { "Company" } else { "Person" };
        row.push_str(&format!(",{identifier},{name},{kind},{},{}", bank.country, bank.bic));
        (u32::from(place) < HOMES).then_some(place)
    }

    /// The tags, as a pack: whose account it is, and when somebody wrote that down.
    fn causes(&self) -> String {
        let mut pack = String::from(
            "title: Invented causes\ncreator: Headwater\nsource: https://example.org/causes\nnetwork: bank\n\
confidence: authority_data\nabuse: terrorism\ntags:",
        );
        if self.plan.tags.is_empty() {
            pack.push_str(" []");
        }
        for (account, since) in &self.plan.tags {
            let identifier = self.frame.identifier(*account, self.kind(*account).0);
            let day: String = stamp(*since).chars().take(10).collect();
            pack.push_str(&format!("\n- address: {identifier}\n  label: Cause {account}\n  lastmod: {day}"));
        }
        pack.push('\n');
        pack
    }

    /// The bank of an account and whether it is a company's.
    fn kind(&self, account: u32) -> (u8, bool) {
        let own = account.checked_sub(self.frame.accounts()).and_then(|own| self.plan.newcomers.get(own as usize));
        own.map_or_else(
            || (self.frame.bank(account), self.frame.role(account).0 != Role::Person),
            |own| (own.bank, own.company),
        )
    }

    /// Writes what is left and closes the files.
    pub(super) fn finish(mut self) -> Result<LargeWorldSummary, SynthError> {
        let frame = self.frame;
        let mut facts = Sheet::create(&self.folder, "facts/facts.csv", "account,kind,value,time\n")?;
        for account in 0..frame.accounts() {
            for (kind, value, time) in standing(frame, account) {
                facts.write(&fact(&frame.identifier(account, frame.bank(account)), kind, &value, time))?;
            }
        }
        for (account, kind, value, time) in &self.plan.facts {
            facts.write(&fact(&frame.identifier(*account, self.kind(*account).0), kind, value, *time))?;
        }
        let mut truth = Sheet::create(
            &self.folder,
            "truth/schemes.csv",
            "scheme_id,typology,difficulty,expected,decoy,subject_ledger,subject_identifier,subject_name,network,\
first_time,last_time,amount_eur,references\n",
        )?;
        for case in &self.plan.cases {
            let (bank, company) = self.kind(case.subject);
            let expected = matches!(case.level, Some(Level::Plain | Level::Medium));
            let references: Vec<String> = case.references.iter().map(|reference| text(*reference)).collect();
            truth.write(&format!(
                "{},{},{},{expected},{},bank,{},{},,{},{},{}.{:02},{}\n",
                case.id,
                case.typology,
                case.level.map_or("decoy", Level::word),
                case.level.is_none(),
                frame.identifier(case.subject, bank),
                frame.name(case.subject, company),
                stamp(case.first),
                stamp(case.last),
                case.cents / 100,
                case.cents % 100,
                references.join(";"),
            ))?;
        }
        self.summary.decoys = self.plan.cases.iter().filter(|case| case.level.is_none()).count() as u64;
        self.summary.cases = self.plan.cases.len() as u64 - self.summary.decoys;
        self.summary.accounts = u64::from(frame.accounts()) + self.plan.newcomers.len() as u64;
        let rates =
            Sheet::create(&self.folder, "rates/eurofxref-hist.csv", &quotes::csv(frame.seed, frame.start, frame.days))?;
        let mut entities = Sheet::create(&self.folder, "watchlist/entities.ftm.jsonl", "")?;
        entities.write(&self.plan.entities.jsonl())?;
        let exchanges = Sheet::create(&self.folder, "watchlist/exchanges.actorpack.yaml", &exchanges(frame))?;
        let causes = Sheet::create(&self.folder, "watchlist/causes.tagpack.yaml", &self.causes())?;
        let sources = Sheet::create(&self.folder, "sources.toml", SOURCES)?;
        let page = readme(frame, &self.summary);
        let page = Sheet::create(&self.folder, "README.md", &page)?;
        let mut bytes = 0;
        for sheet in self.books.into_iter().chain([
            self.details,
            facts,
            truth,
            rates,
            entities,
            exchanges,
            causes,
            sources,
            page,
        ]) {
            bytes += sheet.finish()?;
        }
        self.summary.bytes = bytes;
        Ok(self.summary)
    }
}

/// A reference as the books have it.
fn text(reference: u64) -> String {
    format!("E{reference:016x}")
}

fn fact(identifier: &str, kind: &str, value: &str, time: Option<Moment>) -> String {
    format!("{identifier},{kind},\"{value}\",{}\n", time.map(stamp).unwrap_or_default())
}

/// A region of a bank's country.
pub(super) fn region(bank: u8, number: u32) -> String {
    format!("{}-{}", BANKS[bank as usize].country, ["N", "E", "S", "W"][number as usize % 4])
}

/// What is known of an account of the economy: when it was opened, and what a firm does.
fn standing(frame: &Frame, account: u32) -> Vec<(&'static str, String, Option<Moment>)> {
    let mut nature = frame.nature(account, 7);
    let opened = frame.moment(-nature.between(400, 5_000), 0);
    let date: String = stamp(opened).chars().take(10).collect();
    let mut facts = vec![("opened", date, Some(opened))];
    match frame.role(account).0 {
        Role::Shop => facts.push(("sector", ["47.11", "56.10", "56.30"][nature.below(3) as usize].to_owned(), None)),
        Role::Employer => {
            facts.push(("sector", ["46.90", "62.01", "41.20"][nature.below(3) as usize].to_owned(), None))
        }
        Role::Exchange => facts.push(("sector", "66.19".to_owned(), None)),
        Role::Person => {
            // Two share a flat; a phone is one's own.
            facts.push((
                "address",
                format!("{} Long Street {}", BANKS[frame.bank(account) as usize].country, account / 2),
                None,
            ));
            facts.push(("phone", format!("+000 {:09}", account), None));
        }
        _ => {}
    }
    facts
}

/// The exchanges, as a pack of actors that everybody may know: a bank account is tied to one by its holder's name.
fn exchanges(frame: &Frame) -> String {
    let mut pack = String::from("title: Invented exchanges\ncreator: Headwater\nactors:\n");
    for number in 0..EXCHANGES {
        let name = frame.name(frame.nth(Role::Exchange, number), true);
        pack.push_str(&format!("- id: exchange-{number}\n  label: {name}\n  categories: [exchange]\n"));
    }
    pack
}

fn readme(frame: &Frame, summary: &LargeWorldSummary) -> String {
    let LargeWorldSummary { rows, payments, cases, decoys, left_out, .. } = summary;
    let left_out = if left_out.is_empty() {
        String::new()
    } else {
        format!("\nNot planted, because the days are too few: {}.\n", left_out.join("; "))
    };
    let (seed, accounts, days) = (frame.seed, frame.accounts(), frame.days);
    format!(
        "# An invented world

Everything in this folder is made up: people, companies, banks, accounts, rates, listings. Any likeness is chance. It was
made by `headwater synth --accounts {accounts} --days {days} --seed {seed}`, and the same command gives the same bytes again.

`bank/` holds the books of five banks: {payments} payments in {rows} rows, a payment between two of them in both. `facts/`
says what the banks know beyond that, `watchlist/` what an office knows, `rates/` what a euro was worth. `truth/schemes.csv`
names the payments of {cases} planted cases and {decoys} decoys: *plain* and *medium* cases meet every clause of their
typology with its default parameters, *hard* ones miss one on purpose; decoys have the shape and an innocent reason.
{left_out}
Precision and recall measured here are figures from synthetic data. They do not transfer to real books.

CC0 1.0: no rights reserved.
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bank_of_the_world_is_its_own_file() {
        for (place, file) in FILES.iter().enumerate() {
            let country = BANKS[place].country.to_lowercase();
            assert!(file.ends_with(&format!("_{country}.csv")), "{file}");
        }
    }
}
