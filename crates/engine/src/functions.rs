//! The scalar functions Headwater adds to SQL.
//!
//! One function is one file, named after it; the file holds the documentation, the kernel and its tests. [`entries`] is
//! the only list: registration ([`scalars`]), the manual page and SHOW FUNCTIONS ([`reference`]) are all made from it,
//! and a test runs every documented example and compares what it prints.
//!
//! Three habits are common to all of them. NULL in gives NULL out, and text that cannot be read gives NULL rather than
//! an error, because the row then goes to quarantine with its reason while its neighbours are stored; only a mistake in
//! the query itself (an unknown format letter, a type nothing can be done with) is an error. Every function takes
//! `Utf8View`, `Utf8` and `LargeUtf8` as they come, without a cast. A constant argument is looked at once, not per row.

use std::sync::Arc;

use datafusion::logical_expr::{DocSection, Documentation, DocumentationBuilder, ScalarUDF};

mod account;
mod account_hash;
mod iban;
mod iban_country;
mod iban_valid;
mod identifier;
mod identifier_text;
mod in_coins;
mod in_eur;
mod key_column;
mod key_hash;
mod label_join;
mod label_within;
mod ledger;
mod name_alignment;
mod name_blocks;
mod name_forms;
mod name_key;
mod name_similarity;
mod name_sounds;
mod parse_amount;
mod parse_date;
mod parse_time;
mod raw_record;
mod strings;
#[cfg(test)]
mod testing;
mod time_format;

pub use account_hash::{AccountHasher, Collisions};
pub use identifier::{IdentifierSource, NoIdentifiers};
pub use ledger::{canonical_ledger, identifier_text};

/// The one function that opens files; a session that may not read files does not have it.
pub const READS_FILES: &str = "raw_record";

/// What the functions need to know of the lake they run over.
#[derive(Debug, Clone)]
pub struct FunctionContext {
    /// Gives every (ledger, identifier) its account number, collisions included.
    pub accounts: Arc<AccountHasher>,
    /// Leads from an account number back to its identifier.
    pub identifiers: Arc<dyn IdentifierSource>,
}

/// One function as the manual shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionDoc {
    /// The SQL name.
    pub name: String,
    /// The call, with its arguments named.
    pub syntax: String,
    /// What it does, in Markdown.
    pub description: String,
    /// Each argument with what it must be.
    pub arguments: Vec<(String, String)>,
    /// A query and its answer, in a fenced block.
    pub example: String,
}

/// Returns every scalar function, ready to register. This is the one list.
pub fn scalars(context: &FunctionContext) -> Vec<Arc<ScalarUDF>> {
    entries(context).into_iter().map(|(function, _)| function).collect()
}

/// Returns the manual of every scalar function, in the order of its name.
pub fn reference() -> Vec<FunctionDoc> {
    let context = FunctionContext { accounts: Arc::new(AccountHasher::new()), identifiers: Arc::new(NoIdentifiers) };
    let mut pages: Vec<FunctionDoc> = entries(&context)
        .into_iter()
        .map(|(function, documentation)| FunctionDoc {
            name: function.name().to_owned(),
            syntax: documentation.syntax_example.clone(),
            description: documentation.description.clone(),
            arguments: documentation.arguments.clone().unwrap_or_default(),
            example: documentation.sql_example.clone().unwrap_or_default(),
        })
        .collect();
    pages.sort_by(|left, right| left.name.cmp(&right.name));
    pages
}

/// The functions beside their documentation. The two travel together because an asynchronous function loses its own on
/// the way: `AsyncScalarUDF` does not forward `documentation()` in DataFusion 55.2.
fn entries(context: &FunctionContext) -> Vec<(Arc<ScalarUDF>, &'static Documentation)> {
    let mut list: Vec<(ScalarUDF, &'static Documentation)> = vec![
        (account::function(Arc::clone(&context.accounts)), &account::DOCUMENTATION),
        (identifier::function(Arc::clone(&context.identifiers)), &identifier::DOCUMENTATION),
        (identifier_text::function(), &identifier_text::DOCUMENTATION),
        (iban_valid::function(), &iban_valid::DOCUMENTATION),
        (iban_country::function(), &iban_country::DOCUMENTATION),
        (in_coins::function(), &in_coins::DOCUMENTATION),
        (in_eur::function(), &in_eur::DOCUMENTATION),
        (name_alignment::function(), &name_alignment::DOCUMENTATION),
        (name_blocks::function(), &name_blocks::DOCUMENTATION),
        (name_key::function(), &name_key::DOCUMENTATION),
        (name_similarity::function(), &name_similarity::DOCUMENTATION),
        (parse_amount::function(), &parse_amount::DOCUMENTATION),
        (parse_date::function(), &parse_date::DOCUMENTATION),
        (parse_time::function(), &parse_time::DOCUMENTATION),
        (key_hash::function(), &key_hash::DOCUMENTATION),
        (label_join::function(), &label_join::DOCUMENTATION),
        (label_within::function(), &label_within::DOCUMENTATION),
        (raw_record::function(), &raw_record::DOCUMENTATION),
    ];
    list.drain(..).map(|(function, documentation)| (Arc::new(function), documentation)).collect()
}

/// Begins a function's documentation; the example is a fenced `sql` block of queries and what they print.
fn document(syntax: &str, description: &str, example: &str) -> DocumentationBuilder {
    let section = DocSection { include: true, label: "Headwater", description: None };
    Documentation::builder(section, description, syntax).with_sql_example(format!("```sql\n{}\n```", example.trim()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use std::collections::BTreeSet;

    use super::{reference, testing};

    #[test]
    fn names_are_unique_and_documented() {
        let mut names = BTreeSet::new();
        for page in reference() {
            assert!(names.insert(page.name.clone()), "two functions are called {}", page.name);
            assert!(page.syntax.starts_with(&format!("{}(", page.name)), "{}: syntax {}", page.name, page.syntax);
            assert!(page.description.ends_with('.'), "{}: the description is a sentence", page.name);
            assert!(!page.arguments.is_empty(), "{}: no argument is explained", page.name);
            assert!(page.example.contains("> SELECT "), "{}: no example", page.name);
        }
    }

    #[test]
    fn the_list_is_what_the_session_registers() {
        let documented: BTreeSet<String> = reference().into_iter().map(|page| page.name).collect();
        let registered: BTreeSet<String> =
            super::scalars(&testing::context()).iter().map(|function| function.name().to_owned()).collect();
        assert_eq!(documented, registered);
    }

    /// Runs each `> SELECT …;` of each page and compares the lines after it with what the query prints.
    #[tokio::test]
    async fn examples_print_what_they_say() {
        let session = testing::session();
        for page in reference() {
            let body = page.example.trim_start_matches("```sql\n").trim_end_matches("\n```");
            for block in body.split("> ").filter(|block| !block.is_empty()) {
                let (query, printed) = block.split_once(";\n").unwrap();
                let answer = testing::query(&session, query).await.unwrap();
                assert_eq!(answer.trim(), printed.trim(), "{}: {query}\n{answer}", page.name);
            }
        }
    }
}
