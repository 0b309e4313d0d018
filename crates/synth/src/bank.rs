//! The books of three banks.
//!
//! A [`Book`] is the sum of what the three banks know. Each bank's file is a view of it: the payments one of its
//! customers takes part in. A payment between customers of two of them is therefore in two files, under one reference,
//! and an importer has to notice. Each bank also writes names its own way, as banks do.

use std::collections::BTreeSet;

use crate::calendar::{Moment, stamp};
use crate::iban::iban;
use crate::random::{Dice, Stream};

mod banks;

pub(crate) use banks::*;

/// A natural or a legal person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Person,
    Company,
}

/// An account in some bank, one of the three or not.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) identifier: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) bank: &'static Bank,
}

/// An account's place in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AccountId(usize);

/// A payment's place in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PaymentId(usize);

/// How money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// A credit transfer; the word in the file is `sepa` or `wire`, by currency and countries.
    Transfer,
    Card,
    Cash,
    Fee,
}

/// One payment. A cash payment lacks the side that is cash.
#[derive(Debug)]
pub(crate) struct Payment {
    pub(crate) time: Moment,
    pub(crate) debtor: Option<AccountId>,
    pub(crate) creditor: Option<AccountId>,
    pub(crate) cents: i64,
    pub(crate) currency: &'static str,
    channel: &'static str,
    purpose: String,
    reference: String,
}

/// All accounts and payments.
#[derive(Debug)]
pub(crate) struct Book {
    dice: Dice,
    accounts: Vec<Account>,
    payments: Vec<Payment>,
    taken: BTreeSet<String>,
}

impl Book {
    /// An empty book.
    pub(crate) fn new(seed: u64) -> Self {
        let dice = Dice::new(seed, Stream::Accounts);
        Self { dice, accounts: Vec::new(), payments: Vec::new(), taken: BTreeSet::new() }
    }

    /// Opens an account.
    pub(crate) fn open(&mut self, bank: &'static Bank, name: &str, kind: Kind) -> AccountId {
        let identifier = loop {
            let number = format!("{}{}", bank.prefix, self.dice.digits(bank.digits));
            let identifier = if bank.uses_iban { iban(bank.country, &number) } else { number };
            if self.taken.insert(identifier.clone()) {
                break identifier;
            }
        };
        self.accounts.push(Account { identifier, name: name.to_owned(), kind, bank });
        AccountId(self.accounts.len() - 1)
    }

    /// The account.
    pub(crate) fn account(&self, account: AccountId) -> &Account {
        &self.accounts[account.0]
    }

    /// The payment.
    pub(crate) fn payment(&self, payment: PaymentId) -> &Payment {
        &self.payments[payment.0]
    }

    /// The payments in a period with a given debtor or creditor; `None` stands for anybody.
    pub(crate) fn between(
        &self,
        from: Moment,
        to: Moment,
        debtor: Option<AccountId>,
        creditor: Option<AccountId>,
    ) -> Vec<PaymentId> {
        let wanted = |payment: &Payment| {
            (from..to).contains(&payment.time)
                && (debtor.is_none() || payment.debtor == debtor)
                && (creditor.is_none() || payment.creditor == creditor)
        };
        let places = self.payments.iter().enumerate().filter(|(_, payment)| wanted(payment));
        places.map(|(place, _)| PaymentId(place)).collect()
    }

    /// A credit transfer in the debtor's currency, or in euro where the debtor's bank is none of the three.
    pub(crate) fn transfer(
        &mut self,
        time: Moment,
        from: AccountId,
        to: AccountId,
        cents: i64,
        purpose: &str,
    ) -> PaymentId {
        let currency = self.account(from).bank.currency;
        self.add(time, Some(from), Some(to), cents, currency, Channel::Transfer, purpose)
    }

