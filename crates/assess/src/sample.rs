//! The worked example of the method as ratings, and a report of three networks to draw and to look at. Tests only.
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::collections::BTreeMap;

use crate::confidence::{Level, group_confidence};
use crate::decimal::Decimal;
use crate::model::{
    ClauseLine, Conclusion, Corridor, Evidence, Figure, Finding, Flow, FlowSide, Gap, Header, IndicatorLine, Limits,
    Link, Member, Method, Month, Network, NotRun, Rating, Report, Source, TypologyRun, Unlinked,
};
use crate::profile::{Group, Metrics, Profile};
use crate::score::{Confidences, Ratings, ScoreCard};

pub(crate) const COMPOSITE: &str = include_str!("../../../queries/profiles/composite-1.toml");
pub(crate) const SLEIPNIR: &str = include_str!("../../../queries/profiles/sleipnir-19.toml");

/// A01 to A14 of the worked example; A05 and A06 are unknown.
pub(crate) fn worked_example() -> Ratings {
    let rungs = [
        ("A01", 3),
        ("A02", 3),
        ("A03", 2),
        ("A04", 2),
        ("A07", 3),
        ("A08", 1),
        ("A09", 2),
        ("A10", 3),
        ("A11", 2),
        ("A12", 1),
        ("A13", 2),
        ("A14", 1),
    ];
    rungs.into_iter().map(|(id, rung)| (id.to_owned(), rung)).collect()
}

fn rows(prefix: &str, count: usize) -> Evidence {
    let seed = prefix.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let id = |n: usize| (seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(n as u64 * 97_531) >> 1).to_string();
    Evidence::new(prefix, (0..count).map(id)).unwrap()
}

