//! The definitions, satoshi by satoshi, over every transaction of the chain in turn.

use std::collections::BTreeMap;

use super::world::World;
use crate::coins::{Direction, Method, Request, Subsidy, Why};

/// A coin, by places in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Output(usize, usize),
    Fee(usize),
    Subsidy(usize),
}

/// What a coin carries.
#[derive(Debug, Clone)]
struct Load {
    hop: u32,
    /// With order: every satoshi. Otherwise the tainted ones, in the order in which they came.
    satoshis: Vec<Option<u32>>,
}

/// By coin and source, or with the reason: hop and amount.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) seeded: BTreeMap<(Thing, u32), i64>,
    pub(super) reached: BTreeMap<(Thing, u32), (u32, i64)>,
    pub(super) resting: BTreeMap<(Thing, u32, Why), (u32, i64)>,
    pub(super) looked_at: u64,
    pub(super) truncated: bool,
}

/// Coins and their values.
type Side = Vec<(Thing, i64)>;

struct Plainly<'a> {
    world: &'a World,
    request: &'a Request,
    seeds: Vec<((usize, usize), u32, i64)>,
    loads: BTreeMap<Thing, Load>,
    plain: Plain,
}

/// The block of a transaction: its coinbase, and the first that is not of it.
fn block(world: &World, transaction: usize) -> (usize, usize) {
    let start = (0..=transaction).rev().find(|place| world.0[*place].coinbase).unwrap();
    let end = (transaction + 1..world.0.len()).find(|place| world.0[*place].coinbase).unwrap_or(world.0.len());
    (start, end)
}

fn minted(subsidy: Subsidy, id: i64) -> i64 {
    let mut minted = subsidy.first;
    for _ in 0..(id >> 32) / subsidy.halving {
        minted /= 2;
    }
    minted
}

pub(super) fn trace(world: &World, request: &Request) -> Plain {
    let mut seeds = Vec::new();
    for seed in &request.seeds {
        let output = world.outputs().into_iter().find(|output| world.txo(*output) == seed.txo).unwrap();
        seeds.push((output, seed.source, seed.amount.unwrap_or(world.value(output))));
    }
    seeds.sort_unstable();
    let mut plainly = Plainly { world, request, seeds, loads: BTreeMap::new(), plain: Plain::default() };
    let mut order: Vec<usize> = (0..world.0.len()).collect();
    if request.fees.is_some() {
        order.sort_by_key(|place| {
            let (start, end) = block(world, *place);
            (start, if *place == start { end } else { *place })
        });
    }
    if request.direction == Direction::Back {
        order.reverse();
        for output in world.outputs() {
            if spender(world, output).is_none() {
                plainly.arrive(Thing::Output(output.0, output.1), world.value(output), None);
            }
        }
    }
    for place in order {
        plainly.pass(place);
    }
    assert!(plainly.loads.is_empty());
    plainly.plain
}

fn spender(world: &World, output: (usize, usize)) -> Option<usize> {
    world.0.iter().position(|one| one.inputs.contains(&output))
}

