//! Failures as a person or a program reads them: what, where, why, what next; and the exit code.
//!
//! Every error of every crate becomes a [`Failure`] here and nowhere else, so that the codes of `--error-format json`
//! and the exit codes stay one list.

use std::ops::Range;
use std::process::ExitCode;

use headwater_engine::EngineError;
use headwater_ingest::IngestError;
use serde_json::json;

mod query;

/// What a governed lake asks for.
const GOVERNED_HELP: &str = "give --purpose, --case and --authority (or HEADWATER_PURPOSE, HEADWATER_CASE, \
                             HEADWATER_AUTHORITY); in the shell, SET headwater.purpose = '…' and so on";

pub(crate) use query::of_query;

/// Exit codes, as `--help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// It failed: SQL, data, a lake.
    Runtime,
    /// The command line was wrong.
    Usage,
    /// Nothing was found, and `--fail-empty` was given.
    Empty,
    /// Somebody does not let us: a server, or the lake's own rules.
    Permission,
    /// A file or the network.
    Io,
    /// More rows refused than `--max-bad` allows.
    BadRows,
    /// A limit of memory, disk or time.
    Limit,
    /// Ctrl-C.
    Interrupted,
    /// The reader of our output went away: nothing is wrong and nothing is said.
    ClosedPipe,
}

impl Exit {
    /// The number the process ends with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done | Self::ClosedPipe => 0,
            Self::Runtime => 1,
            Self::Usage => 2,
            Self::Empty => 3,
            Self::Permission => 4,
            Self::Io => 5,
            Self::BadRows => 6,
            Self::Limit => 7,
            Self::Interrupted => 130,
        }
    }
}

/// The place in a query that an error speaks of.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The whole text.
    pub(crate) sql: String,
    /// Bytes of it.
    pub(crate) range: Range<usize>,
    /// What to write below the line.
    pub(crate) label: String,
}

/// Why a command did not do what it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// How the process ends.
    pub(crate) exit: Exit,
    /// A stable name, `query.unknown_table`.
    pub(crate) code: &'static str,
    /// What happened.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// Where.
    pub(crate) place: Option<Box<Place>>,
}

impl Failure {
    /// A failure without a place.
    pub(crate) fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code, message: message.into(), help: None, place: None }
    }

    /// The command line was wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// The operating system refused something.
    pub(crate) fn io(what: &str, source: &std::io::Error) -> Self {
        if source.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(Exit::ClosedPipe, "closed_pipe", "the reader of the output went away");
        }
        Self::new(Exit::Io, "io", format!("{what}: {source}"))
    }

    /// Adds what to do about it.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        Self::from(EngineError::Ingest(error))
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::from(&error)
    }
}

impl From<&EngineError> for Failure {
    fn from(error: &EngineError) -> Self {
        let message = error.to_string();
        match error {
            EngineError::Query(inner) => query::without_place(inner),
            EngineError::Denied(_) => Self::new(Exit::Permission, "lake.governed", message).with_help(GOVERNED_HELP),
            EngineError::Usage(_) => Self::new(Exit::Usage, "usage", message),
            EngineError::Io { .. } | EngineError::Ingest(IngestError::Io { .. }) => Self::new(Exit::Io, "io", message),
            EngineError::Ingest(IngestError::Node { .. }) => Self::new(Exit::Io, "node", message),
            EngineError::Store(_) => Self::new(Exit::Io, "store", message),
            EngineError::Ingest(_) => Self::new(Exit::Runtime, "source", message),
            EngineError::QueryFile { .. } => Self::new(Exit::Runtime, "query_file", message),
            EngineError::Lake { .. } => Self::new(Exit::Runtime, "lake", message),
            // The engine has put the file's name around the text and dropped the kind of the error.
            EngineError::Import { what, .. } if what.contains("Resources exhausted") => {
                Self::new(Exit::Limit, "limit.memory", message).with_help(query::MEMORY_HELP)
            }
            EngineError::Import { .. } => Self::new(Exit::Runtime, "import", message),
            // What the check says is "what is wrong; what to do".
            EngineError::Refused { path, what } => {
                let (wrong, remedy) = what.split_once("; ").unwrap_or((what.as_str(), ""));
                let failure = Self::new(
                    Exit::BadRows,
                    "import.refused",
                    format!("import of {} refused: {wrong}", path.display()),
                );
                if remedy.is_empty() { failure } else { failure.with_help(remedy) }
            }
        }
    }
}

impl From<headwater_engine::datafusion::error::DataFusionError> for Failure {
    fn from(error: headwater_engine::datafusion::error::DataFusionError) -> Self {
        query::without_place(&error)
    }
}

impl From<arrow::error::ArrowError> for Failure {
    fn from(error: arrow::error::ArrowError) -> Self {
        match error {
            arrow::error::ArrowError::IoError(_, source) => Self::io("output", &source),
            other => Self::new(Exit::Runtime, "output", other.to_string()),
        }
    }
}

