//! One entry of the list, gathered while its elements go by.

use super::super::table::{Columns, Kind, Table};

pub(super) const COLUMNS: Columns = &[
    ("position", Kind::Whole),
    ("byte_offset", Kind::Whole),
    ("byte_length", Kind::Whole),
    ("error", Kind::Text),
    ("uid", Kind::Text),
    ("sdn_type", Kind::Text),
    ("name", Kind::Text),
    ("title", Kind::Text),
    ("programs", Kind::Texts),
    ("remarks", Kind::Text),
    ("akas", Kind::Texts),
    ("addresses", Kind::Texts),
    ("countries", Kind::Texts),
    ("nationalities", Kind::Texts),
    ("birth_dates", Kind::Texts),
    ("id_kinds", Kind::Texts),
    ("id_numbers", Kind::Texts),
    ("id_countries", Kind::Texts),
];

/// A name in two parts: `firstName lastName`, as the entry itself and each of its akas has it.
#[derive(Debug, Default)]
struct Name {
    first: String,
    last: String,
}

impl Name {
    fn whole(&self) -> String {
        format!("{} {}", self.first, self.last).trim().to_owned()
    }
}

/// An id; the three lists of the row stay parallel because every id adds to each, if only an empty text.
#[derive(Debug, Default)]
struct Id {
    kind: String,
    number: String,
    country: String,
}

#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) offset: u64,
    /// How much text has been kept.
    pub(super) size: usize,
    text: String,
    uid: String,
    kind: String,
    name: Name,
    title: String,
    remarks: String,
    programs: Vec<String>,
    akas: Vec<Name>,
    ids: Vec<Id>,
    /// Street, city, province, post code and country, as far as the list has them.
    addresses: Vec<Vec<String>>,
    countries: Vec<String>,
    nationalities: Vec<String>,
    birth_dates: Vec<String>,
}

impl Entry {
    pub(super) fn new(offset: u64) -> Self {
        Self { offset, ..Self::default() }
    }

    pub(super) fn add(&mut self, text: &str) {
        self.size += text.len();
        self.text.push_str(text);
    }

    /// An element opens; `path` is its place below the entry.
    pub(super) fn open(&mut self, path: &[String]) {
        self.text.clear();
        self.size += 8;
        match names(path).as_slice() {
            ["akaList", "aka"] => self.akas.push(Name::default()),
            ["idList", "id"] => self.ids.push(Id::default()),
            ["addressList", "address"] => self.addresses.push(Vec::new()),
            _ => {}
        }
    }

    /// An element closes, and what text stood in it is known.
    pub(super) fn close(&mut self, path: &[String]) {
        let text = std::mem::take(&mut self.text).trim().to_owned();
        if text.is_empty() {
            return;
        }
        let path = names(path);
        let target = match path.as_slice() {
            ["uid"] => &mut self.uid,
            ["sdnType"] => &mut self.kind,
            ["firstName"] => &mut self.name.first,
            ["lastName"] => &mut self.name.last,
            ["title"] => &mut self.title,
            ["remarks"] => &mut self.remarks,
            ["programList", "program"] => return self.programs.push(text),
            ["addressList", "address", part] if *part != "uid" => {
                if let Some(address) = self.addresses.last_mut() {
                    address.push(text.clone());
                }
                if *part == "country" {
                    once(&mut self.countries, text);
                }
                return;
            }
            ["nationalityList", "nationality", "country"] => return once(&mut self.nationalities, text),
            ["dateOfBirthList", "dateOfBirthItem", "dateOfBirth"] => return self.birth_dates.push(text),
            ["akaList", "aka", part] => match (*part, self.akas.last_mut()) {
                ("firstName", Some(aka)) => &mut aka.first,
                ("lastName", Some(aka)) => &mut aka.last,
                _ => return,
            },
            ["idList", "id", part] => match (*part, self.ids.last_mut()) {
                ("idType", Some(id)) => &mut id.kind,
                ("idNumber", Some(id)) => &mut id.number,
                ("idCountry", Some(id)) => &mut id.country,
                _ => return,
            },
            _ => return,
        };
        *target = text;
    }

    pub(super) fn write(&self, position: i64, length: u64, table: &mut Table) {
        let name = self.name.whole();
        let error = match (self.uid.is_empty(), name.is_empty()) {
            (true, _) => Some("the entry has no uid"),
            (_, true) => Some("the entry has no name"),
            _ => None,
        };
        table.whole(Some(position));
        table.whole(Some(self.offset as i64));
        table.whole(Some(length as i64));
        table.text(error);
        for text in [&self.uid, &self.kind, &name, &self.title] {
            table.text(known(text));
        }
        table.texts(self.programs.iter().map(String::as_str));
        table.text(known(&self.remarks));
        let akas: Vec<String> = self.akas.iter().map(Name::whole).filter(|aka| !aka.is_empty()).collect();
        table.texts(akas.iter().map(String::as_str));
        let addresses: Vec<String> =
            self.addresses.iter().filter(|parts| parts.len() > 1).map(|parts| parts.join(", ")).collect();
        table.texts(addresses.iter().map(String::as_str));
        for texts in [&self.countries, &self.nationalities, &self.birth_dates] {
            table.texts(texts.iter().map(String::as_str));
        }
        table.texts(self.ids.iter().map(|id| id.kind.as_str()));
        table.texts(self.ids.iter().map(|id| id.number.as_str()));
        table.texts(self.ids.iter().map(|id| id.country.as_str()));
        table.end_row();
    }
}

fn names(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

fn known(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn once(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
