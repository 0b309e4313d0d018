//! Data of which the truth is known: what it is, how it comes into a lake, and what may be asked of it.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_engine::{Kind, Lake, Values};

use super::attempts;
use crate::commands::import::bring_in;
use crate::commands::run::Sources;
use crate::errors::{Exit, Failure};
use crate::setup::Setup;

/// One data set.
pub(super) struct DataSet {
    path: PathBuf,
    layout: Layout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// What `headwater synth` wrote.
    World,
    /// A sample archive of AMLSim, or its folder.
    AmlSim,
    /// An AMLworld transaction file.
    AmlWorld,
    /// The published attempts of AMLworld, set into an invented world.
    Attempts,
}

/// A way to run the typologies on a data set.
pub(super) struct Mode {
    pub(super) name: &'static str,
    pub(super) values: &'static [(&'static str, &'static str)],
}

/// The usual way.
const DEFAULTS: Mode = Mode { name: "as a user runs them", values: &[] };

/// AMLSim has days and no times, and its amounts are of no currency, so that least sums say nothing there.
const AMLSIM: [Mode; 2] = [
    Mode {
        name: "in the order of time, without least sums",
        values: &[
            ("cycle_round_trip.min_eur", "0"),
            ("layering_chain.min_eur", "0"),
            ("fan_out_distribution.min_eur", "0"),
            ("rapid_pass_through.min_eur", "0"),
        ],
    },
    Mode {
        name: "unordered: loops of one and the same sum in any order of time, over all of the data",
        values: &[
            ("cycle_round_trip.min_eur", "0"),
            ("cycle_round_trip.ordered", "false"),
            // A planted loop is paid in turns that come in any order and months apart, always the same sum.
            ("cycle_round_trip.even", "1"),
            ("cycle_round_trip.window", "150 days"),
            ("layering_chain.min_eur", "0"),
            ("fan_out_distribution.min_eur", "0"),
            ("rapid_pass_through.min_eur", "0"),
        ],
    },
];

type Question = (&'static str, &'static str);

const SCORES: Question =
    ("Precision and recall", "SELECT * FROM evaluation_scores() ORDER BY unit, typology = 'all', typology");
pub(super) const CASES: Question = (
    "Precision and recall, by case",
    "SELECT * FROM evaluation_scores() WHERE unit = 'scheme' ORDER BY typology = 'all', typology",
);
const TRANSFERS: Question = (
    "Precision and recall, by transfer",
    "SELECT * FROM evaluation_scores() WHERE unit = 'transfer' ORDER BY typology = 'all', typology",
);
const ACCOUNTS: Question = (
    "Precision and recall, by account",
    "SELECT * FROM evaluation_scores() WHERE unit = 'account' ORDER BY typology = 'all', typology",
);
const DIFFICULTIES: Question = (
    "Recall by difficulty",
    "SELECT * FROM evaluation_difficulties() \
     ORDER BY typology = 'all', typology, difficulty = 'decoy', difficulty = 'hard', difficulty = 'medium', difficulty",
);
const CUT: Question =
    ("Precision where nine of ten plain cases are found", "SELECT * FROM evaluation_cut() ORDER BY typology");
const CONFUSION: Question = (
    "What findings turned out to be",
    "SELECT * FROM evaluation_confusion() ORDER BY typology, findings DESC, verdict, about",
);
const CURVE: Question = (
    "Precision and recall over the score",
    "SELECT * FROM evaluation_curve() ORDER BY typology = 'all', typology, least_score",
);
const MISSED: Question = (
    "Expected and not found",
    "SELECT scheme, typology, difficulty, typologies AS found_by_others FROM evaluation_schemes() \
     WHERE expected AND NOT found ORDER BY scheme",
);
const SPLIT: Question = (
    "F1 of the laundering rows, cut by time",
    "SELECT * FROM evaluation_split() \
     ORDER BY part = 'test', part = 'validation', typology = 'all', typology",
);
const LOOPS: Question = ("Recall over the loops that the data closes", "SELECT * FROM evaluation_loops()");
const ATTEMPTS: Question = ("Recall by pattern", "SELECT * FROM evaluation_attempts() ORDER BY pattern, attempts");

impl DataSet {
    /// Looks at what a path holds.
    pub(super) fn recognise(path: &Path) -> Result<Self, Failure> {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let holds = |inside: &str| path.join(inside).is_file();
        let layout = if holds("sources.toml") && holds("truth/schemes.csv") {
            Layout::World
        } else if holds("transactions.csv") && holds("nodes.csv") || name.ends_with(".tgz") || name.ends_with(".tar.gz")
        {
            Layout::AmlSim
        } else if name.ends_with(".json") {
            Layout::Attempts
        } else if holds("laundering_patterns.json") {
            return Self::recognise(&path.join("laundering_patterns.json"));
        } else if name.ends_with(".csv") && first_line(path)?.starts_with("Timestamp,From Bank,") {
            Layout::AmlWorld
        } else {
            path.metadata().map_err(|source| Failure::io(&path.display().to_string(), &source))?;
            let message = format!("{}: the truth of this data is not known here", path.display());
            let help = "give a folder of `headwater synth`, an AMLSim archive, an AMLworld *_Trans.csv, or laundering_patterns.json";
            return Err(Failure::usage(message).with_help(help));
        };
        path.metadata().map_err(|source| Failure::io(&path.display().to_string(), &source))?;
        Ok(Self { path: path.to_owned(), layout })
    }

