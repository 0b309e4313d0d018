//! A query file read as a typology: the header held against what every typology must say.

use std::sync::Arc;

use headwater_engine::{Bindings, Kind, Library, QueryFile, Values};

use crate::error::{DetectError, Result};

/// The sections a typology's header must have, in the order in which they are asked for.
pub const SECTIONS: [&str; 12] = [
    "Id", "Version", "Family", "Rails", "Areas", "Finds", "Matters", "Innocent", "Misses", "Cost", "Returns", "Source",
];

/// The families of `reference/typologies.md`.
pub const FAMILIES: [&str; 9] =
    ["placement", "passthrough", "layering", "corporate", "obfuscation", "parallel", "predicate", "exposure", "link"];

/// Rows a typology cannot do without: one of these tables, or columns of them, must hold something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// (`schema.table`, column that must not be NULL everywhere).
    pub any_of: Vec<(String, Option<String>)>,
}

/// A typology that is ready to be bound and run.
#[derive(Debug, Clone)]
pub struct Typology {
    /// `T01`.
    pub id: String,
    /// `1.0`: goes into the id of every finding.
    pub version: String,
    /// `placement`, `passthrough`, …
    pub family: String,
    /// The rails it looks at: letters of B (bank), U (UTXO chain), E (account chain), or X for all.
    pub rails: String,
    /// Hints at areas of crime.
    pub areas: Vec<String>,
    /// What must be there for it to say anything.
    pub requires: Vec<Requirement>,
    /// The file.
    pub file: Arc<QueryFile>,
}

impl Typology {
    /// Reads the header of a file and checks it.
    ///
    /// # Errors
    /// [`DetectError::Typology`] with file and line for a section that is missing or malformed, and
    /// [`DetectError::Engine`] for a parameter whose default is not of its type.
    pub fn load(file: &Arc<QueryFile>) -> Result<Self> {
        for label in SECTIONS {
            if file.header.section(label).is_none_or(str::is_empty) {
                let what =
                    format!("the header has no `{label}`; a typology says, one line each: {}", SECTIONS.join(", "));
                return Err(refuse(file, None, what));
            }
        }
        Bindings::for_file(file, &Values::new())?;
        let text = |label: &str| file.header.section(label).unwrap_or_default().to_owned();
        let id = text("Id");
        let digits = id.strip_prefix('T').unwrap_or_default();
        if digits.len() != 2 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refuse(file, Some("Id"), format!("`{id}` is not an id such as T01")));
        }
        let version = text("Version");
        if !version.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(refuse(file, Some("Version"), format!("`{version}` is not a version such as 1.0")));
        }
        let family = text("Family");
        if !FAMILIES.contains(&family.as_str()) {
            let what = format!("`{family}` is not a family; they are: {}", FAMILIES.join(", "));
            return Err(refuse(file, Some("Family"), what));
        }
        let rails = text("Rails");
        if !rails.split([',', ' ']).filter(|rail| !rail.is_empty()).all(|rail| matches!(rail, "B" | "U" | "E" | "X")) {
            let what = format!("`{rails}` are not rails; write B, U, E, or X for all");
            return Err(refuse(file, Some("Rails"), what));
        }
        let requires = file.header.section("Requires").map_or(Ok(Vec::new()), |text| requirements(file, text))?;
        let areas = text("Areas").split(',').map(|area| area.trim().to_owned()).collect();
        Ok(Self { id, version, family, rails, areas, requires, file: Arc::clone(file) })
    }

    /// The name by which it is called: the stem of its file.
    pub fn stem(&self) -> &str {
        &self.file.stem
    }

    /// Whether it looks at transfers of this ledger.
    pub fn covers(&self, ledger: &str) -> bool {
        let all = self.rails.contains('X');
        let bank = ledger == "bank";
        all || (bank && self.rails.contains('B')) || (!bank && (self.rails.contains('U') || self.rails.contains('E')))
    }
}

