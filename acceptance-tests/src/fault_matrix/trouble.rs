//! The rows of the matrix: what can go wrong between the provider and Graph. `cell` arranges it.

use std::time::Duration;

use time::{OffsetDateTime, macros::format_description};

use super::{
    operation::Operation,
    tenant::{Tenant, navy},
};
use crate::emulator::{Effect, Fault};

/// Something that goes wrong.
pub(super) struct Trouble {
    /// The head of its row.
    pub(super) name: &'static str,
    kind: Kind,
}

enum Kind {
    /// All is well, for comparison.
    None,
    /// This happens to the operation's own request, and to so many of its repetitions.
    Happens(fn() -> Effect, usize),
    /// The partner is gone, or there is nothing where it should be.
    Missing,
    /// The partner is gone, and Graph says it with a 400.
    MissingAs400,
    /// 204 and no body where the partner should be.
    NoObject,
    /// Another partner where the one in question should be.
    AnotherObject,
    /// The list goes on elsewhere.
    ForeignLink,
    /// A write's answer is lost, and nobody can look what became of it.
    Blind,
    /// A read does not show the last change yet; a write's answer is lost, and the reads are such.
    StaleRead,
    /// The partner is gone, and is still shown to who asks by id; a write's answer is lost as well.
    Ghost,
}

const fn happens(name: &'static str, effect: fn() -> Effect) -> Trouble {
    repeats(name, effect, 1)
}

const fn repeats(name: &'static str, effect: fn() -> Effect, times: usize) -> Trouble {
    let kind = Kind::Happens(effect, times);
    Trouble { name, kind }
}

const fn special(name: &'static str, kind: Kind) -> Trouble {
    Trouble { name, kind }
}

/// All of them, in the order of the table.
pub(super) const TROUBLES: [Trouble; 36] = [
    special("none", Kind::None),
    happens("429, Retry-After 0 s", || Effect::retry_after(429, "0")),
    happens("429, Retry-After 3 s", || Effect::retry_after(429, "3")),
    happens("429, Retry-After a date", || {
        Effect::retry_after(429, &http_date(3))
    }),
    happens("429, no Retry-After", || Effect::status(429)),
    repeats("429, four in a row", || Effect::retry_after(429, "1"), 4),
    happens("500, rate limit reached", Effect::rate_limit_500),
    happens("500", || Effect::status(500)),
    happens("502", || Effect::status(502)),
    happens("503", || Effect::status(503)),
    happens("504", || Effect::status(504)),
    happens("connection cut before the effect", || {
        Effect::ResetBeforeEffect
    }),
    happens("connection cut after the effect", || {
        Effect::ResetAfterEffect
    }),
    special(
        "connection cut after the effect, then reads fail",
        Kind::Blind,
    ),
    happens("answer cut short", || Effect::TruncatedBody),
    happens("answer trickles in", || Effect::Trickle {
        bytes: 64,
        every: Duration::from_millis(10),
        endless: false,
    }),
    happens("web page instead of an answer", || Effect::Html),
    happens("64 MiB instead of an answer", || {
        Effect::Oversized(64 << 20)
    }),
    special("204 instead of the object", Kind::NoObject),
    special("answer about another partner", Kind::AnotherObject),
    happens("400", || Effect::status(400)),
    happens("400, unknown path", Effect::wrong_segment_400),
    happens("401, the token has expired", || Effect::ExpiredToken),
    repeats("401, again after a new sign-in", || Effect::status(401), 2),
    happens("403", || Effect::status(403)),
    special("404, the partner is gone", Kind::Missing),
    special("400, the partner is gone", Kind::MissingAs400),
    happens("404, unknown address", Effect::wrong_version_404),
    happens("404 of a proxy", || Effect::Status {
        status: 404,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: Some("<html><body>Nothing here</body></html>".to_owned()),
    }),
    happens("408", || Effect::status(408)),
    happens("409", || Effect::status(409)),
    happens("412", || Effect::status(412)),
    happens("redirect to another host", || {
        Effect::Redirect("https://elsewhere.example/".to_owned())
    }),
    special("next page on another host", Kind::ForeignLink),
    special("reads lag behind", Kind::StaleRead),
    special("deleted, and still shown", Kind::Ghost),
];

