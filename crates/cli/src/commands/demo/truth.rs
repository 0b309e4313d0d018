//! What was planted held against what was found.
//!
//! Three kinds are kept apart, because one number for all would flatter: schemes that a detector with these parameters
//! should see, crimes that are known to slip through the rule, and decoys, which have the shape and an innocent reason.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch};
use headwater_engine::Lake;

use super::surprise;
use crate::commands::evaluate;
use crate::errors::Failure;
use crate::setup::Setup;

/// What is a hit is said in `queries/views/hits.sql`, for the demo as for every evaluation.
const QUERY: &str = "SELECT scheme, expected, decoy, found FROM evaluation_schemes() ORDER BY scheme";

/// The comparison; nothing when the world came without its truth.
#[derive(Debug, Default)]
pub(super) struct Truth {
    known: bool,
    expected: Tally,
    hidden: Tally,
    decoys: Tally,
    missed: Vec<String>,
}

#[derive(Debug, Default)]
struct Tally {
    planted: usize,
    found: usize,
}

impl Tally {
    fn add(&mut self, found: bool) {
        self.planted += 1;
        self.found += usize::from(found);
    }
}

impl Truth {
    /// Imports the truth beside a world, which no step before has seen, and looks for each scheme among the findings.
    pub(super) async fn compare(setup: &Setup, lake: &Arc<Lake>, world: &Path) -> Result<Self, Failure> {
        if !world.join("truth").join("schemes.csv").is_file() {
            return Ok(Self::default());
        }
        evaluate::truth(setup, lake, world).await?;
        let session = setup.session(lake);
        let batches = session.sql(QUERY).await?.collect().await?;
        let mut truth = Self { known: true, ..Self::default() };
        for batch in &batches {
            truth.read(batch)?;
        }
        Ok(truth)
    }

    fn read(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let flag = |name: &'static str| -> Result<&BooleanArray, Failure> {
            batch.column_by_name(name).and_then(|column| column.as_boolean_opt()).ok_or_else(|| surprise(name))
        };
        let (expected, decoy, found) = (flag("expected")?, flag("decoy")?, flag("found")?);
        let names = batch.column_by_name("scheme").ok_or_else(|| surprise("scheme"))?;
        let names = arrow::compute::cast(names, &arrow::datatypes::DataType::Utf8)?;
        let names = names.as_string::<i32>();
        for row in 0..batch.num_rows() {
            let is_found = found.value(row);
            if decoy.is_valid(row) && decoy.value(row) {
                self.decoys.add(is_found);
            } else if expected.is_valid(row) && expected.value(row) {
                self.expected.add(is_found);
                if !is_found {
                    self.missed.push(names.value(row).to_owned());
                }
            } else {
                self.hidden.add(is_found);
            }
        }
        Ok(())
    }

    /// The account of it.
    pub(super) fn lines(&self) -> Vec<String> {
        if !self.known {
            return vec![
                "truth      this world came without truth/schemes.csv; nothing can be said of what was missed"
                    .to_owned(),
            ];
        }
        let missed = self.expected.planted - self.expected.found;
        let names = if self.missed.is_empty() { String::new() } else { format!(": {}", self.missed.join(", ")) };
        vec![
            format!(
                "planted    {} schemes that the rules should see: {} caught, {missed} missed{names}",
                self.expected.planted, self.expected.found
            ),
            format!(
                "hard       {} more that just avoid a rule: {} caught; the others are crimes no rule here sees",
                self.hidden.planted, self.hidden.found
            ),
            format!(
                "decoys     {} innocent look-alikes: {} flagged; a flag is an indicator, not proof",
                self.decoys.planted, self.decoys.found
            ),
        ]
    }
}
