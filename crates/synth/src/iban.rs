//! IBANs with a right check number (ISO 13616, check digits by ISO 7064 MOD 97-10).
//!
//! Only the international check is computed. National check digits inside the BBAN are random, as no validator that
//! works from the SWIFT registry looks at them.

/// The IBAN of a country and a BBAN.
pub(crate) fn iban(country: &str, bban: &str) -> String {
    let check = 98 - remainder(&format!("{bban}{country}00"));
    format!("{country}{check:02}{bban}")
}

/// True if the check number is right. Length is the caller's business: it differs by country.
#[cfg(test)]
pub(crate) fn is_valid(iban: &str) -> bool {
    iban.len() > 4 && iban.is_ascii() && remainder(&format!("{}{}", &iban[4..], &iban[..4])) == 1
}

/// The text modulo 97, letters counting as 10 … 35.
fn remainder(text: &str) -> u32 {
    text.chars().filter_map(|letter| letter.to_digit(36)).fold(0, |sum, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (sum * shift + value) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_examples_hold() {
        for example in ["EE382200221020145685", "GB29NWBK60161331926819", "CY17002001280000001200527600"] {
            assert!(is_valid(example), "{example}");
            assert_eq!(iban(&example[..2], &example[4..]), example);
        }
        assert!(!is_valid("EE392200221020145685"));
    }
}
