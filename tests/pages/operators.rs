//! `docs/operators.md`: the graph operators.

use headwater_engine::operator_docs;

use super::{cell, notice};

pub(super) fn page() -> String {
    let mut text = notice("Graph operators", "the code of each operator");
    text.push_str(
        "An operator follows money through a relation of transfers.\n\
         Its first argument is that relation: a subquery with the columns `src`, `dst`, `time`, `amount` by \
         name, and optionally `transfer_id` and `position`; other columns are ignored.\n\
         Those that follow coins or evidence instead of transfers say which columns they take.\n\
         Transfers are ordered by `time`, then `position`, then `transfer_id`.\n\
         Then come named arguments; accounts and transfers are an array, one number, or a subquery of one column.\n\
         Amounts are exact, whatever their scale, and the same rows in any order, on any number of threads, give the same \
         answer.\n\
         `EXPLAIN` shows the operator over its input, and a filter inside the subquery reaches the files.\n\n",
    );
    let docs = operator_docs();
    for doc in &docs {
        let first = doc.description.split(". ").next().unwrap_or_default().trim_end_matches('.');
        text.push_str(&format!("- [`{0}`](#{0}): {first}.\n", doc.name));
    }
    for doc in &docs {
        text.push_str(&format!("\n## {}\n\n{}\n\n```sql\n{}\n```\n\n", doc.name, doc.description, doc.example));
        if !doc.input.is_empty() {
            text.push_str("| column of the first argument | type | meaning |\n|---|---|---|\n");
            for (name, kind, help) in &doc.input {
                text.push_str(&format!("| `{name}` | {} | {} |\n", cell(kind), cell(help)));
            }
            text.push('\n');
        }
        text.push_str("| argument | type | default | meaning |\n|---|---|---|---|\n");
        for (name, kind, default, help) in &doc.arguments {
            text.push_str(&format!("| `{name}` | {} | {} | {} |\n", cell(kind), cell(default), cell(help)));
        }
        text.push_str("\n| column | type | meaning |\n|---|---|---|\n");
        for (name, kind, help) in &doc.columns {
            text.push_str(&format!("| `{name}` | {} | {} |\n", cell(kind), cell(help)));
        }
    }
    text
}
