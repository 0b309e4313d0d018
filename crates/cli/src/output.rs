//! Answers, written. One format, one sink; rows pass through batch by batch, and only a table is held whole.
//!
//! | format | memory | amounts | times | NULL |
//! |---|---|---|---|---|
//! | table, markdown | the rows shown | exact, without trailing zeros | `2024-03-05T14:03:22Z` | `--null` |
//! | csv, tsv | one batch | every digit of the type | the same | `--null` |
//! | json, ndjson | one batch | text, every digit | the same | `null` |
//! | parquet, arrow | one batch, one row group | decimals | timestamps | NULL |

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::{Stream, StreamExt as _};
use headwater_engine::datafusion::common::DataFusionError;

use crate::errors::{Exit, Failure};

mod binary;
mod cells;
mod json;
mod rows;
mod table;
mod text;

pub(crate) use rows::{Rows, sql_type};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table for people.
    Table,
    /// Comma-separated, with a header.
    Csv,
    /// Tab-separated, with a header.
    Tsv,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    #[value(alias = "jsonl")]
    Ndjson,
    /// A Markdown table.
    #[value(alias = "md")]
    Markdown,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC stream.
    Arrow,
}

impl Format {
    /// The format that a file's name asks for.
    pub(crate) fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "md" => Some(Self::Markdown),
            "parquet" => Some(Self::Parquet),
            "arrow" | "arrows" => Some(Self::Arrow),
            _ => None,
        }
    }

    fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// Whether two answers may follow each other in one file.
    fn is_sequential(self) -> bool {
        !self.is_binary() && self != Self::Json
    }
}

/// What the command line says about answers.
#[derive(Debug, Clone)]
pub(crate) struct OutputOptions {
    /// The format.
    pub(crate) format: Format,
    /// A file instead of standard output.
    pub(crate) file: Option<PathBuf>,
    /// Whether text formats begin with the names of the columns.
    pub(crate) header: bool,
    /// What stands for NULL in text formats.
    pub(crate) null: Option<String>,
    /// Rows of a table that are shown.
    pub(crate) max_rows: Option<usize>,
    /// One line a column instead of one line a row.
    pub(crate) expanded: bool,
    /// Whether the answer goes to a person's screen.
    pub(crate) to_terminal: bool,
    /// Whether it may have colour.
    pub(crate) color: bool,
    /// No word beside the answer.
    pub(crate) quiet: bool,
}

/// Where batches go.
trait Sink {
    /// Takes a batch.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure>;
    /// Writes what is still held. Called once, and not after an error.
    fn finish(&mut self) -> Result<(), Failure>;
    /// Rows that were counted and not shown.
    fn left_out(&self) -> usize {
        0
    }
}

/// The place that the answers of one command go to, one after the other.
pub(crate) struct Output {
    options: OutputOptions,
    target: Option<Target>,
    answers: usize,
}

impl Output {
    /// Opens nothing yet: a query that fails leaves the file of an earlier one alone.
    pub(crate) fn new(options: OutputOptions) -> Result<Self, Failure> {
        if options.format.is_binary() && options.to_terminal {
            return Err(
                Failure::usage("this format is not for a terminal").with_help("name a file with -o, or use a pipe")
            );
        }
        Ok(Self { options, target: None, answers: 0 })
    }

    /// The options, to be changed between answers.
    pub(crate) fn options(&mut self) -> &mut OutputOptions {
        &mut self.options
    }

    /// Writes one answer and returns its number of rows.
    pub(crate) async fn write(
        &mut self,
        schema: SchemaRef,
        mut batches: impl Stream<Item = Result<RecordBatch, DataFusionError>> + Unpin,
    ) -> Result<usize, Failure> {
        if self.answers > 0 && !self.options.format.is_sequential() {
            let message = "a file of this format holds one answer, and there are several queries";
            return Err(Failure::usage(message).with_help("ask one at a time, or use --format ndjson or csv"));
        }
        // The first batch is awaited before anything is opened or written, so that an error leaves no half answer.
        let mut next = batches.next().await.transpose()?;
        let target = match &mut self.target {
            Some(target) => target,
            none => none.insert(Target::open(self.options.file.as_deref())?),
        };
        // On a screen the count of rows stands between two answers.
        if self.answers > 0 && self.options.format != Format::Ndjson && !self.options.to_terminal {
            target.write_all(b"\n").map_err(|source| target.failure(&source))?;
        }
        self.answers += 1;
        let mut rows = 0;
        let left_out = {
            let mut sink = sink(&self.options, schema, target)?;
            while let Some(batch) = next {
                rows += batch.num_rows();
                sink.write(&batch)?;
                next = batches.next().await.transpose()?;
            }
            sink.finish()?;
            sink.left_out()
        };
        target.flush().map_err(|source| target.failure(&source))?;
        if left_out > 0 {
            // Not silenced by --quiet: a cut table that looks whole would be a lie.
            let shown = rows - left_out;
            crate::progress::note(&format!(
                "{left_out} more rows are not shown ({shown} of {rows}); --max-rows 0 shows all"
            ));
        } else if self.options.to_terminal && self.options.format == Format::Table && !self.options.quiet {
            crate::progress::note(&format!("({rows} row{})", if rows == 1 { "" } else { "s" }));
        }
        Ok(rows)
    }

