//! Findings, links and assessments as STIX 2.1 objects.
//!
//! ```text
//! typology          attack-pattern                       account   bank-account            (DOGESEC extension)
//! finding           indicator + sighting                 wallet    cryptocurrency-wallet   (DOGESEC extension)
//! its evidence      observed-data                        on chain  cryptocurrency-transaction (DOGESEC extension)
//! link              relationship: indicator → entity     entity    identity
//! network           threat-actor (crime-syndicate)       member    relationship: identity → threat-actor
//! assessment        report                               indicator value  note
//! ```
//!
//! Ids follow from what they name ([`super::ids`]). STIX has floats for amounts, so every amount stands once more as an exact
//! decimal in `x_amount_raw`. An object does not say here when it was made: the outbox knows what it sent before, and
//! dates it. A listed party that is no organisation named for crime is an `identity` and never a `threat-actor`: to appear
//! in a list is not guilt.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use headwater_engine::{Kind, Library, Session};
use serde_json::{Map, Value, json};

use crate::error::Result;
use crate::run::facts::{Facts, Row};
use crate::send::Tlp;
use crate::send::ids::{Namer, observable};

const WALLET: &str = "extension-definition--be78509e-6958-51b1-8b26-d17ee0eba2d7";
const TRANSACTION: &str = "extension-definition--151d042d-4dcf-5e44-843f-1024440318e5";
const BANK_ACCOUNT: &str = "extension-definition--f19f3291-6a84-5674-b311-d75a925d5bd9";
const TLP_2: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

/// Findings whose objects are made at once: a bound on memory, not on what is sent.
const CHUNK: usize = 500;

/// One object, without its dates.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// `indicator--…`.
    pub(super) id: String,
    /// Everything but `created` and `modified`.
    pub(super) body: Map<String, Value>,
    /// Whether it carries dates: observables and the common markings do not.
    pub(super) dated: bool,
    /// What is referred to goes before what refers to it.
    pub(super) place: i64,
}

/// Who sends, and how it is marked.
pub(super) struct Mapping<'a> {
    facts: Facts<'a>,
    library: Arc<Library>,
    namer: Namer,
    sender: String,
    marking: Tlp,
}

/// Objects by id: the same account in ten findings is one object.
type Objects = BTreeMap<String, Object>;

impl<'a> Mapping<'a> {
    pub(super) fn new(session: &'a Session, sender: &str, marking: Tlp) -> Self {
        let library = Arc::clone(session.pin().lake().library());
        Self { facts: Facts::new(session), library, namer: Namer::new(sender), sender: sender.to_owned(), marking }
    }

    /// The ids of all findings, in pieces that fit into memory.
    pub(super) async fn chunks(&self) -> Result<Vec<Vec<String>>> {
        let sql = "SELECT CAST(finding_id AS VARCHAR) AS id FROM finding.findings ORDER BY finding_id";
        let ids: Vec<String> = self.facts.ask(sql).await?.iter().map(|row| row.text("id")).collect();
        Ok(ids.chunks(CHUNK).map(<[String]>::to_vec).collect())
    }

    /// Who sends, and the marking that everything refers to.
    pub(super) fn preamble(&self) -> Vec<Object> {
        let mut objects = Objects::new();
        let class = if self.sender == super::outbox::NOBODY { "system" } else { "organization" };
        let sender = json!({ "name": self.sender, "identity_class": class });
        self.put(&mut objects, "identity", self.sender_id(), 0, sender);
        let id = self.marking.marking().to_owned();
        let body = json!({
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": id,
            "created": "2022-10-01T00:00:00.000Z",
            "name": self.marking.to_string(),
            "extensions": { TLP_2: { "extension_type": "property-extension", "tlp_2_0": self.marking.word() } },
        });
        let marking = Object { id: id.clone(), body: map(body), dated: false, place: 0 };
        objects.insert(id, marking);
        objects.into_values().collect()
    }

