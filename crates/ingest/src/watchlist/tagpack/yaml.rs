//! YAML as a tree in which every scalar keeps its own words.
//!
//! A YAML parser wants to be helpful: `0123` becomes 123, `1e5` becomes 100000.0, `no` becomes false. Here an address, a
//! label or an id may look like any of these, so each scalar that was taken for something else is put back to its text
//! in the file.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Options, Spanned};

use crate::IngestError;

/// A value of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Null,
    Text(String),
    /// A number or a flag, by where its text lies; gone once the document is read.
    Bare {
        at: usize,
        length: usize,
    },
    List(Vec<Node>),
    /// In the order of the file. Of a key given twice the later value counts, as in PyYAML, with which packs are written.
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Self::Map(entries) => entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a scalar that is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.trim().is_empty() => Some(text.trim()),
            _ => None,
        }
    }

    /// The texts of a list, or of a scalar that stands for a list of one.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::List(items) => items.iter().filter_map(Self::text).collect(),
            other => other.text().into_iter().collect(),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Self::Null | Self::Bare { .. } => Value::Null,
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => Value::Array(items.iter().map(Self::json).collect()),
            Self::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.insert(key.clone(), value.json());
                }
                Value::Object(map)
            }
        }
    }

    fn restore(&mut self, source: &str) {
        match self {
            Self::Bare { at, length } => {
                *self =
                    source.get(*at..at.saturating_add(*length)).map_or(Self::Null, |text| Self::Text(text.to_owned()));
            }
            Self::List(items) => items.iter_mut().for_each(|item| item.restore(source)),
            Self::Map(entries) => entries.iter_mut().for_each(|(_, value)| value.restore(source)),
            Self::Null | Self::Text(_) => {}
        }
    }
}

/// Parses a document. Anchors and aliases may be used, not abused: what they expand to is budgeted.
pub(super) fn parse(path: &Path, source: &str) -> Result<Node, IngestError> {
    let Raw(mut node) = serde_saphyr::from_str_with_options(source, options()).map_err(|error| {
        let place =
            error.location().map_or(String::new(), |at| format!("line {}, column {}: ", at.line(), at.column()));
        IngestError::format(path, format!("{place}{}", error.without_snippet()))
    })?;
    node.restore(source);
    Ok(node)
}

/// A pack of 256 MiB, the most that is read, has some 40 million nodes. Packs use no anchors, so a thousand are plenty.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 100_000_000,
            max_nodes: 50_000_000,
            max_total_scalar_bytes: 256 << 20,
            max_total_comment_bytes: 256 << 20,
            max_depth: 32,
            max_documents: 1,
            max_anchors: 1_000,
            max_aliases: 10_000,
            max_merge_keys: 1_000,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 100_000,
            max_replay_stack_depth: 8,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        emit_comments: false,
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

/// A node fresh from the parser, its numbers not yet put back.
struct Raw(Node);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: Scalar(node), defined, .. } = Spanned::<Scalar>::deserialize(deserializer)?;
        let span = defined.span();
        Ok(Self(match (node, span.byte_offset(), span.byte_len()) {
            (Node::Bare { .. }, Some(at), Some(length)) => Node::Bare { at: at as usize, length: length as usize },
            (node, ..) => node,
        }))
    }
}

struct Scalar(Node);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor).map(Self)
    }
}

struct NodeVisitor;

const BARE: Node = Node::Bare { at: 0, length: 0 };

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any YAML value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(BARE)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(BARE)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(BARE)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(BARE)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(Raw(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some((key, Raw(value))) = entries.next_entry::<String, Raw>()? {
            map.push((key, value));
        }
        Ok(Node::Map(map))
    }
}
