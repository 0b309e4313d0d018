//! `headwater typologies`: what can be flagged, how often that was right, and the page of one typology.

use std::collections::BTreeMap;

use arrow::array::AsArray as _;
use arrow::compute::cast;
use headwater_engine::Kind;

use super::page;
use super::trace::query::TEXT;
use crate::args::NameArgs;
use crate::errors::Failure;
use crate::output::Rows;
use crate::setup::Setup;

pub(super) async fn run(args: NameArgs, setup: &Setup) -> Result<(), Failure> {
    let library = setup.library()?;
    if let Some(name) = args.name {
        return super::answer_page(setup, &page::of_file(library.get(Kind::Typology, &name)?));
    }
    let measured = measured(setup).await?;
    let mut rows = Rows::new(&["id", "typology", "family", "rails", "precision", "title"]);
    let mut files: Vec<_> = library.all(Kind::Typology).collect();
    let id = |file: &headwater_engine::QueryFile| file.header.section("Id").unwrap_or_default().to_owned();
    files.sort_by_key(|file| (id(file), file.stem.clone()));
    for file in files {
        let section = |label| file.header.section(label).unwrap_or_default();
        let key = (file.stem.clone(), section("Version").to_owned());
        let precision = measured.get(&key).map_or("unmeasured", String::as_str);
        rows.push([section("Id"), &file.stem, section("Family"), section("Rails"), precision, &file.header.title]);
    }
    super::answer(setup, rows).await?;
    Ok(())
}

/// What decisions in the lake say of each typology and version. Where there is no lake nothing is measured.
async fn measured(setup: &Setup) -> Result<BTreeMap<(String, String), String>, Failure> {
    let lake = setup.lake()?;
    let mut measured = BTreeMap::new();
    if !lake.exists().await.unwrap_or(false) {
        return Ok(measured);
    }
    let sql = "SELECT typology, version, says FROM finding.precision ORDER BY typology, version";
    for batch in setup.session(&lake).sql(sql).await?.collect().await? {
        let columns = batch.columns().iter().map(|column| cast(column, &TEXT)).collect::<Result<Vec<_>, _>>()?;
        let cell = |column: usize, row: usize| columns[column].as_string::<i32>().value(row).to_owned();
        for row in 0..batch.num_rows() {
            measured.insert((cell(0, row), cell(1, row)), cell(2, row));
        }
    }
    Ok(measured)
}
