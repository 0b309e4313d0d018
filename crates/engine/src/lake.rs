//! The lake: Delta tables under one root, and the snapshot that names a version of every one of them.
//!
//! A Delta commit covers one table; an import touches many. So the lake has a commit point of its own: one row in
//! `admin.snapshots`, written last, that names the version of every table. Readers pin the newest snapshot and see all
//! tables as of it ([`Pin`]); a writer that finds tables beyond it (a crash) restores them first ([`crate::Writer`]).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel as _;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::audit::{Anchor, Mandate, Subjects};
use crate::error::{EngineError, Result};
use crate::functions::{AccountHasher, Collisions};
use crate::labels::Label;
use crate::library::Library;
use crate::schema::{LakeSchema, TableSpec};

mod check;
mod lock;
mod pin;

pub use check::FilesChecked;
pub(crate) use lock::WriterLock;
pub use pin::Pin;
pub(crate) use pin::provider;

/// The table whose newest row is the lake's state.
pub(crate) const SNAPSHOTS: &str = "admin.snapshots";

/// The key under which a snapshot's row is repeated in the Delta commit that writes it, where a reader finds it
/// without opening a data file.
pub(crate) const COMMIT_KEY: &str = "headwater";

/// Limits of a lake's process, not of its data.
#[derive(Debug, Clone)]
pub struct LakeOptions {
    /// Memory that queries and imports may use before they spill, in bytes.
    pub memory_limit: usize,
    /// Where sorts and spools spill; the system's temporary folder if `None`.
    pub spill_folder: Option<PathBuf>,
    /// Threads a query may use; the machine's if `None`.
    pub threads: Option<usize>,
    /// Bits of the account hash. Anything below 64 is for tests of collisions.
    pub account_bits: u32,
    /// Who uses the lake, and what for: what every session starts with.
    pub mandate: Mandate,
    /// What readers of the lake may see; everything if `None`. Writers see everything.
    pub clearance: Option<Label>,
}

impl Default for LakeOptions {
    fn default() -> Self {
        Self {
            memory_limit: 1 << 30,
            spill_folder: None,
            threads: None,
            account_bits: 64,
            mandate: Mandate::default(),
            clearance: None,
        }
    }
}

/// A snapshot of the lake: its id and what it names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRecord {
    /// The Delta version of `admin.snapshots` that holds this row.
    pub snapshot_id: u64,
    /// The Delta version of every other table, by name.
    pub tables: BTreeMap<String, u64>,
    /// The accounts whose first hash was taken, as `AccountHasher` writes them.
    pub collisions: String,
    /// What wrote it: `init`, `import ibm_aml`, …
    pub operation: String,
    /// Whether what is about subjects is shown and sent only with purpose, case and authority.
    #[serde(default)]
    pub governed: bool,
    /// The last row of the audit journal at that time: a chain that was cut off shows in it.
    #[serde(default)]
    pub audited: Anchor,
}

/// An open lake.
#[derive(Debug)]
pub struct Lake {
    root: Url,
    library: Arc<Library>,
    schema: LakeSchema,
    options: LakeOptions,
    runtime: Arc<RuntimeEnv>,
    accounts: Arc<AccountHasher>,
    subjects: Subjects,
}

