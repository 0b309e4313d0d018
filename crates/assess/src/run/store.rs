//! The assessment as rows: `assess.indicator_values` and `assess.assessments`.

use std::sync::Arc;

use headwater_engine::Writer;
use headwater_engine::datafusion::arrow::array::{
    ArrayRef, Float64Array, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::{DataType, Field, Schema};
use headwater_engine::datafusion::error::DataFusionError;

use crate::error::Result;
use crate::model::{IndicatorLine, Network, Report};
use crate::profile::Profile;
use crate::run::Window;
use crate::run::measure::Measures;

/// Appends the report's rows; those the lake already holds add nothing.
pub(crate) async fn write(
    writer: &mut Writer,
    report: &Report,
    profile: &Profile,
    measures: &Measures,
    window: &Window,
) -> Result<()> {
    let lines: Vec<(&Network, &IndicatorLine)> = report
        .networks
        .iter()
        .flat_map(|network| network.indicators.iter().map(move |line| (network, line)))
        .filter(|(network, line)| measures.of(&network.id, &line.id).is_some())
        .collect();
    let text = |value: &dyn Fn(&(&Network, &IndicatorLine)) -> String| -> ArrayRef {
        Arc::new(lines.iter().map(|line| Some(value(line))).collect::<StringArray>())
    };
    let hash = |network: &str, id: &str| measures.of(network, id).map(|m| m.query_hash.clone()).unwrap_or_default();
    let mut evidence = ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, true));
    for (network, line) in &lines {
        let ids = measures.of(&network.id, &line.id).map(|measure| measure.evidence.clone()).unwrap_or_default();
        evidence.append_value(ids.iter().map(Some));
    }
    let label = profile.label();
    let values = batch(vec![
        ("network", text(&|(network, _)| network.id.clone())),
        ("indicator", text(&|(_, line)| line.id.clone())),
        ("profile", text(&|_| label.clone())),
        ("dataset", text(&|_| report.header.dataset.clone())),
        ("cutoff", times(lines.len(), &window.to)?),
        (
            "metric",
            Arc::new(
                lines
                    .iter()
                    .map(|(_, line)| line.metric.as_ref().and_then(|figure| figure.value.parse::<f64>().ok()))
                    .collect::<Float64Array>(),
            ),
        ),
        (
            "score",
            Arc::new(
                lines.iter().map(|(_, line)| line.rating.as_ref().map(|r| i64::from(r.score))).collect::<Int64Array>(),
            ),
        ),
        ("explanation", text(&|(_, line)| line.explanation.clone())),
        ("evidence", Arc::new(evidence.finish())),
        ("query_hash", text(&|(network, line)| hash(&network.id, &line.id))),
    ])?;
    append(writer, "assess.indicator_values", values).await?;

    let cards = &report.networks;
    let said = |value: &dyn Fn(&Network) -> String| -> ArrayRef {
        Arc::new(cards.iter().map(|network| Some(value(network))).collect::<StringArray>())
    };
    let points = |value: &dyn Fn(&Network) -> String| -> Result<ArrayRef> {
        Ok(cast(&said(value), &DataType::Decimal128(5, 1)).map_err(DataFusionError::from)?)
    };
    let rows = batch(vec![
        ("network", said(&|network| network.id.clone())),
        ("profile", said(&|_| label.clone())),
        ("dataset", said(&|_| report.header.dataset.clone())),
        ("cutoff", times(cards.len(), &window.to)?),
        ("caption", said(&|network| network.caption.clone())),
        ("t_low", points(&|network| network.card.threat.low().to_string())?),
        ("t_point", points(&|network| network.card.threat.point().to_string())?),
        ("t_high", points(&|network| network.card.threat.high().to_string())?),
        ("coverage", points(&|network| network.card.threat.coverage().to_string())?),
        ("h_point", points(&|network| network.card.harm.point().to_string())?),
        ("l_point", points(&|network| network.card.likelihood.point().to_string())?),
        ("band", said(&|network| network.card.verdict.clone())),
        ("priority", said(&|network| network.card.priority.to_string())),
        ("confidence", said(&|network| format!("{:?}", network.card.confidence.threat))),
        ("evidence", said(&|network| network.evidence.hash.clone())),
    ])?;
    append(writer, "assess.assessments", rows).await
}

async fn append(writer: &mut Writer, table: &str, batch: RecordBatch) -> Result<()> {
    if batch.num_rows() > 0 {
        let rows = writer.session().context().read_batch(batch)?;
        writer.append(table, rows).await?;
    }
    Ok(())
}

fn times(rows: usize, time: &str) -> Result<ArrayRef> {
    let texts: ArrayRef = Arc::new(std::iter::repeat_n(Some(time), rows).collect::<StringArray>());
    let utc =
        DataType::Timestamp(headwater_engine::datafusion::arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into()));
    Ok(cast(&texts, &utc).map_err(DataFusionError::from)?)
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(DataFusionError::from)?)
}
