//! Whether the files that a snapshot names are there.

use std::sync::Arc;

use object_store::ObjectStoreExt as _;

use crate::error::Result;
use crate::lake::{Lake, SNAPSHOTS, SnapshotRecord};

/// What looking at the files of a snapshot came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilesChecked {
    /// Files that were looked for.
    pub files: u64,
    /// What is not as it should be.
    pub faults: Vec<String>,
}

impl Lake {
    /// Opens every table at the version a snapshot names and looks for its data files, by name and size.
    ///
    /// # Errors
    /// [`crate::EngineError::Usage`] never; what cannot be opened is a fault of its table.
    pub async fn check_files(self: &Arc<Self>, record: &SnapshotRecord) -> Result<FilesChecked> {
        let mut checked = FilesChecked::default();
        let mut fault = |what: String| checked.faults.push(what);
        let mut files = 0;
        for spec in self.schema().tables().filter(|spec| !spec.journal) {
            let version =
                if spec.name == SNAPSHOTS { Some(record.snapshot_id) } else { record.tables.get(&spec.name).copied() };
            let Some(version) = version else { continue };
            let mut table = self.table_handle(spec)?;
            if let Err(error) = table.load_version(version).await {
                fault(format!("{} cannot be read at version {version}: {error}", spec.name));
                continue;
            }
            let store = table.object_store();
            for file in table.snapshot()?.log_data().iter() {
                files += 1;
                let path = file.object_store_path();
                match store.head(&path).await {
                    Ok(meta) if i64::try_from(meta.size).is_ok_and(|size| size == file.size()) => {}
                    Ok(meta) => fault(format!("{}: {path} has {} bytes, not {}", spec.name, meta.size, file.size())),
                    Err(error) => fault(format!("{}: {path}: {error}", spec.name)),
                }
            }
        }
        checked.files = files;
        Ok(checked)
    }

    /// The tables whose head is not what a snapshot names: what a writer left that was killed, or somebody else wrote.
    ///
    /// # Errors
    /// [`crate::EngineError::Lake`] when a table's log cannot be read.
    pub async fn beyond(self: &Arc<Self>, record: &SnapshotRecord) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for spec in self.schema().tables().filter(|spec| !spec.journal && spec.name != SNAPSHOTS) {
            let Some(version) = record.tables.get(&spec.name) else { continue };
            let mut table = self.table_handle(spec)?;
            table.load().await.map_err(|error| self.damaged(&spec.name, &error))?;
            if table.version().is_some_and(|head| head > *version) {
                names.push(spec.name.clone());
            }
        }
        Ok(names)
    }
}
