//! Handling labels: what may be done with a row, and what may be done with rows made from several.
//!
//! A label is words, as the source gave them: `TLP:AMBER`, `PAP:GREEN`, the `P` and `C` of 3x5x2, and codes such as `H1`, `A2` or
//! `S1`, each a restriction of its own. Labels form a lattice: colours are ordered, codes are a set, and what is made
//! from two rows carries the higher colour and the codes of both. A word that is not known restricts, too: it is kept as
//! it stands and never read as permission.

use std::collections::BTreeSet;
use std::fmt;

/// Traffic Light Protocol 2.0, from the least restrictive; WHITE is CLEAR's old name.
const TLP: [&str; 5] = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"];
/// Permissible Actions Protocol, likewise.
const PAP: [&str; 4] = ["CLEAR", "GREEN", "AMBER", "RED"];
/// 3x5x2: lawful sharing permitted, and permitted with conditions.
const SHARING: [&str; 2] = ["P", "C"];

/// The handling of a row. The default is that of a row nobody marked.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Ranks from 1 in the order of the constants; 0 where nothing is said.
    tlp: usize,
    pap: usize,
    sharing: usize,
    /// Codes and words beyond, in upper case.
    codes: BTreeSet<String>,
}

impl Label {
    /// Reads a label. Every text is one.
    pub fn parse(text: &str) -> Self {
        let mut label = Self::default();
        let rank = |scale: &[&str], word: &str| {
            let word = if word == "WHITE" { "CLEAR" } else { word };
            scale.iter().position(|known| *known == word).map(|place| place + 1)
        };
        for word in text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';')) {
            let word = word.to_uppercase();
            let tlp = word.strip_prefix("TLP:").and_then(|colour| rank(&TLP, colour));
            let pap = word.strip_prefix("PAP:").and_then(|colour| rank(&PAP, colour));
            match (tlp, pap, rank(&SHARING, &word)) {
                (Some(tlp), _, _) => label.tlp = label.tlp.max(tlp),
                (_, Some(pap), _) => label.pap = label.pap.max(pap),
                (_, _, Some(sharing)) => label.sharing = label.sharing.max(sharing),
                _ if word.is_empty() => {}
                _ => {
                    label.codes.insert(word);
                }
            }
        }
        label
    }

    /// The label of what is made from both: the most restrictive wins.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        Self {
            tlp: self.tlp.max(other.tlp),
            pap: self.pap.max(other.pap),
            sharing: self.sharing.max(other.sharing),
            codes: self.codes.union(&other.codes).cloned().collect(),
        }
    }

    /// Whether a clearance covers this label: it would not become more restrictive by it.
    pub fn is_within(&self, clearance: &Self) -> bool {
        self.join(clearance) == *clearance
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |scale: &[&str], rank: usize, prefix: &str| {
            rank.checked_sub(1).and_then(|place| scale.get(place)).map(|colour| format!("{prefix}{colour}"))
        };
        let words = [word(&TLP, self.tlp, "TLP:"), word(&PAP, self.pap, "PAP:"), word(&SHARING, self.sharing, "")];
        let words: Vec<String> = words.into_iter().flatten().chain(self.codes.iter().cloned()).collect();
        formatter.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Label;

    #[test]
    fn the_most_restrictive_wins() {
        for (left, right, joined) in [
            ("TLP:GREEN", "TLP:AMBER", "TLP:AMBER"),
            ("TLP:AMBER+STRICT", "TLP:AMBER", "TLP:AMBER+STRICT"),
            ("tlp:white", "", "TLP:CLEAR"),
            ("TLP:RED H1", "PAP:AMBER H2", "TLP:RED PAP:AMBER H1 H2"),
            ("P", "C A2", "C A2"),
            ("TLP:PURPLE", "H0", "H0 TLP:PURPLE"),
        ] {
            assert_eq!(Label::parse(left).join(&Label::parse(right)).to_string(), joined, "{left} with {right}");
        }
    }

    #[test]
    fn a_clearance_covers_what_it_names_and_nothing_else() {
        let covers = |clearance: &str, label: &str| Label::parse(label).is_within(&Label::parse(clearance));
        assert!(covers("TLP:AMBER", "TLP:GREEN") && covers("TLP:AMBER", ""));
        assert!(!covers("TLP:AMBER", "TLP:AMBER+STRICT") && !covers("", "TLP:CLEAR"));
        assert!(!covers("TLP:RED", "H1") && covers("TLP:RED H1 H2", "TLP:GREEN H2"));
        assert!(!covers("TLP:RED", "EYES ONLY"), "a word nobody knows restricts");
    }

    fn any_label() -> impl Strategy<Value = Label> {
        let word = prop::sample::select(vec![
            "TLP:CLEAR",
            "TLP:GREEN",
            "TLP:AMBER",
            "TLP:AMBER+STRICT",
            "TLP:RED",
            "PAP:GREEN",
            "PAP:RED",
            "P",
            "C",
            "H0",
            "H1",
            "H2",
            "A1",
            "S2",
            "ORCON",
        ]);
        prop::collection::vec(word, 0..5).prop_map(|words| Label::parse(&words.join(" ")))
    }

    proptest! {
        /// A join is a least upper bound: above both, below everything that is above both, whatever the order.
        #[test]
        fn labels_form_a_lattice(a in any_label(), b in any_label(), c in any_label()) {
            let joined = a.join(&b);
            prop_assert!(a.is_within(&joined) && b.is_within(&joined));
            prop_assert_eq!(&joined, &b.join(&a));
            prop_assert_eq!(joined.join(&c), a.join(&b.join(&c)));
            prop_assert_eq!(&a.join(&a), &a);
            if a.is_within(&c) && b.is_within(&c) {
                prop_assert!(joined.is_within(&c));
            }
        }

        #[test]
        fn what_is_written_reads_back(label in any_label()) {
            prop_assert_eq!(Label::parse(&label.to_string()), label);
        }
    }
}