impl From<headwater_detect::DetectError> for Failure {
    fn from(error: headwater_detect::DetectError) -> Self {
        match &error {
            headwater_detect::DetectError::Engine(inner) => inner.into(),
            headwater_detect::DetectError::TimeLimit { .. } => Self::new(Exit::Limit, "limit.time", error.to_string()),
            _ => Self::new(Exit::Runtime, "detect", error.to_string()),
        }
    }
}

impl From<headwater_link::LinkError> for Failure {
    fn from(error: headwater_link::LinkError) -> Self {
        match &error {
            headwater_link::LinkError::Engine(inner) => inner.into(),
            headwater_link::LinkError::Decision(_) => {
                let message = error.to_string();
                let (what, help) = message.split_once("; ").unwrap_or((&message, ""));
                let failure = Self::new(Exit::Usage, "decision", what);
                if help.is_empty() { failure } else { failure.with_help(help) }
            }
            _ => Self::new(Exit::Runtime, "link", error.to_string()),
        }
    }
}

impl From<headwater_assess::AssessError> for Failure {
    fn from(error: headwater_assess::AssessError) -> Self {
        match &error {
            headwater_assess::AssessError::Engine(inner) => inner.into(),
            headwater_assess::AssessError::Usage(what) => Self::new(Exit::Usage, "usage", what.clone()),
            headwater_assess::AssessError::Write { .. } => Self::new(Exit::Io, "io", error.to_string()),
            headwater_assess::AssessError::Product { .. } => Self::usage(error.to_string()),
            headwater_assess::AssessError::Terms { .. } | headwater_assess::AssessError::TermsSyntax { .. } => {
                Self::new(Exit::Runtime, "terms", error.to_string())
            }
            headwater_assess::AssessError::Lint { .. } => Self::new(Exit::Runtime, "lint", error.to_string()),
            _ => Self::new(Exit::Runtime, "assess", error.to_string()),
        }
    }
}

impl From<headwater_synth::SynthError> for Failure {
    fn from(error: headwater_synth::SynthError) -> Self {
        let exit = match error {
            headwater_synth::SynthError::Write { .. } => Exit::Io,
            _ => Exit::Runtime,
        };
        Self::new(exit, "synth", error.to_string())
    }
}

/// How failures are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    /// One JSON object instead of sentences.
    pub(crate) json: bool,
    /// Colour.
    pub(crate) color: bool,
    /// Nothing but ASCII and letters: standard error is a file.
    pub(crate) plain_text: bool,
}

impl Report {
    /// Writes a failure to standard error and gives the exit code.
    pub(crate) fn print(self, failure: &Failure) -> ExitCode {
        if failure.exit != Exit::ClosedPipe {
            crate::progress::note(self.text(failure).trim_end());
        }
        ExitCode::from(failure.exit.code())
    }

    /// A failure as text.
    pub(crate) fn text(self, failure: &Failure) -> String {
        if self.json {
            return self.object(failure).to_string();
        }
        match failure.place.as_ref().and_then(|place| self.underlined(failure, place)) {
            Some(text) => text,
            None => {
                let head = if self.color { "\u{1b}[1;31merror\u{1b}[0m" } else { "error" };
                let help = failure.help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
                format!("{head}: {}{help}", failure.message)
            }
        }
    }

    fn object(self, failure: &Failure) -> serde_json::Value {
        let mut error = json!({ "code": failure.code, "exit": failure.exit.code(), "message": failure.message });
        if let Some(help) = &failure.help {
            error["help"] = json!(help);
        }
        if let Some(place) = &failure.place {
            let (line, column) = query::line_and_column(&place.sql, place.range.start);
            let (end_line, end_column) = query::line_and_column(&place.sql, place.range.end);
            error["span"] = json!({ "line": line, "column": column, "end_line": end_line, "end_column": end_column });
        }
        json!({ "error": error })
    }

    fn underlined(self, failure: &Failure, place: &Place) -> Option<String> {
        use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource};
        let span = LabeledSpan::new_with_span(Some(place.label.clone()), place.range.clone());
        let mut diagnostic = MietteDiagnostic::new(failure.message.clone()).with_label(span);
        // The hint stands where the name stands; below it once more would be noise.
        diagnostic.help = failure.help.clone().filter(|help| *help != place.label);
        let report = miette::Report::new(diagnostic).with_source_code(NamedSource::new("query", place.sql.clone()));
        let mut theme = match (self.color, self.plain_text) {
            (true, _) => GraphicalTheme::unicode(),
            (false, true) => GraphicalTheme::none(),
            (false, false) => GraphicalTheme::unicode_nocolor(),
        };
        theme.characters.error = "error:".into();
        let handler = GraphicalReportHandler::new_themed(theme).with_width(120).with_links(false);
        let mut text = String::new();
        handler.render_report(&mut text, report.as_ref()).ok()?;
        Some(text.trim().to_owned())
    }
}
