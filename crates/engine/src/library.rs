//! The library of query files: the knowledge that the engine runs.
//!
//! Everything Headwater knows about formats, typologies, links and indicators is a `.sql` file with a header. This
//! module reads the headers, refuses a file without one, and finds a file by kind and stem. Where the files come from
//! is the caller's business: the binary embeds `queries/`, a user adds a folder, a test reads the working tree.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::{EngineError, Result};

mod header;

pub use header::{Header, Parameter};

/// What a query file is for: the folder it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `schema/`: tables of the lake.
    Schema,
    /// `views/`: a question asked so often that it has a name; read like a table.
    View,
    /// `macros/`: a question with arguments, used in FROM like a table.
    Macro,
    /// `import/`: which rows of an outside format go to which table, and which are refused and why.
    Import,
    /// `derive/`: a table whose rows follow from other tables.
    Derive,
    /// `typologies/`: a laundering pattern; returns the finding shape.
    Typology,
    /// `links/`: ties findings to known entities.
    Link,
    /// `indicators/`: one indicator of an assessment profile.
    Indicator,
    /// `products/`: the rows of one table of a product.
    Product,
}

impl Kind {
    /// Every kind, in the order of the way of the data.
    pub const ALL: [Self; 9] = [
        Self::Schema,
        Self::View,
        Self::Macro,
        Self::Import,
        Self::Derive,
        Self::Typology,
        Self::Link,
        Self::Indicator,
        Self::Product,
    ];

    /// The folder under `queries/`.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::View => "views",
            Self::Macro => "macros",
            Self::Import => "import",
            Self::Derive => "derive",
            Self::Typology => "typologies",
            Self::Link => "links",
            Self::Indicator => "indicators",
            Self::Product => "products",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.folder())
    }
}

/// One `.sql` file with its parsed header.
#[derive(Debug, Clone)]
pub struct QueryFile {
    /// What it is for.
    pub kind: Kind,
    /// The file name without `.sql`: the name by which it is called.
    pub stem: String,
    /// The whole text.
    pub text: String,
    /// What the header says.
    pub header: Header,
}

impl QueryFile {
    /// Parses a file.
    ///
    /// # Errors
    /// [`EngineError::QueryFile`] when the header is missing or malformed.
    pub fn parse(kind: Kind, stem: &str, text: &str) -> Result<Self> {
        let header = Header::parse(&format!("{kind}/{stem}.sql"), text)?;
        Ok(Self { kind, stem: stem.to_owned(), text: text.to_owned(), header })
    }

    /// The path relative to `queries/`.
    pub fn path(&self) -> String {
        format!("{}/{}.sql", self.kind, self.stem)
    }

    /// The first 16 hexadecimal digits of the SHA-256 of the text: what a finding records of the query it came from.
    pub fn hash(&self) -> String {
        let digest = Sha256::digest(self.text.as_bytes());
        hex::encode(&digest[..8])
    }
}

/// All query files and profiles, found by kind and stem.
#[derive(Debug, Clone, Default)]
pub struct Library {
    files: BTreeMap<(Kind, String), Arc<QueryFile>>,
    profiles: BTreeMap<String, String>,
}

impl Library {
    /// Builds a library from (path relative to `queries/`, text) pairs. A later file replaces an earlier one of the
    /// same kind and stem. Files that are neither `.sql` in a known folder nor `.toml` in `profiles/` are ignored.
    ///
    /// # Errors
    /// [`EngineError::QueryFile`] for the first file whose header does not parse.
    pub fn from_files<P, T>(files: impl IntoIterator<Item = (P, T)>) -> Result<Self>
    where
        P: AsRef<str>,
        T: AsRef<str>,
    {
        let mut library = Self::default();
        for (path, text) in files {
            library.add(path.as_ref(), text.as_ref())?;
        }
        Ok(library)
    }

