//! The retry policy: which requests may be repeated after a failure, how often, and how long to wait. `client` asks it
//! after every failed attempt, including sign-ins. Other modules ask it (through the client) when to check what became
//! of a write.
//!
//! One create must never make two objects. So a write whose response was lost is not repeated here: its sender reads
//! first. A write that Graph throttled, or that was never sent, is repeated.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use reqwest::Method;

use super::error::{ApiError, Error, Failure};

/// How many times a write is sent at most if its responses get lost and reading shows that it was not carried out.
const WRITES: u32 = 3;

/// Graph may say "at once" and mean it. From this attempt on, it is not taken at its word.
const TRUSTED_ATTEMPTS: u32 = 10;
/// Connections come back within seconds or not soon; signing in must not keep people waiting.
const CONNECTION_ATTEMPTS: u32 = 3;
/// How long to wait for the service of a machine, which is gone for at most 70 s while it is replaced, and how often to
/// ask it:
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance>.
const REPLACING: Duration = Duration::from_secs(10);
const REPLACING_ATTEMPTS: u32 = 8;
/// How often to check what became of a write: what was written may show up late.
const LOOKS: usize = 4;

/// How long to wait if the server does not say.
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
    /// Does not wait if the server does not say how long: for tests.
    #[cfg(test)]
    pub(super) const fn at_once() -> Self {
        Self {
            first_wait: Duration::ZERO,
        }
    }

    /// The attempts at one request.
    pub(super) fn attempts(self, method: Method) -> Attempts {
        Attempts {
            method,
            made: 1,
            backoff: self.backoff(),
        }
    }

    /// How long to wait before each check of what became of a write.
    pub(super) fn looks(self) -> impl Iterator<Item = Duration> {
        std::iter::once(Duration::ZERO)
            .chain(self.backoff())
            .take(LOOKS)
    }

    /// 1 s, 2 s, 4 s, … 30 s.
    fn backoff(self) -> ExponentialBackoff {
        ExponentialBuilder::new()
            .with_min_delay(self.first_wait)
            .with_max_delay(Duration::from_secs(30))
            .without_max_times()
            .build()
    }
}

/// The attempts at one request. The first one is in progress.
pub(super) struct Attempts {
    method: Method,
    made: u32,
    backoff: ExponentialBackoff,
}

/// Why there is no further attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The request may not be repeated after this failure.
    Final,
    /// The request was repeated as often as it may be.
    Attempts,
    /// This wait would outlast the time left. The error at hand then tells people more than a deadline that passes in
    /// silence.
    Time(Duration),
}

impl Attempts {
    /// The number of the current attempt, starting at 1.
    pub(super) fn number(&self) -> u32 {
        self.made
    }

    /// How long to wait before the next attempt, or why there is none.
    pub(super) fn wait_after(&mut self, error: &Error, left: Duration) -> Result<Duration, End> {
        let repeat = may_repeat(error, &self.method).ok_or(End::Final)?;
        if repeat.attempts.is_some_and(|most| self.made >= most) {
            return Err(End::Attempts);
        }
        let backoff = self.backoff.next().unwrap_or_default();
        // Full jitter: requests that were throttled together do not come back together.
        let jittered = backoff.mul_f64(fastrand::f64());
        let wait = match repeat.asked {
            Some(asked) if self.made < TRUSTED_ATTEMPTS => asked,
            Some(asked) => asked.max(jittered),
            None => jittered,
        };
        if wait >= left {
            return Err(End::Time(wait));
        }
        self.made += 1;
        Ok(wait)
    }
}

/// Permission to repeat a request.
#[derive(Debug, PartialEq, Eq)]
struct Repeat {
    /// How many attempts there may be; `None`: as many as the call has time for.
    attempts: Option<u32>,
    asked: Option<Duration>,
}

