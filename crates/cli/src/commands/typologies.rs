//! `headwater typologies`: what can be flagged with which parameters, how often that was right, and the page of one.

use std::collections::BTreeMap;

use arrow::array::AsArray as _;
use arrow::compute::cast;
use headwater_engine::Kind;

use super::page;
use super::trace::query::TEXT;
use crate::args::NameArgs;
use crate::errors::Failure;
use crate::measured::{self, Measured};
use crate::output::Rows;
use crate::setup::Setup;

const UNMEASURED: &str = "unmeasured";

pub(super) async fn run(args: NameArgs, setup: &Setup) -> Result<(), Failure> {
    let library = setup.library()?;
    if let Some(name) = args.name {
        return super::answer_page(setup, &page::of_file(library.get(Kind::Typology, &name)?));
    }
    let (decided, invented) = (decided(setup).await?, measured::shipped());
    let mut rows = Rows::new(&[
        "id",
        "typology",
        "family",
        "rails",
        "precision",
        "on_invented_data",
        "title",
        "parameters",
        "reference",
    ]);
    let mut files: Vec<_> = library.all(Kind::Typology).collect();
    let id = |file: &headwater_engine::QueryFile| file.header.section("Id").unwrap_or_default().to_owned();
    files.sort_by_key(|file| (id(file), file.stem.clone()));
    for file in files {
        let section = |label| file.header.section(label).unwrap_or_default();
        let key = (file.stem.clone(), section("Version").to_owned());
        let parameters = file.header.parameters.iter().map(|one| format!("{}={}", one.name, one.default));
        rows.push([
            section("Id"),
            &file.stem,
            section("Family"),
            section("Rails"),
            decided.get(&key).map_or(UNMEASURED, String::as_str),
            &measured::of(&invented, &key.0, &key.1).map_or_else(|| UNMEASURED.to_owned(), Measured::says),
            &file.header.title,
            &parameters.collect::<Vec<_>>().join(" "),
            section("Source"),
        ]);
    }
    super::answer(setup, rows).await?;
    Ok(())
}

/// What decisions in the lake say of each typology and version. Where there is no lake nothing is measured.
async fn decided(setup: &Setup) -> Result<BTreeMap<(String, String), String>, Failure> {
    let lake = setup.lake()?;
    let mut decided = BTreeMap::new();
    if !lake.exists().await.unwrap_or(false) {
        return Ok(decided);
    }
    let sql = "SELECT typology, version, says FROM finding.precision ORDER BY typology, version";
    for batch in setup.session(&lake).sql(sql).await?.collect().await? {
        let columns = batch.columns().iter().map(|column| cast(column, &TEXT)).collect::<Result<Vec<_>, _>>()?;
        let cell = |column: usize, row: usize| columns[column].as_string::<i32>().value(row).to_owned();
        for row in 0..batch.num_rows() {
            decided.insert((cell(0, row), cell(1, row)), cell(2, row));
        }
    }
    Ok(decided)
}
