//! The one way anything gets into the lake.
//!
//! A writer holds the lake's lock, appends to tables (leaving out rows whose natural key is already there), and in the
//! end commits a snapshot that names the new version of every table. Until that last row is written no reader sees any
//! of it; a writer that dies leaves table heads beyond the snapshot, and the next one restores them before it starts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array};
use datafusion::arrow::compute::cast;
use datafusion::logical_expr::Expr;
use datafusion::prelude::DataFrame;
use deltalake::DeltaTable;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, Add, Remove};
use deltalake::protocol::{DeltaOperation, SaveMode};

use crate::audit::{Anchor, Journal};
use crate::error::Result;
use crate::lake::{COMMIT_KEY, Lake, Pin, SNAPSHOTS, SnapshotRecord, WriterLock};
use crate::readers::ReaderMode;
use crate::schema::TableSpec;
use crate::session::{Access, Session};

mod append;
mod keys;
mod sink;

pub use append::Appended;
use keys::Keys;

/// How long a writer waits for another one to finish.
const PATIENCE: Duration = Duration::from_secs(600);

/// A transaction on the lake.
#[derive(Debug)]
pub struct Writer {
    lake: Arc<Lake>,
    tables: BTreeMap<String, DeltaTable>,
    keys: BTreeMap<String, Keys>,
    /// By table and column: the least value among the rows of this transaction.
    least: BTreeMap<String, BTreeMap<String, i64>>,
    base: SnapshotRecord,
    session: Session,
    dirty: bool,
    _lock: WriterLock,
}

impl Writer {
    /// Waits for the lake's lock and restores whatever a crashed writer left behind.
    ///
    /// # Errors
    /// [`crate::EngineError::Lake`] when there is no lake, or another writer does not finish.
    pub async fn open(lake: &Arc<Lake>) -> Result<Self> {
        // Before the lock, so that a mistyped location is an error and not a new folder.
        lake.newest_snapshot().await?;
        Self::locked(lake, ReaderMode::None).await
    }

    pub(crate) async fn open_with_readers(lake: &Arc<Lake>, readers: ReaderMode) -> Result<Self> {
        lake.newest_snapshot().await?;
        Self::locked(lake, readers).await
    }

    /// For `init`: the tables may not be there yet.
    pub(crate) async fn create(lake: &Arc<Lake>) -> Result<Self> {
        Self::locked(lake, ReaderMode::None).await
    }

    async fn locked(lake: &Arc<Lake>, readers: ReaderMode) -> Result<Self> {
        let lock = WriterLock::acquire(lake, PATIENCE).await?;
        lake.ensure_table(lake.schema().table(SNAPSHOTS)?).await?;
        // Read again under the lock: another writer may have committed while this one waited.
        let base = lake.newest_snapshot().await?;
        let session = Session::build(Pin::exactly(lake, base.clone()), Access::Library, readers);
        let mut writer = Self {
            lake: Arc::clone(lake),
            tables: BTreeMap::new(),
            keys: BTreeMap::new(),
            least: BTreeMap::new(),
            base,
            session,
            dirty: false,
            _lock: lock,
        };
        writer.lake.adopt_collisions(&writer.base)?;
        writer.recover().await?;
        Ok(writer)
    }

    /// Brings every table back to the version the newest snapshot names, and creates tables that this version of the
    /// program added.
    async fn recover(&mut self) -> Result<()> {
        self.keys.clear();
        let mut changed = false;
        for spec in self.lake.schema().tables() {
            if spec.name == SNAPSHOTS || spec.journal {
                continue;
            }
            let mut table = self.lake.ensure_table(spec).await?;
            // A table the snapshot does not name was created by an `init` that died; its first version is empty.
            let pinned = self.base.tables.get(&spec.name).copied();
            let head = table.version().unwrap_or(0);
            if head != pinned.unwrap_or(0) {
                let target = pinned.unwrap_or(0);
                let (restored, _) = table
                    .clone()
                    .restore()
                    .with_version_to_restore(target)
                    .await
                    .map_err(|error| self.lake.damaged(&spec.name, &error))?;
                table = restored;
                table.load().await.map_err(|error| self.lake.damaged(&spec.name, &error))?;
                changed = true;
            }
            changed |= pinned.is_none();
            self.tables.insert(spec.name.clone(), table);
        }
        if changed {
            // The restored heads are the state from here on; naming them now keeps the next writer from restoring again.
            let operation = if self.base.tables.is_empty() { "init" } else { "recover" };
            self.write_snapshot(operation).await?;
        }
        self.repin();
        Ok(())
    }

    pub(crate) async fn finish_init(self) -> Result<SnapshotRecord> {
        Ok(self.base)
    }

    /// A session that sees this transaction's own appends.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The lake.
    pub fn lake(&self) -> &Arc<Lake> {
        &self.lake
    }

