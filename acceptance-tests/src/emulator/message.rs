//! A request once it is read, and an answer before it is sent: plain data, so that the endpoints are plain functions and the
//! journal shows what they saw. Made and consumed by `server`.

use std::collections::BTreeMap;
use std::time::Duration;
use std::{io, iter};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use url::form_urlencoded;
use uuid::Uuid;

use super::journal::Kind;

/// More than any client of the emulator has reason to send.
const BODY_LIMIT: usize = 4 << 20;

/// One request.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) request_id: String,
    /// The host that was asked, with its port where it is not 443.
    pub(super) host: String,
    /// Whether it came over TLS.
    pub(super) secure: bool,
    uri: Uri,
    body: Bytes,
}

impl Call {
    /// Reads a request to its end.
    pub(super) async fn read(request: Request, secure: bool) -> Result<Self, axum::Error> {
        let (parts, body) = request.into_parts();
        Ok(Self {
            host: host(&parts.uri, &parts.headers),
            secure,
            method: parts.method,
            headers: parts.headers,
            request_id: Uuid::new_v4().to_string(),
            uri: parts.uri,
            body: to_bytes(body, BODY_LIMIT).await?,
        })
    }

    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The path with its query.
    pub(super) fn path_and_query(&self) -> &str {
        let whole = self.uri.path_and_query();
        whole.map_or_else(|| self.path(), |whole| whole.as_str())
    }

    pub(super) fn query(&self, name: &str) -> Option<String> {
        let query = self.uri.query().unwrap_or_default();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let found = pairs.find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }

    pub(super) fn kind(&self) -> Kind {
        let path = self.path();
        let is_below = |roots: &[&str]| roots.iter().any(|root| path.starts_with(root));
        if path.ends_with("/oauth2/v2.0/token") {
            Kind::Token
        } else if is_below(&["/issuer/", "/github/", "/ado/"]) {
            Kind::Workload
        } else if is_below(&["/metadata/identity/", "/msi/"]) {
            Kind::Machine
        } else if is_below(&["/metadata/"]) {
            Kind::Metadata
        } else {
            Kind::Graph
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The id that the client gave the request, or the service's where it gave none.
    pub(super) fn client_request_id(&self) -> &str {
        self.header("client-request-id").unwrap_or(&self.request_id)
    }

    pub(super) fn bearer_token(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The content type without its parameters.
    pub(super) fn media_type(&self) -> Option<&str> {
        let content_type = self.header("content-type")?;
        content_type.split(';').next().map(str::trim)
    }

    pub(super) fn json(&self) -> serde_json::Result<Value> {
        serde_json::from_slice(&self.body)
    }

    /// The fields of a form; none if the body says that it is something else.
    pub(super) fn form(&self) -> BTreeMap<String, String> {
        if self.media_type() != Some("application/x-www-form-urlencoded") {
            return BTreeMap::new();
        }
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// The whole request as it came, for whoever gives it back.
    pub(super) fn transcript(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            format!("{name}: {value}\n")
        });
        let headers: String = headers.collect();
        let body = String::from_utf8_lossy(&self.body);
        format!(
            "{} {}\n{headers}\n{body}",
            self.method,
            self.path_and_query()
        )
    }

    /// The body as JSON, whatever it is: a form as an object, what cannot be read as a string.
    pub(super) fn body_for_journal(&self) -> Option<Value> {
        if self.body.is_empty() {
            return None;
        }
        let form = self.form();
        if !form.is_empty() {
            return Some(form.into_iter().collect());
        }
        let text = || Value::String(String::from_utf8_lossy(&self.body).into_owned());
        Some(self.json().unwrap_or_else(|_| text()))
    }
}

fn host(uri: &Uri, headers: &HeaderMap) -> String {
    let in_header = || headers.get("host")?.to_str().ok();
    let whole = uri.authority().map(Authority::as_str).or_else(in_header);
    let whole = whole.unwrap_or_default().to_ascii_lowercase();
    whole.strip_suffix(":443").unwrap_or(&whole).to_owned()
}

/// What an answer carries.
pub(super) enum Payload {
    Empty,
    Json(Value),
    Text(String),
    /// A JSON string of this many bytes, made while it is sent.
    Flood(usize),
}

/// One answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(String, String)>,
    pub(super) payload: Payload,
}

impl Answer {
    pub(super) fn new(status: StatusCode, payload: Payload) -> Self {
        let content_type = match payload {
            Payload::Empty => None,
            Payload::Json(_) | Payload::Flood(_) => Some("application/json; charset=utf-8"),
            Payload::Text(_) => Some("text/plain; charset=utf-8"),
        };
        let answer = Self {
            status,
            headers: Vec::new(),
            payload,
        };
        content_type
            .into_iter()
            .fold(answer, |answer, value| answer.header("content-type", value))
    }

