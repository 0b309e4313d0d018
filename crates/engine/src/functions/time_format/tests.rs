//! Formats against chrono, and what is refused.

use chrono::{DateTime, Datelike as _, NaiveDate};
use proptest::prelude::*;

use super::{Format, days_since_epoch};

fn micros(format: &str, text: &str) -> Option<i64> {
    Format::new(format).unwrap().parse(text).map(|moment| moment.micros)
}

fn instant(text: &str) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros())
}

#[test]
fn reads_the_formats_of_real_sources() {
    for (format, text, expected) in [
        ("%Y-%m-%d", "2012-06-30", "2012-06-30T00:00:00Z"),
        ("%d.%m.%Y", "30.06.2012", "2012-06-30T00:00:00Z"),
        ("%m/%d/%y", "06/30/12", "2012-06-30T00:00:00Z"),
        ("%d/%m/%y", "30/06/69", "1969-06-30T00:00:00Z"),
        ("%-d/%-m/%Y %-H:%M", "3/6/2012 9:05", "2012-06-03T09:05:00Z"),
        ("%-d/%-m/%Y %-H:%M", "13/12/2012 19:05", "2012-12-13T19:05:00Z"),
        ("%b %e, %Y", "Sep  3, 2015", "2015-09-03T00:00:00Z"),
        ("%b %e, %Y", "SEP 13, 2015", "2015-09-13T00:00:00Z"),
        ("%d %B %Y", "03 september 2015", "2015-09-03T00:00:00Z"),
        ("%Y/%m/%d %H:%M", "2022/09/01 00:20", "2022-09-01T00:20:00Z"),
        ("%Y%m%d%H%M%S", "20220901002059", "2022-09-01T00:20:59Z"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2022-09-01T00:20:59.5+02:00", "2022-08-31T22:20:59.5Z"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2022-09-01T00:20:59.123456789-0330", "2022-09-01T03:50:59.123456Z"),
        ("%Y-%m-%dT%H:%M:%S%z", "2022-09-01T00:20:59Z", "2022-09-01T00:20:59Z"),
        ("%Y-%m-%d %H:%M:%S %Z", "2022-09-01 00:20:59 UTC", "2022-09-01T00:20:59Z"),
        ("%Y-%m-%d 100%%", "2022-09-01 100%", "2022-09-01T00:00:00Z"),
        ("%Y-%m-%d", "0001-01-01", "0001-01-01T00:00:00Z"),
        ("%Y-%m-%d %H:%M:%S.%f", "1900-02-28 23:59:59.999999", "1900-02-28T23:59:59.999999Z"),
    ] {
        assert_eq!(micros(format, text), instant(expected), "{format} {text}");
    }
}

#[test]
fn refuses_what_does_not_match_or_exist() {
    for (format, text) in [
        ("%Y-%m-%d", "2012-6-30"),
        ("%Y-%m-%d", "2012-06-30 "),
        ("%Y-%m-%d", " 2012-06-30"),
        ("%Y-%m-%d", "2012-06-31"),
        ("%Y-%m-%d", "2013-02-29"),
        ("%Y-%m-%d", "1900-02-29"),
        ("%Y-%m-%d", "2012-13-01"),
        ("%Y-%m-%d", "2012-00-01"),
        ("%Y-%m-%d", "2012-01-00"),
        ("%Y-%m-%d", "+012-01-01"),
        ("%Y-%m-%d", "2012/01/01"),
        ("%Y-%m-%d", ""),
        ("%Y-%m-%d %H:%M:%S", "2012-06-30 24:00:00"),
        ("%Y-%m-%d %H:%M:%S", "2012-06-30 23:60:00"),
        ("%Y-%m-%d %H:%M:%S", "2016-12-31 23:59:60"),
        ("%Y-%m-%d %H:%M:%S.%f", "2012-06-30 12:00:00."),
        ("%Y-%m-%d %H:%M:%S.%f", "2012-06-30 12:00:00.1234567890"),
        ("%d %b %Y", "01 Foo 2012"),
        ("%d %B %Y", "01 Sep 2012"),
        ("%Y-%m-%d%z", "2012-01-01+24:00"),
        ("%Y-%m-%d%z", "2012-01-01+02:"),
        ("%Y-%m-%d %Z", "2012-01-01 CET"),
        ("%b %e, %Y", "Sep   3, 2015"),
    ] {
        assert_eq!(micros(format, text), None, "{format} {text}");
    }
}

#[test]
fn says_what_is_wrong_with_a_format() {
    for (format, what) in [
        ("%Y-%m", "does not name the day"),
        ("%H:%M", "does not name the year"),
        ("%Y-%m-%d %d", "names the day twice"),
        ("%y %Y-%m-%d", "names the year twice"),
        ("%Y-%m-%d %I", "%I is not known"),
        ("%Y-%m-%d %-M", "flag '-'"),
        ("%Y-%m-%d %", "ends in %"),
    ] {
        let error = Format::new(format).unwrap_err();
        assert!(error.contains(what), "{format}: {error}");
    }
}

proptest! {
    #[test]
    fn days_agree_with_chrono(year in 0_i32..=9999, month in 0_u32..14, day in 0_u32..33) {
        let expected = NaiveDate::from_ymd_opt(year, month, day).map(|date| date.num_days_from_ce() - 719_163);
        prop_assert_eq!(days_since_epoch(year, i32::try_from(month).unwrap(), i32::try_from(day).unwrap()), expected);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,30}", format in "\\PC{0,12}") {
        if let Ok(format) = Format::new(&format!("%Y%m%d{format}")) {
            let _ = format.parse(&text);
        }
        let _ = micros("%b %e, %Y %-H:%M:%S.%f %z", &text);
    }
}
