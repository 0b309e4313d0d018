//! What is one key and what is two, in every encoding.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryViewArray, Decimal128Array, DictionaryArray, Int32Array, Int64Array,
    LargeStringArray, ListArray, StringArray, StringViewArray, TimestampMicrosecondArray, TimestampNanosecondArray,
    UInt8Array, UInt64Array,
};
use datafusion::arrow::datatypes::{Int32Type, Int64Type};
use datafusion::logical_expr::ColumnarValue;
use proptest::prelude::*;

use super::super::testing;
use super::{BLOCK, function};

fn hashes(columns: &[ArrayRef]) -> Vec<i64> {
    let arguments = columns.iter().map(|column| ColumnarValue::Array(Arc::clone(column))).collect();
    testing::invoke(&function(), arguments).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

fn one(column: impl Array + 'static) -> Vec<i64> {
    hashes(&[Arc::new(column)])
}

fn decimals(values: Vec<Option<i128>>, scale: i8) -> Decimal128Array {
    Decimal128Array::from(values).with_precision_and_scale(38, scale).unwrap()
}

#[test]
fn the_numbers_never_change() {
    let columns: [ArrayRef; 2] = [Arc::new(StringArray::from(vec!["a"])), Arc::new(Int64Array::from(vec![1]))];
    assert_eq!(hashes(&columns), [PINNED]);
}

const PINNED: i64 = 2_252_604_939_158_698_243;

#[test]
fn encodings_of_one_value_agree() {
    let text = vec![Some("a"), None, Some(""), Some("a text longer than a view holds inline")];
    let expected = one(StringArray::from(text.clone()));
    assert_eq!(one(StringViewArray::from(text.clone())), expected);
    assert_eq!(one(LargeStringArray::from(text.clone())), expected);
    assert_eq!(one(text.iter().copied().collect::<DictionaryArray<Int32Type>>()), expected);

    let expected = one(Int64Array::from(vec![Some(7), None, Some(-7)]));
    assert_eq!(one(Int32Array::from(vec![Some(7), None, Some(-7)])), expected);
    assert_eq!(one(decimals(vec![Some(7), None, Some(-7)], 0)), expected);
    assert_eq!(one(decimals(vec![Some(700), None, Some(-700)], 2)), expected);
    assert_eq!(one(UInt64Array::from(vec![7])), one(UInt8Array::from(vec![7])));
    assert_ne!(one(UInt64Array::from(vec![u64::MAX])), one(Int64Array::from(vec![-1])));

    assert_eq!(one(decimals(vec![Some(15)], 1)), one(decimals(vec![Some(1_500_000_000_000_000_000)], 18)));
    assert_ne!(one(decimals(vec![Some(15)], 1)), one(decimals(vec![Some(15)], 2)));
    assert_eq!(one(decimals(vec![Some(15)], -2)), one(decimals(vec![Some(1500)], 0)));

    let micros = TimestampMicrosecondArray::from(vec![1_000_000]);
    assert_eq!(one(TimestampNanosecondArray::from(vec![1_000_000_000])), one(micros.clone()));
    assert_eq!(one(micros.clone().with_timezone("UTC")), one(micros.clone()));
    assert_ne!(one(micros), one(Int64Array::from(vec![1_000_000])));

    let bytes = one(BinaryArray::from(vec![b"a".as_slice()]));
    assert_eq!(one(BinaryViewArray::from(vec![b"a".as_slice()])), bytes);
    assert_ne!(one(StringArray::from(vec!["a"])), bytes);
}

#[test]
fn slices_and_lists_are_read_where_they_stand() {
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![
        Some(vec![Some(1), Some(2)]),
        None,
        Some(vec![]),
        Some(vec![None]),
        Some(vec![Some(1), Some(2)]),
    ]);
    let whole = one(lists.clone());
    assert_eq!(whole[0], whole[4]);
    assert_eq!(whole[1..4].iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert_eq!(one(lists.slice(2, 3)), whole[2..]);
    let text = StringViewArray::from(vec!["x", "y", "z"]);
    assert_eq!(one(text.slice(1, 2)), one(text)[1..]);
}

#[tokio::test]
async fn constants_columns_and_mistakes() {
    let session = testing::session();
    for (expression, expected) in [
        ("key_hash('a', NULL) = key_hash('a')", "false"),
        ("key_hash(NULL) = key_hash(NULL, NULL)", "false"),
        ("key_hash(NULL) IS NULL", "false"),
        ("key_hash(1) = key_hash('1')", "false"),
        ("key_hash(true) = key_hash(1)", "false"),
        ("key_hash(5) = key_hash(CAST(5 AS DECIMAL(38, 18)))", "true"),
        ("key_hash(['a', 'b']) = key_hash('a', 'b')", "false"),
        ("key_hash(DATE '2020-01-01') = key_hash(DATE '2020-01-02')", "false"),
        ("key_hash(1.5e0) = key_hash(1.5e0)", "true"),
        ("(SELECT key_hash('a', x, 2) FROM (VALUES (1)) AS v (x)) = key_hash('a', 1, 2)", "true"),
    ] {
        assert_eq!(testing::cell(&session, expression).await, expected, "{expression}");
    }
    let error = testing::query(&session, "SELECT key_hash(INTERVAL '1' DAY)").await.unwrap_err().to_string();
    assert!(error.contains("key_hash cannot hash"), "{error}");
    let error = testing::query(&session, "SELECT key_hash()").await.unwrap_err().to_string();
    assert!(error.contains("key_hash"), "{error}");
}

proptest! {
    /// Rows are equal keys exactly if they are equal rows, over more rows than a block has.
    #[test]
    fn equal_rows_and_only_they_hash_alike(
        rows in proptest::collection::vec(
            (proptest::option::of("[ab]{0,2}"), proptest::option::of(0_i64..3), proptest::option::of(0_i128..30)),
            1..BLOCK * 2,
        )
    ) {
        let text: ArrayRef = Arc::new(rows.iter().map(|row| row.0.clone()).collect::<StringViewArray>());
        let number: ArrayRef = Arc::new(rows.iter().map(|row| row.1).collect::<Int64Array>());
        let amount: ArrayRef = Arc::new(decimals(rows.iter().map(|row| row.2).collect(), 1));
        let mut seen = BTreeMap::new();
        for (hash, row) in hashes(&[text, number, amount]).into_iter().zip(&rows) {
            prop_assert_eq!(*seen.entry(hash).or_insert(row), row);
        }
        let distinct: std::collections::BTreeSet<_> = rows.iter().collect();
        prop_assert_eq!(seen.len(), distinct.len());
    }

    #[test]
    fn trailing_zeros_are_nothing(value in any::<i64>(), zeros in 0_u32..18) {
        let scale = i8::try_from(zeros).unwrap();
        let padded = i128::from(value) * 10_i128.pow(zeros);
        prop_assert_eq!(one(decimals(vec![Some(padded)], scale)), one(Int64Array::from(vec![value])));
        let odd = i128::from(value) * 10 + 5;
        prop_assert_eq!(
            one(decimals(vec![Some(odd * 10_i128.pow(zeros))], scale + 1)), one(decimals(vec![Some(odd)], 1))
        );
    }
}
