//! "Did you mean …?": the nearest existing name to one that does not exist.

/// The candidate most like `name`, if any is like it at all. Ties go to the earlier candidate.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted = name.to_ascii_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let score = rapidfuzz::distance::jaro_winkler::normalized_similarity(
            wanted.chars(),
            candidate.to_ascii_lowercase().chars(),
        );
        // Below this two names share little but letters; a wrong hint is worse than none.
        if score >= 0.8 && best.is_none_or(|(top, _)| score > top) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_a_slip_of_the_finger_and_nothing_else() {
        let names = ["flow.transfers", "flow.accounts", "finding.findings"];
        assert_eq!(nearest("flow.transfer", names.into_iter()).as_deref(), Some("flow.transfers"));
        assert_eq!(nearest("zebra", names.into_iter()), None);
    }
}
