//! What was asked and cannot be answered, what is not known, and what to collect.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::product::make::Material;
use crate::product::model::cell;
use crate::product::{ProductKind, Section, Style, Table, sha256};

/// A gap with its collection requirement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Requirement {
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) item: String,
    pub(crate) unknown: String,
    pub(crate) collect: String,
    pub(crate) owner: String,
    pub(crate) due: String,
    pub(crate) gap_id: String,
    pub(crate) requirement_id: String,
}

/// Days from the cut-off by which a requirement is due.
const DUE: i64 = 60;

/// Every gap: unknown indicators by network, gaps of the data, and what the terms ask for and do not get. Worked out once for
/// all products of a run, because each case package looks for its own among them.
pub(crate) fn requirements(material: &Material) -> &[Requirement] {
    material.requirements.get_or_init(|| work_out(material))
}

fn work_out(material: &Material) -> Vec<Requirement> {
    let due = material.spans.cutoff.checked_add_signed(chrono::Duration::days(DUE));
    let due = due.map(|day| day.to_string()).unwrap_or_default();
    let gap = |kind: &str, subject: &str, item: &str, unknown: &str, collect: &str, owner: &str| {
        let hash = |prefix: &str, text: &str| format!("{prefix}-{}", sha256(text).get(..12).unwrap_or_default());
        let gap_id = hash("G", &format!("{kind}|{subject}|{item}|{unknown}|{}", material.spans.cutoff));
        Requirement {
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            item: item.to_owned(),
            unknown: unknown.to_owned(),
            collect: collect.to_owned(),
            owner: material.owner(kind, owner),
            due: due.clone(),
            requirement_id: hash("C", &format!("{gap_id}|{collect}")),
            gap_id,
        }
    };
    let mut all: Vec<Requirement> = Vec::new();
    for line in &material.report.gaps {
        all.push(gap("indicator", &line.network, &line.indicator, &line.unknown, &line.collect, "Analytical unit"));
    }
    for row in material.rows("data_gaps") {
        let column = |name: &str| row.text(name);
        all.push(gap(
            &column("kind"),
            &column("subject"),
            &column("item"),
            &column("unknown"),
            &column("collect"),
            &column("owner"),
        ));
    }
    for line in asked(material).into_iter().filter(|line| line.answer != Answer::Yes) {
        all.push(gap(
            "terms",
            &line.what,
            &line.item,
            &line.why,
            "What the terms of reference ask for, from whoever holds it; or terms that ask for what can be had.",
            "Customer",
        ));
    }
    all.sort();
    all.dedup();
    all
}

/// Whether something that was asked for is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    Partly,
    No,
}

/// One thing the terms ask for.
struct Asked {
    what: String,
    item: String,
    answer: Answer,
    why: String,
    place: String,
}

/// Holds what is asked against what there is.
fn asked(material: &Material) -> Vec<Asked> {
    let Some(terms) = &material.terms else { return Vec::new() };
    let mut all = Vec::new();
    if let Some(period) = &terms.period
        && let Some(newest) = material.rows("held").iter().filter_map(|row| row.maybe("newest")).max()
    {
        let (first, last) = (crate::terms::day(&period.from), crate::terms::day(&period.to));
        let oldest = material.rows("held").iter().filter_map(|row| row.maybe("oldest")).min().unwrap_or_default();
        let short = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let (late, early) = (newest < short(last), oldest > short(first));
        let why = match (early, late) {
            (false, false) => "Transfers are held from before its first day to its last.".to_owned(),
            _ => format!("Transfers are held from {oldest} to {newest} only."),
        };
        let answer = if early || late { Answer::Partly } else { Answer::Yes };
        all.push(Asked { what: "period".into(), item: material.period(), answer, why, place: "held".into() });
    } else if terms.period.is_some() {
        let why = "No transfer is held in it.".to_owned();
        all.push(Asked {
            what: "period".into(),
            item: material.period(),
            answer: Answer::No,
            why,
            place: "held".into(),
        });
    }
    for id in &terms.indicators {
        all.push(indicator(material, "indicator", id.get_ref()));
    }
    for area in &terms.areas {
        all.push(area_of(material, "area", area));
    }
    for network in &terms.networks {
        all.push(network_of(material, "network", network));
    }
    for question in &terms.questions {
        let what = format!("question {}", question.id.get_ref());
        let before = all.len();
        all.extend(question.indicators.iter().map(|id| indicator(material, &what, id.get_ref())));
        all.extend(question.areas.iter().map(|area| area_of(material, &what, area.get_ref())));
        all.extend(question.networks.iter().map(|network| network_of(material, &what, network.get_ref())));
        all.extend(question.chapters.iter().map(|chapter| chapter_of(material, &what, chapter.get_ref())));
        if all.len() == before {
            all.push(Asked {
                what,
                item: question.text.clone(),
                answer: Answer::No,
                why: "The question names no indicator, area, network or chapter by which the program can tell: a person answers it."
                    .to_owned(),
                place: "judgements".to_owned(),
            });
        }
    }
    all
}

