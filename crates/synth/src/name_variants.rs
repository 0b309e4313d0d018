//! Names in the ways that banks and lists write them, with the truth beside them.
//!
//! A name is made of sounds, and every way of writing says them in its own letters: Cyrillic, English, German and Azeri spell
//! one surname in four ways. So a pair of spellings is hard by construction, and it is known whose they are. Beside whoever has two
//! spellings there are neighbours who are somebody else: the brother with another given name, the man whose surname ends in `-enko` instead
//! of `-ov`.
//!
//! [`write_names`] writes four files into a folder: `list.ftm.jsonl`, whose entities have one name each; `book.csv`, payments in
//! Headwater's plain layout between as many holders; `truth.csv`, which holder's account is which entity; and `pairs.csv`,
//! labelled pairs of names.
//!
//! ```
//! use headwater_synth::{NameOptions, write_names};
//!
//! let folder = std::env::temp_dir().join("headwater-names-doctest");
//! let summary = write_names(&NameOptions { seed: 1, entities: 200, holders: 200, known: 20, pairs: 50 }, &folder)?;
//! assert_eq!((summary.known, summary.pairs), (20, 100));
//! # std::fs::remove_dir_all(&folder).ok();
//! # Ok::<(), headwater_synth::SynthError>(())
//! ```

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::SynthError;
use crate::iban;
use crate::random::{Dice, Stream};

mod spelling;

use spelling::{Script, Sound, WAYS, spell};

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct NameOptions {
    /// The same seed makes the same bytes.
    pub seed: u64,
    /// Entities of the list, one name each.
    pub entities: u64,
    /// Holders of accounts.
    pub holders: u64,
    /// How many of the holders are an entity of the list.
    pub known: u64,
    /// Pairs of spellings of one name, and as many of two.
    pub pairs: u64,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameSummary {
    /// Holders that are an entity of the list.
    pub known: u64,
    /// Labelled pairs.
    pub pairs: u64,
}

/// Writes the files into a folder, which is made.
///
/// # Errors
/// [`SynthError::Write`] when a file cannot be written.
pub fn write_names(options: &NameOptions, folder: &Path) -> Result<NameSummary, SynthError> {
    std::fs::create_dir_all(folder).map_err(|source| SynthError::Write { path: folder.to_owned(), source })?;
    let make = |name: &str, fill: &dyn Fn(&mut dyn Write) -> std::io::Result<()>| {
        let path = folder.join(name);
        let done = File::create(&path).map(BufWriter::new).and_then(|mut file| {
            fill(&mut file)?;
            file.flush()
        });
        done.map_err(|source| SynthError::Write { path, source })
    };
    let known = options.known.min(options.holders).min(options.entities);
    make("list.ftm.jsonl", &|file| list(options, file))?;
    make("book.csv", &|file| book(options, known, file))?;
    make("truth.csv", &|file| truth(options, known, file))?;
    make("pairs.csv", &|file| pairs(options, file))?;
    Ok(NameSummary { known, pairs: options.pairs * 2 })
}

/// A person or a company: what it is called, in sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Called {
    company: bool,
    /// Given name, father's name and surname; or the words of a company.
    words: Vec<Vec<Sound>>,
}

/// Given names and words of companies are few, and some of them common; surnames are many.
const COMMON: i64 = 400;

