//! Packs as they should be, as they are, and as an attacker would write them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop, and say what it saw"
)]

use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::*;
use crate::testing::{cells, data};

fn read(path: &Path, root: Option<&Path>) -> Result<Vec<(usize, RecordBatch)>, IngestError> {
    let options = root.map(|root| root.display().to_string()).into_iter().collect();
    let mut reader = (SPEC.open)(&ReadArgs { path: path.to_owned(), options })?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next()? {
        batches.push(batch);
    }
    Ok(batches)
}

fn pack(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn batch(text: &str) -> RecordBatch {
    let folder = tempfile::tempdir().unwrap();
    read(&pack(folder.path(), "pack.yaml", text), None).unwrap().remove(0).1
}

fn refusal(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    read(&pack(folder.path(), "pack.yaml", text), None).unwrap_err().to_string()
}

const HEAD: &str = "title: T\ncreator: C\nlabel: L\nsource: https://s\ncurrency: BTC\n";

#[test]
fn tags_inherit_from_the_header_and_win_over_it() {
    let found = batch(
        "title: T\ncreator: C\nlabel: L\nsource: https://s\ncurrency: BTC\nconfidence: forensic\nlastmod: 2022-01-24\n\
         is_cluster_definer: yes\nconcepts: [a, b]\ntags:\n- address: 1abc\n- address: 1def\n  label: 0123\n  currency: TRX\n  \
         confidence: odd\n  lastmod: 2023-08-16 12:18:52.619444\n  is_cluster_definer: false\n  concepts: [c]\n  \
         context: {a: [1e5]}\n- {tx_hash: ABCD, address: null, network: eth}\n",
    );
    assert_eq!(cells(&found, "label"), ["L", "0123", "L"]);
    assert_eq!(cells(&found, "network"), ["btc", "tron", "eth"]);
    assert_eq!(cells(&found, "currency"), ["BTC", "TRX", "BTC"]);
    assert_eq!(cells(&found, "identifier_kind"), ["address", "address", "tx"]);
    assert_eq!(cells(&found, "confidence"), ["forensic", "odd", "forensic"]);
    assert_eq!(cells(&found, "confidence_level"), ["50", "5", "50"]);
    assert_eq!(cells(&found, "is_cluster_definer"), ["true", "false", "true"]);
    assert_eq!(cells(&found, "concepts"), ["a;b", "c", "a;b"]);
    assert_eq!(cells(&found, "context"), ["∅", "{\"a\":[\"1e5\"]}", "∅"]);
    let times = found.column_by_name("lastmod").unwrap().as_primitive::<TimestampMicrosecondType>();
    assert_eq!((times.value(0), times.value(1)), (1_642_982_400_000_000, 1_692_188_332_619_444));
}

#[test]
fn a_scalar_keeps_its_own_words() {
    let text = "123456789012345678901234567890, 0x1F, 1.10, 1e5, no, 0o17, ~, 1_000, .inf, !!str 12, 'x'";
    let tags: String = text.split(", ").map(|label| format!("- {{address: 1a, label: {label}}}\n")).collect();
    let found = batch(&format!("{HEAD}tags:\n{tags}"));
    let expected =
        ["123456789012345678901234567890", "0x1F", "1.10", "1e5", "no", "0o17", "∅", "1_000", ".inf", "12", "x"];
    assert_eq!(cells(&found, "label"), expected);
}

#[test]
fn an_alias_stands_for_its_anchor() {
    let found = batch(&format!("{HEAD}tags:\n- {{address: 1a, label: &l 1e5}}\n- {{address: 1b, label: *l}}\n"));
    assert_eq!(cells(&found, "label"), ["1e5", "1e5"]);
}

#[test]
fn a_missing_confidence_is_the_lowest() {
    let found = batch(&format!("{HEAD}tags:\n- address: 1abc\n"));
    assert_eq!((cells(&found, "confidence"), cells(&found, "confidence_level")), (vec!["∅".into()], vec!["5".into()]));
}

#[test]
fn identifiers_are_normalised_by_network() {
    let same = |network, kind, text: &str| values::identifier(network, kind, text).into_owned();
    assert_eq!(same("eth", "address", "0xAbC0"), "0xabc0");
    assert_eq!(same("btc", "address", "BC1QW508"), "bc1qw508");
    assert_eq!(same("btc", "address", "bc1QW508"), "bc1QW508");
    assert_eq!(same("btc", "address", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"), "1BoatSLRHtKNngkdXEeobR76b53LETtpyT");
    assert_eq!(same("tron", "address", "TXYZ"), "TXYZ");
    let cash = "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a";
    assert_eq!(same("bch", "address", &format!("bitcoincash:{cash}")), cash);
    assert_eq!(same("bch", "address", &format!("BITCOINCASH:{}", cash.to_uppercase())), cash);
    assert_eq!(same("btc", "tx", &"AB".repeat(32)), "ab".repeat(32));
}

#[test]
fn a_malformed_tag_is_a_row_and_its_neighbours_are_read() {
    let found = batch(
        "title: T\ncreator: C\ntags:\n- address: 1a\n- just text\n- {label: [x], source: s, address: 1b, currency: BTC}\n- {address: 1a, label: L, source: s, currency: BTC}\n",
    );
    let expected = [
        "the tag has no label, no source, no currency or network",
        "the tag is not a mapping",
        "the tag has no label",
        "∅",
    ];
    assert_eq!(cells(&found, "error"), expected);
    assert_eq!(cells(&found, "position"), ["1", "2", "3", "4"]);
}

#[test]
fn a_broken_document_says_where() {
    assert!(refusal("title: T\ntags:\n- address: [1\n- b: }\n").contains("line 4, column"), "no place");
    assert!(refusal("- a\n- b\n").contains("not a mapping"));
    assert!(refusal("title: T\ncreator: C\n").contains("neither tags nor actors"));
    assert!(refusal("title: T\ntags: []\n").contains("has no creator"));
    assert!(refusal("title: T\ncreator: C\ntags: 3\n").contains("tags is not a list"));
    assert!(refusal("").contains("not a mapping"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yaml");
    std::fs::write(&path, b"title: T\ncreator: \xff\n").unwrap();
    assert!(read(&path, None).unwrap_err().to_string().contains("line 2: byte 19 is not valid UTF-8"));
}

#[test]
fn refuses_a_document_made_to_expand() {
    let mut bomb = "title: T\ncreator: C\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    let told = refusal(&format!("{bomb}tags: []\n"));
    assert!(told.contains("alias") || told.contains("budget") || told.contains("limit"), "{told}");
    assert!(refusal(&"[".repeat(10_000)).contains("line"), "depth");
    let deep: String = (0..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(!refusal(&deep).is_empty());
}

#[test]
fn includes_a_header_from_inside_the_pack_root_alone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("packs");
    pack(&root, "header.yaml", "title: Shared\ncreator: C\nlabel: L\nsource: s\ncurrency: BTC\n");
    pack(folder.path(), "secret.yaml", "title: Secret\n");
    let path = pack(&root, "deep/pack.yaml", "header: !include header.yaml\nlabel: Own\ntags:\n- address: 1a\n");
    let found = read(&path, Some(&root)).unwrap().remove(0).1;
    assert_eq!((cells(&found, "pack_title"), cells(&found, "label")), (vec!["Shared".into()], vec!["Own".into()]));
    assert!(read(&path, None).unwrap_err().to_string().contains("name the pack root"));
    for name in ["../secret.yaml", "/etc/passwd", "../../secret.yaml", "link.yaml"] {
        #[cfg(unix)]
        let _ = std::os::unix::fs::symlink(folder.path().join("secret.yaml"), root.join("link.yaml"));
        let path = pack(&root, "bad.yaml", &format!("header: !include {name}\ntags: []\n"));
        assert!(read(&path, Some(&root)).unwrap_err().to_string().contains("out of the pack root"), "{name}");
    }
}

#[test]
fn reads_actors() {
    let folder = tempfile::tempdir().unwrap();
    let text = "%YAML 1.1\n---\ntitle: T\ncreator: C\nactors:\n- id: '01'\n  label: 01\n  uri: 01.xyz\n  categories: [defi_dex, x]\n  \
                jurisdictions: [NO]\n  context: {refs: [a]}\n- uri: x\n";
    let (relation, found) = read(&pack(folder.path(), "a.yaml", text), None).unwrap().remove(0);
    assert_eq!(relation, ACTORS);
    assert_eq!(cells(&found, "actor_id"), ["01", "∅"]);
    assert_eq!(cells(&found, "categories"), ["defi_dex;x", "∅"]);
    assert_eq!(cells(&found, "jurisdictions"), ["NO", "∅"]);
    assert_eq!(cells(&found, "error"), ["∅", "the actor has no id, no label"]);
}

#[test]
fn reads_every_public_pack() {
    let Some(folder) = data("labels/tagpacks") else { return };
    let mut rows = [0; 2];
    let mut bad = Vec::new();
    let mut files = 0;
    let mut paths: Vec<PathBuf> =
        glob::glob(&format!("{}/**/*.yaml", folder.display())).unwrap().map(Result::unwrap).collect();
    paths.sort();
    for path in paths {
        files += 1;
        for (relation, batch) in read(&path, None).unwrap() {
            rows[relation] += batch.num_rows();
            for (row, error) in cells(&batch, "error").into_iter().enumerate().filter(|(_, error)| error != "∅") {
                bad.push(format!("{}: {}: {error}", path.display(), row + 1));
            }
        }
    }
    eprintln!("{files} files, {rows:?} rows, {} bad: {:#?}", bad.len(), bad.iter().take(20).collect::<Vec<_>>());
    assert_eq!(files, 71);
}
