//! Finding a pack's file and the header it may share with its neighbours.

use std::path::{Component, Path, PathBuf};

use super::yaml::{self, Node};
use crate::IngestError;

/// No pack comes near this.
const MAX_FILE: u64 = 256 << 20;

/// Reads a pack, its header included. The `header` key holds a mapping, or `!include` and the name of a file, which is
/// sought beside the pack and then in each folder above it, up to the pack root and never outside of it.
pub(super) fn read(path: &Path, root: Option<&Path>) -> Result<Node, IngestError> {
    let mut pack = yaml::parse(path, &text(path)?)?;
    let Node::Map(entries) = &mut pack else {
        return Err(IngestError::format(path, "is not a TagPack or ActorPack: the document is not a mapping"));
    };
    let Some(at) = entries.iter().position(|(key, _)| key == "header") else { return Ok(pack) };
    let (_, header) = entries.remove(at);
    let header = match &header {
        Node::Map(_) => header,
        Node::Text(name) => include(path, root, name)?,
        _ => return Err(IngestError::format(path, "the header is neither a mapping nor an !include")),
    };
    let Node::Map(inherited) = header else {
        return Err(IngestError::format(path, "the included header is not a mapping"));
    };
    // What the pack says itself stands later and so wins over the shared header.
    entries.splice(0..0, inherited);
    Ok(pack)
}

fn text(path: &Path) -> Result<String, IngestError> {
    let length = std::fs::metadata(path).map_err(|error| IngestError::io(path, error))?.len();
    if length > MAX_FILE {
        return Err(IngestError::format(path, format!("is {length} bytes long, over the limit of 256 MiB")));
    }
    let bytes = std::fs::read(path).map_err(|error| IngestError::io(path, error))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        IngestError::format(path, format!("line {line}: byte {} is not valid UTF-8", at + 1))
    })
}

fn include(path: &Path, root: Option<&Path>, name: &str) -> Result<Node, IngestError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = real(folder)?;
    let root = root.map_or_else(|| Ok(folder.clone()), real)?;
    let escapes =
        || IngestError::format(path, format!("!include {name}: leads out of the pack root {}", root.display()));
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if name.is_empty() || !plain || !folder.starts_with(&root) {
        return Err(escapes());
    }
    for place in folder.ancestors().take_while(|place| place.starts_with(&root)) {
        let candidate = place.join(name);
        if !candidate.is_file() {
            continue;
        }
        // A link inside the root may still lead out of it.
        let target = real(&candidate)?;
        if !target.starts_with(&root) {
            return Err(escapes());
        }
        return yaml::parse(&target, &text(&target)?);
    }
    Err(IngestError::format(
        path,
        format!(
            "!include {name}: no such file between the pack and {}; name the pack root as second argument",
            root.display()
        ),
    ))
}

fn real(path: &Path) -> Result<PathBuf, IngestError> {
    std::fs::canonicalize(path).map_err(|error| IngestError::io(path, error))
}
