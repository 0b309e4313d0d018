//! `name_similarity(a, b)`: how alike two names are, from 0 to 1.
//!
//! Two measures see two kinds of difference, and the greater counts.
//!
//! - *Jaro-Winkler* on the sorted keys forgives letters: KAZIMOV and KAZYMOV, MEHRIBAN and MEHRIBEN. It was made for short
//!   names with typing errors, and it is poor when one name has a word more than the other.
//! - The *token-set ratio* forgives words: it splits each key into the words both have and the words only one has, and
//!   compares shared+left with shared+right by longest common subsequence. METASTAR INVEST and METASTAR INVEST BALTIC
//!   share two words of three.
//!
//! The usual token-set ratio also compares the shared words with either side alone, which makes every subset a perfect
//! match: IVANOV would be IVAN PETROVICH IVANOV. Here that comparison counts only when two words or more are shared, and
//! for at most 0.95, so that 1 means the same words and a surname alone is weak evidence. The score is symmetric because
//! the two keys are put in order before they are compared: Jaro's matching is greedy and, taken as it comes, is not.

use std::sync::LazyLock;

use datafusion::arrow::array::Float64Array;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use rapidfuzz::distance::jaro_winkler;
use rapidfuzz::fuzz;

use super::name_key::KeyMaker;
use super::strings::{Shape, Strings, text};

/// What a name that is contained in the other counts for at most.
const SUBSET: f64 = 0.95;

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "name_similarity(a, b)",
        "Returns how alike two names are, from 0 to 1, after both went through `name_key`: the greater of Jaro-Winkler \
         (forgives letters) and a token-set ratio (forgives words). 1 means the same words.",
        r"
> SELECT round(name_similarity('Metastar Invest LLP', 'INVEST METASTAR LIMITED'), 2) AS same,
         round(name_similarity('Farid Kazimov', 'FARID KAZYMOV'), 2) AS spelled,
         round(name_similarity('Metastar Invest', 'Metastar Invest Baltic'), 2) AS longer,
         round(name_similarity('Ivanov', 'Ivan Petrovich Ivanov'), 2) AS surname;