    /// Adds every query file under `folder` (laid out like `queries/`), replacing files of the same kind and stem.
    ///
    /// # Errors
    /// [`EngineError::Io`] when the folder cannot be read, [`EngineError::QueryFile`] for a malformed file.
    pub fn add_folder(&mut self, folder: &Path) -> Result<()> {
        let io = |path: &Path, source| EngineError::Io { path: path.to_owned(), source };
        let subfolders = Kind::ALL.iter().map(|kind| kind.folder()).chain(["profiles"]);
        std::fs::read_dir(folder).map_err(|source| io(folder, source))?;
        for name in subfolders {
            let subfolder = folder.join(name);
            let Ok(entries) = std::fs::read_dir(&subfolder) else { continue };
            let mut paths = entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<std::io::Result<Vec<_>>>()
                .map_err(|source| io(&subfolder, source))?;
            paths.sort();
            for path in paths {
                let Some(file) = path.file_name().and_then(|file| file.to_str()) else { continue };
                if !path.is_file() {
                    continue;
                }
                let text = std::fs::read_to_string(&path).map_err(|source| io(&path, source))?;
                self.add(&format!("{name}/{file}"), &text)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &str, text: &str) -> Result<()> {
        let Some((folder, file)) = path.split_once('/') else { return Ok(()) };
        if folder == "profiles" {
            if let Some(stem) = file.strip_suffix(".toml") {
                self.profiles.insert(stem.to_owned(), text.to_owned());
            }
            return Ok(());
        }
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.folder() == folder) else { return Ok(()) };
        let Some(stem) = file.strip_suffix(".sql") else { return Ok(()) };
        let parsed = QueryFile::parse(kind, stem, text)?;
        self.files.insert((kind, stem.to_owned()), Arc::new(parsed));
        Ok(())
    }

    /// All files of a kind, by stem.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Arc<QueryFile>> {
        self.files.iter().filter(move |((k, _), _)| *k == kind).map(|(_, file)| file)
    }

    /// One file.
    ///
    /// # Errors
    /// [`EngineError::Usage`] that names the nearest existing stem.
    pub fn get(&self, kind: Kind, stem: &str) -> Result<&Arc<QueryFile>> {
        self.files.get(&(kind, stem.to_owned())).ok_or_else(|| {
            let hint = crate::nearest::nearest(stem, self.all(kind).map(|file| file.stem.as_str()));
            let known = self.all(kind).map(|file| file.stem.as_str()).collect::<Vec<_>>().join(", ");
            match hint {
                Some(name) => EngineError::Usage(format!("no {kind} file `{stem}`; did you mean `{name}`?")),
                None => EngineError::Usage(format!("no {kind} file `{stem}`; there are: {known}")),
            }
        })
    }

    /// The text of a profile.
    ///
    /// # Errors
    /// [`EngineError::Usage`] that lists the profiles there are.
    pub fn profile(&self, stem: &str) -> Result<&str> {
        self.profiles.get(stem).map(String::as_str).ok_or_else(|| {
            let known = self.profiles.keys().cloned().collect::<Vec<_>>().join(", ");
            EngineError::Usage(format!("no profile `{stem}`; there are: {known}"))
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_later_file_replaces_an_earlier_one_of_the_same_stem() {
        let header = "-- Title\n--\n-- Finds     nothing.\n\nSELECT";
        let library = Library::from_files([
            ("typologies/a.sql", format!("{header} 1")),
            ("typologies/a.sql", format!("{header} 2")),
            ("README.md", "no header here".to_owned()),
        ])
        .unwrap();
        assert_eq!(library.all(Kind::Typology).count(), 1);
        assert!(library.get(Kind::Typology, "a").unwrap().text.ends_with('2'));
    }

    #[test]
    fn an_unknown_stem_names_the_nearest() {
        let library = Library::from_files([("import/ibm_aml.sql", "-- T\n--\n-- Reads     x.\n\nSELECT 1")]).unwrap();
        let message = library.get(Kind::Import, "ibmaml").unwrap_err().to_string();
        assert_eq!(message, "no import file `ibmaml`; did you mean `ibm_aml`?");
    }
}
