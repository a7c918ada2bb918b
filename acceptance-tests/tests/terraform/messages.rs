//! The messages of a command as people read them, in a form that is the same on every CLI and machine.

use acceptance_tests::cli::Run;
use serde_json::Value;

use crate::fixture::{Session, text};

/// The errors and warnings that a command with `-json` reported, but for those of a review, which have tests of their own.
/// What differs from run to run is left out.
pub(crate) fn errors(run: &Run, session: &Session) -> String {
    assert_eq!(run.code, 1, "{}\n{}", run.stdout, run.stderr);
    let mut diagnostics = diagnostics(run);
    diagnostics.retain(|it| !text(it, "summary").starts_with("Review the change of "));
    in_words(diagnostics, session)
}

/// All of them, of a command that may have succeeded.
pub(crate) fn told(run: &Run, session: &Session) -> String {
    in_words(diagnostics(run), session)
}

fn in_words(mut diagnostics: Vec<Value>, session: &Session) -> String {
    // Terraform checks objects in parallel.
    diagnostics.sort_by_key(|it| it["range"]["start"]["byte"].as_u64());
    let messages: Vec<_> = diagnostics.iter().map(message).collect();
    let messages = messages.join("\n\n");
    let url = session.emulator.url();
    let messages = messages
        .replace(url, "https://EMULATOR")
        .replace(&url.replacen("https", "http", 1), "http://EMULATOR");
    messages
        .lines()
        .map(without_ids)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Those of `validate -json`, which prints one document, and of the other commands, which print one a line.
fn diagnostics(run: &Run) -> Vec<Value> {
    let reported = match serde_json::from_str::<Value>(&run.stdout) {
        Ok(Value::Object(mut document)) if document.contains_key("diagnostics") => {
            let list = document["diagnostics"].as_array_mut();
            list.map(std::mem::take).unwrap_or_default()
        }
        _ => {
            let lines = run
                .stdout
                .lines()
                .filter_map(|it| serde_json::from_str(it).ok());
            lines
                .map(|mut line: Value| line["diagnostic"].take())
                .collect()
        }
    };
    let of_the_cli = |it: &Value| {
        let summary = text(it, "summary").to_lowercase();
        summary.contains("development overrides") || summary.contains("config generation")
    };
    let mut reported: Vec<_> = reported
        .into_iter()
        .filter(|it| it.is_object() && !of_the_cli(it))
        .collect();
    reported.dedup();
    reported
}

/// The severity and summary, the object and the lines that it points at, and the detail.
fn message(diagnostic: &Value) -> String {
    let (snippet, detail) = (&diagnostic["snippet"], text(diagnostic, "detail"));
    let code = text(snippet, "code").lines().map(str::trim);
    let code = code.collect::<Vec<_>>().join(" ");
    let place = match (text(snippet, "context"), code.as_str()) {
        ("", "") => String::new(),
        // The object as a whole: its first line says it again.
        (context, code) if code.trim_end_matches([' ', '{', '}']) == context => {
            format!("in {context}\n")
        }
        (context, code) => format!("in {context}: {code}\n"),
    };
    let severity = text(diagnostic, "severity");
    format!(
        "{severity}: {}\n{place}{detail}",
        text(diagnostic, "summary")
    )
}

/// The line with dots in place of the ids and dates that services put into their answers.
fn without_ids(line: &str) -> String {
    const NAMES: [&str; 8] = [
        "request-id: ",
        "client-request-id: ",
        "date: ",
        "Trace ID: ",
        "Correlation ID: ",
        "Timestamp: ",
        "Current time: ",
        "\"correlationId\":",
    ];
    let mut line = line.to_owned();
    for name in NAMES {
        if let Some(at) = line.find(name) {
            let from = at + name.len();
            let length = line[from..]
                .find(" Correlation")
                .or_else(|| line[from..].find(" Timestamp"));
            let to = length.map_or(line.len(), |length| from + length);
            line.replace_range(from..to, "…");
        }
    }
    line
}
