//! Text for people: wrapped pages, aligned columns, sizes.

use headwater_engine::QueryFile;

const WIDTH: usize = 100;

/// A query file as a page: what its header says, in the header's order, and its parameters.
pub(super) fn of_file(file: &QueryFile) -> String {
    let mut text = format!("{} — {}\n\n", file.stem, file.header.title);
    let indent = file.header.sections.iter().map(|(label, _)| label.len()).max().unwrap_or(0) + 2;
    for (label, body) in &file.header.sections {
        text.push_str(&labelled(label, body, indent));
    }
    if !file.header.parameters.is_empty() {
        text.push_str("\nParameters (--set name=value)\n");
        let rows = file.header.parameters.iter().map(|parameter| {
            vec![format!("  {}", parameter.name), parameter.sql_type.clone(), parameter.default.clone()]
        });
        for line in columns(&rows.collect::<Vec<_>>(), &[]) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push_str(&format!("\nFile  queries/{}, hash {}\n", file.path(), file.hash()));
    text
}

/// A label and a paragraph beside it.
pub(super) fn labelled(label: &str, body: &str, indent: usize) -> String {
    let mut text = String::new();
    for (number, line) in wrap(body, WIDTH.saturating_sub(indent)).into_iter().enumerate() {
        let head = if number == 0 { label } else { "" };
        text.push_str(format!("{head:indent$}{line}").trim_end());
        text.push('\n');
    }
    text
}

/// Breaks a paragraph at blanks.
pub(super) fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in paragraph.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Rows as aligned lines; the columns named in `numbers` stand at their right edge.
pub(super) fn columns(rows: &[Vec<String>], numbers: &[usize]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).enumerate().map(|(index, (cell, &width))| {
                if numbers.contains(&index) { format!("{cell:>width$}") } else { format!("{cell:width$}") }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

/// A size for people.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if tenths < 10_000 {
            break;
        }
        tenths /= 1000;
        unit = next;
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// The first sentence of a description.
pub(super) fn first_sentence(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => flat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_paragraphs_for_people() {
        assert_eq!(
            [size(999), size(1500), size(2_345_678), size(9_990_000_000)],
            ["999 B", "1.5 kB", "2.3 MB", "9.9 GB"]
        );
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(first_sentence("One\nthing. And more."), "One thing.");
    }
}
