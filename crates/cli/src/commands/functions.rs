//! `headwater functions`: Headwater's own functions, operators, macros and readers, and the page of any function there is.

use headwater_engine::functions::{FunctionDoc, reference};
use headwater_engine::{
    Kind, Library, OperatorDoc, ReaderDoc, Session, macro_signature, nearest, operator_docs, reader_docs,
};

use super::page;
use crate::args::NameArgs;
use crate::errors::Failure;
use crate::output::Rows;
use crate::setup::Setup;
use crate::shell::names;

pub(super) async fn run(args: NameArgs, setup: &Setup) -> Result<(), Failure> {
    match args.name {
        None => super::answer(setup, list(&setup.library()?)).await.map(drop),
        Some(name) => {
            let session = setup.session(&setup.lake()?);
            super::answer_page(setup, &of_function(&name, &session)?)
        }
    }
}

/// Headwater's own functions, operators, macros and readers, by kind and name.
pub(crate) fn list(library: &Library) -> Rows {
    let mut rows = Rows::new(&["name", "kind", "call", "what"]);
    for doc in reference() {
        rows.push([&doc.name, "scalar", &doc.syntax, &page::first_sentence(&doc.description)]);
    }
    for doc in operator_docs() {
        rows.push([doc.name, "operator", &operator_call(&doc), &page::first_sentence(doc.description)]);
    }
    for file in library.all(Kind::Macro) {
        rows.push([&file.stem, "macro", &macro_signature(file), &file.header.title]);
    }
    for doc in reader_docs() {
        rows.push([doc.name, "reader", &reader_call(&doc), doc.description]);
    }
    rows
}

/// The page of a function: ours, a macro, a reader, or one of DataFusion's.
pub(crate) fn of_function(name: &str, session: &Session) -> Result<String, Failure> {
    let name = name.to_ascii_lowercase();
    if let Some(doc) = reference().into_iter().find(|doc| doc.name == name) {
        return Ok(own(&doc));
    }
    if let Some(doc) = operator_docs().into_iter().find(|doc| doc.name == name) {
        return Ok(of_operator(&doc));
    }
    if let Some(doc) = reader_docs().into_iter().find(|doc| doc.name == name) {
        return Ok(format!("{}\n\n{}", reader_call(&doc), page::labelled("", doc.description, 0)));
    }
    if let Ok(file) = session.pin().lake().library().get(Kind::Macro, &name) {
        return Ok(format!("{}\n\n{}", macro_signature(file), page::of_file(file)));
    }
    if let Some(text) = theirs(&name, session) {
        return Ok(text);
    }
    let known = names::functions(session);
    let help = nearest(&name, known.iter().map(String::as_str)).map_or_else(
        || "`headwater functions` and SHOW FUNCTIONS list them".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Err(Failure::usage(format!("there is no function `{name}`")).with_help(help))
}

fn own(doc: &FunctionDoc) -> String {
    let mut text = format!("{}\n\n", doc.syntax);
    for paragraph in doc.description.split("\n\n") {
        text.push_str(&page::labelled("", paragraph, 0));
        text.push('\n');
    }
    let indent = doc.arguments.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 4;
    for (name, what) in &doc.arguments {
        text.push_str(&page::labelled(&format!("  {name}"), what, indent));
    }
    let example = doc.example.trim_start_matches("```sql\n").trim_end_matches("```").trim_end();
    text.push_str(&format!("\n{example}\n"));
    text
}

fn operator_call(doc: &OperatorDoc) -> String {
    let arguments: String = doc.arguments.iter().map(|(name, ..)| format!(", {name} => …")).collect();
    let first = if doc.input.is_empty() { "transfers" } else { "rows" };
    format!("{}({first}{arguments})", doc.name)
}

fn of_operator(doc: &OperatorDoc) -> String {
    let mut text = format!("{}\n\n{}\nArguments\n", operator_call(doc), page::labelled("", doc.description, 0));
    let indent = doc.columns.iter().map(|(name, ..)| name.len()).max().unwrap_or(0).max(16) + 4;
    for (name, kind, help) in &doc.input {
        text.push_str(&page::labelled(&format!("  rows.{name}"), &format!("{help} ({kind})"), indent));
    }
    for (name, kind, default, help) in &doc.arguments {
        text.push_str(&page::labelled(&format!("  {name}"), &format!("{help} ({kind}; default {default})"), indent));
    }
    text.push_str("\nColumns\n");
    for (name, kind, help) in &doc.columns {
        text.push_str(&page::labelled(&format!("  {name}"), &format!("{help} ({kind})"), indent));
    }
    text.push_str(&format!("\n{}\n", doc.example));
    text
}

fn reader_call(doc: &ReaderDoc) -> String {
    // A reader's usage is what follows the opening parenthesis, or what follows the path.
    if doc.usage.starts_with("path") {
        format!("{}({})", doc.name, doc.usage)
    } else {
        format!("{}(path{})", doc.name, doc.usage)
    }
}

fn theirs(name: &str, session: &Session) -> Option<String> {
    let state = session.state();
    let scalar = state.scalar_functions().get(name).and_then(|function| function.documentation());
    let aggregate = || state.aggregate_functions().get(name).and_then(|function| function.documentation());
    let window = || state.window_functions().get(name).and_then(|function| function.documentation());
    let doc = scalar.or_else(aggregate).or_else(window)?;
    let mut text = format!("{}\n\n{}\n", doc.syntax_example, page::labelled("", &doc.description, 0));
    for (argument, what) in doc.arguments.iter().flatten() {
        text.push_str(&page::labelled(&format!("  {argument}"), what, argument.len().max(14) + 4));
    }
    if let Some(example) = &doc.sql_example {
        text.push_str(&format!("\n{}\n", example.trim_start_matches("```sql\n").trim_end_matches("```").trim_end()));
    }
    Some(text)
}
