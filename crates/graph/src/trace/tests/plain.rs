//! The trace as one would write it first: every transfer, one after the other, every account in full.
//!
//! A row of units stands for an account whatever the method, so that this shares neither the runs, nor the queue, nor
//! the lazy balances with what it judges.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Direction, Method, Reached, Request, Resting, Trace, Why};
use crate::graph::Graph;

/// One unit: when it came if it is tainted.
type Unit = Option<i64>;

/// An account.
#[derive(Default)]
struct Account {
    units: Vec<Unit>,
    /// Taint that methods without order do not assign to units.
    tainted: i128,
    since: i64,
    /// TIHO: what goes with which later step; and what stays, with its time.
    due: BTreeMap<usize, i128>,
    idle: Vec<(i128, i64)>,
    hop: u32,
    last: u32,
    reached: bool,
}

impl Account {
    fn taint(&self, method: Method) -> i128 {
        match method {
            Method::Fifo | Method::Lifo => self.units.iter().flatten().count() as i128,
            _ => self.tainted,
        }
    }
}

/// A transfer as the walk meets it.
#[derive(Clone, Copy)]
struct Step {
    edge: u32,
    src: usize,
    dst: usize,
    time: i64,
    amount: i128,
}

pub(super) fn trace(graph: &Graph, request: &Request) -> Trace {
    let back = request.direction == Direction::Back;
    let mut steps: Vec<Step> = (0..graph.edges())
        .map(|edge| {
            let (src, dst) = (graph.src(edge) as usize, graph.dst(edge) as usize);
            let (time, amount) = (graph.time(edge), graph.amount(edge));
            if back {
                Step { edge, src: dst, dst: src, time: -time, amount }
            } else {
                Step { edge, src, dst, time, amount }
            }
        })
        .collect();
    if back {
        steps.reverse();
    }
    let within = |step: &Step| {
        let time = graph.time(step.edge);
        request.since.is_none_or(|since| time >= since) && request.until.is_none_or(|until| time <= until)
    };
    let horizon = steps.iter().rev().find(|step| within(step)).map_or(0, |step| step.time);
    let opening = before(graph, request);
    let mut accounts: Vec<Account> =
        (0..graph.nodes()).map(|_| Account { hop: u32::MAX, ..Account::default() }).collect();
    let mut answer = Trace::default();
    let mut rests: BTreeMap<(u32, Why), Resting> = BTreeMap::new();
    let mut rest = |node: usize, why: Why, hop: u32, last: u32, tainted: i128| {
        let entry = (node as u32, why);
        let rest = rests.entry(entry).or_insert(Resting { node: entry.0, why, hop, last, tainted: 0 });
        (rest.hop, rest.last, rest.tainted) = (rest.hop.min(hop), last, rest.tainted + tainted);
    };
    for (at, step) in steps.iter().enumerate() {
        let Step { edge, src, dst, time, amount } = *step;
        if src == dst || !within(step) {
            continue;
        }
        let too_old = |since: i64| request.max_delay.is_some_and(|delay| time - since > delay);
        // Out of the payer.
        let payer = &mut accounts[src];
        let (mut units, mut taken, mut hop) = (vec![None; amount as usize], 0, 0);
        if payer.reached {
            let (payer_hop, payer_last, mut expired) = (payer.hop, payer.last, 0);
            for unit in &mut units {
                let taken = match request.method {
                    _ if payer.units.is_empty() => None,
                    Method::Lifo => payer.units.pop().unwrap(),
                    _ => payer.units.remove(0),
                };
                *unit = taken.filter(|since| !too_old(*since));
                expired += i128::from(taken.is_some() && unit.is_none());
            }
            let left = payer.units.len() as i128;
            if matches!(request.method, Method::Haircut | Method::Poison) && too_old(payer.since) {
                expired += std::mem::take(&mut payer.tainted);
            }
            taken = match request.method {
                Method::Fifo | Method::Lifo => units.iter().flatten().count() as i128,
                Method::Poison if payer.tainted > 0 => amount,
                Method::Poison => 0,
                Method::Haircut if left == 0 => std::mem::take(&mut payer.tainted),
                Method::Haircut => {
                    let part = payer.tainted * amount / (left + amount);
                    payer.tainted -= part;
                    part
                }
                Method::Tiho => {
                    let part = payer.due.remove(&at).unwrap_or(0);
                    payer.tainted -= part;
                    part
                }
            };
            hop = payer_hop;
            if payer.taint(request.method) == 0 {
                payer.hop = u32::MAX;
            }
            if expired > 0 {
                rest(src, Why::MaxDelay, payer_hop, payer_last, expired);
            }
        }
        if request.transfers.contains(&edge) || request.accounts.contains(&(src as u32)) {
            answer.seeded += amount - taken;
            if taken < amount {
                hop = 0;
            }
            taken = amount;
            let in_line = matches!(request.method, Method::Fifo | Method::Lifo);
            units = vec![in_line.then_some(time); amount as usize];
        }
        // Into the payee.
        let hop = hop.saturating_add(1);
        let mut followed = false;
        if taken > 0 {
            answer.reached.push(Reached { edge, hop, tainted: taken });
            if request.stop.contains(&(dst as u32)) {
                rest(dst, Why::Stopped, hop, edge, taken);
            } else if hop >= request.max_hops {
                rest(dst, Why::MaxHops, hop, edge, taken);
            } else if taken < request.min_amount {
                rest(dst, Why::Dust, hop, edge, taken);
            } else {
                followed = true;
            }
        }
        let payee = &mut accounts[dst];
        if followed && !payee.reached {
            payee.reached = true;
            payee.units = vec![None; holding(&opening, &steps, dst, at) as usize];
        }
        if payee.reached {
            payee.units.extend(units.iter().map(|unit| unit.filter(|_| followed).map(|_| time)));
        }
        if followed {
            (payee.hop, payee.last, payee.since) = (payee.hop.min(hop), edge, time);
            payee.tainted += taken;
            if request.method == Method::Tiho {
                assign(payee, &steps, dst, at, taken, &within, request.max_delay);
            }
        }
    }
    for (node, account) in accounts.iter().enumerate() {
        let too_old = |since: i64| request.max_delay.is_some_and(|delay| horizon - since > delay);
        let all = match request.method {
            Method::Poison if account.tainted > 0 => account.units.len() as i128,
            method => account.taint(method),
        };
        let expired = match request.method {
            Method::Fifo | Method::Lifo => {
                account.units.iter().flatten().filter(|since| too_old(**since)).count() as i128
            }
            Method::Tiho => account.idle.iter().filter(|(_, since)| too_old(*since)).map(|(amount, _)| amount).sum(),
            _ if too_old(account.since) => all,
            _ => 0,
        };
        for (why, tainted) in [(Why::Held, all - expired), (Why::MaxDelay, expired)] {
            if tainted > 0 {
                rest(node, why, account.hop, account.last, tainted);
            }
        }
    }
    answer.resting = rests.into_values().collect();
    answer
}