    /// A credit transfer in euro, whatever the debtor's currency.
    pub(crate) fn euro(
        &mut self,
        time: Moment,
        from: AccountId,
        to: AccountId,
        cents: i64,
        purpose: &str,
    ) -> PaymentId {
        self.add(time, Some(from), Some(to), cents, "EUR", Channel::Transfer, purpose)
    }

    /// A card payment.
    pub(crate) fn card(
        &mut self,
        time: Moment,
        from: AccountId,
        to: AccountId,
        cents: i64,
        purpose: &str,
    ) -> PaymentId {
        let currency = self.account(from).bank.currency;
        self.add(time, Some(from), Some(to), cents, currency, Channel::Card, purpose)
    }

    /// A fee to the bank's own account.
    pub(crate) fn fee(&mut self, time: Moment, from: AccountId, to: AccountId, cents: i64, purpose: &str) -> PaymentId {
        let currency = self.account(from).bank.currency;
        self.add(time, Some(from), Some(to), cents, currency, Channel::Fee, purpose)
    }

    /// Cash paid in.
    pub(crate) fn cash_in(&mut self, time: Moment, to: AccountId, cents: i64, purpose: &str) -> PaymentId {
        let currency = self.account(to).bank.currency;
        self.add(time, None, Some(to), cents, currency, Channel::Cash, purpose)
    }

