//! Reads one response from Graph: a body of limited size, then JSON or Graph's error format. `client` passes it every
//! response.

mod told;

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use super::clock::{self, http_date, retry_after};
use super::error::{ApiError, DecodeError, Error, References};
use super::hidden::without;
use crate::words::one_line;
use told::Told;

/// No response about partners, and no list of them, comes near this size. The limit keeps a broken server from filling
/// memory: a parsed body takes up to a hundred times as much.
pub(super) const MAX_BODY: usize = 4 * 1024 * 1024;
/// How much of Graph's message is shown, in characters.
const MESSAGE: usize = 1000;
/// How much is shown of anything else in a response.
const EXCERPT: usize = 200;

/// The request that was sent, as far as errors mention it.
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
    /// The time by the server's clock, or by ours if the server does not send it.
    now: OffsetDateTime,
    clock_offset: Option<time::Duration>,
}

/// A body, or the fact that it is over the limit.
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
    /// Reads it. `ours` is the id that was sent, in case Graph does not repeat it, and `token` is what must not be
    /// shown.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap, ours: &str, token: &str) -> Self {
        let text = |name: HeaderName| {
            let value = headers.get(name)?.to_str().ok()?;
            Some(without(token, value))
        };
        let fact = |name| text(name).map(|value| one_line(&value, EXCERPT));
        let date = fact(DATE);
        let ours_now = OffsetDateTime::now_utc();
        // Compared with the server's own clock, a date means what the server meant, whatever our clock shows.
        let now = date.as_deref().and_then(http_date).unwrap_or(ours_now);
        Self {
            status: status.as_u16(),
            request_id: fact(HeaderName::from_static("request-id")),
            length: 0,
            client_request_id: fact(HeaderName::from_static("client-request-id"))
                .unwrap_or_else(|| ours.into()),
            content_type: fact(CONTENT_TYPE).unwrap_or_else(|| "no content type".into()),
            location: text(LOCATION),
            retry_after: text(RETRY_AFTER).and_then(|value| retry_after(&value, now)),
            clock_offset: date
                .as_deref()
                .and_then(|date| clock::offset(date, ours_now)),
            now,
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

/// Reads the body in chunks, up to the limit.
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

/// Turns head and body into the JSON of a success, `None` if it is empty, or into an error, which never shows the token.
pub(super) fn decode(
    asked: &Asked<'_>,
    head: &Head,
    body: Body,
    token: &str,
) -> Result<Option<Value>, Error> {
    let bytes = match body {
        Body::Whole(bytes) => bytes,
        Body::TooLong => {
            let found = format!("it is longer than {} MiB", MAX_BODY / 1024 / 1024);
            return Err(unexpected(asked, head, "a Graph response", &found));
        }
    };
    // A proxy may send back the headers that it received.
    let words = || without(token, &String::from_utf8_lossy(&bytes));
    match head.status {
        200..=299 if bytes.is_empty() => Ok(None),
        200..=299 => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|_| unexpected(asked, head, "JSON", &words())),
        _ => Err(refusal(asked, head, &words())),
    }
}

/// The error for a successful response that is not what it should be. `found` is its beginning, or what is wrong with
/// it.
pub(super) fn unexpected(
    asked: &Asked<'_>,
    head: &Head,
    expected: &'static str,
    found: &str,
) -> Error {
    Error::Decode(Box::new(DecodeError {
        what: asked.what(),
        status: head.status,
        content_type: head.content_type.clone(),
        expected,
        excerpt: one_line(found, EXCERPT),
        references: head.references(),
        in_doubt: asked.is_write(),
    }))
}

/// The error for a response whose status is not 2xx.
fn refusal(asked: &Asked<'_>, head: &Head, body: &str) -> Error {
    let mut references = head.references();
    let mut retry_after = head.retry_after;
    let message = match serde_json::from_str(body) {
        Ok(Value::Object(body)) if body.get("error").is_some_and(Value::is_object) => {
            let told = graph_error(&body["error"], &mut references);
            retry_after = retry_after.or_else(|| told.retry_after(head.now));
            one_line(&told.message, MESSAGE)
        }
        _ if (300..=399).contains(&head.status) => format!(
            "it redirects to {}, and the provider does not follow redirects.",
            redirect_host(asked, head)
        ),
        _ if body.is_empty() => "the response is empty.".into(),
        _ => format!(
            "the response ({}) is not in Graph's error format: {}",
            head.content_type,
            one_line(body, EXCERPT)
        ),
    };
    Error::Api(Box::new(ApiError {
        status: head.status,
        message,
        method: asked.method.into(),
        path: asked.url.path().into(),
        retry_after,
        clock_offset: head.clock_offset,
        references,
        tool: None,
    }))
}

/// Reads Graph's error format. Its ids and date are closer to the failure than the headers, which a proxy may have set.
fn graph_error(error: &Value, references: &mut References) -> Told {
    let fact = |value: &Value| value.as_str().map(|value| one_line(value, EXCERPT));
    let inner = error
        .get("innerError")
        .or_else(|| error.get("innererror"))
        .unwrap_or(&Value::Null);
    references.code = fact(&error["code"]).filter(|code| !code.is_empty());
    for (known, value) in [
        (&mut references.request_id, &inner["request-id"]),
        (
            &mut references.client_request_id,
            &inner["client-request-id"],
        ),
        (&mut references.date, &inner["date"]),
    ] {
        if let Some(value) = fact(value) {
            *known = Some(value);
        }
    }
    match error["message"].as_str().map(str::trim) {
        Some(message) if !message.is_empty() => Told::by(message),
        _ => Told::by(&format!(
            "Graph gave no message (code {}).",
            references.code.as_deref().unwrap_or("none")
        )),
    }
}

fn redirect_host(asked: &Asked<'_>, head: &Head) -> String {
    let target = head
        .location
        .as_deref()
        .and_then(|location| asked.url.join(location).ok());
    match target.as_ref().and_then(Url::host_str) {
        Some(host) => format!("host {}", one_line(host, EXCERPT)),
        None => "an unknown location".into(),
    }
}

#[cfg(test)]
mod tests;
