//! `cargo xtask bench`: the peers a bench is measured against, and then the bench.

use crate::environment::{command, run};

/// The peers' Python modules and their packages, pinned, so that a ratio means the same thing on two days.
const PEERS: [(&str, &str); 3] =
    [("duckdb", "duckdb==2.0.0"), ("snapml", "snapml==1.17.2"), ("gs_clustering", "graphsense-clustering==0.2.0")];

const BENCHES: [&str; 9] =
    ["assess", "bitcoin", "cold_start", "functions", "graph", "import_blocks", "import_csv", "names", "typologies"];

/// Runs one bench, or all of them.
pub(crate) fn run_bench(only: Option<&str>) -> Result<(), String> {
    if let Some(name) = only.filter(|name| !BENCHES.contains(name)) {
        return Err(format!("there is no bench `{name}`; there are: {}", BENCHES.join(", ")));
    }
    for (module, package) in PEERS {
        let peer = command("python3", &["-c", &format!("import {module}")]).output();
        if !peer.is_ok_and(|output| output.status.success())
            && let Err(message) = run("python3", &["-m", "pip", "install", "--quiet", package])
        {
            println!("{message}\nbenches will run without {module}");
        }
    }
    let mut arguments = vec!["bench", "--package", "headwater-benches"];
    for name in BENCHES.into_iter().filter(|name| only.is_none_or(|only| only == *name)) {
        arguments.extend(["--bench", name]);
    }
    run("cargo", &arguments)
}
