//! Products as rows: what each was made from, the hashes of its bytes, and what follows from it.

use std::sync::Arc;

use headwater_engine::datafusion::arrow::array::{ArrayRef, ListBuilder, RecordBatch, StringArray, StringBuilder};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use headwater_engine::datafusion::error::DataFusionError;
use headwater_engine::{Label, Lake, PROGRAM, Session, Writer};

use super::edition::Line;
use super::make::Material;
use super::sections::Requirement;
use super::{Clearance, Product, ProductFiles, ProductKind, ProductRequest, SILENT, make, sha256};
use crate::error::{AssessError, Result};
use crate::model::Report;
use crate::run::facts::{self, quote};

/// A product as the lake keeps it: enough to make it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProduct {
    /// Its id.
    pub id: String,
    /// The snapshot it was made from.
    pub snapshot: u64,
    /// The rest of what it was made from.
    pub request: ProductRequest,
    /// The hash of the profile's text at that time.
    pub profile_hash: String,
    /// The program that made it.
    pub program: String,
    /// The SHA-256 of each rendition, by the ending of its file.
    pub hashes: [(&'static str, String); 4],
}

/// A product made again, and whether it is what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remade {
    /// What was kept.
    pub stored: StoredProduct,
    /// What came out now.
    pub files: ProductFiles,
    /// The renditions whose bytes differ; none when it is the same.
    pub differs: Vec<&'static str>,
    /// What is not as it was: another profile text, another program. Each is a sentence.
    pub changed: Vec<String>,
}

impl StoredProduct {
    /// Finds a product by its id, or by the beginning of one that is no other's.
    ///
    /// # Errors
    /// [`AssessError::Product`] when there is none, or more than one.
    pub async fn find(lake: &Arc<Lake>, id: &str) -> Result<Self> {
        Self::find_in(&Session::pinned(lake), id).await
    }

    /// Finds a product to make it again, and says so when it was made under a clearance that the lake's does not cover.
    async fn to_remake(lake: &Arc<Lake>, id: &str) -> Result<Self> {
        let stored = Self::find_in(&Session::overseeing(lake), id).await?;
        let own = lake.options().clearance.as_ref();
        let made_under = stored.request.clearance.as_ref().map(|clearance| &clearance.label);
        match (own, made_under) {
            _ if lake.covers(made_under) => Ok(stored),
            (own, made_under) => {
                let said = |label: Option<&Label>| match label.map(ToString::to_string) {
                    None => "no clearance, by somebody who saw everything".to_owned(),
                    Some(label) if label.is_empty() => "a clearance for rows that nobody marked".to_owned(),
                    Some(label) => format!("the clearance {label}"),
                };
                let what = format!(
                    "{} was made under {}, and yours is {}: whoever makes it again must be cleared for all that its maker saw",
                    stored.id,
                    said(made_under),
                    said(own)
                );
                Err(AssessError::Product { what })
            }
        }
    }

    async fn find_in(session: &Session, id: &str) -> Result<Self> {
        // No LIKE: an id may be given with characters that mean something there.
        let sql = format!(
            "SELECT product_id, kind, network, CAST(snapshot AS VARCHAR) AS taken, profile, profile_hash, terms, compared_with, \
             clearance, withheld, program, json_sha256, html_sha256, markdown_sha256, prov_sha256 FROM assess.products \
             WHERE starts_with(product_id, {}) ORDER BY product_id",
            quote(id)
        );
        let rows = facts::rows(&session.sql(&sql).await?.collect().await?)?;
        let refuse = |what: String| AssessError::Product { what };
        let exact = rows.iter().find(|row| row.text("product_id") == id);
        let row = match (exact, rows.as_slice()) {
            (Some(row), _) | (None, [row]) => row,
            (None, []) => {
                return Err(refuse(format!(
                    "the lake has no product `{id}`; SELECT product_id, kind, title FROM assess.products lists them"
                )));
            }
            (None, several) => {
                let ids: Vec<String> = several.iter().map(|row| row.text("product_id")).collect();
                return Err(refuse(format!("`{id}` begins the names of {} products: {}", ids.len(), ids.join(", "))));
            }
        };
        Ok(Self {
            id: row.text("product_id"),
            snapshot: row.number("taken"),
            request: ProductRequest {
                kind: row.text("kind").parse()?,
                network: row.maybe("network"),
                profile: row.text("profile"),
                terms: row.maybe("terms"),
                compared_with: row.maybe("compared_with"),
                clearance: row
                    .maybe("clearance")
                    .map(|label| Clearance { label: Label::parse(&label), counted: row.text("withheld") != SILENT }),
            },
            profile_hash: row.text("profile_hash"),
            program: row.text("program"),
            hashes: [
                ("html", row.text("html_sha256")),
                ("json", row.text("json_sha256")),
                ("md", row.text("markdown_sha256")),
                ("prov.json", row.text("prov_sha256")),
            ],
        })
    }
}