    /// Everything that some findings stand on and lead to.
    pub(super) async fn findings(&self, ids: &[String]) -> Result<Vec<Object>> {
        let mut objects = Objects::new();
        let list = ids.join(", ");
        let accounts = self.accounts(&mut objects, &list).await?;
        let observed = self.evidence(&mut objects, &list, &accounts).await?;
        let sql = format!(
            "SELECT CAST(finding_id AS VARCHAR) AS finding_id, typology, family, CAST(subject AS VARCHAR) AS subject, first_time, \
             last_time, amount, asset, score, CAST(evidence AS VARCHAR[]) AS evidence, explanation, parameters, query_hash, \
             dataset FROM finding.findings WHERE finding_id IN ({list}) ORDER BY finding_id"
        );
        for row in self.facts.ask(&sql).await? {
            self.finding(&mut objects, &row, &accounts, &observed);
        }
        self.links(&mut objects, &list).await?;
        Ok(objects.into_values().collect())
    }

    /// A flag: the pattern it saw (`attack-pattern`), whom it points at (`indicator`), and that it was seen (`sighting`).
    fn finding(
        &self,
        objects: &mut Objects,
        row: &Row,
        accounts: &BTreeMap<String, Named>,
        observed: &BTreeMap<String, String>,
    ) {
        let (finding, stem) = (row.text("finding_id"), row.text("typology"));
        let pattern = self.namer.id("attack-pattern", &stem);
        let title = self.typology(objects, &pattern, &stem, &row.text("family"));
        let subject = accounts.get(&row.text("subject"));
        let who = subject.map_or_else(|| format!("account {}", row.text("subject")), |named| named.text.clone());
        let indicator = self.namer.id("indicator", &finding);
        let body = json!({
            "name": format!("{title}: {who}"),
            "description": row.text("explanation"),
            "indicator_types": ["anomalous-activity"],
            "pattern": subject.map_or_else(
                || format!("[x-headwater-account:account = '{}']", row.text("subject")),
                |named| named.pattern.clone(),
            ),
            "pattern_type": "stix",
            "valid_from": row.text("first_time"),
            "external_references": [{ "source_name": "headwater", "external_id": finding }],
            "x_finding_id": finding,
            "x_amount_raw": exact(&row.text("amount")),
            "x_asset": row.text("asset"),
            "x_score": float(&row.text("score")),
            "x_parameters": row.text("parameters"),
            "x_query_hash": row.text("query_hash"),
            "x_dataset": row.text("dataset"),
        });
        self.put(objects, "indicator", indicator.clone(), 3, body);
        self.relate(objects, "indicates", &indicator, &pattern, &finding, json!({}));
        let evidence = row.list("evidence");
        let mut sighting = map(json!({
            "first_seen": row.text("first_time"),
            "last_seen": row.text("last_time"),
            "count": evidence.len(),
            "sighting_of_ref": indicator,
            "where_sighted_refs": [self.sender_id()],
            "x_finding_id": finding,
        }));
        let seen: Vec<&String> = evidence.iter().filter_map(|id| observed.get(id)).collect();
        if !seen.is_empty() {
            sighting.insert("observed_data_refs".to_owned(), json!(seen));
        }
        self.put(objects, "sighting", self.namer.id("sighting", &finding), 4, Value::Object(sighting));
    }

    fn typology(&self, objects: &mut Objects, id: &str, stem: &str, family: &str) -> String {
        let file = self.library.get(Kind::Typology, stem).ok();
        let title = file.map_or_else(|| stem.to_owned(), |file| file.header.title.clone());
        let section = |label: &str| file.and_then(|file| file.header.section(label)).unwrap_or_default().to_owned();
        let mut body = map(json!({ "name": title, "x_family": family }));
        let (finds, innocent) = (section("Finds"), section("Innocent"));
        if !finds.is_empty() {
            body.insert("description".to_owned(), json!(format!("Finds {finds} Innocent explanations: {innocent}")));
        }
        let known = section("Id");
        let external = if known.is_empty() { stem.to_owned() } else { known };
        body.insert("external_references".to_owned(), json!([{ "source_name": "headwater", "external_id": external }]));
        self.put(objects, "attack-pattern", id.to_owned(), 2, Value::Object(body));
        title
    }

