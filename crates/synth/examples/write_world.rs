//! Writes a world: `cargo run -p headwater-synth --example write_world -- FOLDER [SEED]`, or with `--amlworld ROWS FILE`
//! the transactions file of the import bench.

use std::io::Write;
use std::path::Path;

use headwater_synth::{WorldSpec, write_amlworld, write_world};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--amlworld", rows, file] => {
            let start = std::time::Instant::now();
            write_amlworld(rows.parse()?, 1, Path::new(file))?;
            writeln!(out, "{rows} rows in {:.2} s", start.elapsed().as_secs_f64())?;
        }
        [folder, rest @ ..] => {
            let seed = rest.first().map_or(Ok(1), |text| text.parse())?;
            let summary = write_world(&WorldSpec { seed, ..WorldSpec::default() }, Path::new(folder))?;
            writeln!(out, "{summary:#?}")?;
        }
        [] => return Err("usage: write_world FOLDER [SEED] | --amlworld ROWS FILE".into()),
    }
    Ok(())
}
