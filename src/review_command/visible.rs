//! Makes untrusted text harmless: a name from a plan must look like what it is, and must not become a link, a heading,
//! a mention, or part of another line. `markdown`, `json`, and `sarif` call it.

/// The most characters that are shown of a text from a plan.
const MOST: usize = 120;

/// The most characters of a sentence that quotes a plan.
const MOST_OF_A_SENTENCE: usize = 1500;

/// Whether a character is invisible, or changes how others look.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(character,
            // Soft hyphen, joiners, fillers, and blanks.
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            // Zero-width characters, and the writing direction.
            | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Variation selectors, annotations, shorthand, and musical controls.
            | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            // Private use, and tags.
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

/// A text on one line in which everything is visible. Hidden characters are escaped as in a string of Terraform's
/// language.
pub fn visible(text: &str) -> String {
    shortened(text, MOST, |_| false)
}

/// One of our sentences, which may quote a plan, for a terminal.
pub fn sentence(sentence: &str) -> String {
    shortened(sentence, MOST_OF_A_SENTENCE, |_| false)
}

/// A text as a code span, which also works in a table cell.
pub fn code(text: &str) -> String {
    // An empty text would be two backticks, which begin a longer span.
    let text = if text.is_empty() { "\"\"" } else { text };
    let shown = shortened(text, MOST, |character| matches!(character, '`' | '|'));
    format!("`{shown}`")
}

/// A block to paste, as lines for a fenced code block.
pub fn block(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines();
    lines.map(|line| shortened(line, MOST_OF_A_SENTENCE, |character| character == '`'))
}

/// One of our sentences, which may quote a plan, as Markdown: each word that could be more than a word becomes a code span,
/// and existing code spans stay.
pub fn prose(sentence: &str) -> String {
    let sentence: String = sentence.chars().take(MOST_OF_A_SENTENCE).collect();
    let mut shown = String::new();
    let mut rest = &*sentence;
    while let Some((before, (span, after))) = rest
        .split_once('`')
        .and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        shown.push_str(&words(before));
        shown.push_str(&code(span));
        rest = after;
    }
    shown + &words(rest)
}

/// The words between two code spans, with no more than one space between and around them.
fn words(sentence: &str) -> String {
    let words = sentence.split(' ').filter(|word| !word.is_empty());
    let words = words.map(word).collect::<Vec<_>>().join(" ");
    let before = if sentence.starts_with(' ') { " " } else { "" };
    let after = if sentence.trim_start().ends_with(' ') {
        " "
    } else {
        ""
    };
    format!("{before}{words}{after}")
}

fn word(word: &str) -> String {
    let core = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"']);
    let start = core.len() - core.trim_start_matches(['(', '"']).len();
    let (before, core) = core.split_at(start);
    let after = &word[before.len() + core.len()..];
    if core.is_empty() || core == "=" || is_plain(core) {
        word.to_owned()
    } else {
        format!("{before}{}{after}", code(core))
    }
}

/// Whether a word is plain text to every renderer. Long numbers can be commits, and GH-1 can be an issue.
fn is_plain(word: &str) -> bool {
    let is_letter =
        |character: char| character.is_alphanumeric() || matches!(character, '-' | '\'' | '’');
    let has_digit = word.contains(|character: char| character.is_ascii_digit());
    let may_refer = has_digit && (word.len() >= 7 || word.contains('-'));
    word.chars()
        .all(|character| is_letter(character) && !is_hidden(character))
        && !may_refer
        && word.chars().any(char::is_alphanumeric)
}

/// Sentences for plain text in SARIF, in which brackets make links and braces are placeholders.
pub fn sarif(sentences: &str) -> String {
    let mut escaped = String::new();
    let lines = sentences.split('\n');
    let lines = lines.map(|line| shortened(line, MOST_OF_A_SENTENCE, |_| false));
    for character in lines.collect::<Vec<_>>().join("\n").chars() {
        match character {
            '\\' | '[' | ']' => escaped.extend(['\\', character]),
            '{' | '}' => escaped.extend([character, character]),
            plain => escaped.push(plain),
        }
    }
    escaped
}

/// The same JSON, with every character visible.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\n' && is_hidden(character) {
            let units = character.encode_utf16(&mut [0; 2]).to_vec();
            shown.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A character by its number, escaped as in a string of Terraform's language.
fn escape(character: char) -> String {
    let number = u32::from(character);
    if number > 0xffff {
        format!("\\U{number:08x}")
    } else {
        format!("\\u{number:04x}")
    }
}

fn shortened(text: &str, most: usize, is_special: impl Fn(char) -> bool) -> String {
    let mut shown = String::new();
    let mut characters = text.chars();
    for character in characters.by_ref().take(most) {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if is_hidden(character) || is_special(character) => {
                shown.push_str(&escape(character));
            }
            plain => shown.push(plain),
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{code, is_hidden, json, prose, sarif, visible};

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(
            visible("Jamf\u{202e}\n\u{e0041}"),
            "Jamf\\u202e\\n\\U000e0041"
        );
        assert_eq!(visible("Müller | `x`"), "Müller | `x`");
        assert_eq!(visible(&"x".repeat(200)), format!("{}…", "x".repeat(120)));
    }

    #[test]
    fn a_code_span_has_no_backtick_and_no_bar() {
        assert_eq!(code("a`|b"), "`a\\u0060\\u007cb`");
        assert_eq!(code(""), "`\"\"`");
    }

    #[test]
    fn sentences_read_as_they_are() {
        let sentence = "Its devices can lose compliance, and Conditional Access then locks people out (7 days).";
        assert_eq!(prose(sentence), sentence);
        assert_eq!(
            prose("Leave macos_onboarded = true: \"Jamf @team\" has group 11111111-2222."),
            "Leave `macos_onboarded` = true: \"Jamf `@team`\" has group `11111111-2222`."
        );
        assert_eq!(
            prose(
                "Add a `moved` block (an `import` block is ignored), or run `terraform state rm`: `@x`, @y, `z"
            ),
            "Add a `moved` block (an `import` block is ignored), or run `terraform state rm`: `@x`, `@y`, `\\u0060z`"
        );
        for hostile in [
            "@all",
            "#12",
            "GH-12",
            "https://evil.example",
            "www.evil.example",
            "[x](y)",
            "<b>",
            "**",
            "_x_",
            ":tada:",
            "a@b.example",
            "0123abc",
            "contoso/intune#1",
            "\u{200b}",
            "`",
            "|",
            "--",
        ] {
            let shown = prose(hostile);
            assert!(shown.starts_with('`'), "{shown}");
        }
    }

    #[test]
    fn brackets_and_braces_mean_nothing_in_sarif() {
        assert_eq!(sarif("[a](b) {0} \\"), "\\[a\\](b) {{0}} \\\\");
    }

    proptest! {
        #[test]
        fn a_code_span_is_never_left(text in ".*") {
            let shown = code(&text);
            let inner = shown.strip_prefix('`').and_then(|it| it.strip_suffix('`')).expect("it is a code span");
            prop_assert!(!inner.is_empty());
            prop_assert!(!inner.contains(|it| matches!(it, '`' | '|') || is_hidden(it)), "{}", shown);
        }

        #[test]
        fn json_means_the_same(text in any::<String>()) {
            let written = serde_json::to_string(&text).expect("a text is JSON");
            let shown = json(&written);
            prop_assert!(!shown.contains(is_hidden), "{}", shown);
            prop_assert_eq!(serde_json::from_str::<String>(&shown).expect("it is JSON still"), text);
        }
    }
}
