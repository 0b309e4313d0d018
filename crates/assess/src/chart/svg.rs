//! The few pieces every chart is made of. All text goes through [`escape`]: names in evidence are hostile input.

use std::fmt::Write;

/// Makes text safe between tags and in quoted attributes, and shows what would otherwise hide: control characters, and
/// the marks that make a name read backwards.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' => safe.push('\u{FFFD}'),
            control if control.is_control() => safe.push('\u{FFFD}'),
            plain => safe.push(plain),
        }
    }
    safe
}

/// Cuts a label to a number of characters; the whole of it belongs in a `<title>` beside it.
pub(super) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A coordinate, to a tenth.
pub(super) fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    if text == "-0.0" { "0.0".to_owned() } else { text }
}

/// Wraps a drawing: `name` must be unique in the page, because title and description are found by it.
pub(super) fn frame(name: &str, class: &str, size: (u32, u32), title: &str, description: &str, body: &str) -> String {
    let (name, title, description) = (escape(name), escape(title), escape(description));
    let (width, height) = size;
    let mut svg = String::with_capacity(body.len() + 512);
    let _ = writeln!(
        svg,
        "<svg class=\"chart {class}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-labelledby=\"{name}-title {name}-desc\">"
    );
    let _ = writeln!(svg, "<title id=\"{name}-title\">{title}</title>");
    let _ = writeln!(svg, "<desc id=\"{name}-desc\">{description}</desc>");
    svg.push_str(body);
    svg.push_str("</svg>\n");
    svg
}

/// A rectangle; `tip` is what a pointer shows over it.
pub(super) fn rectangle(class: &str, [x, y, width, height]: [f64; 4], tip: &str) -> String {
    let shape = format!(
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        at(x),
        at(y),
        at(width.max(0.0)),
        at(height.max(0.0))
    );
    if tip.is_empty() { format!("{shape}/>\n") } else { format!("{shape}><title>{}</title></rect>\n", escape(tip)) }
}

/// A straight line.
pub(super) fn line(class: &str, [x1, y1, x2, y2]: [f64; 4]) -> String {
    format!("<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", at(x1), at(y1), at(x2), at(y2))
}

/// A line of text, anchored `start`, `middle` or `end`.
pub(super) fn text(class: &str, [x, y]: [f64; 2], anchor: &str, content: &str) -> String {
    let (x, y, content) = (at(x), at(y), escape(content));
    format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{content}</text>\n")
}
