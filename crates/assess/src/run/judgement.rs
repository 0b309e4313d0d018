//! What people said: a rung for a network's indicator, with author, reason, grade and document.
//!
//! A judgement is a row of `assess.judgements` and is never changed. The newest one of an indicator counts; those before it
//! that say the same stand beside it as evidence, and all of them stay. One without a rung takes the judgement back.

use std::collections::BTreeMap;
use std::sync::Arc;

use headwater_engine::{Lake, Session, Writer};

use crate::confidence::{Grade, Graded};
use crate::error::{AssessError, Result};
use crate::profile::{Profile, RUNGS};
use crate::run::facts::{Facts, Row, quote};
use crate::run::origins::Origin;

/// The attribution of what an analyst enters: data of an authority.
const ATTRIBUTION: u8 = 60;

/// A judgement to be recorded.
#[derive(Debug, Clone)]
pub struct JudgeRequest {
    /// The stem of the profile it is made under.
    pub profile: String,
    /// Data set and id of the network's core.
    pub network: String,
    /// The indicator.
    pub indicator: String,
    /// The rung; `None` takes earlier judgements back.
    pub score: Option<u8>,
    /// Who judges.
    pub author: String,
    /// Why.
    pub reason: String,
    /// The grade of what it stands on, in the scheme it names.
    pub grade: String,
    /// What it stands on: a report's reference.
    pub document: String,
    /// The day it was made, `YYYY-MM-DD`; today where it is not said.
    pub date: Option<String>,
    /// How it may be handled.
    pub handling: Option<String>,
}

/// A judgement as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Its id in `assess.judgements`.
    pub id: String,
    /// The network.
    pub network: String,
    /// The indicator.
    pub indicator: String,
    /// The rung; `None` takes earlier ones back.
    pub score: Option<u8>,
    /// Who made it.
    pub author: String,
    /// The day it was made.
    pub date: String,
    /// Why.
    pub reason: String,
    /// The grade of what it stands on.
    pub grade: Grade,
    /// What it stands on.
    pub document: String,
    /// How it may be handled.
    pub handling: Option<String>,
    /// Whether it is the one that counts.
    pub counts: bool,
}

/// Records a judgement. The network must be one that the lists know, the indicator one of the profile, the grade one of a
/// scheme.
///
/// # Errors
/// [`AssessError::Usage`] that says what is missing; nothing is then recorded.
pub async fn judge(lake: &Arc<Lake>, request: &JudgeRequest) -> Result<Judgement> {
    let profile = Profile::parse(&format!("{}.toml", request.profile), lake.library().profile(&request.profile)?)?;
    if profile.indicator(&request.indicator).is_none() {
        return Err(AssessError::UnknownIndicator { profile: profile.label(), indicator: request.indicator.clone() });
    }
    if let Some(score) = request.score.filter(|score| usize::from(*score) > RUNGS) {
        return Err(AssessError::Rung { indicator: request.indicator.clone(), score });
    }
    for (what, text) in
        [("who judges", &request.author), ("the reason", &request.reason), ("the document", &request.document)]
    {
        if text.trim().is_empty() {
            return Err(AssessError::Usage(format!(
                "{what} is empty: a judgement stands on a name, a reason and a document"
            )));
        }
    }
    if let Some(date) =
        request.date.as_ref().filter(|date| chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_err())
    {
        return Err(AssessError::Usage(format!("`{date}` is not a day such as 2024-01-31")));
    }
    let grade = Grade::parse(&super::grading(lake, &profile)?, &request.grade)?;
    let session = Session::pinned(lake);
    let known = Facts::new(&session)
        .ask(&format!("SELECT 1 AS one FROM intel.network_members WHERE network = {} LIMIT 1", quote(&request.network)))
        .await?;
    if known.is_empty() {
        return Err(AssessError::Usage(format!(
            "no list names a network {:?}; `SELECT DISTINCT network FROM intel.network_members` shows those there are",
            request.network
        )));
    }
    let text = |text: &Option<String>| text.as_deref().map_or_else(|| "CAST(NULL AS VARCHAR)".to_owned(), quote);
    let score =
        request.score.map_or_else(|| "CAST(NULL AS BIGINT)".to_owned(), |score| format!("CAST({score} AS BIGINT)"));
    let sql = format!(
        "SELECT key_hash(network, indicator, profile, score, author, judged_on, reason, scheme, source_grade, item_grade, \
         document, handling, recorded_at) AS judgement_id, * FROM (SELECT {network} AS network, {indicator} AS indicator, \
         {profile} AS profile, {score} AS score, {author} AS author, {date} AS judged_on, now() AS recorded_at, \
         {reason} AS reason, {scheme} AS scheme, {source} AS source_grade, {item} AS item_grade, {document} AS document, \
         {handling} AS handling)",
        network = quote(&request.network),
        indicator = quote(&request.indicator),
        profile = quote(&profile.id),
        author = quote(&request.author),
        date = request
            .date
            .as_deref()
            .map_or_else(|| "CAST(now() AS DATE)".to_owned(), |date| format!("CAST({} AS DATE)", quote(date))),
        reason = quote(&request.reason),
        scheme = quote(&grade.scheme),
        source = quote(&grade.source),
        item = quote(&grade.item),
        document = quote(&request.document),
        handling = text(&request.handling),
    );
    let mut writer = Writer::open(lake).await?;
    let rows = writer.session().sql(&sql).await?;
    if let Err(error) = writer.append("assess.judgements", rows).await {
        // The error is what the user needs to see; a failed restore is repeated by the next writer.
        let _ = writer.rollback().await;
        return Err(error.into());
    }
    writer.commit("judge").await?;
    let all = judgements(lake, &request.profile, Some(&request.network)).await?;
    // The newest with these words: one with an earlier day than others does not count, and is recorded all the same.
    let recorded = all.into_iter().find(|judgement| {
        judgement.indicator == request.indicator
            && judgement.reason == request.reason
            && judgement.author == request.author
    });
    recorded.ok_or_else(|| AssessError::Usage("the judgement that was recorded is not there".to_owned()))
}

