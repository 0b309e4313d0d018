//! What a word of a name sounds like, so far that its spellings in several languages and scripts meet.
//!
//! ```text
//! Гусейнов  guseynov   }                      Cəfərov    ceferov    }
//! Hüseynov  huseynov   }  k s n f             Jafarov    jafarov    }  s f r f
//! Khuseinov khuseinov  }                      Dzhafarov  dzhafarov  }
//! محمد      mhmd       }  k between m and m   Đorđević   dordevic   }
//! Muhammad  muhammad   }  m k m t             Djordjevic djordjevic }  t r t f s
//! ```
//!
//! Vowels go, since they are what transliterations differ in and what Arabic script does not write. Of the consonants nine
//! classes stay: by then diacritics are lost, so `s` is also `ş` and `c` also `ç`, and all sibilants are one. Where a letter
//! stands for two classes in two languages (`c`, `ch`, `dj`, `j`, `w`, `x`) a word has both readings, four at most. Letters that repeat
//! are one, unless a vowel is between them; an `h` that ends a word is none.
//!
//! It is made for finding candidates, which another measure judges: different names sound alike here often, the same
//! names differently seldom.

/// Readings of one word.
const MAX_READINGS: usize = 4;
/// Consonants of a word that count.
const MAX_CODES: u32 = 8;

const P: u64 = 1;
const F: u64 = 2;
const T: u64 = 3;
const K: u64 = 4;
const S: u64 = 5;
const L: u64 = 6;
const M: u64 = 7;
const N: u64 = 8;
const R: u64 = 9;
/// A vowel in one of a letter's readings.
const VOWEL: u64 = 0;

/// One way to read a word: its classes, eight bits each, the first lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    codes: u64,
    count: u32,
    /// The class of the letter just before, none after a vowel.
    last: u64,
}

impl Reading {
    fn push(&mut self, code: u64) {
        if code != VOWEL && code != self.last && self.count < MAX_CODES {
            self.codes |= code << (8 * self.count);
            self.count += 1;
        }
        self.last = code;
    }
}

/// The readings of a word, each one number, in an order of their own; none for a word without consonants.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sounds {
    codes: [u64; MAX_READINGS],
    count: usize,
}

impl Sounds {
    /// Reads a word of ASCII letters and digits in lower case, as [`name_key`](super::name_key) gives it.
    pub(super) fn of(word: &str) -> Self {
        let letters = word.as_bytes();
        let mut readings = [Reading { codes: 0, count: 0, last: VOWEL }; MAX_READINGS];
        let mut count = 1;
        let mut at = 0;
        while let Some(rest) = letters.get(at..).filter(|rest| !rest.is_empty()) {
            let (taken, codes) = letter(rest, at == 0);
            at += taken;
            match codes {
                [] => readings.iter_mut().take(count).for_each(|reading| reading.last = VOWEL),
                [one] => readings.iter_mut().take(count).for_each(|reading| each(reading, one)),
                [one, other, ..] => {
                    // Each reading goes on in two ways, as long as there is room for both.
                    let before = count;
                    for index in 0..before {
                        if count < MAX_READINGS
                            && let (Some(from), Some(to)) = (readings.get(index).copied(), readings.get_mut(count))
                        {
                            *to = from;
                            each(to, other);
                            count += 1;
                        }
                    }
                    readings.iter_mut().take(before).for_each(|reading| each(reading, one));
                }
            }
        }
        let mut sounds = Self::default();
        for reading in readings.iter().take(count).filter(|reading| reading.count > 0) {
            if !sounds.iter().any(|code| code == reading.codes)
                && let Some(place) = sounds.codes.get_mut(sounds.count)
            {
                *place = reading.codes;
                sounds.count += 1;
            }
        }
        sounds
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.codes.iter().take(self.count).copied()
    }

    /// Whether one of the readings of each is the same and has two consonants or more.
    pub(super) fn meet(&self, other: &Self) -> bool {
        self.iter().any(|one| one > 0xff && other.iter().any(|two| one == two))
    }
}

/// Gives a reading the one or two classes of a letter.
fn each(reading: &mut Reading, codes: &[u64]) {
    for code in codes {
        reading.push(*code);
    }
}

