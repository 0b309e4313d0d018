use std::path::Path;

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::Int64Type;
use proptest::prelude::*;

use super::*;
use crate::testing::{cells, data};

/// The first payment of all, as Esplora shows it; block 170 names the height and the time.
const FIRST: &str = r#"{"txid":"f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16","version":1,"locktime":0,
"vin":[{"txid":"0437cd7f8525ceed2324359c2d0ba26006d92d856a9c20fa0241106ee5a597c9","vout":0,"prevout":{"scriptpubkey":
"410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac",
"value":5000000000},"scriptsig":
"47304402204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4acdd12909d831cc56cbbac4622082221a8768d1d0901",
"is_coinbase":false,"sequence":4294967295}],"vout":[{"scriptpubkey":
"4104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac",
"value":1000000000},{"scriptpubkey":
"410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac",
"value":4000000000}],"status":{"block_height":170,"block_time":1231731025}}"#;

fn table(path: &Path, options: &[&str]) -> Vec<(usize, RecordBatch)> {
    let options = options.iter().map(|option| (*option).to_owned()).collect();
    let mut reader = open(&ReadArgs { path: path.to_owned(), options }).unwrap();
    std::iter::from_fn(|| reader.next().unwrap()).collect()
}

fn relation(batches: &[(usize, RecordBatch)], relation: Relation) -> RecordBatch {
    let batches: Vec<_> =
        batches.iter().filter(|(index, _)| *index == relation as usize).map(|(_, batch)| batch).collect();
    arrow::compute::concat_batches(&schema(&args(""), relation as usize).unwrap(), batches).unwrap()
}

fn args(path: &str) -> ReadArgs {
    ReadArgs { path: path.into(), options: Vec::new() }
}

fn of_text(name: &str, text: &str, options: &[&str]) -> Vec<(usize, RecordBatch)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    table(&path, options)
}

fn errors(batches: &[(usize, RecordBatch)]) -> Vec<String> {
    cells(&relation(batches, Relation::Transactions), "error")
}

fn seconds(batch: &RecordBatch) -> Vec<i64> {
    let times =
        arrow::compute::cast(batch.column_by_name("time").unwrap(), &arrow::datatypes::DataType::Int64).unwrap();
    times.as_primitive::<Int64Type>().iter().flatten().map(|time| time / 1_000_000).collect()
}

fn id(number: u8) -> String {
    format!("{number:064x}")
}

/// A line of Dumplings: number, block, place, time, (spent number, vout), amounts.
fn dumpling(number: u8, block: &str, index: usize, time: i64, spends: (u8, usize), pays: &[i64]) -> String {
    let total: i64 = pays.iter().sum();
    let script = |number: usize| format!("0014{number:040x}+TxWitnessV0Keyhash");
    let outputs: Vec<_> = pays.iter().enumerate().map(|(vout, value)| format!("{value}+{}", script(vout))).collect();
    let input = format!("{}-{}-{}+{}", id(spends.0), spends.1, total + 100, script(99));
    format!("{}:::{block}:::{index}:::{time}:::{input}:::{}\n", id(number), outputs.join("}{"))
}

#[test]
fn an_object_says_all_that_a_block_would() {
    let batches = of_text("one.json", FIRST, &[]);
    let transactions = relation(&batches, Relation::Transactions);
    for (column, value) in [
        ("error", "∅"),
        ("txid", "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"),
        ("height", "170"),
        ("tx_index", "16384"),
        ("size", "275"),
        ("weight", "1100"),
        ("input_value", "5000000000"),
        ("fee", "0"),
        ("is_coinbase", "false"),
    ] {
        assert_eq!(cells(&transactions, column), [value], "{column}");
    }
    assert_eq!(seconds(&transactions), [1_231_731_025]);
    let inputs = relation(&batches, Relation::Inputs);
    assert_eq!(cells(&inputs, "prev_script_type"), ["p2pk"]);
    assert_eq!(cells(&inputs, "prev_txo"), ["∅"]);
    assert_eq!(cells(&relation(&batches, Relation::Outputs), "value"), ["1000000000", "4000000000"]);
}

#[test]
fn lists_lines_and_wrappers_are_the_same_transaction() {
    let line = FIRST.replace('\n', "");
    for text in [format!("[{FIRST}]"), format!("{line}\n{line}\n"), format!("[{{\"notes\":\"x\",\"tx\":{FIRST}}}]")] {
        let batches = of_text("some.json", &text, &[]);
        assert!(errors(&batches).iter().all(|error| error == "∅"), "{text}");
        assert_eq!(relation(&batches, Relation::Inputs).num_rows(), 1);
    }
}