    /// The accounts of some findings' evidence and their subjects, with their holders.
    async fn accounts(&self, objects: &mut Objects, list: &str) -> Result<BTreeMap<String, Named>> {
        let parties = format!(
            "SELECT subject AS account FROM finding.findings WHERE finding_id IN ({list}) \
             UNION SELECT account FROM finding.parties WHERE finding_id IN ({list}) \
             UNION SELECT account FROM finding.links WHERE finding_id IN ({list})"
        );
        let sql = format!(
            "SELECT holders.account, holders.name, max(holders.kind) AS kind \
             FROM flow.holders AS holders INNER JOIN ({parties}) AS parties ON parties.account = holders.account \
             GROUP BY holders.account, holders.name ORDER BY holders.account, holders.name"
        );
        let mut holders: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.facts.ask(&sql).await? {
            let (name, kind) = (row.text("name"), row.text("kind"));
            let id = self.namer.id("identity", &format!("holder\n{name}"));
            let description = "Holds an account that a finding is about or that stands in its evidence, as a source \
                               spells the name. That is no accusation.";
            let body = json!({ "name": name, "identity_class": class(&kind), "description": description });
            self.put(objects, "identity", id.clone(), 0, body);
            holders.entry(row.text("account")).or_default().push(id);
        }
        let sql = format!(
            "SELECT accounts.account, accounts.ledger, accounts.identifier, accounts.bank, \
             iban_valid(accounts.identifier) AS iban FROM flow.accounts AS accounts \
             INNER JOIN ({parties}) AS parties ON parties.account = accounts.account ORDER BY accounts.account"
        );
        let mut named = BTreeMap::new();
        for row in self.facts.ask(&sql).await? {
            let account = row.text("account");
            let known = holders.get(&account).map(Vec::as_slice).unwrap_or_default();
            let (object, entry) = self.account(&row, known);
            for holder in known.iter().filter(|_| known.len() > 1) {
                self.relate(objects, "related-to", holder, &object.id, "holder", json!({ "description": "holder" }));
            }
            objects.insert(object.id.clone(), object);
            named.insert(account, entry);
        }
        Ok(named)
    }

    /// An account as an observable. With one holder it names it; several are relationships.
    fn account(&self, row: &Row, holders: &[String]) -> (Object, Named) {
        let (ledger, identifier) = (row.text("ledger"), row.text("identifier"));
        let (kind, property, extension) = match (ledger.as_str(), row.text("iban").as_str()) {
            ("bank", "true") => ("bank-account", "iban", BANK_ACCOUNT),
            ("bank", _) => ("bank-account", "account_number", BANK_ACCOUNT),
            _ => ("cryptocurrency-wallet", "value", WALLET),
        };
        let id = observable(kind, &json!({ property: identifier }).to_string());
        let mut body = map(json!({
            "type": kind,
            "spec_version": "2.1",
            "id": id,
            property: identifier,
            "object_marking_refs": [self.marking.marking()],
            "extensions": { extension: { "extension_type": "new-sco" } },
        }));
        if let Some(bic) = row.maybe("bank").filter(|bank| kind == "bank-account" && is_bic(bank)) {
            body.insert("bic".to_owned(), json!(bic));
        }
        if let [holder] = holders {
            body.insert("holder_ref".to_owned(), json!(holder));
        }
        let escaped = identifier.replace('\\', "\\\\").replace('\'', "\\'");
        let pattern = format!("[{kind}:{property} = '{escaped}']");
        let named = Named { id: id.clone(), text: identifier, pattern };
        (Object { id, body, dated: false, place: 1 }, named)
    }

