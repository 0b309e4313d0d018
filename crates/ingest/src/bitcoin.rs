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
//! Memory holds the headers, the unspent outputs and a handful of blocks. Every record of every file is one row of
//! `blocks`: either it is on the best branch and all is known of it, or its `error` column says why not. Only blocks of
//! the best branch have rows in the other relations.
//!
//! What is *not* checked: signatures and scripts, proof of work, subsidies, and the witness commitment. A node checked
//! them before it wrote the files; the merkle root is checked because disks fail. Where inputs spend outputs of blocks
//! that are not here, their `prev_*` columns and the transaction's fee are NULL and the transaction has no transfers.
//!
//! ```
//! use headwater_ingest::bitcoin::{Network, identifier, script_of};
//!
//! let script = script_of("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Network::Main).unwrap();
//! assert_eq!(identifier(&script, Network::Main), "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");
//! ```

use arrow::datatypes::SchemaRef;

use self::schema::Relation;
use crate::{IngestError, ReadArgs, Reader, ReaderSpec};

mod block;
mod branch;
mod decode;
mod edges;
mod hash;
mod network;
mod open;
mod read;
mod rows;
mod scan;
mod schema;
pub mod script;
mod source;
mod unspent;

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
    usage: "path [, network]: a folder with blk*.dat, one such file or a raw block file; main, testnet3, testnet4, signet or \
            regtest (default: from the record magic; main for a raw block)",
    schema,
    open,
};

fn schema(args: &ReadArgs, relation: usize) -> Result<SchemaRef, IngestError> {
    network(args)?;
    let relation = Relation::ALL.get(relation);
    let relation =
        relation.ok_or_else(|| IngestError::Argument("bitcoin_blocks has five relations, 0 to 4".to_owned()))?;
    Ok(relation.schema())
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    let opened = open::open_path(&args.path, network(args)?)?;
    Ok(Box::new(read::BlockReader::new(opened)))
}

fn network(args: &ReadArgs) -> Result<Option<Network>, IngestError> {
    match args.options.as_slice() {
        [] => Ok(None),
        // An import passes its parameter along; empty means that the network is to be seen from the file.
        [name] if name.is_empty() => Ok(None),
        [name] => Network::from_name(name).map(Some).ok_or_else(|| {
            let names = Network::ALL.map(Network::name).join(", ");
            IngestError::Argument(format!("no Bitcoin network is called '{name}'; there are {names}"))
        }),
        more => Err(IngestError::Argument(format!("usage: {}; {} arguments follow the path", SPEC.usage, more.len()))),
    }
}

/// Reads arbitrary bytes as a block file, to the end, and returns how many rows the five relations got.
///
/// The door for the fuzzer: it has to come back, with an error if need be, whatever the bytes.
#[doc(hidden)]
pub fn fuzz_block(bytes: &[u8]) -> Result<[usize; 5], IngestError> {
    let file = source::SourceFile::in_memory("fuzz", bytes);
    let opened = open::open_files("fuzz".as_ref(), vec![file], None)?;
    let mut reader = read::BlockReader::new(opened);
    let mut rows = [0; 5];
    while let Some((relation, batch)) = reader.next()? {
        rows[relation] += batch.num_rows();
    }
    Ok(rows)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at a surprise")]
mod tests;
