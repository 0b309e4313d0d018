//! `name_key(text)`: one key for the many ways of writing a person's or company's name.
//!
//! ```text
//! MR.FARID KAZIMOV          →  farid kazimov
//! Kazımov, Fərid (Dr.)      →  ferid kazimov     (transliteration knows letters, not languages)
//! ООО «Вектор»              →  vektor
//! METASTAR INVEST L.L.P.    →  invest metastar
//! ```
//!
//! The steps, in this order: characters to ASCII and lower case, apostrophes closed up, every other mark a break between
//! words, dotted letters joined (`s.p.a.` is `spa`, `A/S` is `as`), titles and legal forms dropped, words sorted. If nothing
//! but titles and forms is left they are kept: "The Company" must not become everybody. A text without a letter or
//! digit has no key, and NULL is the answer, lest all such rows be one person.
//!
//! A key is for blocking and for comparing; two equal keys are a reason to look, not an identity.

use std::ops::Range;
use std::sync::LazyLock;

use datafusion::arrow::array::StringViewBuilder;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use hashbrown::HashMap;

use super::name_forms::FORMS;
use super::strings::{Shape, Strings, text};

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "name_key(text)",
        "Returns a key under which the spellings of one name meet: transliterated to ASCII, lower case, without marks, \
         titles (mr, dr) and legal forms (ltd, llp, gmbh, ООО), the words sorted. NULL when the text holds no letter or \
         digit.",
        r"
