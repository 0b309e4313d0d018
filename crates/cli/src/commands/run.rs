//! `headwater run`: import, flag, link, assess.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_assess::{AssessReport, AssessRequest};
use headwater_detect::{RunReport, RunRequest};
use headwater_engine::{ImportReport, Lake, Values};
use headwater_link::LinkReport;
use serde::Deserialize;

use super::{assess, flag, import, link};
use crate::args::{AssessArgs, RunArgs};
use crate::errors::{Exit, Failure};
use crate::setup::Setup;

/// The profile that networks are scored with when nothing else is said; the same as `assess` takes.
pub(super) const PROFILE: &str = AssessArgs::PROFILE;

pub(super) async fn run(args: RunArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    if let Some(list) = &args.sources {
        // Read before the lake is touched: a mistake in the list should cost nothing.
        let sources = Sources::read(list)?;
        if !lake.exists().await? {
            lake.init().await?;
        }
        import_all(setup, &lake, &sources).await?;
    } else {
        super::require(&lake).await?;
    }
    let flagged = RunRequest { profile: args.profile, ..RunRequest::all() };
    let report = AssessRequest { profile: PROFILE.to_owned(), report: args.report };
    let done = analyse(setup, &lake, flagged, report).await?;
    super::answer(setup, assess::networks(&done.assessed)).await?;
    assess::tell(setup, &done.assessed);
    flag::failed(&done.flagged)
}

/// What the three steps after the import came to.
pub(super) struct Analysed {
    /// What was found.
    pub(super) flagged: RunReport,
    /// What it was tied to.
    pub(super) linked: LinkReport,
    /// What it means.
    pub(super) assessed: AssessReport,
}

/// Flags, links and assesses, with a line on each.
pub(super) async fn analyse(
    setup: &Setup,
    lake: &Arc<Lake>,
    request: RunRequest,
    report: AssessRequest,
) -> Result<Analysed, Failure> {
    let flagged = flag::flag(setup, lake, request).await?;
    let found: usize = flagged.typologies.iter().map(|line| line.found).sum();
    let new: usize = flagged.typologies.iter().map(|line| line.new).sum();
    setup.say(&format!("flag: {found} findings, {new} of them new, of {} typologies", flagged.typologies.len()));
    for line in flagged.typologies.iter().filter(|line| !line.note.is_empty()) {
        setup.say_more(&format!("  {}: {}", line.stem, line.note));
    }
    let linked = link::link(setup, lake).await?;
    setup.say(&format!("link: {} links, {} of them new", linked.links_total, linked.links_new));
    let assessed = assess::assess(setup, lake, report).await?;
    setup.say(&format!("assess: {} networks", assessed.networks.len()));
    Ok(Analysed { flagged, linked, assessed })
}

/// A list of what to import, in order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sources {
    #[serde(rename = "source", default)]
    sources: Vec<Source>,
    #[serde(skip)]
    folder: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    format: String,
    path: PathBuf,
    #[serde(default)]
    set: Values,
}

impl Sources {
    /// Reads a list; its paths are relative to it.
    pub(super) fn read(list: &Path) -> Result<Self, Failure> {
        let name = list.display().to_string();
        let text = std::fs::read_to_string(list).map_err(|source| Failure::io(&name, &source))?;
        let mut sources: Self = toml::from_str(&text).map_err(|error| {
            Failure::new(Exit::Runtime, "sources", format!("{name}: {error}"))
                .with_help("a source is [[source]], format = \"bank_csv\", path = \"books\", and maybe [source.set]")
        })?;
        if sources.sources.is_empty() {
            return Err(Failure::new(Exit::Runtime, "sources", format!("{name}: there is no [[source]] in it")));
        }
        sources.folder = list.parent().map(Path::to_owned).unwrap_or_default();
        Ok(sources)
    }

    /// Keeps the sources whose format passes, and gives the formats of the others.
    pub(super) fn keep(&mut self, is_known: impl Fn(&str) -> bool) -> Vec<String> {
        let (known, unknown) =
            std::mem::take(&mut self.sources).into_iter().partition(|source| is_known(&source.format));
        self.sources = known;
        unknown.into_iter().map(|source: Source| source.format).collect()
    }
}

/// Imports a list in its order.
pub(super) async fn import_all(setup: &Setup, lake: &Arc<Lake>, list: &Sources) -> Result<Vec<ImportReport>, Failure> {
    let mut reports = Vec::with_capacity(list.sources.len());
    for source in &list.sources {
        setup.say(&format!("import {} {}", source.format, source.path.display()));
        let paths = vec![list.folder.join(&source.path)];
        reports.push(import::bring_in(setup, lake, &source.format, paths, source.set.clone(), Values::new()).await?);
    }
    Ok(reports)
}
