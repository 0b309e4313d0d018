//! The journal: one JSON object a line, each with the hash of the line before.
//!
//! ```text
//! {"number":1,"time":"…","actor":"…",…,"previous":"","hash":"9f…"}
//! {"number":2,"time":"…","actor":"…",…,"previous":"9f…","hash":"41…"}
//! ```
//!
//! An append takes a lock on the file for as long as it reads the last line and writes the next: readers and writers of the
//! lake do not wait for each other, only for that. The line is on the disk before what it records begins. A line without its
//! end is what a power cut left of an append that never returned; the next append cuts it off.
//!
//! The hash is SHA-256 over the line as it would be without `hash`. A chain alone cannot show that its end was cut off, so
//! every snapshot of the lake names the last row at its time ([`Anchor`]).

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Act, Mandate};
use crate::error::{EngineError, Result};
use crate::lake::Lake;

/// How long an append waits for another one; each takes a few milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of a statement that are kept; of a longer one, its beginning and its hash.
const LONGEST_STATEMENT: usize = 16 << 10;

/// One row, in the order of its fields on the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    number: i64,
    time: String,
    actor: String,
    verb: String,
    purpose: Option<String>,
    case_ref: Option<String>,
    authority: Option<String>,
    statement: String,
    touched: Vec<String>,
    outcome: String,
    rows: Option<i64>,
    begun: Option<i64>,
    snapshot: Option<i64>,
    program: String,
    previous: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    hash: String,
}

impl Entry {
    fn digest(&self) -> Result<String, serde_json::Error> {
        let bare = Self { hash: String::new(), ..self.clone() };
        Ok(hex::encode(Sha256::digest(serde_json::to_string(&bare)?.as_bytes())))
    }
}

/// The last row of a journal when a snapshot was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Its number; 0 for a journal without rows.
    pub number: i64,
    /// Its hash.
    pub hash: String,
}

/// The journal of one lake.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal of a lake in a local folder.
    pub(crate) fn of(lake: &Lake) -> Option<Self> {
        let spec = lake.schema().tables().find(|spec| spec.journal)?;
        lake.local_folder().map(|folder| Self { path: folder.join(&spec.location) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a row and returns its number.
    pub(crate) fn append(
        &self,
        mandate: &Mandate,
        act: &Act,
        outcome: &str,
        rows: Option<u64>,
        begun: Option<i64>,
        snapshot: Option<u64>,
    ) -> Result<i64> {
        let io = |source| EngineError::Io { path: self.path.clone(), source };
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&self.path).map_err(io)?;
        self.lock(&file)?;
        let last = self.last(&mut file)?;
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut entry = Entry {
            number: last.number + 1,
            time: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            actor: if mandate.actor.is_empty() { "unknown".to_owned() } else { mandate.actor.clone() },
            verb: act.verb.word().to_owned(),
            purpose: mandate.purpose.clone(),
            case_ref: mandate.case_ref.clone(),
            authority: mandate.authority.clone(),
            statement: shortened(&act.statement),
            touched: act.touched.clone(),
            outcome: outcome.to_owned(),
            rows: rows.map(whole),
            begun,
            snapshot: snapshot.map(whole),
            program: crate::PROGRAM.to_owned(),
            previous: last.hash,
            hash: String::new(),
        };
        let line = |entry: &Entry| serde_json::to_string(entry).map_err(|error| io(error.into()));
        entry.hash = entry.digest().map_err(|error| io(error.into()))?;
        let mut text = line(&entry)?;
        text.push('\n');
        file.write_all(text.as_bytes()).map_err(io)?;
        // The end of an act is no promise to anybody; its beginning is.
        if begun.is_none() {
            file.sync_data().map_err(io)?;
        }
        Ok(entry.number)
    }

    /// The last row there is.
    pub(crate) fn anchor(&self) -> Result<Anchor> {
        match OpenOptions::new().read(true).append(true).open(&self.path) {
            Ok(mut file) => {
                self.lock(&file)?;
                self.last(&mut file)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Anchor::default()),
            Err(source) => Err(EngineError::Io { path: self.path.clone(), source }),
        }
    }

    fn lock(&self, file: &File) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let source = match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                    continue;
                }
                Err(TryLockError::WouldBlock) => std::io::Error::new(
                    std::io::ErrorKind::WouldBlock,
                    format!("another program holds the audit journal for more than {} s", PATIENCE.as_secs()),
                ),
                Err(TryLockError::Error(source)) => source,
            };
            return Err(EngineError::Io { path: self.path.clone(), source });
        }
    }

    /// Reads the last whole line, and cuts off what a power cut left behind it.
    fn last(&self, file: &mut File) -> Result<Anchor> {
        let io = |source| EngineError::Io { path: self.path.clone(), source };
        let length = file.metadata().map_err(io)?.len();
        let (whole, line) = last_line(file, length).map_err(io)?;
        if whole < length {
            file.set_len(whole).map_err(io)?;
        }
        if line.is_empty() {
            return Ok(Anchor::default());
        }
        let entry: Entry = serde_json::from_slice(&line).map_err(|error| {
            io(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                format!("the last row of the audit journal cannot be read ({error}); `headwater verify` says more"),
            ))
        })?;
        Ok(Anchor { number: entry.number, hash: entry.hash })
    }
}

