//! What an office knows of the people and companies in a world: FollowTheMoney entities, streamed.

use serde_json::{Value, json};

/// Lines of the file, in order.
#[derive(Debug, Default)]
pub(super) struct Entities(Vec<Value>);

impl Entities {
    fn add(&mut self, id: &str, schema: &str, properties: Value) {
        self.0.push(json!({
            "id": id, "caption": id, "schema": schema, "properties": properties, "datasets": ["headwater_invented"],
        }));
    }

    /// A company: since when, at which address, and under which topics.
    pub(super) fn company(&mut self, id: &str, name: &str, since: &str, address: &str, topics: &[&str]) {
        self.add(
            id,
            "Company",
            json!({ "name": [name], "incorporationDate": [since], "address": [address], "topics": topics }),
        );
    }

    /// An account of somebody on file.
    pub(super) fn account(&mut self, holder: &str, identifier: &str) {
        self.add(&format!("account-{holder}"), "BankAccount", json!({ "iban": [identifier], "holder": [holder] }));
    }

    /// Somebody is listed from a day on.
    pub(super) fn sanction(&mut self, entity: &str, since: &str) {
        let properties = json!({
            "entity": [entity], "authority": ["Invented Office of Sanctions"], "listingDate": [since], "startDate": [since],
        });
        self.add(&format!("sanction-{entity}"), "Sanction", properties);
    }

    /// Somebody owns companies.
    pub(super) fn owner(&mut self, owner: &str, assets: &[String]) {
        self.add(owner, "Person", json!({ "name": [owner] }));
        for asset in assets {
            self.add(&format!("owns-{asset}"), "Ownership", json!({ "owner": [owner], "asset": [asset] }));
        }
    }

    /// A company is run by another.
    pub(super) fn directorship(&mut self, director: &str, organization: &str) {
        let properties = json!({ "director": [director], "organization": [organization] });
        self.add(&format!("directs-{organization}"), "Directorship", properties);
    }

    /// Two are of one family.
    pub(super) fn family(&mut self, one: &str, other: &str) {
        for id in [one, other] {
            self.add(id, "Person", json!({ "name": [id] }));
        }
        let properties = json!({ "person": [one], "relative": [other] });
        self.add(&format!("family-{one}-{other}"), "Family", properties);
    }

    /// The file.
    pub(super) fn jsonl(&self) -> String {
        self.0.iter().map(|entity| format!("{entity}\n")).collect()
    }
}
