//! What many operations need and one of them gets, such as a token or the hosts of a cloud. `client` keeps them in it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::error::Error;

/// A value that is requested when somebody needs it.
pub(super) struct Shared<T> {
    /// How many requests for it have finished, successfully or not.
    finished: AtomicU64,
    last: Mutex<Option<Result<T, Error>>>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            finished: AtomicU64::new(0),
            last: Mutex::new(None),
        }
    }
}

impl<T: Clone> Shared<T> {
    /// The kept value if it `is_good`, otherwise the one that `ask` returns. Calls that arrive in the meantime wait and
    /// share the outcome: the value, or the failure too, because otherwise each of them would wait for an unreachable
    /// host in turn.
    ///
    /// A call that is dropped while it asks leaves nothing behind; the next one takes over.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(super) async fn get(
        &self,
        is_good: impl FnOnce(&T) -> bool,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let finished = self.finished.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        match &*last {
            Some(Ok(value)) if is_good(value) => return Ok(value.clone()),
            Some(Err(error)) if finished != self.finished.load(Ordering::Acquire) => {
                return Err(error.clone());
            }
            _ => {}
        }
        let outcome = ask.await;
        self.finished.fetch_add(1, Ordering::Release);
        last.insert(outcome).clone()
    }

    /// Drops the kept value, if `is_it` says that it is the one.
    pub(super) async fn forget(&self, is_it: impl FnOnce(&T) -> bool) {
        let mut last = self.last.lock().await;
        if matches!(&*last, Some(Ok(value)) if is_it(value)) {
            *last = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    async fn get(shared: &Shared<i32>, value: i32) -> i32 {
        let value = shared.get(|_| true, async { Ok(value) }).await;
        value.expect("a value")
    }

    #[tokio::test]
    async fn what_is_good_is_kept() {
        let shared = Shared::default();
        assert_eq!(get(&shared, 1).await, 1);
        assert_eq!(get(&shared, 2).await, 1);
        let renewed = shared.get(|_| false, async { Ok(3) }).await;
        assert_eq!(renewed.expect("a value"), 3);
    }

    #[tokio::test]
    async fn only_what_is_meant_is_forgotten() {
        let shared = Shared::default();
        assert_eq!(get(&shared, 1).await, 1);
        shared.forget(|it| *it == 2).await;
        assert_eq!(get(&shared, 3).await, 1);
        shared.forget(|it| *it == 1).await;
        assert_eq!(get(&shared, 3).await, 3);
    }

    #[tokio::test]
    async fn those_who_wait_share_one_failure_and_the_next_tries_again() {
        let shared = Arc::new(Shared::default());
        let (started, mut running) = tokio::sync::mpsc::channel(1);
        let (fail, failure) = tokio::sync::oneshot::channel::<()>();
        let first = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                let ask = async {
                    started.send(()).await.expect("the test listens");
                    failure.await.expect("the test sends");
                    Err(Error::Settings("no".into()))
                };
                shared.get(|_| true, ask).await
            }
        });
        running.recv().await.expect("the first asks");
        let second = shared.get(|_| true, async { Ok(0) });
        let (second, ()) = tokio::join!(second, async {
            fail.send(()).expect("the first waits");
        });
        first.await.expect("no panic").expect_err("it failed");
        second.expect_err("it shares the failure");
        assert_eq!(get(&shared, 1).await, 1);
    }
}