    /// The transfers of some findings' evidence. Returns the observed data of each.
    async fn evidence(
        &self,
        objects: &mut Objects,
        list: &str,
        accounts: &BTreeMap<String, Named>,
    ) -> Result<BTreeMap<String, String>> {
        let ids = format!("SELECT DISTINCT unnest(evidence) AS id FROM finding.findings WHERE finding_id IN ({list})");
        let columns = "transfers.transfer_id, transfers.time, \
                       transfers.src, transfers.dst, transfers.amount, \
                       transfers.asset, transfers.value_eur, transfers.ledger, transfers.reference";
        let sql = format!(
            "SELECT {columns} FROM flow.transfers AS transfers INNER JOIN ({ids}) AS wanted \
             ON wanted.id = transfers.transfer_id ORDER BY transfers.transfer_id"
        );
        let rows = self.facts.ask(&sql).await?;
        let on_chain = rows.iter().any(|row| row.text("ledger") != "bank");
        let transactions = if on_chain { self.transactions(objects, &ids, accounts).await? } else { BTreeMap::new() };
        let mut observed = BTreeMap::new();
        for row in rows {
            let transfer = row.text("transfer_id");
            let key = (row.text("ledger"), row.text("reference"), row.text("asset"));
            let sides = [row.text("src"), row.text("dst")];
            let mut refs: Vec<String> = transactions.get(&key).cloned().into_iter().collect();
            refs.extend(sides.iter().filter_map(|side| accounts.get(side)).map(|named| named.id.clone()));
            refs.dedup();
            if refs.is_empty() {
                continue;
            }
            let id = self.namer.id("observed-data", &transfer);
            let time = row.text("time");
            let mut body = map(json!({
                "first_observed": time,
                "last_observed": time,
                "number_observed": 1,
                "object_refs": refs,
                "x_transfer_id": transfer,
                "x_ledger": row.text("ledger"),
                "x_asset": row.text("asset"),
                "x_amount": float(&row.text("amount")),
                "x_amount_raw": exact(&row.text("amount")),
            }));
            for (name, side) in ["x_payer_ref", "x_payee_ref"].into_iter().zip(&sides) {
                if let Some(named) = accounts.get(side) {
                    body.insert(name.to_owned(), json!(named.id));
                }
            }
            if let Some(value) = row.maybe("value_eur") {
                body.insert("x_value_eur_raw".to_owned(), json!(exact(&value)));
            }
            self.put(objects, "observed-data", id.clone(), 2, Value::Object(body));
            observed.insert(transfer, id);
        }
        Ok(observed)
    }

    /// The on-chain transactions that hold some evidence, whole: their content must not depend on who asks.
    async fn transactions(
        &self,
        objects: &mut Objects,
        ids: &str,
        accounts: &BTreeMap<String, Named>,
    ) -> Result<BTreeMap<(String, String, String), String>> {
        let wanted = format!(
            "SELECT DISTINCT transfers.ledger, transfers.reference, transfers.asset FROM flow.transfers AS transfers \
             INNER JOIN ({ids}) AS wanted ON wanted.id = transfers.transfer_id \
             WHERE transfers.ledger <> 'bank' AND transfers.reference IS NOT NULL"
        );
        let sides = format!(
            "SELECT transfers.ledger, transfers.reference, transfers.asset, transfers.time, transfers.src, transfers.dst, \
             transfers.amount FROM flow.transfers AS transfers INNER JOIN ({wanted}) AS wanted \
             ON wanted.ledger = transfers.ledger AND wanted.reference = transfers.reference AND wanted.asset = transfers.asset"
        );
        let sql = format!(
            "SELECT sides.ledger, sides.reference, sides.asset, min(sides.time) AS time, sides.side, \
             CAST(sides.account AS VARCHAR) AS account, accounts.identifier, sum(sides.amount) AS amount FROM ( \
             SELECT ledger, reference, asset, time, 'input' AS side, src AS account, amount FROM ({sides}) AS paid \
             UNION ALL \
             SELECT ledger, reference, asset, time, 'output' AS side, dst AS account, amount FROM ({sides}) AS got \
             ) AS sides INNER JOIN flow.accounts AS accounts ON accounts.account = sides.account \
             GROUP BY sides.ledger, sides.reference, sides.asset, sides.side, sides.account, accounts.identifier \
             ORDER BY sides.ledger, sides.reference, sides.asset, sides.side, accounts.identifier"
        );
        let mut found: BTreeMap<(String, String, String), String> = BTreeMap::new();
        for row in self.facts.ask(&sql).await? {
            let key = (row.text("ledger"), row.text("reference"), row.text("asset"));
            let (_, value, symbol) = &key;
            let id = observable("cryptocurrency-transaction", &json!({ "symbol": symbol, "value": value }).to_string());
            let wallet = match accounts.get(&row.text("account")) {
                Some(named) => named.id.clone(),
                None => {
                    // A side of the transaction that is not in the evidence: it is named, and nothing else is said of it.
                    let (object, named) = self.account(&row, &[]);
                    objects.entry(named.id.clone()).or_insert(object);
                    named.id
                }
            };
            let body = || {
                map(json!({
                    "type": "cryptocurrency-transaction",
                    "spec_version": "2.1",
                    "id": id,
                    "symbol": symbol,
                    "value": value,
                    "execution_time": row.text("time"),
                    "object_marking_refs": [self.marking.marking()],
                    "extensions": { TRANSACTION: { "extension_type": "new-sco" } },
                }))
            };
            let entry = objects.entry(id.clone()).or_insert_with(|| Object {
                id: id.clone(),
                body: body(),
                dated: false,
                place: 1,
            });
            let side = entry.body.entry(row.text("side")).or_insert_with(|| json!([]));
            if let Value::Array(items) = side {
                let amount = row.text("amount");
                items.push(json!({
                    "address_ref": wallet,
                    "amount": float(&amount),
                    "x_amount_raw": exact(&amount),
                }));
            }
            found.insert(key, id);
        }
        Ok(found)
    }

