//! Intune often puts JSON text into Graph's message, after words of its own or inside other JSON text. Here `answer`
//! finds what a person should read, and how long Intune asks to wait.

use std::time::Duration;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::graph::clock::retry_after;

/// One more than the deepest nesting of JSON texts that has been seen.
const DEPTH: usize = 3;
/// How many braces may come before the JSON text: a server must not keep us searching.
const BRACES: usize = 8;

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// What a person should read.
    pub(super) message: String,
    retry_after: Option<String>,
}

impl Told {
    /// Reads Graph's message.
    pub(super) fn by(message: &str) -> Self {
        let mut told = Self {
            message: message.trim().to_owned(),
            retry_after: None,
        };
        for _ in 0..DEPTH {
            let Some(inner) = unwrapped(&told.message) else {
                break;
            };
            told.message = inner.message;
            told.retry_after = inner.retry_after.or(told.retry_after);
        }
        told
    }

    /// How long to wait, by a clock that shows `now`: seconds or a date.
    pub(super) fn retry_after(&self, now: OffsetDateTime) -> Option<Duration> {
        let value = self.retry_after.as_deref()?;
        let until = || OffsetDateTime::parse(value.trim(), &Rfc3339).ok();
        retry_after(value, now)
            .or_else(|| Some(Duration::try_from(until()? - now).unwrap_or(Duration::ZERO)))
    }
}

/// Replaces the first JSON text with its message.
fn unwrapped(text: &str) -> Option<Told> {
    text.match_indices('{').take(BRACES).find_map(|(start, _)| {
        let mut objects =
            serde_json::Deserializer::from_str(&text[start..]).into_iter::<Map<String, Value>>();
        let object = objects.next()?.ok()?;
        let around = [&text[..start], &text[start + objects.byte_offset()..]].map(str::trim);
        let error = field(&object, "error").and_then(Value::as_object);
        let object = error.unwrap_or(&object);
        let message = field(object, "message")?.as_str()?.trim();
        if message.is_empty() {
            return None;
        }
        Some(Told {
            message: [around[0], message, around[1]].join(" ").trim().to_owned(),
            retry_after: match field(object, "retryafter") {
                Some(Value::String(value)) => Some(value.clone()),
                Some(Value::Number(value)) => Some(value.to_string()),
                _ => None,
            },
        })
    })
}

/// The value under a name, in upper or lower case.
fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let (_, value) = object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::datetime;

    fn message(text: &str) -> String {
        Told::by(text).message
    }

    #[test]
    fn a_json_text_is_replaced_by_its_message() {
        let inner = json!({"_version": 3, "Message": " Bad group. ", "CustomApiErrorPhrase": ""});
        assert_eq!(message(&inner.to_string()), "Bad group.");
        let lower = json!({"message": "Bad group."}).to_string();
        assert_eq!(
            message(&format!("Refused {{0}}: {lower} (v3)")),
            "Refused {0}: Bad group. (v3)"
        );
        let twice = json!({"Message": lower}).to_string();
        assert_eq!(message(&twice), "Bad group.");
        let graphs = json!({"error": {"code": "x", "message": twice}}).to_string();
        assert_eq!(message(&graphs), "Bad group.");
    }

    #[test]
    fn what_has_no_message_stays_as_it_is() {
        for text in [
            "Not allowed.",
            "Set {a} or {b}",
            r#"{"Message":7}"#,
            r#"{"Message":" "}"#,
            r#"{"Message":"cut"#,
        ] {
            assert_eq!(message(text), text);
        }
    }

    #[test]
    fn the_wait_is_a_number_a_text_or_a_date() {
        let now = datetime!(2024-05-01 10:00:00 UTC);
        let wait = |value: Value| {
            let inner = json!({"Message": "Wait.", "RetryAfter": value}).to_string();
            Told::by(&inner).retry_after(now).map(|wait| wait.as_secs())
        };
        assert_eq!(wait(json!(7)), Some(7));
        assert_eq!(wait(json!("7")), Some(7));
        assert_eq!(wait(json!("Wed, 01 May 2024 10:00:30 GMT")), Some(30));
        assert_eq!(wait(json!("2024-05-01T10:00:30Z")), Some(30));
        assert_eq!(wait(json!("2024-05-01T09:00:00Z")), Some(0));
        for none in [json!(null), json!(-1), json!("soon"), json!({})] {
            assert_eq!(wait(none), None);
        }
        let outer = json!({"Message": json!({"Message": "a"}).to_string(), "retryAfter": 7});
        let told = Told::by(&outer.to_string());
        assert_eq!(told.retry_after(now), Some(Duration::from_secs(7)));
    }
}