impl Plainly<'_> {
    fn ordered(&self) -> bool {
        matches!(self.request.method, Method::Fifo | Method::Lifo | Method::DirtyFirst)
    }

    /// Both sides, and whether the last of what goes out is left over.
    fn sides(&self, place: usize) -> (Side, Side, bool) {
        let (world, one) = (self.world, &self.world.0[place]);
        let mut into: Side = Vec::new();
        let mut out: Side = Vec::new();
        for (transaction, output) in &one.inputs {
            into.push((Thing::Output(*transaction, *output), world.value((*transaction, *output))));
        }
        if let Some(subsidy) = self.request.fees.filter(|_| one.coinbase) {
            into.push((Thing::Subsidy(place), minted(subsidy, one.id)));
            let (start, end) = block(world, place);
            into.extend((start + 1..end).map(|payer| (Thing::Fee(payer), world.fee(payer))));
        }
        for (output, about) in one.outputs.iter().enumerate() {
            out.push((Thing::Output(place, output), about.value));
        }
        let sum = |side: &[(Thing, i64)]| side.iter().map(|(_, value)| value).sum::<i64>();
        let left = sum(&into) - sum(&out);
        let leaves = !one.coinbase || self.request.fees.is_some();
        if leaves {
            out.push((Thing::Fee(place), left));
        }
        match self.request.direction {
            Direction::Forward => (into, out, leaves),
            Direction::Back => (out, into, false),
        }
    }

    fn pass(&mut self, place: usize) {
        let (near, far, left_over) = self.sides(place);
        let came: Vec<Thing> =
            near.iter().map(|(thing, _)| *thing).filter(|thing| self.loads.contains_key(thing)).collect();
        let mut why = None;
        if !came.is_empty() {
            if self.plain.looked_at == self.request.budget {
                self.plain.truncated = true;
                why = Some(Why::Cut);
            } else {
                self.plain.looked_at += 1;
            }
        }
        if self.request.method == Method::DirtyFirst && why.is_none() && !came.is_empty() {
            // Back, a fee is asked for by nobody, unless a coinbase has it.
            let asked = |thing: &Thing| {
                let coinbase = |place: usize| self.world.0[place].coinbase;
                match (thing, self.request.direction) {
                    (Thing::Fee(place), Direction::Back) => self.request.fees.is_some() && !coinbase(*place),
                    _ => true,
                }
            };
            let clean =
                near.iter().filter(|(thing, _)| asked(thing)).any(|(thing, value)| match self.loads.get(thing) {
                    Some(load) => load.satoshis.iter().any(|satoshi| satoshi.is_none()),
                    None => *value > 0,
                });
            why = clean.then_some(Why::Mixed);
        }
        if let Some(why) = why {
            for thing in came {
                let load = self.loads.remove(&thing).unwrap();
                self.rest(thing, &load, why);
            }
            for (thing, value) in far {
                self.arrive(thing, value, None);
            }
            return;
        }
        let hop = came.iter().map(|thing| self.loads[thing].hop).min();
        let mut line = Vec::new();
        for (thing, value) in &near {
            match self.loads.remove(thing) {
                Some(load) => line.extend(load.satoshis),
                None if self.ordered() => line.extend(vec![None; *value as usize]),
                None => {}
            }
        }
        let parts = match hop {
            Some(_) => self.divide(line, &far, left_over),
            None => vec![Vec::new(); far.len()],
        };
        for ((thing, value), satoshis) in far.into_iter().zip(parts) {
            let load = hop.map(|hop| Load { hop: hop + 1, satoshis });
            self.arrive(thing, value, load);
        }
    }

    fn divide(&self, mut line: Vec<Option<u32>>, far: &[(Thing, i64)], left_over: bool) -> Vec<Vec<Option<u32>>> {
        match self.request.method {
            Method::Poison => {
                line.sort_unstable();
                line.dedup();
                let all = |value: i64| line.iter().flat_map(|source| vec![*source; value as usize]).collect();
                far.iter().map(|(_, value)| all(*value)).collect()
            }
            Method::Haircut => haircut(&line, far),
            Method::Fifo | Method::Lifo | Method::DirtyFirst => {
                if self.request.method == Method::Lifo {
                    line.reverse();
                }
                let mut line = line.into_iter();
                far.iter().map(|(_, value)| line.by_ref().take(*value as usize).collect()).collect()
            }
            Method::Tiho => {
                let mut parts = vec![Vec::new(); far.len()];
                let outputs = far.len() - usize::from(left_over);
                for source in line {
                    let open = |slot: &usize| (parts[*slot].len() as i64) < far[*slot].1;
                    let largest = (0..outputs).rev().filter(open).max_by_key(|slot| far[*slot].1);
                    parts[largest.unwrap_or(far.len() - 1)].push(source);
                }
                parts
            }
        }
    }

    /// A coin comes about: seeds, then the limits in their order.
    fn arrive(&mut self, thing: Thing, value: i64, load: Option<Load>) {
        let (world, request) = (self.world, self.request);
        let mut load = load.unwrap_or(Load { hop: 0, satoshis: Vec::new() });
        if self.ordered() {
            load.satoshis.resize(value as usize, None);
        }
        let mut planted = 0;
        for (output, source, amount) in self.seeds.clone() {
            if thing != Thing::Output(output.0, output.1) {
                continue;
            }
            let mut labelled = 0;
            if self.ordered() {
                for satoshi in load.satoshis.iter_mut().filter(|satoshi| satoshi.is_none()).take(amount as usize) {
                    *satoshi = Some(source);
                    labelled += 1;
                }
            } else {
                let alone = request.method == Method::Poison;
                let taken = load.satoshis.iter().filter(|other| !alone || **other == Some(source)).count();
                labelled = amount.min(value - taken as i64);
                load.satoshis.extend(vec![Some(source); labelled as usize]);
            }
            planted += labelled;
            *self.plain.seeded.entry((thing, source)).or_default() += labelled;
        }
        if planted > 0 {
            load.hop = 0;
        }
        let sources = sources(&load.satoshis);
        if sources.is_empty() {
            return;
        }
        if let Thing::Output(..) = thing {
            for (source, tainted) in &sources {
                self.plain.reached.insert((thing, *source), (load.hop, *tainted));
            }
        }
        let forward = request.direction == Direction::Forward;
        let tainted = match request.method {
            Method::Poison => sources.values().copied().max().unwrap(),
            _ => sources.values().sum(),
        };
        if let Thing::Output(place, output) = thing {
            let about = world.0[place].outputs[output];
            if about.account.is_some_and(|account| request.stop_accounts.contains(&account)) {
                return self.rest(thing, &load, Why::StoppedAccount);
            }
            if forward && about.unspendable {
                return self.rest(thing, &load, Why::Destroyed);
            }
        }
        let next = match (thing, forward) {
            (Thing::Output(place, output), true) => spender(world, (place, output)).ok_or(Why::Unspent),
            (Thing::Output(place, _), false) if world.0[place].coinbase && request.fees.is_none() => Err(Why::Mined),
            (Thing::Output(place, _), false) => Ok(place),
            (Thing::Fee(place), _) if world.0[place].coinbase => Err(Why::Destroyed),
            (Thing::Fee(place), true) => request.fees.map(|_| block(world, place).0).ok_or(Why::Fee),
            (Thing::Fee(place), false) => Ok(place),
            (Thing::Subsidy(_), _) => Err(Why::Mined),
        };
        let next = match next {
            Ok(next) => next,
            Err(why) => return self.rest(thing, &load, why),
        };
        let one = &world.0[next];
        let fan = if forward { one.outputs.len() } else { one.inputs.len() };
        if request.since.is_some_and(|since| one.id < since) || request.until.is_some_and(|until| one.id >= until) {
            self.rest(thing, &load, Why::OutOfTime);
        } else if request.stop_transactions.contains(&one.id) {
            self.rest(thing, &load, Why::StoppedTransaction);
        } else if load.hop >= request.max_hops {
            self.rest(thing, &load, Why::OutOfHops);
        } else if tainted < request.min_amount {
            self.rest(thing, &load, Why::Dust);
        } else if fan > request.max_fan as usize {
            self.rest(thing, &load, Why::FannedOut);
        } else {
            self.loads.insert(thing, load);
        }
    }

    fn rest(&mut self, thing: Thing, load: &Load, why: Why) {
        for (source, tainted) in sources(&load.satoshis) {
            assert_eq!(self.plain.resting.insert((thing, source, why), (load.hop, tainted)), None);
        }
    }
}

