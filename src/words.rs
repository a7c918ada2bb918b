//! Lists of words in a sentence, for messages and documentation.

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

#[cfg(test)]
mod tests {
    use super::one_of;

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(one_of(&["a"], '"'), r#""a""#);
        assert_eq!(one_of(&["a", "b"], '`'), "`a` or `b`");
        assert_eq!(one_of(&["a", "b", "c"], '"'), r#""a", "b" or "c""#);
    }
}
