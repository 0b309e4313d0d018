//! Block files as Bitcoin Core writes them since version 28: records of magic, size and block, XORed with the key in
//! `xor.dat`, in files of at most 128 MiB.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::SynthError;

const MOST: u64 = 128 << 20;

/// Appends blocks to the files of a folder.
#[derive(Debug)]
pub(super) struct BlockFiles {
    folder: PathBuf,
    magic: [u8; 4],
    key: [u8; 8],
    file: Option<(PathBuf, File)>,
    /// How many files there are.
    pub(super) count: u32,
    offset: u64,
    /// Bytes of all files.
    pub(super) bytes: u64,
}

impl BlockFiles {
    /// Creates the folder, and `xor.dat` in it. A key of zeros leaves the files plain; Core too writes it then.
    ///
    /// # Errors
    /// The folder cannot be written, or holds block files already: what is not this chain's must not be taken for it.
    pub(super) fn create(folder: &Path, magic: [u8; 4], key: [u8; 8]) -> Result<Self, SynthError> {
        fs::create_dir_all(folder).map_err(|source| SynthError::write(folder, source))?;
        let first = file_path(folder, 0);
        if first.exists() {
            return Err(SynthError::Occupied(folder.to_path_buf()));
        }
        let path = folder.join("xor.dat");
        fs::write(&path, key).map_err(|source| SynthError::write(&path, source))?;
        let folder = folder.to_path_buf();
        Ok(Self { folder, magic, key, file: None, count: 0, offset: 0, bytes: 0 })
    }

    /// Appends a block given in parts, which are left XORed.
    pub(super) fn append(&mut self, parts: &mut [&mut [u8]]) -> Result<(), SynthError> {
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let record = 8 + size as u64;
        let (path, file) = match self.file.take().filter(|_| self.offset + record <= MOST) {
            Some(open) => self.file.insert(open),
            None => {
                let path = file_path(&self.folder, self.count);
                let file = File::create(&path).map_err(|source| SynthError::write(&path, source))?;
                self.count += 1;
                self.offset = 0;
                self.file.insert((path, file))
            }
        };
        let (magic, size) = (self.magic, (size as u32).to_le_bytes());
        let mut head = [magic, size].concat();
        for part in std::iter::once(&mut head[..]).chain(parts.iter_mut().map(|part| &mut **part)) {
            // The key belongs to the place in the file, so it is turned to begin where the part does.
            let mut key = self.key;
            key.rotate_left((self.offset % 8) as usize);
            let mask = u64::from_le_bytes(key);
            let (words, rest) = part.as_chunks_mut();
            words.iter_mut().for_each(|word| *word = (u64::from_le_bytes(*word) ^ mask).to_le_bytes());
            rest.iter_mut().zip(key).for_each(|(byte, mask)| *byte ^= mask);
            file.write_all(part).map_err(|source| SynthError::write(path, source))?;
            self.offset += part.len() as u64;
        }
        self.bytes += record;
        Ok(())
    }
}

fn file_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("blk{number:05}.dat"))
}
