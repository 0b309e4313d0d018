//! Branches as a tree: who got how much of it from whom, and where it rests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use headwater_engine::datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::DataType;

use crate::errors::Failure;

/// All transfers between two accounts.
struct Branch {
    far: String,
    holder: Option<String>,
    what: String,
}

/// What the lines are made of.
#[derive(Default)]
struct Tree {
    roots: Vec<String>,
    /// Whoever has a branch, in the order of the rows.
    nears: Vec<String>,
    branches: BTreeMap<String, Vec<Branch>>,
    /// By account: why money rests there, and how much.
    rests: BTreeMap<String, Vec<String>>,
}

/// Draws batches of `status, near, far, holder, hop, transfers, traced, first_day, last_day`, all text. An account is
/// opened up where it is met first; later branches to it say so. Branches that no root leads to have roots of their own below,
/// in the order of the rows: money that goes round has no beginning.
pub(in crate::commands) fn of(batches: &[RecordBatch], back: bool) -> Result<String, Failure> {
    let mut tree = Tree::default();
    for batch in batches {
        tree.read(batch)?;
    }
    let mut text = String::new();
    let mut open = BTreeSet::new();
    for root in std::mem::take(&mut tree.roots) {
        tree.write_root(&root, back, &mut open, &mut text);
    }
    for near in std::mem::take(&mut tree.nears) {
        if !open.contains(&near) {
            tree.write_root(&near, back, &mut open, &mut text);
        }
    }
    Ok(text)
}

impl Tree {
    fn read(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let columns =
            batch.columns().iter().map(|column| cast(column, &DataType::Utf8)).collect::<Result<Vec<_>, _>>()?;
        let columns: Vec<&StringArray> = columns.iter().map(|column| column.as_string::<i32>()).collect();
        for row in 0..batch.num_rows() {
            let cell = |index: usize| columns[index].is_valid(row).then(|| columns[index].value(row).to_owned());
            let text = |index: usize| cell(index).unwrap_or_default();
            let (status, far, traced) = (text(0), text(2), text(6));
            if status != "moved" {
                self.rests.entry(far).or_default().push(format!("{status} {traced}"));
                continue;
            }
            let near = text(1);
            if text(4) == "1" && !self.roots.contains(&near) {
                self.roots.push(near.clone());
            }
            let days = if text(7) == text(8) { text(7) } else { format!("{} to {}", text(7), text(8)) };
            let transfers = if text(5) == "1" { String::new() } else { format!(" in {} transfers", text(5)) };
            let what = format!("{traced}{transfers}, {days}");
            if !self.branches.contains_key(&near) {
                self.nears.push(near.clone());
            }
            self.branches.entry(near).or_default().push(Branch { far, holder: cell(3), what });
        }
        Ok(())
    }

    fn write_root(&self, root: &str, back: bool, open: &mut BTreeSet<String>, text: &mut String) {
        text.push_str(root);
        self.write_rests(root, text);
        text.push('\n');
        if open.insert(root.to_owned()) {
            self.write(root, "", back, open, text);
        }
    }

    fn write(&self, near: &str, indent: &str, back: bool, open: &mut BTreeSet<String>, text: &mut String) {
        let branches = self.branches.get(near).map(Vec::as_slice).unwrap_or_default();
        for (place, branch) in branches.iter().enumerate() {
            let last = place + 1 == branches.len();
            let (corner, below) = if last { ("└─", "   ") } else { ("├─", "│  ") };
            let arrow = if back { "◀─" } else { "─▶" };
            let holder = branch.holder.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
            let _infallible = write!(text, "{indent}{corner} {} {arrow} {}{holder}", branch.what, branch.far);
            let first = open.insert(branch.far.clone());
            if first {
                self.write_rests(&branch.far, text);
            } else if self.branches.contains_key(&branch.far) {
                text.push_str("  (see above)");
            }
            text.push('\n');
            if first {
                self.write(&branch.far, &format!("{indent}{below}"), back, open, text);
            }
        }
    }

    fn write_rests(&self, account: &str, text: &mut String) {
        for rest in self.rests.get(account).into_iter().flatten() {
            let _infallible = write!(text, " · {rest}");
        }
    }
}
