//! Terms of reference: what was asked, by whom, of which period, and what the product must hold to satisfy it.
//!
//! They are a TOML file. A key that no terms have, or two statements that contradict each other, are errors with their
//! line. What is asked and cannot be answered from the data is no error: the product says so, as a gap.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::confidence::Level;
use crate::error::{AssessError, Result};
use crate::product::ProductKind;
use crate::profile::Profile;
use crate::run::Window;

/// The chapters that a question may ask for.
pub const CHAPTERS: [&str; 9] =
    ["areas", "networks", "candidates", "enablers", "geography", "trends", "assets", "changes", "recommendations"];

/// Terms of reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Their reference, such as `ToR 2014/17`.
    pub id: String,
    /// The title of the product.
    pub title: Option<String>,
    /// Who asks.
    pub customer: String,
    /// To what end.
    pub purpose: Option<String>,
    /// The case, which a case package cannot be made without.
    pub case_ref: Option<String>,
    /// On what authority.
    pub authority: Option<String>,
    /// The period; the twelve months up to the newest transfer if none.
    pub period: Option<Period>,
    /// Crime areas asked about; all if none.
    #[serde(default)]
    pub areas: Vec<String>,
    /// Networks asked about, by data set and id of their core; all if none.
    #[serde(default)]
    pub networks: Vec<String>,
    /// Products that must be made.
    #[serde(default)]
    pub products: Vec<Spanned<String>>,
    /// Indicators that must be known.
    #[serde(default)]
    pub indicators: Vec<Spanned<String>>,
    /// The questions.
    #[serde(default, rename = "question")]
    pub questions: Vec<Question>,
    /// How the products are marked.
    #[serde(default)]
    pub handling: Handling,
    /// Who owns the actions of a kind, where it is not who the recommendation says.
    #[serde(default)]
    pub owners: BTreeMap<String, String>,
    /// Key judgements of the analysts.
    #[serde(default, rename = "judgement")]
    pub judgements: Vec<Judgement>,
    /// What a named person concludes.
    pub conclusion: Option<Concluded>,
}

/// From one day to another, both included.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first day.
    pub from: Spanned<Datetime>,
    /// The last day: the cut-off.
    pub to: Spanned<Datetime>,
}

/// One question, and what would answer it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its short name.
    pub id: Spanned<String>,
    /// The question.
    pub text: String,
    /// The indicators that answer it.
    #[serde(default)]
    pub indicators: Vec<Spanned<String>>,
    /// The crime areas it is about.
    #[serde(default)]
    pub areas: Vec<Spanned<String>>,
    /// The networks it is about.
    #[serde(default)]
    pub networks: Vec<Spanned<String>>,
    /// The chapters that answer it.
    #[serde(default)]
    pub chapters: Vec<Spanned<String>>,
}

/// How products are marked, and what an edition for everybody must keep to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handling {
    /// The classification, in the words of the customer's country.
    pub marking: Option<String>,
    /// The TLP label: RED, AMBER+STRICT, AMBER, GREEN or CLEAR.
    pub tlp: Option<Spanned<String>>,
    /// The scale of likelihood words: `icd203` or `phia`.
    pub scale: Option<Spanned<String>>,
    /// The least number of parties behind a number of the public edition.
    pub k: Option<Spanned<u32>>,
}

/// A judgement of an analyst.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// The sentence.
    pub text: Spanned<String>,
    /// A phrase of the scale.
    pub likelihood: Option<String>,
    /// How sure.
    pub confidence: Option<Level>,
    /// The ids it stands on.
    pub evidence: Vec<String>,
    /// Who judges.
    pub author: String,
    /// The day.
    pub date: Spanned<Datetime>,
}

/// A conclusion with a name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concluded {
    /// What they conclude.
    pub text: Spanned<String>,
    /// Who they are.
    pub name: String,
    /// The day.
    pub date: Spanned<Datetime>,
}

