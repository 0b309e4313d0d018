//! The query files that the binary carries: `queries/` as it was when the binary was built.

use std::path::Path;

use headwater_engine::{Library, Result};
use include_dir::{Dir, include_dir};

static QUERIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../queries");

/// The embedded library, with the files of `folder` added to it or in place of its own.
pub(crate) fn library(folder: Option<&Path>) -> Result<Library> {
    let files = QUERIES.dirs().flat_map(Dir::files).filter_map(|file| {
        // Stems are joined with `/` in the library, whatever the build machine's separator was.
        let path = file.path().to_str()?.replace('\\', "/");
        Some((path, file.contents_utf8()?))
    });
    let mut library = Library::from_files(files)?;
    if let Some(folder) = folder {
        library.add_folder(folder)?;
    }
    Ok(library)
}
