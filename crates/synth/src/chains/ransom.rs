//! Ransomware: victims pay, each ransom is split between affiliate and gang, the affiliate peels its share off to
//! exchanges, the gang gathers its own and cashes it.

use super::economy::{Age, open, somebody};
use super::exchange::Exchanges;
use super::kind::TransactionKind;
use super::ledger::{Fate, Ledger, Payee};
use super::peel::Peels;
use super::wallet::{Habit, Holder};

/// Blocks a victim is given.
const PATIENCE: u32 = 200;

#[derive(Debug)]
struct Gang {
    /// Where ransoms come in. One owner with the next.
    inbox: usize,
    core: usize,
    affiliates: Vec<usize>,
    campaign: Option<Campaign>,
}

/// One affiliate's round of extortion: the same sum from everybody.
#[derive(Debug)]
struct Campaign {
    affiliate: usize,
    satoshi: u64,
    /// Parts of a hundred that the affiliate keeps.
    share: u64,
    to_come: u32,
    /// Who has not paid yet, and since when.
    waiting: Vec<(usize, u32)>,
    /// Ransoms paid and not yet split.
    unsplit: u32,
}

/// All gangs.
#[derive(Debug)]
pub(super) struct Gangs {
    gangs: Vec<Gang>,
    users: usize,
}

impl Gangs {
    pub(super) fn open(ledger: &mut Ledger, users: usize, age: Age) -> Self {
        let gangs = (0..(users / 20_000).max(1)).map(|_| {
            let inbox = open(ledger, Holder::Gang, age.plain_lock());
            let core = open(ledger, Holder::Gang, age.plain_lock());
            ledger.wallets[core].owner = ledger.wallets[inbox].owner;
            let affiliates = (0..3).map(|_| open(ledger, Holder::Affiliate, age.plain_lock())).collect();
            for wallet in [inbox, core] {
                ledger.wallets[wallet].habit = Habit::Fresh;
            }
            Gang { inbox, core, affiliates, campaign: None }
        });
        Self { gangs: gangs.collect(), users }
    }

    /// What the gangs and their victims do in one block.
    pub(super) fn step(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges, peels: &mut Peels) {
        for gang in &mut self.gangs {
            if ledger.full() {
                break;
            }
            match &mut gang.campaign {
                None => {
                    if exchanges.typical > 60_000 && ledger.dice.chance(10) {
                        gang.campaign = Some(Campaign {
                            affiliate: *ledger.dice.pick(&gang.affiliates),
                            satoshi: exchanges.typical * ledger.dice.between(2, 12) as u64,
                            share: *ledger.dice.pick(&[60, 70, 75, 80]),
                            to_come: ledger.dice.between(5, 20) as u32,
                            waiting: Vec::new(),
                            unsplit: 0,
                        });
                    }
                }
                Some(campaign) => {
                    campaign.strike(ledger, exchanges, self.users);
                    campaign.collect(ledger, gang.inbox);
                    campaign.split(ledger, gang.inbox, gang.core);
                    if campaign.to_come == 0 && campaign.waiting.is_empty() && campaign.unsplit == 0 {
                        gang.campaign = None;
                    }
                }
            }
            for affiliate in &gang.affiliates {
                if !peels.has_room(ledger) {
                    break;
                }
                let mut shares = Vec::new();
                ledger.wallets[*affiliate].take_all(ledger.height, 200_000, 1, &mut shares);
                for coin in shares {
                    let hops = ledger.dice.between(5, 20) as u32;
                    peels.begin(*affiliate, coin, hops, TransactionKind::RansomPeel);
                }
            }
            if ledger.wallets[gang.core].count() >= 4 && !ledger.full() {
                let Payee { wallet, script, .. } = exchanges.deposit(ledger, gang.core, 0);
                ledger.gather(gang.core, wallet, script, 20, TransactionKind::RansomCashout);
            }
        }
    }
}

impl Campaign {
    /// Now and then somebody is hit, and buys coins to pay with.
    fn strike(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges, users: usize) {
        if self.to_come > 0 && self.waiting.len() < 6 && ledger.dice.chance(30) {
            let victim = somebody(ledger, users);
            if self.waiting.iter().all(|(waiting, _)| *waiting != victim) {
                exchanges.ask(victim, self.satoshi * 21 / 20 + 30_000);
                self.waiting.push((victim, ledger.height));
                self.to_come -= 1;
            }
        }
    }

    /// Victims who have the money pay; those who do not in time do not.
    fn collect(&mut self, ledger: &mut Ledger, inbox: usize) {
        let satoshi = self.satoshi;
        self.waiting.retain(|(victim, since)| {
            let payee = Payee { wallet: inbox, script: None, satoshi };
            let paid = !ledger.full() && ledger.pay(*victim, &[payee], 0, TransactionKind::RansomPayment);
            self.unsplit += u32::from(paid);
            !paid && ledger.height - since < PATIENCE
        });
    }

    /// One ransom is divided.
    fn split(&mut self, ledger: &mut Ledger, inbox: usize, core: usize) {
        let mut coins = Vec::new();
        if ledger.full() || ledger.wallets[inbox].take_all(ledger.height, 1, 1, &mut coins) == 0 {
            return;
        }
        ledger.begin();
        coins.iter().for_each(|coin| ledger.input(inbox, *coin));
        let sum: u64 = coins.iter().map(|coin| coin.satoshi).sum();
        let lock = ledger.wallets[inbox].lock;
        let left = sum.saturating_sub((11 + lock.input_size() + 2 * lock.output_size()) * ledger.rate);
        let share = left * self.share / 100;
        ledger.output(self.affiliate, None, share, Fate::Kept);
        ledger.output(core, None, left - share, Fate::Change);
        let software = ledger.wallets[inbox].software;
        ledger.finish(software, TransactionKind::RansomSplit);
        self.unsplit = self.unsplit.saturating_sub(1);
    }
}
