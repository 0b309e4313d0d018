//! `read_tagpack` and `read_actorpack`: GraphSense's YAML lists of who stands behind an address.
//!
//! A TagPack is a header and `tags`; every field of the header that a tag may have is inherited by all tags, the tag's
//! own winning. An ActorPack is a header and `actors`, which tags name by id. Packs older than the `network` field have
//! `currency` only, which then is the network too; a tag without a confidence has the lowest.
//!
//! A pack is small (the largest public one has four megabytes) and is read whole, within budgets that refuse a document
//! made to expand. A tag or an actor that lacks what it must have is a row with `error`; its neighbours are read.

mod pack;
#[cfg(test)]
mod tests;
mod values;
mod yaml;

use std::path::PathBuf;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::table::{self, BATCH_ROWS, Columns, Kind, Table};
use crate::{IngestError, ReadArgs, Reader, ReaderSpec};
use yaml::Node;

/// The list entry of the format.
pub(crate) const SPEC: ReaderSpec = ReaderSpec {
    name: "tagpack",
    relations: &[
        ("read_tagpack", "One row per tag of a GraphSense TagPack, with what it inherits from the pack's header."),
        ("read_actorpack", "One row per actor of a GraphSense ActorPack."),
    ],
    usage: "path [, pack_root]",
    schema,
    open,
};

const TAGS: usize = 0;
const ACTORS: usize = 1;

const TAG_COLUMNS: Columns = &[
    ("position", Kind::Whole),
    ("error", Kind::Text),
    ("pack_title", Kind::Text),
    ("pack_creator", Kind::Text),
    ("pack_uri", Kind::Text),
    ("identifier", Kind::Text),
    ("identifier_kind", Kind::Text),
    ("currency", Kind::Text),
    ("network", Kind::Text),
    ("label", Kind::Text),
    ("source", Kind::Text),
    ("category", Kind::Text),
    ("abuse", Kind::Text),
    ("actor", Kind::Text),
    ("concepts", Kind::Text),
    ("confidence", Kind::Text),
    ("confidence_level", Kind::Whole),
    ("is_cluster_definer", Kind::Flag),
    ("lastmod", Kind::Time),
    ("context", Kind::Text),
];

const ACTOR_COLUMNS: Columns = &[
    ("position", Kind::Whole),
    ("error", Kind::Text),
    ("actor_id", Kind::Text),
    ("label", Kind::Text),
    ("uri", Kind::Text),
    ("categories", Kind::Text),
    ("jurisdictions", Kind::Text),
    ("aliases", Kind::Text),
    ("context", Kind::Text),
];

fn schema(_args: &ReadArgs, relation: usize) -> Result<SchemaRef, IngestError> {
    Ok(table::schema(if relation == TAGS { TAG_COLUMNS } else { ACTOR_COLUMNS }))
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    std::fs::metadata(&args.path).map_err(|error| IngestError::io(&args.path, error))?;
    let root = args.options.first().filter(|root| !root.is_empty()).map(PathBuf::from);
    Ok(Box::new(PackReader { path: args.path.clone(), root, pack: None, entries: Vec::new().into_iter(), position: 0 }))
}

struct PackReader {
    path: PathBuf,
    root: Option<PathBuf>,
    /// The header once it is read, and which relation its entries belong to.
    pack: Option<(Node, usize)>,
    entries: std::vec::IntoIter<Node>,
    position: i64,
}

impl Reader for PackReader {
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        let (header, relation) = match self.pack.take() {
            Some(pack) => pack,
            None => self.read()?,
        };
        let mut table = Table::new(if relation == TAGS { TAG_COLUMNS } else { ACTOR_COLUMNS });
        for entry in self.entries.by_ref().take(BATCH_ROWS) {
            self.position += 1;
            table.whole(Some(self.position));
            if relation == TAGS {
                write_tag(&mut table, &header, &entry);
            } else {
                write_actor(&mut table, &entry);
            }
            table.end_row();
        }
        self.pack = Some((header, relation));
        if table.len() == 0 {
            return Ok(None);
        }
        Ok(Some((relation, table.finish()?)))
    }
}

