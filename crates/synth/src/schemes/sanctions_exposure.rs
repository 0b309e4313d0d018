//! T26: money to a listed party, straight or through one hand, on both rails.
//!
//! The listings are of 2023-09-15, before all of it but the decoy. Tainted shares are far above the 1 % the rule asks
//! for, and dust that a listed wallet sends unasked is far below.

use super::{OnChain, Stage, all, through};
use crate::bank::{ALPHA, BETA, EMIRATES, GAMMA, GERMANY};
use crate::calendar::{DAY, HOUR, at, day};

pub(super) fn plant(stage: &mut Stage<'_>) {
    on_bank(stage);
    on_chain(stage);
}

fn on_bank(stage: &mut Stage<'_>) {
    let severny = stage.company(&EMIRATES, "Severny Trade House LLC");
    list(stage, "s-severny", severny, "2023-09-15");
    let direct = stage.company(&ALPHA, "Männiku Tööriistad OÜ");
    let start = at(day(2024, 4, 8), 13, 20);
    let rows = [1_120_000, 1_345_000, 985_000];
    let rows = rows.iter().enumerate();
    let rows = rows.map(|(index, cents)| {
        stage.book.euro(start + index as i64 * 11 * DAY, direct, severny, *cents, "Bearings, lot 3")
    });
    let rows = rows.collect();
    stage.plant("T26-easy-1", true, direct, "", all(rows));

    let payer = stage.company(&BETA, "Harrow Lane Imports Ltd");
    let middle = stage.company(&GAMMA, "Meridian Forwarding Ltd");
    let start = at(day(2024, 9, 23), 10, 5);
    let first = stage.book.euro(start, payer, middle, 2_260_000, "Freight, B/L 7712");
    let second = stage.book.euro(start + 3 * DAY, middle, severny, 2_190_000, "Settlement B/L 7712");
    stage.plant("T26-hard-1", true, payer, "", through(vec![second], vec![first]));

    // Paid before the listing: nobody could have known.
    let orchid = stage.company(&EMIRATES, "Orchid Marine FZE");
    list(stage, "s-orchid", orchid, "2024-03-01");
    let early = stage.company(&ALPHA, "Paljassaare Laevaremont OÜ");
    let rows =
        vec![stage.book.euro(at(day(2023, 10, 18), 12, 0), early, orchid, 1_875_000, "Propeller shaft, proforma 88")];
    stage.plant("T26-decoy-1", false, early, "", all(rows));

    // A namesake of the listed company, half of its name and none of its business.
    let namesake = stage.company(&GERMANY, "Severny Trade Fairs GmbH");
    let visitor = stage.cast.employers[3];
    let rows = vec![stage.book.euro(at(day(2024, 2, 6), 15, 30), visitor, namesake, 184_000, "Messestand B12")];
    stage.plant("T26-decoy-2", false, visitor, "", all(rows));
}

fn list(stage: &mut Stage<'_>, id: &str, account: crate::bank::AccountId, since: &str) {
    let (name, iban, bic) = {
        let account = stage.book.account(account);
        (account.name.clone(), account.identifier.clone(), account.bank.bic)
    };
    let list = &mut stage.plan.watchlist;
    list.company(id, &name, "ae", "2016-02-11", "Warehouse 14, Creek Road, Dubai", &["sanction"]);
    list.bank_account(id, &iban, bic);
    list.sanction(id, since, "Procurement of dual-use goods");
}

fn on_chain(stage: &mut Stage<'_>) {
    let list = &mut stage.plan.watchlist;
    list.person("s-belyakov", &["Антон Беляков", "Anton Belyakov"], "1971-05-30", "ru", &["sanction"]);
    list.wallet("s-belyakov", &stage.chain.address("sanctioned"));
    list.sanction("s-belyakov", "2023-09-15", "Financing of the procurement network");
    list.directorship("s-belyakov", "s-severny");

    let first = stage.schedule.next(at(day(2024, 3, 6), 0, 0));
    stage.order(first, "exchange", "direct-payer", 210_000_000, ("", false));
    let second = stage.schedule.next(at(day(2024, 3, 28), 0, 0));
    stage.order(second, "direct-payer", "sanctioned", 140_000_000, ("T26-easy-2", true));

    let first = stage.schedule.next(at(day(2024, 5, 2), 0, 0));
    let paid = stage.schedule.next(at(day(2024, 5, 9), 0, 0));
    let passed = stage.schedule.next(stage.schedule.time(paid) + HOUR);
    stage.order(first, "exchange", "hop-payer", 320_000_000, ("", false));
    stage.order(paid, "hop-payer", "hop-middle", 250_000_000, ("T26-hard-2", false));
    stage.order(passed, "hop-middle", "sanctioned", 240_000_000, ("T26-hard-2", true));

    let dust = stage.schedule.next(at(day(2024, 7, 20), 0, 0));
    stage.order(dust, "exchange", "dusted", 85_000_000, ("", false));
    stage.order(dust + 3, "sanctioned", "dusted", 10_000, ("T26-decoy-3", true));

    let row =
        |id, expected, wallet| OnChain { id, typology: "sanctions_exposure", expected, wallet, name: "", network: "" };
    stage.plan.on_chain.extend([
        row("T26-easy-2", true, "direct-payer"),
        row("T26-hard-2", true, "hop-payer"),
        row("T26-decoy-3", false, "dusted"),
    ]);
}