/// The bytes of whole lines, and the last of these.
fn last_line(file: &mut File, length: u64) -> std::io::Result<(u64, Vec<u8>)> {
    let mut size = 4096_u64;
    loop {
        let from = length.saturating_sub(size);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(from))?;
        Read::take(&mut *file, length - from).read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let before = end.and_then(|end| bytes.get(..end)?.iter().rposition(|byte| *byte == b'\n'));
        match (before, end) {
            (Some(before), Some(end)) => {
                let line = bytes.get(before + 1..end).unwrap_or_default().to_vec();
                return Ok((from + end as u64 + 1, line));
            }
            (None, Some(end)) if from == 0 => {
                return Ok((end as u64 + 1, bytes.get(..end).unwrap_or_default().to_vec()));
            }
            (_, None) if from == 0 => return Ok((0, Vec::new())),
            _ => size *= 8,
        }
    }
}

/// Bytes of whole lines in a journal that may be growing.
pub(super) fn whole_length(path: &Path) -> std::io::Result<u64> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    Ok(last_line(&mut file, length)?.0)
}

fn shortened(statement: &str) -> String {
    if statement.len() <= LONGEST_STATEMENT {
        return statement.to_owned();
    }
    let mut end = LONGEST_STATEMENT;
    while !statement.is_char_boundary(end) {
        end -= 1;
    }
    let hash = hex::encode(Sha256::digest(statement.as_bytes()));
    format!("{}… ({} bytes, SHA-256 {hash})", statement.get(..end).unwrap_or_default(), statement.len())
}

/// A place where a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainFault {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub what: String,
}

/// What following a chain came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChainReport {
    /// Rows that were read.
    pub rows: u64,
    /// What does not hold, in the order of the lines.
    pub faults: Vec<ChainFault>,
    /// The last row.
    pub last: Anchor,
}

/// Follows the chain of a journal from its first row to its last, and holds it against what snapshots say it had.
///
/// # Errors
/// The system's, when the file cannot be read. A journal that is not there has no rows.
pub fn verify_chain(path: &Path, anchors: &[(u64, Anchor)]) -> std::io::Result<ChainReport> {
    let mut report = ChainReport::default();
    let mut hashes: std::collections::BTreeMap<i64, String> = std::collections::BTreeMap::new();
    let wanted: std::collections::BTreeSet<i64> = anchors.iter().map(|(_, anchor)| anchor.number).collect();
    let lines = match File::open(path) {
        Ok(file) => BufReader::new(file).lines(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            missing(&mut report, &hashes, anchors);
            return Ok(report);
        }
        Err(error) => return Err(error),
    };
    let mut previous = Anchor::default();
    for line in lines {
        let text = line?;
        report.rows += 1;
        let number = report.rows;
        let mut fault = |what: String| report.faults.push(ChainFault { line: number, what });
        let entry: Entry = match serde_json::from_str(&text) {
            Ok(entry) => entry,
            Err(error) => {
                fault(format!("is no row of a journal ({error})"));
                previous = Anchor { number: previous.number + 1, hash: String::new() };
                continue;
            }
        };
        let digest = entry.digest().unwrap_or_default();
        if digest != entry.hash || serde_json::to_string(&entry).unwrap_or_default() != text {
            fault(format!("row {} was altered: its hash is not that of its content", entry.number));
        }
        if entry.previous != previous.hash {
            fault(format!(
                "row {} does not follow the row before it: one was altered, taken out or put in",
                entry.number
            ));
        }
        if entry.number != previous.number + 1 {
            fault(format!("row {} stands where row {} should be", entry.number, previous.number + 1));
        }
        if wanted.contains(&entry.number) {
            hashes.insert(entry.number, entry.hash.clone());
        }
        previous = Anchor { number: entry.number, hash: entry.hash };
    }
    report.last = previous;
    missing(&mut report, &hashes, anchors);
    Ok(report)
}

