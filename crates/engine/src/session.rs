//! The one builder of sessions.
//!
//! A session reads the lake through a pin: every table a statement names is at the version of one snapshot. The pin is
//! renewed between statements and never within one, so a long query and the import beside it do not meet.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::config::SessionConfig;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{DdlStatement, LogicalPlan, TableType};
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::parser::Statement;
use parking_lot::RwLock;

use crate::audit::{self, Act, AuditedNode, Mandate, MandateOptions, Ticket, Verb};
use crate::catalog::{CATALOG, CurrentPin, KeptViews, LakeCatalog, OWN_SCHEMA, OwnState};
use crate::durations::DurationComparison;
use crate::error::{EngineError, Result};
use crate::functions::{self, FunctionContext};
use crate::identifiers::LakeIdentifiers;
use crate::labels::Label;
use crate::lake::{Lake, Pin};
use crate::macros;
use crate::operators::{GraphPlanner, OperatorPlanner};
use crate::policy::{Policy, WithheldCount};
use crate::readers::{self, ReaderMode};
use crate::shared::{self, Questions};

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The shell on the user's own machine: readers, local files by path, tables and views of its own.
    Shell,
    /// Queries of the library: readers when the caller brings them, nothing written.
    Library,
}

/// A session: SQL in, data frames out.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    pin: CurrentPin,
    kept: KeptViews,
    access: Access,
    policy: Option<Arc<Policy>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("access", &self.access).finish_non_exhaustive()
    }
}

impl Session {
    /// A session on the newest snapshot.
    pub fn new(lake: &Arc<Lake>, access: Access) -> Self {
        let mode = if access == Access::Shell { ReaderMode::Streaming } else { ReaderMode::None };
        Self::cleared(Pin::newest(lake), access, mode)
    }

    /// A library session pinned to the newest snapshot for as long as it lives: what a run needs, so that all its
    /// queries see the same rows.
    pub fn pinned(lake: &Arc<Lake>) -> Self {
        Self::cleared(Pin::newest(lake), Access::Library, ReaderMode::None)
    }

    /// A library session on one snapshot, for as long as it lives: what was known then.
    ///
    /// # Errors
    /// [`EngineError::Lake`] when the snapshot's account collisions cannot be read.
    pub fn at(lake: &Arc<Lake>, record: crate::lake::SnapshotRecord) -> Result<Self> {
        lake.adopt_collisions(&record)?;
        Ok(Self::cleared(Pin::exactly(lake, record), Access::Library, ReaderMode::None))
    }

    /// A library session on one snapshot as somebody with another clearance than the lake's sees it; with none, as somebody
    /// who sees everything. For making again what was made under it.
    ///
    /// # Errors
    /// [`EngineError::Usage`] when the lake's own clearance does not cover the other: nobody sees more by asking. Otherwise as
    /// [`Session::at`].
    pub fn at_clearance(
        lake: &Arc<Lake>,
        record: crate::lake::SnapshotRecord,
        clearance: Option<&Label>,
    ) -> Result<Self> {
        if !lake.covers(clearance) {
            let what = "what was made under a clearance is made again under one that covers it".to_owned();
            return Err(EngineError::Usage(what));
        }
        lake.adopt_collisions(&record)?;
        let policy = clearance.cloned().map(|clearance| Arc::new(Policy::new(clearance)));
        Ok(Self::with(Pin::exactly(lake, record), Access::Library, ReaderMode::None, policy))
    }

    /// A library session on the newest snapshot that sees everything, whatever the lake's clearance. For deciding whether
    /// something is to be shown, and never for showing it.
    pub fn overseeing(lake: &Arc<Lake>) -> Self {
        Self::build(Pin::newest(lake), Access::Library, ReaderMode::None)
    }