impl Called {
    /// The party of a number: the same number is the same party.
    fn of(seed: u64, number: u64) -> Self {
        let mut dice = Dice::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number, Stream::Names);
        if dice.chance(30) {
            let words = dice.between(2, 3);
            let mut words: Vec<Vec<Sound>> = (0..words).map(|_| common(seed, &mut dice)).collect();
            // Two companies may share words, and not all of them.
            words.push(stem(&mut dice, 3));
            return Self { company: true, words };
        }
        let mut surname = stem(&mut dice, 2);
        surname.extend(*dice.pick(&spelling::ENDINGS));
        let mut words = vec![common(seed, &mut dice)];
        if dice.chance(40) {
            let mut father = common(seed, &mut dice);
            father.extend(spelling::FATHERS);
            words.push(father);
        }
        words.push(surname);
        Self { company: false, words }
    }

    /// Somebody else who is called almost so: another given name, or a surname of the same stem.
    fn neighbour(&self, seed: u64, dice: &mut Dice) -> Self {
        let mut other = self.clone();
        let last = other.words.len() - 1;
        loop {
            if dice.chance(50) {
                other.words[0] = common(seed, dice);
            } else {
                other.words[last] = stem(dice, 2);
                if !other.company {
                    // The same beginning, as relatives of a language have.
                    let kept = self.words[last].len().min(3);
                    other.words[last] = self.words[last][..kept].to_vec();
                    other.words[last].extend(stem(dice, 1));
                    other.words[last].extend(*dice.pick(&spelling::ENDINGS));
                }
            }
            if other != *self {
                return other;
            }
        }
    }

    /// A spelling: in one way of writing, in some order, with what banks and lists do to names.
    fn written(&self, dice: &mut Dice, hard: bool) -> String {
        let way = if hard { dice.pick(&WAYS) } else { &WAYS[1] };
        let mut words = self.words.clone();
        if hard && !self.company && words.len() == 3 && dice.chance(50) {
            words.remove(1);
        }
        let mut texts: Vec<String> = words.iter().map(|word| spell(word, way)).collect();
        let latin = way.script == Script::Latin;
        if hard && latin && dice.chance(25) {
            slip(dice, &mut texts);
        }
        if hard && latin && !self.company && dice.chance(8) {
            texts[0] = texts[0].chars().take(1).collect::<String>() + ".";
        }
        let reversed = hard && !self.company && dice.chance(40);
        if reversed {
            let last = texts.len() - 1;
            texts.rotate_right(1);
            if dice.chance(50) && last > 0 {
                texts[0].push(',');
            }
        }
        let mut text = texts.join(" ");
        if self.company {
            let form = dice.pick(if latin { &spelling::FORMS[..] } else { &spelling::CYRILLIC_FORMS[..] });
            text = if latin { format!("{text} {form}") } else { format!("{form} «{text}»") };
        }
        if hard && dice.chance(40) { text.to_uppercase() } else { text }
    }
}

/// One of the common words of a world; the first are much more common.
fn common(seed: u64, dice: &mut Dice) -> Vec<Sound> {
    let place = dice.between(0, COMMON - 1) * dice.between(0, COMMON - 1) / COMMON;
    let mut own = Dice::new(seed ^ (place as u64).wrapping_mul(0x2545_f491_4f6c_dd1d), Stream::Names);
    stem(&mut own, 2)
}

fn stem(dice: &mut Dice, syllables: i64) -> Vec<Sound> {
    let mut sounds = Vec::new();
    for _ in 0..dice.between(syllables, syllables + 1) {
        sounds.push(*dice.pick(&spelling::CONSONANTS));
        sounds.push(*dice.pick(&spelling::VOWELS));
        if dice.chance(30) {
            sounds.push(*dice.pick(&spelling::SONORANTS));
        }
    }
    sounds
}

/// One letter of one longer word is lost, doubled or changes place with the next.
fn slip(dice: &mut Dice, texts: &mut [String]) {
    let Some(word) = texts.iter_mut().max_by_key(|text| text.chars().count()) else { return };
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 5 {
        return;
    }
    let place = dice.between(1, letters.len() as i64 - 2) as usize;
    match dice.between(0, 2) {
        0 => {
            letters.remove(place);
        }
        1 => letters.insert(place, letters[place]),
        _ => letters.swap(place, place + 1),
    }
    *word = letters.into_iter().collect();
}

fn list(options: &NameOptions, file: &mut dyn Write) -> std::io::Result<()> {
    for number in 0..options.entities {
        let called = Called::of(options.seed, number);
        let mut dice = Dice::new(options.seed ^ number.rotate_left(17), Stream::Names);
        let schema = if called.company { "Company" } else { "Person" };
        let name = called.written(&mut dice, true).replace('"', "");
        writeln!(
            file,
            "{{\"id\":\"e{number}\",\"schema\":\"{schema}\",\"properties\":{{\"name\":[\"{name}\"],\"topics\":[\"sanction\"]}}}}"
        )?;
    }
    Ok(())
}

