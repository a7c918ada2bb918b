//! The one policy on repeating: which failures may be repeated, how often, and how long to wait. `client` asks it after
//! every failed attempt, signing in included.
//!
//! What must never happen is that one create makes two objects. So a write whose answer was lost is not repeated; one
//! that Graph put off, or that was never sent, is.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use reqwest::Method;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::error::{ApiError, Error, Failure};

/// A throttled request is repeated until the call's deadline; this only ends a server that says "at once" for ever.
const THROTTLED_ATTEMPTS: u32 = 30;
/// Connections come back within seconds or not soon; signing in must not keep people waiting.
const CONNECTION_ATTEMPTS: u32 = 3;

/// How long to wait where the server does not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    first_wait: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_secs(1),
        }
    }
}

impl Policy {
    /// Waits nothing where the server does not say: for tests.
    #[cfg(test)]
    pub(super) const fn at_once() -> Self {
        Self {
            first_wait: Duration::ZERO,
        }
    }

    /// The attempts at one request.
    pub(super) fn attempts(self, method: Method) -> Attempts {
        // backon's jitter adds up to as much again to each wait: 1 to 2 s, 2 to 4 s, …, 30 to 60 s.
        let backoff = ExponentialBuilder::new()
            .with_min_delay(self.first_wait)
            .with_max_delay(Duration::from_secs(30))
            .without_max_times()
            .with_jitter()
            .build();
        Attempts {
            method,
            made: 1,
            backoff,
        }
    }
}

/// The attempts at one request: the first is under way.
pub(super) struct Attempts {
    method: Method,
    made: u32,
    backoff: ExponentialBackoff,
}

impl Attempts {
    /// The number of the attempt under way, from 1.
    pub(super) fn number(&self) -> u32 {
        self.made
    }

    /// How long to wait before the next attempt, or `None` when `error` is the end of it: it may not be repeated, was
    /// repeated often enough, or the wait would outlast the time that is left (then the error that came tells people
    /// more than a deadline that passes in silence).
    pub(super) fn wait_after(&mut self, error: &Error, left: Duration) -> Option<Duration> {
        let repeat = may_repeat(error, &self.method)?;
        if self.made >= repeat.attempts {
            return None;
        }
        let backoff = self.backoff.next()?;
        let wait = repeat.asked.unwrap_or(backoff);
        if wait >= left {
            return None;
        }
        self.made += 1;
        Some(wait)
    }
}

/// Leave to repeat a request.
#[derive(Debug, PartialEq, Eq)]
struct Repeat {
    attempts: u32,
    asked: Option<Duration>,
}

fn may_repeat(error: &Error, method: &Method) -> Option<Repeat> {
    let connection = Some(Repeat {
        attempts: CONNECTION_ATTEMPTS,
        asked: None,
    });
    match error {
        Error::Api(api) if is_throttled(api, method) => Some(Repeat {
            attempts: THROTTLED_ATTEMPTS,
            asked: api.retry_after,
        }),
        Error::Transport { failure, .. } => match failure {
            Failure::Unreachable => connection,
            Failure::Lost if *method == Method::GET => connection,
            // The first has taken its time already, the second will not change.
            Failure::ConnectTimedOut | Failure::Untrusted | Failure::Lost => None,
        },
        // Asking for a token changes nothing, so it may be repeated whatever happened to it.
        Error::Credential {
            failure: Some(Failure::Unreachable | Failure::Lost),
            ..
        } => connection,
        Error::Credential {
            status: Some(429 | 500..),
            retry_after,
            ..
        } => Some(Repeat {
            attempts: CONNECTION_ATTEMPTS,
            asked: *retry_after,
        }),
        _ => None,
    }
}

/// Whether Graph says "not now". Microsoft documents 429, 503 and 504; Intune's query broker says it as a 500.
fn is_throttled(api: &ApiError, method: &Method) -> bool {
    match api.status {
        429 | 503 => true,
        // A gateway that gave up may have passed the request on. A PATCH or DELETE that was carried out may come once
        // more, but a POST would create a second object: it is repeated only if the answer asks for that.
        504 => *method != Method::POST || api.retry_after.is_some(),
        500 => api
            .message
            .to_ascii_lowercase()
            .contains("rate limit reached"),
        _ => false,
    }
}

/// Reads a Retry-After header: seconds, or an HTTP date, which is compared with `now`.
pub(super) fn retry_after(value: &str, now: OffsetDateTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = http_date(value)?;
    Some(Duration::try_from(date - now).unwrap_or(Duration::ZERO))
}