/// The typologies of a library that are named, or all; in the order of their ids. A file whose header is refused comes
/// back as its stem and the error, because it must not keep the others from running.
///
/// # Errors
/// [`DetectError::Engine`] for a name that no file has.
#[expect(clippy::result_large_err, reason = "one error a file of the library, made once a run")]
pub fn typologies(
    library: &Library,
    names: &[String],
) -> Result<Vec<std::result::Result<Typology, (String, DetectError)>>> {
    let files: Vec<&Arc<QueryFile>> = if names.is_empty() {
        library.all(Kind::Typology).collect()
    } else {
        names.iter().map(|name| library.get(Kind::Typology, name)).collect::<Result<_, _>>()?
    };
    let mut loaded: Vec<_> =
        files.into_iter().map(|file| Typology::load(file).map_err(|error| (file.stem.clone(), error))).collect();
    let key = |entry: &std::result::Result<Typology, (String, DetectError)>| match entry {
        Ok(typology) => (typology.id.clone(), typology.file.stem.clone()),
        Err((stem, _)) => (String::new(), stem.clone()),
    };
    loaded.sort_by_key(key);
    loaded.dedup_by_key(|entry| key(entry));
    Ok(loaded)
}

/// `intel.identifiers or intel.tags, flow.accounts.bank_country`: each part must hold, one alternative of a part is enough.
fn requirements(file: &QueryFile, text: &str) -> Result<Vec<Requirement>> {
    let mut requires = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let mut any_of = Vec::new();
        for name in part.split(" or ").map(str::trim) {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let words: Vec<&str> = name.split('.').collect();
            if !words.iter().all(|word| !word.is_empty() && word.chars().all(plain)) {
                let what =
                    format!("`{name}` is not a table such as flow.holders or a column such as flow.holders.country");
                return Err(refuse(file, Some("Requires"), what));
            }
            match words.as_slice() {
                [schema, table] => any_of.push((format!("{schema}.{table}"), None)),
                [schema, table, column] => any_of.push((format!("{schema}.{table}"), Some((*column).to_owned()))),
                _ => {
                    let what = format!("`{name}` is not written schema.table or schema.table.column");
                    return Err(refuse(file, Some("Requires"), what));
                }
            }
        }
        requires.push(Requirement { any_of });
    }
    Ok(requires)
}

fn refuse(file: &QueryFile, label: Option<&str>, what: String) -> DetectError {
    let begins =
        |line: &str| label.is_some_and(|label| line.strip_prefix("-- ").is_some_and(|rest| rest.starts_with(label)));
    let line = file.text.lines().position(begins).map_or(1, |index| index + 1);
    DetectError::Typology { file: file.path(), line, what }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    const HEADER: &str = "-- Title\n--\n-- Id        T01\n-- Version   1.0\n-- Family    placement\n-- Rails     X\n\
        -- Areas     any, tax\n-- Finds     a.\n-- Matters   b.\n-- Innocent  c.\n-- Misses    d.\n-- Cost      e.\n\
        -- Returns   f.\n-- Source    g.\n-- Requires  intel.tags or intel.names, flow.accounts.bank_country\n\nSELECT 1";

    fn load(text: &str) -> Result<Typology> {
        Typology::load(&Arc::new(QueryFile::parse(Kind::Typology, "x", text).unwrap()))
    }

    #[test]
    fn reads_a_header() {
        let typology = load(HEADER).unwrap();
        assert_eq!((typology.id.as_str(), typology.family.as_str()), ("T01", "placement"));
        assert_eq!(typology.areas, ["any", "tax"]);
        assert_eq!(typology.requires[0].any_of, [("intel.tags".to_owned(), None), ("intel.names".to_owned(), None)]);
        assert_eq!(typology.requires[1].any_of, [("flow.accounts".to_owned(), Some("bank_country".to_owned()))]);
        assert!(typology.covers("bank") && typology.covers("bip122:abc"));
    }

    #[test]
    fn refuses_with_file_and_line() {
        for (from, to, part) in [
            ("-- Misses    d.\n", "", "typologies/x.sql:1: the header has no `Misses`"),
            ("T01", "structuring", "typologies/x.sql:3: `structuring` is not an id such as T01"),
            ("1.0", "one", "typologies/x.sql:4: `one` is not a version"),
            ("placement", "theft", "typologies/x.sql:5: `theft` is not a family"),
            ("Rails     X", "Rails     Q", "typologies/x.sql:6: `Q` are not rails"),
            ("intel.tags or", "tags or", "typologies/x.sql:15: `tags` is not written schema.table"),
        ] {
            let error = load(&HEADER.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.starts_with(part), "{error}");
        }
    }
}
