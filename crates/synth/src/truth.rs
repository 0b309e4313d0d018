//! What was planted where.
//!
//! The truth is written for a program to compare with and for a person to read, so it repeats what could be joined: the
//! name beside the identifier, the period and the amount beside the references.

use crate::bank::{AccountId, Book, PaymentId, Written, join};
use crate::calendar::{Moment, date_of, stamp};
use crate::rates::Rates;

/// A planted case on the bank rail.
#[derive(Debug)]
pub(crate) struct Planted {
    /// For instance `T01-easy`.
    pub(crate) id: &'static str,
    /// The slug of the typology.
    pub(crate) typology: &'static str,
    /// Should a detector with default parameters report it?
    pub(crate) expected: bool,
    /// The node the typology calls its subject.
    pub(crate) subject: AccountId,
    /// The network behind it, or nothing.
    pub(crate) network: &'static str,
    /// The payments whose sum the typology reports.
    pub(crate) counted: Vec<PaymentId>,
    /// All payments that belong to the case.
    pub(crate) evidence: Vec<PaymentId>,
}

/// One row of `schemes.csv`, whatever the rail.
#[derive(Debug)]
pub(crate) struct Scheme {
    pub(crate) id: &'static str,
    pub(crate) typology: &'static str,
    pub(crate) expected: bool,
    pub(crate) ledger: &'static str,
    pub(crate) subject: String,
    pub(crate) subject_name: String,
    pub(crate) network: &'static str,
    pub(crate) first: Moment,
    pub(crate) last: Moment,
    pub(crate) euro_cents: i64,
    pub(crate) references: Vec<String>,
}

/// One network of criminals: its id, its entity in the watchlist, and the identifiers of its members.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) id: &'static str,
    pub(crate) entity: String,
    pub(crate) identifiers: Vec<String>,
}

impl Scheme {
    /// Resolves a case on the bank rail, once the files have line numbers.
    pub(crate) fn of(planted: &Planted, book: &Book, written: &Written, rates: &Rates) -> Self {
        let times = planted.evidence.iter().map(|id| book.payment(*id).time);
        let euro = |id: &PaymentId| {
            let payment = book.payment(*id);
            rates.to_euro(payment.cents, payment.currency, date_of(payment.time))
        };
        let mut ordered = planted.evidence.clone();
        ordered.sort_by_key(|id| (book.payment(*id).time, *id));
        let subject = book.account(planted.subject);
        Self {
            id: planted.id,
            typology: planted.typology,
            expected: planted.expected,
            ledger: "bank",
            subject: subject.identifier.clone(),
            subject_name: subject.name.clone(),
            network: planted.network,
            first: times.clone().min().unwrap_or_default(),
            last: times.max().unwrap_or_default(),
            euro_cents: planted.counted.iter().map(euro).sum(),
            references: book.references(written, &ordered),
        }
    }

    /// `easy`, `hard` or `decoy`, which is the second part of the id.
    pub(crate) fn difficulty(&self) -> &'static str {
        self.id.split('-').nth(1).unwrap_or("easy")
    }
}

/// `schemes.csv`. A decoy has no difficulty of its own and says `easy` there only to keep the column closed.
pub(crate) fn schemes_csv(schemes: &[Scheme]) -> Vec<u8> {
    let mut bytes =
        b"scheme_id,typology,difficulty,expected,decoy,subject_ledger,subject_identifier,subject_name,network,\
first_time,last_time,amount_eur,references\n"
            .to_vec();
    for scheme in schemes {
        let decoy = scheme.difficulty() == "decoy";
        bytes.extend(join(&[
            scheme.id.to_owned(),
            scheme.typology.to_owned(),
            if decoy { "easy" } else { scheme.difficulty() }.to_owned(),
            scheme.expected.to_string(),
            decoy.to_string(),
            scheme.ledger.to_owned(),
            scheme.subject.clone(),
            scheme.subject_name.clone(),
            scheme.network.to_owned(),
            stamp(scheme.first),
            stamp(scheme.last),
            format!("{}.{:02}", scheme.euro_cents / 100, scheme.euro_cents % 100),
            scheme.references.join(";"),
        ]));
    }
    bytes
}

/// `networks.csv`.
pub(crate) fn networks_csv(networks: &[Network]) -> Vec<u8> {
    let mut bytes = b"network,entity_id,member_identifiers\n".to_vec();
    for network in networks {
        bytes.extend(join(&[network.id.to_owned(), network.entity.clone(), network.identifiers.join(";")]));
    }
    bytes
}

/// `bad_rows.csv`.
pub(crate) fn bad_rows_csv(written: &Written) -> Vec<u8> {
    let mut bytes = b"file,line,reason\n".to_vec();
    for (file, line, reason) in &written.bad_rows {
        bytes.extend(join(&[file.clone(), line.to_string(), (*reason).to_owned()]));
    }
    bytes
}
