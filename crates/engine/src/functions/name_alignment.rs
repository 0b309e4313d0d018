//! `name_alignment(a, b)`: how far two names are the same words, from 0 to 1.
//!
//! Where [`name_similarity`](super::name_similarity) compares names as strings of letters, this compares them word by word, as a
//! reader does: Ivan Petrov and Ivan Petrenko share most letters and are two people.
//!
//! ```text
//! KAZYMOV   Ferid            kazymov ~ kazimov   one letter of seven      0.86
//!    |        |              ferid   ~ farid     they sound alike         0.90
//! kazımov   Fərid oğlu Əli   eli     ~ —         a word one side leaves out
//! ```
//!
//! Words are paired best first. A pair counts 1 when it is the same word; 0.95 when it is two words of the other side
//! written as one; 0.9 when both sound alike; what is left when one letter of four to eight, two of nine and more, are
//! wrong; 0.8 when one is the initial of the other; and otherwise nothing. A word weighs its letters, a particle (al, bin,
//! von) a quarter of them. The score is the paired part of the side it covers better, to four fifths, and of the other, to
//! one fifth, once two words are paired: people have names that lists leave out. With a single word paired both sides count
//! alike, so that a surname alone is little. Where each side has a figure of its own half of the score is left.

use std::sync::LazyLock;

use datafusion::arrow::array::Float64Array;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use rapidfuzz::distance::osa;

use super::name_key::KeyMaker;
use super::name_sounds::{Sounds, is_particle};
use super::strings::{Shape, Strings, text};

const JOINED: f64 = 0.95;
const SOUND: f64 = 0.9;
const INITIAL: f64 = 0.8;
/// What is left of a score when each side has a figure that the other has not: Fund 1 is not Fund 2.
const FIGURES: f64 = 0.5;
/// What the side that is covered better counts for, once two words are paired.
const BETTER: f64 = 0.8;
/// Words of a name that are compared.
const MAX_WORDS: usize = 12;

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "name_alignment(a, b)",
        "Returns how far two names are the same words, from 0 to 1, whatever their order, script and legal form: words \
         are paired best first, and a pair counts by its letters and by what it sounds like. Stricter than \
         `name_similarity` where two names share letters and no words.",
        r"
> SELECT round(name_alignment('Фарид Казимов', 'KAZYMOV Ferid'), 2) AS spelled,
         round(name_alignment('Ivan Petrov', 'Ivan Petrenko'), 2) AS strangers,
         round(name_alignment('Ivan Petrov', 'Petrov Ivan Sergeevich'), 2) AS longer,
         round(name_alignment('Ivanov', 'Ivan Petrovich Ivanov'), 2) AS surname;
