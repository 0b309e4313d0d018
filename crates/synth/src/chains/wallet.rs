//! A wallet: its habits and its coins. Its scripts are numbers ([`super::lock`] makes them).

use std::cmp::Reverse;

use super::lock::Lock;
use super::software::Software;

/// A transaction's id in the order of its bytes, which is the reverse of how it is shown.
pub(super) type Hash = [u8; 32];

/// An unspent output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coin {
    pub(super) txid: Hash,
    pub(super) vout: u32,
    pub(super) satoshi: u64,
    /// Which of the wallet's scripts it is locked with.
    pub(super) script: u32,
    /// The first height at which its owner would spend it.
    pub(super) ready: u32,
}

/// Who holds a wallet; the last column of `wallets.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    User,
    Shop,
    Pool,
    ExchangeHot,
    ExchangeDeposit,
    ExchangeCold,
    Peeler,
    Gang,
    Affiliate,
    Coordinator,
    Sprayer,
    Vault,
}

impl Holder {
    /// As the truth has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Shop => "shop",
            Self::Pool => "pool",
            Self::ExchangeHot => "exchange_hot",
            Self::ExchangeDeposit => "exchange_deposit",
            Self::ExchangeCold => "exchange_cold",
            Self::Peeler => "peeler",
            Self::Gang => "gang",
            Self::Affiliate => "affiliate",
            Self::Coordinator => "coordinator",
            Self::Sprayer => "sprayer",
            Self::Vault => "vault",
        }
    }

    /// Coins beyond this many are forgotten: keys get lost, dust is not worth its fee. It bounds the generator's memory.
    fn memory(self) -> usize {
        match self {
            Self::ExchangeDeposit | Self::ExchangeHot | Self::Pool => 1_500,
            Self::Shop | Self::Coordinator => 200,
            _ => 80,
        }
    }
}

/// Which coins are spent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    Oldest,
    Largest,
    /// The smallest coin that is enough by itself; if there is none the largest, and again for what is lacking then.
    SmallestSufficient,
}

/// How careful an owner is with addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// A fresh one every time.
    Fresh,
    /// One for everything.
    OneAddress,
    /// Fresh ones to receive on, change back to where it came from.
    ChangeBack,
    /// An earlier one three times in ten.
    Careless,
}

/// One owner's wallet. An exchange has three under one owner.
#[derive(Debug)]
pub(super) struct Wallet {
    /// Wallets of one owner share this; the truth calls it the wallet.
    pub(super) owner: u32,
    pub(super) holder: Holder,
    pub(super) lock: Lock,
    pub(super) software: &'static Software,
    pub(super) selection: Selection,
    pub(super) habit: Habit,
    /// How many scripts it has shown so far.
    pub(super) scripts: u32,
    /// In the order of arrival.
    coins: Vec<Coin>,
}

impl Wallet {
    pub(super) fn new(
        owner: u32,
        holder: Holder,
        lock: Lock,
        software: &'static Software,
        selection: Selection,
        habit: Habit,
    ) -> Self {
        Self { owner, holder, lock, software, selection, habit, scripts: 0, coins: Vec::new() }
    }

    /// Adds a coin; false if the wallet has forgotten it at once.
    pub(super) fn put(&mut self, coin: Coin) -> bool {
        let room = self.coins.len() < self.holder.memory();
        if room {
            self.coins.push(coin);
        }
        room
    }

    /// How many coins there are.
    pub(super) fn count(&self) -> usize {
        self.coins.len()
    }

    /// What can be spent at this height.
    pub(super) fn balance(&self, height: u32) -> u64 {
        self.coins.iter().filter(|coin| coin.ready <= height).map(|coin| coin.satoshi).sum()
    }

    /// Takes coins for `wanted` satoshi and `input_fee` more for each coin, by the wallet's own rule, at most `most` coins.
    ///
    /// Appends them to `taken` and returns their sum; takes nothing and returns `None` if there is too little.
    pub(super) fn take(
        &mut self,
        height: u32,
        wanted: u64,
        input_fee: u64,
        most: usize,
        taken: &mut Vec<Coin>,
    ) -> Option<u64> {
        if self.balance(height) < wanted + input_fee {
            return None;
        }
        let before = taken.len();
        let (mut sum, mut goal) = (0, wanted + input_fee);
        while let Some(place) = self.next(height, goal.saturating_sub(sum)) {
            let coin = self.coins.remove(place);
            taken.push(coin);
            sum += coin.satoshi;
            if sum >= goal {
                return Some(sum);
            }
            if taken.len() - before == most {
                break;
            }
            goal += input_fee;
        }
        self.give_back(taken.drain(before..));
        None
    }

    /// The place of the coin to spend next where so much is lacking.
    fn next(&self, height: u32, lacking: u64) -> Option<usize> {
        let mut places = self.coins.iter().enumerate().filter(|(_, coin)| coin.ready <= height);
        let place = match self.selection {
            Selection::Oldest => places.next(),
            // Among equals the oldest goes first.
            Selection::Largest => places.max_by_key(|(place, coin)| (coin.satoshi, Reverse(*place))),
            Selection::SmallestSufficient => {
                let single = places.clone().filter(|(_, coin)| coin.satoshi >= lacking);
                let single = single.min_by_key(|(_, coin)| coin.satoshi);
                single.or_else(|| places.max_by_key(|(place, coin)| (coin.satoshi, Reverse(*place))))
            }
        };
        place.map(|(place, _)| place)
    }

    /// Takes up to `most` coins that can be spent and are worth at least `least`, oldest first.
    pub(super) fn take_all(&mut self, height: u32, least: u64, most: usize, taken: &mut Vec<Coin>) -> u64 {
        let (mut sum, mut count) = (0, 0);
        self.coins.retain(|coin| {
            let take = coin.ready <= height && coin.satoshi >= least && count < most;
            if take {
                count += 1;
                sum += coin.satoshi;
                taken.push(*coin);
            }
            !take
        });
        sum
    }

    /// Puts back what was taken for something that did not come about.
    pub(super) fn give_back(&mut self, coins: impl IntoIterator<Item = Coin>) {
        self.coins.splice(0..0, coins);
    }
}
