//! What small questions answer, as text.

use headwater_engine::Session;
use headwater_engine::datafusion::arrow::array::AsArray as _;
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::DataType;
use headwater_engine::datafusion::error::DataFusionError;

use crate::LinkError;

/// The rows of a query, as texts.
pub(crate) async fn texts(session: &Session, sql: &str) -> Result<Vec<Vec<String>>, LinkError> {
    let mut rows = Vec::new();
    for batch in session.sql(sql).await?.collect().await? {
        let columns = batch.columns().iter().map(|column| cast(column, &DataType::Utf8));
        let columns =
            columns.collect::<Result<Vec<_>, _>>().map_err(|error| LinkError::from(DataFusionError::from(error)))?;
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|column| column.as_string::<i32>().value(row).to_owned()).collect());
        }
    }
    Ok(rows)
}

/// A text as SQL writes it.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