impl Terms {
    /// Reads terms of reference; `file` appears in every complaint.
    ///
    /// # Errors
    /// [`AssessError::TermsSyntax`] for what is not TOML or no key of terms, [`AssessError::Terms`] for a contradiction;
    /// both with the line.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let terms: Self = toml::from_str(text)
            .map_err(|source| AssessError::TermsSyntax { file: file.to_owned(), source: Box::new(source) })?;
        terms.check().map_err(|fault| fault.at(file, text))?;
        Ok(terms)
    }

    /// Holds the terms against the profile: an indicator that the profile does not rate cannot be asked for.
    ///
    /// # Errors
    /// [`AssessError::Terms`] with the line.
    pub fn check_with(&self, file: &str, text: &str, profile: &Profile) -> Result<()> {
        let asked = self.indicators.iter().chain(self.questions.iter().flat_map(|question| &question.indicators));
        for id in asked {
            if profile.indicator(id.get_ref()).is_none() {
                let what = format!("profile {} has no indicator `{}`", profile.label(), id.get_ref());
                return Err(Fault::new(id, what).at(file, text));
            }
        }
        Ok(())
    }

    /// The products that must be made.
    pub fn required(&self) -> Vec<ProductKind> {
        self.products.iter().filter_map(|name| name.get_ref().parse().ok()).collect()
    }

    /// The window the terms ask for, both days whole.
    pub(crate) fn window(&self) -> Option<Window> {
        // A query asks for what is later than `from`, so that is the last instant of the day before.
        let period = self.period.as_ref()?;
        let first = day(&period.from)?;
        let before = first.pred_opt()?;
        Some(Window {
            from: format!("{before}T23:59:59.999999Z"),
            to: format!("{}T23:59:59.999999Z", day(&period.to)?),
        })
    }

    /// The least number of parties behind a number of the public edition.
    pub fn k(&self) -> u32 {
        self.handling.k.as_ref().map_or(DEFAULT_K, |k| *k.get_ref())
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        self.check_period()?;
        self.check_products()?;
        self.check_questions()?;
        if let Some(scale) = &self.handling.scale
            && !["icd203", "phia"].contains(&scale.get_ref().as_str())
        {
            return Err(Fault::new(scale, format!("`{}` is no scale of likelihood: icd203 or phia", scale.get_ref())));
        }
        if let Some(k) = &self.handling.k
            && *k.get_ref() < LEAST_K
        {
            let what = format!(
                "k = {} hides nobody: a number of the public edition stands for at least {LEAST_K}",
                k.get_ref()
            );
            return Err(Fault::new(k, what));
        }
        let dated =
            self.judgements.iter().map(|judgement| &judgement.date).chain(self.conclusion.iter().map(|c| &c.date));
        for date in dated {
            let Some(on) = day(date) else {
                return Err(Fault::new(date, "a date is written 2014-12-31".to_owned()));
            };
            if let Some(end) = self.period.as_ref().and_then(|period| day(&period.to))
                && on < end
            {
                return Err(Fault::new(
                    date,
                    format!("{on} lies before the end of the period, {end}: nobody can have judged it yet"),
                ));
            }
        }
        for judgement in &self.judgements {
            if judgement.likelihood.is_some() && judgement.confidence.is_none() {
                let what = "a judgement with a likelihood states its confidence too: confidence = \"Low\", \"Moderate\" or \"High\"";
                return Err(Fault::new(&judgement.text, what.to_owned()));
            }
            if judgement.evidence.is_empty() {
                return Err(Fault::new(
                    &judgement.text,
                    "a judgement stands on at least one id of evidence".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn check_period(&self) -> std::result::Result<(), Fault> {
        let Some(period) = &self.period else { return Ok(()) };
        let read = |date: &Spanned<Datetime>| {
            day(date).ok_or_else(|| Fault::new(date, "a day of the period is written 2014-01-01".to_owned()))
        };
        let (from, to) = (read(&period.from)?, read(&period.to)?);
        if from > to {
            return Err(Fault::new(
                &period.from,
                format!("the period begins on {from} and ends on {to}, before it begins"),
            ));
        }
        Ok(())
    }

    fn check_products(&self) -> std::result::Result<(), Fault> {
        let mut seen = BTreeSet::new();
        for name in &self.products {
            let kind: ProductKind =
                name.get_ref().parse().map_err(|error: AssessError| Fault::new(name, error.to_string()))?;
            if !seen.insert(kind) {
                return Err(Fault::new(name, format!("product `{kind}` is asked for twice")));
            }
            if kind == ProductKind::Case && self.case_ref.is_none() {
                return Err(Fault::new(name, "a case package needs a case_ref".to_owned()));
            }
        }
        let Some(tlp) = &self.handling.tlp else { return Ok(()) };
        if !TLP.contains(&tlp.get_ref().as_str()) {
            return Err(Fault::new(tlp, format!("`{}` is no TLP label: {}", tlp.get_ref(), TLP.join(", "))));
        }
        if tlp.get_ref() == "CLEAR" && seen.iter().any(|kind| *kind != ProductKind::Public) {
            let what = "TLP:CLEAR is for the public edition alone: the other products name people";
            return Err(Fault::new(tlp, what.to_owned()));
        }
        Ok(())
    }

    fn check_questions(&self) -> std::result::Result<(), Fault> {
        let mut seen = BTreeSet::new();
        for question in &self.questions {
            if !seen.insert(question.id.get_ref()) {
                return Err(Fault::new(&question.id, format!("two questions are called `{}`", question.id.get_ref())));
            }
            for chapter in &question.chapters {
                if !CHAPTERS.contains(&chapter.get_ref().as_str()) {
                    let near = headwater_engine::nearest(chapter.get_ref(), CHAPTERS.into_iter());
                    let hint = near.map_or_else(
                        || format!("there are: {}", CHAPTERS.join(", ")),
                        |n| format!("did you mean `{n}`?"),
                    );
                    return Err(Fault::new(chapter, format!("no chapter `{}`; {hint}", chapter.get_ref())));
                }
            }
            for (asked, scope, what) in
                [(&question.areas, &self.areas, "areas"), (&question.networks, &self.networks, "networks")]
            {
                let beyond = |item: &&_| !scope.is_empty() && !scope.contains(Spanned::get_ref(item));
                if let Some(item) = asked.iter().find(beyond) {
                    let what = format!(
                        "question `{}` asks about `{}`, which is not among the {what} of the terms",
                        question.id.get_ref(),
                        item.get_ref()
                    );
                    return Err(Fault::new(item, what));
                }
            }
        }
        Ok(())
    }
}

/// The labels of TLP 2.0, the most restrictive first.
pub(crate) const TLP: [&str; 5] = ["RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"];
pub(crate) const DEFAULT_K: u32 = 5;
const LEAST_K: u32 = 3;

/// A contradiction and where it stands.
struct Fault {
    offset: usize,
    what: String,
}

impl Fault {
    fn new<T>(place: &Spanned<T>, what: String) -> Self {
        Self { offset: place.span().start, what }
    }

    fn at(self, file: &str, text: &str) -> AssessError {
        let line = text.get(..self.offset).map_or(1, |before| before.matches('\n').count() + 1);
        AssessError::Terms { file: file.to_owned(), line, what: self.what }
    }
}

/// A date as a day.
pub(crate) fn day(date: &Spanned<Datetime>) -> Option<chrono::NaiveDate> {
    let date = date.get_ref().date?;
    chrono::NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
}
