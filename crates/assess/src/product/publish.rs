//! `headwater assess` with products: scores, makes, keeps and writes them, all or none.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_engine::{Lake, Writer};

use super::make::Material;
use super::{Change, Clearance, ProductKind, ProductRequest, sections, store};
use crate::error::{AssessError, Result};
use crate::profile::Profile;
use crate::run;
use crate::terms::Terms;

/// Which products to make, of what, and where to write them.
#[derive(Clone, Debug)]
pub struct ProductsRequest {
    /// The stem of the scoring profile.
    pub profile: String,
    /// The terms of reference: the file's name and its text.
    pub terms: Option<(String, String)>,
    /// The kinds; those the terms require, or the strategic assessment, when empty.
    pub kinds: Vec<ProductKind>,
    /// The edition to compare with.
    pub compared_with: Option<String>,
    /// Whether products made under a clearance say how many rows it withheld.
    pub counted: bool,
    /// The folder they are written to.
    pub out: PathBuf,
}

/// One product that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductLine {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: ProductKind,
    /// Its title.
    pub title: String,
    /// The page; the others lie beside it.
    pub page: PathBuf,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductsReport {
    /// The products, in the order they were asked for.
    pub products: Vec<ProductLine>,
    /// What changed since the edition that was compared with.
    pub changes: Vec<Change>,
    /// What the terms ask for and the data do not answer.
    pub unanswered: usize,
    /// Products that the terms require and that were not asked for.
    pub missing: Vec<ProductKind>,
}

/// Scores the networks, makes the products from the snapshot that results, keeps their hashes and writes their files. A
/// product that the linter refuses keeps all of them from being written.
///
/// # Errors
/// As [`super::make`], and [`AssessError::Write`] when a file cannot be written.
pub async fn products(lake: &Arc<Lake>, request: &ProductsRequest) -> Result<ProductsReport> {
    let (file, text) = match &request.terms {
        Some((file, text)) => (file.as_str(), Some(text.as_str())),
        None => (super::make::TERMS, None),
    };
    let terms = text.map(|text| Terms::parse(file, text)).transpose()?;
    if let (Some(terms), Some(text)) = (&terms, text) {
        // Before anything is scored: a mistake in the terms should cost nothing and leave nothing.
        let name = format!("{}.toml", request.profile);
        terms.check_with(file, text, &Profile::parse(&name, lake.library().profile(&request.profile)?)?)?;
    }
    let kinds = kinds(request, terms.as_ref());
    let scored = run::score(lake, &request.profile, terms.as_ref().and_then(Terms::window)).await?;
    let snapshot = scored.snapshot;
    let assessed = scored.alone.then_some(scored.assessed);
    let clearance = lake.options().clearance.clone().map(|label| Clearance { label, counted: request.counted });
    let mut material =
        Material::gather(lake, snapshot, &request.profile, text, file, clearance.as_ref(), assessed).await?;
    let mut compared_with = None;
    if let Some(earlier) = &request.compared_with {
        // The whole name, so that the product and its record do not hang on what other products there are.
        let earlier = store::edition(material.session(), earlier).await?;
        material.compare(&earlier).await?;
        compared_with = Some(earlier);
    }
    let mut requests = Vec::new();
    for kind in &kinds {
        let of = |network: Option<String>| ProductRequest {
            kind: *kind,
            network,
            profile: request.profile.clone(),
            terms: text.map(str::to_owned),
            compared_with: compared_with.clone(),
            clearance: clearance.clone(),
        };
        match kind {
            ProductKind::Case => requests.extend(cases(&material).into_iter().map(|id| of(Some(id)))),
            _ => requests.push(of(None)),
        }
    }
    material.test(&requests).await?;
    let mut made = Vec::new();
    for request in requests {
        let (product, files) = material.make(&request).await?;
        made.push((request, product, files));
    }
    let requirements = sections::requirements(&material);
    let mut writer = Writer::open(lake).await?;
    let kept = store::write(&mut writer, &material, snapshot, text, &request.profile, &made, requirements).await;
    if let Err(error) = kept {
        // The error is what the user needs to see; a failed restore is repeated by the next writer.
        let _ = writer.rollback().await;
        return Err(error);
    }
    writer.commit("products").await?;

    let mut lines = Vec::new();
    let mut names = BTreeSet::new();
    for (asked, product, files) in &made {
        let mut stem = match &asked.network {
            Some(network) => format!("{}-{}", asked.kind, slug(network)),
            None => asked.kind.to_string(),
        };
        if !names.insert(stem.clone()) {
            // Two networks whose names differ in signs a file's name cannot have.
            stem = product.id.clone();
            names.insert(stem.clone());
        }
        for (ending, text) in files.renditions() {
            save(&request.out, &format!("{stem}.{ending}"), text)?;
        }
        lines.push(ProductLine {
            id: product.id.clone(),
            kind: asked.kind,
            title: product.title.clone(),
            page: request.out.join(format!("{stem}.html")),
        });
    }
    Ok(ProductsReport {
        products: lines,
        changes: material.changes.clone(),
        unanswered: requirements.iter().filter(|gap| gap.kind == "terms").count(),
        missing: material.missing(&kinds),
    })
}

/// The kinds to make: those named, else those the terms require, else the strategic assessment.
fn kinds(request: &ProductsRequest, terms: Option<&Terms>) -> Vec<ProductKind> {
    let mut kinds = request.kinds.clone();
    if kinds.is_empty() {
        kinds = terms.map(Terms::required).unwrap_or_default();
    }
    if kinds.is_empty() {
        kinds.push(ProductKind::Strategic);
    }
    kinds.sort();
    kinds.dedup();
    kinds
}

/// The networks that get a case package: those the terms name, else all.
fn cases(material: &Material) -> Vec<String> {
    let wanted = material.terms.as_ref().map(|terms| terms.networks.as_slice()).unwrap_or_default();
    let networks = material.report.networks.iter();
    let named = networks
        .filter(|network| wanted.is_empty() || wanted.contains(&network.id) || wanted.contains(&network.caption));
    named.map(|network| network.id.clone()).collect()
}

fn slug(text: &str) -> String {
    let plain =
        text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    plain.collect::<String>().trim_matches('-').to_owned()
}

/// Writes a file that appears when it is whole.
fn save(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    let io = |source| AssessError::Write { path: path.clone(), source };
    std::fs::create_dir_all(folder).map_err(io)?;
    let partial = folder.join(format!(".{name}.partial"));
    std::fs::write(&partial, text).map_err(io)?;
    std::fs::rename(&partial, &path).map_err(io)
}
