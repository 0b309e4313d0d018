//! Which files a request covers, which section each belongs to, and what each one is: its size and its SHA-256.
//!
//! An archive stands for the files in it. It is unpacked to a folder that lasts as long as the import does; to the user
//! its members are called `archive.tgz/member`.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use headwater_ingest::archive;
use sha2::{Digest, Sha256};

use super::script::Script;
use crate::error::{EngineError, Result};

/// One file of a unit.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// The path.
    pub(super) path: PathBuf,
    /// The path as the user knows it.
    pub(super) shown: String,
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
    /// The path as the user knows it.
    pub(super) shown: PathBuf,
    /// The section.
    pub(super) section: usize,
    /// Whether the user named a file outright that is not called like any the format reads.
    pub(super) unlike: bool,
    /// The files, by name.
    pub(super) files: Vec<SourceFile>,
}

/// What a request covers.
#[derive(Debug, Default)]
pub(super) struct Covered {
    /// In the order they run.
    pub(super) units: Vec<Unit>,
    /// Files of folders and archives that belong to no section.
    pub(super) ignored: Vec<String>,
    unpacked: Vec<Unpacked>,
}

/// Where an archive lies unpacked.
#[derive(Debug)]
struct Unpacked {
    archive: PathBuf,
    folder: PathBuf,
}

impl Covered {
    /// The units of a request. Archives are unpacked into `scratch`.
    pub(super) fn find(script: &Script, paths: &[PathBuf], scratch: &Path) -> Result<Self> {
        let mut covered = Self::default();
        for path in paths {
            let metadata = std::fs::metadata(path).map_err(|source| EngineError::Io { path: path.clone(), source })?;
            if metadata.is_dir() {
                covered.add_folder(script, path, scratch)?;
            } else if archive::is_archive(path) {
                covered.add_archive(script, path, scratch)?;
            } else {
                // A file the user names outright is read as the format's first kind of file when its name fits none.
                let section = script.section_of(&file_name(path));
                covered.add_file(path, section.unwrap_or(0), section.is_none())?;
            }
        }
        // Sections run in the order the format lists them, so that a later file may join what an earlier one brought.
        covered.units.sort_by(|a, b| (a.section, &a.path).cmp(&(b.section, &b.path)));
        Ok(covered)
    }

    fn add_file(&mut self, path: &Path, section: usize, unlike: bool) -> Result<()> {
        let (files, shown) = (vec![self.source_file(path)?], self.shown(path));
        self.units.push(Unit { path: path.to_owned(), shown, section, unlike, files });
        Ok(())
    }

    fn add_folder(&mut self, script: &Script, folder: &Path, scratch: &Path) -> Result<()> {
        let mut found = Vec::new();
        walk(folder, &mut found)?;
        let mut folders: Vec<Unit> = Vec::new();
        for file in found {
            match script.section_of(&file_name(&file)) {
                None if archive::is_archive(&file) => self.add_archive(script, &file, scratch)?,
                None => self.ignored.push(self.shown(&file).display().to_string()),
                Some(section) if script.sections[section].folder => {
                    let parent = file.parent().unwrap_or(folder).to_owned();
                    let source = self.source_file(&file)?;
                    if let Some(unit) = folders.iter_mut().find(|unit| unit.path == parent && unit.section == section) {
                        unit.files.push(source);
                    } else {
                        let shown = self.shown(&parent);
                        folders.push(Unit { path: parent, shown, section, unlike: false, files: vec![source] });
                    }
                }
                Some(section) => self.add_file(&file, section, false)?,
            }
        }
        self.units.extend(folders);
        Ok(())
    }

    fn add_archive(&mut self, script: &Script, path: &Path, scratch: &Path) -> Result<()> {
        let folder = scratch.join(format!("archive-{}", self.unpacked.len()));
        archive::unpack(path, &folder)?;
        self.unpacked.push(Unpacked { archive: path.to_owned(), folder: folder.clone() });
        if folder.exists() { self.add_folder(script, &folder, scratch) } else { Ok(()) }
    }

    fn source_file(&self, path: &Path) -> Result<SourceFile> {
        let metadata = std::fs::metadata(path).map_err(|source| EngineError::Io { path: path.to_owned(), source })?;
        let shown = self.shown(path).display().to_string();
        Ok(SourceFile { path: path.to_owned(), shown, name: file_name(path), bytes: metadata.len() })
    }

    fn shown(&self, path: &Path) -> PathBuf {
        let inside =
            self.unpacked.iter().find_map(|place| Some(place.archive.join(path.strip_prefix(&place.folder).ok()?)));
        inside.unwrap_or_else(|| path.to_owned())
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
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
