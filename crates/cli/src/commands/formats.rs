//! `headwater formats`: what can be imported, and the page of one format.

use headwater_engine::Kind;

use super::page;
use crate::args::NameArgs;
use crate::errors::Failure;
use crate::output::Rows;
use crate::setup::Setup;

pub(super) async fn run(args: NameArgs, setup: &Setup) -> Result<(), Failure> {
    let library = setup.library()?;
    if let Some(name) = args.name {
        return super::answer_page(setup, &page::of_file(library.get(Kind::Import, &name)?));
    }
    let mut rows = Rows::new(&["format", "title", "files"]);
    for file in library.all(Kind::Import) {
        let globs = file.text.lines().filter_map(|line| {
            line.strip_prefix("-- @file ").or_else(|| line.strip_prefix("-- @folder ")).map(str::trim)
        });
        rows.push([&file.stem, &file.header.title, &globs.collect::<Vec<_>>().join(", ")]);
    }
    super::answer(setup, rows).await?;
    Ok(())
}
