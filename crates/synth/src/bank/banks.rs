//! The banks: three whose books are in the world, and the correspondents their customers pay.
//!
//! All are invented, and so are their codes; only the shapes of the account numbers are those of the countries.

/// A bank.
#[derive(Debug)]
pub(crate) struct Bank {
    /// Eight characters in the shape of a BIC.
    pub(crate) bic: &'static str,
    /// Where its accounts are.
    pub(crate) country: &'static str,
    /// What the BBAN begins with.
    pub(crate) prefix: &'static str,
    /// How many digits follow.
    pub(crate) digits: usize,
    /// Whether its account numbers are IBANs.
    pub(crate) uses_iban: bool,
    /// Whether euro payments reach it through SEPA.
    pub(crate) sepa: bool,
    /// The currency its customers' accounts are kept in, as far as this world needs it.
    pub(crate) currency: &'static str,
    /// The file of its book; empty for a bank whose book is not in the world.
    pub(crate) file: &'static str,
}

impl Bank {
    /// A name as this bank writes it: one in capitals when the party is another bank's, one cut to the 35 characters
    /// of a SWIFT line, one as it is.
    pub(crate) fn spell(&self, name: &str, holder: &Bank) -> String {
        match self.file {
            "gamma_bank_cy.csv" if holder.bic != self.bic => name.to_uppercase(),
            "beta_bank_gb.csv" => name.chars().take(35).collect(),
            _ => name.to_owned(),
        }
    }
}

const fn foreign(bic: &'static str, country: &'static str, prefix: &'static str, digits: usize) -> Bank {
    Bank { bic, country, prefix, digits, uses_iban: true, sepa: true, currency: "EUR", file: "" }
}

const fn outside(
    bic: &'static str,
    country: &'static str,
    prefix: &'static str,
    digits: usize,
    uses_iban: bool,
) -> Bank {
    Bank { bic, country, prefix, digits, uses_iban, sepa: false, currency: "EUR", file: "" }
}

/// The Estonian bank of the world.
pub(crate) static ALPHA: Bank = Bank { file: "alpha_bank_ee.csv", ..foreign("ALPHEE2X", "EE", "77", 14) };
/// The British bank of the world.
pub(crate) static BETA: Bank =
    Bank { file: "beta_bank_gb.csv", currency: "GBP", ..foreign("BETAGB2L", "GB", "BETA040", 11) };
/// The Cypriot bank of the world.
pub(crate) static GAMMA: Bank = Bank { file: "gamma_bank_cy.csv", ..foreign("GAMMCY2N", "CY", "90500123", 16) };
/// The banks whose books are in the world, in the order of their files.
pub(crate) static HOME_BANKS: [&Bank; 3] = [&ALPHA, &BETA, &GAMMA];

/// A Latvian correspondent.
pub(crate) static LATVIA: Bank = foreign("DAUGLV22", "LV", "DAUG", 13);
/// A Lithuanian correspondent.
pub(crate) static LITHUANIA: Bank = foreign("NEMULT2X", "LT", "73", 14);
/// A German correspondent.
pub(crate) static GERMANY: Bank = foreign("ELBEDEFF", "DE", "20", 16);
/// A Dutch correspondent.
pub(crate) static NETHERLANDS: Bank = foreign("POLDNL2A", "NL", "POLD", 10);
/// A Swiss correspondent.
pub(crate) static SWITZERLAND: Bank = foreign("ALPSCHZZ", "CH", "09", 15);
/// An Emirati correspondent.
pub(crate) static EMIRATES: Bank = outside("DUNEAEAD", "AE", "033", 16, true);
/// An Iranian bank: IBANs are used there, though the country is not in the SWIFT registry.
pub(crate) static IRAN: Bank = outside("ALBOIRTH", "IR", "0", 21, true);
/// A bank in the British Virgin Islands, where companies are formed for people who live elsewhere.
pub(crate) static TORTOLA: Bank = outside("TRTLVGVG", "VG", "TRTL", 16, true);
/// A bank in Myanmar, which has no IBANs.
pub(crate) static MYANMAR: Bank = outside("IRRAMMMY", "MM", "", 13, false);
/// A bank in North Korea, which has no IBANs.
pub(crate) static NORTH_KOREA: Bank = outside("TAEDKPPY", "KP", "", 12, false);