    /// Appends the rows of `rows` whose natural key the table does not hold yet.
    ///
    /// Columns are matched by name; a missing nullable column is NULL. The result counts what was stored and what was
    /// a duplicate, of the table's rows and of the rows before it.
    ///
    /// # Errors
    /// [`crate::EngineError::Query`] when the rows cannot be computed or a column does not fit the table.
    pub async fn append(&mut self, table: &str, rows: DataFrame) -> Result<Appended> {
        let spec = Arc::clone(self.lake.schema().table(table)?);
        let (adds, appended) = append::stage(self, &spec, rows).await?;
        if !adds.is_empty() {
            self.commit_table(&spec, adds, Vec::new()).await?;
            self.repin();
        }
        Ok(appended)
    }

    /// Puts rows in the place of all a table has. Two rows of one key are one, as in [`Writer::append`].
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub(crate) async fn replace(&mut self, table: &str, rows: DataFrame) -> Result<Appended> {
        let spec = Arc::clone(self.lake.schema().table(table)?);
        let keys = Keys::none(self, &spec)?;
        self.keep_keys(&spec, keys);
        let (adds, appended) = append::stage(self, &spec, rows).await?;
        let old = self.files_of(&spec)?;
        if !(adds.is_empty() && old.is_empty()) {
            self.commit_table(&spec, adds, old).await?;
            self.repin();
        }
        Ok(appended)
    }

    /// Removes the rows of a table for which `predicate` is true. Files without such rows are left alone.
    ///
    /// # Errors
    /// [`crate::EngineError::Store`] when the table refuses, for instance a column that is not there.
    pub(crate) async fn remove(&mut self, table: &str, predicate: Expr) -> Result<()> {
        let spec = Arc::clone(self.lake.schema().table(table)?);
        let Some(old) = self.tables.get(&spec.name).cloned() else {
            return Err(self.lake.broken(format!("{} is not open for writing", spec.name)));
        };
        if old.snapshot()?.log_data().num_files() == 0 {
            return Ok(());
        }
        let (mut new, _) = old.delete().with_predicate(predicate).await?;
        new.load().await?;
        self.tables.insert(spec.name.clone(), new);
        self.keys.remove(&spec.name);
        self.dirty = true;
        self.repin();
        Ok(())
    }

    /// Whether the lake has a table of this name, and it has no rows.
    pub(crate) fn is_empty(&self, table: &str) -> bool {
        let files =
            self.tables.get(table).and_then(|table| table.snapshot().ok()).map(|state| state.log_data().num_files());
        files == Some(0)
    }

    /// The smallest value of a whole-number column among the rows this transaction brought, as its files say; none where
    /// they do not, or it brought none.
    pub(crate) fn least_new(&self, table: &str, column: &str) -> Option<i64> {
        self.least.get(table)?.get(column).copied()
    }

    /// Keeps the least values of the files that are added to a table.
    fn note_least(&mut self, table: &str, adds: &[Add]) {
        let least = self.least.entry(table.to_owned()).or_default();
        for add in adds {
            let stats = add.stats.as_deref().and_then(|stats| serde_json::from_str::<serde_json::Value>(stats).ok());
            let Some(serde_json::Value::Object(values)) =
                stats.and_then(|mut stats| stats.get_mut("minValues").map(serde_json::Value::take))
            else {
                continue;
            };
            for (column, value) in values {
                if let Some(value) = value.as_i64() {
                    let known = least.entry(column).or_insert(value);
                    *known = value.min(*known);
                }
            }
        }
    }

    /// Whether this transaction has changed a table.
    pub(crate) fn has_changed(&self, table: &str) -> bool {
        let now = self.tables.get(table).and_then(|table| table.version());
        now.is_some() && now != self.base.tables.get(table).copied()
    }

    /// Removes what this transaction has appended so far. Also what happens, later, when a writer is dropped.
    ///
    /// # Errors
    /// [`crate::EngineError::Store`] when a table cannot be restored.
    pub async fn rollback(mut self) -> Result<()> {
        if self.dirty {
            self.recover().await?;
        }
        Ok(())
    }

    /// Writes the snapshot that makes this transaction visible. With nothing appended nothing is written.
    ///
    /// # Errors
    /// [`crate::EngineError::Store`] when the row cannot be written; nothing of the transaction is then visible.
    pub async fn commit(mut self, operation: &str) -> Result<SnapshotRecord> {
        if self.dirty {
            self.write_snapshot(operation).await?;
        }
        Ok(self.base)
    }

    /// Commits a snapshot that differs from the one before in whether the lake is governed.
    pub(crate) async fn govern(mut self, governed: bool) -> Result<SnapshotRecord> {
        if self.base.governed != governed {
            self.base.governed = governed;
            self.write_snapshot(if governed { "govern" } else { "govern off" }).await?;
        }
        Ok(self.base)
    }