+------+---------+--------+---------+
| same | spelled | longer | surname |
+------+---------+--------+---------+
| 1.0  | 0.97    | 0.95   | 0.82    |
+------+---------+--------+---------+
",
    )
    .with_argument("a", "A name.")
    .with_argument("b", "Another name.")
    .with_related_udf("name_key")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::coercible(vec![text(), text()], Volatility::Immutable);
    ScalarUDF::from(NameSimilarityFunc { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NameSimilarityFunc {
    signature: Signature,
}

impl ScalarUDFImpl for NameSimilarityFunc {
    fn name(&self) -> &str {
        "name_similarity"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let [left, right] = take_function_args(self.name(), &call.args)?;
        let mut left = Side::new(Strings::new(self.name(), left)?);
        let mut right = Side::new(Strings::new(self.name(), right)?);
        let mut comparer = Comparer::default();
        let scores = (0..shape.rows).map(|row| match (left.key(row), right.key(row)) {
            (Some(left), Some(right)) => Some(comparer.similarity(left, right)),
            _ => None,
        });
        shape.finish(scores.collect::<Float64Array>())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// One argument with the buffers of its keys. The key of a name that repeats from row to row is made once, and the key of
/// a constant therefore once in all.
struct Side<'a> {
    names: Strings<'a>,
    maker: KeyMaker,
    last: Option<&'a str>,
    key: Option<String>,
}

impl<'a> Side<'a> {
    fn new(names: Strings<'a>) -> Self {
        Self { names, maker: KeyMaker::default(), last: None, key: None }
    }

    fn key(&mut self, row: usize) -> Option<&str> {
        let name = self.names.value(row)?;
        if self.last != Some(name) {
            self.last = Some(name);
            match self.maker.key(name) {
                Some(key) => {
                    let kept = self.key.get_or_insert_default();
                    kept.clear();
                    kept.push_str(key);
                }
                None => self.key = None,
            }
        }
        self.key.as_deref()
    }
}

/// Compares keys, in buffers it keeps.
#[derive(Debug, Default)]
struct Comparer {
    shared: String,
    left: String,
    right: String,
}

impl Comparer {
    /// Returns how alike two keys are. Equal keys give exactly 1.
    fn similarity(&mut self, one: &str, other: &str) -> f64 {
        if one == other {
            return 1.0;
        }
        let (first, second) = if one < other { (one, other) } else { (other, one) };
        let letters = jaro_winkler::similarity(first.bytes(), second.bytes());
        letters.max(self.token_set_ratio(first, second)).clamp(0.0, 1.0)
    }

    /// Merges the two sorted lists of words; a word counts once on a side.
    fn token_set_ratio(&mut self, first: &str, second: &str) -> f64 {
        self.shared.clear();
        let (mut only_first, mut only_second, mut shared) = (Vec::new(), Vec::new(), 0);
        let mut left = first.split(' ').peekable();
        let mut right = second.split(' ').peekable();
        loop {
            let (word, of_left, of_right) = match (left.peek(), right.peek()) {
                (Some(one), Some(other)) => (*one.min(other), one <= other, other <= one),
                (Some(one), None) => (*one, true, false),
                (None, Some(other)) => (*other, false, true),
                (None, None) => break,
            };
            while left.next_if_eq(&word).is_some() {}
            while right.next_if_eq(&word).is_some() {}
            match (of_left, of_right) {
                (true, true) => {
                    push_word(&mut self.shared, word);
                    shared += 1;
                }
                (true, false) => only_first.push(word),
                _ => only_second.push(word),
            }
        }
        if shared == 0 {
            return 0.0;
        }
        for (side, rest) in [(&mut self.left, &only_first), (&mut self.right, &only_second)] {
            side.clear();
            side.push_str(&self.shared);
            for word in rest {
                push_word(side, word);
            }
        }
        let whole = fuzz::ratio(self.left.bytes(), self.right.bytes());
        if shared < 2 {
            return whole;
        }
        let shorter = self.left.len().min(self.right.len());
        let smaller = if self.left.len() == shorter { &self.left } else { &self.right };
        whole.max(SUBSET * fuzz::ratio(self.shared.bytes(), smaller.bytes()))
    }
}

fn push_word(text: &mut String, word: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(word);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing;
    use super::{Comparer, KeyMaker};

    fn score(one: &str, other: &str) -> f64 {
        let (mut left, mut right) = (KeyMaker::default(), KeyMaker::default());
        match (left.key(one), right.key(other)) {
            (Some(one), Some(other)) => Comparer::default().similarity(one, other),
            _ => -1.0,
        }
    }

    #[test]
    fn orders_pairs_as_a_reader_would() {
        assert_eq!(score("Metastar Invest LLP", "INVEST METASTAR LTD"), 1.0);
        assert!(score("Farid Kazimov", "Farid Kazymov") > 0.9);
        let longer = score("Metastar Invest", "Metastar Invest Baltic");
        assert!((0.9..1.0).contains(&longer), "{longer}");
        let surname = score("Ivanov", "Ivan Petrovich Ivanov");
        assert!(surname < 0.85, "{surname}");
        let strangers = score("Polux Management", "Hilux Services");
        assert!(strangers < 0.8, "{strangers}");
    }

    #[tokio::test]
    async fn a_name_without_letters_is_like_nothing() {
        let session = testing::session();
        assert_eq!(testing::cell(&session, "name_similarity('--', '--') IS NULL").await, "true");
        assert_eq!(testing::cell(&session, "name_similarity('a', NULL) IS NULL").await, "true");
    }

    proptest! {
        #[test]
        fn is_symmetric_bounded_and_reflexive(one in "[A-Za-z .'é]{0,90}", other in "[A-Za-z .'é]{0,90}") {
            let forth = score(&one, &other);
            prop_assert_eq!(forth, score(&other, &one));
            prop_assert!(forth == -1.0 || (0.0..=1.0).contains(&forth));
            if score(&one, &one) >= 0.0 {
                prop_assert_eq!(score(&one, &one), 1.0);
            }
        }

        #[test]
        fn the_order_of_words_is_nothing(mut words in proptest::collection::vec("[a-z]{3,9}x", 1..7), seed in any::<usize>()) {
            let before = words.join(" ");
            let turn = seed % words.len();
            words.rotate_left(turn);
            prop_assert_eq!(score(&before, &words.join(", ").to_uppercase()), 1.0);
        }
    }
}