fn euros(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn report() -> Report {
    let profile = Profile::parse("composite-1.toml", COMPOSITE).unwrap();
    let mut main = worked_example();
    main.extend([("H1", 2), ("H2", 2), ("L1", 3), ("L2", 2), ("L3", 1)].map(|(id, rung)| (id.to_owned(), rung)));
    let mut first = main.clone();
    first.extend(
        [("A01", 4), ("A03", 4), ("A05", 3), ("H1", 4), ("H3", 3), ("L1", 4)].map(|(id, rung)| (id.to_owned(), rung)),
    );
    let gap: Ratings =
        [("A01", 2), ("A02", 1), ("A07", 1), ("L1", 1), ("L2", 2)].map(|(id, rung)| (id.to_owned(), rung)).into();
    Report {
        header: header(&profile),
        conclusion: None::<Conclusion>,
        limits: limits(),
        networks: vec![
            network(&profile, "net-0007", "Saltmarsh <script>alert('x')</script> & Sons", &gap, 2),
            network(&profile, "net-0002", "Harbour Lane", &main, 9),
            network(&profile, "net-0001", "Birch Trading and associates", &first, 14),
        ],
        unlinked: vec![
            Unlinked::new("rapid_pass_through".into(), rows("u1", 41).ids, Some(euros("1204500.00"))).unwrap(),
            Unlinked::new("coinjoin_entry".into(), rows("u2", 7).ids, None).unwrap(),
        ],
        gaps: ["net-0001", "net-0002", "net-0007"].iter().map(|network| Gap {
            network: (*network).to_owned(),
            indicator: "A06".into(),
            unknown: "Whether violence or firearms serve the network: no graded report was at hand.".into(),
            collect: "Graded reports of regional units on the named holders, window January to December 2014.".into(),
        }).collect(),
        method: Method::of(&profile),
        innocent: "Tested: salary and pension runs, card processors, exchanges' own wallets, group treasury. Not tested: family support, escrow accounts of notaries, and trade credit, for which no data were supplied.".into(),
    }
}

fn header(profile: &Profile) -> Header {
    let source =
        |id: &str, kind: &str, name: &str, stored: u64, quarantined: u64, duplicate: u64, grade: &str| Source {
            source_id: id.into(),
            kind: kind.into(),
            name: name.into(),
            sha256: rows(name, 1).hash.repeat(4),
            rows_read: stored + quarantined + duplicate,
            stored,
            quarantined,
            duplicate,
            grade: grade.into(),
        };
    Header {
        title: "Laundering networks in the Azure corridor, 2014".into(),
        marking: "RESTRICTED – exercise data".into(),
        terms_of_reference: Some(
            "ToR 2014/17: which networks move proceeds through the corridor, and what would disrupt them".into(),
        ),
        customer: Some("National coordination group on organised crime".into()),
        cutoff: "2014-12-31T23:59:59Z".into(),
        from: "2014-01-01".into(),
        to: "2014-12-31".into(),
        profile: profile.label(),
        program: "headwater 0.1.0".into(),
        dataset: "9f3c2b7de1a04c58b6f2d7a9e4410c3b9f3c2b7de1a04c58b6f2d7a9e4410c3b".into(),
        sources: vec![
            source("src-03", "watchlist", "opensanctions-entities.ftm.json", 18_204, 12, 0, "B3"),
            source("src-01", "bank", "laundromat-2012-2014.csv", 16_922, 31, 4, "B2"),
            source("src-02", "bitcoin", "blk01024-01031", 1_204_551, 0, 0, "A1"),
        ],
    }
}

fn limits() -> Limits {
    let run = |typology: &str, findings| TypologyRun {
        typology: typology.into(),
        findings,
        query_hash: rows(typology, 1).hash,
    };
    let not = |typology: &str, reason: &str| NotRun { typology: typology.into(), reason: reason.into() };
    Limits {
        run: vec![
            run("structuring", 12),
            run("rapid_pass_through", 44),
            run("round_trip", 0),
            run("peel_chain", 9),
            run("scatter_gather", 5),
        ],
        not_run: vec![
            not("tbml_overinvoicing", "no invoice data in the lake"),
            not("sanctioned_counterparty", "watchlist older than 90 days"),
        ],
        not_looked_at: vec![
            "Cash: no cash register or courier data.".into(),
            "EVM chains: no node was configured.".into(),
            "Transfers below EUR 500 of supplier src-01: absent from the source.".into(),
        ],
    }
}

fn network(profile: &Profile, id: &str, caption: &str, ratings: &Ratings, size: usize) -> Network {
    let levels: BTreeMap<String, Level> = ratings
        .keys()
        .map(|id| (id.clone(), if id.as_str() < "A08" { Level::Moderate } else { Level::High }))
        .collect();
    let of = |group| group_confidence(profile, group, ratings, &levels).unwrap();
    let confidence =
        Confidences { threat: of(Group::Threat), harm: of(Group::Harm), likelihood: of(Group::Likelihood) };
    let card = ScoreCard::new(profile, ratings, confidence).unwrap();
    let line = |indicator: &crate::profile::Indicator| {
        let rung = ratings.get(&indicator.id).copied();
        let evidence = rows(&format!("{id}{}", indicator.id), 3 + indicator.weight as usize * size);
        let value = match (indicator.id.as_str(), rung) {
            ("A01", Some(3)) => "3214882.40",
            ("A01", Some(4)) => "14880120.15",
            ("A01", _) => "412000",
            _ => "3",
        };
        let metrics = Metrics::from([("value".to_owned(), euros(value))]);
        let metric = rung
            .filter(|_| indicator.by != crate::profile::By::Analyst)
            .map(|_| Figure::new(value, &indicator.unit, evidence.ids.clone()).unwrap());
        let explanation = match rung {
            Some(rung) if rung > 0 => {
                format!("{}: rung {rung}, {}.", indicator.metric, indicator.ladder[usize::from(rung) - 1])
            }
            _ => "No graded report and no analyst's confirmation: unknown, not nil.".to_owned(),
        };
        let rating = rung.map(|score| Rating { score, confidence: levels[&indicator.id], evidence });
        IndicatorLine::new(indicator, metric, rating, explanation, &metrics)
    };
    let indicators: Vec<_> = profile.indicators.iter().map(line).collect();
    let evidence =
        Evidence::union("card", indicators.iter().filter_map(|line| Some(&line.rating.as_ref()?.evidence))).unwrap();
    Network {
        id: id.into(),
        caption: caption.into(),
        basis: "appears in laundromat-2012-2014 and in opensanctions-entities".into(),
        volume: Some(
            Figure::new(
                if size > 9 { "14880120.15" } else { "3214882.4" },
                "EUR",
                rows(&format!("{id}v"), 60 * size).ids,
            )
            .unwrap(),
        ),
        clauses: ClauseLine::all(&card, &indicators).unwrap(),
        card,
        evidence,
        indicators,
        members: (0..size).map(|n| member(id, n)).collect(),
        findings: (0..size / 2 + 1).map(|n| finding(id, n)).collect(),
        links: (0..size / 3).map(|n| link(id, n)).collect(),
        volume_by_month: (1..=12)
            .filter(|month| month % 5 != 4)
            .map(|month| Month {
                month: format!("2014-{month:02}"),
                inflow_eur: euros("81250.5").min(Decimal::whole(1_000_000)).times(month * month % 17 + 1),
                outflow_eur: euros("77410.25").times(month * 5 % 13 + 1),
                evidence: rows(&format!("{id}m{month}"), month as usize * 3),
            })
            .collect(),
        corridors: [("EE", "LV", 44), ("AZ", "EE", 38), ("EE", "GB", 21), ("LV", "CY", 9), ("GB", "AE", 2)]
            .iter()
            .enumerate()
            .map(|(n, (from, to, times))| Corridor {
                from: (*from).into(),
                to: (*to).into(),
                amount_eur: euros("41870.33").times(*times),
                count: *times as u64,
                evidence: rows(&format!("{id}c{n}"), *times as usize),
            })
            .collect(),
        flows: flows(id, size),
    }
}

const NAMES: [&str; 8] = [
    "Birch Trading LP",
    "Alder Commercial Ltd",
    "Polux Management LP",
    "Hilux Services LP",
    "Метастар Инвест",
    "Juniper & Daughters OÜ",
    "bc1q9h0…f3x7",
    "Lux <b>Export</b> S.A. de C.V. with a very long registered name",
];

fn member(id: &str, n: usize) -> Member {
    let name = NAMES[n % NAMES.len()];
    Member {
        account: rows(&format!("{id}a{n}"), 1).ids.swap_remove(0),
        identifier: if n % 4 == 3 { format!("bc1q{:038}", n * 7919) } else { format!("EE2733003335056100{n:02}") },
        ledger: if n % 4 == 3 { "btc" } else { "bank" }.into(),
        holder: (n % 3 != 2).then(|| name.to_owned()),
        role: (n.is_multiple_of(2)).then(|| "shell company".to_owned()),
        evidence: rows(&format!("{id}member{n}"), 2 + n),
    }
}

fn finding(id: &str, n: usize) -> Finding {
    Finding {
        finding_id: rows(&format!("{id}f{n}"), 1).ids.swap_remove(0),
        typology: if n.is_multiple_of(2) { "rapid_pass_through" } else { "structuring" }.into(),
        title: if n.is_multiple_of(2) { "Rapid pass-through" } else { "Structuring" }.into(),
        subject: NAMES[n % NAMES.len()].into(),
        first: format!("2014-{:02}-03T09:14:00Z", n % 12 + 1),
        last: format!("2014-{:02}-04T16:40:00Z", n % 12 + 1),
        amount: euros("198400.5").times(n as i64 + 1),
        asset: "EUR".into(),
        score: "0.87".into(),
        explanation: "97.4 % of an incoming payment was sent on within 5 hours and 52 minutes.".into(),
        evidence: rows(&format!("{id}fe{n}"), 2 + n * 6),
    }
}

fn link(id: &str, n: usize) -> Link {
    Link {
        link_id: rows(&format!("{id}l{n}"), 1).ids.swap_remove(0),
        finding_id: rows(&format!("{id}f{n}"), 1).ids.swap_remove(0),
        entity: NAMES[(n + 3) % NAMES.len()].into(),
        method: if n.is_multiple_of(2) { "identifier match" } else { "name and country" }.into(),
        confidence: if n.is_multiple_of(2) { 70 } else { 50 },
        explanation: "The account's identifier appears in opensanctions-entities as held by this entity.".into(),
        evidence: rows(&format!("{id}le{n}"), 2),
    }
}

fn flows(id: &str, size: usize) -> Vec<Flow> {
    let flow = |side, from: &str, to: &str, times: usize| Flow {
        side,
        from: from.into(),
        to: to.into(),
        label: "SWIFT".into(),
        amount_eur: euros("52310.07").times(times as i64),
        evidence: rows(&format!("{id}{from}{to}"), times),
    };
    let sources = [
        "Baktelekom QSC",
        "Rosoboronexport",
        "Ministry of Emergency Situations",
        "Rahimov, Javid",
        "Faberlex LP",
        "Riverlane LLP",
        "Jetfield Networks",
        "Willroy & Co",
        "Global Trade B.V.",
        "Sunrise Ltd",
    ];
    let targets = [
        "Exchange Kappa",
        "Mobilisation GmbH",
        "Harley Street Clinic",
        "Envision Consulting",
        "University fees",
        "Jewellers & Watch House",
    ];
    let mut all = vec![flow(FlowSide::Internal, NAMES[0], NAMES[1], 90)];
    for (n, source) in sources.iter().enumerate().take(size) {
        all.push(flow(FlowSide::Inflow, source, NAMES[n % 4], 40 / (n + 1) + 1));
        all.push(flow(FlowSide::Inflow, source, NAMES[(n + 1) % 3], 9 / (n + 1) + 1));
    }
    for (n, target) in targets.iter().enumerate().take(size) {
        all.push(flow(FlowSide::Outflow, NAMES[n % 4], target, 36 / (n + 1) + 1));
        all.push(flow(FlowSide::Outflow, NAMES[(n + 2) % 4], target, 5));
    }
    all
}

impl Decimal {
    fn times(self, factor: i64) -> Self {
        std::iter::repeat_n(self, usize::try_from(factor).unwrap()).sum()
    }
}
