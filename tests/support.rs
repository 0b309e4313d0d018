//! What several test modules need: a lake of their own, the working tree's query files, and the real data.
//!
//! Real data lies outside the repository, where `HEADWATER_DATA` says (by default in `shared/data` beside the checkout).
//! A test that needs it and finds none is skipped by name; where `CI` is set, it fails.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use datafusion::arrow::util::pretty::pretty_format_batches;
use headwater_engine::{
    Access, Grading, ImportReport, ImportRequest, Lake, LakeOptions, Library, Result, Session, Values,
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// An environment variable, if it is set and not empty. The one place where the tests read the environment.
#[expect(clippy::disallowed_methods, reason = "where the data lies and how to run is said by the environment")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether scripts and generated pages are to be rewritten instead of compared (`HEADWATER_SLT_COMPLETE=1`).
pub(crate) fn completing() -> bool {
    environment("HEADWATER_SLT_COMPLETE").is_some()
}

/// The folder of this package, which cargo names when it starts the tests: scripts and query files are read where the tests
/// are run, so that a test binary can be tried on another working tree.
pub(crate) fn package() -> PathBuf {
    environment("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// The folder of the whole repository.
pub(crate) fn repository() -> PathBuf {
    package().parent().unwrap_or(Path::new(".")).to_owned()
}

/// A file of `tests/fixtures/`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    package().join("fixtures").join(name)
}

/// The working tree's query files.
pub(crate) fn library() -> Library {
    let mut library = Library::default();
    library.add_folder(&repository().join("queries")).unwrap();
    library
}

/// A lake in a folder that vanishes with it.
#[derive(Debug)]
pub(crate) struct TestLake {
    /// The lake, initialised.
    pub(crate) lake: Arc<Lake>,
    folder: TempDir,
}

impl TestLake {
    /// A fresh lake with two threads: a copy of one that was initialised once, because there are a hundred of them.
    pub(crate) async fn new() -> Self {
        static TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(template).await;
        let folder = TempDir::new().unwrap();
        copy(template, folder.path());
        let options = LakeOptions { threads: Some(2), ..LakeOptions::default() };
        Self { lake: open(folder.path(), options), folder }
    }

    /// A fresh lake, initialised here and now.
    pub(crate) async fn with(options: LakeOptions) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            // Somebody may have installed one already, which is as good.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        });
        let folder = TempDir::new().unwrap();
        let lake = open(folder.path(), options);
        lake.init().await.unwrap();
        Self { lake, folder }
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Imports files.
    pub(crate) async fn import(&self, format: &str, paths: &[&Path]) -> Result<ImportReport> {
        import(&self.lake, format, paths).await
    }

    /// What a query prints.
    pub(crate) async fn query(&self, sql: &str) -> String {
        query(&self.lake, sql).await.unwrap()
    }
}

/// An initialised lake in the build folder. A build makes its own; those of earlier builds are removed.
async fn template() -> PathBuf {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR")).join("headwater-empty-lake");
    let built = std::fs::metadata(std::env::current_exe().unwrap()).unwrap().modified().unwrap();
    let built = built.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let folder = parent.join(built.to_string());
    if !folder.exists() {
        let _gone = std::fs::remove_dir_all(&parent);
        std::fs::create_dir_all(&parent).unwrap();
        let fresh = TestLake::with(LakeOptions::default()).await;
        copy(fresh.path(), &folder);
    }
    folder
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Another handle on a lake in a folder.
pub(crate) fn open(folder: &Path, options: LakeOptions) -> Arc<Lake> {
    Lake::at(&folder.to_string_lossy(), Arc::new(library()), options).unwrap()
}

/// Imports files with the format's default parameters.
pub(crate) async fn import(lake: &Arc<Lake>, format: &str, paths: &[&Path]) -> Result<ImportReport> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let observer = Arc::new(|_| {});
    let request = ImportRequest {
        format: format.to_owned(),
        paths,
        values: Values::new(),
        undo: Values::new(),
        grading: Grading::default(),
        observer,
    };
    headwater_engine::import(lake, &request).await
}

/// What a query prints, on the newest snapshot.
pub(crate) async fn query(lake: &Arc<Lake>, sql: &str) -> Result<String> {
    let batches = Session::new(lake, Access::Shell).sql(sql).await?.collect().await?;
    Ok(pretty_format_batches(&batches).map_err(datafusion::error::DataFusionError::from)?.to_string())
}

/// The folder `target/debug/` this test was built into: the binary `headwater` lies there.
pub(crate) fn build_folder() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    executable.ancestors().nth(2).unwrap().to_owned()
}

/// The folder of real data; `None`, said on stderr, when there is none.
pub(crate) fn data(test: &str) -> Option<PathBuf> {
    let folder = environment("HEADWATER_DATA").map_or_else(|| repository().join("../shared/data"), PathBuf::from);
    needs(test, &folder, "the real data (HEADWATER_DATA)")
}

/// The real copy of the ECB's history that `cargo xtask test` fetches.
pub(crate) fn ecb_history(test: &str) -> Option<PathBuf> {
    fetched(test, "ecb/eurofxref-hist.csv", "the ECB's history")
}

/// Something that `cargo xtask test` fetches from a package registry.
pub(crate) fn fetched(test: &str, path: &str, what: &str) -> Option<PathBuf> {
    let path = build_folder().with_file_name("headwater-fixtures").join(path);
    needs(test, &path, &format!("{what} (`cargo xtask test --only fixtures` fetches it)"))
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn needs(test: &str, path: &Path, what: &str) -> Option<PathBuf> {
    if path.exists() {
        return Some(path.to_owned());
    }
    if environment("CI").is_some() {
        panic!("{test} needs {what}: there is nothing at {}", path.display());
    }
    eprintln!("skipped {test}: {what} is not here");
    None
}
