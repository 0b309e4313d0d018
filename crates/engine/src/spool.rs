//! A source read once, kept as Arrow IPC files for as long as its import runs.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::FileReader;
use datafusion::arrow::ipc::writer::FileWriter;
use datafusion::error::{DataFusionError, Result as QueryResult};
use headwater_ingest::{READERS, ReadArgs, ReaderSpec};
use parking_lot::Mutex;
use tempfile::TempDir;

use crate::readers::external;

/// One relation on disk.
#[derive(Debug, Clone)]
struct Relation {
    path: PathBuf,
    rows: u64,
}

/// What has been read of one source; empty until somebody asks. The lock is held while it is read, so that a second
/// statement waits for the first instead of reading again.
type Slot = Arc<Mutex<Option<Vec<Relation>>>>;

/// Called with the rows spooled so far, for a progress bar.
pub(crate) type OnRows = Arc<dyn Fn(u64) + Send + Sync>;

/// The spool of one import. Its files vanish with it.
pub(crate) struct Spool {
    folder: TempDir,
    slots: Mutex<HashMap<(&'static str, ReadArgs), Slot>>,
    asked: Mutex<BTreeSet<(&'static str, ReadArgs, usize)>>,
    on_rows: OnRows,
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool").field("folder", &self.folder.path()).finish_non_exhaustive()
    }
}

impl Spool {
    /// An empty spool in `folder`, or in the system's temporary folder.
    pub(crate) fn new(folder: Option<&PathBuf>, on_rows: OnRows) -> std::io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix("headwater-spool-");
        let folder = match folder {
            Some(parent) => builder.tempdir_in(parent)?,
            None => builder.tempdir()?,
        };
        Ok(Self { folder, slots: Mutex::default(), asked: Mutex::default(), on_rows })
    }

    /// Where it lies, for other files that need not outlive the import.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The batches of one relation that fall to one of `partitions` readers: every n-th batch. Reads the source first
    /// if nobody has.
    pub(crate) fn read(
        &self,
        spec: &'static ReaderSpec,
        args: &ReadArgs,
        relation: usize,
        projection: Option<Vec<usize>>,
        partition: usize,
        partitions: usize,
    ) -> QueryResult<impl Iterator<Item = Result<RecordBatch, ArrowError>> + use<>> {
        self.asked.lock().insert((spec.name, args.clone(), relation));
        let path = self.relations(spec, args)?[relation].path.clone();
        let file = File::open(&path).map_err(DataFusionError::IoError)?;
        let mut reader = FileReader::try_new(BufReader::new(file), projection)?;
        let mut index = partition;
        Ok(std::iter::from_fn(move || {
            if index >= reader.num_batches() {
                return None;
            }
            let batch = reader.set_index(index).and_then(|()| reader.next().transpose());
            index += partitions;
            batch.transpose()
        }))
    }

    /// How many rows a relation of a source has.
    pub(crate) fn rows(&self, spec: &'static ReaderSpec, args: &ReadArgs, relation: usize) -> QueryResult<u64> {
        Ok(self.relations(spec, args)?[relation].rows)
    }

    /// The relation of a path whose rows are the rows of the source: the first of those that were asked for.
    pub(crate) fn main_relation(&self, path: &Path) -> Option<(&'static ReaderSpec, ReadArgs, usize)> {
        let asked = self.asked.lock();
        let (name, args, relation) = asked.iter().find(|(_, args, _)| args.path == path)?;
        let spec = READERS.iter().find(|spec| spec.name == *name)?;
        Some((spec, args.clone(), *relation))
    }

    fn relations(&self, spec: &'static ReaderSpec, args: &ReadArgs) -> QueryResult<Vec<Relation>> {
        let slot = Arc::clone(self.slots.lock().entry((spec.name, args.clone())).or_default());
        let mut slot = slot.lock();
        if let Some(relations) = slot.as_ref() {
            return Ok(relations.clone());
        }
        let number = self.slots.lock().len();
        let mut writers = Vec::with_capacity(spec.relations.len());
        for (index, (name, _)) in spec.relations.iter().enumerate() {
            let schema = (spec.schema)(args, index).map_err(external)?;
            let path = self.folder.path().join(format!("{number}-{name}.arrow"));
            let file = File::create(&path).map_err(DataFusionError::IoError)?;
            writers.push((FileWriter::try_new(BufWriter::with_capacity(1 << 20, file), &schema)?, path, 0_u64));
        }
        let mut reader = (spec.open)(args).map_err(external)?;
        let mut total = 0;
        while let Some((index, batch)) = reader.next().map_err(external)? {
            let (writer, _, rows) = &mut writers[index];
            writer.write(&batch)?;
            *rows += batch.num_rows() as u64;
            total += batch.num_rows() as u64;
            (self.on_rows)(total);
        }
        let mut relations = Vec::with_capacity(writers.len());
        for (mut writer, path, rows) in writers {
            writer.finish()?;
            relations.push(Relation { path, rows });
        }
        *slot = Some(relations.clone());
        Ok(relations)
    }
}
