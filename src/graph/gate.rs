//! When Graph throttles one request, all requests that this process has not sent yet wait as well, and then go out one
//! after the other. `client` passes the gate before each attempt, and reports what came of it.
//!
//! Without the gate, each operation would find the limit by itself and be refused again and again, an unlucky one for
//! minutes. A request that has no time to wait here is sent, because Graph's own response tells people more.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::call::Bounds;
use super::error::Error;
use super::retry::asked_of_all;

/// Microsoft's limits for Intune: the number of requests of an application in a tenant, and of writes among them, in
/// any window of this length. They decide only how fast requests go out after a refusal.
const WINDOW: Duration = Duration::from_secs(20);
const REQUESTS: u32 = 1000;
const WRITES: u32 = 100;

/// The gate of one client. It is open until Graph refuses a request.
pub(super) struct Gate {
    reads: Mutex<Lane>,
    writes: Mutex<Lane>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            reads: Mutex::new(Lane::new(REQUESTS)),
            writes: Mutex::new(Lane::new(WRITES)),
        }
    }
}

impl Gate {
    /// Waits until it is the request's turn, if the call has the time.
    pub(super) async fn pass(
        &self,
        bounds: &Bounds<'_>,
        what: &str,
        is_write: bool,
    ) -> Result<(), Error> {
        let lane = || self.lane(is_write);
        loop {
            let Some(wait) = lane().turn(Instant::now(), bounds.left()) else {
                return Ok(());
            };
            tracing::info!(target: "graph", what, ?wait, "waiting in line because Graph throttled another request");
            bounds.pause(what, wait).await?;
            if lane().is_open(Instant::now()) {
                return Ok(());
            }
        }
    }

    /// Closes for as long as Graph asks. A write is refused if there were too many writes, a read if there were too
    /// many requests of any kind.
    pub(super) fn note(&self, error: &Error, is_write: bool) {
        let Some(asked) = asked_of_all(error) else {
            return;
        };
        let now = Instant::now();
        self.lane(true).close(now, asked);
        if !is_write {
            self.lane(false).close(now, asked);
        }
    }

    fn lane(&self, is_write: bool) -> MutexGuard<'_, Lane> {
        let lane = if is_write { &self.writes } else { &self.reads };
        lane.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The requests that Graph counts together. The caller passes in the time.
struct Lane {
    /// How many requests there may be in a window.
    limit: u32,
    /// Until when Graph wants no request; `None` before it has refused one.
    closed_until: Option<Instant>,
    /// When the next one may go.
    next: Option<Instant>,
    /// The time from that one to the one after it.
    between: Duration,
}

impl Lane {
    fn new(limit: u32) -> Self {
        Self {
            limit,
            closed_until: None,
            next: None,
            between: Duration::ZERO,
        }
    }

    /// Closes for the time that Graph asked for. A time too long to represent closes nothing.
    fn close(&mut self, now: Instant, asked: Duration) {
        let until = now.checked_add(asked);
        if until <= self.closed_until {
            return;
        }
        self.closed_until = until;
        self.next = self.next.max(until);
        // There is room when the requests that were sent first have left the window. The rest follow as fast as they
        // were sent, which took the part of the window that Graph did not ask for; never all at once, because Graph may
        // mean another window.
        self.between = WINDOW.saturating_sub(asked).max(WINDOW / 10) / self.limit;
    }

    fn is_open(&self, now: Instant) -> bool {
        self.closed_until.is_none_or(|until| until <= now)
    }