/// Gives a receipt's taint to the largest later payments that still have room and come in time.
fn assign(
    account: &mut Account,
    steps: &[Step],
    node: usize,
    at: usize,
    taken: i128,
    within: &dyn Fn(&Step) -> bool,
    max_delay: Option<i64>,
) {
    let time = steps[at].time;
    let later = (at + 1..steps.len()).filter(|other| {
        let step = &steps[*other];
        step.src == node && step.dst != node && within(step) && max_delay.is_none_or(|delay| step.time - time <= delay)
    });
    let order: BTreeSet<_> = later.map(|other| (std::cmp::Reverse(steps[other].amount), other)).collect();
    let mut left = taken;
    for (_, other) in order {
        let due = account.due.entry(other).or_default();
        let part = left.min(steps[other].amount - *due);
        *due += part;
        left -= part;
    }
    if left > 0 {
        account.idle.push((left, time));
    }
}

/// What accounts hold before the first step: given, or as little as they can; in the mirror, what they end with.
fn before(graph: &Graph, request: &Request) -> Vec<i128> {
    let change = |node: u32, edge: u32| {
        let amount = graph.amount(edge);
        i128::from(graph.dst(edge) == node) * amount - i128::from(graph.src(edge) == node) * amount
    };
    let held = |node| {
        let balances = (0..=graph.edges()).map(|end| (0..end).map(|edge| change(node, edge)).sum::<i128>());
        let balances: Vec<i128> = balances.collect();
        let least = balances.iter().min().unwrap();
        let opening = match &request.opening {
            Some(given) => given.get(&node).copied().unwrap_or(0),
            None => -least,
        };
        opening + if request.direction == Direction::Back { balances[balances.len() - 1] } else { 0 }
    };
    (0..graph.nodes()).map(held).collect()
}

/// What an account holds before a step, if that is not less than nothing.
fn holding(opening: &[i128], steps: &[Step], node: usize, at: usize) -> i128 {
    let change = |step: &Step| i128::from(step.dst == node) * step.amount - i128::from(step.src == node) * step.amount;
    (opening[node] + steps[..at].iter().map(change).sum::<i128>()).max(0)
}
