//! Sounds, and the letters that ways of writing have for them.

/// A sound of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sound {
    A,
    E,
    I,
    O,
    U,
    Ya,
    Yu,
    B,
    D,
    F,
    G,
    K,
    L,
    M,
    N,
    P,
    R,
    S,
    T,
    V,
    Z,
    H,
    Ch,
    Dzh,
    Sh,
    Ts,
    Zh,
}

use Sound::{A, B, Ch, D, Dzh, E, F, G, H, I, K, L, M, N, O, P, R, S, Sh, T, Ts, U, V, Ya, Yu, Z, Zh};

/// What letters a way of writing uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
}

/// A way of writing: its letters for each sound, in the order of [`Sound`].
#[derive(Debug)]
pub(super) struct Way {
    pub(super) script: Script,
    letters: [&'static str; 27],
}

/// Cyrillic as in Russian; English, as passports have it; German; Azeri; and what is left of any of them in capitals without marks.
pub(super) const WAYS: [Way; 5] = [
    Way {
        script: Script::Cyrillic,
        letters: [
            "а", "е", "и", "о", "у", "я", "ю", "б", "д", "ф", "г", "к", "л", "м", "н", "п", "р", "с", "т", "в", "з",
            "х", "ч", "дж", "ш", "ц", "ж",
        ],
    },
    Way {
        script: Script::Latin,
        letters: [
            "a", "e", "i", "o", "u", "ya", "yu", "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z",
            "kh", "ch", "j", "sh", "ts", "zh",
        ],
    },
    Way {
        script: Script::Latin,
        letters: [
            "a", "e", "i", "o", "u", "ja", "ju", "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "w", "s",
            "ch", "tsch", "dsch", "sch", "z", "sh",
        ],
    },
    Way {
        script: Script::Latin,
        letters: [
            "ə", "e", "i", "o", "u", "ya", "yu", "b", "d", "f", "q", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z",
            "x", "ç", "c", "ş", "ts", "j",
        ],
    },
    Way {
        script: Script::Latin,
        letters: [
            "a", "e", "y", "o", "u", "ia", "iu", "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z",
            "h", "c", "dj", "s", "ts", "z",
        ],
    },
];

/// What syllables begin with.
pub(super) const CONSONANTS: [Sound; 20] = [B, D, F, G, K, L, M, N, P, R, S, T, V, Z, H, Ch, Dzh, Sh, Ts, Zh];
/// What they go on with.
pub(super) const VOWELS: [Sound; 7] = [A, E, I, O, U, Ya, Yu];
/// What some of them end with.
pub(super) const SONORANTS: [Sound; 4] = [L, M, N, R];
/// What surnames end with: -ov, -enko, -yan, -li, -zade, -in, -skiy, -ich.
pub(super) const ENDINGS: [&[Sound]; 8] =
    [&[O, V], &[E, N, K, O], &[Ya, N], &[L, I], &[Z, A, D, E], &[I, N], &[S, K, I], &[I, Ch]];
/// What is put behind the father's name: -ovich.
pub(super) const FATHERS: [Sound; 4] = [O, V, I, Ch];

/// Legal forms in Latin letters.
pub(super) const FORMS: [&str; 8] = ["Ltd", "LIMITED", "L.L.C.", "OÜ", "GmbH", "MMC", "LLP", "Inc."];
/// And in Cyrillic.
pub(super) const CYRILLIC_FORMS: [&str; 3] = ["ООО", "ЗАО", "ТОВ"];

/// A word in a way of writing, with a capital in front.
pub(super) fn spell(word: &[Sound], way: &Way) -> String {
    let text: String = word.iter().map(|sound| way.letters[*sound as usize]).collect();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