/// Makes a product again from what the lake keeps of it, under the clearance it was made under, and compares every byte.
///
/// # Errors
/// As [`make`], and [`AssessError::Product`] when the lake has no such product, or its clearance does not cover the product's.
pub async fn remake(lake: &Arc<Lake>, id: &str) -> Result<Remade> {
    let stored = StoredProduct::to_remake(lake, id).await?;
    let files = make(lake, stored.snapshot, &stored.request).await?;
    let differs = files.renditions().into_iter().zip(&stored.hashes);
    let differs =
        differs.filter(|((_, text), (_, hash))| sha256(text) != *hash).map(|((ending, _), _)| ending).collect();
    let mut changed = Vec::new();
    if sha256(lake.library().profile(&stored.request.profile)?) != stored.profile_hash {
        changed.push(format!("the profile {} reads otherwise than it did then", stored.request.profile));
    }
    if stored.program != PROGRAM {
        changed.push(format!("it was made by {}, and this is {PROGRAM}", stored.program));
    }
    Ok(Remade { stored, files, differs, changed })
}

/// The id of an edition that a session's snapshot holds.
pub(crate) async fn edition(session: &Session, id: &str) -> Result<String> {
    let found = StoredProduct::find_in(session, id).await?;
    if found.request.kind != ProductKind::Strategic {
        let what = format!("{} is no edition: strategic assessments are compared with strategic assessments", found.id);
        return Err(AssessError::Product { what });
    }
    Ok(found.id)
}

/// The networks of a report, as the table `product_networks` that recommendations are made from.
pub(crate) fn networks(report: &Report) -> Result<RecordBatch> {
    let all = &report.networks;
    let said = |value: &dyn Fn(&crate::model::Network) -> String| -> ArrayRef {
        Arc::new(all.iter().map(|network| Some(value(network))).collect::<StringArray>())
    };
    batch(vec![
        ("network", said(&|network| network.id.clone())),
        ("caption", said(&|network| network.caption.clone())),
        ("priority", said(&|network| network.card.priority.to_string())),
        ("verdict", said(&|network| network.card.verdict.clone())),
        ("t_point", said(&|network| network.card.threat.point().to_string())),
        ("coverage", said(&|network| network.card.threat.coverage().to_string())),
        ("hrcn", said(&|network| network.card.hrcn.outcome.to_string())),
        // As `array_agg` names its items, so that the rows meet those of other queries in a UNION.
        ("evidence", lists("item", all.iter().map(|network| network.evidence.ids.clone()))),
    ])
}

/// The numbers of an edition, as the table `product_lines` that changes are found in.
pub(crate) fn lines(lines: &[Line]) -> Result<RecordBatch> {
    batch(vec![
        ("subject", texts(lines.iter().map(|line| Some(line.subject.clone())))),
        ("caption", texts(lines.iter().map(|line| Some(line.caption.clone())))),
        ("measure", texts(lines.iter().map(|line| Some(line.measure.clone())))),
        ("value", texts(lines.iter().map(|line| line.value.clone()))),
        ("evidence", texts(lines.iter().map(|line| line.evidence.clone()))),
        ("basis", texts(lines.iter().map(|line| Some(line.basis.to_owned())))),
    ])
}

/// A product with what was asked for and what was made of it.
type Made = (ProductRequest, Product, ProductFiles);

/// Appends products and what follows from them; what the lake holds already adds nothing.
pub(crate) async fn write(
    writer: &mut Writer,
    material: &Material,
    snapshot: u64,
    terms: Option<&str>,
    profile: &str,
    made: &[Made],
    requirements: &[Requirement],
) -> Result<()> {
    let of = |value: &dyn Fn(&Made) -> Option<String>| -> ArrayRef { texts(made.iter().map(value)) };
    let cutoff = &material.window.to;
    let products = batch(vec![
        ("product_id", of(&|(_, product, _)| Some(product.id.clone()))),
        ("kind", of(&|(request, _, _)| Some(request.kind.to_string()))),
        ("network", of(&|(request, _, _)| request.network.clone())),
        ("title", of(&|(_, product, _)| Some(product.title.clone()))),
        ("marking", of(&|(_, product, _)| Some(product.marking.clone()))),
        ("cutoff", times(made.len(), cutoff)?),
        ("snapshot", number(&of(&|_| Some(snapshot.to_string())))?),
        ("dataset", of(&|_| Some(material.report.header.dataset.clone()))),
        ("profile", of(&|_| Some(profile.to_owned()))),
        ("profile_label", of(&|_| Some(material.profile.label()))),
        ("profile_hash", of(&|_| Some(material.profile_hash.clone()))),
        ("terms", of(&|_| terms.map(str::to_owned))),
        ("terms_hash", of(&|_| terms.map(sha256))),
        ("compared_with", of(&|(request, _, _)| request.compared_with.clone())),
        ("clearance", of(&|(request, _, _)| request.clearance.as_ref().map(|clearance| clearance.label.to_string()))),
        ("withheld", of(&|(request, _, _)| request.clearance.as_ref().map(|clearance| clearance.policy().to_owned()))),
        ("program", of(&|_| Some(material.report.header.program.clone()))),
        ("json_sha256", of(&|(_, _, files)| Some(sha256(&files.json)))),
        ("html_sha256", of(&|(_, _, files)| Some(sha256(&files.html)))),
        ("markdown_sha256", of(&|(_, _, files)| Some(sha256(&files.markdown)))),
        ("prov_sha256", of(&|(_, _, files)| Some(sha256(&files.prov)))),
    ])?;
    append(writer, "assess.products", products).await?;

    if let Some((_, product, _)) = made.iter().find(|(request, _, _)| request.kind == ProductKind::Strategic) {
        let numbers = material.lines();
        let mut columns = vec![("product_id", texts(numbers.iter().map(|_| Some(product.id.clone()))))];
        let kept = lines(&numbers)?;
        for name in ["subject", "caption", "measure", "value", "evidence", "basis"] {
            if let Some(column) = kept.column_by_name(name) {
                columns.push((name, Arc::clone(column)));
            }
        }
        append(writer, "assess.editions", batch(columns)?).await?;
    }
    follow_up(writer, material, cutoff, requirements).await
}