/// Holder `number` of the book: an entity of the list for the first `known`, else somebody of no list.
fn holder(options: &NameOptions, known: u64, number: u64) -> (Called, String) {
    let mut dice = Dice::new(options.seed ^ number.rotate_left(29) ^ 0x5bd1_e995, Stream::Names);
    let called = if number < known {
        Called::of(options.seed, entity_of(options, known, number))
    } else {
        Called::of(options.seed, options.entities + number)
    };
    let name = called.written(&mut dice, true);
    (called, name)
}

/// Which entity a known holder is: spread over the list.
fn entity_of(options: &NameOptions, known: u64, number: u64) -> u64 {
    number * (options.entities / known.max(1)).max(1)
}

fn account(number: u64) -> String {
    iban::iban("EE", &format!("22{number:014}"))
}

fn book(options: &NameOptions, known: u64, file: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        file,
        "reference,booked_at,debtor_account,debtor_name,debtor_kind,debtor_country,debtor_bank,creditor_account,creditor_name,\
         creditor_kind,creditor_country,creditor_bank,amount,currency,channel,purpose"
    )?;
    let kind = |called: &Called| if called.company { "company" } else { "person" };
    for number in (0..options.holders).step_by(2) {
        let (payer, payer_name) = holder(options, known, number);
        let (payee, payee_name) = holder(options, known, number + 1);
        writeln!(
            file,
            "R{number},2024-03-05T14:03:22Z,{},\"{payer_name}\",{},,BANKEE,{},\"{payee_name}\",{},,BANKEE,1.00,EUR,,",
            account(number),
            kind(&payer),
            account(number + 1),
            kind(&payee)
        )?;
    }
    Ok(())
}

fn truth(options: &NameOptions, known: u64, file: &mut dyn Write) -> std::io::Result<()> {
    writeln!(file, "account,entity_id")?;
    for number in 0..known {
        writeln!(file, "{},e{}", account(number), entity_of(options, known, number))?;
    }
    Ok(())
}

fn pairs(options: &NameOptions, file: &mut dyn Write) -> std::io::Result<()> {
    writeln!(file, "a,b,kind,same")?;
    for number in 0..options.pairs {
        let mut dice = Dice::new(options.seed ^ number.rotate_left(41) ^ 0x1b87_3593, Stream::Names);
        let called = Called::of(options.seed, number);
        let kind = if called.company { "company" } else { "person" };
        let one = called.written(&mut dice, true);
        let other = called.written(&mut dice, true);
        writeln!(file, "\"{one}\",\"{other}\",{kind},1")?;
        let stranger = called.neighbour(options.seed, &mut dice).written(&mut dice, true);
        writeln!(file, "\"{one}\",\"{stranger}\",{kind},0")?;
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_pairs_are_labelled() {
        let folder = tempfile::tempdir().unwrap();
        let options = NameOptions { seed: 7, entities: 50, holders: 40, known: 10, pairs: 30 };
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        write_names(&options, &one).unwrap();
        write_names(&options, &other).unwrap();
        for name in ["list.ftm.jsonl", "book.csv", "truth.csv", "pairs.csv"] {
            assert_eq!(std::fs::read(one.join(name)).unwrap(), std::fs::read(other.join(name)).unwrap(), "{name}");
        }
        let pairs = std::fs::read_to_string(one.join("pairs.csv")).unwrap();
        assert_eq!(pairs.lines().filter(|line| line.ends_with(",1")).count(), 30);
        assert_eq!(pairs.lines().filter(|line| line.ends_with(",0")).count(), 30);
        assert!(pairs.chars().any(|letter| ('а'..='я').contains(&letter)), "no Cyrillic in {pairs}");
        assert!(pairs.contains('ə'), "no Azeri in {pairs}");
    }

    #[test]
    fn neighbours_are_somebody_else_and_numbers_are_parties() {
        let parties: BTreeSet<String> =
            (0..500).map(|number| Called::of(1, number).written(&mut Dice::new(0, Stream::Names), false)).collect();
        assert!(parties.len() > 490, "{}", parties.len());
        let mut dice = Dice::new(3, Stream::Names);
        for number in 0..200 {
            let called = Called::of(1, number);
            assert_ne!(called.neighbour(1, &mut dice), called);
            assert_eq!(called, Called::of(1, number));
        }
    }
}
