//! Which files a request covers, which section each belongs to, and what each one is: its size and its SHA-256.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::script::Script;
use crate::error::{EngineError, Result};

/// One file of a unit.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// The path.
    pub(super) path: PathBuf,
    /// The name by which the reader's `file` column calls it.
    pub(super) name: String,
    /// Its size.
    pub(super) bytes: u64,
}

/// What one run of a section covers: a file, or a folder of files.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// Handed to the reader.
    pub(super) path: PathBuf,
    /// The section.
    pub(super) section: usize,
    /// The files, by name.
    pub(super) files: Vec<SourceFile>,
}

/// The units of a request in the order they run, and the files that belong to no section.
pub(super) fn units(script: &Script, paths: &[PathBuf]) -> Result<(Vec<Unit>, Vec<String>)> {
    let (mut units, mut ignored) = (Vec::new(), Vec::new());
    for path in paths {
        let metadata = std::fs::metadata(path).map_err(|source| EngineError::Io { path: path.clone(), source })?;
        if metadata.is_file() {
            // A file the user names outright is read as the format's first kind of file when its name fits none.
            let section = script.section_of(&file_name(path)).unwrap_or(0);
            units.push(Unit { path: path.clone(), section, files: vec![source_file(path)?] });
            continue;
        }
        let mut found = Vec::new();
        walk(path, &mut found)?;
        let mut folders: Vec<Unit> = Vec::new();
        for file in found {
            match script.section_of(&file_name(&file)) {
                None => ignored.push(file.display().to_string()),
                Some(section) if script.sections[section].folder => {
                    let parent = file.parent().unwrap_or(path).to_owned();
                    let source = source_file(&file)?;
                    match folders.iter_mut().find(|unit| unit.path == parent && unit.section == section) {
                        Some(unit) => unit.files.push(source),
                        None => folders.push(Unit { path: parent, section, files: vec![source] }),
                    }
                }
                Some(section) => units.push(Unit { path: file.clone(), section, files: vec![source_file(&file)?] }),
            }
        }
        units.extend(folders);
    }
    // Sections run in the order the format lists them, so that a later file may join what an earlier one brought.
    units.sort_by(|a, b| (a.section, &a.path).cmp(&(b.section, &b.path)));
    Ok((units, ignored))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn source_file(path: &Path) -> Result<SourceFile> {
    let metadata = std::fs::metadata(path).map_err(|source| EngineError::Io { path: path.to_owned(), source })?;
    Ok(SourceFile { path: path.to_owned(), name: file_name(path), bytes: metadata.len() })
}

/// Every file below a folder, in the order of its path. Hidden files and folders are left alone.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let io = |source| EngineError::Io { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(io)?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>().map_err(io)?;
    paths.sort();
    for path in paths {
        if file_name(&path).starts_with('.') {
            continue;
        }
        if path.is_dir() {
            walk(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// The SHA-256 of a file, in hexadecimal.
pub(super) fn sha256(path: &Path) -> Result<String> {
    let io = |source| EngineError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(io)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(io)?;
        if read == 0 {
            return Ok(hex::encode(digest.finalize()));
        }
        digest.update(&buffer[..read]);
    }
}
