//! The innocent economy of the three banks.
//!
//! It exists to be mistaken for crime: wages leave an employer like a fan-out, club fees arrive like smurfing, a
//! solicitor's client account passes money through within two days. A detector that only knows shapes will flag it, and
//! should be seen to.

use crate::bank::{ALPHA, AccountId, BETA, Bank, Book, EMIRATES, GAMMA, GERMANY, HOME_BANKS, Kind};
use crate::bank::{LATVIA, LITHUANIA, NETHERLANDS, SWITZERLAND};
use crate::names::{
    BRITISH, CYPRIOT, EMPLOYERS, ESTONIAN, LANDLORDS, NameTable, SHOPS, TAX_OFFICES, TRADERS, UTILITIES,
};
use crate::random::{Dice, Stream};

mod companies;
mod households;
mod special;

/// A private customer and the habits that make the rows.
#[derive(Debug)]
pub(crate) struct Resident {
    pub(crate) account: AccountId,
    /// Place of the bank among the three.
    pub(crate) home: usize,
    /// Monthly net wage in cents of the account's currency.
    pub(crate) wage: i64,
    /// Place of the employer in [`Cast::employers`].
    pub(crate) employer: usize,
    /// Places of the two or three shops this person goes to.
    pub(crate) shops: Vec<usize>,
    /// Pays fees to the rowing club.
    pub(crate) club_member: bool,
}

/// Everybody the schemes may need to touch.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) residents: Vec<Resident>,
    pub(crate) employers: Vec<AccountId>,
    pub(crate) shops: Vec<AccountId>,
    pub(crate) utilities: Vec<AccountId>,
    pub(crate) landlords: Vec<AccountId>,
    pub(crate) tax_offices: Vec<AccountId>,
    /// The banks' own accounts, which take the fees.
    pub(crate) banks: Vec<AccountId>,
    pub(crate) traders: Vec<AccountId>,
    /// A licensed exchange for virtual assets, customer of the Estonian bank.
    pub(crate) exchange: AccountId,
    /// A solicitor's client account in Britain.
    pub(crate) escrow: AccountId,
    /// A payroll agent in Britain.
    pub(crate) payroll_agent: AccountId,
    /// A rowing club in Estonia.
    pub(crate) club: AccountId,
    /// A private seller on a marketplace, in Britain.
    pub(crate) seller: AccountId,
}

/// Populates a book with `households` private customers and all that they live from.
pub(crate) fn populate(book: &mut Book, seed: u64, households: usize) -> Cast {
    let mut dice = Dice::new(seed, Stream::Households);
    let cast = cast(book, &mut dice, households);
    households::live(book, &cast, &mut dice);
    let mut dice = Dice::new(seed, Stream::Companies);
    companies::trade(book, &cast, &mut dice);
    special::run(book, &cast, &mut dice);
    cast
}

/// A name from a table.
pub(crate) fn draw_name(dice: &mut Dice, table: NameTable) -> String {
    format!("{} {}", dice.pick(table.0), dice.pick(table.1))
}

fn cast(book: &mut Book, dice: &mut Dice, households: usize) -> Cast {
    let mut company = |bank: &'static Bank, name: &str| book.open(bank, name, Kind::Company);
    let employers = EMPLOYERS.iter().map(|(name, home)| company(HOME_BANKS[*home], name)).collect();
    let shops = SHOPS.iter().map(|(name, home)| company(HOME_BANKS[*home], name)).collect();
    let mut each = |names: [&str; 3]| -> Vec<AccountId> {
        names.iter().zip(HOME_BANKS).map(|(name, bank)| company(bank, name)).collect()
    };
    let utilities = each(UTILITIES);
    let landlords = each(LANDLORDS);
    let tax_offices = each(TAX_OFFICES);
    let banks = each(["Alpha Bank", "Beta Bank", "Gamma Bank"]);
    let homes = [&GERMANY, &NETHERLANDS, &GERMANY, &LATVIA, &LITHUANIA, &SWITZERLAND, &GERMANY, &NETHERLANDS, &LATVIA];
    let traders =
        TRADERS.iter().zip(homes.iter().chain([&&EMIRATES])).map(|(name, bank)| company(bank, name)).collect();
    let exchange = company(&ALPHA, "Amber Coin Exchange OÜ");
    let escrow = company(&BETA, "Thornbury & Lisle Solicitors, Client Account");
    let payroll_agent = company(&BETA, "Paysmith Payroll Bureau Ltd");
    let club = company(&ALPHA, "Pirita Sõudeklubi MTÜ");
    let seller = book.open(&BETA, "Jessica Marchbank", Kind::Person);
    let residents = (0..households).map(|index| resident(book, dice, index)).collect();
    Cast {
        residents,
        employers,
        shops,
        utilities,
        landlords,
        tax_offices,
        banks,
        traders,
        exchange,
        escrow,
        payroll_agent,
        club,
        seller,
    }
}

fn resident(book: &mut Book, dice: &mut Dice, index: usize) -> Resident {
    let home = [0, 1, 0, 2, 1, 0, 2, 1][index % 8];
    let table = [ESTONIAN, BRITISH, CYPRIOT][home];
    let name = draw_name(dice, table);
    let account = book.open([&ALPHA, &BETA, &GAMMA][home], &name, Kind::Person);
    let here = |table: &[(&str, usize)]| -> Vec<usize> {
        table.iter().enumerate().filter(|(_, row)| row.1 == home).map(|(place, _)| place).collect()
    };
    let employer = *dice.pick(&here(EMPLOYERS));
    let mut shops = here(SHOPS);
    if dice.chance(60) {
        shops.pop();
    }
    let wage = dice.between(165_000, 410_000);
    Resident { account, home, wage, employer, shops, club_member: home == 0 || index % 5 == 3 }
}