    pub(super) fn json(status: StatusCode, body: Value) -> Self {
        Self::new(status, Payload::Json(body))
    }

    /// Sets a header, in place of one of that name.
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same answer with another body.
    pub(super) fn with_body(self, body: Value) -> Self {
        Self {
            payload: Payload::Json(body),
            ..self
        }
    }

    /// The same news without a body.
    pub(super) fn without_body(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "content-type");
        Self {
            status: StatusCode::NO_CONTENT,
            payload: Payload::Empty,
            ..self
        }
    }

    pub(super) fn body_for_journal(&self) -> Option<Value> {
        match &self.payload {
            Payload::Empty => None,
            Payload::Json(body) => Some(body.clone()),
            Payload::Text(text) => {
                Some(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())))
            }
            Payload::Flood(bytes) => Some(Value::String(format!("({bytes} bytes)"))),
        }
    }

    pub(super) fn into_response(self) -> Response {
        let body = match &self.payload {
            Payload::Empty => Body::empty(),
            Payload::Json(body) => Body::from(body.to_string()),
            Payload::Text(text) => Body::from(text.clone()),
            Payload::Flood(bytes) => flood(*bytes),
        };
        self.respond(body)
    }

    /// Promises the whole body, and ends after half of it. (A reset would overtake the head.)
    pub(super) fn into_truncated_response(self) -> Response {
        let whole = self.text();
        let half = Bytes::copy_from_slice(&whole.as_bytes()[..whole.len() / 2]);
        let body = Body::from_stream(stream::iter([Ok::<_, io::Error>(half)]));
        self.header("content-length", &whole.len().to_string())
            .respond(body)
    }

    /// Sends the body piece by piece, and waits before each. An endless one goes on with spaces.
    pub(super) fn into_trickling_response(
        self,
        bytes: usize,
        every: Duration,
        endless: bool,
    ) -> Response {
        if matches!(self.payload, Payload::Empty) {
            return self.into_response();
        }
        let pieces = stream::iter(pieces(self.text(), bytes.max(1), endless));
        let slowly = pieces.then(move |piece| async move {
            tokio::time::sleep(every).await;
            Ok::<_, io::Error>(piece)
        });
        self.respond(Body::from_stream(slowly))
    }

    fn text(&self) -> String {
        match &self.payload {
            Payload::Json(body) => body.to_string(),
            Payload::Text(text) => text.clone(),
            Payload::Empty | Payload::Flood(_) => String::new(),
        }
    }

    fn respond(self, body: Body) -> Response {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response
            .body(body)
            .expect("a test's headers are such as HTTP allows")
    }
}

fn pieces(whole: String, size: usize, endless: bool) -> impl Iterator<Item = Bytes> {
    let whole = Bytes::from(whole);
    let starts = (0..whole.len()).step_by(size);
    let pieces = starts.map(move |start| whole.slice(start..whole.len().min(start + size)));
    let spaces = Bytes::from(vec![b' '; size]);
    let rest = iter::repeat_n(spaces, if endless { usize::MAX } else { 0 });
    pieces.chain(rest)
}

fn flood(bytes: usize) -> Body {
    const CHUNK: usize = 1 << 16;
    let filling = (0..bytes.div_ceil(CHUNK)).map(move |number| {
        let left = bytes - number * CHUNK;
        Bytes::from(vec![b'x'; left.min(CHUNK)])
    });
    let quote = || iter::once(Bytes::from_static(b"\""));
    let chunks = quote().chain(filling).chain(quote());
    Body::from_stream(stream::iter(chunks.map(Ok::<_, io::Error>)))
}
