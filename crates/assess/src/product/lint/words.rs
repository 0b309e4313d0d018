//! The words: scales of likelihood, the language of proof, and grades that became percentages.

/// ICD 203, from least to most.
pub const ICD203: [&str; 7] =
    ["almost no chance", "very unlikely", "unlikely", "roughly even chance", "likely", "very likely", "almost certain"];

/// UK PHIA, from least to most.
pub const PHIA: [&str; 7] = [
    "remote chance",
    "highly unlikely",
    "unlikely",
    "realistic possibility",
    "likely",
    "highly likely",
    "almost certain",
];

/// Words that say how likely something is and belong to no scale.
const LOOSE: [&str; 18] = [
    "probable",
    "probably",
    "possibly",
    "perhaps",
    "maybe",
    "might",
    "may",
    "conceivably",
    "presumably",
    "plausibly",
    "doubtless",
    "doubtful",
    "improbable",
    "potentially",
    "chances are",
    "odds are",
    "most likely",
    "certain to",
];

/// Words of proof. A network is assessed, and a court proves.
const PROOF: [&str; 16] = [
    "prove",
    "proves",
    "proved",
    "proven",
    "proof",
    "guilty",
    "guilt",
    "undoubtedly",
    "certainly",
    "definitely",
    "unquestionably",
    "beyond doubt",
    "without doubt",
    "incontrovertible",
    "irrefutable",
    "culprit",
];

/// What takes the sting out of a word that follows within a few words.
const DENIALS: [&str; 7] = ["not", "no", "none", "never", "nor", "neither", "cannot"];

/// How far a denial reaches: "none of what stands here is proof".
const REACH: usize = 6;

/// Words after which a percentage is a grade.
const GRADES: [&str; 8] =
    ["confidence", "confident", "grade", "grades", "graded", "reliability", "credibility", "trustworthiness"];

/// A scale by name; empty for a name that is none.
pub(super) fn scale(name: &str) -> &'static [&'static str] {
    match name {
        "icd203" => &ICD203,
        "phia" => &PHIA,
        _ => &[],
    }
}

/// The words of a text in lower case; `may` is no estimate when it is a month, so capitals inside are told apart by the
/// caller's text being kept.
fn words(text: &str) -> Vec<String> {
    let split = |letter: char| !(letter.is_alphanumeric() || letter == '%' || letter == '\'');
    text.split(split)
        .filter(|word| !word.is_empty() && *word != "May")
        .flat_map(|word| match word.strip_suffix('%') {
            Some(number) if !number.is_empty() => vec![number.to_lowercase(), "%".to_owned()],
            _ => vec![word.to_lowercase()],
        })
        .collect()
}

/// The phrases of likelihood in a text: those of the scale, the longest first so that "very likely" is not "likely", and
/// those of no scale.
pub(super) fn estimates(text: &str, scale: &[&str]) -> Vec<String> {
    let mut line = format!(" {} ", words(text).join(" "));
    let mut known: Vec<&str> = scale.iter().chain(&LOOSE).chain(&ICD203).chain(&PHIA).copied().collect();
    known.sort_by_key(|phrase| (std::cmp::Reverse(phrase.len()), *phrase));
    known.dedup();
    let mut found = Vec::new();
    for phrase in known {
        let spaced = format!(" {phrase} ");
        if line.contains(&spaced) {
            found.push(phrase.to_owned());
            line = line.replace(&spaced, " , ");
        }
    }
    found
}

/// The language of proof in a text, each with what to say of it.
pub(super) fn proof(text: &str) -> Vec<String> {
    let words = words(text);
    let mut found = Vec::new();
    for (index, _) in words.iter().enumerate() {
        for phrase in PROOF {
            let length = phrase.split(' ').count();
            let here = words.get(index..index + length).is_some_and(|part| part.join(" ") == phrase);
            let before = words.get(index.saturating_sub(REACH)..index).unwrap_or_default();
            if here && !before.iter().any(|word| DENIALS.contains(&word.as_str())) {
                found.push(format!("{phrase:?} is the language of proof, and a finding is an indicator"));
            }
        }
    }
    found
}

/// Grades that were turned into percentages. A comma ends what a percentage is of: "coverage 82 %, confidence Low".
pub(super) fn percentage(text: &str) -> Vec<String> {
    text.split([',', ';']).flat_map(|part| part.split(". ")).flat_map(of_clause).collect()
}

fn of_clause(text: &str) -> Vec<String> {
    let words = words(text);
    let mut found = Vec::new();
    for (index, _) in words.iter().enumerate().filter(|(_, word)| *word == "%") {
        let number =
            index.checked_sub(1).and_then(|at| words.get(at)).filter(|word| word.bytes().all(|b| b.is_ascii_digit()));
        let Some(number) = number else { continue };
        let before = words.get(..index - 1).unwrap_or_default().iter().rev();
        let before = before.map(String::as_str).find(|word| !["of", "is", "at", "a", "level", "about"].contains(word));
        let after = words.get(index + 1).map(String::as_str);
        let graded = |word: Option<&str>| word.is_some_and(|word| GRADES.contains(&word) || is_grade(word));
        if graded(before) || graded(after) {
            found.push(format!("a grade or a confidence as a percentage ({number} %): grades are letters and digits, confidence is Low, Moderate or High"));
        }
    }
    found
}

/// `b2`, `x4`, `2c`: a letter and a digit of a grading scheme.
fn is_grade(word: &str) -> bool {
    match word.as_bytes() {
        [letter, digit] => {
            (matches!(letter, b'a'..=b'f' | b'x') && matches!(digit, b'1'..=b'6'))
                || (matches!(letter, b'1'..=b'3') && matches!(digit, b'a'..=b'e'))
        }
        _ => false,
    }
}

/// What somebody meant to replace.
pub(super) fn placeholder(text: &str) -> Vec<String> {
    let marks = ["TODO", "TBD", "XXX", "{{", "}}", "lorem ipsum"];
    let found = marks.iter().filter(|mark| text.contains(**mark));
    found.map(|mark| format!("{mark:?} is still to be replaced")).collect()
}

/// Whether a text holds an amount of money.
pub(super) fn counts(text: &str) -> bool {
    text.match_indices("EUR ").any(|(at, mark)| {
        text.get(at + mark.len()..).is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
    })
}
