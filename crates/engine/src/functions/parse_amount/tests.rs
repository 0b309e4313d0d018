//! What is read, what is refused, and an oracle that works on digits as text.

use proptest::prelude::*;

use super::super::testing;
use super::parse;

const ONE: i128 = 1_000_000_000_000_000_000;

#[test]
fn reads_what_banks_write() {
    for (text, cents) in [
        ("0", 0),
        ("-0.00", 0),
        ("12.34", 1234),
        ("+12.34", 1234),
        ("-12.34", -1234),
        ("12.34-", -1234),
        ("(12.34)", -1234),
        ("( 12.34 )", -1234),
        ("\u{2212}12.34", -1234),
        (" 1,234,567.89 ", 123_456_789),
        ("1 234 567.89", 123_456_789),
        ("1\u{a0}234\u{a0}567.89", 123_456_789),
        ("1\u{202f}234.50", 123_450),
        ("1'234.50", 123_450),
        ("1\u{2019}234.50", 123_450),
        (".5", 50),
        ("5.", 500),
        ("000123", 12_300),
        ("5.689852347E7", 5_689_852_347),
        ("1e-2", 1),
        ("1.50e+1", 1500),
        ("100000000000000000000000e-21", 10_000),
    ] {
        assert_eq!(parse(text, b'.'), Some(cents * ONE / 100), "{text}");
    }
    for (text, cents) in [("1.234.567,89", 123_456_789), ("1 234,5", 123_450), ("12,34-", -1234), ("1.234", 123_400)] {
        assert_eq!(parse(text, b','), Some(cents * ONE / 100), "{text}");
    }
}

#[test]
fn refuses_what_would_be_a_guess() {
    for text in [
        "",
        " ",
        "-",
        ".",
        "()",
        "abc",
        "12a",
        "1,50",
        "1,2345",
        "12,34,567",
        "1234,567",
        ",123",
        "1,",
        "1,234,",
        "1 234,567",
        "1,234 567",
        "--1",
        "-1-",
        "-(1)",
        "(-1)",
        "(1",
        "1)",
        "1.2.3",
        "1.234.567",
        "1e",
        "1e+",
        "1e1.5",
        "e5",
        "0x10",
        "€5",
        "1__000",
        "NaN",
        "inf",
        "1  234",
        "1.2 345",
        "1e9999999999",
        "١٢",
    ] {
        assert_eq!(parse(text, b'.'), None, "{text}");
    }
}

#[test]
fn is_exact_to_the_last_digit_or_null() {
    assert_eq!(parse("0.000000000000000001", b'.'), Some(1));
    assert_eq!(parse("0.0000000000000000001", b'.'), None);
    assert_eq!(parse("0.0000000000000000010", b'.'), Some(1));
    assert_eq!(parse("1e-18", b'.'), Some(1));
    assert_eq!(parse("1e-19", b'.'), None);
    let largest = 10_i128.pow(38) - 1;
    assert_eq!(parse("99999999999999999999.999999999999999999", b'.'), Some(largest));
    assert_eq!(parse("-99999999999999999999.999999999999999999", b'.'), Some(-largest));
    assert_eq!(parse("100000000000000000000", b'.'), None);
    assert_eq!(parse("1e20", b'.'), None);
    assert_eq!(parse("0e999999999", b'.'), Some(0));
    assert_eq!(parse(&format!("{}e-400", "1".to_owned() + &"0".repeat(400)), b'.'), Some(ONE));
    assert_eq!(parse(&"9".repeat(5000), b'.'), None);
}

#[tokio::test]
async fn separators_are_checked_and_nulls_pass() {
    let session = testing::session();
    assert_eq!(testing::cell(&session, "parse_amount(NULL)").await, "");
    assert_eq!(testing::cell(&session, "parse_amount('1,5', NULL)").await, "");
    assert_eq!(testing::cell(&session, "arrow_typeof(parse_amount('1'))").await, "Decimal128(38, 18)");
    let error = testing::query(&session, "SELECT parse_amount('1', ';')").await.unwrap_err().to_string();
    assert!(error.contains("decimal separator"), "{error}");
}

/// The oracle: shifts the point in the text, then asks the standard library for the integer.
fn oracle(integer: &str, fraction: &str, exponent: i32) -> Option<i128> {
    let mut digits = format!("{integer}{fraction}");
    let shift = exponent + 18 - i32::try_from(fraction.len()).unwrap();
    if shift >= 0 {
        digits.push_str(&"0".repeat(usize::try_from(shift).unwrap()));
    } else {
        for _ in 0..-shift {
            if digits.pop().is_some_and(|digit| digit != '0') {
                return None;
            }
        }
    }
    let digits = digits.trim_start_matches('0');
    if digits.len() > 38 {
        return None;
    }
    Some(if digits.is_empty() { 0 } else { digits.parse().unwrap() })
}

fn grouped(integer: &str, separator: &str) -> String {
    let groups: Vec<&str> = integer.as_bytes().rchunks(3).map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.into_iter().rev().collect::<Vec<_>>().join(separator)
}

proptest! {
    #[test]
    fn agrees_with_the_oracle(integer in "[0-9]{1,22}", fraction in "[0-9]{0,12}0{0,12}", exponent in -22..22) {
        let expected = oracle(&integer, &fraction, exponent);
        prop_assert_eq!(parse(&format!("{integer}.{fraction}e{exponent}"), b'.'), expected);
        prop_assert_eq!(parse(&format!("{integer},{fraction}E{exponent}"), b','), expected);
        prop_assert_eq!(parse(&format!("({integer}.{fraction}e{exponent})"), b'.'), expected.map(|amount| -amount));
    }

    #[test]
    fn groups_change_nothing(integer in "[0-9]{1,20}", fraction in "[0-9]{0,18}", separator in "[, '\u{a0}\u{202f}]") {
        let expected = oracle(&integer, &fraction, 0);
        prop_assert_eq!(parse(&format!("{}.{fraction}-", grouped(&integer, &separator)), b'.'), expected.map(|amount| -amount));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}", odd in "[-+()0-9., eE'\u{a0}\u{2212}]{0,40}") {
        let _ = (parse(&text, b'.'), parse(&odd, b'.'), parse(&odd, b','));
    }
}
