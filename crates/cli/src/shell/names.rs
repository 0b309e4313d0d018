//! Every name that a query may use, in the order an investigator wants to see it.

use std::collections::BTreeSet;
use std::sync::Arc;

use headwater_engine::datafusion::catalog::SchemaProvider;
use headwater_engine::{Kind, Session, operator_docs, reader_docs};

const CATALOG: &str = "headwater";
const OWN: &str = "main";

/// The schemas with their providers: flow and finding first, the session's own last.
pub(crate) fn schemas(session: &Session) -> Vec<(String, Arc<dyn SchemaProvider>)> {
    let Some(catalog) = session.context().catalog(CATALOG) else { return Vec::new() };
    catalog.schema_names().into_iter().filter_map(|name| Some((name.clone(), catalog.schema(&name)?))).collect()
}

/// Tables and views as a query names them: `flow.transfers`; the session's own without a schema.
pub(crate) fn tables(session: &Session) -> Vec<String> {
    let mut names = Vec::new();
    for (schema, provider) in schemas(session) {
        let tables: BTreeSet<String> = provider.table_names().into_iter().collect();
        let qualified = |table: String| if schema == OWN { table } else { format!("{schema}.{table}") };
        names.extend(tables.into_iter().map(qualified));
    }
    names
}

/// Columns of the lake's tables.
pub(crate) fn columns(session: &Session) -> Vec<String> {
    let lake = Arc::clone(session.pin().lake());
    let names: BTreeSet<String> = lake
        .schema()
        .tables()
        .flat_map(|table| table.schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>())
        .collect();
    names.into_iter().collect()
}

/// Functions of every kind, ours and DataFusion's, readers included.
pub(crate) fn functions(session: &Session) -> Vec<String> {
    let state = session.state();
    let names: BTreeSet<String> = state
        .scalar_functions()
        .keys()
        .chain(state.aggregate_functions().keys())
        .chain(state.window_functions().keys())
        .chain(state.table_functions().keys())
        .cloned()
        .chain(operator_docs().iter().map(|operator| operator.name.to_owned()))
        .chain(reader_docs().iter().map(|reader| reader.name.to_owned()))
        .chain(session.pin().lake().library().all(Kind::Macro).map(|file| file.stem.clone()))
        .collect();
    names.into_iter().collect()
}
