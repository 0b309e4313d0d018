//! The bytes of one block file, with Bitcoin Core's XOR key taken off, read at any offset.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::IngestError;

/// Since version 28 Bitcoin Core XORs byte *i* of its block files with byte *i* mod 8 of `xor.dat`.
pub(super) type Key = [u8; 8];

/// A file that may be opened any number of times.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// The name in the `file` column.
    pub(super) name: Arc<str>,
    pub(super) path: PathBuf,
    pub(super) length: u64,
    /// The key, or zeros for a plain file.
    pub(super) key: Key,
    /// The bytes themselves, where there is no file.
    memory: Option<Arc<[u8]>>,
}

impl SourceFile {
    pub(super) fn on_disk(path: &Path, key: Key) -> Result<Self, IngestError> {
        let length = std::fs::metadata(path).map_err(|error| IngestError::io(path, error))?.len();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Ok(Self { name: name.into(), path: path.to_owned(), length, key, memory: None })
    }

    pub(super) fn in_memory(name: &str, bytes: &[u8]) -> Self {
        let length = bytes.len() as u64;
        Self { name: name.into(), path: name.into(), length, key: Key::default(), memory: Some(bytes.into()) }
    }

    pub(super) fn open(&self) -> Result<Source, IngestError> {
        let bytes = match &self.memory {
            Some(bytes) => Bytes::Memory(Arc::clone(bytes)),
            None => Bytes::File(File::open(&self.path).map_err(|error| self.error(error))?),
        };
        Ok(Source { bytes, key: self.key })
    }

    pub(super) fn error(&self, error: io::Error) -> IngestError {
        IngestError::io(&self.path, error)
    }
}

/// An open file.
#[derive(Debug)]
pub(super) struct Source {
    bytes: Bytes,
    key: Key,
}

#[derive(Debug)]
enum Bytes {
    File(File),
    Memory(Arc<[u8]>),
}

impl Source {
    /// Fills `into` from `offset` on as far as the file goes, and returns how far that was.
    pub(super) fn read(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let filled = match &mut self.bytes {
            Bytes::Memory(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let length = into.len().min(bytes.len() - from);
                into[..length].copy_from_slice(&bytes[from..from + length]);
                length
            }
            Bytes::File(file) => {
                file.seek(SeekFrom::Start(offset))?;
                let mut filled = 0;
                while filled < into.len() {
                    match file.read(&mut into[filled..]) {
                        Ok(0) => break,
                        Ok(count) => filled += count,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                filled
            }
        };
        if self.key != Key::default() {
            let key = self.key_at(offset);
            for chunk in into[..filled].chunks_mut(8) {
                for (byte, key) in chunk.iter_mut().zip(key) {
                    *byte ^= key;
                }
            }
        }
        Ok(filled)
    }

    /// The key as it falls on the eight bytes from `offset` on.
    pub(super) fn key_at(&self, offset: u64) -> Key {
        let mut key = self.key;
        key.rotate_left((offset % 8) as usize);
        key
    }
}

/// Reads the key beside the block files, or zeros where there is none.
pub(super) fn read_key(folder: &Path) -> Result<Key, IngestError> {
    let path = folder.join("xor.dat");
    match std::fs::read(&path) {
        Ok(bytes) => Key::try_from(bytes.as_slice()).map_err(|_| {
            let what = format!(
                "holds {} bytes where Bitcoin Core writes 8; copy xor.dat again from the folder of the block files",
                bytes.len()
            );
            IngestError::format(&path, what)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Key::default()),
        Err(error) => Err(IngestError::io(&path, error)),
    }
}
