//! The commands that begin with `\` and answer with a list. `headwater sql -c '\d'` takes them too.

use clap::ValueEnum as _;
use headwater_engine::datafusion::logical_expr::TableType;
use headwater_engine::{Kind, Session, nearest};

use super::names;
use crate::commands::functions;
use crate::errors::Failure;
use crate::output::{Format, Output, Rows, sql_type};

pub(crate) const HELP: &str = "\
\\d            tables and views, money and findings first
\\d NAME       the columns of a table, or the tables of a schema
\\dt           tables only
\\df [NAME]    Headwater's functions, or the page of any function
\\timing       how long each query takes
\\x            one line a column instead of one line a row
\\o [FILE]     send answers to a file; without a name, back to the screen
\\format NAME  table, csv, tsv, json, ndjson, markdown, parquet, arrow
\\?            this list
\\q            leave";

/// Runs a command that lists something; returns the number of rows.
pub(crate) async fn list(command: &str, session: &Session, output: &mut Output) -> Result<usize, Failure> {
    let (verb, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let argument = argument.trim().trim_end_matches(';');
    session.refresh();
    match (verb, argument) {
        ("d", "") => output.rows(tables(session, true, None).await?).await,
        ("dt", "") => output.rows(tables(session, false, None).await?).await,
        ("d" | "dt", name) => {
            if names::schemas(session).iter().any(|(schema, _)| schema == name) {
                return output.rows(tables(session, verb == "d", Some(name)).await?).await;
            }
            output.rows(columns(session, name).await?).await
        }
        ("df", "") => output.rows(functions::list(session.pin().lake().library())).await,
        ("df", name) => output.page(&functions::of_function(name, session)?).map(|()| 1),
        _ => Err(Failure::usage(format!("there is no command `\\{verb}`")).with_help("`\\?` lists the commands")),
    }
}

/// The format of a name.
pub(crate) fn format(name: &str) -> Result<Format, Failure> {
    Format::from_str(name, true).map_err(|_| {
        let known: Vec<String> = Format::value_variants()
            .iter()
            .filter_map(|format| format.to_possible_value().map(|value| value.get_name().to_owned()))
            .collect();
        Failure::usage(format!("`{name}` is not a format; there are: {}", known.join(", ")))
    })
}

async fn tables(session: &Session, views: bool, only: Option<&str>) -> Result<Rows, Failure> {
    let mut rows = Rows::new(&["schema", "name", "kind", "columns#"]);
    let pin = session.pin();
    let library = pin.lake().library();
    for (schema, provider) in names::schemas(session) {
        if only.is_some_and(|only| only != schema) {
            continue;
        }
        let mut tables = provider.table_names();
        tables.sort();
        for table in tables {
            let name = format!("{schema}.{table}");
            let declared = pin.lake().schema().table(&name).ok();
            // The provider would plan a view to say that it is one, and a view that does not plan would hide the list.
            let is_view = if declared.is_some() {
                false
            } else if library.all(Kind::View).any(|file| file.header.section("Name") == Some(name.as_str())) {
                true
            } else {
                provider.table_type(&table).await? == Some(TableType::View)
            };
            if is_view && !views {
                continue;
            }
            let columns = declared.map(|spec| spec.schema.fields().len().to_string()).unwrap_or_default();
            rows.push([&schema, &table, if is_view { "view" } else { "table" }, &columns]);
        }
    }
    Ok(rows)
}

async fn columns(session: &Session, name: &str) -> Result<Rows, Failure> {
    let mut rows = Rows::new(&["column", "type", "null", "key"]);
    if let Ok(spec) = session.pin().lake().schema().table(name) {
        for field in spec.schema.fields() {
            let key = if spec.key.contains(field.name()) { "key" } else { "" };
            rows.push([field.name(), &sql_type(field.data_type()), if field.is_nullable() { "null" } else { "" }, key]);
        }
        return Ok(rows);
    }
    let known = names::tables(session);
    if !known.iter().any(|table| table == name) {
        let help = nearest(name, known.iter().map(String::as_str))
            .map_or_else(|| "`\\d` lists the tables".to_owned(), |near| format!("did you mean `{near}`?"));
        return Err(Failure::usage(format!("there is no table `{name}`")).with_help(help));
    }
    let provider = session.context().table_provider(name).await?;
    for field in provider.schema().fields() {
        rows.push([field.name(), &sql_type(field.data_type()), if field.is_nullable() { "null" } else { "" }, ""]);
    }
    Ok(rows)
}
