//! The typologies' main clauses with their default parameters, checked the slow and obvious way.
//!
//! This is no detector: it is told the subject. It makes sure that what is planted as `expected` can be found, and that
//! what is planted as a miss is one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{Row, Scheme, WORLD, blocks, property};

const DAY: i64 = 86_400;
const THRESHOLD: i64 = 1_000_000;

#[test]
fn expected_schemes_meet_their_clauses_and_near_misses_do_not() {
    for scheme in WORLD.schemes.iter().filter(|scheme| !scheme.decoy) {
        assert_eq!(holds(scheme), scheme.expected, "{} {}", scheme.id, scheme.typology);
    }
    let found: BTreeSet<&str> =
        WORLD.schemes.iter().filter(|s| s.expected && s.id.contains("easy")).map(|s| s.typology.as_str()).collect();
    assert_eq!(found.len(), 8, "{found:?}");
}

#[test]
fn decoys_whose_innocence_a_rule_can_see_are_not_found() {
    for id in ["T01-decoy-1", "T02-decoy-1", "T11-decoy-1", "T26-decoy-1", "T26-decoy-2", "T26-decoy-3"] {
        let scheme = WORLD.schemes.iter().find(|scheme| scheme.id == id).unwrap();
        let early = scheme.id == "T01-decoy-1";
        // The butcher's first half year has no baseline; from then on the share gives him away as innocent.
        assert!(!holds(scheme) || early && !structuring(scheme, 180 * DAY), "{id}");
    }
}

fn holds(scheme: &Scheme) -> bool {
    match (scheme.typology.as_str(), scheme.ledger.as_str()) {
        ("structuring", _) => structuring(scheme, 0),
        ("smurfing_fan_in", _) => smurfing(scheme),
        ("fan_out_distribution", _) => fan_out(scheme),
        ("rapid_pass_through", _) => pass_through(scheme),
        ("dormant_reactivation", _) => dormant(scheme),
        ("shell_pass_through", _) => shell(scheme),
        ("high_risk_corridor", _) => corridor(scheme),
        ("sanctions_exposure", "bank") => exposure(scheme),
        _ => blocks::reaches_listed(scheme),
    }
}

fn credits(scheme: &Scheme) -> Vec<&'static Row> {
    WORLD.rows.iter().filter(|row| row.creditor == scheme.subject).collect()
}

fn debits(scheme: &Scheme) -> Vec<&'static Row> {
    WORLD.rows.iter().filter(|row| row.debtor == scheme.subject).collect()
}

fn sum<'r>(rows: impl IntoIterator<Item = &'r &'r Row>) -> i64 {
    rows.into_iter().map(|row| row.value).sum()
}

fn within<'r>(rows: &[&'r Row], from: i64, to: i64) -> Vec<&'r Row> {
    rows.iter().copied().filter(|row| (from..=to).contains(&row.time)).collect()
}

fn structuring(scheme: &Scheme, not_before: i64) -> bool {
    let credits = credits(scheme);
    let in_band = |row: &&&Row| (THRESHOLD * 85 / 100..THRESHOLD).contains(&row.value);
    let share = |rows: &[&Row]| sum(rows.iter().filter(in_band)) as f64 / (sum(rows) as f64).max(1.0);
    let start = WORLD.rows[0].time + not_before;
    credits.iter().filter(|row| row.time >= start + 30 * DAY).any(|last| {
        let window = within(&credits, last.time - 30 * DAY, last.time);
        let base = within(&credits, last.time - 210 * DAY, last.time - 30 * DAY - 1);
        let band: Vec<&Row> = window.iter().filter(in_band).copied().collect();
        band.len() >= 3 && sum(&band) >= THRESHOLD * 5 / 2 && share(&window) >= 3.0 * share(&base)
    })
}

fn smurfing(scheme: &Scheme) -> bool {
    let credits = credits(scheme);
    let mut first_seen: BTreeMap<&str, i64> = BTreeMap::new();
    for row in &WORLD.rows {
        for side in [&row.debtor, &row.creditor] {
            first_seen.entry(side).or_insert(row.time);
        }
    }
    credits.iter().any(|first| {
        let window = within(&credits, first.time, first.time + 7 * DAY);
        let mut senders: BTreeMap<&str, i64> = BTreeMap::new();
        for row in window.iter().filter(|row| !row.debtor.is_empty()) {
            *senders.entry(&row.debtor).or_default() += row.value;
        }
        senders.retain(|_, total| *total < THRESHOLD);
        let new = senders.keys().filter(|sender| first.time - first_seen[**sender] <= 30 * DAY).count();
        senders.len() >= 5 && senders.values().sum::<i64>() >= THRESHOLD && new * 5 >= senders.len() * 3
    })
}

fn fan_out(scheme: &Scheme) -> bool {
    let (credits, debits) = (credits(scheme), debits(scheme));
    debits.iter().any(|first| {
        let window = within(&debits, first.time, first.time + 7 * DAY);
        let receivers: BTreeSet<&str> =
            window.iter().map(|row| row.creditor.as_str()).filter(|id| !id.is_empty()).collect();
        let last = window.iter().map(|row| row.time).max().unwrap();
        let received = sum(&within(&credits, first.time - 7 * DAY, last));
        receivers.len() >= 5 && received > 0 && sum(&window) * 10 >= received * 8
    })
}