fn indicator(material: &Material, what: &str, id: &str) -> Asked {
    let networks = &material.report.networks;
    let known =
        networks.iter().filter(|network| network.indicators.iter().any(|line| line.id == id && line.rating.is_some()));
    let known = known.count();
    let answer = match known {
        0 => Answer::No,
        known if known == networks.len() => Answer::Yes,
        _ => Answer::Partly,
    };
    let why = format!("Known for {known} of {} networks.", networks.len());
    Asked { what: what.to_owned(), item: id.to_owned(), answer, why, place: "networks".to_owned() }
}

fn area_of(material: &Material, what: &str, area: &str) -> Asked {
    let there = material.rows("areas").iter().find(|row| row.text("area") == area || row.text("title") == area);
    let (answer, why) = match there {
        Some(row) => (Answer::Yes, format!("{} networks with findings are named for it.", row.text("networks"))),
        None => (Answer::No, "No list names a network with findings for it.".to_owned()),
    };
    Asked { what: what.to_owned(), item: area.to_owned(), answer, why, place: "areas".to_owned() }
}

fn network_of(material: &Material, what: &str, id: &str) -> Asked {
    let there = material.report.networks.iter().any(|network| network.id == id || network.caption == id);
    let (answer, why) = if there {
        (Answer::Yes, "It was scored.".to_owned())
    } else {
        (Answer::No, "No finding leads to it, or no list in the lake names it.".to_owned())
    };
    Asked { what: what.to_owned(), item: id.to_owned(), answer, why, place: "networks".to_owned() }
}

fn chapter_of(material: &Material, what: &str, chapter: &str) -> Asked {
    let count = match chapter {
        "networks" | "candidates" => material.report.networks.len(),
        "geography" => material.rows("corridors").len(),
        "trends" => material.rows("typologies").len(),
        "changes" => usize::from(material.compared_with.is_some()),
        other => material.rows(other).len(),
    };
    let (answer, why) = match count {
        0 if chapter == "changes" => (Answer::No, "No earlier edition was named to compare with.".to_owned()),
        0 => (Answer::No, "The data have nothing for it.".to_owned()),
        _ => (Answer::Yes, format!("It has {count} rows.")),
    };
    let place = if chapter == "assets" { "case package" } else { chapter };
    Asked { what: what.to_owned(), item: format!("chapter {chapter}"), answer, why, place: place.to_owned() }
}

