//! The reader as a whole, on real block files and on broken ones.

use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};

use super::SPEC;
use super::options::Options;
use crate::{IngestError, ReadArgs};

mod hostile;
mod incremental;
mod oracle;
mod prefix;
mod spill;

const PREFIX: &str = "bitcoin/mainnet-first-1MB-blk00000.dat";

/// The arguments of a reader, understood.
fn options(texts: &[&str]) -> Options {
    let options = texts.iter().map(|text| (*text).to_owned()).collect();
    Options::parse(&ReadArgs { path: "".into(), options }, "").unwrap()
}

/// Everything a source holds: one batch per relation.
struct Source {
    relations: Vec<RecordBatch>,
}

impl Source {
    fn read(path: &Path, options: &[&str]) -> Result<Self, IngestError> {
        let args =
            ReadArgs { path: path.to_owned(), options: options.iter().map(|option| (*option).to_owned()).collect() };
        let mut reader = (SPEC.open)(&args)?;
        let mut batches = vec![Vec::new(); SPEC.relations.len()];
        while let Some((relation, batch)) = reader.next()? {
            assert_eq!(batch.schema(), (SPEC.schema)(&args, relation)?);
            batches[relation].push(batch);
        }
        let relations = batches.iter().enumerate().map(|(relation, batches)| {
            let schema = (SPEC.schema)(&args, relation)?;
            Ok::<_, IngestError>(concat_batches(&schema, batches)?)
        });
        Ok(Self { relations: relations.collect::<Result<_, _>>()? })
    }

    fn rows(&self, relation: usize) -> usize {
        self.relations[relation].num_rows()
    }

    fn numbers(&self, relation: usize, column: &str) -> Vec<Option<i64>> {
        let column = self.relations[relation].column_by_name(column).unwrap();
        match column.as_primitive_opt::<TimestampMicrosecondType>() {
            Some(times) => times.iter().collect(),
            None => column.as_primitive::<Int64Type>().iter().collect(),
        }
    }

    fn sum(&self, relation: usize, column: &str) -> i64 {
        self.numbers(relation, column).into_iter().flatten().sum()
    }

    fn texts(&self, relation: usize, column: &str) -> Vec<Option<String>> {
        let column = self.relations[relation].column_by_name(column).unwrap();
        column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    fn bytes(&self, relation: usize, column: &str) -> Vec<Option<Vec<u8>>> {
        let column = self.relations[relation].column_by_name(column).unwrap();
        column.as_binary::<i32>().iter().map(|bytes| bytes.map(<[u8]>::to_vec)).collect()
    }

    fn flags(&self, relation: usize, column: &str) -> Vec<bool> {
        let column = self.relations[relation].column_by_name(column).unwrap();
        assert_eq!(column.null_count(), 0);
        column.as_boolean().values().iter().collect()
    }

    /// The errors of the bad records, in row order.
    fn errors(&self) -> Vec<String> {
        self.texts(BLOCKS, "error").into_iter().flatten().collect()
    }
}

const BLOCKS: usize = 0;
const TRANSACTIONS: usize = 1;
const INPUTS: usize = 2;
const OUTPUTS: usize = 3;
const TRANSFERS: usize = 4;

/// Writes block files into a folder of their own.
fn folder(files: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

/// A block behind the main network's magic and its size.
fn record(block: &[u8]) -> Vec<u8> {
    let size = u32::try_from(block.len()).unwrap();
    [&[0xf9, 0xbe, 0xb4, 0xd9], size.to_le_bytes().as_slice(), block].concat()
}

/// The first blocks of the main chain, each without its record head.
fn first_blocks(count: usize) -> Option<Vec<Vec<u8>>> {
    let bytes = std::fs::read(crate::testing::data(PREFIX)?).unwrap();
    let mut rest = bytes.as_slice();
    let mut blocks = Vec::new();
    while blocks.len() < count {
        let size = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
        blocks.push(rest[8..8 + size].to_vec());
        rest = &rest[8 + size..];
    }
    Some(blocks)
}

/// The heights of the blocks in a folder, all of which have to be good.
pub(super) fn heights(folder: &Path) -> Vec<Option<i64>> {
    let source = Source::read(folder, &[]).unwrap();
    assert_eq!(source.errors(), [""; 0]);
    source.numbers(BLOCKS, "height")
}
