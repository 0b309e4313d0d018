//! The import runner: outside files into the lake, as `queries/import/<format>.sql` says.
//!
//! An import file holds one section for each kind of file the format consists of. `-- @file GLOB` begins a section that
//! runs once for every file whose name matches; `-- @folder GLOB` one that runs once for a whole folder. Below it,
//! plain SQL: views over `read_…($path)`, then `INSERT INTO table SELECT …` for each table the rows go to, and one into
//! `admin.quarantine` for the rows that are refused and why. `-- @counts table` names the tables that receive each read
//! row exactly once, so that rows read = stored + quarantined + duplicate can be checked, and is.
//!
//! `COPY (SELECT …) TO 'name'` hands a reader what the lake knows already: the rows go to an Arrow file that lasts as long
//! as the import, and `$name` is its path from there on. Where a table of the lake that it reads is empty there is
//! nothing to hand over, and `$name` is ''.
//!
//! A SELECT by itself is a check: where it has a row, that row's first column is what is wrong with the source and how to
//! take it all the same, and the import is refused.
//!
//! `-- @undo`, last in the file, begins `DELETE FROM table WHERE …` statements that take back what a source no longer says: the
//! blocks of a branch that lost. They run first, when a request brings values for them.
//!
//! One request is one transaction: all its files become visible together or not at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bind::Values;
use crate::derive;
use crate::error::{EngineError, Result};
use crate::lake::Lake;
use crate::library::Kind;
use crate::readers::ReaderMode;
use crate::spool::Spool;
use crate::writer::Writer;

mod copies;
mod files;
mod script;
mod undo;
mod unit;

use files::{Covered, Unit};
use script::Script;

/// What to import.
pub struct ImportRequest {
    /// The format: the stem of a file in `queries/import/`.
    pub format: String,
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Values for the format's parameters.
    pub values: Values,
    /// Values for the format's `@undo` statements, which then run first; none for an import that takes nothing back.
    pub undo: Values,
    /// What is said of the files as sources.
    pub grading: Grading,
    /// Told what is going on, for a progress bar.
    pub observer: Arc<dyn Fn(Event) + Send + Sync>,
}

/// What is said of the sources of an import beyond what their format says, as it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grading {
    /// Who supplied them first; copies of one supplier are one supplier.
    pub supplier: Option<String>,
    /// The grade, in the scheme it names.
    pub grade: Option<String>,
    /// How they may be handled.
    pub handling: Option<String>,
}

impl Grading {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Something happened during an import.
#[derive(Debug, Clone)]
pub enum Event {
    /// A file (or folder) is begun: its name, its size in bytes, its number and how many there are.
    Source {
        /// The file's path as the user gave it.
        name: String,
        /// Bytes.
        bytes: u64,
        /// From 1.
        number: usize,
        /// How many in all.
        of: usize,
    },
    /// Rows read so far of the current source.
    Read {
        /// Rows, over all relations of the source.
        rows: u64,
    },
    /// Rows are being sorted and written to a table.
    Table {
        /// The table.
        name: String,
    },
    /// A file in a folder belongs to no part of the format and was left alone.
    Ignored {
        /// The file.
        name: String,
    },
}

/// What one file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReport {
    /// The path as the user gave it.
    pub name: String,
    /// Rows (blocks, tags, entities) in the file.
    pub rows_read: u64,
    /// Rows stored.
    pub rows_stored: u64,
    /// Rows refused, with a reason each, in `admin.quarantine`.
    pub rows_quarantined: u64,
    /// Rows that were already in the lake.
    pub rows_duplicate: u64,
    /// The file itself, byte for byte, had been imported before by the same mapping.
    pub known: bool,
}

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// One entry a file, in order.
    pub sources: Vec<SourceReport>,
    /// Files of a folder that belong to no part of the format.
    pub ignored: Vec<String>,
    /// The snapshot that holds the result.
    pub snapshot_id: u64,
}

impl ImportReport {
    /// Rows refused over all files.
    pub fn rows_quarantined(&self) -> u64 {
        self.sources.iter().map(|source| source.rows_quarantined).sum()
    }
}

/// Imports files into a lake.
///
/// # Errors
/// [`EngineError`] when a file as a whole is refused, with the file and the remedy. Nothing of the request is stored.
pub async fn import(lake: &Arc<Lake>, request: &ImportRequest) -> Result<ImportReport> {
    let file = Arc::clone(lake.library().get(Kind::Import, &request.format)?);
    let script = Script::parse(&file)?;
    let observer = Arc::clone(&request.observer);
    let on_rows = Arc::new(move |rows| observer(Event::Read { rows }));
    let spool_error = |source| EngineError::Io { path: spool_place(lake), source };
    let spool = Arc::new(Spool::new(lake.options().spill_folder.as_ref(), on_rows).map_err(spool_error)?);
    let Covered { units, ignored, .. } = Covered::find(&script, &request.paths, spool.folder())?;
    for name in &ignored {
        (request.observer)(Event::Ignored { name: name.clone() });
    }
    if units.is_empty() {
        let path = request.paths.first().cloned().unwrap_or_default();
        let what = format!("no file here belongs to the format {} ({})", request.format, script.globs());
        return Err(EngineError::Import { path, what });
    }
    let mut writer = Writer::open_with_readers(lake, ReaderMode::Spooled(Arc::clone(&spool))).await?;
    let mut report = ImportReport { ignored, ..ImportReport::default() };
    if !request.undo.is_empty()
        && let Err(error) = undo::run(&mut writer, &script, &request.undo).await
    {
        let _ = writer.rollback().await;
        return Err(error);
    }
    let total = units.len();
    for (index, unit) in units.iter().enumerate() {
        (request.observer)(Event::Source {
            name: unit.shown.display().to_string(),
            bytes: unit.files.iter().map(|file| file.bytes).sum(),
            number: index + 1,
            of: total,
        });
        match unit::run(&mut writer, &spool, &script, &file, unit, request).await {
            Ok(sources) => report.sources.extend(sources),
            Err(error) => {
                // The error is what the user needs to see; a failed restore is repeated by the next writer.
                let _ = writer.rollback().await;
                return Err(located(error, unit));
            }
        }
    }
    if let Err(error) = derive::derive(&mut writer, &*request.observer).await {
        let _ = writer.rollback().await;
        return Err(error);
    }
    report.snapshot_id = writer.commit(&format!("import {}", request.format)).await?.snapshot_id;
    Ok(report)
}

/// Errors from deep inside a query do not know which file was being read.
fn located(error: EngineError, unit: &Unit) -> EngineError {
    let (text, path) = (error.to_string(), unit.path.to_string_lossy());
    if matches!(error, EngineError::Query(_)) && !text.contains(&*path) {
        return EngineError::Import { path: unit.shown.clone(), what: text };
    }
    if unit.path != unit.shown && text.contains(&*path) {
        let text = if let EngineError::Import { what, .. } = &error { what } else { &text };
        let what = text.replace(&*path, &unit.shown.to_string_lossy());
        return EngineError::Import { path: unit.shown.clone(), what };
    }
    error
}

fn spool_place(lake: &Lake) -> PathBuf {
    lake.options().spill_folder.clone().unwrap_or_else(|| Path::new("the temporary folder").to_owned())
}
