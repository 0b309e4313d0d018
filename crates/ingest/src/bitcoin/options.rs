//! What the caller may say about a source of blocks: the network, outputs that exist already, and a few options.

use std::path::PathBuf;

use super::Network;
use super::unspent::Room;
use crate::{IngestError, ReadArgs};

/// Bytes unspent outputs may take before they spill.
const MEMORY: usize = 1 << 30;

/// The arguments after the path, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) network: Option<Network>,
    /// An Arrow IPC file of outputs made by earlier blocks.
    pub(super) prevouts: Option<PathBuf>,
    /// The height of the first block, where nothing in the source tells it.
    pub(super) start_height: Option<u32>,
    /// Whether an input may spend an output that is nowhere; `None` is yes for a raw block alone, else no.
    pub(super) allow_missing: Option<bool>,
    pub(super) room: Room,
}

impl Options {
    /// Understands the arguments: network, prevouts, and options as `key=value` with commas, each text possibly empty.
    pub(super) fn parse(args: &ReadArgs, usage: &str) -> Result<Self, IngestError> {
        let room = Room { bytes: MEMORY, folder: std::env::temp_dir() };
        let mut options = Self { network: None, prevouts: None, start_height: None, allow_missing: None, room };
        if args.options.len() > 3 {
            let count = args.options.len();
            return Err(IngestError::Argument(format!("usage: {usage}; {count} arguments follow the path")));
        }
        let text = |place: usize| args.options.get(place).map(String::as_str).filter(|text| !text.is_empty());
        options.network = match text(0) {
            // An import passes its parameter along; empty means that the network is to be seen from the file.
            None => None,
            Some(name) => Some(Network::from_name(name).ok_or_else(|| {
                let names = Network::ALL.map(Network::name).join(", ");
                IngestError::Argument(format!("no Bitcoin network is called '{name}'; there are {names}"))
            })?),
        };
        options.prevouts = text(1).map(PathBuf::from);
        let mut rest = text(2).unwrap_or_default().trim_start();
        while !rest.is_empty() {
            // A folder's name may hold commas, so it goes on to the end.
            let (item, after) = match rest.split_once(',') {
                Some((item, after)) if !rest.starts_with("spill=") => (item, after.trim_start()),
                _ => (rest, ""),
            };
            options.set(item)?;
            rest = after;
        }
        Ok(options)
    }

    fn set(&mut self, item: &str) -> Result<(), IngestError> {
        let item = item.trim();
        let wrong = |what: &str| Err(IngestError::Argument(format!("option '{item}' of the block reader: {what}")));
        match item.split_once('=') {
            Some(("start_height", value)) => match value.parse::<u32>().ok().filter(|height| *height <= MOST_HEIGHT) {
                Some(height) => self.start_height = Some(height),
                None => return wrong("a height is a whole number below 2147483648"),
            },
            Some(("memory", value)) => match bytes(value) {
                Some(bytes) => self.room.bytes = bytes,
                None => return wrong("say how many bytes, as 500000000, 500M or 2G"),
            },
            Some(("missing", "allow")) => self.allow_missing = Some(true),
            Some(("missing", "refuse")) => self.allow_missing = Some(false),
            Some(("missing", _)) => return wrong("say missing=allow or missing=refuse"),
            Some(("spill", folder)) => self.room.folder = PathBuf::from(folder),
            _ if item.is_empty() => {}
            _ => return wrong("there are start_height, memory, missing and spill, each with '=value'"),
        }
        Ok(())
    }
}

/// A place on the chain has 31 bits for the height.
const MOST_HEIGHT: u32 = i32::MAX as u32;

/// A number of bytes, with K, M or G for powers of 1024.
fn bytes(text: &str) -> Option<usize> {
    let (digits, factor) = match text.strip_suffix(['K', 'k']) {
        Some(digits) => (digits, 1 << 10),
        None => match text.strip_suffix(['M', 'm']) {
            Some(digits) => (digits, 1 << 20),
            None => text.strip_suffix(['G', 'g']).map_or((text, 1), |digits| (digits, 1 << 30)),
        },
    };
    digits.parse::<usize>().ok()?.checked_mul(factor)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::Options;
    use crate::bitcoin::Network;
    use crate::{IngestError, ReadArgs};

    fn parse(options: &[&str]) -> Result<Options, IngestError> {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Options::parse(&ReadArgs { path: "x".into(), options }, "path")
    }

    #[test]
    fn texts_may_be_empty_and_a_folder_may_hold_commas() {
        assert_eq!(parse(&[]).unwrap(), parse(&["", "", ""]).unwrap());
        let options = parse(&["btc-regtest", "a b.arrow", " start_height=7, memory=3M, ,spill=/tmp/a,b"]).unwrap();
        assert_eq!(options.network, Some(Network::Regtest));
        assert_eq!(options.prevouts.unwrap().to_string_lossy(), "a b.arrow");
        assert_eq!((options.start_height, options.room.bytes, options.allow_missing), (Some(7), 3 << 20, None));
        assert_eq!(options.room.folder.to_string_lossy(), "/tmp/a,b");
        assert_eq!(parse(&["", "", "missing=allow"]).unwrap().allow_missing, Some(true));
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        for (options, expected) in [
            (&["moonnet"][..], "no Bitcoin network is called 'moonnet'; there are main"),
            (&["", "", "start_height=-1"], "'start_height=-1' of the block reader: a height"),
            (&["", "", "start_height=2147483648"], "a height is a whole number"),
            (&["", "", "memory=much"], "say how many bytes"),
            (&["", "", "memory=99999999999999999999G"], "say how many bytes"),
            (&["", "", "missing=perhaps"], "say missing=allow or missing=refuse"),
            (&["", "", "colour=red"], "there are start_height, memory"),
            (&["", "", "", ""], "usage: path; 4 arguments follow the path"),
        ] {
            let error = parse(options).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