    pub(crate) fn delta_table(&self, spec: &TableSpec) -> Option<&DeltaTable> {
        self.tables.get(&spec.name)
    }

    pub(crate) fn take_keys(&mut self, spec: &TableSpec) -> Option<Keys> {
        self.keys.remove(&spec.name)
    }

    pub(crate) fn keep_keys(&mut self, spec: &TableSpec, keys: Keys) {
        self.keys.insert(spec.name.clone(), keys);
    }

    fn repin(&mut self) {
        let mut record = self.base.clone();
        record.tables = self.versions();
        self.session.set_pin(Pin::exactly(&self.lake, record));
    }

    fn versions(&self) -> BTreeMap<String, u64> {
        self.tables.iter().map(|(name, table)| (name.clone(), table.version().unwrap_or(0))).collect()
    }

    /// The files a table consists of, as what removes them.
    fn files_of(&self, spec: &TableSpec) -> Result<Vec<Remove>> {
        let Some(table) = self.tables.get(&spec.name) else { return Ok(Vec::new()) };
        Ok(table.snapshot()?.log_data().iter().map(|file| file.remove_action(true)).collect())
    }

    async fn commit_table(&mut self, spec: &TableSpec, adds: Vec<Add>, removes: Vec<Remove>) -> Result<()> {
        let Some(table) = self.tables.get_mut(&spec.name) else {
            return Err(self.lake.broken(format!("{} is not open for writing", spec.name)));
        };
        let noted = adds.clone();
        commit_files(table, adds, removes, CommitProperties::default()).await?;
        self.note_least(&spec.name, &noted);
        self.dirty = true;
        Ok(())
    }

    async fn write_snapshot(&mut self, operation: &str) -> Result<()> {
        let spec = Arc::clone(self.lake.schema().table(SNAPSHOTS)?);
        let mut table = self.lake.ensure_table(&spec).await?;
        let record = SnapshotRecord {
            snapshot_id: table.version().unwrap_or(0) + 1,
            tables: self.versions(),
            collisions: self.lake.accounts().collisions().to_json(),
            operation: operation.to_owned(),
            governed: self.base.governed,
            audited: Journal::of(&self.lake).map_or_else(|| Ok(Anchor::default()), |journal| journal.anchor())?,
        };
        let tables = serde_json::to_string(&record.tables).map_err(|error| self.lake.broken(error.to_string()))?;
        let now = chrono::Utc::now().timestamp_micros();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("snapshot_id", Arc::new(UInt64Array::from(vec![record.snapshot_id]))),
            ("time", Arc::new(TimestampMicrosecondArray::from(vec![now]).with_timezone("UTC"))),
            ("operation", Arc::new(StringArray::from(vec![operation]))),
            ("tables", Arc::new(StringArray::from(vec![tables]))),
            ("collisions", Arc::new(StringArray::from(vec![record.collisions.clone()]))),
            ("program", Arc::new(StringArray::from(vec![crate::PROGRAM]))),
        ];
        let mut arrays = Vec::with_capacity(columns.len());
        for field in spec.schema.fields() {
            let found = columns.iter().find(|(name, _)| name == field.name());
            let (_, array) =
                found.ok_or_else(|| self.lake.broken(format!("admin.snapshots.{} is unknown", field.name())))?;
            arrays.push(cast(array, field.data_type()).map_err(datafusion::error::DataFusionError::from)?);
        }
        let batch =
            RecordBatch::try_new(Arc::clone(&spec.schema), arrays).map_err(datafusion::error::DataFusionError::from)?;
        let adds = sink::write_small(&spec, &table, batch).await?;
        let value = serde_json::to_value(&record).map_err(|error| self.lake.broken(error.to_string()))?;
        let properties = CommitProperties::default().with_metadata([(COMMIT_KEY.to_owned(), value)]);
        commit_files(&mut table, adds, Vec::new(), properties).await?;
        self.base = record;
        self.dirty = false;
        Ok(())
    }
}

async fn commit_files(
    table: &mut DeltaTable,
    adds: Vec<Add>,
    removes: Vec<Remove>,
    properties: CommitProperties,
) -> Result<()> {
    let mode = if removes.is_empty() { SaveMode::Append } else { SaveMode::Overwrite };
    let actions = adds.into_iter().map(Action::Add).chain(removes.into_iter().map(Action::Remove)).collect();
    let operation = DeltaOperation::Write { mode, partition_by: None, predicate: None };
    let state = table.snapshot()?.clone();
    CommitBuilder::from(properties).with_actions(actions).build(Some(&state), table.log_store(), operation).await?;
    table.load().await?;
    Ok(())
}
