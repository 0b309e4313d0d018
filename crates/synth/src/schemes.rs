//! The planted schemes, one file a typology, and the stage they are played on.
//!
//! Schemes use accounts of their own. Where a typology has a baseline, the account lives an ordinary life first; where
//! it follows money through an account (FIFO), the account holds nothing before, so that what a careful reader of the
//! rule computes is what was meant. Default thresholds are repeated here in words, not imported: the truth must not
//! move when a detector does.

use chrono::NaiveDate;

use crate::bank::{ALPHA, AccountId, Bank, Book, GAMMA, GERMANY, Kind, LATVIA, LITHUANIA, PaymentId};
use crate::calendar::{Moment, at, date_of, working_before};
use crate::chain::{Chain, Order, Schedule};
use crate::economy::{Cast, draw_name};
use crate::names::MIXED;
use crate::random::{Dice, Stream};
use crate::rates::Rates;
use crate::truth::{Network, Planted, Scheme};
use crate::watchlist::Watchlist;

mod cross_rail;
mod dormant_reactivation;
mod fan_out_distribution;
mod high_risk_corridor;
mod networks;
mod rapid_pass_through;
mod sanctions_exposure;
mod shell_pass_through;
mod smurfing_fan_in;
mod structuring;

/// The threshold θ for cash and collections in this world, in cents of euro.
const THRESHOLD: i64 = 1_000_000;

/// A planted case on the chain, known by the orders that carry its id.
#[derive(Debug)]
pub(crate) struct OnChain {
    pub(crate) id: &'static str,
    pub(crate) typology: &'static str,
    pub(crate) expected: bool,
    pub(crate) wallet: &'static str,
    pub(crate) name: &'static str,
    pub(crate) network: &'static str,
}

impl OnChain {
    /// The row of the truth, once the transactions have ids.
    pub(crate) fn resolve(&self, chain: &Chain, rates: &Rates) -> Scheme {
        let moved: Vec<_> = chain.moved().iter().filter(|moved| moved.scheme == self.id).collect();
        let counted = moved.iter().filter(|moved| moved.counted);
        Scheme {
            id: self.id,
            typology: self.typology,
            expected: self.expected,
            ledger: "btc-regtest",
            subject: chain.address(self.wallet),
            subject_name: self.name.to_owned(),
            network: self.network,
            first: moved.iter().map(|moved| moved.time).min().unwrap_or_default(),
            last: moved.iter().map(|moved| moved.time).max().unwrap_or_default(),
            euro_cents: counted.map(|moved| rates.satoshi_to_euro(moved.satoshi, date_of(moved.time))).sum(),
            references: moved.iter().map(|moved| moved.txid.to_string()).collect(),
        }
    }
}

/// What the schemes leave behind.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) planted: Vec<Planted>,
    pub(crate) on_chain: Vec<OnChain>,
    pub(crate) orders: Vec<Order>,
    pub(crate) watchlist: Watchlist,
    pub(crate) networks: Vec<Network>,
}

/// Where schemes are played.
struct Stage<'a> {
    book: &'a mut Book,
    cast: &'a Cast,
    rates: &'a Rates,
    schedule: &'a Schedule,
    chain: &'a Chain,
    dice: Dice,
    plan: Plan,
}

/// Plants every scheme.
pub(crate) fn plant_all(
    book: &mut Book,
    cast: &Cast,
    rates: &Rates,
    schedule: &Schedule,
    chain: &Chain,
    seed: u64,
) -> Plan {
    let plan = Plan {
        planted: Vec::new(),
        on_chain: Vec::new(),
        orders: Vec::new(),
        watchlist: Watchlist::default(),
        networks: Vec::new(),
    };
    let mut stage = Stage { book, cast, rates, schedule, chain, dice: Dice::new(seed, Stream::Schemes), plan };
    networks::found(&mut stage);
    structuring::plant(&mut stage);
    smurfing_fan_in::plant(&mut stage);
    fan_out_distribution::plant(&mut stage);
    rapid_pass_through::plant(&mut stage);
    dormant_reactivation::plant(&mut stage);
    shell_pass_through::plant(&mut stage);
    high_risk_corridor::plant(&mut stage);
    sanctions_exposure::plant(&mut stage);
    cross_rail::plant(&mut stage);
    networks::enlist(&mut stage);
    networks::namesakes(&mut stage);
    stage.plan
}

