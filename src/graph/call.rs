//! What limits one call: a deadline, and a token that stops it. `client` applies them to every step of its work, and so
//! does any code that waits between two requests.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::Error;

/// How long a write that is on its way may still take when the call is stopped: its result is worth a short wait.
const GRACE: Duration = Duration::from_secs(5);

/// The limits of one call. They apply to everything in it: signing in, waits, requests and bodies.
#[derive(Debug, Clone)]
pub struct Call {
    /// When the call ends at the latest.
    pub deadline: Instant,
    /// Ends the call when it is canceled: waits and reads at once, a write that is on its way within seconds.
    pub stop: CancellationToken,
}

impl Call {
    /// The same call, but ending earlier by `spare`. For a write, so that there is time left to look into a lost
    /// response.
    #[must_use]
    pub fn sparing(&self, spare: Duration) -> Self {
        Self {
            deadline: self.deadline.checked_sub(spare).unwrap_or(self.deadline),
            stop: self.stop.clone(),
        }
    }

    /// The limits for looking into a lost response: the call's own or, if it was stopped, a short time that nothing
    /// stops.
    #[must_use]
    pub fn afterwards(&self) -> Self {
        if !self.stop.is_cancelled() {
            return self.clone();
        }
        Self {
            deadline: self.deadline.min(Instant::now() + GRACE),
            stop: CancellationToken::new(),
        }
    }

    /// The time that is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits for `step`, as long as the call has time and is not stopped. `doing` says what the wait is for.
    ///
    /// # Errors
    /// [`Error::Cancelled`] and [`Error::TimedOut`], or the error of the step.
    pub async fn within<T>(
        &self,
        doing: &str,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        Bounds::new(self).run(doing, step).await
    }

    /// Waits for this long, if the call has the time.
    ///
    /// # Errors
    /// [`Error::Cancelled`] and [`Error::TimedOut`].
    pub async fn pause(&self, doing: &str, time: Duration) -> Result<(), Error> {
        if !time.is_zero() {
            tracing::info!(target: "graph", reason = doing, wait = ?time, "waiting");
        }
        Bounds::new(self).pause(doing, time).await
    }
}

/// A call in progress: its limits, and when the client started it.
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

    pub(super) fn left(&self) -> Duration {
        self.call.left()
    }

    /// Runs one step until it is done, the call is stopped or the deadline passes.
    pub(super) async fn run<T>(
        &self,
        doing: &str,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            // In this order, so that nothing new starts once the call has ended.
            biased;
            () = self.call.stop.cancelled() => Err(cancelled(doing, false)),
            () = self.end() => Err(self.timed_out(doing, false)),
            result = step => result,
        }
    }

    /// Waits for the deadline. A timer rings up to a millisecond late, in which a write could begin.
    async fn end(&self) {
        if !self.left().is_zero() {
            tokio::time::sleep_until(self.call.deadline).await;
        }
    }

    /// Sends a write. Once it is on its way, a stop leaves it a short time, because nobody else would learn its result.
    pub(super) async fn run_write<T>(
        &self,
        doing: &str,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.run(doing, async { Ok(()) }).await?;
        let given_up = async {
            self.call.stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            biased;
            result = step => result,
            () = given_up => Err(cancelled(doing, true)),
            () = tokio::time::sleep_until(self.call.deadline) => Err(self.timed_out(doing, true)),
        }
    }

    pub(super) async fn pause(&self, doing: &str, time: Duration) -> Result<(), Error> {
        let wait = async {
            tokio::time::sleep(time).await;
            Ok(())
        };
        self.run(doing, wait).await
    }

    fn timed_out(&self, doing: &str, in_doubt: bool) -> Error {
        Error::TimedOut {
            after: self.started.elapsed(),
            doing: doing.into(),
            in_doubt,
        }
    }
}

fn cancelled(doing: &str, in_doubt: bool) -> Error {
    Error::Cancelled {
        doing: doing.into(),
        in_doubt,
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn call(left: Duration) -> Call {
        Call {
            deadline: Instant::now() + left,
            stop: CancellationToken::new(),
        }
    }

    /// A step that takes this long.
    async fn step(time: Duration) -> Result<(), Error> {
        tokio::time::sleep(time).await;
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_a_wait_at_once_and_leaves_a_write_a_moment() {
        let call = call(Duration::from_mins(10));
        let bounds = Bounds::new(&call);
        let stop = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            call.stop.cancel();
        };
        let begun = Instant::now();
        let (wait, quick, slow, ()) = tokio::join!(
            async {
                (
                    call.pause("x", Duration::from_mins(1)).await,
                    begun.elapsed(),
                )
            },
            bounds.run_write("x", step(Duration::from_secs(4))),
            bounds.run_write("x", pending::<Result<(), Error>>()),
            stop,
        );
        assert!(matches!(
            wait.0,
            Err(Error::Cancelled {
                in_doubt: false,
                ..
            })
        ));
        assert_eq!(wait.1, Duration::from_secs(1));
        quick.expect("it was done in the moment it had left");
        assert!(matches!(slow, Err(Error::Cancelled { in_doubt: true, .. })));
        assert_eq!(begun.elapsed(), Duration::from_secs(1) + GRACE);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_after_the_end() {
        let stopped = call(Duration::from_mins(10));
        stopped.stop.cancel();
        let late = call(Duration::ZERO);
        for call in [stopped, late] {
            let bounds = Bounds::new(&call);
            let mut begun = false;
            let step = async {
                begun = true;
                Ok(())
            };
            let error = bounds.run_write("x", step).await.expect_err("the end");
            assert!(!error.is_in_doubt(), "{error}");
            assert!(!begun);
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_while_a_timer_is_late() {
        let call = call(Duration::from_nanos(1));
        let mut begun = false;
        let step = async {
            begun = true;
            Ok(())
        };
        let error = Bounds::new(&call).run_write("x", step).await;
        assert!(!error.expect_err("the end").is_in_doubt());
        assert!(!begun);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_outlasts_the_call_is_in_doubt() {
        let call = call(Duration::from_secs(10));
        let bounds = Bounds::new(&call);
        let error = bounds.run_write("x", pending::<Result<(), Error>>()).await;
        assert!(error.expect_err("too late").is_in_doubt());
        let error = call.within("x", ready(Ok(()))).await;
        assert!(matches!(
            error,
            Err(Error::TimedOut {
                in_doubt: false,
                ..
            })
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_stop_there_is_a_moment_to_look() {
        let call = call(Duration::from_mins(10));
        assert_eq!(call.afterwards().left(), Duration::from_mins(10));
        call.stop.cancel();
        let afterwards = call.afterwards();
        assert_eq!(afterwards.left(), GRACE);
        afterwards
            .within("x", ready(Ok(())))
            .await
            .expect("a moment");
    }
}