/// Reads an HTTP date in the form that RFC 9110 has servers send.
pub(super) fn http_date(value: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(value.trim(), &Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::error::References;
    use time::macros::datetime;

    const LONG: Duration = Duration::from_hours(1);

    fn api(status: u16, message: &str, retry_after: Option<u64>) -> Error {
        Error::Api(Box::new(ApiError {
            status,
            message: message.into(),
            method: String::new(),
            path: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
            clock_offset: None,
            references: References::default(),
        }))
    }

    fn transport(failure: Failure) -> Error {
        Error::Transport {
            what: String::new(),
            chain: String::new(),
            failure,
            client_request_id: String::new(),
            in_doubt: false,
        }
    }

    fn sign_in(status: Option<u16>, failure: Option<Failure>) -> Error {
        Error::Credential {
            message: String::new(),
            status,
            failure,
            retry_after: None,
            clock_offset: None,
        }
    }

    fn repeats(error: &Error, method: &Method) -> bool {
        may_repeat(error, method).is_some()
    }

    #[test]
    fn throttled_requests_of_any_method_are_repeated() {
        for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE] {
            assert!(repeats(&api(429, "", None), &method));
            assert!(repeats(&api(503, "", None), &method));
            assert!(repeats(
                &api(500, "Rate limit reached for x", None),
                &method
            ));
            assert!(repeats(&api(504, "", Some(1)), &method));
            assert!(repeats(&transport(Failure::Unreachable), &method));
            for status in [400, 401, 403, 404, 409, 500, 501, 502] {
                assert!(!repeats(&api(status, "", None), &method), "{status}");
            }
        }
    }

    #[test]
    fn a_write_whose_answer_was_lost_is_not_repeated() {
        let lost = transport(Failure::Lost);
        assert!(repeats(&lost, &Method::GET));
        for method in [Method::POST, Method::PATCH, Method::DELETE] {
            assert!(!repeats(&lost, &method));
        }
        assert!(repeats(&api(504, "", None), &Method::GET));
        assert!(!repeats(&api(504, "", None), &Method::POST));
    }

    #[test]
    fn what_will_not_change_is_not_repeated() {
        assert!(!repeats(&transport(Failure::Untrusted), &Method::GET));
        assert!(!repeats(&transport(Failure::ConnectTimedOut), &Method::GET));
        assert!(!repeats(
            &sign_in(None, Some(Failure::Untrusted)),
            &Method::POST
        ));
        assert!(!repeats(&sign_in(Some(401), None), &Method::POST));
        assert!(repeats(&sign_in(Some(503), None), &Method::POST));
        assert!(repeats(
            &sign_in(None, Some(Failure::Unreachable)),
            &Method::POST
        ));
    }

    #[test]
    fn the_server_says_how_long() {
        let mut attempts = Policy::default().attempts(Method::PATCH);
        for seconds in [0, 7, 0] {
            let wait = attempts.wait_after(&api(429, "", Some(seconds)), LONG);
            assert_eq!(wait, Some(Duration::from_secs(seconds)));
        }
        assert_eq!(attempts.number(), 4);
    }

    #[test]
    fn without_a_word_the_waits_grow_up_to_a_bound() {
        let mut attempts = Policy::default().attempts(Method::GET);
        let mut least = Duration::from_secs(1);
        for _ in 0..8 {
            let wait = attempts
                .wait_after(&api(503, "", None), LONG)
                .expect("a wait");
            assert!(wait >= least && wait <= 2 * least, "{wait:?} {least:?}");
            least = (2 * least).min(Duration::from_secs(30));
        }
    }

    #[test]
    fn a_wait_that_outlasts_the_call_is_not_begun() {
        let mut attempts = Policy::default().attempts(Method::GET);
        let left = Duration::from_secs(10);
        assert_eq!(attempts.wait_after(&api(429, "", Some(10)), left), None);
    }

    #[test]
    fn repeating_ends() {
        let mut attempts = Policy::at_once().attempts(Method::GET);
        let lost = transport(Failure::Lost);
        let waits = std::iter::from_fn(|| attempts.wait_after(&lost, LONG)).count();
        assert_eq!(waits, 2);
        let mut attempts = Policy::at_once().attempts(Method::GET);
        let throttled = api(429, "", Some(0));
        let waits = std::iter::from_fn(|| attempts.wait_after(&throttled, LONG)).count();
        assert_eq!(waits, 29);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = datetime!(2024-05-01 10:00:00 UTC);
        let seconds = |value| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Wed, 01 May 2024 10:00:30 GMT"), Some(30));
        assert_eq!(seconds("Wed, 01 May 2024 09:00:00 GMT"), Some(0));
        for garbage in ["", "-1", "soon", "1.5"] {
            assert_eq!(seconds(garbage), None);
        }
    }
}