/// The letter or letters at the front that make one sound: how many they are, and the classes of each of its readings.
fn letter(rest: &[u8], begins: bool) -> (usize, &'static [&'static [u64]]) {
    const SIBILANTS: [&[u8]; 16] = [
        b"shch", b"tsch", b"sch", b"tch", b"dzh", b"dsh", b"tsh", b"sh", b"zh", b"cz", b"sz", b"ts", b"tz", b"dz",
        b"cs", b"zs",
    ];
    if let Some(found) = SIBILANTS.iter().find(|letters| rest.starts_with(letters)) {
        return (found.len(), &[&[S]]);
    }
    let second = rest.get(1).copied().unwrap_or_default();
    match (rest.first().copied().unwrap_or_default(), second) {
        (b'c', b'h') => (2, &[&[S], &[K]]),
        (b'c', b'k') => (2, &[&[K]]),
        (b'd', b'j') => (2, &[&[S], &[T]]),
        (b'p', b'h') => (2, &[&[F]]),
        (b't' | b'd', b'h') => (2, &[&[T]]),
        (b'k' | b'g', b'h') => (2, &[&[K]]),
        (b'b' | b'p', _) => (1, &[&[P]]),
        (b'f' | b'v', _) => (1, &[&[F]]),
        (b'd' | b't', _) => (1, &[&[T]]),
        (b'k' | b'g' | b'q', _) => (1, &[&[K]]),
        (b's' | b'z', _) => (1, &[&[S]]),
        (b'l', _) => (1, &[&[L]]),
        (b'm', _) => (1, &[&[M]]),
        (b'n', _) => (1, &[&[N]]),
        (b'r', _) => (1, &[&[R]]),
        (b'c', _) => (1, &[&[K], &[S]]),
        (b'j', _) => (1, &[&[S], &[VOWEL]]),
        (b'w', _) => (1, &[&[F], &[VOWEL]]),
        (b'x', _) if begins => (1, &[&[K]]),
        (b'x', _) => (1, &[&[K, S], &[K]]),
        // An `h` that ends a word is not spoken, or written.
        (b'h', 0) => (1, &[&[VOWEL]]),
        (b'h', _) => (1, &[&[K]]),
        (digit, _) if digit.is_ascii_digit() => (1, digits(digit)),
        _ => (1, &[&[VOWEL]]),
    }
}

/// Digits stay what they are.
fn digits(digit: u8) -> &'static [&'static [u64]] {
    const DIGITS: [&[&[u64]]; 10] =
        [&[&[16]], &[&[17]], &[&[18]], &[&[19]], &[&[20]], &[&[21]], &[&[22]], &[&[23]], &[&[24]], &[&[25]]];
    DIGITS.get(usize::from(digit.wrapping_sub(b'0'))).copied().unwrap_or(&[])
}

/// Words that tie the others of a name together, and that one list writes and the other does not.
pub(super) fn is_particle(word: &str) -> bool {
    const PARTICLES: [&str; 31] = [
        "abdel", "al", "and", "ash", "at", "az", "ben", "bin", "bint", "bn", "da", "das", "de", "del", "den", "der",
        "di", "do", "dos", "du", "e", "el", "ibn", "la", "le", "of", "the", "ul", "und", "van", "von",
    ];
    PARTICLES.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Sounds, is_particle};

    fn alike(one: &str, other: &str) -> bool {
        Sounds::of(one).meet(&Sounds::of(other))
    }

    #[test]
    fn spellings_of_one_name_sound_alike() {
        for (one, other) in [
            ("guseynov", "huseynov"),
            ("khuseinov", "huseynov"),
            ("ceferov", "dzhafarov"),
            ("jafarov", "ceferov"),
            ("xelilov", "khalilov"),
            ("mhmd", "muhammad"),
            ("mahmwd", "mahmoud"),
            ("hsyn", "hussein"),
            ("shcherbakov", "scherbakov"),
            ("dordevic", "djordjevic"),
            ("petrovic", "petrovich"),
            ("sergej", "sergey"),
            ("yeltsin", "eltsin"),
            ("kowalski", "kovalsky"),
            ("michael", "mikhail"),
            ("aleksandr", "alexander"),
            ("sukru", "shukru"),
            ("abdullah", "abdulla"),
            ("nwr", "nour"),
            ("memmedov", "mammadov"),
        ] {
            assert!(alike(one, other), "{one} {other}");
        }
        for (one, other) in
            [("ivanov", "petrov"), ("hasan", "husam"), ("metastar", "hilux"), ("7", "8"), ("lee", "ali")]
        {
            assert!(!alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn particles_are_in_order() {
        assert!(["al", "bin", "von", "the", "e", "abdel"].iter().all(|word| is_particle(word)));
        assert!(!is_particle("ali") && !is_particle(""));
    }

    proptest! {
        #[test]
        fn readings_are_few_and_differ(word in "[a-z0-9]{0,40}") {
            let sounds: Vec<u64> = Sounds::of(&word).iter().collect();
            prop_assert!(sounds.len() <= 4);
            for (index, one) in sounds.iter().enumerate() {
                prop_assert!(*one > 0 && !sounds[..index].contains(one));
            }
        }

        #[test]
        fn doubled_letters_and_vowels_are_nothing(word in "[bdfgklmnprstvz]{3,8}", vowel in "[aeiou]") {
            let spoken: String = word.chars().map(|letter| format!("{letter}{vowel}")).collect();
            let doubled: String = word.chars().map(|letter| format!("{letter}{letter}{vowel}")).collect();
            prop_assert!(alike(&spoken, &doubled));
        }
    }
}
