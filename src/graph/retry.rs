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
mod tests;
