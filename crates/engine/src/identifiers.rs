//! `identifier(account)`: what the hash stands for, looked up in `flow.accounts` of the pinned snapshot.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use datafusion::arrow::array::{Array as _, AsArray as _};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::prelude::DataFrame;
use parking_lot::RwLock;

use crate::catalog::CurrentPin;
use crate::functions::IdentifierSource;
use crate::lake::Pin;

/// Looks identifiers up through the pin a session reads through at that moment.
#[derive(Debug)]
pub(crate) struct LakeIdentifiers {
    // Weak: the session owns the pin and the function that holds this.
    pin: Weak<RwLock<Arc<Pin>>>,
}

impl LakeIdentifiers {
    pub(crate) fn new(pin: &CurrentPin) -> Self {
        Self { pin: Arc::downgrade(pin) }
    }
}

#[async_trait]
impl IdentifierSource for LakeIdentifiers {
    async fn identifiers(&self, accounts: &[i64]) -> QueryResult<HashMap<i64, String>> {
        let external = |error: crate::EngineError| DataFusionError::External(Box::new(error));
        let Some(pin) = self.pin.upgrade().map(|pin| Arc::clone(&pin.read())) else { return Ok(HashMap::new()) };
        let spec = Arc::clone(pin.lake().schema().table("flow.accounts").map_err(external)?);
        let provider = pin.table(&spec).await.map_err(external)?;
        // A state of its own, without the functions that lead here.
        let state = datafusion::execution::SessionStateBuilder::new()
            .with_runtime_env(Arc::clone(pin.lake().runtime()))
            .with_default_features()
            .build();
        let scan = datafusion::logical_expr::LogicalPlanBuilder::scan(
            "accounts",
            datafusion::datasource::provider_as_source(provider),
            Some(vec![0, 2]),
        )?
        .build()?;
        let list: Vec<Expr> = accounts.iter().map(|account| lit(*account)).collect();
        let rows = DataFrame::new(state, scan).filter(col("account").in_list(list, false))?.collect().await?;
        let mut found = HashMap::with_capacity(accounts.len());
        for batch in rows {
            let keys = batch.column(0).as_primitive::<Int64Type>();
            let texts =
                datafusion::arrow::compute::cast(batch.column(1), &datafusion::arrow::datatypes::DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            for row in 0..batch.num_rows() {
                if texts.is_valid(row) {
                    found.insert(keys.value(row), texts.value(row).to_owned());
                }
            }
        }
        Ok(found)
    }
}
