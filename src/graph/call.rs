//! What bounds one call: a deadline and a token that stops it. `client` puts every step of its work under them.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::Error;

/// The bounds of one call. They hold for everything in it: signing in, waits, requests and bodies.
#[derive(Debug, Clone)]
pub struct Call {
    /// When the call ends at the latest.
    pub deadline: Instant,
    /// Ends the call at once when it is cancelled.
    pub stop: CancellationToken,
}

/// A call under way: its bounds and when the client took it up.
pub(super) struct Bounds<'a> {
    call: &'a Call,
    started: Instant,
}

impl<'a> Bounds<'a> {
    pub(super) fn new(call: &'a Call) -> Self {
        Self {
            call,
            started: Instant::now(),
        }
    }

    /// The time that is left.
    pub(super) fn left(&self) -> Duration {
        self.call.deadline.saturating_duration_since(Instant::now())
    }

    /// Runs one step until it is done, the call is stopped or the deadline has come. `in_doubt` says that a write is
    /// under way in this step: then nobody knows what became of it.
    pub(super) async fn run<T>(
        &self,
        doing: &str,
        in_doubt: bool,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            // In this order, so that nothing more is begun once the call has ended.
            biased;
            () = self.call.stop.cancelled() => Err(Error::Cancelled { doing: doing.into(), in_doubt }),
            () = tokio::time::sleep_until(self.call.deadline) => Err(Error::TimedOut {
                after: self.started.elapsed(),
                doing: doing.into(),
                in_doubt,
            }),
            result = step => result,
        }
    }
}
