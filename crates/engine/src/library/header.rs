//! The header of a query file: a title, labelled sections, and typed parameters.
//!
//! ```text
//! -- Rapid pass-through
//! --
//! -- Finds     accounts that send on at least $share of an incoming payment within $dwell of receiving it.
//! -- Innocent  Payroll agents, card processors, escrow.
//! --           A section runs on over lines that are indented like this one.
//! --
//! -- @param dwell  INTERVAL       '6 hours'
//! -- @param share  DECIMAL(5, 4)  0.9500
//! ```

use crate::error::{EngineError, Result};

/// One `@param` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name, without `$`.
    pub name: String,
    /// The SQL type as written.
    pub sql_type: String,
    /// The default, as text without quotes.
    pub default: String,
}

/// What the comment at the top of a query file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The first line.
    pub title: String,
    /// The labelled sections, in order: `Finds`, `Matters`, `Innocent`, …
    pub sections: Vec<(String, String)>,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
}

impl Header {
    /// Parses the leading comment of `text`.
    ///
    /// # Errors
    /// [`EngineError::QueryFile`] with the line when there is no header, a parameter line is malformed, or a name is
    /// given twice.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let mut lines = text.lines().enumerate().take_while(|(_, line)| line.starts_with("--"));
        let title = match lines.next().map(|(_, line)| line.trim_start_matches('-').trim()) {
            Some(title) if !title.is_empty() => title.to_owned(),
            _ => {
                return Err(EngineError::query_file(
                    file,
                    1,
                    "a query file begins with `-- Title`, `--`, and what it finds, reads or measures",
                ));
            }
        };
        let mut header = Self { title, sections: Vec::new(), parameters: Vec::new() };
        for (index, line) in lines {
            let content = line.strip_prefix("-- ").unwrap_or(line.strip_prefix("--").unwrap_or(line));
            if let Some(rest) = content.strip_prefix("@param ") {
                let parameter = parameter(rest).ok_or_else(|| {
                    EngineError::query_file(
                        file,
                        index + 1,
                        "a parameter is written `-- @param name  TYPE  default`, with at least two blanks before and \
                         after the type",
                    )
                })?;
                if header.parameters.iter().any(|known| known.name == parameter.name) {
                    let what = format!("parameter `{}` is declared twice", parameter.name);
                    return Err(EngineError::query_file(file, index + 1, what));
                }
                header.parameters.push(parameter);
            } else if content.starts_with('@') {
                // Other directives belong to the body (an importer's `@file`), so the header ends here.
                break;
            } else if content.trim().is_empty() {
                continue;
            } else if content.starts_with(' ') {
                let Some((_, body)) = header.sections.last_mut() else { continue };
                body.push(' ');
                body.push_str(content.trim());
            } else if let Some((label, body)) = content.split_once("  ")
                && !label.contains(' ')
            {
                header.sections.push((label.to_owned(), body.trim().to_owned()));
            } else {
                // Plain prose below the title.
                match header.sections.last_mut() {
                    Some((_, body)) => {
                        body.push(' ');
                        body.push_str(content.trim());
                    }
                    None => header.sections.push((String::new(), content.trim().to_owned())),
                }
            }
        }
        if header.sections.is_empty() {
            return Err(EngineError::query_file(file, 1, "the header says nothing below its title"));
        }
        Ok(header)
    }

    /// A section's text, if the header has it.
    pub fn section(&self, label: &str) -> Option<&str> {
        self.sections.iter().find(|(known, _)| known == label).map(|(_, body)| body.as_str())
    }
}

fn parameter(rest: &str) -> Option<Parameter> {
    let (name, rest) = rest.trim().split_once(char::is_whitespace)?;
    let (sql_type, default) = rest.trim().split_once("  ")?;
    let written = default.trim();
    let default = written.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).unwrap_or(written);
    let name_is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    (name_is_plain && !written.is_empty()).then(|| Parameter {
        name: name.to_owned(),
        sql_type: sql_type.trim().to_owned(),
        default: default.replace("''", "'"),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    const EXAMPLE: &str = "-- Rapid pass-through\n--\n-- Finds     accounts that send on\n--           within $dwell.\n\
        -- Innocent  Payroll agents.\n--\n-- @param dwell  INTERVAL       '6 hours'\n\
        -- @param share  DECIMAL(5, 4)  0.9500\n\nSELECT 1";

    #[test]
    fn reads_title_sections_and_parameters() {
        let header = Header::parse("typologies/x.sql", EXAMPLE).unwrap();
        assert_eq!(header.title, "Rapid pass-through");
        assert_eq!(header.section("Finds"), Some("accounts that send on within $dwell."));
        assert_eq!(header.parameters[0].default, "6 hours");
        assert_eq!(header.parameters[1].sql_type, "DECIMAL(5, 4)");
    }

    #[test]
    fn refuses_a_file_without_a_header() {
        let error = Header::parse("typologies/x.sql", "SELECT 1").unwrap_err().to_string();
        assert!(error.starts_with("typologies/x.sql:1: a query file begins with"), "{error}");
    }

    #[test]
    fn refuses_a_malformed_or_repeated_parameter() {
        for (text, line) in [
            ("-- T\n-- Finds     x.\n-- @param dwell INTERVAL\n", 3),
            ("-- T\n-- Finds     x.\n-- @param a  BIGINT  1\n-- @param a  BIGINT  2\n", 4),
        ] {
            let error = Header::parse("typologies/x.sql", text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("typologies/x.sql:{line}:")), "{error}");
        }
    }
}
