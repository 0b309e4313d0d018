//! Account numbers: a keyed 64-bit hash of (ledger, identifier), and the few that had to give way.
//!
//! Importers run in parallel and know nothing of each other, so an account's number must follow from its name alone. A
//! hash does that. With *n* accounts about n²/2⁶⁵ pairs share one: one chance in forty thousand at 30 million accounts,
//! one in forty at a billion. Rare is not never, and two identifiers must never be one account, so the writer of
//! `flow.accounts` looks for pairs, and gives the later identifier the next hash: the *probe* is mixed into the input, and
//! the pair is remembered in a table that travels with the snapshot. While the table is empty, as it nearly always is,
//! it costs nothing.
//!
//! The hash is SipHash-1-3 over `ledger ‖ 0xff ‖ identifier`, and over `ledger ‖ 0xfe ‖ probe ‖ identifier` for the later
//! ones. Ledger names are UTF-8, where neither byte occurs, so no two inputs are the same bytes. The key is published: it
//! makes the hash ours, not secret. Somebody who wants a collision can search for one with 2³² work, and then meets
//! the probe.
//!
//! What is hashed for a Bitcoin account is the script itself. Text on a Bitcoin ledger that is no address is hashed in a
//! space of its own (`btc:text`), so that no script can be made to equal it.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{Result, exec_datafusion_err};
use headwater_ingest::bitcoin::script;
use parking_lot::RwLock;
use serde::Deserialize;
use siphasher::sip::SipHasher13;

use super::ledger::{Family, Ledger};

/// The published key of account numbers. To change it is to change every account number in every lake.
const KEY: [u8; 16] = *b"headwater/acct/1";

/// Gives every (ledger, identifier) its account number.
#[derive(Debug)]
pub struct AccountHasher {
    sip: SipHasher13,
    mask: u64,
    collisions: RwLock<Arc<Collisions>>,
}

impl Default for AccountHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl AccountHasher {
    /// The hasher of every real lake.
    pub fn new() -> Self {
        Self::with_bits(64)
    }

    /// A weak hasher that keeps only the lowest bits, so that a test can see collisions.
    pub fn with_bits(bits: u32) -> Self {
        let mask = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
        Self { sip: SipHasher13::new_with_key(&KEY), mask, collisions: RwLock::default() }
    }

    /// Returns the account of a script, or of an identifier that is spelled as it should be, taken as bytes.
    pub fn hash(&self, ledger: &str, identifier: &[u8]) -> i64 {
        self.space(Ledger::of(ledger).name).hash(identifier)
    }

    /// Returns the account of an identifier as text, in any spelling: what SQL's `account(ledger, identifier)` returns.
    pub fn account(&self, ledger: &str, identifier: &str) -> i64 {
        self.on(ledger).text(identifier)
    }

    /// Returns how many times an identifier had to give way: `flow.accounts.probe`.
    pub fn probe(&self, ledger: &str, identifier: &str) -> u32 {
        let (space, bytes) = key(ledger, identifier);
        self.collisions.read().probe(&space, &bytes)
    }

    /// Records that an identifier's number is taken by another, and returns the next one, which may be taken as well:
    /// call again until it is free.
    pub fn add_collision(&self, ledger: &str, identifier: &str) -> i64 {
        let (space, bytes) = key(ledger, identifier);
        {
            let mut shared = self.collisions.write();
            let table = Arc::make_mut(&mut shared);
            *table.0.entry(space.clone()).or_default().entry(bytes.clone()).or_default() += 1;
        }
        self.space(&space).hash(&bytes)
    }

    /// Replaces the table, when a snapshot is opened.
    pub fn set_collisions(&self, collisions: Collisions) {
        *self.collisions.write() = Arc::new(collisions);
    }

    /// Returns the table as it stands, to be kept with a snapshot.
    pub fn collisions(&self) -> Collisions {
        self.collisions.read().as_ref().clone()
    }

