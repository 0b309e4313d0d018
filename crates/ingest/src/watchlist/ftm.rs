//! `read_ftm`: FollowTheMoney entities, one JSON object a line, as OpenSanctions, OCCRP and ICIJ publish them.
//!
//! An entity is an id, a schema (`Person`, `Company`, `Payment`, `Ownership`, …) and properties, each a list of texts.
//! Relationships are entities too: their properties name other entities by id. The columns hold what mappings join on;
//! `properties` keeps the rest, so that what was read can be written again. Nationality is not a country here: where a
//! person may live is evidence for a link, what passport he holds is not.
//!
//! In a nested file (OpenSanctions' `targets.nested.json`) a property's value may be an entity with properties of its own.
//! It is a row too, after the one it stands in, and its id stands in its place; the same ownership or company in ten lines
//! is ten rows. A nested relationship names its far side, and under `ownershipOwner` and its like its near side is the
//! entity it stands in: where it does not say so itself, that is filled in. One without properties is a mere reference.

mod nested;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::table::{self, BATCH_ROWS, Columns, Kind, Table};
use crate::{IngestError, ReadArgs, Reader, ReaderSpec};

/// The list entry of the format.
pub(crate) const SPEC: ReaderSpec = ReaderSpec {
    name: "ftm",
    relations: &[(
        "read_ftm",
        "One row per FollowTheMoney entity of a JSON-lines file, those nested in others included.",
    )],
    usage: "path",
    schema,
    open,
};

/// A line over this is set aside unread.
const MAX_LINE: usize = 4 << 20;

const COLUMNS: Columns = &[
    ("position", Kind::Whole),
    ("byte_offset", Kind::Whole),
    ("byte_length", Kind::Whole),
    ("error", Kind::Text),
    ("entity_id", Kind::Text),
    ("schema", Kind::Text),
    ("caption", Kind::Text),
    ("names", Kind::Texts),
    ("countries", Kind::Texts),
    ("topics", Kind::Texts),
    ("addresses", Kind::Texts),
    ("datasets", Kind::Texts),
    ("referents", Kind::Texts),
    ("stated", Kind::Texts),
    ("statements", Kind::Texts),
    ("properties", Kind::Text),
    ("owner", Kind::Text),
    ("asset", Kind::Text),
    ("director", Kind::Text),
    ("organization", Kind::Text),
    ("holder", Kind::Text),
    ("account_number", Kind::Text),
    ("iban", Kind::Text),
    ("bic", Kind::Text),
    ("public_key", Kind::Text),
    ("currency", Kind::Text),
    ("bank_name", Kind::Text),
    ("birth_date", Kind::Text),
    ("incorporation_date", Kind::Text),
    ("program", Kind::Text),
    ("authority", Kind::Text),
    ("role", Kind::Text),
    ("start_date", Kind::Text),
    ("end_date", Kind::Text),
    ("payer", Kind::Text),
    ("beneficiary", Kind::Text),
    ("amount", Kind::Text),
    ("amount_eur", Kind::Text),
    ("date", Kind::Text),
    ("entity", Kind::Text),
    ("subject", Kind::Text),
    ("object", Kind::Text),
    ("person", Kind::Text),
    ("relative", Kind::Text),
    ("associate", Kind::Text),
    ("member", Kind::Text),
    ("employee", Kind::Text),
    ("employer", Kind::Text),
];

/// The properties whose first value fills the columns after `properties`, in their order. Where two are named the first
/// that has a value counts: a wallet's currency was `currencySymbol` once.
const FIRST_VALUES: &[&[&str]] = &[
    &["owner"],
    &["asset"],
    &["director"],
    &["organization"],
    &["holder"],
    &["accountNumber"],
    &["iban"],
    &["bic"],
    &["publicKey"],
    &["currency", "currencySymbol"],
    &["bankName"],
    &["birthDate"],
    &["incorporationDate"],
    &["program"],
    &["authority"],
    &["role"],
    &["startDate"],
    &["endDate"],
    &["payer"],
    &["beneficiary"],
    &["amount"],
    &["amountEur"],
    &["date"],
    &["entity"],
    &["subject"],
    &["object"],
    &["person"],
    &["relative"],
    &["associate"],
    &["member"],
    &["employee"],
    &["employer"],
];

fn schema(_args: &ReadArgs, _relation: usize) -> Result<SchemaRef, IngestError> {
    Ok(table::schema(COLUMNS))
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    let file = File::open(&args.path).map_err(|error| IngestError::io(&args.path, error))?;
    Ok(Box::new(FtmReader {
        path: args.path.clone(),
        input: BufReader::with_capacity(1 << 18, file),
        position: 0,
        offset: 0,
        table: Table::new(COLUMNS),
    }))
}

/// One entity as the file has it. What is missing is judged afterwards, so that the row can say what.
#[derive(Deserialize)]
struct Entity {
    id: Option<String>,
    schema: Option<String>,
    caption: Option<String>,
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    datasets: Vec<String>,
    #[serde(default)]
    referents: Vec<String>,
}