/// Chapter 0: the terms of reference, and whether they are satisfied.
pub(crate) fn terms(material: &Material) -> Result<Section> {
    let section = Section::new("terms", "Terms of reference and coverage");
    let Some(terms) = &material.terms else {
        return Ok(section.note("No terms of reference were given: nobody has said what this is for."));
    };
    let mut questions = Table::plain("questions", "The questions", &[("Question", Style::Text), ("Text", Style::Text)]);
    for question in &terms.questions {
        questions.push(vec![cell(question.id.get_ref()), cell(&question.text)]);
    }
    let mut table = Table::plain(
        "coverage",
        "What is asked, and whether the data answer it. What they do not is a gap and a collection requirement below",
        &[
            ("Asked by", Style::Text),
            ("For", Style::Name),
            ("Answered", Style::Text),
            ("Why", Style::Text),
            ("Chapter", Style::Text),
        ],
    );
    let mut counts = [0_usize; 3];
    for line in asked(material) {
        let (word, place) = match line.answer {
            Answer::Yes => ("yes", 0),
            Answer::Partly => ("partly", 1),
            Answer::No => ("no", 2),
        };
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
        table.push(vec![cell(line.what), cell(line.item), cell(word), cell(line.why), cell(line.place)]);
    }
    let required: Vec<String> = terms.required().iter().map(ToString::to_string).collect();
    let mut section = section;
    section
        .notes
        .push(format!("Coverage of the terms: {} answered, {} in part, {} not.", counts[0], counts[1], counts[2]));
    if !required.is_empty() {
        section.notes.push(format!("Products the terms require: {}.", required.join(", ")));
    }
    Ok(section.table(questions, "No question is asked.").table(table, "Nothing is asked for by name."))
}

/// Chapter 9: intelligence gaps, gathered by what is missing.
pub(crate) fn gaps(material: &Material) -> Result<Section> {
    let all = requirements(material);
    let mut of_networks: BTreeMap<(String, String), Vec<&Requirement>> = BTreeMap::new();
    let mut rest = Vec::new();
    for gap in all {
        if gap.kind == "indicator" {
            of_networks.entry((gap.item.clone(), gap.collect.clone())).or_default().push(gap);
        } else {
            rest.push(gap.clone());
        }
    }
    let mut indicators = Table::plain(
        "indicator-gaps",
        "Indicators that are unknown, for how many of the networks, and what would tell",
        &[
            ("Indicator", Style::Text),
            ("Unknown for", Style::Number),
            ("To collect", Style::Text),
            ("Owner", Style::Text),
            ("Due", Style::Text),
        ],
    );
    for ((item, collect), gaps) in &of_networks {
        let first = gaps.first();
        indicators.push(vec![
            cell(item),
            cell(gaps.len()),
            cell(collect),
            first.map(|gap| gap.owner.clone()),
            first.map(|gap| gap.due.clone()),
        ]);
    }
    let mut section = table(rest, "Intelligence gaps and collection requirements");
    if !indicators.rows.is_empty() {
        section.tables.push(indicators);
    }
    Ok(section)
}

/// Gaps one by one.
pub(super) fn table(gaps: Vec<Requirement>, title: &str) -> Section {
    let mut table = Table::plain(
        "gaps-table",
        "What is not known, and what to collect, from whom, by when",
        &[
            ("Gap", Style::Code),
            ("Of", Style::Name),
            ("Item", Style::Name),
            ("Not known", Style::Name),
            ("Requirement", Style::Code),
            ("To collect", Style::Text),
            ("Owner", Style::Text),
            ("Due", Style::Text),
        ],
    );
    for gap in gaps {
        table.push(vec![
            cell(gap.gap_id),
            cell(gap.subject),
            cell(gap.item),
            cell(gap.unknown),
            cell(gap.requirement_id),
            cell(gap.collect),
            cell(gap.owner),
            cell(gap.due),
        ]);
    }
    Section::new("gaps", title).table(table, "No gap of this kind is recorded.")
}

impl Material {
    /// The products the terms require and nobody asked to have made.
    pub(crate) fn missing(&self, made: &[ProductKind]) -> Vec<ProductKind> {
        let required = self.terms.as_ref().map(crate::terms::Terms::required).unwrap_or_default();
        required.into_iter().filter(|kind| !made.contains(kind)).collect()
    }
}