fn sources(satoshis: &[Option<u32>]) -> BTreeMap<u32, i64> {
    let mut sources = BTreeMap::new();
    for source in satoshis.iter().flatten() {
        *sources.entry(*source).or_default() += 1;
    }
    sources
}

fn haircut(line: &[Option<u32>], far: &[(Thing, i64)]) -> Vec<Vec<Option<u32>>> {
    let whole: i64 = far.iter().map(|(_, value)| value).sum();
    let brought = sources(line);
    let mut parts: Vec<Vec<Option<u32>>> = vec![Vec::new(); far.len()];
    for (source, tainted) in &brought {
        for (part, (_, value)) in parts.iter_mut().zip(far) {
            part.extend(vec![Some(*source); (value * tainted / whole) as usize]);
        }
    }
    for (source, tainted) in &brought {
        let given = parts.iter().flatten().filter(|other| **other == Some(*source)).count() as i64;
        let mut served: Vec<usize> = Vec::new();
        for _ in given..*tainted {
            let best = |parts: &[Vec<Option<u32>>], served: &[usize]| {
                let open = |slot: &usize| (parts[*slot].len() as i64) < far[*slot].1 && !served.contains(slot);
                (0..far.len()).rev().filter(open).max_by_key(|slot| far[*slot].1 * tainted % whole)
            };
            let slot = best(&parts, &served).unwrap_or_else(|| {
                served.clear();
                best(&parts, &served).unwrap()
            });
            served.push(slot);
            parts[slot].push(Some(*source));
        }
    }
    parts
}
