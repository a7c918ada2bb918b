//! Keeps the token: one request for it however many calls wait, renewed before it expires, dropped when Graph refuses
//! it. `client` asks here before every request.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use azure_core::credentials::{AccessToken, Secret};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use crate::graph::error::Error;

/// A token is renewed this long before it expires, so that it outlives the request it is sent with.
const MARGIN: Duration = Duration::minutes(5);

/// The token of one client.
#[derive(Default)]
pub(in crate::graph) struct Tokens {
    /// How many times the sign-in has come to an end, well or badly.
    finished: AtomicU64,
    last: Mutex<Option<Result<AccessToken, Error>>>,
}

impl Tokens {
    /// The kept token, or the one that `sign_in` brings. Calls that come meanwhile wait and share the outcome: the
    /// token, and also the failure, or each of them would wait for an unreachable authority in turn.
    ///
    /// A call that is given up while it signs in leaves nothing behind; the next one takes over.
    pub(in crate::graph) async fn get(
        &self,
        sign_in: impl Future<Output = Result<AccessToken, Error>>,
    ) -> Result<Secret, Error> {
        let finished = self.finished.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        match &*last {
            Some(Ok(token)) if OffsetDateTime::now_utc() < token.expires_on - MARGIN => {
                return Ok(token.token.clone());
            }
            Some(Err(error)) if finished != self.finished.load(Ordering::Acquire) => {
                return Err(error.clone());
            }
            _ => {}
        }
        let outcome = sign_in.await;
        self.finished.fetch_add(1, Ordering::Release);
        last.insert(outcome)
            .as_ref()
            .map(|token| token.token.clone())
            .map_err(Clone::clone)
    }

    /// Drops the token that Graph refused, unless another call has renewed it already.
    pub(in crate::graph) async fn invalidate(&self, refused: &Secret) {
        let mut last = self.last.lock().await;
        if matches!(&*last, Some(Ok(token)) if token.token == *refused) {
            *last = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn token(name: &'static str, minutes: i64) -> AccessToken {
        let expires_on = OffsetDateTime::now_utc() + Duration::minutes(minutes);
        AccessToken::new(name, expires_on)
    }

    async fn get(tokens: &Tokens, name: &'static str, minutes: i64) -> String {
        let token = tokens.get(async { Ok(token(name, minutes)) }).await;
        token.expect("a token").secret().to_owned()
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_expires() {
        let tokens = Tokens::default();
        assert_eq!(get(&tokens, "a", 4).await, "a");
        assert_eq!(get(&tokens, "b", 60).await, "b");
        assert_eq!(get(&tokens, "c", 60).await, "b");
    }

    #[tokio::test]
    async fn only_the_refused_token_is_dropped() {
        let tokens = Tokens::default();
        assert_eq!(get(&tokens, "a", 60).await, "a");
        tokens.invalidate(&Secret::new("older")).await;
        assert_eq!(get(&tokens, "b", 60).await, "a");
        tokens.invalidate(&Secret::new("a")).await;
        assert_eq!(get(&tokens, "b", 60).await, "b");
    }

    #[tokio::test]
    async fn those_who_wait_share_one_failure_and_the_next_tries_again() {
        let tokens = Arc::new(Tokens::default());
        let (started, mut running) = tokio::sync::mpsc::channel(1);
        let (fail, failure) = tokio::sync::oneshot::channel::<()>();
        let first = tokio::spawn({
            let tokens = Arc::clone(&tokens);
            async move {
                tokens
                    .get(async {
                        started.send(()).await.expect("the test listens");
                        failure.await.expect("the test sends");
                        Err(Error::Settings("no".into()))
                    })
                    .await
            }
        });
        running.recv().await.expect("the first signs in");
        let second = tokens.get(async { Ok(token("never asked for", 60)) });
        let (second, ()) = tokio::join!(second, async {
            fail.send(()).expect("the first waits");
        });
        first.await.expect("no panic").expect_err("it failed");
        second.expect_err("it shares the failure");
        assert_eq!(get(&tokens, "a", 60).await, "a");
    }
}