impl Lake {
    /// Names a lake without touching it: `location` is a folder, or an object-store URL.
    ///
    /// # Errors
    /// [`EngineError::Lake`] for a location that is neither, [`EngineError::QueryFile`] for a bad schema file.
    pub fn at(location: &str, library: Arc<Library>, options: LakeOptions) -> Result<Arc<Self>> {
        let root = root_url(location)?;
        let schema = LakeSchema::from_library(&library)?;
        let subjects = Subjects::of(&library, &schema)?;
        // Fair: what can spill gets a share and spills beyond it, so that a merge of spilled runs finds room.
        let pool = TrackConsumersPool::new(
            FairSpillPool::new(options.memory_limit),
            std::num::NonZeroUsize::MIN.saturating_add(4),
        );
        let mut runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool));
        if let Some(folder) = &options.spill_folder {
            runtime = runtime.with_temp_file_path(folder.clone());
        }
        let accounts = Arc::new(AccountHasher::with_bits(options.account_bits));
        Ok(Arc::new(Self { root, library, schema, options, runtime: runtime.build_arc()?, accounts, subjects }))
    }

    /// Creates the lake's tables where they are missing and writes the first snapshot. Running it again, or after it
    /// was killed half-way, is safe.
    ///
    /// # Errors
    /// [`EngineError::Lake`] when the location cannot be written.
    pub async fn init(self: &Arc<Self>) -> Result<SnapshotRecord> {
        if let Some(folder) = self.local_folder() {
            std::fs::create_dir_all(&folder).map_err(|source| EngineError::Io { path: folder, source })?;
        }
        let writer = crate::Writer::create(self).await?;
        writer.finish_init().await
    }

    /// Whether there is a lake at the location.
    ///
    /// # Errors
    /// [`EngineError::Store`] when the location cannot be reached.
    pub async fn exists(&self) -> Result<bool> {
        Ok(self.table_handle(self.schema.table(SNAPSHOTS)?)?.verify_deltatable_existence().await?)
    }

    /// The newest snapshot.
    ///
    /// # Errors
    /// [`EngineError::Lake`] when there is no lake here, or its log cannot be read.
    pub async fn newest_snapshot(&self) -> Result<SnapshotRecord> {
        let spec = self.schema.table(SNAPSHOTS)?;
        let mut table = self.table_handle(spec)?;
        if let Err(error) = table.load().await {
            // The kernel has its own word for a folder that is not there, and none that can be matched.
            let no_folder = self.local_folder().is_some_and(|folder| !folder.join(&spec.location).is_dir());
            return Err(match error {
                DeltaTableError::NotATable(_) | DeltaTableError::InvalidTableLocation(_) => self.missing(),
                _ if no_folder => self.missing(),
                other => self.damaged(&spec.name, &other),
            });
        }
        if table.version() == Some(0) {
            return Ok(SnapshotRecord::default());
        }
        let newest = {
            use futures::TryStreamExt as _;
            table.history(Some(1)).try_next().await.map_err(|error| self.damaged(&spec.name, &error))?
        };
        newest
            .and_then(|commit| commit.info.get(COMMIT_KEY).cloned())
            .and_then(|value| serde_json::from_value(value).ok())
            .ok_or_else(|| self.broken("the newest commit of admin.snapshots was not written by Headwater"))
    }

    /// A snapshot by its id, for a reader that asks what was known then: with [`crate::Session::at`] every table is at the
    /// version it had.
    ///
    /// # Errors
    /// [`EngineError::Lake`] when there is no lake, or it never had such a snapshot.
    pub async fn snapshot(self: &Arc<Self>, id: u64) -> Result<SnapshotRecord> {
        let found = self.snapshots().await?.into_iter().find(|record| record.snapshot_id == id);
        found.ok_or_else(|| self.broken(format!("there is no snapshot {id}")))
    }

    /// Every snapshot, oldest first. Whether it was governed, and what the audit journal held, is known of those whose
    /// commit is still in the log of `admin.snapshots`.
    ///
    /// # Errors
    /// [`EngineError::Lake`] when there is no lake, or its snapshots cannot be read.
    pub async fn snapshots(self: &Arc<Self>) -> Result<Vec<SnapshotRecord>> {
        use futures::TryStreamExt as _;
        let spec = self.schema.table(SNAPSHOTS)?;
        self.newest_snapshot().await?;
        let mut table = self.table_handle(spec)?;
        table.load().await.map_err(|error| self.damaged(&spec.name, &error))?;
        let commits: Vec<_> =
            table.history(None).try_collect().await.map_err(|error| self.damaged(&spec.name, &error))?;
        let record = |value: serde_json::Value| serde_json::from_value::<SnapshotRecord>(value).ok();
        let mut logged: BTreeMap<u64, SnapshotRecord> = commits
            .into_iter()
            .filter_map(|commit| commit.info.get(COMMIT_KEY).cloned().and_then(record))
            .map(|record| (record.snapshot_id, record))
            .collect();
        let sql = "SELECT snapshot_id, tables, collisions, operation FROM admin.snapshots ORDER BY snapshot_id";
        let mut records = Vec::new();
        for batch in crate::Session::pinned(self).sql(sql).await?.collect().await? {
            let texts = batch.columns().iter().map(|column| cast(column, &DataType::Utf8));
            let texts = texts.collect::<Result<Vec<_>, _>>().map_err(DataFusionError::from)?;
            for row in 0..batch.num_rows() {
                let text = |index: usize| texts.get(index).map(|column| column.as_string::<i32>().value(row));
                let text = |index: usize| text(index).unwrap_or_default();
                let snapshot_id = text(0).parse::<u64>().map_err(|_| self.broken("a snapshot has no number"))?;
                let of_log = logged.remove(&snapshot_id).unwrap_or_default();
                records.push(SnapshotRecord {
                    snapshot_id,
                    tables: serde_json::from_str(text(1)).map_err(|error| self.broken(error.to_string()))?,
                    collisions: text(2).to_owned(),
                    operation: text(3).to_owned(),
                    ..of_log
                });
            }
        }
        Ok(records)
    }

    /// Sets whether the lake is governed, in a snapshot of its own.
    ///
    /// # Errors
    /// [`EngineError::Lake`] when the lake cannot be written, or cannot keep an audit journal.
    pub async fn govern(self: &Arc<Self>, governed: bool) -> Result<SnapshotRecord> {
        let writer = crate::Writer::open(self).await?;
        writer.govern(governed).await
    }

    /// The tables that are declared.
    pub fn schema(&self) -> &LakeSchema {
        &self.schema
    }

    /// The query files this lake was opened with.
    pub fn library(&self) -> &Arc<Library> {
        &self.library
    }

    /// The location as given to the user.
    pub fn location(&self) -> String {
        self.local_folder().map_or_else(|| self.root.to_string(), |folder| folder.display().to_string())
    }

    /// The limits the lake was opened with.
    pub fn options(&self) -> &LakeOptions {
        &self.options
    }

    /// Whether the lake's clearance covers another one; none is that of somebody who sees everything.
    pub fn covers(&self, clearance: Option<&Label>) -> bool {
        match (&self.options.clearance, clearance) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => other.is_within(own),
        }
    }

    pub(crate) fn runtime(&self) -> &Arc<RuntimeEnv> {
        &self.runtime
    }

    pub(crate) fn subjects(&self) -> &Subjects {
        &self.subjects
    }

    pub(crate) fn accounts(&self) -> &Arc<AccountHasher> {
        &self.accounts
    }

    /// Makes `account()` answer as the snapshot says.
    pub(crate) fn adopt_collisions(&self, record: &SnapshotRecord) -> Result<()> {
        let collisions = if record.collisions.is_empty() {
            Collisions::default()
        } else {
            Collisions::from_json(&record.collisions)?
        };
        self.accounts.set_collisions(collisions);
        Ok(())
    }

    pub(crate) fn local_folder(&self) -> Option<PathBuf> {
        (self.root.scheme() == "file").then(|| self.root.to_file_path().ok()).flatten()
    }

    /// A handle on a table that has read nothing yet.
    pub(crate) fn table_handle(&self, spec: &TableSpec) -> Result<DeltaTable> {
        Ok(self.table_builder(spec)?.build()?)
    }

    pub(crate) fn table_builder(&self, spec: &TableSpec) -> Result<DeltaTableBuilder> {
        let url = self.root.join(&format!("{}/", spec.location)).map_err(|error| self.broken(error.to_string()))?;
        Ok(DeltaTableBuilder::from_url(url)?)
    }

    /// Creates a table if it does not exist, and returns it loaded at its head.
    pub(crate) async fn ensure_table(&self, spec: &TableSpec) -> Result<DeltaTable> {
        let mut table = self.table_handle(spec)?;
        if let Some(folder) = self.local_folder() {
            let folder = folder.join(&spec.location);
            std::fs::create_dir_all(&folder).map_err(|source| EngineError::Io { path: folder, source })?;
        }
        if !table.verify_deltatable_existence().await? {
            let columns: StructType = spec
                .schema
                .as_ref()
                .try_into_kernel()
                .map_err(|error: datafusion::arrow::error::ArrowError| self.broken(error.to_string()))?;
            table
                .create()
                .with_table_name(spec.name.clone())
                .with_columns(columns.fields().cloned())
                .with_save_mode(SaveMode::Ignore)
                .await?;
            table = self.table_handle(spec)?;
        }
        table.load().await.map_err(|error| self.damaged(&spec.name, &error))?;
        Ok(table)
    }

    pub(crate) fn broken(&self, what: impl Into<String>) -> EngineError {
        EngineError::Lake { location: self.location(), what: what.into() }
    }

    fn missing(&self) -> EngineError {
        self.broken("there is no lake here; `headwater init` makes one")
    }

    /// A table whose log cannot be read: the rest of the lake is still there, and the error says so.
    pub(crate) fn damaged(&self, table: &str, error: &DeltaTableError) -> EngineError {
        self.broken(format!(
            "the log of {table} cannot be read ({error}); the other tables are not affected. Restore its `_delta_log` \
             folder from a copy, or import into a new lake"
        ))
    }
}

fn root_url(location: &str) -> Result<Url> {
    let refuse = |what: String| EngineError::Lake { location: location.to_owned(), what };
    if location.contains("://") {
        let mut url = Url::parse(location).map_err(|error| refuse(error.to_string()))?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        return Ok(url);
    }
    let absolute = std::path::absolute(Path::new(location)).map_err(|error| refuse(error.to_string()))?;
    Url::from_directory_path(absolute).map_err(|()| refuse("not a folder name".to_owned()))
}
