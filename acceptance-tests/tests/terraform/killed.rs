//! The provider or the CLI is killed in the middle of an apply, and the service carries out what it has received. State is
//! as it was, and the next plan is right.
#![cfg(unix)]

use acceptance_tests::emulator::{Effect, Exchange, Gate};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::fixture::{PARTNER, Session, partner};
use crate::messages::errors;
use crate::under_way::{FLEET, UnderWay, adopt_the_fleet, let_through, reached};

/// An apply whose write has come to the service and is not carried out yet.
struct Held {
    gate: Gate,
    apply: UnderWay,
    exchanges: UnboundedReceiver<Exchange>,
}

impl Held {
    async fn at(session: &Session, method: &str) -> Self {
        let gate = Gate::new();
        let exchanges = session.emulator.watch();
        session.fail(method, Effect::HoldBefore(gate.clone()));
        let apply = UnderWay::apply(session);
        reached(&gate).await;
        Self {
            gate,
            apply,
            exchanges,
        }
    }

    /// Kills the provider; the CLI says so. Then the write is carried out.
    async fn without_provider(mut self, session: &Session, method: &str) {
        self.apply.provider().await.kill().await;
        let run = self.apply.end().await;
        let errors = errors(&run, session);
        assert!(errors.contains("ApplyResourceChange"), "{errors}");
        assert_eq!(errors.matches("error: ").count(), 1, "{errors}");
        let_through(&self.gate, &mut self.exchanges, method).await;
    }

    /// Kills the CLI; the provider ends by itself. Then the write is carried out.
    async fn without_cli(mut self, method: &str) {
        let provider = self.apply.provider().await;
        self.apply.kill().await;
        provider.gone().await;
        let_through(&self.gate, &mut self.exchanges, method).await;
    }
}

/// A session whose apply is to change the partner that is there.
async fn changed() -> Session {
    let session = Session::with_applied(FLEET).await;
    session.configure(&partner(&format!("{FLEET}\nios_onboarded = true")));
    session
}

/// State is as it was before the update, and the next plan sees that the update is carried out.
async fn assert_the_update_is_seen(session: &Session) {
    assert_eq!(session.state(PARTNER)["ios_onboarded"], false);
    session.assert_no_changes().await;
    session.apply().await;
    assert_eq!(session.state(PARTNER)["ios_onboarded"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_is_killed_during_a_create() {
    let session = Session::start().await;
    session.configure(&partner(FLEET));
    let held = Held::at(&session, "POST").await;
    held.without_provider(&session, "POST").await;
    assert_eq!(session.find_in_state(PARTNER), None);
    adopt_the_fleet(&session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_is_killed_during_an_update() {
    let session = changed().await;
    let held = Held::at(&session, "PATCH").await;
    held.without_provider(&session, "PATCH").await;
    assert_the_update_is_seen(&session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cli_is_killed_during_a_create() {
    let session = Session::start().await;
    session.configure(&partner(FLEET));
    let held = Held::at(&session, "POST").await;
    held.without_cli("POST").await;
    assert_eq!(session.find_in_state(PARTNER), None);
    adopt_the_fleet(&session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cli_is_killed_during_an_update() {
    let session = changed().await;
    let state = session.state_file();
    let held = Held::at(&session, "PATCH").await;
    held.without_cli("PATCH").await;
    assert_eq!(session.state_file(), state);
    assert_the_update_is_seen(&session).await;
}