#[test]
fn what_was_changed_is_refused() {
    let error = |text: &str| errors(&of_text("one.json", text, &[])).concat();
    assert!(error(&FIRST.replace("1000000000", "1000000001")).starts_with("says it is f4184fc5"));
    let without_id =
        FIRST.replace("\"txid\":\"f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16\",", "");
    assert!(error(&without_id.replace("1000000000", "1000000001")).starts_with("pays 5000000001 sat"));
    assert!(error(&without_id.replace("1000000000", "18446744073709551615")).starts_with("output 0"));
    assert!(error(&without_id.replace("\"prevout\"", "\"other\"")).starts_with("input 0 does not say"));
    assert!(error(&FIRST[..300]).starts_with("not JSON"));
    assert!(error("{\"address\":1}").starts_with("not a transaction"));
    assert!(error(&FIRST.replace("4104ae", "4104ag")).starts_with("not a script"));
}

#[test]
fn a_line_says_what_it_says_and_no_more() {
    let batches = of_text("list.txt", &dumpling(1, "b", 7, 1_710_119_889, (9, 3), &[5_000_000, 0]), &[]);
    let transactions = relation(&batches, Relation::Transactions);
    for (column, value) in [
        ("txid", id(1).as_str()),
        ("tx_index", "7"),
        ("fee", "100"),
        ("version", "∅"),
        ("locktime", "∅"),
        ("weight", "∅"),
        ("byte_offset", "0"),
    ] {
        assert_eq!(cells(&transactions, column), [value], "{column}");
    }
    let inputs = relation(&batches, Relation::Inputs);
    assert_eq!(cells(&inputs, "prev_txid"), [id(9)]);
    assert_eq!(cells(&inputs, "prev_vout"), ["3"]);
    assert_eq!(cells(&inputs, "sequence"), ["∅"]);
    assert_eq!(cells(&inputs, "prev_script_type"), ["p2wpkh"]);
}

#[test]
fn bad_lines_are_rows_with_their_error() {
    let good = dumpling(1, "b", 7, 1_710_119_889, (9, 3), &[5]);
    let text = format!("nothing\n{good}{}{}", good.replace("-3-", "-x-"), good.replace("5+0014", "5+001"));
    let batches = of_text("list.txt", &text, &[]);
    let errors = errors(&batches);
    assert!(errors[0].starts_with("not txid:::block"), "{errors:?}");
    assert_eq!(errors[1], "∅");
    assert!(errors[2].starts_with("not a whole number: x"), "{errors:?}");
    assert!(errors[3].starts_with("not a script"), "{errors:?}");
    assert_eq!(relation(&batches, Relation::Outputs).num_rows(), 1);
}

#[test]
fn spends_inside_the_list_are_resolved_wherever_the_parent_stands() {
    let (parent, child) =
        (dumpling(1, "a", 7, 1_710_000_000, (9, 0), &[10, 20, 30]), dumpling(2, "b", 3, 1_710_001_000, (1, 2), &[5]));
    let beyond = dumpling(3, "b", 4, 1_710_001_000, (1, 3), &[5]);
    let batches = of_text("list.txt", &format!("{child}{beyond}{parent}"), &[]);
    let outputs = relation(&batches, Relation::Outputs);
    let inputs = relation(&batches, Relation::Inputs);
    assert_eq!(cells(&inputs, "prev_txo")[0], cells(&outputs, "txo")[4]);
    assert_eq!(cells(&inputs, "prev_txo")[1..], ["∅", "∅"]);
}

#[test]
fn an_unsaid_place_is_behind_and_after_its_parents() {
    // Three of one block that do not say where they stand, child before parent, and one that does.
    let lines = [
        dumpling(3, "a", 0, 1_710_000_000, (2, 0), &[5]),
        dumpling(2, "a", 0, 1_710_000_000, (1, 0), &[6]),
        dumpling(1, "a", 0, 1_710_000_000, (9, 0), &[7]),
        dumpling(4, "a", 12, 1_710_000_000, (9, 1), &[7]),
    ];
    let batches = of_text("list.txt", &lines.concat(), &[]);
    let transactions = relation(&batches, Relation::Transactions);
    assert_eq!(cells(&transactions, "tx_index"), ["16386", "16385", "16384", "12"]);
}

#[test]
fn a_transaction_listed_twice_is_one_and_a_place_said_twice_is_refused() {
    let first = dumpling(1, "a", 0, 1_710_000_000, (9, 0), &[5]);
    let again = dumpling(1, "a", 17, 1_710_000_000, (9, 0), &[5]);
    let other = dumpling(2, "a", 17, 1_710_000_000, (9, 1), &[5]);
    let batches = of_text("list.txt", &format!("{first}{again}{other}"), &[]);
    let transactions = relation(&batches, Relation::Transactions);
    assert_eq!(cells(&transactions, "tx_index"), ["17", "17", "∅"]);
    assert!(errors(&batches)[2].starts_with("says it is number 17"));
    assert_eq!(relation(&batches, Relation::Outputs).num_rows(), 1);
}

