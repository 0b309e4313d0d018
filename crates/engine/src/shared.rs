//! Views that many questions stand on are worked out once.
//!
//! DataFusion puts a view's text wherever it is named. The views of networks name each other several times, level upon
//! level, so that a plan of the last of them doubles with each level. A view whose header has a section `Kept` is therefore
//! worked out before a statement that would read it more than once is planned; its rows are then held in memory for as long
//! as the session's pin. In a run of the library, which asks many questions over one pin, it is worked out when it is first
//! named. What a shell reads once stays a view, so that filters reach the tables below it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{ObjectName, Query, Visit, Visitor};

use crate::error::Result;
use crate::library::{Kind, Library, QueryFile};
use crate::macros;

/// How many questions a session is going to ask over one pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Questions {
    /// One at a time: a view that a statement reads once is best left a view.
    One,
    /// Many: what one of them reads, the next one does.
    Many,
}

/// The views to be worked out before a statement is planned, each after those it reads itself. Macros have to be in place.
pub(crate) fn needed(library: &Library, statement: &Statement, questions: Questions) -> Result<Vec<String>> {
    let mut walk = Walk { library, views: BTreeMap::new(), order: Vec::new() };
    let top = References::of(statement);
    walk.follow(&top)?;
    Ok(match questions {
        Questions::One => walk.shared(&top),
        Questions::Many => walk.kept(),
    })
}

/// What a text names: how often each relation, and whether it gives names to parts, which may be read several times.
#[derive(Default)]
struct References {
    counts: BTreeMap<String, u64>,
    names_parts: bool,
}

impl References {
    fn of(statement: &Statement) -> Self {
        let mut found = Self::default();
        let _done = match statement {
            Statement::Statement(inner) => inner.visit(&mut found),
            Statement::Explain(explain) => return Self::of(&explain.statement),
            Statement::CopyTo(copy) => match &copy.source {
                CopyToSource::Query(query) => query.visit(&mut found),
                CopyToSource::Relation(name) => name.visit(&mut found),
            },
            Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
        };
        found
    }

    /// Adds what is named to how often each view stands in the plan, for a text that stands there so many times.
    fn add_to(&self, counts: &mut BTreeMap<String, u64>, times: u64) {
        let times = if self.names_parts { times.saturating_mul(2) } else { times };
        for (name, count) in &self.counts {
            let sum = counts.entry(name.clone()).or_default();
            *sum = sum.saturating_add(count.saturating_mul(times));
        }
    }
}

impl Visitor for References {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.names_parts |= query.with.is_some();
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        if let [.., schema, table] = relation.0.as_slice()
            && let (Some(schema), Some(table)) = (schema.as_ident(), table.as_ident())
        {
            let name = format!("{}.{}", schema.value.to_ascii_lowercase(), table.value.to_ascii_lowercase());
            *self.counts.entry(name).or_default() += 1;
        }
        ControlFlow::Continue(())
    }
}

struct Walk<'a> {
    library: &'a Library,
    /// Whether a view is to be kept, and what it names.
    views: BTreeMap<String, (bool, References)>,
    /// The views, each after those it reads.
    order: Vec<String>,
}

impl Walk<'_> {
    fn follow(&mut self, from: &References) -> Result<()> {
        for name in from.counts.keys() {
            if self.views.contains_key(name) {
                continue;
            }
            let Some(file) = view(self.library, name) else { continue };
            let found = read(self.library, file)?;
            // A view that reads itself does not plan, and says so then.
            self.views.insert(name.clone(), (file.header.section("Kept").is_some(), References::default()));
            self.follow(&found)?;
            if let Some((_, references)) = self.views.get_mut(name) {
                *references = found;
            }
            self.order.push(name.clone());
        }
        Ok(())
    }

    /// All views to be kept.
    fn kept(self) -> Vec<String> {
        let Self { views, order, .. } = self;
        order.into_iter().filter(|name| views.get(name).is_some_and(|(keep, _)| *keep)).collect()
    }

    /// Views to be kept that would stand in the plan more than once.
    fn shared(&self, top: &References) -> Vec<String> {
        let mut counts = BTreeMap::new();
        top.add_to(&mut counts, 1);
        let mut shared = Vec::new();
        // Those who read a view come before it here, so that its count is complete when its turn comes.
        for name in self.order.iter().rev() {
            let Some((keep, references)) = self.views.get(name) else { continue };
            let times = counts.get(name).copied().unwrap_or_default();
            let once = *keep && times > 1;
            if once {
                shared.push(name.clone());
            }
            references.add_to(&mut counts, if once { 1 } else { times });
        }
        shared.reverse();
        shared
    }
}

