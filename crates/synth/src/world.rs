//! Puts a world together and writes it.
//!
//! The order matters once: chain times and addresses are drawn first because the schemes on the bank rail wait for
//! blocks and name wallets; line numbers are known last because bad rows shift them.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::SynthError;
use crate::bank::Book;
use crate::chain::{Chain, Schedule};
use crate::economy;
use crate::rates::Rates;
use crate::schemes;
use crate::truth;

/// How many people live in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// A third of the demo's households: for tests that need a world, not its weight.
    Small,
    /// The committed demo world.
    #[default]
    Demo,
    /// Ten times the demo's households.
    Large,
}

impl Scale {
    fn households(self) -> usize {
        match self {
            Self::Small => 16,
            Self::Demo => 52,
            Self::Large => 560,
        }
    }
}

/// What decides every byte of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorldSpec {
    /// Seed of all draws.
    pub seed: u64,
    /// Number of innocent households; the schemes are the same at every scale.
    pub scale: Scale,
}

impl Default for WorldSpec {
    /// The demo world: seed 1.
    fn default() -> Self {
        Self { seed: 1, scale: Scale::Demo }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorldSummary {
    /// Path inside the folder and size of each file.
    pub files: Vec<(String, u64)>,
    /// Size of all files.
    pub bytes: u64,
    /// Rows of each bank's book, bad ones included.
    pub bank_rows: Vec<(String, usize)>,
    /// Payments that are in two books.
    pub duplicates: usize,
    /// Rows no importer can store.
    pub bad_rows: usize,
    /// Blocks in the block file, the stale one included.
    pub blocks: usize,
    /// Transactions of the main chain.
    pub transactions: usize,
    /// Lines of the watchlist.
    pub entities: usize,
    /// Planted schemes, decoys excluded.
    pub schemes: usize,
    /// Decoys.
    pub decoys: usize,
}

/// Writes a world into `folder`, which is created if need be. Files of other names in it are left alone.
///
/// The demo world takes about a second in a debug build and 30 MB of memory; a world is held whole before it is written.
///
/// # Errors
/// [`SynthError::Write`] if a file cannot be written.
pub fn write_world(spec: &WorldSpec, folder: &Path) -> Result<WorldSummary, SynthError> {
    let (files, mut summary) = build(spec)?;
    for (name, bytes) in &files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|source| SynthError::write(parent, source))?;
        fs::write(&path, bytes).map_err(|source| SynthError::write(&path, source))?;
        summary.files.push((name.clone(), bytes.len() as u64));
        summary.bytes += bytes.len() as u64;
    }
    Ok(summary)
}

type Files = Vec<(String, Vec<u8>)>;

fn build(spec: &WorldSpec) -> Result<(Files, WorldSummary), SynthError> {
    let rates = Rates::draw(spec.seed);
    let schedule = Schedule::draw(spec.seed);
    let mut chain = Chain::new(spec.seed);
    let mut book = Book::new(spec.seed);
    let cast = economy::populate(&mut book, spec.seed, spec.scale.households());
    let plan = schemes::plant_all(&mut book, &cast, &rates, &schedule, &chain, spec.seed);
    chain.run(&schedule, &plan.orders)?;

    let written = book.write();
    let mut planted: Vec<_> =
        plan.planted.iter().map(|planted| truth::Scheme::of(planted, &book, &written, &rates)).collect();
    planted.extend(plan.on_chain.iter().map(|scheme| scheme.resolve(&chain, &rates)));
    planted.sort_by_key(|scheme| scheme.id);
    let decoys = planted.iter().filter(|scheme| scheme.difficulty() == "decoy").count();
    let (blocks, key) = chain.files();

    let summary = WorldSummary {
        files: Vec::new(),
        bytes: 0,
        bank_rows: written.files.iter().map(|(path, _, rows)| (path.clone(), *rows)).collect(),
        duplicates: written.duplicates(),
        bad_rows: written.bad_rows.len(),
        blocks: chain.stored_blocks(),
        transactions: chain.transactions(),
        entities: plan.watchlist.len(),
        schemes: planted.len() - decoys,
        decoys,
    };
    let mut files: Files = vec![
        ("README.md".to_owned(), readme(spec, &summary).into_bytes()),
        ("sources.toml".to_owned(), SOURCES.as_bytes().to_vec()),
        ("rates/eurofxref-hist.csv".to_owned(), rates.csv().into_bytes()),
        ("watchlist/watchlist.ftm.jsonl".to_owned(), plan.watchlist.jsonl()?),
        ("bitcoin/blocks/blk00000.dat".to_owned(), blocks),
        ("bitcoin/blocks/xor.dat".to_owned(), key.to_vec()),
        ("truth/schemes.csv".to_owned(), truth::schemes_csv(&planted)),
        ("truth/networks.csv".to_owned(), truth::networks_csv(&plan.networks)),
        ("truth/bad_rows.csv".to_owned(), truth::bad_rows_csv(&written)),
    ];
    files.extend(written.files.into_iter().map(|(path, bytes, _)| (path, bytes)));
    Ok((files, summary))
}