    /// Prepares to hash many identifiers of one ledger. The table is the one of this moment.
    pub(super) fn on(&self, ledger: &str) -> LedgerHasher {
        let parsed = Ledger::of(ledger);
        LedgerHasher {
            given: ledger.to_owned(),
            name: parsed.name.to_owned(),
            family: parsed.family,
            space: self.space(parsed.name),
            undecoded: self.space(&text_space(parsed.name)),
        }
    }

    fn space(&self, name: &str) -> Space {
        let mut input = name.as_bytes().to_vec();
        input.push(0xff);
        let collisions = self.collisions.read();
        let collisions = collisions.0.contains_key(name).then(|| Arc::clone(&collisions));
        Space { sip: self.sip, mask: self.mask, name: name.to_owned(), input, collisions }
    }
}

/// Hashes identifiers of one ledger, text or bytes.
#[derive(Debug)]
pub(super) struct LedgerHasher {
    given: String,
    name: String,
    family: Family,
    space: Space,
    undecoded: Space,
}

impl LedgerHasher {
    /// Whether this is the hasher of the ledger a row names.
    #[inline]
    pub(super) fn is_for(&self, ledger: &str) -> bool {
        self.given == ledger
    }

    /// Returns the account of an identifier in any spelling.
    #[inline]
    pub(super) fn text(&mut self, identifier: &str) -> i64 {
        if let Family::Bitcoin(network) = self.family {
            return match script::script_of(identifier, network) {
                Some(bytes) => self.space.hash(&bytes),
                None => self.undecoded.hash(identifier.as_bytes()),
            };
        }
        let ledger = Ledger { name: &self.name, family: self.family };
        self.space.hash(ledger.spelling(identifier).as_bytes())
    }

    /// Returns the account of a raw script or address.
    #[inline]
    pub(super) fn bytes(&mut self, identifier: &[u8]) -> Result<i64> {
        if let Family::Bitcoin(_) = self.family {
            return Ok(self.space.hash(identifier));
        }
        let spelling = Ledger { name: &self.name, family: self.family }.spelling_of_bytes(identifier)?;
        Ok(self.space.hash(spelling.as_bytes()))
    }
}

/// One space of identifiers with the beginning of the hash's input ready.
#[derive(Debug)]
struct Space {
    sip: SipHasher13,
    mask: u64,
    name: String,
    input: Vec<u8>,
    collisions: Option<Arc<Collisions>>,
}

impl Space {
    #[inline]
    fn hash(&mut self, identifier: &[u8]) -> i64 {
        if let Some(collisions) = &self.collisions {
            let probe = collisions.probe(&self.name, identifier);
            if probe > 0 {
                let input = [self.name.as_bytes(), &[0xfe], &probe.to_le_bytes(), identifier].concat();
                return self.number(self.sip.hash(&input));
            }
        }
        self.input.truncate(self.name.len() + 1);
        self.input.extend_from_slice(identifier);
        self.number(self.sip.hash(&self.input))
    }

    #[inline]
    fn number(&self, hash: u64) -> i64 {
        (hash & self.mask).cast_signed()
    }
}

/// The identifiers whose first number was taken, and the probe that was free.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collisions(BTreeMap<String, BTreeMap<Vec<u8>, u32>>);

/// One collision as it is written down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Collision {
    ledger: String,
    identifier: String,
    probe: u32,
}

impl Collisions {
    /// Reads a table back from the text [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// When the text is not such a table.
    pub fn from_json(text: &str) -> Result<Self> {
        let rows: Vec<Collision> = serde_json::from_str(text)
            .map_err(|error| exec_datafusion_err!("the table of account collisions is damaged: {error}"))?;
        let mut table = Self::default();
        for row in rows {
            let identifier = hex::decode(&row.identifier)
                .map_err(|error| exec_datafusion_err!("the table of account collisions is damaged: {error}"))?;
            table.0.entry(row.ledger).or_default().insert(identifier, row.probe);
        }
        Ok(table)
    }