    /// What a page calls it.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match self.layout {
            Layout::World => format!("Invented world `{name}`"),
            Layout::AmlSim => format!("AMLSim `{name}`"),
            Layout::AmlWorld => format!("AMLworld `{name}`"),
            Layout::Attempts => format!("AMLworld's published attempts `{name}`, set into an invented world"),
        }
    }

    /// What must be known to read its figures.
    pub(super) fn about(&self) -> &'static str {
        match self.layout {
            Layout::World => {
                "Synthetic. A finding counts where it names a case's subject, holds half of its payments, or lies by half in \
                 it. Hard cases miss a clause on purpose: found, they count for precision; missed, they do not count against \
                 recall."
            }
            Layout::AmlSim => {
                "Synthetic. Accounts are labelled and payments are not, so that accounts alone are counted: all that take part \
                 in the evidence of a finding. Times are days. The amounts are of no currency and are taken as euro. The data \
                 ends before half of the labelled accounts have paid (`fraudStep` -1), and then a loop is an open chain: recall \
                 is told over all labelled accounts, and over those whose loop is in the data."
            }
            Layout::AmlWorld => {
                "Synthetic. Payments are labelled. An account counts as laundering where a labelled payment touches it. There \
                 are no exchange rates in the file: what has no value in euro, by the file's currency or by --rates, is not \
                 testable."
            }
            Layout::Attempts => {
                "Synthetic. The attempts of HI-Small that were published, between people who otherwise live in an invented world; \
                 payments of the background are not laundering. A bipartite attempt is a matching here and a stack is separate \
                 two-hop chains, so that no shape is left to find."
            }
        }
    }

    /// How the typologies are run on it.
    pub(super) fn modes(&self) -> &'static [Mode] {
        match self.layout {
            Layout::AmlSim => &AMLSIM,
            Layout::World | Layout::AmlWorld | Layout::Attempts => &[DEFAULTS],
        }
    }

    /// What is asked of it.
    pub(super) fn questions(&self) -> Vec<Question> {
        match self.layout {
            Layout::World => vec![CASES, CUT, DIFFICULTIES, TRANSFERS, ACCOUNTS, CONFUSION, CURVE, MISSED],
            Layout::AmlSim => vec![ACCOUNTS, LOOPS],
            Layout::AmlWorld => vec![SPLIT, TRANSFERS, ACCOUNTS],
            Layout::Attempts => vec![ATTEMPTS, SCORES, CONFUSION],
        }
    }

    /// Brings payments and labels into a lake, and the rates for payments that come without. `place` is where an invented
    /// world may be written.
    pub(super) async fn bring_in(
        &self,
        setup: &Setup,
        lake: &Arc<Lake>,
        place: &Path,
        seed: u64,
        rates: Option<&Path>,
    ) -> Result<(), Failure> {
        let path = || vec![self.path.clone()];
        let none = Values::new;
        match self.layout {
            Layout::World => world(setup, lake, &self.path).await,
            Layout::AmlSim => {
                let euro = [("currency".to_owned(), "EUR".to_owned())].into_iter().collect();
                bring_in(setup, lake, "amlsim", path(), euro, none()).await?;
                bring_in(setup, lake, "amlsim_truth", path(), none(), none()).await?;
                Ok(())
            }
            Layout::AmlWorld => {
                if let Some(rates) = rates {
                    bring_in(setup, lake, "ecb_rates", vec![rates.to_owned()], none(), none()).await?;
                }
                bring_in(setup, lake, "ibm_aml", path(), none(), none()).await?;
                bring_in(setup, lake, "ibm_aml_truth", path(), none(), none()).await?;
                Ok(())
            }
            Layout::Attempts => {
                attempts::write(&self.path, place, seed)?;
                world(setup, lake, place).await
            }
        }
    }
}

/// Imports a world and its truth.
async fn world(setup: &Setup, lake: &Arc<Lake>, folder: &Path) -> Result<(), Failure> {
    let mut sources = Sources::read(&folder.join("sources.toml"))?;
    for format in sources.keep(|format| lake.library().get(Kind::Import, format).is_ok()) {
        setup.say(&format!("left out, no importer of that name: {format}"));
    }
    crate::commands::run::import_all(setup, lake, &sources).await?;
    truth(setup, lake, folder).await
}

/// Imports the truth beside a world.
pub(in crate::commands) async fn truth(setup: &Setup, lake: &Arc<Lake>, folder: &Path) -> Result<(), Failure> {
    let file = folder.join("truth").join("schemes.csv");
    bring_in(setup, lake, "synth_truth", vec![file], Values::new(), Values::new()).await?;
    Ok(())
}

fn first_line(path: &Path) -> Result<String, Failure> {
    let failure = |source: std::io::Error| Failure::io(&path.display().to_string(), &source);
    let file = std::fs::File::open(path).map_err(failure)?;
    let mut line = Vec::new();
    std::io::BufReader::new(file).read_until(b'\n', &mut line).map_err(failure)?;
    String::from_utf8(line)
        .map_err(|_| Failure::new(Exit::Runtime, "source", format!("{}: the first line is no text", path.display())))
}
