//! Words for messages and documentation: lists in a sentence, and untrusted text.

/// The most items that a sentence lists.
const MAX_LISTED: usize = 5;

/// `"a", "b", or "c"`, each between `quote`s.
#[must_use]
pub fn one_of(words: &[&str], quote: char) -> String {
    let quoted: Vec<_> = words
        .iter()
        .map(|word| format!("{quote}{word}{quote}"))
        .collect();
    joined(&quoted, "or")
}

/// `a, b, and c`, with no more items than fit a sentence.
#[must_use]
pub fn listed(mut words: Vec<String>) -> String {
    if words.len() > MAX_LISTED {
        let more = words.len() - (MAX_LISTED - 1);
        words.truncate(MAX_LISTED - 1);
        words.push(format!("{more} more"));
    }
    joined(&words, "and")
}

fn joined(words: &[String], conjunction: &str) -> String {
    match words.split_last() {
        Some((last, [first])) => format!("{first} {conjunction} {last}"),
        Some((last, rest)) if !rest.is_empty() => {
            format!("{}, {conjunction} {last}", rest.join(", "))
        }
        _ => words.concat(),
    }
}

/// An untrusted text in a form that is safe to show: on one line, without control characters, and cut to `most`
/// characters.
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
    use super::{MAX_LISTED, listed, one_line, one_of};

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
        assert_eq!(one_of(&["a", "b", "c"], '"'), r#""a", "b", or "c""#);
    }

    #[test]
    fn a_list_of_words_stays_readable() {
        let listed = |count: usize| listed((1..=count).map(|it| it.to_string()).collect());
        assert_eq!(MAX_LISTED, 5);
        assert_eq!(listed(0), "");
        assert_eq!(listed(1), "1");
        assert_eq!(listed(2), "1 and 2");
        assert_eq!(listed(5), "1, 2, 3, 4, and 5");
        assert_eq!(listed(6), "1, 2, 3, 4, and 2 more");
        assert_eq!(listed(9), "1, 2, 3, 4, and 5 more");
    }
}
