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
use crate::run::origins::Origin;
use crate::run::{Ground, Judgement, Window};

/// What a value stands on: network, indicator, hash of the value's making, and where an item of it came from.
type Stands<'a> = (&'a str, &'a str, String, Origin);

/// Appends the report's rows; those the lake already holds add nothing.
pub(crate) async fn write(
    writer: &mut Writer,
    report: &Report,
    profile: &Profile,
    ground: &Ground,
    window: &Window,
) -> Result<()> {
    let measures = &ground.measures;
    let lines: Vec<(&Network, &IndicatorLine)> = report
        .networks
        .iter()
        .flat_map(|network| network.indicators.iter().map(move |line| (network, line)))
        .filter(|(network, line)| line.rating.is_some() || measures.of(&network.id, &line.id).is_some())
        .collect();
    let text = |value: &dyn Fn(&(&Network, &IndicatorLine)) -> String| -> ArrayRef {
        Arc::new(lines.iter().map(|line| Some(value(line))).collect::<StringArray>())
    };
    // A value that a person gave has the hash of the judgement: another one is another row.
    let hash = |network: &str, id: &str| {
        let judged = ground.judgements.of(network, id).first().map(Judgement::item);
        let query = measures.of(network, id).map(|measure| measure.query_hash.clone());
        [query, judged].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let mut evidence = ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, true));
    for (network, line) in &lines {
        let measured =
            measures.of(&network.id, &line.id).map(|measure| measure.evidence.as_slice()).unwrap_or_default();
        let ids = line.rating.as_ref().map_or(measured, |rating| rating.evidence.ids.as_slice());
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

    let origins: Vec<Stands<'_>> = lines
        .iter()
        .flat_map(|(network, line)| {
            let measured = ground.origins.of(&network.id, &line.id).iter().cloned();
            let judged = ground.judgements.of(&network.id, &line.id).iter().map(Judgement::origin);
            let hash = hash(&network.id, &line.id);
            measured.chain(judged).map(move |origin| (network.id.as_str(), line.id.as_str(), hash.clone(), origin))
        })
        .collect();
    let column = |value: &dyn Fn(&Stands) -> Option<String>| -> ArrayRef {
        Arc::new(origins.iter().map(value).collect::<StringArray>())
    };
    let rows = batch(vec![
        ("network", column(&|row| Some(row.0.to_owned()))),
        ("indicator", column(&|row| Some(row.1.to_owned()))),
        ("profile", column(&|_| Some(label.clone()))),
        ("dataset", column(&|_| Some(report.header.dataset.clone()))),
        ("query_hash", column(&|row| Some(row.2.clone()))),
        ("item", column(&|row| Some(row.3.item.clone()))),
        ("supplier", column(&|row| Some(row.3.supplier.clone()))),
        ("grade", column(&|row| Some(row.3.grade.clone()))),
        ("handling", column(&|row| row.3.handling.clone())),
        ("attribution", Arc::new(origins.iter().map(|row| Some(i64::from(row.3.attribution))).collect::<Int64Array>())),
    ])?;
    append(writer, "assess.evidence", rows).await?;

    let made = measures.searches();
    let looked = |value: &dyn Fn(&(String, String)) -> String| -> ArrayRef {
        Arc::new(made.iter().map(|row| Some(value(row))).collect::<StringArray>())
    };
    // `search:A01/query/dataset/from/to`: the parts of the id are the columns.
    let part = |item: &str, place: usize| item.split('/').nth(place).unwrap_or_default().to_owned();
    let rows = batch(vec![
        ("search", looked(&|row| row.0.clone())),
        ("indicator", looked(&|row| row.1.clone())),
        ("query_hash", looked(&|row| part(&row.0, 1))),
        ("dataset", looked(&|_| report.header.dataset.clone())),
        ("since", looked(&|_| window.from.clone())),
        ("until", looked(&|_| window.to.clone())),
    ])?;
    append(writer, "assess.searches", rows).await?;

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