    /// Writes the table as a JSON array in the order of (ledger, identifier), `[]` when there is none.
    pub fn to_json(&self) -> String {
        let rows: Vec<String> = self
            .0
            .iter()
            .flat_map(|(ledger, identifiers)| identifiers.iter().map(move |(bytes, probe)| (ledger, bytes, probe)))
            .map(|(ledger, bytes, probe)| {
                let ledger = serde_json::Value::from(ledger.as_str());
                format!(r#"{{"ledger":{ledger},"identifier":"{}","probe":{probe}}}"#, hex::encode(bytes))
            })
            .collect();
        format!("[{}]", rows.join(","))
    }

    /// Whether nothing ever collided.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many identifiers had to give way.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    fn probe(&self, space: &str, identifier: &[u8]) -> u32 {
        self.0.get(space).and_then(|identifiers| identifiers.get(identifier)).copied().unwrap_or(0)
    }
}

/// The space and the bytes an identifier is hashed as.
fn key(ledger: &str, identifier: &str) -> (String, Vec<u8>) {
    let ledger = Ledger::of(ledger);
    if let Family::Bitcoin(network) = ledger.family {
        return match script::script_of(identifier, network) {
            Some(bytes) => (ledger.name.to_owned(), bytes),
            None => (text_space(ledger.name), identifier.as_bytes().to_vec()),
        };
    }
    (ledger.name.to_owned(), ledger.spelling(identifier).as_bytes().to_vec())
}

fn text_space(ledger: &str) -> String {
    format!("{ledger}:text")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::{AccountHasher, Collisions};

    #[test]
    fn the_number_of_an_account_never_changes() {
        let hasher = AccountHasher::new();
        assert_eq!(hasher.account("bank", "EE273300333505610002"), BANK);
        assert_eq!(hasher.account("btc", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), BITCOIN);
        assert_eq!(hasher.account("eth", "0x52908400098527886E0F7030069857D2E4169EE7"), EVM);
    }

    const BANK: i64 = 5_562_642_198_217_747_352;
    const BITCOIN: i64 = 2_213_252_150_232_570_490;
    const EVM: i64 = 6_501_578_692_414_305_797;

    #[test]
    fn a_script_and_its_address_are_one_account() {
        let hasher = AccountHasher::new();
        let script = hex::decode("76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac").unwrap();
        assert_eq!(hasher.hash("btc", &script), hasher.account("btc", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"));
        assert_ne!(hasher.hash("btc", &script), hasher.hash("btc-testnet3", &script));
    }

    #[test]
    fn text_that_is_no_address_never_meets_a_script() {
        let hasher = AccountHasher::new();
        assert_ne!(hasher.account("btc", "exchange 7"), hasher.hash("btc", b"exchange 7"));
    }

    #[test]
    fn the_later_of_two_gives_way_and_the_earlier_stays() {
        let hasher = AccountHasher::with_bits(4);
        let first = hasher.account("bank", "0");
        let twin = (1..).map(|number| number.to_string()).find(|text| hasher.account("bank", text) == first).unwrap();
        let mut moved = hasher.add_collision("bank", &twin);
        while moved == first {
            moved = hasher.add_collision("bank", &twin);
        }
        assert_eq!(hasher.account("bank", "0"), first);
        assert_eq!(hasher.account("bank", &twin), moved);
        assert_eq!(hasher.hash("bank", twin.as_bytes()), moved);
        assert!(hasher.probe("bank", &twin) > 0);
        assert_eq!(hasher.probe("bank", "0"), 0);

        let reopened = AccountHasher::with_bits(4);
        reopened.set_collisions(Collisions::from_json(&hasher.collisions().to_json()).unwrap());
        assert_eq!(reopened.account("bank", &twin), moved);
    }

    #[test]
    fn the_table_survives_its_text() {
        let hasher = AccountHasher::new();
        assert_eq!(hasher.collisions().to_json(), "[]");
        hasher.add_collision("btc", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");
        hasher.add_collision("btc", "no \"address\"");
        hasher.add_collision("x\"y", "z");
        let table = hasher.collisions();
        assert_eq!(table.len(), 3);
        assert_eq!(Collisions::from_json(&table.to_json()).unwrap(), table);
        assert!(Collisions::from_json("[{}]").is_err());
    }
}
