//! From a path to the records behind it: which files, which network, which chain.

use std::path::{Path, PathBuf};

use super::Network;
use super::block::{Block, Header, MAX_BLOCK, MIN_BLOCK};
use super::branch::{Plan, plan};
use super::options::Options;
use super::scan::{Record, find_network, scan_records};
use super::source::{Key, Source, SourceFile, read_key};
use crate::IngestError;

/// A source whose records are known.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) network: Network,
    /// Whether inputs may spend what is nowhere: said by the caller, else so for one raw block, which nobody expects to
    /// come with what it spends.
    pub(super) allow_missing: bool,
    pub(super) files: Vec<SourceFile>,
    pub(super) records: Vec<Record>,
    pub(super) plan: Plan,
}

/// Finds the records of a folder, a block file or a raw block, and plans the chain through them.
pub(super) fn open_path(path: &Path, options: &Options) -> Result<Opened, IngestError> {
    let metadata = std::fs::metadata(path).map_err(|error| IngestError::io(path, error))?;
    let files = if metadata.is_dir() {
        block_files(path)?
    } else {
        let key = path.parent().map_or(Ok(Key::default()), read_key)?;
        vec![SourceFile::on_disk(path, key)?]
    };
    open_files(path, files, options)
}

pub(super) fn open_files(path: &Path, mut files: Vec<SourceFile>, options: &Options) -> Result<Opened, IngestError> {
    let wanted = options.network;
    let alone = files.len() == 1;
    let mut network = wanted;
    let mut raw = None;
    for file in &mut files {
        let mut found = settle_key(file, wanted)?;
        if found.is_none() && alone {
            raw = raw_header(file)?;
            if matches!(raw, Some(Ok(_))) {
                file.key = Key::default();
            }
        }
        if found.is_none() && network.is_none() && !matches!(raw, Some(Ok(_))) {
            let mut source = file.open()?;
            found = find_network(file, &mut source).map_err(|error| file.error(error))?;
        }
        network = network.or(found);
    }
    let mut records = Vec::new();
    let mut why = Vec::new();
    for (index, file) in files.iter().enumerate() {
        if let Some(Ok(header)) = raw {
            records.push(whole_file(index as u32, file, Some(header), None));
            continue;
        }
        let before = records.len();
        let mut source = file.open()?;
        if let Some(network) = network {
            scan_records(index as u32, file, &mut source, network, &mut records).map_err(|error| file.error(error))?;
        }
        // A file of nothing but preallocated zeros is no news beside others.
        let blank = !alone && network.is_some() && file.length > 0 && records.len() == before;
        if !blank && records[before..].iter().all(|record| record.header.is_none()) {
            records.truncate(before);
            let what = complaint(file, &mut source, network, raw.take().and_then(Result::err))?;
            records.push(whole_file(index as u32, file, None, Some(what.as_str().into())));
            why.push(what);
        }
    }
    // One bad file among good ones is a bad record; nothing but bad files is not a block folder.
    if records.iter().all(|record| record.header.is_none()) {
        let what = why.into_iter().next().unwrap_or_else(|| "the block files hold only zeros".to_owned());
        return Err(IngestError::format(path, what));
    }
    let network = network.unwrap_or(Network::Main);
    let raw = records.len() == 1 && records.iter().all(|record| record.head == 0);
    let allow_missing = options.allow_missing.unwrap_or(raw);
    let plan = plan(&records, options.start_height, allow_missing, |record| {
        let record = &records[record];
        let file = &files[record.file as usize];
        let mut start = [0; 256];
        let offset = record.offset + u64::from(record.head);
        let length = file.open()?.read(offset, &mut start).map_err(|error| file.error(error))?;
        Ok::<_, IngestError>(coinbase_height(&start[..length], network))
    })?;
    Ok(Opened { network, allow_missing, files, records, plan })
}