impl Trouble {
    /// Arranges that it happens to `operation` in this tenant, or says that it cannot.
    pub(super) fn arrange(&self, operation: Operation, tenant: &Tenant) -> bool {
        use Operation::{Create, Delete, Import, List, Refresh, Update};
        let own = |effect| fault(operation.method(), effect);
        let fail = |fault| tenant.emulator.fail(fault);
        match (&self.kind, operation) {
            (Kind::None, _) => {}
            (Kind::Happens(effect, times), _) => fail(own(effect()).times(*times)),
            (Kind::Missing, Refresh | Update | Delete) => tenant.remove(),
            (Kind::Missing, Import | List | Create) => fail(own(Effect::status(404))),
            (Kind::MissingAs400, Refresh | Update | Delete) => {
                tenant.remove();
                let code = "ResourceNotFound";
                fail(own(Effect::graph_error(400, code, "Not found.")));
            }
            (Kind::NoObject, Refresh | Import | List | Create | Update) => {
                fail(own(Effect::EmptyAnswer204));
            }
            (Kind::AnotherObject, Refresh | Create | Update) => {
                fail(own(Effect::AnotherObject(navy())));
            }
            // The list comes first.
            (Kind::AnotherObject, Import) => {
                fail(own(Effect::AnotherObject(navy())).starting_at(2));
            }
            (Kind::ForeignLink, Import | List | Create) => {
                let link = "https://elsewhere.example/v1.0/next".to_owned();
                fail(fault("GET", Effect::NextLink(link)));
            }
            (Kind::Blind, Create | Update | Delete) => {
                fail(own(Effect::ResetAfterEffect));
                fail(look(operation, Effect::status(500)));
            }
            (Kind::StaleRead, Refresh | Import | List) => {
                tenant.edit();
                fail(own(Effect::StaleRead));
            }
            (Kind::StaleRead, Create | Update | Delete) => {
                fail(own(Effect::ResetAfterEffect));
                // A change or a delete that is not seen is sent again, and answered.
                let looks = if operation == Create { 2 } else { 1 };
                fail(look(operation, Effect::StaleRead).times(looks));
            }
            (Kind::Ghost, Refresh) => {
                tenant.remove();
                fail(own(Effect::Ghost));
            }
            (Kind::Ghost, Update) => {
                tenant.remove();
                fail(own(Effect::ResetBeforeEffect));
                fail(look(operation, Effect::Ghost));
            }
            (Kind::Ghost, Delete) => {
                fail(own(Effect::ResetAfterEffect));
                fail(look(operation, Effect::Ghost));
            }
            (Kind::MissingAs400 | Kind::Ghost, Import | List | Create)
            | (Kind::NoObject, Delete)
            | (Kind::AnotherObject, List | Delete)
            | (Kind::Blind, Refresh | Import | List)
            | (Kind::ForeignLink, Refresh | Update | Delete) => return false,
        }
        true
    }
}

/// A fault of a request for partners. A sign-in is a POST, too.
fn fault(method: &str, effect: Effect) -> Fault {
    Fault::new(effect)
        .method(method)
        .path("/complianceManagementPartners")
}

/// A fault of the first look at what became of a write. A create has looked before, too.
fn look(operation: Operation, effect: Effect) -> Fault {
    let first = if operation == Operation::Create { 2 } else { 1 };
    fault("GET", effect).starting_at(first)
}

/// The date so many seconds from now, as HTTP writes it.
fn http_date(seconds: i64) -> String {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let then = OffsetDateTime::now_utc() + time::Duration::seconds(seconds);
    then.format(&format).expect("a date of this century")
}