    /// Cash paid out.
    pub(crate) fn cash_out(&mut self, time: Moment, from: AccountId, cents: i64, purpose: &str) -> PaymentId {
        let currency = self.account(from).bank.currency;
        self.add(time, Some(from), None, cents, currency, Channel::Cash, purpose)
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of one row; every public caller fixes some of them")]
    fn add(
        &mut self,
        time: Moment,
        debtor: Option<AccountId>,
        creditor: Option<AccountId>,
        cents: i64,
        currency: &'static str,
        channel: Channel,
        purpose: &str,
    ) -> PaymentId {
        let inside_sepa = |side: Option<AccountId>| side.is_none_or(|id| self.account(id).bank.sepa);
        let channel = match channel {
            Channel::Card => "card",
            Channel::Cash => "cash",
            Channel::Fee => "fee",
            Channel::Transfer if currency == "EUR" && inside_sepa(debtor) && inside_sepa(creditor) => "sepa",
            Channel::Transfer => "wire",
        };
        let reference = if matches!(channel, "sepa" | "wire") { self.dice.uuid() } else { String::new() };
        let purpose = purpose.to_owned();
        self.payments.push(Payment { time, debtor, creditor, cents, currency, channel, purpose, reference });
        PaymentId(self.payments.len() - 1)
    }

    /// Writes the three files.
    pub(crate) fn write(&mut self) -> Written {
        let mut written =
            Written { files: Vec::new(), bad_rows: Vec::new(), places: vec![Vec::new(); self.payments.len()] };
        let mut order: Vec<usize> = (0..self.payments.len()).collect();
        order.sort_by_key(|index| (self.payments[*index].time, *index));
        for bank in HOME_BANKS {
            let path = format!("bank/{}", bank.file);
            let mut bytes = HEADER.as_bytes().to_vec();
            let rows: Vec<usize> = order.iter().copied().filter(|index| self.concerns(*index, bank)).collect();
            let mut line = 2;
            for (position, index) in rows.iter().enumerate() {
                if let Some(reason) = bad_row_after(bank.file, position, rows.len()) {
                    // A damaged copy of a real row under a fresh reference: nothing else about it stands out.
                    let reference = self.dice.uuid();
                    bytes.extend(spoil(reason, self.row(*index, bank), &reference));
                    written.bad_rows.push((path.clone(), line, reason));
                    line += 1;
                }
                bytes.extend(join(&self.row(*index, bank)));
                written.places[*index].push((path.clone(), line));
                line += 1;
            }
            written.files.push((path, bytes, line - 2));
        }
        written
    }

    /// The references of payments: their own, or file and line where they have none.
    pub(crate) fn references(&self, written: &Written, payments: &[PaymentId]) -> Vec<String> {
        let name = |id: &PaymentId| {
            let own = self.payments[id.0].reference.clone();
            let place = written.places[id.0].first();
            if own.is_empty() { place.map_or_else(String::new, |(file, line)| format!("{file}:{line}")) } else { own }
        };
        payments.iter().map(name).collect()
    }

    fn concerns(&self, index: usize, bank: &Bank) -> bool {
        let payment = &self.payments[index];
        [payment.debtor, payment.creditor].into_iter().flatten().any(|side| self.account(side).bank.bic == bank.bic)
    }

    fn row(&self, index: usize, bank: &Bank) -> Vec<String> {
        let payment = &self.payments[index];
        let mut fields = vec![payment.reference.clone(), stamp(payment.time)];
        for side in [payment.debtor, payment.creditor] {
            match side.map(|id| self.account(id)) {
                None => fields.extend(std::iter::repeat_n(String::new(), 5)),
                Some(account) => fields.extend([
                    account.identifier.clone(),
                    bank.spell(&account.name, account.bank),
                    format!("{:?}", account.kind),
                    account.bank.country.to_owned(),
                    account.bank.bic.to_owned(),
                ]),
            }
        }
        fields.push(format!("{}.{:02}", payment.cents / 100, payment.cents % 100));
        fields.extend([payment.currency, payment.channel, &payment.purpose].map(str::to_owned));
        fields
    }
}

/// The header of a book.
const HEADER: &str = "reference,booked_at,debtor_account,debtor_name,debtor_kind,debtor_country,debtor_bank,\
creditor_account,creditor_name,creditor_kind,creditor_country,creditor_bank,amount,currency,channel,purpose\n";

/// The files, and where each payment went.
#[derive(Debug)]
pub(crate) struct Written {
    /// Path, bytes and number of rows.
    pub(crate) files: Vec<(String, Vec<u8>, usize)>,
    /// Path, line and reason of each row that cannot be read.
    pub(crate) bad_rows: Vec<(String, usize, &'static str)>,
    /// For each payment, path and line of its rows.
    places: Vec<Vec<(String, usize)>>,
}

impl Written {
    /// How many payments are in two files.
    pub(crate) fn duplicates(&self) -> usize {
        self.places.iter().filter(|places| places.len() > 1).count()
    }
}

/// The damage done before the row at `position`, if any: two rows in each file.
fn bad_row_after(file: &str, position: usize, rows: usize) -> Option<&'static str> {
    let reasons = match file {
        "alpha_bank_ee.csv" => ["bad date", "bad amount"],
        "beta_bank_gb.csv" => ["unknown currency", "too few fields"],
        _ => ["broken encoding", "missing amount"],
    };
    [rows / 3, rows * 3 / 4].iter().position(|place| *place == position).map(|place| reasons[place])
}

/// A row damaged in the way `reason` says.
fn spoil(reason: &str, mut fields: Vec<String>, reference: &str) -> Vec<u8> {
    fields[0] = reference.to_owned();
    match reason {
        "bad date" => fields[1] = "2024-02-30T10:15:00Z".to_owned(),
        "bad amount" => fields[12] = "12O.5O".to_owned(),
        "missing amount" => fields[12].clear(),
        "unknown currency" => fields[13] = "XXQ".to_owned(),
        "too few fields" => fields.truncate(9),
        _ => {
            fields[15] = "\u{1}".to_owned();
            // A Latin-1 byte in a UTF-8 file, as an export from an older system leaves it.
            let latin = join(&fields).into_iter().map(|byte| if byte == 1 { 0xd5 } else { byte });
            return latin.collect();
        }
    }
    join(&fields)
}

/// A CSV line (RFC 4180, line feed only).
pub(crate) fn join(fields: &[String]) -> Vec<u8> {
    let quoted = |field: &String| {
        if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.clone() }
    };
    let mut line = fields.iter().map(quoted).collect::<Vec<_>>().join(",");
    line.push('\n');
    line.into_bytes()
}
