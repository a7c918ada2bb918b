//! Words for messages and documentation: lists in a sentence, and what strangers wrote.

/// `"a", "b" or "c"`, each between `quote`s.
#[must_use]
pub fn one_of(words: &[&str], quote: char) -> String {
    let quoted: Vec<_> = words
        .iter()
        .map(|word| format!("{quote}{word}{quote}"))
        .collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// A stranger's text as people can be shown it: on one line, without control characters, and no more than `most`
/// characters of it.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let mut characters = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .flat_map(|word| std::iter::once(' ').chain(word.chars()))
        .skip(1);
    let mut line: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{one_line, one_of};

    #[test]
    fn a_strangers_text_is_short_and_on_one_line() {
        assert_eq!(one_line(" a\r\n\tb\u{1b}[31m\u{9b} ", 100), "a b [31m");
        assert_eq!(one_line("äöü", 3), "äöü");
        assert_eq!(one_line("äö ü", 3), "äö …");
        assert_eq!(one_line("\0\n", 3), "");
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(one_of(&["a"], '"'), r#""a""#);
        assert_eq!(one_of(&["a", "b"], '`'), "`a` or `b`");
        assert_eq!(one_of(&["a", "b", "c"], '"'), r#""a", "b" or "c""#);
    }
}