/// The list the runner imports, in order: rates first, so that every transfer finds its value in euro.
const SOURCES: &str = r#"# What `headwater demo` imports, in this order: rates first, so that every transfer finds its value in euro.
[[source]]
format = "ecb_rates"
path = "rates/eurofxref-hist.csv"

[[source]]
format = "ftm"
path = "watchlist/watchlist.ftm.jsonl"

[[source]]
format = "bank_csv"
path = "bank"

[[source]]
format = "bitcoin_blocks"
path = "bitcoin/blocks"
"#;

fn readme(spec: &WorldSpec, summary: &WorldSummary) -> String {
    let rows: usize = summary.bank_rows.iter().map(|(_, rows)| rows).sum();
    let WorldSummary { duplicates, bad_rows, blocks, transactions, entities, schemes, decoys, .. } = summary;
    let seed = spec.seed;
    let origin = match spec.scale {
        Scale::Demo => format!("`headwater synth --seed {seed} data-samples`"),
        Scale::Small | Scale::Large => format!("seed {seed}, scale {:?}", spec.scale),
    };
    format!(
        "# An invented world

Everything in this folder is made up: people, companies, banks, accounts, wallets, rates, listings. Any likeness is
chance. It was made by {origin}, and the same command gives the same bytes again.

It covers 2023-07-01 to 2024-12-31.

| Folder | What it holds |
|---|---|
| `bank/` | The books of three banks, in Estonia, Britain and Cyprus: {rows} rows. {duplicates} payments run between customers of two of them and stand in both books under one reference. {bad_rows} rows are damaged on purpose. |
| `bitcoin/blocks/` | {blocks} regtest blocks with {transactions} transactions in the files of Bitcoin Core 28 (`xor.dat` is the key). Some are out of order and one is stale. Signatures are dummy bytes: a node would refuse them, a tracer does not look. |
| `watchlist/` | {entities} FollowTheMoney entities: four criminal networks, their members, shells, accounts and wallets, three listed parties, and companies that share no more than an address. |
| `rates/` | Invented exchange rates in the layout of the ECB's history file, with Bitcoin as one more column. |
| `truth/` | What was planted: {schemes} schemes and {decoys} decoys (`schemes.csv`), the networks (`networks.csv`), the damaged rows (`bad_rows.csv`). |

`sources.toml` lists what to import, in order.

## Reading the truth

`expected` says whether a detector with default parameters should report the case. *Easy* cases meet every clause of
their typology with room to spare. *Hard* ones stand right on a clause (`expected` true) or just miss one (false): those
are crimes that a rule cannot see, and a count of them is a fair measure of its blindness. *Decoys* have the shape and an
innocent reason; a detector that reports one is not wrong about the shape, and that is why a flag is never proof.
`references` names the evidence: the payment reference, the transaction id, or file and line for rows without a
reference.

Precision and recall measured here are figures from synthetic data. They do not transfer to real books.

## Licence

CC0 1.0: no rights reserved.
"
    )
}
