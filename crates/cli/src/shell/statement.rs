//! Whether what was typed so far is a whole statement: it ends with a `;` that is not inside quotes or a comment.

/// True when a line can be run: a shell command, or SQL up to its `;`.
pub(super) fn is_complete(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.starts_with('\\') {
        return true;
    }
    let mut ended = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                // A doubled quote inside a text closes and opens again, which comes to the same.
                if !chars.any(|inner| inner == c) {
                    return false;
                }
                ended = false;
            }
            '-' if chars.peek() == Some(&'-') => {
                chars.find(|&inner| inner == '\n');
            }
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                let mut last = ' ';
                let closed = chars.any(|inner| std::mem::replace(&mut last, inner) == '*' && inner == '/');
                if !closed {
                    return false;
                }
            }
            ';' => ended = true,
            other if other.is_whitespace() => {}
            _ => ended = false,
        }
    }
    ended
}

/// True when the text ends inside a quoted literal, where a path may be written.
pub(super) fn in_literal(text: &str) -> bool {
    text.matches('\'').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn a_statement_ends_with_a_semicolon_that_counts() {
        for whole in
            ["SELECT 1;", "SELECT ';' ;", "\\d", "", "SELECT 1; -- done", "SELECT 1 /* ; */;", "SELECT 'it''s';"]
        {
            assert!(is_complete(whole), "{whole}");
        }
        for part in ["SELECT 1", "SELECT ';", "SELECT 1 -- ;", "SELECT /* ;", "SELECT 1; SELECT", "SELECT \"a;"] {
            assert!(!is_complete(part), "{part}");
        }
    }
}
