//! Zip archives, as far as data sets use them: members stored or deflated, no encryption, less than 4 GiB.
//!
//! An archive is read from its end: the directory there says where each member begins, how it is packed, how long it is
//! and what its checksum is. All four are checked against what is found. (PKWARE, APPNOTE 6.3.10.)

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::{create, plain};
use crate::IngestError;

/// The record that ends an archive, without its comment.
const END: usize = 22;
/// A comment is at most this long.
const COMMENT: usize = 0xffff;
/// An entry of the directory, without its name.
const ENTRY: usize = 46;
/// The head of a member, without its name.
const HEAD: usize = 30;

/// A member as the directory has it.
struct Member {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    offset: u64,
}

pub(super) fn unpack(archive: &Path, folder: &Path) -> Result<(), IngestError> {
    let damaged = |what: &str| IngestError::format(archive, format!("cannot be unpacked: {what}"));
    let io = |error: std::io::Error| IngestError::format(archive, format!("cannot be unpacked: {error}"));
    let mut file = BufReader::new(File::open(archive).map_err(|error| IngestError::io(archive, error))?);
    let mut taken = BTreeSet::new();
    for member in directory(&mut file).map_err(io)?.ok_or_else(|| damaged("not a zip archive, or one cut off"))? {
        let name = plain(Path::new(&member.name));
        if member.name.ends_with('/') || name.as_os_str().is_empty() {
            continue;
        }
        if member.flags & 1 != 0 {
            return Err(damaged(&format!("{} is encrypted", name.display())));
        }
        let mut head = [0; HEAD];
        file.seek(SeekFrom::Start(member.offset)).map_err(io)?;
        file.read_exact(&mut head).map_err(io)?;
        if !head.starts_with(b"PK\x03\x04") {
            return Err(damaged(&format!("{} is not where the directory says", name.display())));
        }
        file.seek_relative(i64::from(short(&head, 26)) + i64::from(short(&head, 28))).map_err(io)?;
        let bytes = file.by_ref().take(member.packed);
        let mut bytes: Box<dyn Read + '_> = match member.method {
            0 => Box::new(bytes),
            8 => Box::new(DeflateDecoder::new(bytes)),
            other => return Err(damaged(&format!("{} is packed by method {other}", name.display()))),
        };
        let out = create(archive, folder, &name, &mut taken)?;
        let mut out = Checked { out, crc: Crc::new() };
        // One byte more than there should be is enough to see that the directory lies, and no bomb goes off.
        let size = std::io::copy(&mut bytes.by_ref().take(member.size.saturating_add(1)), &mut out).map_err(io)?;
        if size != member.size || out.crc.sum() != member.crc {
            return Err(damaged(&format!("{} is not what the directory says", name.display())));
        }
    }
    Ok(())
}

/// The members an archive lists, or `None` where there is no list.
fn directory(file: &mut BufReader<File>) -> std::io::Result<Option<Vec<Member>>> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail_at = length.saturating_sub((END + COMMENT) as u64);
    file.seek(SeekFrom::Start(tail_at))?;
    let mut tail = Vec::new();
    file.take((END + COMMENT) as u64).read_to_end(&mut tail)?;
    let Some(end) = tail.windows(END).rposition(|window| window.starts_with(b"PK\x05\x06")) else { return Ok(None) };
    let end = tail.get(end..).unwrap_or_default();
    let (count, size, offset) = (short(end, 10), word(end, 12), word(end, 16));
    file.seek(SeekFrom::Start(u64::from(offset)))?;
    let mut listed = Vec::new();
    file.take(u64::from(size)).read_to_end(&mut listed)?;
    let mut rest = listed.as_slice();
    let mut members = Vec::new();
    for _ in 0..count {
        let Some(entry) = rest.get(..ENTRY).filter(|entry| entry.starts_with(b"PK\x01\x02")) else { return Ok(None) };
        let (name, extra, comment) = (short(entry, 28), short(entry, 30), short(entry, 32));
        let after = ENTRY + usize::from(name);
        let Some(name) = rest.get(ENTRY..after) else { return Ok(None) };
        members.push(Member {
            name: String::from_utf8_lossy(name).into_owned(),
            flags: short(entry, 8),
            method: short(entry, 10),
            crc: word(entry, 16),
            packed: u64::from(word(entry, 20)),
            size: u64::from(word(entry, 24)),
            offset: u64::from(word(entry, 42)),
        });
        rest = rest.get(after + usize::from(extra) + usize::from(comment)..).unwrap_or_default();
    }
    Ok(Some(members))
}