+---------+-----------+--------+---------+
| spelled | strangers | longer | surname |
+---------+-----------+--------+---------+
| 0.9     | 0.36      | 0.9    | 0.48    |
+---------+-----------+--------+---------+
",
    )
    .with_argument("a", "A name.")
    .with_argument("b", "Another name.")
    .with_related_udf("name_similarity")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::coercible(vec![text(), text()], Volatility::Immutable);
    ScalarUDF::from(NameAlignmentFunc { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NameAlignmentFunc {
    signature: Signature,
}

impl ScalarUDFImpl for NameAlignmentFunc {
    fn name(&self) -> &str {
        "name_alignment"
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
        let (left, right) = (Strings::new(self.name(), left)?, Strings::new(self.name(), right)?);
        let (mut one, mut other) = (KeyMaker::default(), KeyMaker::default());
        let mut scores = Vec::with_capacity(shape.rows);
        for row in 0..shape.rows {
            scores.push(match (left.value(row), right.value(row)) {
                (Some(left), Some(right)) => alignment(&words(one.words(left)), &words(other.words(right))),
                _ => None,
            });
        }
        shape.finish(Float64Array::from(scores))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// A word with what it sounds like.
#[derive(Debug)]
struct Word<'a> {
    letters: &'a str,
    sounds: Sounds,
    weight: f64,
}

/// The words of a name in the order of the alphabet: the order they are written in must be nothing, and the score that of
/// the two names the other way round.
fn words(mut words: Vec<&str>) -> Vec<Word<'_>> {
    words.sort_unstable();
    words.truncate(MAX_WORDS);
    let word = |letters: &str| letters.len() as f64 * if is_particle(letters) { 0.25 } else { 1.0 };
    words.into_iter().map(|letters| Word { letters, sounds: Sounds::of(letters), weight: word(letters) }).collect()
}

/// The score of two names; none when one of them has no words.
fn alignment(one: &[Word<'_>], other: &[Word<'_>]) -> Option<f64> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    // Of two equal choices the first is taken, so the sides have an order of their own: the score is the same both ways.
    let (one, other) = if one.iter().map(|word| word.letters).le(other.iter().map(|word| word.letters)) {
        (one, other)
    } else {
        (other, one)
    };
    let mut pairs = Vec::new();
    for (left, first) in one.iter().enumerate() {
        for (right, second) in other.iter().enumerate() {
            let score = alike(first, second);
            if score > 0.0 {
                pairs.push((score, first.weight + second.weight, left, right));
            }
        }
    }
    // Best first, then the longest; then by the words themselves, whichever side they are on.
    let least = |left: usize, right: usize| {
        let (first, second) = (one.get(left).map(|word| word.letters), other.get(right).map(|word| word.letters));
        (first.min(second), first.max(second))
    };
    pairs.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then_with(|| least(a.2, a.3).cmp(&least(b.2, b.3)))
    });
    let (mut scores, mut others) = (vec![0.0; one.len()], vec![0.0; other.len()]);
    let mut paired = 0;
    for (score, _, left, right) in pairs {
        if let (Some(first), Some(second)) = (scores.get_mut(left), others.get_mut(right))
            && *first == 0.0
            && *second == 0.0
        {
            (*first, *second) = (score, score);
            paired += usize::from(one.get(left).is_some_and(|word| !is_particle(word.letters)));
        }
    }
    paired += joined(one, &mut scores, other, &mut others);
    paired += joined(other, &mut others, one, &mut scores);
    let doubt = if has_own_figure(one, &scores) && has_own_figure(other, &others) { FIGURES } else { 1.0 };
    let (first, second) = (covered(one, &scores), covered(other, &others));
    let (better, worse) = (first.max(second), first.min(second));
    if paired >= 2 {
        return Some(doubt * (BETTER * better + (1.0 - BETTER) * worse));
    }
    let (whole_one, whole_other) = (whole(one), whole(other));
    Some(doubt * (first * whole_one + second * whole_other) / (whole_one + whole_other))
}