fn view<'a>(library: &'a Library, name: &str) -> Option<&'a QueryFile> {
    library.all(Kind::View).find(|file| file.header.section("Name") == Some(name)).map(AsRef::as_ref)
}

fn read(library: &Library, file: &QueryFile) -> Result<References> {
    let mut parser = DFParserBuilder::new(file.text.as_str()).build()?;
    let mut found = References::default();
    for mut statement in parser.parse_statements()? {
        macros::expand(library, &mut statement)?;
        let one = References::of(&statement);
        found.names_parts |= one.names_parts;
        for (name, count) in one.counts {
            *found.counts.entry(name).or_default() += count;
        }
    }
    Ok(found)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    /// `s.base`, kept; `s.middle`, kept, which reads it twice; `s.top`, which reads both; `s.named`, which gives a name.
    fn library() -> Library {
        let view = |name: &str, kept: &str, sql: &str| {
            format!("-- T\n--\n-- Holds     x.\n{kept}-- Name      {name}\n\n{sql}")
        };
        let kept = "-- Kept      while a statement runs\n";
        let files = [
            ("views/base.sql", view("s.base", kept, "SELECT * FROM flow.transfers")),
            ("views/middle.sql", view("s.middle", kept, "SELECT * FROM s.base AS a CROSS JOIN S.Base AS b")),
            ("views/top.sql", view("s.top", "", "SELECT * FROM s.middle UNION ALL SELECT * FROM s.base")),
            (
                "views/named.sql",
                view("s.named", "", "WITH few AS (SELECT * FROM s.base) SELECT * FROM few, few AS more"),
            ),
        ];
        Library::from_files(files.iter().map(|(path, text)| (*path, text.as_str()))).unwrap()
    }

    fn asked(sql: &str, questions: Questions) -> Vec<String> {
        needed(&library(), &DFParserBuilder::new(sql).build().unwrap().parse_statement().unwrap(), questions).unwrap()
    }

    fn worked_out(sql: &str) -> Vec<String> {
        asked(sql, Questions::One)
    }

    #[test]
    fn what_is_read_once_stays_a_view() {
        assert!(worked_out("SELECT * FROM s.base").is_empty());
        assert!(worked_out("SELECT * FROM flow.transfers AS a, flow.transfers AS b").is_empty(), "a table is no view");
    }

    #[test]
    fn what_is_read_more_than_once_is_worked_out_each_after_those_it_reads() {
        assert_eq!(worked_out("SELECT * FROM s.middle"), ["s.base"]);
        assert_eq!(worked_out("SELECT * FROM s.top"), ["s.base"], "middle is read once, base three times");
        assert_eq!(worked_out("SELECT * FROM s.top AS a, s.top AS b"), ["s.base", "s.middle"]);
        assert_eq!(worked_out("EXPLAIN SELECT * FROM s.base WHERE x IN (SELECT y FROM s.base)"), ["s.base"]);
    }

    #[test]
    fn where_many_questions_follow_all_are_worked_out_at_once() {
        assert_eq!(asked("SELECT * FROM s.middle", Questions::Many), ["s.base", "s.middle"]);
        assert_eq!(asked("SELECT * FROM s.named", Questions::Many), ["s.base"]);
        assert!(asked("SELECT * FROM flow.transfers", Questions::Many).is_empty());
    }

    #[test]
    fn a_part_with_a_name_may_be_read_several_times() {
        assert_eq!(worked_out("SELECT * FROM s.named"), ["s.base"]);
        assert_eq!(worked_out("WITH few AS (SELECT * FROM s.base) SELECT * FROM few"), ["s.base"]);
    }
}