impl PackReader {
    fn read(&mut self) -> Result<(Node, usize), IngestError> {
        let mut header = pack::read(&self.path, self.root.as_deref())?;
        let missing = ["title", "creator"].into_iter().find(|key| header.get(key).and_then(Node::text).is_none());
        let mut found = None;
        if let Node::Map(entries) = &mut header {
            for (key, relation) in [("tags", TAGS), ("actors", ACTORS)] {
                if let Some(at) = entries.iter().rposition(|(name, _)| name == key) {
                    found = found.or(Some((entries.remove(at).1, key, relation)));
                }
            }
        }
        let Some((list, key, relation)) = found else {
            return Err(IngestError::format(
                &self.path,
                "is not a TagPack or ActorPack: it has neither tags nor actors",
            ));
        };
        if let Some(missing) = missing {
            return Err(IngestError::format(&self.path, format!("the pack's header has no {missing}")));
        }
        self.entries = match list {
            Node::List(list) => list.into_iter(),
            Node::Null => Vec::new().into_iter(),
            _ => return Err(IngestError::format(&self.path, format!("{key} is not a list"))),
        };
        Ok((header, relation))
    }
}

fn write_tag(table: &mut Table, header: &Node, tag: &Node) {
    let field = |key: &str| match tag.get(key) {
        // An explicit null takes an inherited value away.
        Some(own) => own.text(),
        None => header.get(key).and_then(Node::text),
    };
    // Neither is inherited: a header that names an address would make all tags one.
    let own = |key: &str| tag.get(key).and_then(Node::text);
    let address = own("address");
    let (raw, kind) = if address.is_some() { (address, Some("address")) } else { (own("tx_hash"), Some("tx")) };
    let currency = field("currency");
    let network = field("network").or(currency).map(values::network);
    let confidence = field("confidence");
    let missing = if !matches!(tag, Node::Map(_)) {
        Some("the tag is not a mapping".to_owned())
    } else {
        let has = [
            ("address or tx_hash", raw.is_some()),
            ("label", field("label").is_some()),
            ("source", field("source").is_some()),
            ("currency or network", network.is_some()),
        ];
        let missing: Vec<&str> = has.into_iter().filter(|(_, has)| !has).map(|(name, _)| name).collect();
        (!missing.is_empty()).then(|| format!("the tag has no {}", missing.join(", no ")))
    };
    table.text(missing.as_deref());
    for key in ["title", "creator", "uri"] {
        table.text(header.get(key).and_then(Node::text));
    }
    let identifier =
        raw.zip(kind).map(|(raw, kind)| values::identifier(network.as_deref().unwrap_or_default(), kind, raw));
    table.text(identifier.as_deref());
    table.text(kind.filter(|_| raw.is_some()));
    table.text(currency);
    table.text(network.as_deref());
    for key in ["label", "source", "category", "abuse", "actor"] {
        table.text(field(key));
    }
    table.text(joined(tag.get("concepts").or_else(|| header.get("concepts"))).as_deref());
    table.text(confidence);
    table.whole(Some(values::confidence_level(confidence)));
    table.flag(field("is_cluster_definer").and_then(values::flag));
    table.time(field("lastmod").and_then(values::time));
    table.text(raw_text(tag.get("context").or_else(|| header.get("context"))).as_deref());
}

fn write_actor(table: &mut Table, actor: &Node) {
    let field = |key: &str| actor.get(key).and_then(Node::text);
    let missing: Vec<&str> = ["id", "label"].into_iter().filter(|key| field(key).is_none()).collect();
    let missing = (!missing.is_empty()).then(|| format!("the actor has no {}", missing.join(", no ")));
    table.text(missing.as_deref());
    for key in ["id", "label", "uri"] {
        table.text(field(key));
    }
    for key in ["categories", "jurisdictions", "aliases"] {
        table.text(joined(actor.get(key)).as_deref());
    }
    table.text(raw_text(actor.get("context")).as_deref());
}

/// A list as one text; no value of these lists has a semicolon of its own.
fn joined(list: Option<&Node>) -> Option<String> {
    let texts = list?.texts();
    (!texts.is_empty()).then(|| texts.join(";"))
}

/// A scalar as it is, anything deeper as JSON.
fn raw_text(node: Option<&Node>) -> Option<String> {
    match node? {
        Node::Null => None,
        Node::Text(text) => (!text.is_empty()).then(|| text.clone()),
        other => Some(other.json().to_string()),
    }
}