/// What snapshots say was there, and is not.
fn missing(report: &mut ChainReport, hashes: &std::collections::BTreeMap<i64, String>, anchors: &[(u64, Anchor)]) {
    for (snapshot, anchor) in anchors.iter().filter(|(_, anchor)| anchor.number > 0) {
        let what = match hashes.get(&anchor.number) {
            Some(hash) if *hash == anchor.hash => continue,
            Some(_) => format!("row {} is another than it was at snapshot {snapshot}", anchor.number),
            None => format!("row {}, which was there at snapshot {snapshot}, is gone", anchor.number),
        };
        report.faults.push(ChainFault { line: u64::try_from(anchor.number).unwrap_or(0), what });
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::super::Verb;
    use super::*;

    fn journal(rows: usize) -> (tempfile::TempDir, Journal) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal { path: folder.path().join("audit/journal.ndjson") };
        for number in 0..rows {
            note(&journal, &format!("SELECT {number} -- ü\n\"'\\"));
        }
        (folder, journal)
    }

    fn note(journal: &Journal, statement: &str) -> i64 {
        let act = Act {
            verb: Verb::Consultation,
            statement: statement.to_owned(),
            touched: vec!["flow.holders.name".to_owned()],
            about_subjects: true,
        };
        let mandate = Mandate { actor: "ana".to_owned(), purpose: Some("p".to_owned()), ..Mandate::default() };
        journal.append(&mandate, &act, "begun", Some(3), None, Some(7)).unwrap()
    }

    fn faults(journal: &Journal, anchors: &[(u64, Anchor)]) -> Vec<String> {
        let report = verify_chain(&journal.path, anchors).unwrap();
        report.faults.into_iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect()
    }

    #[test]
    fn a_chain_that_nobody_touched_holds() {
        let (_folder, journal) = journal(5);
        let report = verify_chain(&journal.path, &[(1, journal.anchor().unwrap())]).unwrap();
        assert_eq!((report.rows, report.faults.len(), report.last.number), (5, 0, 5));
        assert_eq!(note(&journal, "next"), 6);
        assert!(faults(&journal, &[]).is_empty());
    }

    #[test]
    fn every_single_altered_byte_is_found() {
        let (_folder, journal) = journal(3);
        let text = std::fs::read(&journal.path).unwrap();
        for place in 0..text.len() {
            let mut altered = text.clone();
            altered[place] = if altered[place] == b'x' { b'y' } else { b'x' };
            std::fs::write(&journal.path, &altered).unwrap();
            // A byte that makes the text no text is an error of reading, which is found, too.
            let found = verify_chain(&journal.path, &[]).map_or(true, |report| !report.faults.is_empty());
            assert!(found, "byte {place} of {}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn rows_taken_out_put_in_or_cut_off_are_found() {
        let (_folder, journal) = journal(4);
        let anchor = journal.anchor().unwrap();
        let text = std::fs::read_to_string(&journal.path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let write =
            |lines: &[&str]| std::fs::write(&journal.path, lines.iter().map(|l| format!("{l}\n")).collect::<String>());
        write(&[lines[0], lines[2], lines[3]]).unwrap();
        assert!(faults(&journal, &[])[0].starts_with("2: row 3 does not follow"), "{:?}", faults(&journal, &[]));
        write(&[lines[0], lines[1], lines[1], lines[2], lines[3]]).unwrap();
        assert!(!faults(&journal, &[]).is_empty());
        // The end of a chain is what a chain cannot hold; a snapshot can.
        write(&lines[..3]).unwrap();
        assert!(faults(&journal, &[]).is_empty());
        assert_eq!(faults(&journal, &[(9, anchor.clone())]), ["4: row 4, which was there at snapshot 9, is gone"]);
        // Forged from the middle on, with hashes that hold: the snapshot remembers another one.
        write(&lines[..2]).unwrap();
        note(&journal, "forged");
        note(&journal, "forged");
        assert!(faults(&journal, &[]).is_empty());
        assert_eq!(faults(&journal, &[(9, anchor)]), ["4: row 4 is another than it was at snapshot 9"]);
    }

    #[test]
    fn what_a_power_cut_left_is_cut_off() {
        let (_folder, journal) = journal(2);
        let mut text = std::fs::read(&journal.path).unwrap();
        let whole = text.len();
        text.extend_from_slice(b"{\"number\":3,\"ti");
        std::fs::write(&journal.path, &text).unwrap();
        assert_eq!(whole_length(&journal.path).unwrap(), whole as u64);
        assert_eq!(note(&journal, "next"), 3);
        assert!(faults(&journal, &[]).is_empty());
    }

    #[test]
    fn appends_from_many_threads_are_one_chain() {
        let (_folder, journal) = journal(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        note(&journal, "x");
                    }
                });
            }
        });
        let report = verify_chain(&journal.path, &[]).unwrap();
        assert_eq!((report.rows, report.faults.len()), (100, 0));
    }

    #[test]
    fn a_statement_that_is_too_long_is_kept_by_its_hash() {
        let (_folder, journal) = journal(0);
        note(&journal, &"ü".repeat(LONGEST_STATEMENT));
        let text = std::fs::read_to_string(&journal.path).unwrap();
        assert!(text.len() < 2 * LONGEST_STATEMENT && text.contains("32768 bytes, SHA-256 "));
        assert!(faults(&journal, &[]).is_empty());
    }
}
