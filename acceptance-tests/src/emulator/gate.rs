//! A point at which a request waits until a test lets it go on, so that what happens meanwhile is no matter of timing.
//! Made by tests for `Effect::HoldBefore` and `Effect::HoldAfter`; `server` leads requests to it.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate, closed at first. Its clones are the same gate.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<State>);

#[derive(Debug, Default)]
struct State {
    reached: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl Gate {
    /// A closed gate that no request has come to.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until a request has come to the gate.
    pub async fn reached(&self) {
        until(&self.0.reached).await;
    }

    /// Lets the requests at the gate through, and all that come later.
    pub fn open(&self) {
        self.0.open.send_replace(true);
    }

    /// What a request does at the gate.
    pub(super) async fn pass(&self) {
        self.0.reached.send_replace(true);
        until(&self.0.open).await;
    }
}

async fn until(condition: &watch::Sender<bool>) {
    let mut receiver = condition.subscribe();
    let seen = receiver.wait_for(|holds| *holds).await;
    seen.expect("the sender is borrowed, so it is still there");
}
