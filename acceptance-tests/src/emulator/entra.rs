//! Entra ID's token endpoint: who may have a token, and whose token it is. Called by `server` for a sign-in, by `machine` for a
//! managed identity, and by `graph` for the token that comes with a request.
//!
//! `directory` knows the tenants and their tokens; `proof` checks what a client brings, with `assertion` and `federation` for
//! what is signed and `certificate` for whose key that was; `refusal` is how Entra ID says no.

mod assertion;
mod certificate;
mod directory;
mod federation;
mod proof;
mod refusal;

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};

use super::message::{Answer, Call};
use super::{World, lock};

pub(super) use directory::{Caller, Directory};
use refusal::Refusal;

/// What Graph says of a token that was good once.
pub(super) const EXPIRED: &str = "Lifetime validation failed, the token is expired.";

/// A request for a token.
struct Request<'call> {
    /// The host that was asked.
    host: &'call str,
    tenant: &'call str,
    form: BTreeMap<String, String>,
}

impl Request<'_> {
    fn field(&self, name: &str) -> Result<&str, Refusal> {
        let field = self.form.get(name).map(String::as_str);
        field.ok_or_else(|| Refusal::missing(name))
    }

    /// The URL that was asked, which an assertion has to be meant for.
    fn url(&self) -> String {
        format!("https://{}/{}/oauth2/v2.0/token", self.host, self.tenant)
    }
}

/// Answers a request to `/{tenant}/oauth2/v2.0/token`.
pub(super) fn answer(world: &World, call: &Call) -> Answer {
    let request = Request {
        host: &call.host,
        tenant: call.path().split('/').nth(1).unwrap_or_default(),
        form: call.form(),
    };
    let granted = if call.method == Method::POST {
        lock(&world.directory).grant(&request, &world.issuer)
    } else {
        Err(Refusal::not_a_post(&call.method))
    };
    let answer = match granted {
        Ok(body) => Answer::json(StatusCode::OK, body),
        Err(refusal) => refusal.answer(call),
    };
    stamp(answer, call)
}

/// The error of a sign-in service that has nothing against the request but its own troubles.
pub(super) fn refuse(call: &Call, status: StatusCode) -> Answer {
    stamp(Refusal::transient(status).answer(call), call)
}

fn stamp(answer: Answer, call: &Call) -> Answer {
    answer
        .header("cache-control", "no-store, no-cache")
        .header("x-ms-request-id", &call.request_id)
        .header("client-request-id", call.client_request_id())
}
