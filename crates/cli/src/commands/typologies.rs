//! `headwater typologies`: what can be flagged, and the page of one typology.

use headwater_engine::Kind;

use super::page;
use crate::args::NameArgs;
use crate::errors::Failure;
use crate::output::Rows;
use crate::setup::Setup;

pub(super) async fn run(args: NameArgs, setup: &Setup) -> Result<(), Failure> {
    let library = setup.library()?;
    if let Some(name) = args.name {
        return super::answer_page(setup, &page::of_file(library.get(Kind::Typology, &name)?));
    }
    let mut rows = Rows::new(&["id", "typology", "family", "rails", "title"]);
    let mut files: Vec<_> = library.all(Kind::Typology).collect();
    let id = |file: &headwater_engine::QueryFile| file.header.section("Id").unwrap_or_default().to_owned();
    files.sort_by_key(|file| (id(file), file.stem.clone()));
    for file in files {
        let section = |label| file.header.section(label).unwrap_or_default();
        rows.push([section("Id"), &file.stem, section("Family"), section("Rails"), &file.header.title]);
    }
    super::answer(setup, rows).await?;
    Ok(())
}