#[test]
fn without_height_and_time_the_caller_says_the_height() {
    let bare = FIRST.replace(",\"status\":{\"block_height\":170,\"block_time\":1231731025}", "");
    assert!(errors(&of_text("one.json", &bare, &[]))[0].starts_with("says no height"));
    let batches = of_text("one.json", &bare, &["main", "170"]);
    let transactions = relation(&batches, Relation::Transactions);
    assert_eq!(cells(&transactions, "height"), ["170"]);
    // Block 170 is of 12 January 2009; the first block of all, from which the estimate goes on, nine days older.
    assert!((1_231_006_505..1_231_731_025).contains(&seconds(&transactions)[0]), "{:?}", seconds(&transactions));
    assert!(errors(&of_text("one.json", &bare, &["regtest", "170"]))[0].starts_with("says no time"));
    for options in [["moonnet", ""], ["main", "-1"], ["main", "x"]] {
        let options = options.map(str::to_owned).to_vec();
        assert!(open(&ReadArgs { path: "one.json".into(), options }).is_err());
    }
}

#[test]
fn a_folder_is_its_lists_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("b.txt"), dumpling(1, "a", 1, 1_710_000_000, (9, 0), &[5])).unwrap();
    std::fs::write(folder.path().join("a.json"), FIRST).unwrap();
    std::fs::write(folder.path().join("LICENSE"), "none").unwrap();
    let transactions = relation(&table(folder.path(), &[]), Relation::Transactions);
    assert_eq!(cells(&transactions, "file"), ["a.json", "b.txt"]);
    assert_eq!(cells(&transactions, "position"), ["1", "1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever times and places a list says: no two transactions share a place, and heights follow time.
    #[test]
    fn places_are_distinct_and_in_order(said in prop::collection::vec((0_i64..4, 0_usize..3, 0_u8..3), 1..40)) {
        let mut text = String::new();
        for (number, (time, index, block)) in said.iter().enumerate() {
            let number = u8::try_from(number).unwrap_or_default();
            let time = 1_710_000_000 + 300 * time;
            text += &dumpling(number, &block.to_string(), *index, time, (200, 0), &[5]);
        }
        let transactions = relation(&of_text("list.txt", &text, &[]), Relation::Transactions);
        let ids = transactions.column_by_name("tx_id").unwrap().as_primitive::<Int64Type>();
        // Where there is no place there is no time.
        let mut placed: Vec<_> = ids.iter().flatten().zip(seconds(&transactions)).collect();
        placed.sort_unstable();
        prop_assert!(placed.windows(2).all(|pair| pair[0].0 < pair[1].0));
        prop_assert!(placed.windows(2).all(|pair| pair[0].1 <= pair[1].1));
        // Only a place said twice is refused.
        let distinct = said.iter().filter(|(_, index, _)| *index != 0).collect::<std::collections::BTreeSet<_>>().len();
        let unsaid = said.iter().filter(|(_, index, _)| *index == 0).count();
        prop_assert_eq!(placed.len(), distinct + unsaid);
    }

    #[test]
    fn noise_is_an_error_or_a_row(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0_usize..1200, flip in any::<u8>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.json");
        let mut damaged = FIRST.as_bytes().to_vec();
        damaged[cut % FIRST.len()] = flip;
        for text in [bytes, damaged] {
            std::fs::write(&path, text).unwrap();
            if let Ok(mut reader) = open(&args(&path.to_string_lossy())) {
                while let Ok(Some(_)) = reader.next() {}
            }
        }
    }
}

#[test]
fn real_collections_are_read_whole() {
    if let Some(path) = data("coinjoin/singles") {
        let batches = table(&path, &[]);
        let errors = errors(&batches);
        assert_eq!(errors.iter().filter(|error| *error == "∅").count(), 158);
        // What is no transaction: two lists about addresses (of the third nothing is left, it is empty).
        assert_eq!(errors.iter().filter(|error| error.starts_with("not a transaction")).count(), 2);
        assert_eq!(errors.len(), 160);
    }
    if let Some(path) = data("bitcoin/mempool-2024.ndjson.gz") {
        let batches = table(&path, &["main", "834000"]);
        assert!(errors(&batches).iter().all(|error| error == "∅"));
        assert_eq!(relation(&batches, Relation::Transactions).num_rows(), 8131);
        let inputs = relation(&batches, Relation::Inputs);
        assert_eq!(
            inputs.column_by_name("prev_txo").unwrap().len() - inputs.column_by_name("prev_txo").unwrap().null_count(),
            2128
        );
    }
}
