//! The one data model of every product: sections of statements and tables, each with the rows it stands on.
//!
//! A [`Statement`] cannot be made without [`Evidence`], nor can a row of a table that counts something. Notes say what the
//! reader must know and count nothing. Pictures are drawn from a table beside them, which the twin holds in full.

use serde::Serialize;

use super::ProductKind;
use crate::confidence::Level;
use crate::decimal::Decimal;
use crate::error::Result;
use crate::model::{Conclusion, Evidence};
use crate::run::facts::Row;

/// The form of a twin.
pub(crate) const FORMAT: &str = "headwater-product/1";

/// A product, ready to be rendered.
#[derive(Clone, Debug, Serialize)]
pub struct Product {
    /// The form of this document.
    pub format: &'static str,
    /// Kind and hash of all that follows.
    pub id: String,
    /// The kind.
    pub kind: ProductKind,
    /// The title.
    pub title: String,
    /// The marking, printed on every page: classification, TLP and status.
    pub marking: String,
    /// The TLP label alone.
    pub tlp: String,
    /// Whether a named person has concluded: `draft` or `concluded`.
    pub status: &'static str,
    /// Under which clearance it was made; nothing where its maker saw everything.
    pub clearance: Option<Cleared>,
    /// The scale of likelihood words that this product keeps to.
    pub scale: String,
    /// The front page: customer, terms, window, cut-off, profile, program, data set.
    pub front: Vec<Fact>,
    /// What a person made of it; without it the product is a draft and says so.
    pub conclusion: Option<Conclusion>,
    /// The chapters.
    pub sections: Vec<Section>,
    /// Whether evidence is printed by its hash alone.
    pub public: bool,
}

/// The clearance a product was made under, and how many rows it left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cleared {
    /// What the maker may see; without a word, rows that nobody marked.
    pub label: String,
    /// `counted` or `silent`.
    pub withheld: &'static str,
    /// How many rows of the snapshot were withheld, where they are counted.
    pub rows: Option<u64>,
}

/// One line of the front page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Such as `Customer`.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A chapter, or a part of one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Section {
    /// Its anchor.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// A marking of its own, printed under the heading, where it is handled more narrowly than the product.
    pub marking: Option<String>,
    /// What the reader must know; holds no number that was counted.
    pub notes: Vec<String>,
    /// What is said, each with its rows.
    pub statements: Vec<Statement>,
    /// The pictures.
    pub charts: Vec<Chart>,
    /// The tables.
    pub tables: Vec<Table>,
    /// Its parts.
    pub parts: Vec<Section>,
}

/// A sentence that holds because of rows.
#[derive(Clone, Debug, Serialize)]
pub struct Statement {
    /// The sentence.
    pub text: String,
    /// A phrase of the product's scale, where a person stated one.
    pub likelihood: Option<String>,
    /// How sure; always there with a likelihood, and apart from it.
    pub confidence: Option<Level>,
    /// Whose word it is, when it is a person's.
    pub author: Option<String>,
    /// Names out of the data that stand in the sentence: they are quoted, and no wording of ours.
    pub quoted: Vec<String>,
    /// The rows.
    pub evidence: Evidence,
}

impl Statement {
    /// A sentence of the program's own and its rows; refuses a sentence without any.
    pub fn new(text: String, evidence: impl IntoIterator<Item = String>) -> Result<Self> {
        let evidence = Evidence::new(&text, evidence)?;
        Ok(Self { text, likelihood: None, confidence: None, author: None, quoted: Vec::new(), evidence })
    }

    /// The same, with names out of the data in it.
    pub fn quoting(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.quoted.extend(names);
        self
    }

    /// The same, with how sure it is.
    pub fn with_confidence(mut self, confidence: Level) -> Self {
        self.confidence = Some(confidence);
        self
    }
}

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Our words.
    Text,
    /// A name out of the data.
    Name,
    /// An identifier.
    Code,
    /// A count.
    Number,
    /// Euro.
    Money,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// How it is set.
    pub style: Style,
}

/// What stands in a row: exact text, or nothing where it is not known.
pub type Cell = Option<String>;

