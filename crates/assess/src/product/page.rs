//! The page: one template for every product, with the report's style sheet.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::{Product, Section};
use crate::error::Result;
use crate::report::{css_string, grouped};

const TEMPLATES: [(&str, &str); 4] = [
    ("product.html", include_str!("../../templates/product.html")),
    ("product.css", include_str!("../../templates/product.css")),
    ("report.css", include_str!("../../templates/report.css")),
    ("parts.html", include_str!("../../templates/parts.html")),
];

/// Writes the page.
pub(crate) fn render(product: &Product) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    environment.add_filter("money", |text: &str| grouped(text, 2));
    environment.add_filter("css_string", css_string);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let page = environment.get_template("product.html")?;
    let sections: Vec<Value> = product.sections.iter().map(drawn).collect();
    Ok(page.render(context! { product => Value::from(Serde(product)), sections })?)
}

/// A section with its pictures, which the twin leaves out; their text is escaped where they are drawn.
fn drawn(section: &Section) -> Value {
    let charts: Vec<Value> = section
        .charts
        .iter()
        .map(|chart| context! { title => chart.title.clone(), svg => Value::from_safe_string(chart.svg.clone()) })
        .collect();
    let tables: Vec<Value> = section
        .tables
        .iter()
        .map(|table| context! { grounded => table.has_evidence(), ..Value::from(Serde(table)) })
        .collect();
    let parts: Vec<Value> = section.parts.iter().map(drawn).collect();
    context! {
        id => section.id.clone(),
        title => section.title.clone(),
        notes => section.notes.clone(),
        statements => Value::from(Serde(&section.statements)),
        marking => section.marking.clone(),
        tables,
        charts,
        parts,
    }
}
