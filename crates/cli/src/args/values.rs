//! Values that several options take: `name=value`, lengths of time, sizes of memory.

use std::time::Duration;

pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write name=value".to_owned()),
    }
}

/// The text is not repeated in the complaint: it may be a password.
pub(super) fn user(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()));
    parts.ok_or_else(|| "write name:password".to_owned())
}

/// `90`, `90s`, `30m`, `2h`.
pub(super) fn length(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let refuse = || format!("`{text}` is not a time; write 90s, 30m or 2h");
    let units = [('s', 1), ('m', 60), ('h', 3600)];
    let with_unit = units.into_iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)));
    let (digits, seconds) = with_unit.unwrap_or((text, 1));
    let number: u64 = digits.trim().parse().map_err(|_| refuse())?;
    number.checked_mul(seconds).filter(|&total| total > 0).map(Duration::from_secs).ok_or_else(refuse)
}

/// `512M`, `4G`, `1073741824`: powers of 1024.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let refuse = || format!("`{text}` is not a size; write 512M or 4G");
    let text_upper = text.trim().to_ascii_uppercase();
    let text_upper = text_upper.strip_suffix('B').unwrap_or(&text_upper);
    let (digits, unit) = match text_upper.chars().last() {
        Some('K') => (text_upper.trim_end_matches('K'), 1 << 10),
        Some('M') => (text_upper.trim_end_matches('M'), 1 << 20),
        Some('G') => (text_upper.trim_end_matches('G'), 1 << 30),
        Some('T') => (text_upper.trim_end_matches('T'), 1 << 40),
        _ => (text_upper, 1),
    };
    let number: usize = digits.trim().parse().map_err(|_| refuse())?;
    number.checked_mul(unit).filter(|&bytes| bytes > 0).ok_or_else(refuse)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds_minutes_or_hours_and_nonsense_is_refused() {
        let seconds = |text| length(text).map(|time| time.as_secs());
        assert_eq!([seconds("90"), seconds("90s"), seconds("30 m"), seconds("2h")], [90, 90, 1800, 7200].map(Ok));
        for nonsense in ["", "m", "0", "-1", "1.5h", "2d", "99999999999999999999h", "é"] {
            assert!(length(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn sizes_are_powers_of_1024_and_nonsense_is_refused() {
        assert_eq!(bytes("1G").unwrap(), 1 << 30);
        assert_eq!(bytes("512 mb").unwrap(), 512 << 20);
        assert_eq!(bytes("77").unwrap(), 77);
        for nonsense in ["", "G", "-1G", "1X", "0", "99999999999999T"] {
            assert!(bytes(nonsense).is_err(), "{nonsense}");
        }
    }
}