> SELECT name_key('METASTAR INVEST L.L.P.') AS company, name_key('ООО «Вектор»') AS russian, name_key('Mr.Farid Kazımov') AS person;
+-----------------+---------+---------------+
| company         | russian | person        |
+-----------------+---------+---------------+
| invest metastar | vektor  | farid kazimov |
+-----------------+---------+---------------+
",
    )
    .with_argument("text", "The name of a person or a company, in any script.")
    .with_related_udf("name_similarity")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(NameKeyFunc { signature: Signature::coercible(vec![text()], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NameKeyFunc {
    signature: Signature,
}

impl ScalarUDFImpl for NameKeyFunc {
    fn name(&self) -> &str {
        "name_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let [argument] = take_function_args(self.name(), &call.args)?;
        let names = Strings::new(self.name(), argument)?;
        let mut keys = StringViewBuilder::with_capacity(shape.rows);
        let mut maker = KeyMaker::default();
        for row in 0..shape.rows {
            keys.append_option(names.value(row).and_then(|name| maker.key(name)));
        }
        shape.finish(keys.finish())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// Makes keys, one after the other, in buffers it keeps.
#[derive(Debug, Default)]
pub(super) struct KeyMaker {
    /// The cleaned words, each followed by one space.
    words: String,
    /// Where in `words` each word is.
    tokens: Vec<Range<usize>>,
    /// Whether each word stays.
    kept: Vec<bool>,
    key: String,
}

impl KeyMaker {
    /// Returns the key of a name, or `None` when it holds no letter or digit.
    pub(super) fn key(&mut self, name: &str) -> Option<&str> {
        self.split(name);
        if self.tokens.is_empty() {
            return None;
        }
        self.drop_forms();
        let all = !self.kept.contains(&true);
        let words = &self.words;
        let mut tokens: Vec<&str> = Vec::with_capacity(self.tokens.len());
        let kept = self.tokens.iter().zip(&self.kept).filter(|(_, kept)| all || **kept);
        tokens.extend(kept.map(|(token, _)| &words[token.clone()]));
        tokens.sort_unstable();
        self.key.clear();
        for token in tokens {
            if !self.key.is_empty() {
                self.key.push(' ');
            }
            self.key.push_str(token);
        }
        Some(&self.key)
    }

    /// The words of a name as they are written, without titles and forms; none when it holds no letter or digit.
    pub(super) fn words(&mut self, name: &str) -> Vec<&str> {
        self.split(name);
        self.drop_forms();
        let all = !self.kept.contains(&true);
        let kept = self.tokens.iter().zip(&self.kept).filter(|(_, kept)| all || **kept);
        kept.filter_map(|(token, _)| self.words.get(token.clone())).collect()
    }

    /// Fills `words` and `tokens`.
    fn split(&mut self, name: &str) {
        self.words.clear();
        self.tokens.clear();
        let mut start = 0;
        // Whether the word at hand so far is single letters joined over dots.
        let mut initials = false;
        let mut article = 0;
        for (position, character) in name.char_indices() {
            if position < article {
                continue;
            }
            // The article is written apart, or not at all, in every other script.
            if self.words.len() == start
                && let Some(length) = arabic_article(&name[position..])
            {
                article = position + length;
                continue;
            }
            if character.is_ascii_alphanumeric() {
                self.words.push(character.to_ascii_lowercase());
                continue;
            }
            if is_silent(character) {
                continue;
            }
            if !character.is_ascii() && character.is_alphanumeric() {
                let ascii = any_ascii::any_ascii_char(character).bytes().filter(u8::is_ascii_alphanumeric);
                self.words.extend(ascii.map(|byte| char::from(byte.to_ascii_lowercase())));
                continue;
            }
            if matches!(character, '\'' | '`' | '\u{2019}' | '\u{2018}' | '\u{2bc}' | '\u{2b9}' | '\u{ad}')
                || is_combining(character)
            {
                continue;
            }
            let single = self.words.len() == start + 1;
            let joins = matches!(character, '.' | '/') && (single || initials);
            if joins && is_single_letter(&name[position + 1..]) {
                initials = true;
                continue;
            }
            start = self.close(start);
            initials = false;
        }
        self.close(start);
    }

    /// Ends the word that began at `start`, if there is one, and returns where the next begins.
    fn close(&mut self, start: usize) -> usize {
        if self.words.len() > start {
            self.tokens.push(start..self.words.len());
            self.words.push(' ');
        }
        self.words.len()
    }

    /// Fills `kept`: the longest form at each place goes, whether of whole words or of letters set apart (`S. L.`).
    fn drop_forms(&mut self) {
        self.kept.clear();
        self.kept.resize(self.tokens.len(), true);
        let mut first = 0;
        while first < self.tokens.len() {
            let count = self.words_of_form(first).max(self.letters_of_form(first));
            self.kept[first..first + count].fill(false);
            first += count.max(1);
        }
    }

    /// How many words from `first` on are the words of a form.
    fn words_of_form(&self, first: usize) -> usize {
        let Some(forms) = FORMS_BY_WORD.get(&self.words[self.tokens[first].clone()]) else { return 0 };
        let rest = &self.words[self.tokens[first].start..];
        // A form must end where a word ends; every word in `words` is followed by a space.
        let fits = |form: &&&str| rest.strip_prefix(**form).is_some_and(|after| after.starts_with(' '));
        forms.iter().filter(fits).map(|form| form.split(' ').count()).max().unwrap_or(0)
    }

    /// How many single letters from `first` to the end of the name spell a form. Forms end a name; at its beginning
    /// such letters are a person's initials.
    fn letters_of_form(&self, first: usize) -> usize {
        let rest = &self.tokens[first..];
        if first == 0 || rest.len() < 2 || rest.iter().any(|token| token.len() != 1) {
            return 0;
        }
        let letters: String = rest.iter().map(|token| &self.words[token.clone()]).collect();
        if FORMS_BY_WORD.get(letters.as_str()).is_some_and(|forms| forms.contains(&letters.as_str())) {
            rest.len()
        } else {
            0
        }
    }
}

/// The forms by their first word.
static FORMS_BY_WORD: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut forms: HashMap<&str, Vec<&str>> = HashMap::new();
    for form in FORMS {
        let word = form.split(' ').next().unwrap_or(form);
        forms.entry(word).or_default().push(form);
    }
    forms
});

/// Whether a text begins with one letter that stands alone.
fn is_single_letter(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(char::is_alphanumeric) && !characters.next().is_some_and(char::is_alphanumeric)
}

/// The bytes of an Arabic article with two letters or more behind it.
fn arabic_article(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\u{627}\u{644}")?;
    let letters = rest.chars().take_while(|letter| ('\u{621}'..='\u{64a}').contains(letter));
    (letters.take(2).count() == 2).then(|| text.len() - rest.len())
}

/// Characters that are not spoken: vowel signs that Arabic mostly leaves out, the stretching of a word, and marks that tell a
/// screen which way to write.
fn is_silent(character: char) -> bool {
    matches!(
        character,
        '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
            | '\u{200d}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Marks written over the letter before them: decomposed text must give the same key as composed.
fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::{FORMS, KeyMaker};

    #[test]
    fn spellings_of_one_name_meet() {
        let mut maker = KeyMaker::default();
        for (name, key) in [
            ("METASTAR INVEST LLP", "invest metastar"),
            ("Metastar  Invest L.L.P.", "invest metastar"),
            ("Metastar-Invest Limited Liability Partnership", "invest metastar"),
            ("MR.FARID KAZIMOV", "farid kazimov"),
            ("Kazimov, Farid (Dr.)", "farid kazimov"),
            ("O'Brien & Sons Ltd", "obrien sons"),
            ("O\u{2019}Brien and Sons, LIMITED", "and obrien sons"),
            ("J.P. Morgan", "jp morgan"),
            ("J.Smith", "j smith"),
            ("DANSKE BANK A/S", "bank danske"),
            ("Fiat S.p.A.", "fiat"),
            ("Zara S. L.", "zara"),
            ("Krak Sp. z o.o.", "krak"),
            ("ООО «Вектор»", "vektor"),
            ("ЗАО Вектор", "vektor"),
            ("AZƏRBAYCAN METANOL KOMPANİ MMC", "azerbaycan kompani metanol"),
            ("Bühler GmbH & Co. KG", "buhler"),
            ("Bu\u{308}hler AG", "buhler"),
            ("Baltic OÜ", "baltic"),
            ("Company Limited", "company limited"),
            ("Ltd", "ltd"),
            ("7-Eleven, Inc.", "7 eleven"),
            ("مُحَمَّد", "mhmd"),
            ("محـمـد", "mhmd"),
            ("عبد الرحمن", "bd rhmn"),
            ("\u{202b}نور\u{202c}", "nwr"),
            ("Əliyev Həsən Əli oğlu", "eli eliyev hesen"),
            ("Товариство з обмеженою відповідальністю «Вектор»", "vektor"),
            ("شركة النور ذ.م.م", "nwr"),
            ("Sunce d.o.o. Beograd", "beograd sunce"),
        ] {
            assert_eq!(maker.key(name), Some(key), "{name}");
        }
    }

    #[test]
    fn a_name_without_letters_has_no_key() {
        let mut maker = KeyMaker::default();
        assert_eq!(maker.key(""), None);
        assert_eq!(maker.key(" -- . ' "), None);
    }

    #[test]
    fn a_key_is_its_own_key() {
        let mut maker = KeyMaker::default();
        for name in ["METASTAR INVEST LLP", "Company Limited", "Zara S. L.", "J.P. Morgan", "Иванов Пётр Сергеевич"]
        {
            let key = maker.key(name).unwrap_or_default().to_owned();
            assert_eq!(maker.key(&key), Some(key.as_str()), "{name}");
        }
    }

    #[test]
    fn forms_are_written_as_keys_are() {
        for form in FORMS {
            let clean = form.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ');
            assert!(clean && !form.contains("  ") && form.trim() == *form, "{form}");
            assert_eq!(FORMS.iter().filter(|other| *other == form).count(), 1, "{form} is listed twice");
        }
    }

    #[tokio::test]
    async fn null_stays_null() {
        let session = testing::session();
        assert_eq!(testing::cell(&session, "name_key(NULL)").await, "");
        assert_eq!(testing::cell(&session, "name_key('...') IS NULL").await, "true");
    }
}
