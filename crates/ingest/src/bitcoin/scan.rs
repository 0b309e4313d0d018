//! Pass one: finds the records of a block file by their heads, without reading the blocks.
//!
//! ```text
//! magic 4 │ size 4 │ header 80 │ … the rest is skipped … │ magic │ size │ … │ 00 00 00 …
//! ```
//!
//! A record is believed to be as long as it says if the file goes on with another magic, with zeros or not at all. If it
//! does not, either the size is wrong or garbage follows. The next magic is then looked for *inside* the record as well,
//! so that one bad size cannot swallow the good block behind it; bytes that belong to nothing become one bad record.

use std::io;

use super::block::{Header, MAX_BLOCK, MIN_BLOCK};
use super::source::Source;
use super::{Network, source::SourceFile};

/// A record found in a file, good or bad.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Index of the file.
    pub(super) file: u32,
    /// Ordinal in the file, from 1.
    pub(super) position: u32,
    /// Where the record begins, its magic included.
    pub(super) offset: u64,
    /// Bytes of the record, its magic and size included.
    pub(super) length: u64,
    /// Bytes before the block: 8, or 0 in a raw block file.
    pub(super) head: u8,
    /// Whether what follows contradicts the record's size, so that a block shorter than the record is still good.
    pub(super) loose: bool,
    /// The block's header, where there are bytes enough for one.
    pub(super) header: Option<Header>,
    /// Why no block can be here.
    pub(super) fault: Option<Box<str>>,
}

const HEAD: usize = 8 + Header::SIZE;
const CHUNK: usize = 1 << 16;

/// Appends the records of one file.
pub(super) fn scan_records(
    file: u32,
    source_file: &SourceFile,
    source: &mut Source,
    network: Network,
    records: &mut Vec<Record>,
) -> io::Result<()> {
    let end_of_file = source_file.length;
    let before = records.len();
    let mut at = 0;
    while at < end_of_file {
        let position = (records.len() - before + 1) as u32;
        let mut record =
            Record { file, position, offset: at, length: 0, head: 8, loose: false, header: None, fault: None };
        let head = read_head(source, at)?;
        let next = match claimed_size(&head.bytes[..head.length], network) {
            Some(size) => {
                record.header = head.bytes.get(8..HEAD).and_then(<[u8]>::first_chunk).map(Header::parse);
                let claimed_end = at + 8 + u64::from(size);
                let in_step = claimed_end <= end_of_file && follows(source, claimed_end, network)?;
                let found = if in_step {
                    Gap { next: None, blank: true }
                } else {
                    find_magic(source, at + HEAD as u64, end_of_file, network)?
                };
                let next = match found.next {
                    Some(next) if next < claimed_end => {
                        record.loose = true;
                        next
                    }
                    _ => claimed_end.min(end_of_file),
                };
                if claimed_end > end_of_file {
                    let missing = claimed_end - end_of_file;
                    record.fault = Some(
                        format!("the record at byte {at} claims {size} bytes, {missing} more than the file has").into(),
                    );
                    record.length = next - at;
                } else {
                    record.length = claimed_end - at;
                }
                next
            }
            None => {
                let gap = find_magic(source, at + 1, end_of_file, network)?;
                let next = gap.next.unwrap_or(end_of_file);
                if gap.next.is_none() && gap.blank && head.is_blank(source, at) {
                    break;
                }
                record.length = next - at;
                record.fault = Some(
                    format!(
                        "skipped {} bytes from byte {at} on: no record of {} begins here",
                        next - at,
                        network.name()
                    )
                    .into(),
                );
                next
            }
        };
        records.push(record);
        at = next;
    }
    Ok(())
}

/// The network whose magic stands at the beginning of a file or, failing that, anywhere in it.
pub(super) fn find_network(file: &SourceFile, source: &mut Source) -> io::Result<Option<Network>> {
    let head = read_head(source, 0)?;
    if let Some(network) =
        Network::ALL.into_iter().find(|network| head.bytes[..head.length].starts_with(&network.magic()))
    {
        return Ok(Some(network));
    }
    let mut first: Option<(u64, Network)> = None;
    for network in Network::ALL {
        if let Some(at) = find_magic(source, 0, file.length, network)?.next {
            first = Some(first.map_or((at, network), |best| best.min((at, network))));
        }
    }
    Ok(first.map(|(_, network)| network))
}

struct Head {
    bytes: [u8; HEAD],
    length: usize,
}

impl Head {
    /// Whether these are preallocated bytes: zeros on the disk, or zeros under the key.
    fn is_blank(&self, source: &Source, at: u64) -> bool {
        is_blank(&self.bytes[..self.length], source.key_at(at))
    }
}

fn read_head(source: &mut Source, at: u64) -> io::Result<Head> {
    let mut bytes = [0; HEAD];
    let length = source.read(at, &mut bytes)?;
    Ok(Head { bytes, length })
}

fn is_blank(bytes: &[u8], key: [u8; 8]) -> bool {
    bytes.iter().all(|byte| *byte == 0) || bytes.iter().zip(key.iter().cycle()).all(|(byte, key)| byte == key)
}

/// The size a record claims, if it begins with the magic and the size could be that of a block.
fn claimed_size(head: &[u8], network: Network) -> Option<u32> {
    let (size, _) = head.strip_prefix(&network.magic())?.split_first_chunk()?;
    Some(u32::from_le_bytes(*size)).filter(|size| (MIN_BLOCK..=MAX_BLOCK).contains(size))
}

/// Whether a file may go on like this after a record: with another, with preallocated bytes, or not at all.
fn follows(source: &mut Source, at: u64, network: Network) -> io::Result<bool> {
    let mut bytes = [0; 8];
    let length = source.read(at, &mut bytes)?;
    let bytes = &bytes[..length];
    let magic = network.magic();
    Ok(bytes.starts_with(&magic) || is_blank(bytes, source.key_at(at)) || magic.starts_with(bytes))
}

struct Gap {
    /// Where the next record begins.
    next: Option<u64>,
    /// Whether nothing but preallocated bytes lies before it.
    blank: bool,
}

/// Looks for the next magic with a credible size behind it, a chunk at a time.
fn find_magic(source: &mut Source, from: u64, end: u64, network: Network) -> io::Result<Gap> {
    let mut chunk = vec![0; CHUNK + 7];
    let mut at = from;
    let (mut zeros, mut keyed) = (true, true);
    while at < end {
        let length = source.read(at, &mut chunk)?;
        let key = source.key_at(at);
        let bytes = &chunk[..length];
        let places = length.min(CHUNK);
        let mut start = 0;
        while let Some(found) = bytes[start..places].iter().position(|byte| *byte == network.magic()[0]) {
            start += found;
            if claimed_size(&bytes[start..], network).is_some() {
                let before = &bytes[..start];
                return Ok(Gap { next: Some(at + start as u64), blank: zeros && keyed && is_blank(before, key) });
            }
            start += 1;
        }
        zeros = zeros && bytes[..places].iter().all(|byte| *byte == 0);
        keyed = keyed && bytes[..places].iter().zip(key.iter().cycle()).all(|(byte, key)| byte == key);
        if places == 0 {
            break;
        }
        at += places as u64;
    }
    Ok(Gap { next: None, blank: zeros || keyed })
}
