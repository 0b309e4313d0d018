//! The files: size, sameness, account numbers, duplicates, damaged rows, references.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use headwater_synth::{Scale, WorldSpec, write_world};

use crate::{WORLD, lines, property};

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let summary = write_world(&WorldSpec::default(), folder.path()).unwrap();
    assert_eq!(summary, WORLD.summary);
    for (name, _) in &summary.files {
        assert!(fs::read(folder.path().join(name)).unwrap() == fs::read(WORLD.folder.join(name)).unwrap(), "{name}");
    }
    write_world(&WorldSpec { seed: 2, scale: Scale::Small }, folder.path()).unwrap();
    let other = fs::read(folder.path().join("bitcoin/blocks/blk00000.dat")).unwrap();
    assert!(other != fs::read(WORLD.folder.join("bitcoin/blocks/blk00000.dat")).unwrap());
}

#[test]
fn the_world_has_the_size_it_should_have() {
    let summary = &WORLD.summary;
    let rows: usize = summary.bank_rows.iter().map(|(_, rows)| rows).sum();
    assert!(summary.bytes < 5_000_000, "{}", summary.bytes);
    assert!((9_000..13_000).contains(&rows), "{rows}");
    assert!(summary.duplicates > 300 && summary.bad_rows == 6);
    assert!(summary.schemes >= 24 && summary.decoys >= 8);
}

#[test]
fn the_committed_samples_are_this_world() {
    let committed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data-samples");
    for (name, _) in &WORLD.summary.files {
        let bytes = fs::read(committed.join(name)).unwrap();
        assert!(bytes == fs::read(WORLD.folder.join(name)).unwrap(), "{name}: run the write_world example again");
    }
}

/// Country and length of the IBANs in use.
const LENGTHS: [(&str, usize); 10] = [
    ("EE", 20),
    ("GB", 22),
    ("CY", 28),
    ("LV", 21),
    ("LT", 20),
    ("DE", 22),
    ("NL", 18),
    ("CH", 21),
    ("AE", 23),
    ("IR", 26),
];

#[test]
fn account_numbers_are_ibans_wherever_the_country_has_them() {
    let mut seen = BTreeSet::new();
    for row in &WORLD.rows {
        for (account, country) in [&row.debtor, &row.creditor].into_iter().zip(&row.countries) {
            if account.is_empty() {
                continue;
            }
            seen.insert(country.as_str());
            let Some((_, length)) = LENGTHS.iter().find(|entry| entry.0 == country) else {
                assert!(["MM", "KP"].contains(&country.as_str()) && account.chars().all(|c| c.is_ascii_digit()));
                continue;
            };
            assert!(account.starts_with(country.as_str()) && account.len() == *length, "{account}");
            let moved = format!("{}{}", &account[4..], &account[..4]);
            let digits: String = moved.chars().map(|c| c.to_digit(36).unwrap().to_string()).collect();
            let remainder = digits.bytes().fold(0, |sum, digit| (sum * 10 + u32::from(digit - b'0')) % 97);
            assert_eq!(remainder, 1, "{account}");
        }
    }
    assert!(seen.len() >= 10, "{seen:?}");
}

#[test]
fn payments_between_the_banks_are_in_both_books() {
    let mut places: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (path, _) in &WORLD.summary.bank_rows {
        let mut last = String::new();
        for (_, fields) in lines(&WORLD.folder, path) {
            if !fields[0].is_empty() {
                assert!(places.entry(fields[0].clone()).or_default().insert(path), "twice in {path}: {}", fields[0]);
            }
            if !fields[1].starts_with("2024-02-30") {
                assert!(fields[1] >= last, "{path} is sorted by time");
                last.clone_from(&fields[1]);
            }
        }
    }
    assert_eq!(places.values().filter(|books| books.len() == 2).count(), WORLD.summary.duplicates);
}

#[test]
fn damaged_rows_are_where_the_truth_says() {
    let bad = lines(&WORLD.folder, "truth/bad_rows.csv");
    assert_eq!(bad.len(), 6);
    for (_, entry) in bad {
        let bytes = fs::read(WORLD.folder.join(&entry[0])).unwrap();
        let number: usize = entry[1].parse().unwrap();
        let line = bytes.split(|byte| *byte == b'\n').nth(number - 1).unwrap();
        let text = String::from_utf8_lossy(line);
        let damaged = match entry[2].as_str() {
            "bad date" => text.contains("2024-02-30"),
            "bad amount" => text.contains("12O.5O"),
            "missing amount" => text.contains(",,EUR,"),
            "unknown currency" => text.contains("XXQ"),
            "too few fields" => text.matches(',').count() < 15,
            _ => std::str::from_utf8(line).is_err(),
        };
        assert!(damaged, "{entry:?}: {text}");
    }
}

#[test]
fn references_of_the_truth_exist_and_amounts_are_positive() {
    let known: BTreeSet<&str> = WORLD.rows.iter().map(|row| row.id.as_str()).collect();
    for scheme in &WORLD.schemes {
        assert!(scheme.amount.parse::<f64>().unwrap() > 0.0, "{}", scheme.id);
        assert!(!scheme.references.is_empty());
        if scheme.ledger == "bank" {
            for reference in &scheme.references {
                assert!(known.contains(reference.as_str()), "{}: {reference}", scheme.id);
            }
        }
    }
}

#[test]
fn edges_of_the_watchlist_point_at_entities_in_it() {
    let ids: BTreeSet<&str> = WORLD.entities.iter().map(|entity| entity["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), WORLD.entities.len(), "ids are unique");
    for entity in &WORLD.entities {
        for name in ["holder", "member", "director", "owner", "asset", "organization", "entity", "subject", "object"] {
            for target in property(entity, name) {
                assert!(ids.contains(target), "{} → {target}", entity["id"]);
            }
        }
    }
    for (_, network) in lines(&WORLD.folder, "truth/networks.csv") {
        assert!(ids.contains(network[1].as_str()) && network[2].contains(';'), "{network:?}");
    }
}
