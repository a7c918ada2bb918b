//! What a call may ask about its surroundings. Created in `main`, and passed to whatever serves calls.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The surroundings of every call in one process. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Context {
    stop: Arc<Mutex<CancellationToken>>,
}

impl Context {
    /// A token that is canceled when Terraform asks the provider to stop.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Cancels every token that was handed out.
    pub(super) fn stop(&self) {
        self.stop_token().cancel();
    }

    /// Starts a new run. Under `--debug`, one process serves many runs, and one that was stopped must not stop the next
    /// one.
    pub(super) fn begin(&self) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        if stop.is_cancelled() {
            *stop = CancellationToken::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Context;

    #[test]
    fn a_stopped_run_does_not_stop_the_next_one() {
        let context = Context::default();
        let first = context.stop_token();
        context.stop();
        assert!(first.is_cancelled());
        assert!(
            context.stop_token().is_cancelled(),
            "until a new run begins, all is stopped"
        );
        context.begin();
        assert!(!context.stop_token().is_cancelled());
    }
}