/// A row and what it stands on.
#[derive(Clone, Debug, Serialize)]
pub struct TableRow {
    /// As many as there are columns.
    pub cells: Vec<Cell>,
    /// The rows behind it; absent in a table that counts nothing, and where a count was suppressed.
    pub evidence: Option<Evidence>,
}

/// A table.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Its anchor.
    pub id: String,
    /// What it shows.
    pub caption: String,
    /// Whether every row counts something and has evidence.
    pub counted: bool,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, in their order.
    pub rows: Vec<TableRow>,
}

/// A picture, drawn from a table.
#[derive(Clone, Debug, Serialize)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// The table that holds its numbers.
    pub table: String,
    /// The drawing; its text is escaped where it is drawn.
    #[serde(skip)]
    pub svg: String,
}

impl Section {
    /// An empty chapter.
    pub fn new(id: &str, title: &str) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), ..Self::default() }
    }

    /// Adds a note.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Gives it a marking of its own.
    pub fn marked(mut self, marking: String) -> Self {
        self.marking = Some(marking);
        self
    }

    /// Adds a part.
    pub fn part(mut self, part: Self) -> Self {
        self.parts.push(part);
        self
    }

    /// Adds a table that has rows, or says in a note what its emptiness means.
    pub fn table(mut self, table: Table, otherwise: &str) -> Self {
        if table.rows.is_empty() {
            self.notes.push(otherwise.to_owned());
        } else {
            self.tables.push(table);
        }
        self
    }

    /// Adds a picture, when there is something to draw.
    pub fn chart(mut self, title: &str, table: &str, svg: Option<String>) -> Self {
        if let Some(svg) = svg {
            self.charts.push(Chart { title: title.to_owned(), table: table.to_owned(), svg });
        }
        self
    }

    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
            && self.statements.is_empty()
            && self.tables.is_empty()
            && self.parts.iter().all(Self::is_empty)
    }
}

impl Table {
    /// Whether a row of it has evidence to print.
    pub(crate) fn has_evidence(&self) -> bool {
        self.counted || self.rows.iter().any(|row| row.evidence.is_some())
    }

    /// A table whose rows count something.
    pub fn counted(id: &str, caption: &str, columns: &[(&str, Style)]) -> Self {
        Self { counted: true, ..Self::plain(id, caption, columns) }
    }

    /// A table that counts nothing: a list of rules, say.
    pub fn plain(id: &str, caption: &str, columns: &[(&str, Style)]) -> Self {
        let column = |(title, style): &(&str, Style)| Column { title: (*title).to_owned(), style: *style };
        Self {
            id: id.to_owned(),
            caption: caption.to_owned(),
            counted: false,
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row without evidence.
    pub fn push(&mut self, cells: Vec<Cell>) {
        self.rows.push(TableRow { cells, evidence: None });
    }

    /// Adds a row with its evidence; refuses one without.
    pub fn count(&mut self, cells: Vec<Cell>, evidence: impl IntoIterator<Item = String>) -> Result<()> {
        let what = cells.iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        self.rows.push(TableRow { cells, evidence: Some(Evidence::new(&what, evidence)?) });
        Ok(())
    }

    /// Takes the rows of a product query: the columns by name, and its `evidence`.
    pub(crate) fn take<'a>(
        id: &str,
        caption: &str,
        columns: &[(&str, &str, Style)],
        rows: impl IntoIterator<Item = &'a Row>,
    ) -> Result<Self> {
        let titles: Vec<(&str, Style)> = columns.iter().map(|(_, title, style)| (*title, *style)).collect();
        let mut table = Self::counted(id, caption, &titles);
        for row in rows {
            let cells = columns.iter().map(|(name, _, style)| match style {
                // Eighteen places of a decimal column are noise to a reader and to a program.
                Style::Money => row.amount(name).map(|amount: Decimal| amount.to_string()),
                _ => row.maybe(name).filter(|text| !text.is_empty()),
            });
            table.count(cells.collect(), row.list("evidence"))?;
        }
        Ok(table)
    }
}

/// A cell.
pub(crate) fn cell(text: impl ToString) -> Cell {
    Some(text.to_string())
}