    /// Whom some findings lead to, how, and how surely.
    async fn links(&self, objects: &mut Objects, list: &str) -> Result<()> {
        let sql = format!(
            "SELECT links.link_id, links.finding_id, \
             links.dataset, links.entity_id, links.role, links.method, links.confidence, links.explanation, \
             links.evidence, links.query_hash, entities.schema, entities.caption, entities.topics \
             FROM finding.links AS links \
             INNER JOIN intel.entities AS entities ON entities.dataset = links.dataset AND entities.entity_id = links.entity_id \
             WHERE links.finding_id IN ({list}) ORDER BY links.link_id"
        );
        for row in self.facts.ask(&sql).await? {
            let target = self.entity(objects, &row);
            let indicator = self.namer.id("indicator", &row.text("finding_id"));
            let said = json!({
                "description": row.text("explanation"),
                "confidence": row.number("confidence").min(100),
                "x_link_id": row.text("link_id"),
                "x_role": row.text("role"),
                "x_method": row.text("method"),
                "x_evidence": row.list("evidence"),
                "x_query_hash": row.text("query_hash"),
            });
            self.relate(objects, "related-to", &indicator, &target, &row.text("link_id"), said);
        }
        Ok(())
    }

    /// A known entity: an organisation named for crime is a threat actor, everybody else an identity.
    fn entity(&self, objects: &mut Objects, row: &Row) -> String {
        let (dataset, entity) = (row.text("dataset"), row.text("entity_id"));
        let (schema, topics) = (row.text("schema"), row.list("topics"));
        let is_core = schema == "Organization" && topics.iter().any(|topic| topic.contains("crime"));
        let kind = if is_core { "threat-actor" } else { "identity" };
        let id = self.namer.id(kind, &format!("{dataset}/{entity}"));
        let listed = if topics.is_empty() { String::new() } else { format!(" under: {}", topics.join(", ")) };
        let mut body = map(json!({
            "name": row.text("caption"),
            "description": format!("Appears in {dataset}{listed}. To appear in a list is not guilt."),
            "external_references": [{ "source_name": dataset, "external_id": entity }],
        }));
        if is_core {
            body.insert("threat_actor_types".to_owned(), json!(["crime-syndicate"]));
        } else {
            body.insert("identity_class".to_owned(), json!(class(&schema)));
        }
        self.put(objects, kind, id.clone(), 2, Value::Object(body));
        id
    }

