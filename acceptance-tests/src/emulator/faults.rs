//! What can go wrong between a client and the service, on demand. Tests describe it with [`Fault`]; `server` asks for the
//! effect that is due on each request, and `graph` heeds the few that change what is read or written.

use std::sync::Mutex;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::entra::EXPIRED;
use super::gate::Gate;
use super::graph_error::Refusal;
use super::journal::Kind;
use super::message::{Answer, Call, Payload};
use super::{entra, graph, lock, machine, metadata, workload};
use crate::chance::Chance;

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
    /// Answers this error in Graph's form, whoever was asked.
    GraphError {
        /// The status.
        status: u16,
        /// `error.code`.
        code: String,
        /// `error.message`.
        message: String,
    },
    /// Graph finds that the token has expired. Later requests may use it.
    ExpiredToken,
    /// Cuts the connection before the request takes effect. Over HTTP/2 that ends the other requests on it, too.
    ResetBeforeEffect,
    /// Answers 200 and a web page, as a captive portal or a proxy's sign-in page does.
    Html,
    /// Answers 400 and a page that repeats the request with its headers, secrets and all, as some proxies do.
    Echo,
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
    /// Sends the answer's body slowly, piece by piece.
    Trickle {
        /// How large a piece is.
        bytes: usize,
        /// How long the service waits before each.
        every: Duration,
        /// Whether spaces follow the body, without end.
        endless: bool,
    },
    /// Answers 204 and no body where the request succeeds.
    EmptyAnswer204,
    /// Puts this link into a list as its `@odata.nextLink`.
    NextLink(String),
    /// Answers `{"value": {…}}` where one object is asked for, as a sample in the documentation does.
    WrapInValue,
    /// Answers this object where one is asked for.
    AnotherObject(Value),

    // In the service.
    /// A write silently keeps the old value of this property.
    IgnoreProperty(String),
    /// A read answers each partner as it was before its last write.
    StaleRead,
    /// A read by id answers a deleted partner as it was, while the list has it no more.
    Ghost,
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

    /// An error of Graph itself.
    #[must_use]
    pub fn graph_error(status: u16, code: &str, message: &str) -> Self {
        Self::from_refusal(Refusal::new(status_code(status), code, message))
    }

    /// An error of Intune behind Graph: `error.message` is JSON once more, and in it is this message.
    #[must_use]
    pub fn intune_error(status: u16, code: &str, message: &str) -> Self {
        Self::from_refusal(Refusal::of_intune(status_code(status), code, message))
    }

    /// How Intune's query broker throttles: a 500, and not a word of how long.
    #[must_use]
    pub fn rate_limit_500() -> Self {
        let message = "Rate limit reached for this tenant in the query broker.";
        Self::intune_error(500, "InternalServerError", message)
    }

    /// A 404 that is about the URL, not about a partner: Graph does not know this version.
    #[must_use]
    pub fn wrong_version_404() -> Self {
        Self::from_refusal(Refusal::no_such_version("v1.1"))
    }

    /// What Graph says of a path that leads nowhere.
    #[must_use]
    pub fn wrong_segment_400() -> Self {
        Self::from_refusal(Refusal::no_such_segment("complianceManagementPartner"))
    }

    fn from_refusal(refusal: Refusal) -> Self {
        Self::GraphError {
            status: refusal.status.as_u16(),
            code: refusal.code,
            message: refusal.message,
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
                let status = status_code(*status);
                let answer = match (body, call.kind()) {
                    (Some(body), _) => Answer::new(status, Payload::Text(body.clone()))
                        .header("content-type", "application/json"),
                    (None, Kind::Graph) => graph::refuse(call, Refusal::of_status(status)),
                    (None, Kind::Token) => entra::refuse(call, status),
                    (None, Kind::Workload) => workload::refuse(status),
                    (None, Kind::Machine) => machine::refuse(call, status),
                    (None, Kind::Metadata) => metadata::refuse(status),
                };
                let with =
                    |answer: Answer, (name, value): &(String, String)| answer.header(name, value);
                Some(headers.iter().fold(answer, with))
            }
            Self::GraphError {
                status,
                code,
                message,
            } => {
                let refusal = Refusal::new(status_code(*status), code, message);
                Some(graph::refuse(call, refusal))
            }
            Self::ExpiredToken if call.kind() == Kind::Graph => {
                Some(graph::refuse(call, Refusal::bad_token(EXPIRED)))
            }
            Self::Html => {
                let page = "<!DOCTYPE html><html><body>Sign in to the network</body></html>";
                let answer = Answer::new(StatusCode::OK, Payload::Text(page.to_owned()));
                Some(answer.header("content-type", "text/html; charset=utf-8"))
            }
            Self::Echo => {
                let page = format!("<html><body><pre>{}</pre></body></html>", call.transcript());
                let answer = Answer::new(StatusCode::BAD_REQUEST, Payload::Text(page));
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
            Self::AnotherObject(other) if success && !list => answer.with_body(other.clone()),
            Self::WrapInValue if success && !list => {
                let body = json!({"value": body});
                answer.with_body(body)
            }
            _ => answer,
        }
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("an HTTP status")
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

/// The faults of one emulator.
#[derive(Default)]
pub(super) struct Faults {
    /// Each with the number of requests it has matched.
    meant: Mutex<Vec<(Fault, usize)>>,
    random: Mutex<Option<Random>>,
}

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        lock(&self.meant).push((fault, 0));
    }

    /// From now on every request that no fault is meant for draws its lot.
    pub(super) fn draw(&self, random: Random) {
        *lock(&self.random) = Some(random);
    }

    pub(super) fn clear(&self) {
        lock(&self.meant).clear();
        *lock(&self.random) = None;
    }

    /// How many have not yet met all the requests they are meant for.
    pub(super) fn pending(&self) -> usize {
        let faults = lock(&self.meant);
        let pending = faults.iter().filter(|(fault, matched)| {
            let last = fault.first.saturating_sub(1).saturating_add(fault.times);
            *matched < last
        });
        pending.count()
    }

    /// Counts a request, and says what happens to it.
    pub(super) fn next(&self, call: &Call) -> Option<Effect> {
        let mut due = None;
        for (fault, matched) in lock(&self.meant).iter_mut().filter(|it| it.0.matches(call)) {
            *matched += 1;
            let happened = matched.checked_sub(fault.first);
            if happened.is_some_and(|happened| happened < fault.times) {
                due = due.or_else(|| Some(fault.effect.clone()));
            }
        }
        due.or_else(|| lock(&self.random).as_mut()?.next())
    }
}

