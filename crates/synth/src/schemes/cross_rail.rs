//! One network on both rails.
//!
//! Eight smurfs pay cash in and send it to a shell (T02). The shell passes it to an exchange within two days (T05). The
//! exchange pays out, less one per cent, to three wallets of the network, a block after; these merge and pay a listed
//! wallet (T26). Three waves, so that every rail shows it and no single transfer does.
//!
//! The bank waits for the chain: each wave is timed backwards from a block, because blocks do not come on request.

use super::{OnChain, Stage, all, through};
use crate::bank::{ALPHA, GAMMA};
use crate::calendar::{DAY, HOUR, at, date_of, day};
use crate::economy::draw_name;
use crate::names::MIXED;

const WALLETS: [&str; 3] = ["kestrel-a", "kestrel-b", "kestrel-c"];

pub(super) fn plant(stage: &mut Stage<'_>) {
    let shell = stage.company(&ALPHA, "Kestrel Wharf Trading OÜ");
    let exchange = stage.cast.exchange;
    let mut names = vec!["Bogdan Lisiecki".to_owned(), "Cem Aydoğan".to_owned()];
    names.extend((0..6).map(|_| draw_name(&mut stage.dice, MIXED)));
    let mut smurfs = Vec::new();
    for (index, name) in names.iter().enumerate() {
        smurfs.push(stage.person(if index % 2 == 0 { &ALPHA } else { &GAMMA }, name));
    }
    let (mut credits, mut debits) = (Vec::new(), Vec::new());
    let mut height = 0;
    for (wave, wallet) in WALLETS.into_iter().enumerate() {
        height = stage.schedule.next(at(day(2024, 6, 5), 12, 0) + wave as i64 * 9 * DAY);
        let block = stage.schedule.time(height);
        let mut sum = 0;
        for (index, smurf) in smurfs.iter().copied().enumerate() {
            let cents = stage.dice.between(205_000, 265_000);
            let time = block - 40 * HOUR + index as i64 * 3 * HOUR;
            stage.book.cash_in(time - 7 * HOUR, smurf, cents + 2_000, "Cash deposit");
            credits.push(stage.book.euro(time, smurf, shell, cents, "goods, thanks"));
            sum += cents;
        }
        let out = sum * 985 / 1_000;
        debits.push(stage.book.euro(block - 8 * HOUR, shell, exchange, out, "Deposit ACX-70331"));
        let satoshi = stage.rates.euro_to_satoshi(out * 99 / 100, date_of(block));
        stage.order(height, "exchange", wallet, satoshi, ("X1-easy-3", false));
        stage.order(height + 2, wallet, "kestrel-main", satoshi * 98 / 100, ("X1-easy-3", false));
    }
    let merged = credits.iter().map(|id| stage.book.payment(*id).cents).sum::<i64>();
    let satoshi = stage.rates.euro_to_satoshi(merged * 85 / 100, date_of(stage.schedule.time(height)));
    stage.order(height + 4, "kestrel-main", "sanctioned", satoshi, ("X1-easy-3", true));

    stage.plant("X1-easy-1", true, shell, "N01", all(credits.clone()));
    stage.plant("X1-easy-2", true, shell, "N01", through(credits, debits));
    stage.plan.on_chain.push(OnChain {
        id: "X1-easy-3",
        typology: "sanctions_exposure",
        expected: true,
        wallet: "kestrel-main",
        name: "Pavel Drozd",
        network: "N01",
    });

    // Two of the smurfs are on file, one by account and one by a differently spelt name; the other six are unknown.
    let known = stage.book.account(smurfs[0]);
    let (iban, other) = (known.identifier.clone(), stage.book.account(smurfs[1]).identifier.clone());
    let company = stage.book.account(shell).identifier.clone();
    let list = &mut stage.plan.watchlist;
    list.person("p-drozd", &["Pavel Drozd", "Павел Дрозд"], "1979-11-02", "lv", &["crime.boss"]);
    list.membership("p-drozd", "o-kestrel", "leader");
    list.person("p-lisiecki", &["Lisiecki, Bogdan"], "1994-03-17", "pl", &["crime"]);
    list.membership("p-lisiecki", "o-kestrel", "cash courier");
    list.bank_account("p-lisiecki", &iban, ALPHA.bic);
    list.person("p-aydogan", &["AYDOGAN Cem"], "1990-08-08", "tr", &["crime"]);
    list.unknown_link("p-aydogan", "o-kestrel", "seen with");
    let address = "Sadama 11-4, 10111 Tallinn";
    list.company("c-kestrel", "Kestrel Wharf Trading OÜ", "ee", "2024-01-22", address, &["corp.shell"]);
    list.ownership("p-drozd", "c-kestrel", "100");
    list.directorship("p-aydogan", "c-kestrel");
    list.bank_account("c-kestrel", &company, ALPHA.bic);
    let mut identifiers = vec![company, iban, other];
    for name in WALLETS.into_iter().chain(["kestrel-main"]) {
        let address = stage.chain.address(name);
        // One wallet is on file; the rest of the cluster is for the analyst to find.
        if name == "kestrel-main" {
            list.wallet("p-drozd", &address);
        }
        identifiers.push(address);
    }
    if let Some(network) = stage.plan.networks.iter_mut().find(|network| network.id == "N01") {
        network.identifiers.extend(identifiers);
    }
}