/// For each credit, when it came, its value, and how much of it left within `limit`, first in first out.
fn passed_on(scheme: &Scheme, limit: i64) -> Vec<(i64, i64, i64)> {
    let mut result: Vec<(i64, i64, i64)> = Vec::new();
    let mut queue: VecDeque<(usize, i64)> = VecDeque::new();
    for row in WORLD.rows.iter().filter(|row| row.creditor == scheme.subject || row.debtor == scheme.subject) {
        if row.creditor == scheme.subject {
            queue.push_back((result.len(), row.value));
            result.push((row.time, row.value, 0));
            continue;
        }
        let mut left = row.value;
        while let Some((credit, rest)) = queue.front_mut().filter(|_| left > 0) {
            let part = left.min(*rest);
            left -= part;
            *rest -= part;
            if row.time - result[*credit].0 <= limit {
                result[*credit].2 += part;
            }
            if *rest == 0 {
                queue.pop_front();
            }
        }
    }
    result
}

fn pass_through(scheme: &Scheme) -> bool {
    let passed: Vec<_> =
        passed_on(scheme, 2 * DAY).into_iter().filter(|credit| credit.2 * 10 >= credit.1 * 9).collect();
    passed.iter().any(|first| {
        let episode: Vec<_> =
            passed.iter().filter(|credit| (first.0..=first.0 + 30 * DAY).contains(&credit.0)).collect();
        let last = episode.iter().map(|credit| credit.0).max().unwrap() + 2 * DAY;
        let (from, income) = (first.0, sum(&within(&credits(scheme), first.0, last)));
        let growth = income - sum(&within(&debits(scheme), from, last));
        episode.len() >= 3 && growth * 20 <= income
    })
}

fn dormant(scheme: &Scheme) -> bool {
    let (credits, debits) = (credits(scheme), debits(scheme));
    credits.iter().any(|wake| {
        let before = credits.iter().chain(&debits).map(|row| row.time).filter(|time| *time < wake.time).max();
        let mut earlier: Vec<i64> = credits.iter().filter(|row| row.time < wake.time).map(|row| row.value).collect();
        earlier.sort_unstable();
        let income = sum(&within(&credits, wake.time, wake.time + 7 * DAY));
        let out = sum(&within(&debits, wake.time, wake.time + 7 * DAY));
        before.is_some_and(|before| wake.time - before >= 180 * DAY)
            && earlier.len() >= 3
            && income >= 10 * earlier[earlier.len() / 2]
            && out * 10 >= income * 8
    })
}

fn shell(scheme: &Scheme) -> bool {
    let holder =
        WORLD.entities.iter().find(|entity| property(entity, "iban").contains(&scheme.subject.as_str())).unwrap();
    let company = WORLD.entities.iter().find(|entity| entity["id"] == property(holder, "holder")[0]).unwrap();
    let (credits, debits) = (credits(scheme), debits(scheme));
    let start = credits[0].time;
    let founded: chrono::NaiveDate = property(company, "incorporationDate")[0].parse().unwrap();
    let founded = founded.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    let address = property(company, "address");
    let neighbours = WORLD.entities.iter().filter(|entity| property(entity, "address") == address).count();
    let words = ["Salary", "Payroll", "tax", "Electricity"];
    let (window, out) = (within(&credits, start, start + 90 * DAY), within(&debits, start, start + 90 * DAY));
    let running = out.iter().any(|row| words.iter().any(|word| row.purpose.contains(word)));
    let countries: BTreeSet<&str> = window
        .iter()
        .map(|row| row.countries[0].as_str())
        .chain(out.iter().map(|row| row.countries[1].as_str()))
        .collect();
    (start - founded < 730 * DAY || neighbours >= 10)
        && !running
        && sum(&out) * 10 >= sum(&window) * 9
        && countries.len() >= 2
}

fn corridor(scheme: &Scheme) -> bool {
    let rows = credits(scheme).into_iter().chain(debits(scheme));
    let listed = |country: &String| ["IR", "KP", "MM"].contains(&country.as_str());
    rows.into_iter().any(|row| row.countries.iter().any(listed) && row.value >= 100_000)
}

/// Direct, or through one account that passes it on.
fn exposure(scheme: &Scheme) -> bool {
    let mut listed: BTreeMap<&str, String> = BTreeMap::new();
    for sanction in WORLD.entities.iter().filter(|entity| entity["schema"] == "Sanction") {
        for account in WORLD.entities.iter().filter(|entity| property(entity, "holder") == property(sanction, "entity"))
        {
            for iban in property(account, "iban") {
                listed.insert(iban, property(sanction, "listingDate")[0].to_owned());
            }
        }
    }
    let after_listing = |row: &Row| {
        let date = chrono::DateTime::from_timestamp(row.time, 0).unwrap().date_naive().to_string();
        listed.get(row.creditor.as_str()).is_some_and(|since| date >= *since)
    };
    debits(scheme).into_iter().any(|row| {
        let later = WORLD.rows.iter().filter(|next| next.debtor == row.creditor && next.time > row.time);
        after_listing(row) || scheme.references.contains(&row.id) && later.into_iter().any(after_listing)
    })
}