async fn follow_up(writer: &mut Writer, material: &Material, cutoff: &str, gaps: &[Requirement]) -> Result<()> {
    let of = |value: &dyn Fn(&Requirement) -> String| texts(gaps.iter().map(|gap| Some(value(gap))));
    let rows = batch(vec![
        ("gap_id", of(&|gap| gap.gap_id.clone())),
        ("kind", of(&|gap| gap.kind.clone())),
        ("subject", of(&|gap| gap.subject.clone())),
        ("item", of(&|gap| gap.item.clone())),
        ("unknown", of(&|gap| gap.unknown.clone())),
        ("cutoff", times(gaps.len(), cutoff)?),
    ])?;
    append(writer, "assess.gaps", rows).await?;
    let rows = batch(vec![
        ("requirement_id", of(&|gap| gap.requirement_id.clone())),
        ("gap_id", of(&|gap| gap.gap_id.clone())),
        ("collect", of(&|gap| gap.collect.clone())),
        ("owner", of(&|gap| gap.owner.clone())),
        ("due", days(&of(&|gap| gap.due.clone()))?),
    ])?;
    append(writer, "assess.requirements", rows).await?;

    let recommended = material.rows("recommendations");
    let of = |name: &str| texts(recommended.iter().map(|row| Some(row.text(name))));
    let rows = batch(vec![
        ("recommendation_id", of("recommendation_id")),
        ("kind", of("kind")),
        ("priority", of("priority")),
        ("subject", of("subject")),
        ("recommendation", of("recommendation")),
        ("evidence", lists("element", recommended.iter().map(|row| row.list("evidence")))),
        ("cutoff", times(recommended.len(), cutoff)?),
    ])?;
    append(writer, "assess.recommendations", rows).await?;
    let actions = material.rows("actions");
    let of = |name: &str| texts(actions.iter().map(|row| Some(row.text(name))));
    let owners: Vec<Option<String>> =
        actions.iter().map(|row| Some(material.owner(&row.text("kind"), &row.text("owner")))).collect();
    let rows = batch(vec![
        ("action_id", of("action_id")),
        ("recommendation_id", of("recommendation_id")),
        ("action", of("action")),
        ("owner", texts(owners)),
        ("due", days(&of("due"))?),
        ("measure", of("measure")),
    ])?;
    append(writer, "assess.actions", rows).await
}

async fn append(writer: &mut Writer, table: &str, batch: RecordBatch) -> Result<()> {
    if batch.num_rows() > 0 {
        let rows = writer.session().context().read_batch(batch)?;
        writer.append(table, rows).await?;
    }
    Ok(())
}

fn texts(values: impl IntoIterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

fn lists(item: &str, values: impl IntoIterator<Item = Vec<String>>) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(Field::new(item, DataType::Utf8, true));
    for value in values {
        lists.append_value(value.iter().map(Some));
    }
    Arc::new(lists.finish())
}

fn times(rows: usize, time: &str) -> Result<ArrayRef> {
    let texts = texts(std::iter::repeat_n(Some(time.to_owned()), rows));
    Ok(cast(&texts, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))).map_err(DataFusionError::from)?)
}

fn days(texts: &ArrayRef) -> Result<ArrayRef> {
    Ok(cast(texts, &DataType::Date32).map_err(DataFusionError::from)?)
}

fn number(texts: &ArrayRef) -> Result<ArrayRef> {
    Ok(cast(texts, &DataType::Int64).map_err(DataFusionError::from)?)
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(DataFusionError::from)?)
}
