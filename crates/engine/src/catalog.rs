//! The lake as a DataFusion catalog: schemas `flow`, `btc`, … over the pinned tables, and `main` for a session's own.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlan, TableType};
use parking_lot::RwLock;

use crate::lake::Pin;
use crate::library::{Kind, QueryFile};
use crate::macros;
use crate::policy::Policy;
use crate::schema::TableSpec;

/// The catalog's name, which users need not write.
pub(crate) const CATALOG: &str = "headwater";
/// The schema where a session's own views and tables live.
pub(crate) const OWN_SCHEMA: &str = "main";

/// The pin a session reads through; replaced between statements, never within one.
pub(crate) type CurrentPin = Arc<RwLock<Arc<Pin>>>;

/// The state of the session the catalog belongs to, which plans the library's views. Weak, because the state owns the
/// catalog.
pub(crate) type OwnState = Arc<OnceLock<Weak<RwLock<SessionState>>>>;

/// Views whose rows a session keeps, by full name.
pub(crate) type KeptViews = Arc<RwLock<BTreeMap<String, Arc<dyn TableProvider>>>>;

#[derive(Debug)]
pub(crate) struct LakeCatalog {
    pin: CurrentPin,
    state: OwnState,
    kept: KeptViews,
    policy: Option<Arc<Policy>>,
    names: Vec<String>,
    own: RwLock<Vec<(String, Arc<dyn SchemaProvider>)>>,
}

impl LakeCatalog {
    pub(crate) fn new(pin: CurrentPin, state: OwnState, kept: KeptViews, policy: Option<Arc<Policy>>) -> Self {
        let names = pin.read().lake().schema().schema_names();
        let own = vec![(OWN_SCHEMA.to_owned(), Arc::new(MemorySchemaProvider::new()) as Arc<dyn SchemaProvider>)];
        Self { pin, state, kept, policy, names, own: RwLock::new(own) }
    }
}

impl CatalogProvider for LakeCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.names.iter().cloned().chain(self.own.read().iter().map(|(name, _)| name.clone())).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if self.names.iter().any(|known| known == name) {
            let lake = Arc::clone(self.pin.read().lake());
            let tables = lake.schema().tables().filter(|spec| spec.schema_name == name).cloned().collect();
            let views = lake.library().all(Kind::View).filter_map(|file| {
                let (schema, view) = file.header.section("Name")?.split_once('.')?;
                (schema == name).then(|| (view.to_owned(), Arc::clone(file)))
            });
            return Some(Arc::new(LakeSchemaProvider {
                pin: Arc::clone(&self.pin),
                state: Arc::clone(&self.state),
                kept: Arc::clone(&self.kept),
                policy: self.policy.clone(),
                schema: name.to_owned(),
                tables,
                views: views.collect(),
            }));
        }
        self.own.read().iter().find(|(known, _)| known == name).map(|(_, schema)| Arc::clone(schema))
    }

    fn register_schema(
        &self,
        name: &str,
        schema: Arc<dyn SchemaProvider>,
    ) -> QueryResult<Option<Arc<dyn SchemaProvider>>> {
        if self.names.iter().any(|known| known == name) {
            return Err(DataFusionError::Plan(format!("schema `{name}` belongs to the lake")));
        }
        self.own.write().push((name.to_owned(), schema));
        Ok(None)
    }
}

#[derive(Debug)]
struct LakeSchemaProvider {
    pin: CurrentPin,
    state: OwnState,
    kept: KeptViews,
    policy: Option<Arc<Policy>>,
    schema: String,
    tables: Vec<Arc<TableSpec>>,
    views: Vec<(String, Arc<QueryFile>)>,
}

impl LakeSchemaProvider {
    fn spec(&self, name: &str) -> Option<&Arc<TableSpec>> {
        self.tables.iter().find(|spec| spec.table_name == name)
    }

    fn view(&self, name: &str) -> Option<&Arc<QueryFile>> {
        self.views.iter().find(|(known, _)| known == name).map(|(_, file)| file)
    }
}

impl LakeSchemaProvider {
    /// A view's text, the macros it calls in place.
    async fn plan(&self, state: &SessionState, sql: &str) -> QueryResult<LogicalPlan> {
        let dialect = state.config_options().sql_parser.dialect;
        let mut statement = state.sql_to_statement(sql, &dialect)?;
        let lake = Arc::clone(self.pin.read().lake());
        macros::expand(lake.library(), &mut statement).map_err(|error| DataFusionError::External(Box::new(error)))?;
        state.statement_to_plan(statement).await
    }
}

#[async_trait]
impl SchemaProvider for LakeSchemaProvider {
    fn table_names(&self) -> Vec<String> {
        let views = self.views.iter().map(|(name, _)| name.clone());
        self.tables.iter().map(|spec| spec.table_name.clone()).chain(views).collect()
    }

    async fn table(&self, name: &str) -> QueryResult<Option<Arc<dyn TableProvider>>> {
        if let Some(rows) = self.kept.read().get(&format!("{}.{name}", self.schema)) {
            return Ok(Some(Arc::clone(rows)));
        }
        if let Some(file) = self.view(name) {
            let Some(state) = self.state.get().and_then(Weak::upgrade) else { return Ok(None) };
            let state = state.read().clone();
            let plan = self.plan(&state, &file.text).await.map_err(|error| error.context(file.path()))?;
            return Ok(Some(Arc::new(ViewTable::new(plan, Some(file.text.clone())))));
        }
        let Some(spec) = self.spec(name) else { return Ok(None) };
        let pin = Arc::clone(&self.pin.read());
        let outside = |error: crate::error::EngineError| DataFusionError::External(Box::new(error));
        let table = pin.table(spec).await.map_err(outside)?;
        match &self.policy {
            Some(policy) => policy.narrow(&pin, spec, table).await.map(Some).map_err(outside),
            None => Ok(Some(table)),
        }
    }

    async fn table_type(&self, name: &str) -> QueryResult<Option<TableType>> {
        Ok(self.view(name).map(|_| TableType::View).or_else(|| self.spec(name).map(|_| TableType::Base)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.spec(name).is_some() || self.view(name).is_some()
    }
}
