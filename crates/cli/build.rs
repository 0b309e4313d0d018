//! Tells cargo that the embedded query files are part of the binary, and the binary which versions it was built from.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=../../queries");
    println!("cargo:rerun-if-changed=../../Cargo.lock");
    let lock = std::fs::read_to_string(Path::new("../../Cargo.lock")).unwrap_or_default();
    for package in ["datafusion", "arrow", "deltalake"] {
        println!("cargo:rustc-env=HEADWATER_{}={}", package.to_uppercase(), version(&lock, package));
    }
}

/// The version that the lock file records of a package.
fn version<'a>(lock: &'a str, package: &str) -> &'a str {
    let head = format!("name = \"{package}\"\nversion = \"");
    let after = lock.split_once(&head).map(|(_, rest)| rest);
    after.and_then(|rest| rest.split('"').next()).unwrap_or("unknown")
}
