//! Loads, binds and runs typologies; collates findings with their evidence.
//!
//! A [`Typology`] is a query file of `queries/typologies/` whose header says what it finds, why that matters, when it is
//! wrong and what it needs. A [`Profile`] holds what an institution decides: thresholds and lists with their dates, and
//! parameters that differ from the defaults. [`run`] plans every typology over one snapshot of the lake, holds its rows
//! against the shape of a finding, and appends what is new to `finding.findings`, with a row in `finding.coverage` for
//! each that says what was tested and what could not be.
//!
//! No laundering pattern is known here: that is SQL. What is known is what makes a finding: evidence that exists, in
//! order, without repetition; a score between 0 and 1; an id that is a hash of what was found and how, so that the same
//! run twice adds nothing. Which run saw which finding stands beside them, in `finding.runs` and `finding.sightings`, and what
//! people made of them in `finding.dispositions` and `finding.suppressions`. [`try_values`] runs a typology without writing.
//!
//! ```
//! use headwater_detect::Typology;
//! use headwater_engine::{Kind, QueryFile};
//!
//! let file = QueryFile::parse(Kind::Typology, "x", "-- Title\n--\n-- Finds     nothing.\n\nSELECT 1").unwrap();
//! let refused = Typology::load(&file.into()).unwrap_err();
//! assert!(refused.to_string().starts_with("typologies/x.sql:1: the header has no `Id`"));
//! ```

mod decide;
mod error;
mod finding;
mod profile;
mod run;
mod typology;

pub use decide::{Disposition, Grounds, Suppression, dispose, suppress};
pub use error::{DetectError, Result};
pub use finding::Finding;
pub use profile::{Corridor, Profile, Threshold};
pub use run::trial::{Trial, TrialRequest, try_values, usual_values};
pub use run::{Event, Replay, RunReport, RunRequest, Status, TypologyReport, replay, run};
pub use typology::{FAMILIES, Requirement, SECTIONS, Typology, typologies};