    /// Takes the next turn, and returns how long it is until then. `None` for a request that is sent at once, because
    /// nothing is in its way or because it has no time to wait.
    fn turn(&mut self, now: Instant, left: Duration) -> Option<Duration> {
        let turn = self.next?.max(now);
        let wait = turn - now;
        if wait >= left {
            return None;
        }
        self.next = Some(turn + self.between);
        (!wait.is_zero()).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::graph::{ApiError, Call};

    const LONG: Duration = Duration::from_hours(1);
    const WAIT: Duration = Duration::from_secs(7);

    fn answer(status: u16, retry_after: Option<Duration>) -> Error {
        Error::Api(Box::new(ApiError {
            retry_after,
            ..ApiError::of_a_read(status, None, "")
        }))
    }

    /// Graph has no room for this long.
    fn refusal(wait: Duration) -> Error {
        answer(429, Some(wait))
    }

    fn call(left: Duration) -> Call {
        Call {
            deadline: Instant::now() + left,
            stop: CancellationToken::new(),
        }
    }

    /// How long a request is held.
    async fn held(gate: &Gate, left: Duration, is_write: bool) -> Duration {
        let call = call(left);
        let begun = Instant::now();
        let passed = gate.pass(&Bounds::new(&call), "x", is_write).await;
        passed.expect("nobody stops it");
        begun.elapsed()
    }

    #[test]
    fn a_lone_request_waits_no_longer_than_it_is_told() {
        let mut now = Instant::now();
        let mut lane = Lane::new(WRITES);
        assert_eq!(lane.turn(now, LONG), None);
        for asked in [WAIT, WAIT / 2, WAIT * 2] {
            lane.close(now, asked);
            assert!(!lane.is_open(now));
            now += asked;
            assert!(lane.is_open(now));
            assert_eq!(lane.turn(now, LONG), None);
        }
    }

    #[test]
    fn those_that_come_meanwhile_go_one_after_the_other() {
        let now = Instant::now();
        let mut lane = Lane::new(WRITES);
        lane.close(now, WAIT);
        let between = WINDOW.saturating_sub(WAIT) / WRITES;
        // A shorter wait that Graph asks of another request opens nothing.
        lane.close(now, WAIT / 2);
        for place in 0..3 {
            let wait = lane.turn(now, LONG);
            assert_eq!(wait, Some(WAIT + between * place));
        }
        let wait = lane.turn(now + WAIT, LONG);
        assert_eq!(wait, Some(between * 3), "its place is after theirs");
        assert_eq!(lane.turn(now + WAIT * 2, LONG), None, "they are gone");
    }

    #[test]
    fn what_filled_the_window_in_a_hurry_may_be_sent_so_again() {
        for (asked, between) in [(1, 190), (10, 100), (18, 20), (20, 20), (300, 20)] {
            let now = Instant::now();
            let mut lane = Lane::new(WRITES);
            lane.close(now, Duration::from_secs(asked));
            assert_eq!(lane.between, Duration::from_millis(between));
        }
    }

    #[test]
    fn a_request_without_the_time_is_sent_and_takes_no_turn() {
        let now = Instant::now();
        let mut lane = Lane::new(WRITES);
        lane.close(now, WAIT);
        assert_eq!(lane.turn(now, WAIT), None);
        assert_eq!(lane.turn(now, LONG), Some(WAIT));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_write_holds_writes_and_a_refused_read_all() {
        for (refused, held_read) in [(true, Duration::ZERO), (false, WAIT)] {
            let gate = Gate::default();
            gate.note(&refusal(WAIT), refused);
            let (read, write) = tokio::join!(held(&gate, LONG, false), held(&gate, LONG, true));
            assert_eq!((read, write), (held_read, WAIT));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_held_where_graph_asks_nothing_of_all_or_too_much() {
        let gate = Gate::default();
        for (status, asked) in [
            (429, None),
            (429, Some(Duration::ZERO)),
            (429, Some(Duration::MAX)),
            // A gateway's response to one request.
            (504, Some(WAIT)),
        ] {
            gate.note(&answer(status, asked), false);
            assert_eq!(held(&gate, LONG, true).await, Duration::ZERO);
        }
        gate.note(&refusal(LONG), false);
        assert_eq!(held(&gate, LONG / 2, true).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn those_in_line_wait_on_when_the_first_is_refused_again() {
        let gate = Gate::default();
        gate.note(&refusal(WAIT), true);
        let first = async {
            let first = held(&gate, LONG, true).await;
            gate.note(&refusal(WAIT), true);
            first
        };
        let (first, second) = tokio::join!(first, held(&gate, LONG, true));
        assert_eq!(first, WAIT);
        assert!(second >= WAIT * 2, "{second:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait_and_leaves_no_doubt() {
        let gate = Gate::default();
        gate.note(&refusal(WAIT), true);
        let call = call(LONG);
        let bounds = Bounds::new(&call);
        let stop = async { call.stop.cancel() };
        let begun = Instant::now();
        let (passed, ()) = tokio::join!(gate.pass(&bounds, "x", true), stop);
        let error = passed.expect_err("it was stopped");
        assert!(matches!(
            error,
            Error::Cancelled {
                in_doubt: false,
                ..
            }
        ));
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