    /// Networks with their members, their assessments and the values these stand on.
    pub(super) async fn networks(&self) -> Result<Vec<Object>> {
        let mut objects = Objects::new();
        let mut actors: BTreeMap<String, String> = BTreeMap::new();
        let sql = "SELECT members.network, members.dataset, members.entity_id, members.role, members.hops, \
                   members.evidence, entities.schema, entities.caption, entities.topics \
                   FROM intel.network_members AS members \
                   INNER JOIN (SELECT DISTINCT network FROM assess.assessments) AS assessed ON assessed.network = members.network \
                   INNER JOIN intel.entities AS entities \
                   ON entities.dataset = members.dataset AND entities.entity_id = members.entity_id \
                   ORDER BY members.network, members.hops, members.dataset, members.entity_id";
        // The core stands first: nobody else of a network is at no hops.
        for row in self.facts.ask(sql).await? {
            let (network, id) = (row.text("network"), self.entity(&mut objects, &row));
            match actors.get(&network) {
                None => {
                    actors.insert(network, id);
                }
                Some(core) => {
                    let said = json!({ "description": row.text("role"), "x_evidence": row.list("evidence") });
                    self.relate(&mut objects, "related-to", &id, core, &network, said);
                }
            }
        }
        let notes = self.values(&mut objects, &actors).await?;
        let findings = self.findings_of_networks().await?;
        let sql = "SELECT network, profile, dataset, cutoff, caption, t_low, t_point, t_high, coverage, h_point, l_point, \
                   band, priority, confidence, evidence FROM assess.assessments \
                   ORDER BY network, profile, cutoff, evidence";
        for row in self.facts.ask(sql).await? {
            let network = row.text("network");
            let Some(actor) = actors.get(&network) else { continue };
            let key = format!("{network}\n{}\n{}\n{}", row.text("profile"), row.text("dataset"), row.text("evidence"));
            let values = (network.clone(), row.text("profile"), row.text("dataset"));
            let mut refs = vec![actor.clone()];
            refs.extend(findings.get(&network).into_iter().flatten().cloned());
            refs.extend(notes.get(&values).into_iter().flatten().cloned());
            let body = json!({
                "name": format!("Threat assessment of {}", row.text("caption")),
                "description": format!(
                    "{}, {} (unknown taken as nil {}, as very high {}; coverage {} %). {}",
                    row.text("priority"), row.text("band"), row.text("t_low"), row.text("t_high"),
                    row.text("coverage"), "An assessment is a draft until a person has released it."
                ),
                "report_types": [if actor.starts_with("threat-actor") { "threat-actor" } else { "identity" }],
                "published": row.text("cutoff"),
                "object_refs": refs,
                "confidence": level(&row.text("confidence")),
                "x_network": network,
                "x_profile": row.text("profile"),
                "x_dataset": row.text("dataset"),
                "x_threat_low_raw": row.text("t_low"),
                "x_threat_raw": row.text("t_point"),
                "x_threat_high_raw": row.text("t_high"),
                "x_coverage_raw": row.text("coverage"),
                "x_harm_raw": row.text("h_point"),
                "x_likelihood_raw": row.text("l_point"),
                "x_band": row.text("band"),
                "x_priority": row.text("priority"),
                "x_evidence_hash": row.text("evidence"),
            });
            self.put(&mut objects, "report", self.namer.id("report", &key), 5, body);
        }
        Ok(objects.into_values().collect())
    }

    /// The indicators of the findings that lead to a network.
    async fn findings_of_networks(&self) -> Result<BTreeMap<String, BTreeSet<String>>> {
        let sql = "SELECT network, CAST(finding_id AS VARCHAR) AS finding_id FROM assess.network_findings";
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in self.facts.ask(sql).await? {
            let indicator = self.namer.id("indicator", &row.text("finding_id"));
            found.entry(row.text("network")).or_default().insert(indicator);
        }
        Ok(found)
    }

