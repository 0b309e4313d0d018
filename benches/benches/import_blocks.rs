//! Import of Bitcoin blocks, against `sha256sum` of the same file.
//!
//! `cargo xtask bench import_blocks`. The blocks are the real raw blocks in `HEADWATER_DATA` (segwit blocks of 2017 and
//! 2021), chained under new headers into one block file as often as it takes to reach `MEGABYTES` (default 200): the
//! transactions, and so the hashing, parsing and writing, are real; what they spend is not there (`missing=allow`). `sha256sum` is the floor: it reads every byte once,
//! and an import must hash every byte twice to know transaction ids and the Merkle root.
//!
//! Learned so far: with the processor's SHA instructions the reader alone takes 0.7 of the time of a `sha256sum` that
//! does not use them, and all hashing, of the file and of the transactions, is 7 % of the import. No function has more
//! than 5 %: what is left is the price of five sorted tables (dictionaries, compression, copies, natural keys).
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::disallowed_methods, reason = "a bench takes its size and its data from the environment")]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use bitcoin::Block;
use bitcoin::consensus::{deserialize, serialize};
use bitcoin::hashes::Hash as _;
use headwater_benches::{Failure, headwater, ratio, repeat, say, time};

fn main() -> Result<(), Failure> {
    if !headwater_benches::is_wanted("import_blocks") {
        return Ok(());
    }
    let data = std::env::var("HEADWATER_DATA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let megabytes: usize = std::env::var("MEGABYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let folder = tempfile::tempdir()?;
    let blocks = folder.path().join("blk00000.dat");
    let Ok(count) = chain(&data.join("bitcoin"), &blocks, megabytes << 20) else {
        println!("skipped: no raw blocks in {} (set HEADWATER_DATA)", data.display());
        return Ok(());
    };
    println!("{count} blocks, {:.0} MB", std::fs::metadata(&blocks)?.len() as f64 / 1e6);
    let binary = headwater()?;
    let lake = folder.path().join("lake");
    let floor = repeat(3, || time(Command::new("sha256sum").arg(&blocks)))?;
    say("sha256sum", &floor);
    let read = repeat(3, || {
        let sql = format!("SELECT count(*) FROM read_bitcoin_outputs('{}', '', '', 'missing=allow')", blocks.display());
        time(Command::new(&binary).args(["--threads", "1", "sql", "-c", &sql]))
    })?;
    say("read_bitcoin_outputs (parse, ids, prevouts)", &read);
    let import = repeat(3, || {
        if lake.exists() {
            std::fs::remove_dir_all(&lake)?;
        }
        time(Command::new(&binary).arg("--lake").arg(&lake).args(["--quiet", "init"]))?;
        let mut command = Command::new(&binary);
        time(
            command
                .arg("--lake")
                .arg(&lake)
                .args(["--quiet", "import", "bitcoin_blocks"])
                .arg(&blocks)
                .args(["--set", "options=missing=allow"]),
        )
    })?;
    say("headwater import bitcoin_blocks", &import);
    ratio("parse over sha256sum", &read, &floor);
    ratio("import over sha256sum", &import, &floor);
    Ok(())
}

/// Writes the raw blocks of a folder again and again under headers that chain them.
fn chain(folder: &Path, target: &Path, bytes: usize) -> Result<usize, Failure> {
    let read = |name: &str| -> Result<Block, Failure> { Ok(deserialize(&std::fs::read(folder.join(name))?)?) };
    let originals = [read("mainnet-481829.raw")?, read("mainnet-2021-09-30.raw")?];
    let mut file = BufWriter::new(File::create(target)?);
    let mut previous = bitcoin::BlockHash::all_zeros();
    let (mut written, mut count) = (0, 0);
    while written < bytes {
        let mut block = originals[count % originals.len()].clone();
        block.header.prev_blockhash = previous;
        block.header.time += u32::try_from(count)?;
        previous = block.block_hash();
        let body = serialize(&block);
        file.write_all(&[0xf9, 0xbe, 0xb4, 0xd9])?;
        file.write_all(&u32::try_from(body.len())?.to_le_bytes())?;
        file.write_all(&body)?;
        written += body.len() + 8;
        count += 1;
    }
    file.flush()?;
    Ok(count)
}