impl Entity {
    /// Every value of every property beside the property's name.
    fn statements(&self) -> Vec<(&str, String)> {
        let mut found = Vec::new();
        for (property, values) in &self.properties {
            let values = values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice);
            found.extend(values.iter().filter_map(text).map(|value| (property.as_str(), value)));
        }
        found
    }

    /// The values of some properties, each once, in the order of the file.
    fn values(&self, properties: &[&str]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for property in properties {
            let values = match self.properties.get(*property) {
                Some(Value::Array(values)) => values.as_slice(),
                Some(value) => std::slice::from_ref(value),
                None => &[],
            };
            for text in values.iter().filter_map(text) {
                if !found.contains(&text) {
                    found.push(text);
                }
            }
        }
        found
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Object(nested) => nested.get("id").and_then(Value::as_str).map(str::to_owned),
        Value::Null | Value::Array(_) => None,
    }
}

struct FtmReader {
    path: PathBuf,
    input: BufReader<File>,
    /// Lines and nested entities so far: the number of the line in a file that nests none.
    position: i64,
    offset: u64,
    table: Table,
}

impl Reader for FtmReader {
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        let mut line = Vec::new();
        while self.table.len() < BATCH_ROWS {
            let start = self.offset;
            let Some(length) = self.read_line(&mut line).map_err(|error| IngestError::io(&self.path, error))? else {
                break;
            };
            self.position += 1;
            let text = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| start == 0).unwrap_or(&line);
            if length > MAX_LINE as u64 {
                self.refuse(start, length, &format!("the line is {length} bytes long, over the limit of 4 MiB"));
            } else if !text.trim_ascii().is_empty() {
                match parse(text) {
                    Ok(entity) => self.unfold(start, length, entity)?,
                    Err(error) => self.refuse(start, length, &error),
                }
            }
        }
        if self.table.len() == 0 {
            return Ok(None);
        }
        Ok(Some((0, self.table.finish()?)))
    }
}

impl FtmReader {
    /// Reads a line without its end, holding no more of it than the limit; returns its true length.
    fn read_line(&mut self, line: &mut Vec<u8>) -> std::io::Result<Option<u64>> {
        line.clear();
        let mut length = 0_u64;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                self.offset += length;
                return Ok((length > 0).then(|| trimmed(line, length)));
            }
            let stop = memchr::memchr(b'\n', chunk);
            let taken = stop.unwrap_or(chunk.len());
            let room = (MAX_LINE + 1).saturating_sub(line.len());
            line.extend_from_slice(chunk.get(..taken.min(room)).unwrap_or_default());
            length += taken as u64;
            self.input.consume(taken + usize::from(stop.is_some()));
            if stop.is_some() {
                self.offset += length + 1;
                return Ok(Some(trimmed(line, length)));
            }
        }
    }

    fn refuse(&mut self, start: u64, length: u64, error: &str) {
        self.place(start, length);
        self.table.text(Some(error));
        self.table.end_row();
    }

    fn place(&mut self, start: u64, length: u64) {
        self.table.whole(Some(self.position));
        self.table.whole(Some(start as i64));
        self.table.whole(Some(length as i64));
    }

    /// Writes an entity and those nested in it.
    fn unfold(&mut self, start: u64, length: u64, entity: Entity) -> Result<(), IngestError> {
        for (index, found) in nested::unfold(entity).into_iter().enumerate() {
            self.position += i64::from(index > 0);
            match found {
                Ok(entity) => self.accept(start, length, &entity)?,
                Err(error) => self.refuse(start, length, &error),
            }
        }
        Ok(())
    }

    fn accept(&mut self, start: u64, length: u64, entity: &Entity) -> Result<(), IngestError> {
        self.place(start, length);
        let table = &mut self.table;
        let names = entity.values(&["name", "alias", "previousName"]);
        let caption = entity.caption.as_deref().filter(|caption| !caption.is_empty());
        let properties = serde_json::to_string(&entity.properties)
            .map_err(|error| IngestError::format(&self.path, format!("entry {}: {error}", self.position)))?;
        table.text(None);
        table.text(entity.id.as_deref());
        table.text(entity.schema.as_deref());
        table.text(caption.or(names.first().map(String::as_str)));
        table.texts(names.iter().map(String::as_str));
        for properties in [["country", "jurisdiction", "mainCountry"].as_slice(), &["topics"], &["address"]] {
            table.texts(entity.values(properties).iter().map(String::as_str));
        }
        table.texts(entity.datasets.iter().map(String::as_str));
        table.texts(entity.referents.iter().map(String::as_str));
        let stated = entity.statements();
        table.texts(stated.iter().map(|(property, _)| *property));
        table.texts(stated.iter().map(|(_, value)| value.as_str()));
        table.text(Some(&properties));
        for properties in FIRST_VALUES {
            table.text(entity.values(properties).first().map(String::as_str));
        }
        table.end_row();
        Ok(())
    }
}

/// Takes the `\r` of a `\r\n` off a line and its length.
fn trimmed(line: &mut Vec<u8>, length: u64) -> u64 {
    if line.len() as u64 == length && line.last() == Some(&b'\r') {
        line.pop();
        return length - 1;
    }
    length
}

fn parse(line: &[u8]) -> Result<Entity, String> {
    let entity: Entity = serde_json::from_slice(line).map_err(|error| {
        let message = error.to_string();
        let what = message.split(" at line ").next().unwrap_or_default();
        format!("not a FollowTheMoney entity: {what} at column {}", error.column())
    })?;
    complete(entity)
}

/// What is no entity without, and which of it is missing.
fn complete(entity: Entity) -> Result<Entity, String> {
    match (entity.id.as_deref(), entity.schema.as_deref()) {
        (None | Some(""), _) => Err("the entity has no id".to_owned()),
        (_, None | Some("")) => Err("the entity has no schema".to_owned()),
        _ => Ok(entity),
    }
}