/// Every judgement of a profile, of one network or of all: by network and indicator, the newest first.
///
/// # Errors
/// [`AssessError::Engine`] when the lake cannot be read.
pub async fn judgements(lake: &Arc<Lake>, profile: &str, network: Option<&str>) -> Result<Vec<Judgement>> {
    let profile = Profile::parse(&format!("{profile}.toml"), lake.library().profile(profile)?)?;
    let session = Session::pinned(lake);
    let all = read(&Facts::new(&session), &profile).await?;
    Ok(all.into_iter().filter(|judgement| network.is_none_or(|wanted| judgement.network == wanted)).collect())
}

async fn read(facts: &Facts<'_>, profile: &Profile) -> Result<Vec<Judgement>> {
    let sql = format!(
        "SELECT CAST(judgement_id AS VARCHAR) AS judgement, network, indicator, CAST(score AS VARCHAR) AS score, author, \
         CAST(judged_on AS VARCHAR) AS judged_on, reason, scheme, source_grade, item_grade, document, handling, \
         CAST(row_number() OVER (PARTITION BY network, indicator \
             ORDER BY judged_on DESC, recorded_at DESC, judgement_id DESC) AS VARCHAR) AS place \
         FROM assess.judgements WHERE profile = {} \
         ORDER BY network, indicator, judged_on DESC, recorded_at DESC, judgement_id DESC",
        quote(&profile.id)
    );
    let judgement = |row: &Row| Judgement {
        id: row.text("judgement"),
        network: row.text("network"),
        indicator: row.text("indicator"),
        score: row.maybe("score").and_then(|text| text.parse().ok()),
        author: row.text("author"),
        date: row.text("judged_on"),
        reason: row.text("reason"),
        grade: Grade { scheme: row.text("scheme"), source: row.text("source_grade"), item: row.text("item_grade") },
        document: row.text("document"),
        handling: row.maybe("handling"),
        counts: row.text("place") == "1",
    };
    Ok(facts.ask(&sql).await?.iter().map(judgement).collect())
}

/// The judgements that an assessment reads.
#[derive(Debug, Default)]
pub(crate) struct Judgements {
    /// By network and indicator, the newest first.
    by_value: BTreeMap<(String, String), Vec<Judgement>>,
}

impl Judgements {
    pub(crate) async fn take(facts: &Facts<'_>, profile: &Profile) -> Result<Self> {
        let mut judgements = Self::default();
        for judgement in read(facts, profile).await? {
            let key = (judgement.network.clone(), judgement.indicator.clone());
            judgements.by_value.entry(key).or_default().push(judgement);
        }
        Ok(judgements)
    }

    /// The networks that somebody judged.
    pub(crate) fn networks(&self) -> impl Iterator<Item = &String> {
        self.by_value.keys().map(|(network, _)| network)
    }

    /// The judgement that counts, and with it those before that say the same: none where it was taken back.
    pub(crate) fn of(&self, network: &str, indicator: &str) -> &[Judgement] {
        let all = self.by_value.get(&(network.to_owned(), indicator.to_owned())).map_or(&[][..], Vec::as_slice);
        let Some(newest) = all.first().filter(|newest| newest.score.is_some()) else { return &[] };
        let same = all.iter().take_while(|judgement| judgement.score == newest.score).count();
        all.get(..same).unwrap_or_default()
    }
}

impl Judgement {
    /// The item of evidence that it is.
    pub(crate) fn item(&self) -> String {
        format!("judgement:{}", self.id)
    }

    /// What confidence reads of it. Two judgements on one document have one supplier.
    pub(crate) fn graded(&self) -> Graded {
        Graded {
            supplier: format!("document {}", self.document),
            scheme: self.grade.scheme.clone(),
            source: self.grade.source.clone(),
            item: self.grade.item.clone(),
            attribution: ATTRIBUTION,
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin {
            item: self.item(),
            supplier: format!("document {}", self.document),
            grade: format!("{}:{}{}", self.grade.scheme, self.grade.source, self.grade.item),
            handling: self.handling.clone(),
            attribution: ATTRIBUTION,
        }
    }

    /// Who said what on which ground, in a sentence.
    pub(crate) fn sentence(&self) -> String {
        let Grade { scheme, source, item } = &self.grade;
        format!(
            "Judged by {} on {}: {} (document {}, graded {source}{item} in {scheme}).",
            self.author,
            self.date,
            self.reason.trim_end_matches('.'),
            self.document
        )
    }
}