    /// A session that sees what the lake's clearance covers.
    fn cleared(pin: Pin, access: Access, readers: ReaderMode) -> Self {
        let policy = pin.lake().options().clearance.clone().map(|clearance| Arc::new(Policy::new(clearance)));
        Self::with(pin, access, readers, policy)
    }

    /// A session that sees everything: what a writer needs, or rows would be written twice.
    pub(crate) fn build(pin: Pin, access: Access, readers: ReaderMode) -> Self {
        Self::with(pin, access, readers, None)
    }

    fn with(pin: Pin, access: Access, readers: ReaderMode, policy: Option<Arc<Policy>>) -> Self {
        let lake = Arc::clone(pin.lake());
        let pin: CurrentPin = Arc::new(RwLock::new(Arc::new(pin)));
        let mut config = SessionConfig::new()
            .with_default_catalog_and_schema(CATALOG, OWN_SCHEMA)
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(true)
            .set_bool("datafusion.sql_parser.collect_spans", true)
            // Money is exact: `0.1` in a query is a decimal, as the amounts it is compared with are.
            .set_bool("datafusion.sql_parser.parse_float_as_decimal", true)
            .set_str("datafusion.execution.time_zone", "UTC")
            // Sorted runs and hash tables of one import or typology share the limit; a spilled sort is slow, a failed
            // one is lost.
            .set_usize("datafusion.execution.sort_spill_reservation_bytes", 32 << 20);
        config = config.with_option_extension(MandateOptions::of(lake.mandate()));
        if let Some(threads) = lake.options().threads {
            config = config.with_target_partitions(threads);
        }
        let functions = FunctionContext {
            accounts: Arc::clone(lake.accounts()),
            identifiers: Arc::new(LakeIdentifiers::new(&pin)),
        };
        let mut state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(Arc::clone(lake.runtime()))
            .with_default_features()
            .with_relation_planners(vec![Arc::new(OperatorPlanner)])
            .with_query_planner(Arc::new(GraphPlanner))
            .build();
        #[expect(
            clippy::expect_used,
            reason = "the builder makes an analyzer that takes rewrites, and one of each name"
        )]
        state.register_function_rewrite(Arc::new(DurationComparison)).expect("a first rewrite is taken");
        #[expect(clippy::disallowed_methods, reason = "this is the one builder of sessions")]
        let mut context = SessionContext::new_with_state(state);
        let (own_state, kept) = (OwnState::default(), KeptViews::default());
        context.register_catalog(
            CATALOG,
            Arc::new(LakeCatalog::new(Arc::clone(&pin), Arc::clone(&own_state), Arc::clone(&kept), policy.clone())),
        );
        let may_read_files = !matches!(readers, ReaderMode::None);
        for function in functions::scalars(&functions) {
            if function.name() == functions::READS_FILES && !may_read_files {
                continue;
            }
            context.register_udf(function.as_ref().clone());
        }
        readers::register(&context, &readers);
        if access == Access::Shell {
            context = context.enable_url_table();
        }
        let _first = own_state.set(context.state_weak_ref());
        Self { context, pin, kept, access, policy }
    }

    /// Plans one or more statements and returns the last one's rows; earlier ones are run for their effect. The
    /// newest snapshot is pinned for the whole of `sql`.
    ///
    /// # Errors
    /// [`EngineError::Query`] for SQL that does not parse, plan or run, or that this session may not run.
    pub async fn sql(&self, sql: &str) -> Result<DataFrame> {
        if self.access == Access::Shell {
            self.refresh();
        }
        let statements = self.parse(sql)?;
        let Some((last, first)) = statements.split_last() else {
            return Err(EngineError::Usage("there is no statement here".to_owned()));
        };
        for statement in first {
            self.run_statement(statement.clone()).await?.collect().await?;
        }
        self.run_statement(last.clone()).await
    }

    /// Parses SQL into statements without running it.
    ///
    /// # Errors
    /// [`EngineError::Query`] for SQL that does not parse.
    pub fn parse(&self, sql: &str) -> Result<Vec<Statement>> {
        let parser = datafusion::sql::parser::DFParserBuilder::new(sql).build();
        Ok(parser.and_then(|mut parser| parser.parse_statements())?.into())
    }

    /// Runs one parsed statement.
    ///
    /// # Errors
    /// As [`Session::sql`].
    pub async fn run_statement(&self, statement: Statement) -> Result<DataFrame> {
        self.pin().record().await.or_else(|error| match error {
            // A shell without a lake is still a shell: readers, files and functions work. Its tables say what is wrong.
            EngineError::Lake { .. } if self.access == Access::Shell => Ok(&NO_SNAPSHOT),
            other => Err(other),
        })?;
        let text = (self.access == Access::Shell).then(|| statement.to_string());
        let plan = self.plan_expanded(statement).await?;
        let options = match self.access {
            Access::Shell => SQLOptions::new(),
            Access::Library => SQLOptions::new().with_allow_dml(false),
        };
        options.verify_plan(&plan)?;
        let plan = match text {
            Some(text) => self.audited(plan, text).await?,
            None => plan,
        };
        Ok(self.context.execute_logical_plan(plan).await?)
    }

    /// Who acts in this session, and what for: what the lake was opened with, and what SET has changed since.
    pub fn mandate(&self) -> Mandate {
        let actor = self.pin().lake().mandate().actor.clone();
        let state = self.context.state_ref();
        let state = state.read();
        let options = state.config_options().extensions.get::<MandateOptions>();
        options.map_or_else(|| Mandate { actor: actor.clone(), ..Mandate::default() }, |given| given.mandate(&actor))
    }

    /// A statement that touches a subject is written down before it runs, and refused where the lake is governed and
    /// nobody said what for. Queries of the library are not asked: the command that runs them is.
    async fn audited(&self, plan: LogicalPlan, text: String) -> Result<LogicalPlan> {
        let pin = self.pin();
        let lake = pin.lake();
        let optimised = self.context.state().optimize(&plan)?;
        let touched = audit::touched(&optimised, lake.subjects())?;
        if touched.is_empty() {
            return Ok(plan);
        }
        let verb = if matches!(plan, LogicalPlan::Copy(_)) { Verb::Disclosure } else { Verb::Consultation };
        let act = Act { verb, statement: text, touched, about_subjects: true };
        let record = pin.record().await?;
        let ticket = lake.begin_at(&self.mandate(), act, record.governed, record.snapshot_id)?;
        Ok(match plan {
            // What is counted is what is read, and not the one row that says how much was written.
            LogicalPlan::Copy(_) | LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(_)) => count_input(plan, &ticket)?,
            LogicalPlan::Ddl(_) | LogicalPlan::Statement(_) | LogicalPlan::Dml(_) | LogicalPlan::Analyze(_) => {
                ticket.outcome("done");
                plan
            }
            query => AuditedNode::over(query, &ticket),
        })
    }

    /// Plans one statement without running it.
    ///
    /// # Errors
    /// As [`Session::sql`].
    pub async fn plan(&self, statement: Statement) -> Result<LogicalPlan> {
        self.pin().record().await?;
        self.plan_expanded(statement).await
    }

    async fn plan_expanded(&self, mut statement: Statement) -> Result<LogicalPlan> {
        let pin = self.pin();
        let library = pin.lake().library();
        macros::expand(library, &mut statement)?;
        let questions = if self.access == Access::Library { Questions::Many } else { Questions::One };
        for view in shared::needed(library, &statement, questions)? {
            if !self.kept.read().contains_key(&view) {
                self.keep(view).await?;
            }
        }
        Ok(self.context.state().statement_to_plan(statement).await?)
    }

    /// Turns a plan into a data frame of this session.
    pub fn frame(&self, plan: LogicalPlan) -> DataFrame {
        DataFrame::new(self.context.state(), plan)
    }

    /// Registers a table or view of the session's own, `schema.name` or `name`, replacing one of the same name.
    ///
    /// # Errors
    /// [`EngineError::Query`] when the name belongs to the lake.
    pub fn register(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        if let Some((schema, _)) = name.split_once('.') {
            let catalog = self.context.catalog(CATALOG);
            if let Some(catalog) = catalog.filter(|catalog| catalog.schema(schema).is_none()) {
                catalog.register_schema(schema, Arc::new(datafusion::catalog::MemorySchemaProvider::new()))?;
            }
        }
        let _replaced = self.context.deregister_table(name)?;
        self.context.register_table(name, table)?;
        Ok(())
    }

    /// Works a view of the library out and keeps its rows in memory until the session has another pin.
    async fn keep(&self, name: String) -> Result<()> {
        let rows = self.context.table(name.as_str()).await?;
        let planned = Arc::new(rows.schema().as_arrow().clone());
        let batches = rows.collect().await?;
        // What ran may promise more than what was planned: a column that is never NULL, say.
        let schema = batches.first().map_or(planned, |batch| batch.schema());
        let table = datafusion::datasource::MemTable::try_new(schema, vec![batches])?;
        self.kept.write().insert(name, Arc::new(table));
        Ok(())
    }

    /// Puts a query in the place of a table or view for this session: whatever names it, views and library files included,
    /// reads the query's rows instead. The query may read what it replaces. For an answer without some of the rows: what is
    /// left when one supplier is taken away.
    ///
    /// # Errors
    /// [`EngineError::Query`] when the query does not plan.
    pub async fn stand_in(&self, name: &str, query: &str) -> Result<()> {
        let plan = self.sql(query).await?.into_unoptimized_plan();
        let view = datafusion::datasource::ViewTable::new(plan, Some(query.to_owned()));
        let mut kept = self.kept.write();
        // What was worked out before may stand on what is replaced now.
        kept.retain(|_, table| table.table_type() == TableType::View);
        kept.insert(name.to_owned(), Arc::new(view));
        Ok(())
    }

    /// How much the clearance withholds of the pinned snapshot; `None` for a session that sees everything.
    ///
    /// # Errors
    /// [`EngineError::Query`] when what is withheld cannot be worked out; no table can be read then either.
    pub async fn withheld(&self) -> Result<Option<WithheldCount>> {
        match &self.policy {
            Some(policy) => policy.count(&self.pin()).await.map(Some),
            None => Ok(None),
        }
    }

    /// Pins the newest snapshot from the next statement on.
    pub fn refresh(&self) {
        let lake = Arc::clone(self.pin.read().lake());
        *self.pin.write() = Arc::new(Pin::newest(&lake));
        self.kept.write().clear();
    }

    pub(crate) fn set_pin(&self, pin: Pin) {
        self.kept.write().clear();
        *self.pin.write() = Arc::new(pin);
    }

    /// The pin the next statement reads through.
    pub fn pin(&self) -> Arc<Pin> {
        Arc::clone(&self.pin.read())
    }

    /// The state, for a test runner or a completion that needs to look inside.
    pub fn state(&self) -> SessionState {
        self.context.state()
    }

    /// The DataFusion context, for a test runner.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }
}

/// The plan with its one input counted.
fn count_input(plan: LogicalPlan, ticket: &Arc<Ticket>) -> Result<LogicalPlan> {
    let inputs = plan.inputs().into_iter().map(|input| AuditedNode::over(input.clone(), ticket)).collect();
    Ok(plan.with_new_exprs(plan.expressions(), inputs)?)
}

static NO_SNAPSHOT: crate::lake::SnapshotRecord = crate::lake::SnapshotRecord {
    snapshot_id: 0,
    tables: std::collections::BTreeMap::new(),
    collisions: String::new(),
    operation: String::new(),
    governed: false,
    audited: crate::audit::Anchor { number: 0, hash: String::new() },
};
