//! How many requests Graph lets an application send in a while. `graph` asks before it answers; tests set the limits in
//! `Options`. What is counted is pure: the time is given.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::entra::Caller;
use super::lock;

/// The limits of each application in each tenant, over a window that slides. Only what is let through counts.
#[derive(Clone, Debug)]
pub struct Throttle {
    /// How many requests may be other than a GET.
    pub writes: usize,
    /// How many requests there may be, writes among them.
    pub requests: usize,
    /// Over how long a time.
    pub window: Duration,
    /// Whether a refusal says in `Retry-After` when there is room again. Intune's does not always.
    pub retry_after: bool,
}

impl Throttle {
    /// The limits that Microsoft documents for Intune.
    #[must_use]
    pub fn documented() -> Self {
        Self {
            writes: 100,
            requests: 1000,
            window: Duration::from_secs(20),
            retry_after: true,
        }
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::documented()
    }
}

/// There is no room for a request.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Throttled {
    /// After how many seconds there will be, if the service says so.
    pub(super) retry_after: Option<u64>,
}

/// Keeps the applications of one emulator to their limits.
pub(super) struct Turnstile {
    throttle: Option<Throttle>,
    /// By tenant and client id.
    recent: Mutex<BTreeMap<(String, String), Recent>>,
}

impl Turnstile {
    pub(super) fn new(throttle: Option<Throttle>) -> Self {
        Self {
            throttle,
            recent: Mutex::default(),
        }
    }

    /// Lets a request through and counts it, or refuses it.
    pub(super) fn admit(
        &self,
        caller: &Caller,
        is_write: bool,
        now: Instant,
    ) -> Result<(), Throttled> {
        let Some(throttle) = &self.throttle else {
            return Ok(());
        };
        let application = (caller.tenant.clone(), caller.client_id.clone());
        let mut recent = lock(&self.recent);
        let recent = recent.entry(application).or_default();
        let admitted = recent.admit(throttle, is_write, now);
        admitted.map_err(|wait| Throttled {
            retry_after: throttle.retry_after.then(|| whole_seconds(wait)),
        })
    }

    pub(super) fn clear(&self) {
        lock(&self.recent).clear();
    }
}

/// When the requests of the last window were let through, oldest first.
#[derive(Default)]
struct Recent {
    requests: VecDeque<Instant>,
    writes: VecDeque<Instant>,
}

impl Recent {
    /// Lets a request through, or says how long it takes until there is room.
    fn admit(&mut self, throttle: &Throttle, is_write: bool, now: Instant) -> Result<(), Duration> {
        let window = throttle.window;
        let mut wait = until_room(&mut self.requests, throttle.requests, window, now);
        if is_write {
            wait = wait.max(until_room(&mut self.writes, throttle.writes, window, now));
        }
        if let Some(wait) = wait {
            return Err(wait);
        }
        self.requests.push_back(now);
        if is_write {
            self.writes.push_back(now);
        }
        Ok(())
    }
}

/// How long it takes until one more has room; none if it has now. Where the limit is 0 that is never, and a whole window is
/// as good an answer as any.
fn until_room(
    times: &mut VecDeque<Instant>,
    limit: usize,
    window: Duration,
    now: Instant,
) -> Option<Duration> {
    let age = |time: &Instant| now.saturating_duration_since(*time);
    while times.front().is_some_and(|oldest| age(oldest) >= window) {
        times.pop_front();
    }
    let oldest_age = || times.front().map_or(Duration::ZERO, age);
    (times.len() >= limit).then(|| window.saturating_sub(oldest_age()))
}

/// Rounded up, so that a client which waits as told finds room.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Recent, Throttle, Throttled, Turnstile, whole_seconds};
    use crate::emulator::entra::Caller;

    const READ: bool = false;
    const WRITE: bool = true;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn throttle(writes: usize, requests: usize) -> Throttle {
        Throttle {
            writes,
            requests,
            window: seconds(20),
            retry_after: true,
        }
    }

    #[test]
    fn the_documented_limits_are_100_writes_and_1000_requests_in_20_seconds() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let mut recent = Recent::default();
        for _ in 0..100 {
            assert_eq!(recent.admit(&throttle, WRITE, now), Ok(()));
        }
        assert_eq!(recent.admit(&throttle, WRITE, now), Err(seconds(20)));
        for _ in 100..1000 {
            assert_eq!(recent.admit(&throttle, READ, now), Ok(()));
        }
        assert_eq!(recent.admit(&throttle, READ, now), Err(seconds(20)));
    }

    #[test]
    fn there_is_room_when_the_oldest_leaves_the_window() {
        let throttle = throttle(9, 2);
        let start = Instant::now();
        let mut recent = Recent::default();
        let mut at = |second| recent.admit(&throttle, READ, start + seconds(second));
        assert_eq!(at(0), Ok(()));
        assert_eq!(at(5), Ok(()));
        assert_eq!(at(12), Err(seconds(8)));
        assert_eq!(at(19), Err(seconds(1)), "what is refused does not count");
        assert_eq!(at(20), Ok(()));
        assert_eq!(at(21), Err(seconds(4)));
    }

    #[test]
    fn a_write_needs_room_among_the_writes_and_the_requests() {
        let throttle = throttle(1, 3);
        let start = Instant::now();
        let mut recent = Recent::default();
        let mut at = |is_write, second| recent.admit(&throttle, is_write, start + seconds(second));
        assert_eq!(at(READ, 0), Ok(()));
        assert_eq!(at(WRITE, 5), Ok(()));
        assert_eq!(at(WRITE, 10), Err(seconds(15)), "a second write");
        assert_eq!(at(READ, 10), Ok(()), "reads do not mind");
        assert_eq!(at(READ, 11), Err(seconds(9)), "the write counts here, too");
        assert_eq!(at(WRITE, 11), Err(seconds(14)), "the longer wait of both");
        assert_eq!(at(WRITE, 25), Ok(()));
    }

    #[test]
    fn a_limit_of_zero_lets_nothing_through() {
        let mut recent = Recent::default();
        let refused = recent.admit(&throttle(0, 9), WRITE, Instant::now());
        assert_eq!(refused, Err(seconds(20)));
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_rounded_up() {
        for (millis, expected) in [(1, 1), (1000, 1), (1001, 2), (19_999, 20)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), expected);
        }
    }

    #[test]
    fn each_application_in_each_tenant_has_its_own_limits() {
        let caller = |tenant: &str, client_id: &str| Caller {
            tenant: tenant.to_owned(),
            client_id: client_id.to_owned(),
            permissions: Vec::new(),
            licensed: true,
        };
        let now = Instant::now();
        let one_each = Turnstile::new(Some(throttle(1, 1)));
        let no_room = Err(Throttled {
            retry_after: Some(20),
        });
        for (tenant, client_id) in [("a", "x"), ("a", "y"), ("b", "x")] {
            let caller = caller(tenant, client_id);
            assert_eq!(one_each.admit(&caller, READ, now), Ok(()));
            assert_eq!(one_each.admit(&caller, READ, now), no_room);
        }
    }
}
