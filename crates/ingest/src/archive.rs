//! Archives among the input: a `.tgz`, `.tar.gz` or `.zip` is unpacked and then read like a folder.
//!
//! Nothing an archive says about itself is trusted. Only plain files are taken (no links, no devices), and only the
//! ordinary parts of their names, so that no member lands outside the folder it is unpacked to.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tar::Archive;

use crate::IngestError;

mod zip;

/// Whether a file is called like an archive this module reads.
pub fn is_archive(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    [".tgz", ".tar.gz", ".zip"].iter().any(|ending| name.ends_with(ending))
}

/// Unpacks the plain files of an archive below `folder`, under the names they have in it.
///
/// # Errors
/// When the archive is damaged or ends early, holds two files of one name, or the disk is full.
pub fn unpack(archive: &Path, folder: &Path) -> Result<(), IngestError> {
    if archive.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
        return zip::unpack(archive, folder);
    }
    let damaged = |error: std::io::Error| IngestError::format(archive, format!("cannot be unpacked: {error}"));
    let file = File::open(archive).map_err(|error| IngestError::io(archive, error))?;
    let mut members = Archive::new(MultiGzDecoder::new(file));
    let mut taken = BTreeSet::new();
    for member in members.entries().map_err(damaged)? {
        let mut member = member.map_err(damaged)?;
        if !member.header().entry_type().is_file() {
            continue;
        }
        let name = plain(&member.path().map_err(damaged)?);
        let mut out = create(archive, folder, &name, &mut taken)?;
        std::io::copy(&mut member, &mut out).map_err(damaged)?;
    }
    // The checksum stands behind the last member, where nothing above has read.
    std::io::copy(&mut members.into_inner(), &mut std::io::sink()).map_err(damaged)?;
    Ok(())
}

/// The ordinary parts of a member's name.
fn plain(name: &Path) -> PathBuf {
    name.components().filter(|part| matches!(part, Component::Normal(_))).collect()
}

/// Creates the file of a member below the folder, unless it would be the second of its name.
fn create(archive: &Path, folder: &Path, name: &Path, taken: &mut BTreeSet<PathBuf>) -> Result<File, IngestError> {
    if !taken.insert(name.to_owned()) {
        return Err(IngestError::format(archive, format!("holds two files called {}", name.display())));
    }
    let target = folder.join(name);
    let parent = target.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).map_err(|error| IngestError::io(parent, error))?;
    File::create(&target).map_err(|error| IngestError::io(&target, error))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn archive(folder: &Path, members: &[(&str, &str)]) -> PathBuf {
        let path = folder.join("a.tgz");
        let mut builder = tar::Builder::new(GzEncoder::new(File::create(&path).unwrap(), Compression::fast()));
        for (name, text) in members {
            let mut header = tar::Header::new_old();
            // Written by hand: the builder itself refuses a name with `..` in it.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap().flush().unwrap();
        path
    }

    #[test]
    fn members_keep_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), &[("world/nodes.csv", "id\n1\n"), ("world/deg.png", "x")]);
        let out = folder.path().join("out");
        unpack(&path, &out).unwrap();
        assert_eq!(std::fs::read_to_string(out.join("world/nodes.csv")).unwrap(), "id\n1\n");
        assert_eq!(std::fs::read_to_string(out.join("world/deg.png")).unwrap(), "x");
    }

    #[test]
    fn no_member_lands_outside() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), &[("../../escaped.csv", "1"), ("/absolute.csv", "2")]);
        let out = folder.path().join("deep/er/out");
        unpack(&path, &out).unwrap();
        assert_eq!(std::fs::read_to_string(out.join("escaped.csv")).unwrap(), "1");
        assert_eq!(std::fs::read_to_string(out.join("absolute.csv")).unwrap(), "2");
        assert!(!folder.path().join("deep/escaped.csv").exists());
    }

    #[test]
    fn damage_is_an_error_and_a_second_file_of_a_name_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), &[("a.csv", "1"), ("a.csv", "2")]);
        let error = unpack(&path, &folder.path().join("one")).unwrap_err().to_string();
        assert!(error.contains("two files called"), "{error}");
        let bytes = std::fs::read(&path).unwrap();
        for length in [1, 10, 40, bytes.len() - 9] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let error = unpack(&path, &folder.path().join(length.to_string())).unwrap_err().to_string();
            assert!(error.contains("a.tgz"), "{length}: {error}");
        }
        std::fs::write(&path, "no archive at all").unwrap();
        assert!(unpack(&path, &folder.path().join("text")).is_err());
    }
}
