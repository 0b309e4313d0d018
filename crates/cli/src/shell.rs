//! The shell: `headwater sql` with a person at both ends.
//!
//! A statement runs when its `;` is typed, however many lines it has; a line that begins with `\` is a command of the
//! shell. Ctrl-C empties the line, or cancels the query; Ctrl-D leaves.

use std::time::Instant;

use headwater_engine::Session;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};

use crate::commands::execute;
use crate::errors::{Exit, Failure, Report};
use crate::interrupt::Interrupts;
use crate::output::Output;
use crate::progress::note;
use crate::setup::{Setup, state_folder};

mod complete;
pub(crate) mod meta;
pub(crate) mod names;
mod statement;

use complete::Assistant;

/// A session, and how its answers are shown.
pub(crate) struct Shell {
    session: Session,
    output: Output,
    report: Report,
    timing: bool,
    quiet: bool,
    location: String,
}

impl Shell {
    /// Opens nothing yet: the prompt is there before the lake is looked at.
    pub(crate) fn new(setup: &Setup) -> Result<Self, Failure> {
        let lake = setup.lake()?;
        Ok(Self {
            session: setup.session(&lake),
            output: Output::new(setup.output())?,
            report: setup.report(),
            timing: false,
            quiet: setup.global.quiet,
            location: lake.location(),
        })
    }

    /// Reads and runs until the end of the input or `\q`.
    pub(crate) async fn run(mut self, interrupts: &Interrupts) -> Result<(), Failure> {
        if !self.quiet {
            note(&format!("Headwater {} on {}", env!("CARGO_PKG_VERSION"), self.location));
            note("\\d lists tables, \\df functions, \\? the commands, \\q leaves; a query ends with ;");
        }
        let mut editor = editor(&self.session)?;
        let history = state_folder().map(|folder| folder.join("history"));
        if let Some(file) = &history {
            // There is none the first time.
            let _ = editor.load_history(file);
        }
        loop {
            match editor.readline("headwater> ") {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => {
                    // A history that cannot grow is no reason to refuse a query.
                    let _ = editor.add_history_entry(line.as_str());
                    if self.answer(&line, interrupts).await? {
                        break;
                    }
                }
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(Failure::new(Exit::Io, "terminal", error.to_string())),
            }
        }
        if let Some(file) = &history {
            let saved =
                file.parent().map_or(Ok(()), std::fs::create_dir_all).is_ok() && editor.save_history(file).is_ok();
            if !saved && !self.quiet {
                note(&format!("the history could not be kept in {}", file.display()));
            }
        }
        self.output.close()
    }

    /// Answers one line; true when it is time to leave. A failed query is told and not the end.
    async fn answer(&mut self, line: &str, interrupts: &Interrupts) -> Result<bool, Failure> {
        let begun = Instant::now();
        let outcome = match line.trim().strip_prefix('\\') {
            Some("q" | "quit" | "exit") => return Ok(true),
            Some(command) => interrupts.guard(self.command(command)).await,
            None => interrupts.guard(async { execute(&self.session, line, &mut self.output).await.map(drop) }).await,
        };
        match outcome {
            Ok(()) => {}
            Err(failure) if failure.exit == Exit::ClosedPipe => return Err(failure),
            Err(failure) => note(self.report.text(&failure).trim_end()),
        }
        if self.timing {
            note(&format!("{:.3} s", begun.elapsed().as_secs_f64()));
        }
        Ok(false)
    }

    /// A command that changes the shell itself; the others list something.
    async fn command(&mut self, command: &str) -> Result<(), Failure> {
        let (verb, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let argument = argument.trim().trim_end_matches(';');
        match verb {
            "?" | "h" | "help" => note(meta::HELP),
            "timing" => {
                self.timing = !self.timing;
                note(if self.timing { "timing is on" } else { "timing is off" });
            }
            "x" => {
                let options = self.output.options();
                options.expanded = !options.expanded;
                note(if options.expanded { "one line a column" } else { "one line a row" });
            }
            "format" => self.format(argument)?,
            "o" => self.redirect(argument)?,
            _ => drop(meta::list(command, &self.session, &mut self.output).await?),
        }
        Ok(())
    }

    fn format(&mut self, name: &str) -> Result<(), Failure> {
        let mut options = self.output.options().clone();
        options.format = meta::format(name)?;
        self.replace(options)
    }

    /// `\o FILE` sends answers to a file, which appears with the next `\o` or at the end.
    fn redirect(&mut self, file: &str) -> Result<(), Failure> {
        use std::io::IsTerminal as _;
        let mut options = self.output.options().clone();
        options.file = (!file.is_empty()).then(|| file.into());
        options.to_terminal = options.file.is_none() && std::io::stdout().is_terminal();
        options.max_rows = options.max_rows.filter(|_| options.to_terminal);
        if let Some(format) = options.file.as_deref().and_then(crate::output::Format::of_file) {
            options.format = format;
        }
        self.replace(options)
    }

    fn replace(&mut self, options: crate::output::OutputOptions) -> Result<(), Failure> {
        let next = Output::new(options)?;
        std::mem::replace(&mut self.output, next).close()
    }
}

fn editor(session: &Session) -> Result<Editor<Assistant, DefaultHistory>, Failure> {
    let config = Config::builder().completion_type(CompletionType::List).history_ignore_space(true).build();
    let mut editor =
        Editor::with_config(config).map_err(|error| Failure::new(Exit::Io, "terminal", error.to_string()))?;
    editor.set_helper(Some(Assistant::new(session)));
    Ok(editor)
}
