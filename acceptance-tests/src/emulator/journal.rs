//! What the emulator was asked and what it answered, so that a test can hold a client to it: what was sent, how often, and
//! that nothing else was. Filled by `server`; read by tests and by `cargo emulator`. It never holds a secret.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Mutex;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::faults::Effect;
use super::lock;
use super::message::{Answer, Call};

/// The service a request was for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Entra ID's token endpoint.
    Token,
    /// Microsoft Graph.
    Graph,
    /// What vouches for a workload: the OIDC issuer, and the token services of GitHub Actions and Azure DevOps.
    Workload,
    /// What a machine asks for a token of its managed identity: IMDS and App Service.
    Machine,
    /// Azure's metadata, which tells where a cloud's services are.
    Metadata,
}

/// One request, and the answer if there was one.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    /// The place in the order of arrival, from 1 on. Clearing the journal does not start it anew.
    pub sequence: usize,
    /// The service asked.
    pub kind: Kind,
    /// The HTTP method.
    pub method: String,
    /// The host that was asked, with its port where it is not 443.
    pub host: String,
    /// The path with its query, as it was sent.
    pub path: String,
    /// The request's headers as far as a test may care.
    pub headers: RequestHeaders,
    /// The request's body: JSON as it was, a form as an object, anything else as a string. Secrets are blotted out.
    pub request: Option<Value>,
    /// The answer's status; none if the connection was cut, or nothing is answered yet. A client that went away before the
    /// answer has not seen it.
    pub status: Option<u16>,
    /// The answer's body, in the same way.
    pub response: Option<Value>,
    /// The id that the service gave the request.
    pub request_id: String,
    /// What disturbed the request, as the [`Effect`] is written in Rust.
    pub fault: Option<String>,
}

/// The headers of a request that a test may care about.
#[derive(Clone, Debug, Serialize)]
pub struct RequestHeaders {
    /// `content-type`.
    pub content_type: Option<String>,
    /// `user-agent`.
    pub user_agent: Option<String>,
    /// `client-request-id`.
    pub client_request_id: Option<String>,
    /// Whether a bearer token was sent.
    pub bearer_token: bool,
}

impl Exchange {
    fn new(sequence: usize, call: &Call, fault: Option<&Effect>) -> Self {
        let header = |name| call.header(name).map(str::to_owned);
        Self {
            sequence,
            kind: call.kind(),
            method: call.method.to_string(),
            host: call.host.clone(),
            path: call.path_and_query().to_owned(),
            headers: RequestHeaders {
                content_type: header("content-type"),
                user_agent: header("user-agent"),
                client_request_id: header("client-request-id"),
                bearer_token: call.bearer_token().is_some(),
            },
            request: call.body_for_journal().map(without_secrets),
            status: None,
            response: None,
            request_id: call.request_id.clone(),
            fault: fault.map(|effect| format!("{effect:?}")),
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} -> ", self.method, self.path)?;
        match self.status {
            Some(status) => write!(formatter, "{status}"),
            None => formatter.write_str("no answer"),
        }
    }
}

fn without_secrets(mut body: Value) -> Value {
    for name in [
        "client_secret",
        "client_assertion",
        "access_token",
        "oidcToken",
    ] {
        if let Some(secret) = body.get_mut(name) {
            *secret = Value::from("(redacted)");
        }
    }
    // GitHub's token. A list of Graph's is called the same.
    if let Some(secret) = body.get_mut("value").filter(|it| it.is_string()) {
        *secret = Value::from("(redacted)");
    }
    body
}

/// The exchanges of one emulator.
#[derive(Default)]
pub(super) struct Journal {
    pages: Mutex<Pages>,
    progress: Notify,
}

#[derive(Default)]
struct Pages {
    last_sequence: usize,
    /// The requests that arrived and are not settled.
    under_way: BTreeSet<usize>,
    exchanges: Vec<Exchange>,
    watchers: Vec<UnboundedSender<Exchange>>,
}

impl Journal {
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.pages).exchanges.clone()
    }

    pub(super) fn last_sequence(&self) -> usize {
        lock(&self.pages).last_sequence
    }

    pub(super) fn clear(&self) {
        self.trim(0);
    }

    /// Forgets all but the last exchanges.
    pub(super) fn trim(&self, kept: usize) {
        let exchanges = &mut lock(&self.pages).exchanges;
        exchanges.drain(..exchanges.len().saturating_sub(kept));
    }

    pub(super) fn watch(&self) -> UnboundedReceiver<Exchange> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.pages).watchers.push(sender);
        receiver
    }

    /// Completes when each request that has arrived so far is settled, whether its client is there or not.
    pub(super) async fn caught_up(&self) {
        let last = self.last_sequence();
        loop {
            let progress = self.progress.notified();
            if lock(&self.pages).under_way.range(..=last).next().is_none() {
                return;
            }
            progress.await;
        }
    }

    /// Notes a request on arrival, for a client may give up before the answer. Returns its sequence number.
    pub(super) fn arrived(&self, call: &Call, fault: Option<&Effect>) -> usize {
        let mut pages = lock(&self.pages);
        pages.last_sequence += 1;
        let sequence = pages.last_sequence;
        pages.under_way.insert(sequence);
        pages.exchanges.push(Exchange::new(sequence, call, fault));
        sequence
    }

    /// Notes what becomes of a request: its answer, or none if the connection is cut.
    pub(super) fn settled(&self, sequence: usize, answer: Option<&Answer>) {
        let mut pages = lock(&self.pages);
        pages.under_way.remove(&sequence);
        self.progress.notify_waiters();
        let Pages {
            exchanges,
            watchers,
            ..
        } = &mut *pages;
        // It is gone if the journal was cleared in between.
        let Some(exchange) = exchanges.iter_mut().find(|it| it.sequence == sequence) else {
            return;
        };
        if let Some(answer) = answer {
            exchange.status = Some(answer.status.as_u16());
            exchange.response = answer.body_for_journal().map(without_secrets);
        }
        watchers.retain(|watcher| watcher.send(exchange.clone()).is_ok());
    }
}
