//! An import file, cut into its sections.

use crate::error::{EngineError, Result};
use crate::library::QueryFile;

/// One `@file` or `@folder` section.
#[derive(Debug, Clone)]
pub(super) struct Section {
    /// Globs for the names of its files.
    pub(super) globs: Vec<glob::Pattern>,
    /// Whether it runs once for a folder instead of once for a file.
    pub(super) folder: bool,
    /// The tables that receive each read row exactly once.
    pub(super) counts: Vec<String>,
    /// Its SQL.
    pub(super) sql: String,
    /// The line of the file at which the SQL begins.
    pub(super) line: usize,
}

/// A whole import file.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) path: String,
    pub(super) sections: Vec<Section>,
    /// The SQL that takes rows back, where the format has it.
    pub(super) undo: Option<String>,
}

impl Script {
    pub(super) fn parse(file: &QueryFile) -> Result<Self> {
        let path = file.path();
        let mut sections: Vec<Section> = Vec::new();
        let mut undo: Option<String> = None;
        for (index, line) in file.text.lines().enumerate() {
            let number = index + 1;
            let refuse = |what: String| EngineError::query_file(&path, number, what);
            let directive = line.strip_prefix("-- @").unwrap_or_default();
            let (word, rest) = directive.split_once(' ').unwrap_or((directive, ""));
            match word {
                "file" | "folder" => {
                    let globs = rest
                        .split(',')
                        .map(|glob| {
                            glob::Pattern::new(glob.trim()).map_err(|error| refuse(format!("`{glob}`: {error}")))
                        })
                        .collect::<Result<Vec<_>>>()?;
                    let folder = word == "folder";
                    sections.push(Section { globs, folder, counts: Vec::new(), sql: String::new(), line: number });
                }
                "counts" => match sections.last_mut() {
                    Some(section) => section.counts = rest.split(',').map(|name| name.trim().to_owned()).collect(),
                    None => return Err(refuse("`@counts` stands below the `@file` it belongs to".to_owned())),
                },
                "undo" => undo = Some(String::new()),
                _ => {
                    if let Some(sql) = undo.as_mut().or(sections.last_mut().map(|section| &mut section.sql)) {
                        sql.push_str(line);
                        sql.push('\n');
                    }
                }
            }
        }
        if sections.is_empty() {
            return Err(EngineError::query_file(&path, 1, "an import file has a `-- @file GLOB` section"));
        }
        if let Some(section) = sections.iter().find(|section| section.counts.is_empty()) {
            let what = "the section does not say with `-- @counts` which table takes each row";
            return Err(EngineError::query_file(&path, section.line, what));
        }
        Ok(Self { path, sections, undo })
    }

    /// All globs, for messages.
    pub(super) fn globs(&self) -> String {
        let names = self.sections.iter().flat_map(|section| section.globs.iter().map(|glob| glob.as_str().to_owned()));
        names.collect::<Vec<_>>().join(", ")
    }

    /// The section a file name belongs to.
    pub(super) fn section_of(&self, name: &str) -> Option<usize> {
        let options = glob::MatchOptions { case_sensitive: false, ..glob::MatchOptions::new() };
        self.sections.iter().position(|section| section.globs.iter().any(|glob| glob.matches_with(name, options)))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;
    use crate::library::Kind;

    fn script(body: &str) -> Result<Script> {
        let text = format!("-- T\n--\n-- Reads     x.\n\n{body}");
        Script::parse(&QueryFile::parse(Kind::Import, "x", &text).unwrap())
    }

    #[test]
    fn cuts_a_file_into_sections() {
        let script = script("-- @file a.csv\n-- @counts flow.transfers\nSELECT 1;\n-- @folder blk*.dat\n-- @counts btc.blocks\nSELECT 2;").unwrap();
        assert_eq!(script.sections.len(), 2);
        assert_eq!(script.sections[0].sql.trim(), "SELECT 1;");
        assert!(script.sections[1].folder);
        assert_eq!(script.section_of("A.CSV"), Some(0));
        assert_eq!(script.section_of("other"), None);
    }

    #[test]
    fn a_section_must_say_what_it_counts() {
        let error = script("-- @file a.csv\nSELECT 1;").unwrap_err().to_string();
        assert!(error.starts_with("import/x.sql:5:") && error.contains("@counts"), "{error}");
    }
}