impl Stage<'_> {
    fn person(&mut self, bank: &'static Bank, name: &str) -> AccountId {
        self.book.open(bank, name, Kind::Person)
    }

    fn company(&mut self, bank: &'static Bank, name: &str) -> AccountId {
        self.book.open(bank, name, Kind::Company)
    }

    /// Somebody nobody has seen before.
    fn stranger(&mut self) -> AccountId {
        let banks: [&'static Bank; 6] = [&ALPHA, &GAMMA, &GERMANY, &LATVIA, &LITHUANIA, &ALPHA];
        let bank = *self.dice.pick(&banks);
        let name = draw_name(&mut self.dice, MIXED);
        self.person(bank, &name)
    }

    /// A moment within the hours after `hour` of a day.
    fn moment(&mut self, date: NaiveDate, hour: i64) -> Moment {
        at(date, hour, self.dice.between(0, 59)) + self.dice.between(0, 59)
    }

    /// Wages, small sums from friends, and card payments between two days: the past a baseline is taken from.
    fn ordinary_life(&mut self, account: AccountId, home: usize, from: NaiveDate, to: NaiveDate) {
        let employer = self.cast.employers[[1, 5, 9][home]];
        let wage = self.dice.between(170_000, 230_000);
        let days = from.iter_days().take_while(|date| *date <= to);
        for date in days {
            let of_month = date.format("%d").to_string();
            match of_month.as_str() {
                "04" | "17" => {
                    let friend = self.dice.pick(&self.cast.residents).account;
                    let (time, cents) = (self.moment(date, 18), self.dice.between(10, 60) * 100);
                    self.book.euro(time, friend, account, cents, "thanks!");
                }
                "06" | "13" | "22" => {
                    let shop = self.cast.shops[home * 3];
                    let (time, cents) = (self.moment(date, 17), self.dice.between(1_500, 9_500));
                    self.book.card(time, account, shop, cents, "POS");
                }
                "25" => {
                    let time = self.moment(working_before(date), 9);
                    let text = format!("Salary {}", date.format("%m/%Y"));
                    self.book.transfer(time, employer, account, wage, &text);
                }
                "28" => {
                    let time = self.moment(date, 12);
                    self.book.transfer(time, account, self.cast.landlords[home], wage * 35 / 100, "Rent");
                }
                _ => {}
            }
        }
    }

    /// Records a planted case; `counted` is the part of the evidence whose sum is the amount.
    fn plant(&mut self, id: &'static str, expected: bool, subject: AccountId, network: &'static str, rows: Rows) {
        let typology = slug(id);
        let Rows { counted, others } = rows;
        let evidence = counted.iter().chain(&others).copied().collect();
        self.plan.planted.push(Planted { id, typology, expected, subject, network, counted, evidence });
    }

    /// Asks for a transfer on the chain.
    fn order(&mut self, height: u32, from: &'static str, to: &'static str, satoshi: u64, scheme: (&'static str, bool)) {
        let (scheme, counted) = scheme;
        self.plan.orders.push(Order { height, from, to, satoshi, scheme, counted });
    }
}

/// The evidence of a case.
struct Rows {
    counted: Vec<PaymentId>,
    others: Vec<PaymentId>,
}

/// Evidence that counts in full.
fn all(counted: Vec<PaymentId>) -> Rows {
    Rows { counted, others: Vec::new() }
}

/// Credits that count and debits that follow them.
fn through(counted: Vec<PaymentId>, others: Vec<PaymentId>) -> Rows {
    Rows { counted, others }
}

/// The typology of a scheme id.
fn slug(id: &str) -> &'static str {
    match if id.starts_with('X') { id } else { &id[..3] } {
        "T01" => "structuring",
        "T02" | "X1-easy-1" => "smurfing_fan_in",
        "T03" => "fan_out_distribution",
        "T05" | "X1-easy-2" => "rapid_pass_through",
        "T08" => "dormant_reactivation",
        "T11" => "shell_pass_through",
        "T17" => "high_risk_corridor",
        _ => "sanctions_exposure",
    }
}
