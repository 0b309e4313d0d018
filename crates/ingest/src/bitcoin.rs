//! Bitcoin block files: from the folder a node writes to the rows of a chain.
//!
//! [`SPEC`] reads `blk*.dat` (with Bitcoin Core's XOR key), or one raw block, into five relations: blocks, transactions,
//! inputs with what they spend, outputs, and transfers from script to script. It works in two passes:
//!
//! ```text
//! pass one   scan     record heads of every file           branch   header tree, best branch, heights
//! pass two   decode   blocks, parsed on a few threads  ─▶  unspent  prevouts, in chain order  ─▶  rows
//! ```
//!
//! Memory holds the headers, the unspent outputs up to a limit and a handful of blocks. Every record of every file is one row of
//! `blocks`: either it is on the best branch and all is known of it, or its `error` column says why not. Only blocks of
//! the best branch have rows in the other relations.
//!
//! What is *not* checked: signatures and scripts, proof of work, subsidies, and the witness commitment. A node checked
//! them before it wrote the files; the merkle root is checked because disks fail.
//!
//! Inputs may spend outputs of blocks that are not here. `read_bitcoin_missing` names those, and the reader takes them as
//! an argument; one that is still missing then is an error that names it. Only a raw block imported alone, or an explicit
//! `missing=allow`, leaves the `prev_*` columns and the transaction's fee NULL and the transaction without transfers.
//! [`node`] brings the blocks of a running node into the form of a block file.
//!
//! ```
//! use headwater_ingest::bitcoin::{Network, identifier, script_of};
//!
//! let script = script_of("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Network::Main).unwrap();
//! assert_eq!(identifier(&script, Network::Main), "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");
//! ```

use arrow::datatypes::SchemaRef;

use self::options::Options;
use self::schema::Relation;
use crate::{IngestError, ReadArgs, Reader, ReaderSpec};

mod block;
mod branch;
mod decode;
mod edges;
mod fuzz;
mod hash;
pub(crate) mod loose;
pub(crate) mod missing;
mod network;
pub mod node;
mod open;
mod options;
mod prevouts;
mod read;
mod rows;
mod scan;
mod schema;
pub mod script;
mod sighash;
mod source;
mod unspent;

pub use bitcoin::BlockHash;
#[doc(hidden)]
pub use fuzz::{fuzz_block, fuzz_script, fuzz_transaction};
pub use network::Network;
pub use script::{ScriptType, identifier, script_of, script_type};

/// The reader of Bitcoin block files.
pub const SPEC: ReaderSpec = ReaderSpec {
    name: "bitcoin_blocks",
    relations: &[
        (
            "read_bitcoin_blocks",
            "Every record of the block files: blocks of the best branch, and bad records with their error.",
        ),
        ("read_bitcoin_transactions", "The transactions of the best branch, with their sums and fees."),
        (
            "read_bitcoin_inputs",
            "The inputs of the best branch, each with the output it spends where that is in the files.",
        ),
        ("read_bitcoin_outputs", "The outputs of the best branch, with script and type."),
        ("read_bitcoin_transfers", "Who paid whom: each transaction netted per script and divided among the payers."),
    ],
    usage: USAGE,
    schema,
    open,
};

const USAGE: &str = "path [, network [, prevouts [, options]]]: a folder with blk*.dat, one such file or a raw block file; \
                     main, testnet3, testnet4, signet or regtest (default: from the record magic; main for a raw \
                     block); an Arrow file of outputs made earlier (txid, vout, txo, value, script or identifier); \
                     start_height=N, memory=BYTES, missing=allow or refuse, spill=FOLDER, with commas";

fn schema(args: &ReadArgs, relation: usize) -> Result<SchemaRef, IngestError> {
    Options::parse(args, USAGE)?;
    let relation = Relation::ALL.get(relation);
    let relation =
        relation.ok_or_else(|| IngestError::Argument("bitcoin_blocks has five relations, 0 to 4".to_owned()))?;
    Ok(relation.schema())
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    let options = Options::parse(args, USAGE)?;
    let opened = open::open_path(&args.path, &options)?;
    Ok(Box::new(read::BlockReader::new(opened, &options)?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at a surprise")]
mod tests;
