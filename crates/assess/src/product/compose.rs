//! Which chapters make which product, and what stands on its front page.

use super::make::Material;
use super::sections as chapter;
use super::{Cleared, Fact, Product, ProductKind, ProductRequest, Section};
use crate::error::{AssessError, Result};
use crate::model::{Conclusion, Network};
use crate::terms;

/// The line of the front page that names the clearance.
pub(crate) const MADE_UNDER: &str = "Made under the clearance";
/// The line that counts what it withheld.
pub(crate) const WITHHELD: &str = "Withheld";

/// Puts a product together. Its id is not known yet.
pub(crate) fn compose(material: &Material, request: &ProductRequest) -> Result<Product> {
    let network = match (request.kind, &request.network) {
        (ProductKind::Case, Some(id)) => Some(network(material, id)?),
        (ProductKind::Case, None) => {
            let what = "a case package is about one network: name it".to_owned();
            return Err(AssessError::Product { what });
        }
        _ => None,
    };
    let public = request.kind == ProductKind::Public;
    let terms = material.terms.as_ref();
    if request.kind == ProductKind::Case && terms.and_then(|terms| terms.case_ref.as_ref()).is_none() {
        let what = "a case package needs terms of reference with a case_ref: `case_ref = \"…\"`".to_owned();
        return Err(AssessError::Product { what });
    }
    let concluded = terms.and_then(|terms| terms.conclusion.as_ref());
    let conclusion = concluded.map(|concluded| Conclusion {
        text: concluded.text.get_ref().clone(),
        name: concluded.name.clone(),
        date: terms::day(&concluded.date).map(|day| day.to_string()).unwrap_or_default(),
    });
    let (tlp, marking) = marking(material, public, conclusion.is_some());
    let title = match (terms.and_then(|terms| terms.title.as_ref()), network) {
        (_, Some(network)) => format!("{}: {}", request.kind.title(), network.caption),
        (Some(title), None) if !public => format!("{}: {title}", request.kind.title()),
        _ => request.kind.title().to_owned(),
    };
    Ok(Product {
        format: super::model::FORMAT,
        id: String::new(),
        kind: request.kind,
        title,
        marking,
        tlp,
        status: if conclusion.is_some() { "concluded" } else { "draft" },
        clearance: material.cleared.clone(),
        scale: terms
            .and_then(|terms| terms.handling.scale.as_ref())
            .map_or_else(|| "icd203".to_owned(), |scale| scale.get_ref().clone()),
        front: front(material, request, network),
        conclusion,
        sections: sections(material, request.kind, network)?,
        public,
    })
}

/// The network of a case package.
fn network<'a>(material: &'a Material, id: &str) -> Result<&'a Network> {
    material.report.networks.iter().find(|network| network.id == id).ok_or_else(|| {
        let near = headwater_engine::nearest(id, material.report.networks.iter().map(|network| network.id.as_str()));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        AssessError::Product { what: format!("no finding leads to a network `{id}`{hint}") }
    })
}

fn sections(material: &Material, kind: ProductKind, network: Option<&Network>) -> Result<Vec<Section>> {
    let all = match (kind, network) {
        (ProductKind::Strategic, _) => vec![
            chapter::terms(material)?,
            chapter::judgements(material)?,
            chapter::changes(material)?,
            chapter::areas(material)?,
            chapter::networks(material)?,
            chapter::candidates(material)?,
            chapter::enablers(material)?,
            chapter::geography(material, None)?,
            chapter::trends(material)?.part(chapter::triggers(material)?),
            chapter::gaps(material)?,
            chapter::recommendations(material)?,
            chapter::annex(material)?,
            chapter::method(material),
            chapter::sources(material)?,
            chapter::limits(material)?,
            chapter::audit(material, kind),
        ],
        (ProductKind::EarlyWarning, _) => vec![chapter::triggers(material)?, chapter::tripwires(material)?],
        (ProductKind::Bulletin, _) => vec![
            chapter::movers(material)?,
            chapter::geography(material, Some(10))?,
            chapter::trends(material)?,
            chapter::changes(material)?,
            chapter::gaps(material)?,
        ],
        (ProductKind::Trend, _) => vec![
            chapter::trends(material)?,
            chapter::months(material)?,
            chapter::held(material)?,
            chapter::geography(material, None)?,
            chapter::gaps(material)?,
        ],
        (ProductKind::Case, Some(network)) => vec![
            chapter::card(material, network)?,
            chapter::subjects(network)?,
            chapter::of_case(material, network)?,
            chapter::flows(network)?,
            chapter::timeline(network)?,
            chapter::assets(material, network)?,
            chapter::links(network)?,
            chapter::case_actions(material, network)?,
            chapter::case_gaps(material, network),
            chapter::exhibits(material),
            chapter::sources(material)?,
        ],
        (ProductKind::Case, None) => Vec::new(),
        (ProductKind::Public, _) => {
            let k = material.terms.as_ref().map_or(terms::DEFAULT_K, terms::Terms::k);
            vec![
                chapter::public_areas(material, k)?,
                chapter::public_trends(material, k)?,
                chapter::public_geography(material, k)?,
                chapter::public_limits(material, k),
            ]
        }
    };
    Ok(all)
}