    /// Writes rows that were made here and not queried.
    pub(crate) async fn rows(&mut self, rows: Rows) -> Result<usize, Failure> {
        let batch = rows.batch()?;
        self.write(batch.schema(), futures::stream::iter([Ok(batch)])).await
    }

    /// Writes a page of text: help on a typology, a completion script.
    pub(crate) fn page(&mut self, text: &str) -> Result<(), Failure> {
        let target = match &mut self.target {
            Some(target) => target,
            none => none.insert(Target::open(self.options.file.as_deref())?),
        };
        let outcome = target.write_all(text.as_bytes()).and_then(|()| target.flush());
        outcome.map_err(|source| target.failure(&source))
    }

    /// Makes a file appear under its name.
    pub(crate) fn close(mut self) -> Result<(), Failure> {
        match self.target.take() {
            Some(target) => target.close(),
            None => Ok(()),
        }
    }
}

fn sink<'a>(options: &OutputOptions, schema: SchemaRef, target: &'a mut Target) -> Result<Box<dyn Sink + 'a>, Failure> {
    Ok(match options.format {
        Format::Table => Box::new(table::TableSink::new(options, schema, target)),
        Format::Markdown => Box::new(table::TableSink::markdown(options, schema, target)),
        Format::Csv => Box::new(text::TextSink::csv(options, &schema, target)?),
        Format::Tsv => Box::new(text::TextSink::tsv(options, &schema, target)?),
        Format::Json => Box::new(json::JsonSink::array(target)),
        Format::Ndjson => Box::new(json::JsonSink::lines(target)),
        Format::Parquet => Box::new(binary::ParquetSink::new(schema, target)?),
        Format::Arrow => Box::new(binary::ArrowSink::new(&schema, target)?),
    })
}

/// Standard output, or a file that is written beside its name and renamed when it is complete.
pub(crate) struct Target {
    name: String,
    writer: Box<dyn Write + Send>,
    rename: Option<(tempfile::TempPath, PathBuf)>,
}

impl Target {
    fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = file else {
            let stdout = std::io::stdout();
            let writer: Box<dyn Write + Send> = if stdout.is_terminal() {
                Box::new(stdout)
            } else {
                Box::new(BufWriter::with_capacity(1 << 16, stdout))
            };
            return Ok(Self { name: "standard output".to_owned(), writer, rename: None });
        };
        let name = path.display().to_string();
        let failure = |source: std::io::Error| Failure::io(&name, &source);
        if path.exists() && !path.is_file() {
            // A pipe or a device is written to and not replaced.
            let file = File::options().write(true).open(path).map_err(failure)?;
            return Ok(Self { name, writer: Box::new(BufWriter::new(file)), rename: None });
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (file, part) =
            tempfile::NamedTempFile::with_prefix_in(".headwater-", folder).map_err(failure)?.into_parts();
        Ok(Self { name, writer: Box::new(BufWriter::new(file)), rename: Some((part, path.to_owned())) })
    }

    fn failure(&self, source: &std::io::Error) -> Failure {
        Failure::io(&self.name, source)
    }

    fn close(mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|source| Failure::io(&self.name, &source))?;
        drop(self.writer);
        let Some((part, path)) = self.rename else { return Ok(()) };
        open_to_readers(&part);
        part.persist(&path).map_err(|error| Failure::io(&self.name, &error.error))
    }
}

/// A temporary file is private; an answer has the rights of any file the user makes.
#[cfg(unix)]
fn open_to_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    // Failing leaves the file private, which is the safe side.
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o640));
}

#[cfg(not(unix))]
fn open_to_readers(_path: &Path) {}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}

/// Errors while writing an answer: the reader that went away is recognised through the layers of Arrow and Parquet.
fn written<T>(result: std::io::Result<T>) -> Result<T, Failure> {
    result.map_err(|source| Failure::io("output", &source))
}

/// A sink's own mistake.
fn unwritable(what: impl Into<String>) -> Failure {
    Failure::new(Exit::Runtime, "output", what)
}