/// The `blk*.dat` files of a folder, or of the `blocks` folder inside it, by number.
fn block_files(folder: &Path) -> Result<Vec<SourceFile>, IngestError> {
    for folder in [folder.to_owned(), folder.join("blocks")] {
        let mut paths: Vec<PathBuf> = Vec::new();
        match std::fs::read_dir(&folder) {
            Ok(entries) => {
                for entry in entries {
                    let path = entry.map_err(|error| IngestError::io(&folder, error))?.path();
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    if name.starts_with("blk") && name.ends_with(".dat") {
                        paths.push(path);
                    }
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(IngestError::io(&folder, error)),
        }
        if !paths.is_empty() {
            // Numbers beyond five digits make the name longer: the shorter name is the smaller number.
            paths.sort_by_cached_key(|path| (path.as_os_str().len(), path.clone()));
            let key = read_key(&folder)?;
            return paths.iter().map(|path| SourceFile::on_disk(path, key)).collect();
        }
    }
    let what = "no blk*.dat in this folder or in its blocks folder; give the blocks folder of a Bitcoin Core datadir, \
                one of its files, or a raw block file";
    Err(IngestError::format(folder, what))
}

/// Finds the network whose magic a file begins with, and drops the folder's key for a file that is plain beside it.
fn settle_key(file: &mut SourceFile, wanted: Option<Network>) -> Result<Option<Network>, IngestError> {
    let key = file.key;
    let mut starts = |key| -> Result<Option<Network>, IngestError> {
        file.key = key;
        let mut magic = [0; 4];
        let length = file.open()?.read(0, &mut magic).map_err(|error| file.error(error))?;
        let found = Network::from_magic(magic).filter(|_| length == 4);
        Ok(found.filter(|found| wanted.is_none_or(|wanted| wanted == *found)))
    };
    if let Some(network) = starts(key)? {
        return Ok(Some(network));
    }
    if let Some(network) = starts(Key::default())? {
        return Ok(Some(network));
    }
    file.key = key;
    Ok(None)
}

/// The header of a raw block file, if the file is one.
fn raw_header(file: &SourceFile) -> Result<Option<Result<Header, String>>, IngestError> {
    if !(u64::from(MIN_BLOCK)..=u64::from(MAX_BLOCK)).contains(&file.length) {
        return Ok(None);
    }
    // A raw block has no key: `xor.dat` is about blk*.dat and rev*.dat only.
    let mut plain = file.clone();
    plain.key = Key::default();
    let mut bytes = vec![0; file.length as usize];
    let length = plain.open()?.read(0, &mut bytes).map_err(|error| file.error(error))?;
    let mut block = Block::default();
    Ok(match block.parse(&bytes[..length]) {
        Ok(()) if block.size as usize == length => Some(Ok(block.header)),
        Ok(()) => Some(Err(format!("the block ends at byte {} of the {length} in the file", block.size))),
        Err(fault) => Some(Err(fault.to_string())),
    })
}

/// Says why a file is not a block file, and what would help.
fn complaint(
    file: &SourceFile,
    source: &mut Source,
    network: Option<Network>,
    raw: Option<String>,
) -> Result<String, IngestError> {
    let remedy = "give the blocks folder of a Bitcoin Core datadir, a blk*.dat file of it, or a raw block file";
    if file.length == 0 {
        return Ok(format!("the file is empty; {remedy}"));
    }
    let mut head = [0; 16];
    let length = source.read(0, &mut head).map_err(|error| file.error(error))?;
    let start = hex::encode(&head[..length]);
    let magic = network.map_or("any network", Network::name);
    let raw = raw.map_or_else(String::new, |why| format!(", and it is no raw block either ({why})"));
    let key = if file.key == Key::default() {
        "; if it comes from Bitcoin Core 28 or later, put its xor.dat beside it"
    } else {
        ""
    };
    Ok(format!("not a block file: it begins with {start} and has no record of {magic}{raw}{key}; {remedy}"))
}

/// A record that is all of a file: a raw block, or what is no block file.
fn whole_file(index: u32, file: &SourceFile, header: Option<Header>, fault: Option<Box<str>>) -> Record {
    Record { file: index, position: 1, offset: 0, length: file.length, head: 0, loose: false, header, fault }
}

/// The height a block's coinbase begins with (BIP 34), if the block is of version 2 or later and the height is credible.
///
/// Miners wrote heights before the rule bound them, and version 2 alone proves nothing, so on the main network the height
/// also has to fit the block's time within a factor of two: blocks come every ten minutes, give or take.
fn coinbase_height(start: &[u8], network: Network) -> Option<u32> {
    let (header, rest) = start.split_first_chunk()?;
    let header = Header::parse(header);
    let rest = match rest {
        [0xfd, _, _, rest @ ..] | [0xfe, _, _, _, _, rest @ ..] | [0..=0xfc, rest @ ..] => rest,
        _ => return None,
    };
    let rest = rest.get(4..)?;
    let rest = rest.strip_prefix(&[0, 1]).unwrap_or(rest);
    let [2..=100, script @ ..] = rest.strip_prefix(&[1])?.get(36..)? else { return None };
    let height = match script {
        [opcode @ 0x51..=0x60, ..] => u32::from(opcode - 0x50),
        [length @ 1..=4, script @ ..] => {
            let bytes = script.get(..usize::from(*length))?;
            bytes.iter().rev().try_fold(0_u32, |height, byte| height.checked_mul(256)?.checked_add(u32::from(*byte)))?
        }
        _ => return None,
    };
    let credible = match network {
        Network::Main => {
            let expected = i64::from(header.time).saturating_sub(1_231_006_505) / 600;
            (expected / 2..=expected.saturating_mul(2)).contains(&i64::from(height))
        }
        _ => (1..20_000_000).contains(&height),
    };
    (header.version >= 2 && credible).then_some(height)
}