/// Two bytes of a record; 0 where it is too short, which no check then passes.
fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// A file that sums up what is written to it.
struct Checked {
    out: File,
    crc: Crc,
}

impl Write for Checked {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.crc.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use std::path::PathBuf;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    /// An archive of (name, text, whether deflated), written by the book.
    fn archive(members: &[(&str, &str, bool)]) -> Vec<u8> {
        let (mut bytes, mut listed) = (Vec::new(), Vec::new());
        for (name, text, deflated) in members {
            let mut crc = Crc::new();
            crc.update(text.as_bytes());
            let packed = if *deflated {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(text.as_bytes()).unwrap();
                encoder.finish().unwrap()
            } else {
                text.as_bytes().to_vec()
            };
            let offset = bytes.len() as u32;
            let mut facts = vec![20, 0, 0, 0, if *deflated { 8 } else { 0 }, 0, 0, 0, 0, 0];
            for number in [crc.sum(), packed.len() as u32, text.len() as u32] {
                facts.extend(number.to_le_bytes());
            }
            facts.extend((name.len() as u16).to_le_bytes());
            facts.extend([0, 0]);
            bytes.extend(b"PK\x03\x04");
            bytes.extend(&facts);
            bytes.extend(name.as_bytes());
            bytes.extend(&packed);
            listed.extend(b"PK\x01\x02\x14\x00");
            listed.extend(&facts);
            listed.extend([0; 10]);
            listed.extend(offset.to_le_bytes());
            listed.extend(name.as_bytes());
        }
        let (offset, size) = (bytes.len() as u32, listed.len() as u32);
        bytes.extend(listed);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend((members.len() as u16).to_le_bytes());
        bytes.extend((members.len() as u16).to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    fn written(folder: &Path, bytes: &[u8]) -> PathBuf {
        let path = folder.join("a.zip");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn members_are_unpacked_stored_or_deflated() {
        let folder = tempfile::tempdir().unwrap();
        let bytes =
            archive(&[("Scanner/", "", false), ("Scanner/a.txt", "one\n", false), ("b.txt", "two two two", true)]);
        let out = folder.path().join("out");
        super::super::unpack(&written(folder.path(), &bytes), &out).unwrap();
        assert_eq!(std::fs::read_to_string(out.join("Scanner/a.txt")).unwrap(), "one\n");
        assert_eq!(std::fs::read_to_string(out.join("b.txt")).unwrap(), "two two two");
    }

    #[test]
    fn no_member_lands_outside_and_none_is_there_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), &archive(&[("../../escaped.txt", "1", false), ("/absolute.txt", "2", true)]));
        let out = folder.path().join("deep/er/out");
        unpack(&path, &out).unwrap();
        assert_eq!(std::fs::read_to_string(out.join("escaped.txt")).unwrap(), "1");
        assert_eq!(std::fs::read_to_string(out.join("absolute.txt")).unwrap(), "2");
        assert!(!folder.path().join("deep/escaped.txt").exists());
        let path = written(folder.path(), &archive(&[("a", "1", false), ("/a", "2", false)]));
        assert!(unpack(&path, &folder.path().join("two")).unwrap_err().to_string().contains("two files called"));
    }

    #[test]
    fn every_cut_and_every_changed_byte_of_content_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = archive(&[("a.txt", "some text that is long enough", true), ("b.txt", "more", false)]);
        for length in 0..bytes.len() {
            let path = written(folder.path(), &bytes[..length]);
            assert!(unpack(&path, &folder.path().join(format!("cut-{length}"))).is_err(), "{length}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            let path = written(folder.path(), &changed);
            // Some bytes mean nothing here (versions, times): then the content is as it was.
            let out = folder.path().join(format!("changed-{at}"));
            if unpack(&path, &out).is_ok() && out.join("a.txt").exists() {
                assert_eq!(
                    std::fs::read_to_string(out.join("a.txt")).unwrap(),
                    "some text that is long enough",
                    "{at}"
                );
            }
        }
    }
}
