//! What can go wrong between a client and the service, on demand. Tests describe it with [`Fault`]; `server` asks for the
//! effect that is due on each request, and `graph` heeds the few that change what is read or written.

use std::sync::Mutex;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::gate::Gate;
use super::journal::Kind;
use super::message::{Answer, Call, Payload};
use super::{entra, graph, lock};

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Effect {
    // Instead of the request: the service never sees it.
    /// Answers this status. Without a body it is an error in the form of the service that was asked.
    Status {
        /// The status.
        status: u16,
        /// Headers such as `Retry-After`; they win over those the answer would have.
        headers: Vec<(String, String)>,
        /// The body as it is sent: JSON, unless the headers say otherwise.
        body: Option<String>,
    },
    /// Cuts the connection before the request takes effect. Over HTTP/2 that ends the other requests on it, too.
    ResetBeforeEffect,
    /// Answers 200 and a web page, as a captive portal or a proxy's sign-in page does.
    Html,
    /// Answers 200 and a JSON string of this many bytes.
    Oversized(usize),
    /// Redirects to this URL with a 307, which asks the client to send the same again there.
    Redirect(String),

    // On the way: the request takes effect, even if the client is gone by then.
    /// Waits before it handles the request.
    Delay(Duration),
    /// Holds the request at the gate before it takes effect.
    HoldBefore(Gate),
    /// Holds the answer at the gate when the request has taken effect.
    HoldAfter(Gate),
    /// Cuts the connection when the request has taken effect.
    ResetAfterEffect,
    /// Breaks off in the middle of the answer's body.
    TruncatedBody,
    /// Answers 204 and no body where the request succeeds.
    EmptyAnswer204,
    /// Puts this link into a list as its `@odata.nextLink`.
    NextLink(String),
    /// Answers `{"value": {…}}` where one object is asked for, as a sample in the documentation does.
    WrapInValue,

    // In the service.
    /// A write silently keeps the old value of this property.
    IgnoreProperty(String),
    /// A read answers each partner as it was before its last write.
    StaleRead,
}

impl Effect {
    /// An error of this status, in the form of the service that was asked.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    /// An error of this status that asks to be left alone for a while: seconds, or an HTTP date.
    #[must_use]
    pub fn retry_after(status: u16, value: &str) -> Self {
        Self::Status {
            status,
            headers: vec![("retry-after".to_owned(), value.to_owned())],
            body: None,
        }
    }

    /// The answer to a request that the service never sees; nothing if it sees it.
    pub(super) fn instead(&self, call: &Call) -> Option<Answer> {
        match self {
            Self::Status {
                status,
                headers,
                body,
            } => {
                let status = StatusCode::from_u16(*status).expect("an HTTP status");
                let answer = match (body, call.kind()) {
                    (Some(body), _) => Answer::new(status, Payload::Text(body.clone()))
                        .header("content-type", "application/json"),
                    (None, Kind::Graph) => graph::refuse(call, status),
                    (None, Kind::Token) => entra::refuse(call, status),
                };
                let with =
                    |answer: Answer, (name, value): &(String, String)| answer.header(name, value);
                Some(headers.iter().fold(answer, with))
            }
            Self::Html => {
                let page = "<!DOCTYPE html><html><body>Sign in to the network</body></html>";
                let answer = Answer::new(StatusCode::OK, Payload::Text(page.to_owned()));
                Some(answer.header("content-type", "text/html; charset=utf-8"))
            }
            Self::Oversized(bytes) => Some(Answer::new(StatusCode::OK, Payload::Flood(*bytes))),
            Self::Redirect(url) => {
                let answer = Answer::new(StatusCode::TEMPORARY_REDIRECT, Payload::Empty);
                Some(answer.header("location", url))
            }
            _ => None,
        }
    }

    /// What the client gets to see of the service's answer.
    pub(super) fn distort(&self, answer: Answer) -> Answer {
        let Payload::Json(body) = &answer.payload else {
            return answer;
        };
        let success = answer.status.is_success();
        let list = body.get("value").is_some_and(Value::is_array);
        match self {
            Self::EmptyAnswer204 if success => answer.without_body(),
            Self::NextLink(url) if list => {
                let mut body = body.clone();
                body["@odata.nextLink"] = json!(url);
                answer.with_body(body)
            }
            Self::WrapInValue if success && !list => {
                let body = json!({"value": body});
                answer.with_body(body)
            }
            _ => answer,
        }
    }
}

/// Which requests something happens to. [`Fault::new`] matches the next request, whatever it is.
#[derive(Clone, Debug)]
pub struct Fault {
    method: Option<String>,
    path_part: String,
    first: usize,
    times: usize,
    effect: Effect,
}

impl Fault {
    /// Happens to one request: the next.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self {
            method: None,
            path_part: String::new(),
            first: 1,
            times: 1,
            effect,
        }
    }

    /// Only requests with this method match.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only requests whose path or query contains this match.
    #[must_use]
    pub fn path(mut self, part: &str) -> Self {
        part.clone_into(&mut self.path_part);
        self
    }

    /// Spares the matching requests before the `first`, which counts from 1 and from when the fault is added.
    #[must_use]
    pub fn starting_at(mut self, first: usize) -> Self {
        self.first = first;
        self
    }

    /// Happens to this many matching requests in a row.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Happens to every matching request.
    #[must_use]
    pub fn forever(self) -> Self {
        self.times(usize::MAX)
    }

    fn matches(&self, call: &Call) -> bool {
        self.method
            .as_deref()
            .is_none_or(|method| call.method == method)
            && call.path_and_query().contains(&self.path_part)
    }
}

/// The faults of one emulator, each with the number of requests it has matched.
#[derive(Default)]
pub(super) struct Faults(Mutex<Vec<(Fault, usize)>>);

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        lock(&self.0).push((fault, 0));
    }

    /// Counts a request, and says what happens to it.
    pub(super) fn next(&self, call: &Call) -> Option<Effect> {
        let mut due = None;
        for (fault, matched) in lock(&self.0).iter_mut().filter(|it| it.0.matches(call)) {
            *matched += 1;
            let happened = matched.checked_sub(fault.first);
            if happened.is_some_and(|happened| happened < fault.times) {
                due = due.or_else(|| Some(fault.effect.clone()));
            }
        }
        due
    }
}
