//! One order for everything that is printed, whatever order the facts came in.

use std::cmp::Reverse;

use super::{Network, Report};
use crate::score::rank;

impl Report {
    /// The same report with every list under a total key: networks by rank, sums from the largest, the rest by name.
    #[must_use]
    pub fn ordered(mut self) -> Self {
        self.header.sources.sort_by(|a, b| (&a.kind, &a.name, &a.source_id).cmp(&(&b.kind, &b.name, &b.source_id)));
        self.limits
            .run
            .sort_by(|a, b| (&a.typology, &a.query_hash, a.findings).cmp(&(&b.typology, &b.query_hash, b.findings)));
        self.limits.not_run.sort_by(|a, b| (&a.typology, &a.reason).cmp(&(&b.typology, &b.reason)));
        self.limits.not_looked_at.sort();
        self.networks.sort_by(|a, b| rank(&a.card, &a.id).cmp(&rank(&b.card, &b.id)));
        self.networks.iter_mut().for_each(order);
        self.unlinked.sort_by(|a, b| (&a.typology, &a.findings.evidence).cmp(&(&b.typology, &b.findings.evidence)));
        self.gaps.sort_by(|a, b| {
            (&a.network, &a.indicator, &a.unknown, &a.collect).cmp(&(&b.network, &b.indicator, &b.unknown, &b.collect))
        });
        self
    }
}

fn order(network: &mut Network) {
    network.members.sort();
    // Indicators keep the order of the profile, which the reader knows; ids settle it when a caller does not.
    network.indicators.sort_by(|a, b| (a.group, &a.id).cmp(&(b.group, &b.id)));
    network.findings.sort_by(|a, b| (&a.first, &a.last, &a.finding_id).cmp(&(&b.first, &b.last, &b.finding_id)));
    network.links.sort_by(|a, b| (Reverse(a.confidence), &a.link_id).cmp(&(Reverse(b.confidence), &b.link_id)));
    network.volume_by_month.sort_by(|a, b| (&a.month, &a.evidence).cmp(&(&b.month, &b.evidence)));
    network.corridors.sort_by(|a, b| {
        (Reverse(a.amount_eur), &a.from, &a.to, &a.evidence).cmp(&(Reverse(b.amount_eur), &b.from, &b.to, &b.evidence))
    });
    network.flows.sort_by(|a, b| {
        let key = |flow: &super::Flow| (flow.side, Reverse(flow.amount_eur));
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.from, &a.to, &a.label, &a.evidence).cmp(&(&b.from, &b.to, &b.label, &b.evidence)))
    });
}
