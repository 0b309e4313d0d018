//! What every command needs and the command line decides: the lake, the library, the way of printing.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;

use headwater_engine::{Access, Act, Lake, LakeOptions, Library, Mandate, Session, Verb};

use crate::args::{ColorChoice, ErrorFormat, Global, Withheld};
use crate::errors::{Failure, Report};
use crate::output::{Format, OutputOptions};
use crate::progress::{Progress, note};

/// Something that is kept in the audit journal.
pub(crate) struct Deed {
    /// Which of the six verbs.
    pub(crate) verb: Verb,
    /// The command, without passwords.
    pub(crate) what: String,
    /// Whether a governed lake asks what it is for.
    pub(crate) about_subjects: bool,
}

/// The environment of one run of the program.
pub(crate) struct Setup {
    /// The global options as given.
    pub(crate) global: Global,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    no_color: bool,
}

impl Setup {
    /// Looks at the terminal and the environment.
    pub(crate) fn new(global: Global) -> Result<Self, (Failure, Report)> {
        let setup = Self {
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            no_color: environment("NO_COLOR").is_some(),
            global,
        };
        match &setup.global.output {
            Some(file) if file.is_dir() => {
                let message = format!("-o {} is a folder; name a file in it", file.display());
                Err((Failure::usage(message), setup.report()))
            }
            _ => Ok(setup),
        }
    }

    /// The query files.
    pub(crate) fn library(&self) -> Result<Library, Failure> {
        Ok(crate::embedded::library(self.global.queries.as_deref())?)
    }

    /// The lake that `--lake`, `HEADWATER_LAKE` or the current folder names.
    pub(crate) fn lake(&self) -> Result<Arc<Lake>, Failure> {
        let named = self.global.lake.clone().or_else(|| environment("HEADWATER_LAKE"));
        self.lake_at(named.as_deref().unwrap_or("lake"))
    }

    /// A lake at a place of the command's own choice.
    pub(crate) fn lake_at(&self, location: &str) -> Result<Arc<Lake>, Failure> {
        let mut options = LakeOptions {
            spill_folder: self.global.temp.clone(),
            threads: self.global.threads.map(std::num::NonZero::get),
            mandate: self.mandate(),
            clearance: self.global.clearance.as_deref().map(headwater_engine::Label::parse),
            ..LakeOptions::default()
        };
        if let Some(limit) = self.global.memory_limit {
            options.memory_limit = limit;
        }
        Ok(Lake::at(location, Arc::new(self.library()?), options)?)
    }

    /// Who acts, and what for.
    fn mandate(&self) -> Mandate {
        let names = ["HEADWATER_USER", "USER", "LOGNAME", "USERNAME"];
        let given = &self.global.mandate;
        let text =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        Mandate {
            actor: names.into_iter().find_map(environment).unwrap_or_else(|| "unknown".to_owned()),
            purpose: text(&given.purpose),
            case_ref: text(&given.case),
            authority: text(&given.authority),
        }
    }

    /// Does something that is kept in the audit journal: that it begins, before it does, and how it ended. The work says
    /// what came of it, and how many rows it touched.
    pub(crate) async fn deed<T>(
        &self,
        lake: &Arc<Lake>,
        deed: Deed,
        work: impl Future<Output = Result<(T, u64), Failure>>,
    ) -> Result<T, Failure> {
        if !lake.exists().await.unwrap_or(false) {
            // The work says better than a journal what is wrong with a lake that is not there.
            return work.await.map(|(value, _)| value);
        }
        let Deed { verb, what, about_subjects } = deed;
        let act = Act { verb, statement: format!("headwater {what}"), touched: Vec::new(), about_subjects };
        let ticket = lake.begin(lake.mandate(), act).await?;
        match work.await {
            Ok((value, rows)) => {
                ticket.count(rows);
                ticket.outcome("done");
                ticket.end()?;
                Ok(value)
            }
            Err(failure) => {
                ticket.outcome("failed");
                Err(failure)
            }
        }
    }

    /// A session of the user's own on a lake.
    pub(crate) fn session(&self, lake: &Arc<Lake>) -> Session {
        Session::new(lake, Access::Shell)
    }

    /// Says how many rows a clearance leaves out, unless they are to be left out in silence.
    pub(crate) async fn say_withheld(&self, session: &Session) -> Result<(), Failure> {
        if self.global.withheld == Withheld::Counted
            && let Some(withheld) = session.withheld().await?
            && withheld.rows > 0
        {
            self.say(&format!("{} rows withheld by policy", withheld.rows));
        }
        Ok(())
    }

    /// How tables are written.
    pub(crate) fn output(&self) -> OutputOptions {
        let global = &self.global;
        let by_name = || global.output.as_deref().and_then(Format::of_file);
        let to_terminal = global.output.is_none() && self.stdout_is_terminal;
        OutputOptions {
            format: global.format.or_else(by_name).unwrap_or(Format::Table),
            file: global.output.clone(),
            header: !global.no_header,
            null: global.null.clone(),
            max_rows: match global.max_rows {
                Some(0) => None,
                Some(rows) => Some(rows),
                None => to_terminal.then_some(1000),
            },
            expanded: false,
            to_terminal,
            color: to_terminal && self.color(self.stdout_is_terminal),
            quiet: global.quiet,
        }
    }

    /// How errors are written.
    pub(crate) fn report(&self) -> Report {
        Report {
            json: self.global.error_format == ErrorFormat::Json,
            color: self.color(self.stderr_is_terminal),
            plain_text: !self.stderr_is_terminal,
        }
    }

    /// A progress line.
    pub(crate) fn progress(&self) -> Progress {
        Progress::new(self.stderr_is_terminal && !self.global.quiet)
    }

    /// Says something on standard error, unless the user wants quiet.
    pub(crate) fn say(&self, line: &str) {
        if !self.global.quiet {
            note(line);
        }
    }

    /// Says something that only `-v` wants to hear.
    pub(crate) fn say_more(&self, line: &str) {
        if self.global.verbose > 0 {
            self.say(line);
        }
    }

    fn color(&self, terminal: bool) -> bool {
        match self.global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !self.no_color,
        }
    }
}

/// A variable of the environment that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "this crate is the one that reads the environment")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where the shell keeps its history: the user's state folder as XDG has it, or what stands for it elsewhere.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let base = environment("XDG_STATE_HOME").map(PathBuf::from);
    let home = || environment("HOME").map(|home| PathBuf::from(home).join(".local").join("state"));
    let windows = || environment("LOCALAPPDATA").map(PathBuf::from);
    base.or_else(home).or_else(windows).map(|folder| folder.join("headwater"))
}
