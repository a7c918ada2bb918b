//! Reads one answer of Graph: a bounded body, then JSON or Graph's error form. `client` hands it every response.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use super::error::{ApiError, DecodeError, Error, References};
use super::retry::{http_date, retry_after};
use crate::words::one_line;

/// No answer about partners, and no list of them, comes near this; it keeps a broken server from filling the memory,
/// of which a parsed body takes up to a hundred times as much.
pub(super) const MAX_BODY: usize = 4 * 1024 * 1024;
/// How much of Graph's message is shown, in characters.
const MESSAGE: usize = 1000;
/// How much is shown of anything else in an answer.
pub(super) const EXCERPT: usize = 200;

/// What Graph answered to a request that it carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The body; `None` when it is empty, as with 204.
    pub body: Option<Value>,
}

/// The request that is answered, as far as errors tell of it.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a Url,
}

impl Asked<'_> {
    pub(super) fn what(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }

    pub(super) fn is_write(&self) -> bool {
        self.method != "GET"
    }
}

/// What the status and the headers say.
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) request_id: Option<String>,
    /// The length of the body, in bytes, once it is read.
    pub(super) length: usize,
    client_request_id: String,
    date: Option<String>,
    content_type: String,
    location: Option<String>,
    retry_after: Option<Duration>,
}

/// A body, or the word that it passed the bound.
pub(super) enum Body {
    Whole(Vec<u8>),
    TooLong,
}

impl Body {
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::TooLong => MAX_BODY,
        }
    }
}

impl Head {
    /// Reads it; `ours` is the id that was sent, should Graph not repeat it.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap, ours: &str) -> Self {
        let date = text(headers, &DATE);
        // Against the server's own clock a date means what the server meant, whatever ours shows.
        let now = date
            .as_deref()
            .and_then(http_date)
            .unwrap_or_else(OffsetDateTime::now_utc);
        Self {
            status: status.as_u16(),
            request_id: text(headers, &HeaderName::from_static("request-id")),
            length: 0,
            client_request_id: text(headers, &HeaderName::from_static("client-request-id"))
                .unwrap_or_else(|| ours.into()),
            content_type: text(headers, &CONTENT_TYPE).unwrap_or_else(|| "no content type".into()),
            location: text(headers, &LOCATION),
            retry_after: text(headers, &RETRY_AFTER).and_then(|value| retry_after(&value, now)),
            date,
        }
    }

    fn references(&self) -> References {
        References {
            code: None,
            request_id: self.request_id.clone(),
            client_request_id: Some(self.client_request_id.clone()),
            date: self.date.clone(),
        }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(one_line(headers.get(name)?.to_str().ok()?, EXCERPT))
}

/// Reads the body in pieces, and no more than the bound.
pub(super) async fn read(mut response: reqwest::Response) -> Result<Body, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Ok(Body::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Body::Whole(body))
}

/// Makes of head and body what the caller asked for, or the error that they are.
pub(super) fn decode(asked: &Asked<'_>, head: &Head, body: Body) -> Result<Answer, Error> {
    let bytes = match body {
        Body::Whole(bytes) => bytes,
        Body::TooLong => {
            let excerpt = format!("it is longer than {} MiB", MAX_BODY / 1024 / 1024);
            return Err(unexpected(asked, head, "an answer of Graph", excerpt));
        }
    };
    match head.status {
        200..=299 if bytes.is_empty() => Ok(Answer {
            status: head.status,
            body: None,
        }),
        200..=299 => match serde_json::from_slice(&bytes) {
            Ok(body) => Ok(Answer {
                status: head.status,
                body: Some(body),
            }),
            Err(_) => Err(unexpected(asked, head, "JSON", excerpt(&bytes))),
        },
        _ => Err(refusal(asked, head, &bytes)),
    }
}

/// The error for a successful answer that is not what it should be.
pub(super) fn unexpected(
    asked: &Asked<'_>,
    head: &Head,
    expected: &'static str,
    excerpt: String,
) -> Error {
    Error::Decode(Box::new(DecodeError {
        what: asked.what(),
        status: head.status,
        content_type: head.content_type.clone(),
        expected,
        excerpt,
        references: head.references(),
        in_doubt: asked.is_write(),
    }))
}

/// The error that an answer with another status than 2xx is.
fn refusal(asked: &Asked<'_>, head: &Head, bytes: &[u8]) -> Error {
    let mut references = head.references();
    let message = match serde_json::from_slice(bytes) {
        Ok(Value::Object(body)) if body.get("error").is_some_and(Value::is_object) => {
            graph_error(&body["error"], &mut references)
        }
        _ if (300..=399).contains(&head.status) => format!(
            "it redirects to {}, which is not followed.",
            redirect_host(asked, head)
        ),
        _ if bytes.is_empty() => "the answer is empty.".into(),
        _ => format!(
            "the answer ({}) is not in the form of Graph's errors: {}",
            head.content_type,
            excerpt(bytes)
        ),
    };
    Error::Api(Box::new(ApiError {
        status: head.status,
        message,
        method: asked.method.into(),
        path: asked.url.path().into(),
        retry_after: head.retry_after,
        references,
    }))
}

/// Reads Graph's error form. Its ids and date are nearer to the failure than the headers, which a proxy may have set.
fn graph_error(error: &Value, references: &mut References) -> String {
    let owned = |value: &Value| value.as_str().map(|text| one_line(text, EXCERPT));
    let inner = error
        .get("innerError")
        .or_else(|| error.get("innererror"))
        .unwrap_or(&Value::Null);
    references.code = owned(&error["code"]).filter(|code| !code.is_empty());
    for (fact, value) in [
        (&mut references.request_id, &inner["request-id"]),
        (
            &mut references.client_request_id,
            &inner["client-request-id"],
        ),
        (&mut references.date, &inner["date"]),
    ] {
        if let Some(value) = owned(value) {
            *fact = Some(value);
        }
    }
    let message = error["message"].as_str().map(unwrapped);
    match message.map(|message| one_line(&message, MESSAGE)) {
        Some(message) if !message.is_empty() => message,
        _ => format!(
            "Graph gave no message (code {}).",
            references.code.as_deref().unwrap_or("none")
        ),
    }
}

/// Intune often puts a JSON text into the message: its `Message` is what a person should read.
fn unwrapped(message: &str) -> String {
    serde_json::from_str::<Value>(message)
        .ok()
        .and_then(|inner| Some(inner.get("Message")?.as_str()?.trim().to_owned()))
        .filter(|inner| !inner.is_empty())
        .unwrap_or_else(|| message.to_owned())
}

fn redirect_host(asked: &Asked<'_>, head: &Head) -> String {
    let target = head
        .location
        .as_deref()
        .and_then(|location| asked.url.join(location).ok());
    match target.as_ref().and_then(Url::host_str) {
        Some(host) => format!("host {host}"),
        None => "an unknown place".into(),
    }
}

/// The beginning of a body on one line.
fn excerpt(bytes: &[u8]) -> String {
    one_line(&String::from_utf8_lossy(bytes), EXCERPT)
}

#[cfg(test)]
mod tests;