/// Faults that meet any request, by chance: the n-th request draws the n-th lot of the seed. Which request is the n-th is
/// up to those who send at the same time.
pub(super) struct Random {
    chance: Chance,
    probability: f64,
    effects: Vec<Effect>,
}

impl Random {
    pub(super) fn new(seed: u64, probability: f64, effects: Vec<Effect>) -> Self {
        Self {
            chance: Chance::new(seed),
            probability,
            effects,
        }
    }

    fn next(&mut self) -> Option<Effect> {
        let happens = self.chance.happens(self.probability);
        happens.then(|| self.chance.pick(&self.effects).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Random};

    fn lots(seed: u64, probability: f64) -> Vec<Option<String>> {
        let effects = vec![Effect::Html, Effect::Ghost, Effect::StaleRead];
        let mut random = Random::new(seed, probability, effects);
        let lot = |_| random.next().map(|effect| format!("{effect:?}"));
        (0..2000).map(lot).collect()
    }

    #[test]
    fn the_seed_decides_who_meets_which_fault() {
        assert_eq!(lots(1, 0.05), lots(1, 0.05));
        assert_ne!(lots(1, 0.05), lots(2, 0.05));
    }

    #[test]
    fn as_many_meet_one_as_the_probability_says_and_each_effect_has_its_share() {
        let mut faults: Vec<_> = lots(7, 0.05).into_iter().flatten().collect();
        assert!((70..130).contains(&faults.len()), "{}", faults.len());
        faults.sort();
        faults.dedup();
        assert_eq!(faults, ["Ghost", "Html", "StaleRead"]);
        assert!(lots(7, 0.0).iter().all(Option::is_none));
        assert!(lots(7, 1.0).iter().all(Option::is_some));
    }
}