/// Whether a word with a figure in it is left over.
fn has_own_figure(words: &[Word<'_>], scores: &[f64]) -> bool {
    let has_figure = |word: &Word<'_>| word.letters.bytes().any(|byte| byte.is_ascii_digit());
    words.iter().zip(scores).any(|(word, score)| *score == 0.0 && has_figure(word))
}

fn whole(words: &[Word<'_>]) -> f64 {
    words.iter().map(|word| word.weight).sum()
}

/// The part of a side's letters that is paired.
fn covered(words: &[Word<'_>], scores: &[f64]) -> f64 {
    words.iter().zip(scores).map(|(word, score)| word.weight * score).sum::<f64>() / whole(words)
}

/// Pairs a word of one side with two of the other that it is made of; returns for how many words that counts.
fn joined(one: &[Word<'_>], scores: &mut [f64], other: &[Word<'_>], others: &mut [f64]) -> usize {
    let mut paired = 0;
    for (word, score) in one.iter().zip(scores) {
        if *score > 0.0 {
            continue;
        }
        let made = other.iter().enumerate().find_map(|(first, start)| {
            let rest = word.letters.strip_prefix(start.letters)?;
            let end = other.iter().position(|end| end.letters == rest)?;
            let free = |index: usize| others.get(index).is_some_and(|score| *score == 0.0);
            (first != end && free(first) && free(end)).then_some((first, end))
        });
        if let Some((first, end)) = made {
            *score = JOINED;
            for index in [first, end] {
                if let Some(other) = others.get_mut(index) {
                    *other = JOINED;
                }
            }
            paired += 2;
        }
    }
    paired
}

/// How alike two words are, 0 when they are different words.
fn alike(one: &Word<'_>, other: &Word<'_>) -> f64 {
    let (first, second) = (one.letters, other.letters);
    if first == second {
        return 1.0;
    }
    let (short, long) = (first.len().min(second.len()), first.len().max(second.len()));
    if short == 1 {
        let same = first.as_bytes().first() == second.as_bytes().first();
        return if same && long > 1 && !first.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            INITIAL
        } else {
            0.0
        };
    }
    // A figure is not a slip of another.
    if first.bytes().chain(second.bytes()).any(|byte| byte.is_ascii_digit()) {
        return 0.0;
    }
    let most = match long {
        0..4 => 0,
        4..9 => 1,
        _ => 2,
    };
    let letters = osa::distance_with_args(first.bytes(), second.bytes(), &osa::Args::default().score_cutoff(most));
    let spelled = letters.map_or(0.0, |wrong| 1.0 - wrong as f64 / long as f64);
    let sounds = if short >= 3 && one.sounds.meet(&other.sounds) { SOUND } else { 0.0 };
    spelled.max(sounds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::name_key::KeyMaker;
    use super::{alignment, words};

    fn score(one: &str, other: &str) -> f64 {
        let (mut left, mut right) = (KeyMaker::default(), KeyMaker::default());
        alignment(&words(left.words(one)), &words(right.words(other))).unwrap_or(-1.0)
    }

    #[test]
    fn the_same_name_in_other_letters_scores_high() {
        for (one, other) in [
            ("METASTAR INVEST L.L.P.", "Invest Metastar Ltd"),
            ("Фарид Казимов", "KAZYMOV, Ferid"),
            ("Əliyev Həsən Əli oğlu", "Hasan Aliyev"),
            ("محمد حسين", "Muhammad Hussein"),
            ("Abdul Rahman Mahmoud", "Mahmoud Abdulrahman"),
            ("Đorđević Žarko", "Zarko Djordjevic"),
            ("Usama bin Ladin", "Osama Laden"),
            ("J. Smith", "John Smith"),
            ("Jürgen Müller-Lüdenscheidt", "Juergen Mueller Luedenscheidt"),
            ("Sergei Ivanov", "Сергей Петрович Иванов"),
        ] {
            assert!(score(one, other) >= 0.82, "{one} {other}: {}", score(one, other));
        }
    }

    #[test]
    fn other_names_in_like_letters_score_low() {
        for (one, other) in [
            ("Ivan Petrov", "Ivan Petrenko"),
            ("Maria Garcia", "Marta Gomez"),
            ("Nordic Trading Group", "Baltic Shipping Group"),
            ("Ivanov", "Ivan Petrovich Ivanov"),
            ("Alpha 1 Trading", "Beta 2 Trading"),
            ("Alpha 1", "Alpha 2"),
            ("Polux Management", "Hilux Services"),
        ] {
            assert!(score(one, other) < 0.75, "{one} {other}: {}", score(one, other));
        }
    }

    #[test]
    fn a_particle_that_meets_a_word_counts_the_same_both_ways() {
        assert_eq!(score("éA v Aa", "va.e"), score("va.e", "éA v Aa"));
    }

    proptest! {
        #[test]
        fn is_symmetric_bounded_and_reflexive(one in "[A-Za-z .'é0-9]{0,60}", other in "[A-Za-z .'é0-9]{0,60}") {
            let forth = score(&one, &other);
            prop_assert!((forth - score(&other, &one)).abs() < 1e-12);
            prop_assert!(forth == -1.0 || (0.0..=1.0).contains(&forth));
        }

        #[test]
        fn the_order_of_words_is_nothing(mut words in proptest::collection::vec("[a-z]{3,9}x", 1..7), seed in any::<usize>()) {
            let before = words.join(" ");
            let turn = seed % words.len();
            words.rotate_left(turn);
            prop_assert!(score(&before, &words.join(", ").to_uppercase()) > 1.0 - 1e-9);
        }
    }
}