/// The TLP label, and the line that is printed on every page.
fn marking(material: &Material, public: bool, concluded: bool) -> (String, String) {
    let handling = material.terms.as_ref().map(|terms| &terms.handling);
    let tlp = if public { "CLEAR" } else { material.tlp() }.to_owned();
    let words = if public { Some("PUBLIC EDITION") } else { handling.and_then(|handling| handling.marking.as_deref()) };
    let label = format!("TLP:{tlp}");
    let mut parts: Vec<&str> = words.into_iter().collect();
    parts.push(&label);
    if !concluded {
        parts.push("DRAFT - not released");
    }
    let line = parts.join(" · ");
    (tlp, line)
}

fn front(material: &Material, request: &ProductRequest, network: Option<&Network>) -> Vec<Fact> {
    let header = &material.report.header;
    let terms = material.terms.as_ref();
    let mut facts = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push(Fact { name: name.to_owned(), value });
        }
    };
    let public = request.kind == ProductKind::Public;
    add("Customer", terms.filter(|_| !public).map(|terms| terms.customer.clone()));
    add("Terms of reference", terms.filter(|_| !public).map(|terms| terms.id.clone()));
    add("Purpose", terms.filter(|_| !public).and_then(|terms| terms.purpose.clone()));
    add("Case reference", terms.filter(|_| network.is_some()).and_then(|terms| terms.case_ref.clone()));
    add("Authority", terms.filter(|_| network.is_some()).and_then(|terms| terms.authority.clone()));
    add("Network", network.map(|network| network.id.clone()));
    add("Window", Some(material.period()));
    add("Cut-off", Some(material.spans.cutoff.to_string()));
    add("Profile", Some(header.profile.clone()));
    add("Program", Some(header.program.clone()));
    add("Data set", Some(header.dataset.clone()));
    let cleared = material.cleared.as_ref();
    let label = |cleared: &Cleared| match cleared.label.as_str() {
        "" => "of rows that nobody marked".to_owned(),
        label => label.to_owned(),
    };
    add(MADE_UNDER, cleared.map(label));
    let rows = cleared.and_then(|cleared| cleared.rows);
    add(WITHHELD, rows.map(|rows| format!("{rows} rows withheld by policy")));
    add(
        "Compared with",
        material
            .compared_with
            .clone()
            .filter(|_| matches!(request.kind, ProductKind::Strategic | ProductKind::Bulletin)),
    );
    facts
}

impl Material {
    /// The window as days, both included.
    pub(crate) fn period(&self) -> String {
        match self.terms.as_ref().and_then(|terms| terms.period.as_ref()) {
            Some(period) => match (terms::day(&period.from), terms::day(&period.to)) {
                (Some(from), Some(to)) => format!("{from} to {to}"),
                _ => String::new(),
            },
            None => {
                let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
                format!("{} to {}", day(&self.window.from), day(&self.window.to))
            }
        }
    }

    /// The TLP label of the products that name people.
    pub(crate) fn tlp(&self) -> &str {
        let handling = self.terms.as_ref().map(|terms| &terms.handling);
        handling.and_then(|handling| handling.tlp.as_ref()).map_or("AMBER", |tlp| tlp.get_ref().as_str())
    }

    /// Who owns the actions of a kind: who the terms name, else who the recommendation names.
    pub(crate) fn owner(&self, kind: &str, otherwise: &str) -> String {
        let named = self.terms.as_ref().and_then(|terms| terms.owners.get(kind));
        named.cloned().unwrap_or_else(|| otherwise.to_owned())
    }
}
