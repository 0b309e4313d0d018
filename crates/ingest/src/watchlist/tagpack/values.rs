//! Words of the format brought to one spelling: networks, identifiers, confidence, dates.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// How sure a source can be, by how it knows. The level may be mapped anew; the id is what the pack said.
const CONFIDENCE: [(&str, i64); 14] = [
    ("override", 100),
    ("ownership", 100),
    ("ledger_immanent", 100),
    ("manual_transaction", 90),
    ("service_api", 70),
    ("forensic_investigation", 70),
    ("authority_data", 60),
    ("trusted_provider", 50),
    ("service_data", 50),
    ("forensic", 50),
    ("untrusted_transaction", 40),
    ("web_crawl", 20),
    ("heuristic", 10),
    ("unknown", LOWEST),
];
const LOWEST: i64 = 5;

/// The level of a confidence id. One that is missing or not in the taxonomy can claim no more than the lowest.
pub(super) fn confidence_level(id: Option<&str>) -> i64 {
    CONFIDENCE.iter().find(|(name, _)| Some(*name) == id).map_or(LOWEST, |(_, level)| *level)
}

/// The short name of a network; TagPacks call Tron by its coin.
pub(super) fn network(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    if lower == "trx" { "tron".to_owned() } else { lower }
}

/// An address or a transaction hash as its network compares them.
///
/// Hexadecimal and bech32 are the same in either case and become lower case; base58 is not, and stays. Bitcoin Cash
/// writes its addresses with and without a prefix; it goes.
pub(super) fn identifier<'text>(network: &str, kind: &str, text: &'text str) -> Cow<'text, str> {
    let hexadecimal = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))
        && hexadecimal(digits)
    {
        return lower(text);
    }
    if kind == "tx" && text.len() == 64 && hexadecimal(text) {
        return lower(text);
    }
    if network == "bch" {
        let bare = match text.split_once(':') {
            Some((prefix, bare)) if prefix.eq_ignore_ascii_case("bitcoincash") => bare,
            _ => text,
        };
        // Cash addresses start with q or p; legacy base58 ones with 1 or 3.
        let cash = bare.len() == 42 && bare.starts_with(['q', 'p', 'Q', 'P']) && one_case(bare);
        return if cash { lower(bare) } else { Cow::Borrowed(bare) };
    }
    let prefixed = |prefix: &str| text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    if ["bc1", "tb1", "bcrt1", "ltc1"].into_iter().any(prefixed) && one_case(text) {
        return lower(text);
    }
    Cow::Borrowed(text)
}

/// Bech32 in mixed case is not bech32, and changing it would make it so.
fn one_case(text: &str) -> bool {
    !(text.bytes().any(|byte| byte.is_ascii_uppercase()) && text.bytes().any(|byte| byte.is_ascii_lowercase()))
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Microseconds since 1970 of a YAML date or time; one without a zone is UTC. Anything else is unknown.
pub(super) fn time(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros());
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_micros());
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|time| time.and_utc().timestamp_micros())
}

/// A YAML 1.1 flag, which is what PyYAML writes and reads.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}