    /// Indicator values as notes on their network, by network, profile and dataset.
    async fn values(
        &self,
        objects: &mut Objects,
        actors: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<(String, String, String), Vec<String>>> {
        let sql = "SELECT network, indicator, profile, dataset, metric, score, explanation, evidence, query_hash \
                   FROM assess.indicator_values ORDER BY network, profile, dataset, indicator, query_hash";
        let mut notes: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
        for row in self.facts.ask(sql).await? {
            let (network, indicator) = (row.text("network"), row.text("indicator"));
            let Some(actor) = actors.get(&network) else { continue };
            let values = (network.clone(), row.text("profile"), row.text("dataset"));
            let key = format!("{network}\n{indicator}\n{}\n{}\n{}", values.1, values.2, row.text("query_hash"));
            let id = self.namer.id("note", &key);
            let body = json!({
                "abstract": format!("{indicator} of {network}"),
                "content": row.text("explanation"),
                "object_refs": [actor],
                "x_network": network,
                "x_indicator": indicator,
                "x_profile": values.1,
                // NULL is unknown, and unknown is not zero.
                "x_score": row.maybe("score").and_then(|score| score.parse::<i64>().ok()),
                "x_metric": row.maybe("metric").map(|metric| float(&metric)),
                "x_evidence": row.list("evidence"),
                "x_query_hash": row.text("query_hash"),
            });
            let mut body = map(body);
            body.retain(|_, value| !value.is_null());
            self.put(objects, "note", id.clone(), 4, Value::Object(body));
            notes.entry(values).or_default().push(id);
        }
        Ok(notes)
    }

    fn sender_id(&self) -> String {
        self.namer.id("identity", "sender")
    }

    fn relate(&self, objects: &mut Objects, verb: &str, from: &str, to: &str, key: &str, said: Value) {
        let id = self.namer.id("relationship", &format!("{verb}\n{from}\n{to}\n{key}"));
        let mut body = map(said);
        body.insert("relationship_type".to_owned(), json!(verb));
        body.insert("source_ref".to_owned(), json!(from));
        body.insert("target_ref".to_owned(), json!(to));
        self.put(objects, "relationship", id, 4, Value::Object(body));
    }

    /// A dated object with what all of them share.
    fn put(&self, objects: &mut Objects, kind: &str, id: String, place: i64, body: Value) {
        let mut body = map(body);
        body.insert("type".to_owned(), json!(kind));
        body.insert("spec_version".to_owned(), json!("2.1"));
        body.insert("id".to_owned(), json!(id));
        body.insert("object_marking_refs".to_owned(), json!([self.marking.marking()]));
        if id != self.sender_id() {
            body.insert("created_by_ref".to_owned(), json!(self.sender_id()));
        }
        objects.insert(id.clone(), Object { id, body, dated: true, place });
    }
}

/// An account that has a name.
struct Named {
    id: String,
    text: String,
    pattern: String,
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A decimal without the zeros that its column gave it.
fn exact(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        },
        None => text.to_owned(),
    }
}

/// What STIX wants where it has floats only: fifteen digits, which every reader of JSON takes for the same number. With
/// more, some are off by the last bit, and a message read back would not have the hash it was queued with.
fn float(text: &str) -> Value {
    let number = text.parse::<f64>().and_then(|number| format!("{number:.14e}").parse::<f64>());
    number.map_or(Value::Null, |number| json!(number))
}

/// The STIX word for a kind of holder or a FollowTheMoney schema.
fn class(kind: &str) -> &'static str {
    match kind.to_ascii_lowercase().as_str() {
        "person" | "individual" => "individual",
        "company" | "organization" | "legalentity" | "publicbody" | "asset" => "organization",
        _ => "unknown",
    }
}

/// The middle of each STIX range for Low, Moderate and High.
fn level(confidence: &str) -> u8 {
    match confidence {
        "High" => 85,
        "Moderate" => 50,
        _ => 15,
    }
}

/// ISO 9362: eight or eleven letters and digits, the first six of them letters.
fn is_bic(text: &str) -> bool {
    matches!(text.len(), 8 | 11)
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && text.bytes().take(6).all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_keeps_every_digit_and_no_more() {
        for (text, kept) in [
            ("1251.000000000000000000", "1251"),
            ("0.000000010000000000", "0.00000001"),
            ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
            ("-3.50", "-3.5"),
            ("100", "100"),
        ] {
            assert_eq!(exact(text), kept);
        }
    }

    #[test]
    fn a_bank_is_a_bic_or_it_is_not_sent() {
        assert!(is_bic("NWBKGB2L") && is_bic("DEUTDEFF500"));
        assert!(!is_bic("Hansa") && !is_bic("nwbkgb2l") && !is_bic("12345678"));
    }

    #[test]
    fn a_float_is_read_back_as_it_was_written() {
        for text in [
            "0.9583333333333333",
            "1.4566023398484043",
            "0.1",
            "22021.6",
            "12345678901234567.12",
            "0",
            "-0.000001234567",
        ] {
            let written = super::float(text).to_string();
            let read: Option<Value> = serde_json::from_str(&written).ok();
            assert_eq!(read.map(|read| read.to_string()), Some(written), "{text}");
        }
        assert!(super::float("no number").is_null());
    }
}