fn may_repeat(error: &Error, method: &Method) -> Option<Repeat> {
    let connection = Some(Repeat {
        attempts: Some(CONNECTION_ATTEMPTS),
        asked: None,
    });
    match error {
        Error::Api(api) if is_put_off(api, method) => Some(Repeat {
            attempts: None,
            asked: api.retry_after,
        }),
        Error::Transport { failure, .. } => match failure {
            Failure::Unreachable => connection,
            Failure::Lost | Failure::Silent if *method == Method::GET => connection,
            // `ConnectTimedOut` has already taken its time, and `Untrusted` will not change.
            Failure::ConnectTimedOut | Failure::Untrusted | Failure::Lost | Failure::Silent => None,
        },
        // Asking for a token changes nothing, so it may be repeated whatever happened to it.
        Error::Credential(credential) => match (credential.failure, credential.status) {
            (Some(Failure::Unreachable | Failure::Lost | Failure::Silent), _) => connection,
            (None, Some(410)) if credential.is_replaced => Some(Repeat {
                attempts: Some(REPLACING_ATTEMPTS),
                asked: credential.retry_after.or(Some(REPLACING)),
            }),
            (None, Some(404)) if credential.is_replaced => connection,
            (None, Some(429 | 500..)) => Some(Repeat {
                attempts: Some(CONNECTION_ATTEMPTS),
                asked: credential.retry_after,
            }),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a write whose response was lost may be sent again, after it was sent `sent` times and reading shows that it
/// left no trace. A write that was abandoned halfway may still leave one, and a service that failed on it would fail
/// again. For a create, where a second one makes a second object, also ask [`Error::may_show_later`].
#[must_use]
pub fn may_send_again(error: &Error, sent: u32) -> bool {
    sent < WRITES
        && error.is_in_doubt()
        && match error {
            Error::Transport { .. } | Error::Decode(_) => true,
            Error::Api(api) => api.status != 500,
            _ => false,
        }
}

/// How long Graph wants no other request of the kind that it throttled.
pub(super) fn asked_of_all(error: &Error) -> Option<Duration> {
    match error {
        Error::Api(api) if api.is_throttled() => api.retry_after.filter(|asked| !asked.is_zero()),
        _ => None,
    }
}

/// Whether Graph says "not now".
fn is_put_off(api: &ApiError, method: &Method) -> bool {
    match api.status {
        // A gateway that gave up may have passed the request on, which is harmless only for a read.
        408 | 502 | 504 => *method == Method::GET,
        _ => api.is_throttled(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::CredentialError;

    const LONG: Duration = Duration::from_hours(1);
    const WRITING: [Method; 3] = [Method::POST, Method::PATCH, Method::DELETE];

    fn api(status: u16, message: &str, retry_after: Option<u64>) -> Error {
        Error::Api(Box::new(ApiError {
            method: "POST".into(),
            retry_after: retry_after.map(Duration::from_secs),
            ..ApiError::of_a_read(status, None, message)
        }))
    }

    fn transport(failure: Failure) -> Error {
        Error::Transport {
            what: String::new(),
            chain: String::new(),
            failure,
            status: None,
            client_request_id: String::new(),
            in_doubt: false,
        }
    }

    fn sign_in(status: Option<u16>, failure: Option<Failure>) -> Error {
        let error = CredentialError {
            status,
            failure,
            ..CredentialError::default()
        };
        error.into()
    }

    fn repeats(error: &Error, method: &Method) -> bool {
        may_repeat(error, method).is_some()
    }

    #[test]
    fn what_graph_puts_off_is_repeated_whatever_the_method() {
        for method in WRITING.into_iter().chain([Method::GET]) {
            assert!(repeats(&api(429, "", None), &method));
            let graphs = ApiError {
                method: method.to_string(),
                ..ApiError::of_a_read(503, Some("ServiceUnavailable"), "")
            };
            assert!(repeats(&Error::Api(Box::new(graphs)), &method));
            assert!(repeats(
                &api(500, "Rate limit reached for x", None),
                &method
            ));
            assert!(repeats(&transport(Failure::Unreachable), &method));
            for status in [400, 401, 403, 404, 409, 412, 500, 501] {
                assert!(!repeats(&api(status, "", None), &method), "{status}");
            }
        }
    }

    #[test]
    fn a_write_whose_answer_was_lost_is_not_repeated() {
        for lost in [
            transport(Failure::Lost),
            transport(Failure::Silent),
            api(502, "", None),
            api(504, "", Some(1)),
        ] {
            assert!(repeats(&lost, &Method::GET));
            for method in WRITING {
                assert!(!repeats(&lost, &method), "{lost} {method}");
            }
        }
    }

    #[test]
    fn a_write_that_left_no_trace_is_sent_a_few_times() {
        let lost = |failure, status| Error::Transport {
            what: String::new(),
            chain: String::new(),
            failure,
            status,
            client_request_id: String::new(),
            in_doubt: true,
        };
        let broken = lost(Failure::Lost, None);
        let sends = (1..9).take_while(|sent| may_send_again(&broken, *sent));
        assert_eq!(sends.count(), 2);
        for (failure, status, may_show_later) in [
            (Failure::Lost, None, false),
            (Failure::Lost, Some(500), false),
            (Failure::Lost, Some(201), true),
            (Failure::Silent, None, true),
        ] {
            let error = lost(failure, status);
            assert_eq!(error.may_show_later(), may_show_later, "{error}");
        }
        for status in [408, 502, 503, 504] {
            let gateway = api(status, "", None);
            assert!(!repeats(&gateway, &Method::POST), "{status}");
            assert!(may_send_again(&gateway, 1) && gateway.may_show_later());
        }
        for error in [
            api(500, "", None),
            api(429, "", None),
            Error::Cancelled {
                doing: String::new(),
                in_doubt: true,
            },
        ] {
            assert!(!may_send_again(&error, 1), "{error}");
        }
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
    fn the_service_of_a_machine_is_waited_for_while_it_is_replaced() {
        let of_a_machine = |status| {
            let error = CredentialError {
                status: Some(status),
                is_replaced: true,
                ..CredentialError::default()
            };
            error.into()
        };
        let waits = |error: &Error| -> Vec<Duration> {
            let mut attempts = Policy::default().attempts(Method::POST);
            std::iter::from_fn(|| attempts.wait_after(error, LONG).ok()).collect()
        };
        assert_eq!(waits(&of_a_machine(410)), [Duration::from_secs(10); 7]);
        for status in [404, 500] {
            assert_eq!(waits(&of_a_machine(status)).len(), 2, "{status}");
        }
        assert!(waits(&of_a_machine(400)).is_empty());
        for status in [404, 410] {
            assert!(!repeats(&sign_in(Some(status), None), &Method::POST));
            assert!(!repeats(&api(status, "", None), &Method::GET));
        }
    }

    #[test]
    fn the_server_says_how_long() {
        let mut attempts = Policy::default().attempts(Method::PATCH);
        for seconds in [0, 7, 0] {
            let wait = attempts.wait_after(&api(429, "", Some(seconds)), LONG);
            assert_eq!(wait, Ok(Duration::from_secs(seconds)));
        }
        assert_eq!(attempts.number(), 4);
    }

    #[test]
    fn a_server_that_says_at_once_for_ever_is_not_hammered() {
        let mut attempts = Policy::default().attempts(Method::GET);
        let at_once = api(429, "", Some(0));
        // With another seed, a random wait might be zero.
        fastrand::seed(1);
        let waits: Vec<_> = (1..=20)
            .map(|_| attempts.wait_after(&at_once, LONG).expect("a wait"))
            .collect();
        let (trusted, later) = waits.split_at(TRUSTED_ATTEMPTS as usize - 1);
        assert!(trusted.iter().all(Duration::is_zero), "{waits:?}");
        assert!(!later.iter().any(Duration::is_zero), "{waits:?}");
    }

    #[test]
    fn without_a_word_the_waits_are_random_below_a_bound_that_grows() {
        let bounds = [1, 2, 4, 8, 16, 30, 30].map(Duration::from_secs);
        let mut longest = [Duration::ZERO; 7];
        for _ in 0..200 {
            let mut attempts = Policy::default().attempts(Method::GET);
            for (bound, longest) in bounds.iter().zip(&mut longest) {
                let wait = attempts.wait_after(&api(429, "", None), LONG);
                let wait = wait.expect("a wait");
                assert!(wait <= *bound, "{wait:?} {bound:?}");
                *longest = wait.max(*longest);
            }
        }
        for (bound, longest) in bounds.iter().zip(longest) {
            assert!(longest > *bound / 2, "{longest:?} of {bound:?}");
        }
    }

    #[test]
    fn a_wait_that_outlasts_the_call_is_not_begun() {
        let mut attempts = Policy::default().attempts(Method::GET);
        let left = Duration::from_secs(10);
        let wait = attempts.wait_after(&api(429, "", Some(10)), left);
        assert_eq!(wait, Err(End::Time(left)));
        assert_eq!(attempts.number(), 1);
    }

    #[test]
    fn a_connection_is_given_up_and_throttling_is_sat_out() {
        let lost = transport(Failure::Lost);
        let mut attempts = Policy::at_once().attempts(Method::GET);
        let waits: Vec<_> = (0..3).map(|_| attempts.wait_after(&lost, LONG)).collect();
        assert_eq!(waits[2], Err(End::Attempts));
        assert!(waits[..2].iter().all(Result::is_ok));

        let mut attempts = Policy::at_once().attempts(Method::GET);
        let throttled = api(429, "", None);
        assert!((0..1000).all(|_| attempts.wait_after(&throttled, LONG).is_ok()));
    }

    #[test]
    fn the_first_look_is_at_once() {
        let looks: Vec<_> = Policy::default().looks().collect();
        assert_eq!(looks, [0, 1, 2, 4].map(Duration::from_secs));
    }
}
