//! A pinned view of the lake: one version of every table, opened on first use.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use deltalake::DeltaTable;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::error::Result;
use crate::lake::{Lake, SNAPSHOTS, SnapshotRecord};
use crate::schema::TableSpec;

type Slot = Arc<OnceCell<Arc<dyn TableProvider>>>;

/// The lake as of one snapshot. Cheap to make: a table's log is read when a query first names it.
#[derive(Debug)]
pub struct Pin {
    lake: Arc<Lake>,
    record: OnceCell<SnapshotRecord>,
    tables: Mutex<BTreeMap<String, Slot>>,
}

impl Pin {
    /// Pins the newest snapshot, found when the first table is opened.
    pub fn newest(lake: &Arc<Lake>) -> Self {
        Self { lake: Arc::clone(lake), record: OnceCell::new(), tables: Mutex::default() }
    }

    /// Pins exactly these versions.
    pub fn exactly(lake: &Arc<Lake>, record: SnapshotRecord) -> Self {
        Self { lake: Arc::clone(lake), record: OnceCell::new_with(Some(record)), tables: Mutex::default() }
    }

    /// The snapshot this pin stands on.
    ///
    /// # Errors
    /// [`crate::EngineError::Lake`] when there is no lake.
    pub async fn record(&self) -> Result<&SnapshotRecord> {
        self.record
            .get_or_try_init(|| async {
                let record = self.lake.newest_snapshot().await?;
                self.lake.adopt_collisions(&record)?;
                Ok(record)
            })
            .await
    }

    /// The lake.
    pub fn lake(&self) -> &Arc<Lake> {
        &self.lake
    }

    /// A table at its pinned version.
    ///
    /// # Errors
    /// [`crate::EngineError::Lake`] when its log cannot be read.
    pub async fn table(&self, spec: &Arc<TableSpec>) -> Result<Arc<dyn TableProvider>> {
        let slot = Arc::clone(self.tables.lock().entry(spec.name.clone()).or_default());
        slot.get_or_try_init(|| async {
            if spec.journal {
                return crate::audit::provider(spec, self.lake.journal_file());
            }
            let record = self.record().await?;
            let version =
                if spec.name == SNAPSHOTS { Some(record.snapshot_id) } else { record.tables.get(&spec.name).copied() };
            let Some(version) = version else {
                // Declared by this version of the program, and not yet in the lake: empty until the next write.
                let empty = datafusion::datasource::empty::EmptyTable::new(Arc::clone(&spec.schema));
                return Ok(Arc::new(empty) as Arc<dyn TableProvider>);
            };
            let mut table = self.lake.table_handle(spec)?;
            table.load_version(version).await.map_err(|error| self.lake.damaged(&spec.name, &error))?;
            provider(spec, &table).await
        })
        .await
        .cloned()
    }
}

/// A provider over a loaded Delta table that can be read and not written.
pub(crate) async fn provider(spec: &Arc<TableSpec>, table: &DeltaTable) -> Result<Arc<dyn TableProvider>> {
    let inner = table.table_provider().await?;
    Ok(Arc::new(PinnedTable { spec: Arc::clone(spec), inner }))
}

/// A Delta table at one version. It does not forward inserts: the lake is written by imports and runs alone.
#[derive(Debug)]
struct PinnedTable {
    spec: Arc<TableSpec>,
    inner: Arc<dyn TableProvider>,
}

#[async_trait]
impl TableProvider for PinnedTable {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        self.inner.scan(state, projection, filters, limit).await
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> QueryResult<Vec<TableProviderFilterPushDown>> {
        self.inner.supports_filters_pushdown(filters)
    }

    fn statistics(&self) -> Option<Statistics> {
        self.inner.statistics()
    }

    async fn insert_into(
        &self,
        _state: &dyn Session,
        _input: Arc<dyn ExecutionPlan>,
        _insert_op: datafusion::logical_expr::dml::InsertOp,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        Err(DataFusionError::Plan(format!(
            "{} is written by `headwater import` and `headwater run` alone; make a table of your own with CREATE TABLE",
            self.spec.name
        )))
    }
}
