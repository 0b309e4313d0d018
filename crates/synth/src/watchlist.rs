//! A watchlist in FollowTheMoney JSON lines.
//!
//! The shapes are those of FollowTheMoney 3.8: an edge is an entity too (`Membership`, `Ownership`, …), every property
//! is a list of strings, and a listing is a `Sanction` pointing at its subject. Everybody in it is invented.
//!
//! Names are spelt here as a police file may spell them, which need not be how the bank does.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::SynthError;

/// One line of the file.
#[derive(Debug, Serialize)]
struct Entity {
    id: String,
    caption: String,
    schema: &'static str,
    properties: BTreeMap<&'static str, Vec<String>>,
    datasets: [&'static str; 1],
}

/// The list as it grows, in the order it is written.
#[derive(Debug, Default)]
pub(crate) struct Watchlist {
    entities: Vec<Entity>,
}

impl Watchlist {
    fn add(&mut self, id: &str, schema: &'static str, properties: &[(&'static str, &[&str])]) -> String {
        let mut kept: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (name, values) in properties {
            let values: Vec<String> =
                values.iter().filter(|value| !value.is_empty()).map(ToString::to_string).collect();
            if !values.is_empty() {
                kept.insert(name, values);
            }
        }
        let first = |name| kept.get(name).and_then(|values| values.first()).cloned();
        let caption = first("name").or_else(|| first("iban")).or_else(|| first("publicKey"));
        let caption = caption.unwrap_or_else(|| schema.to_owned());
        let datasets = ["headwater_invented"];
        self.entities.push(Entity { id: id.to_owned(), caption, schema, properties: kept, datasets });
        id.to_owned()
    }

    /// A criminal organisation.
    pub(crate) fn organization(&mut self, id: &str, name: &str, topics: &[&str], notes: &str) -> String {
        self.add(id, "Organization", &[("name", &[name]), ("topics", topics), ("notes", &[notes])])
    }

    /// A natural person; the first name is the main one, the others are aliases.
    pub(crate) fn person(&mut self, id: &str, names: &[&str], born: &str, country: &str, topics: &[&str]) -> String {
        let (main, aliases) = names.split_at(names.len().min(1));
        let properties: [(&'static str, &[&str]); 5] =
            [("name", main), ("alias", aliases), ("birthDate", &[born]), ("country", &[country]), ("topics", topics)];
        self.add(id, "Person", &properties)
    }

    /// A company.
    pub(crate) fn company(
        &mut self,
        id: &str,
        name: &str,
        country: &str,
        since: &str,
        address: &str,
        topics: &[&str],
    ) -> String {
        let properties: [(&'static str, &[&str]); 6] = [
            ("name", &[name]),
            ("jurisdiction", &[country]),
            ("country", &[country]),
            ("incorporationDate", &[since]),
            ("address", &[address]),
            ("topics", topics),
        ];
        self.add(id, "Company", &properties)
    }

    /// Somebody belongs to an organisation.
    pub(crate) fn membership(&mut self, member: &str, organization: &str, role: &str) {
        let id = format!("membership-{member}-{organization}");
        self.add(&id, "Membership", &[("member", &[member]), ("organization", &[organization]), ("role", &[role])]);
    }

    /// Two are linked, nobody knows how.
    pub(crate) fn unknown_link(&mut self, subject: &str, object: &str, role: &str) {
        let id = format!("link-{subject}-{object}");
        self.add(&id, "UnknownLink", &[("subject", &[subject]), ("object", &[object]), ("role", &[role])]);
    }

    /// Somebody directs a company.
    pub(crate) fn directorship(&mut self, director: &str, company: &str) {
        let id = format!("directorship-{director}-{company}");
        self.add(
            &id,
            "Directorship",
            &[("director", &[director]), ("organization", &[company]), ("role", &["director"])],
        );
    }

    /// Somebody owns a company.
    pub(crate) fn ownership(&mut self, owner: &str, asset: &str, percentage: &str) {
        let id = format!("ownership-{owner}-{asset}");
        self.add(&id, "Ownership", &[("owner", &[owner]), ("asset", &[asset]), ("percentage", &[percentage])]);
    }

    /// Somebody holds a bank account.
    pub(crate) fn bank_account(&mut self, holder: &str, iban: &str, bic: &str) {
        let id = format!("account-{}", iban.to_lowercase());
        let number: (&'static str, &[&str]) = ("iban", &[iban]);
        self.add(&id, "BankAccount", &[number, ("bic", &[bic]), ("holder", &[holder])]);
    }

    /// Somebody holds a wallet.
    pub(crate) fn wallet(&mut self, holder: &str, address: &str) {
        let properties: [(&'static str, &[&str]); 3] =
            [("publicKey", &[address]), ("currencySymbol", &["BTC"]), ("holder", &[holder])];
        self.add(&format!("wallet-{address}"), "CryptoWallet", &properties);
    }

    /// Somebody is listed from a day on.
    pub(crate) fn sanction(&mut self, entity: &str, since: &str, reason: &str) {
        let properties: [(&'static str, &[&str]); 6] = [
            ("entity", &[entity]),
            ("authority", &["Invented Office of Sanctions"]),
            ("program", &["INV-PROLIFERATION"]),
            ("listingDate", &[since]),
            ("startDate", &[since]),
            ("reason", &[reason]),
        ];
        self.add(&format!("sanction-{entity}"), "Sanction", &properties);
    }

    /// How many entities there are, edges included.
    pub(crate) fn len(&self) -> usize {
        self.entities.len()
    }

    /// The file.
    pub(crate) fn jsonl(&self) -> Result<Vec<u8>, SynthError> {
        let mut bytes = Vec::new();
        for entity in &self.entities {
            let failed = |source| SynthError::Json { entity: entity.id.clone(), source };
            serde_json::to_writer(&mut bytes, entity).map_err(failed)?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}
