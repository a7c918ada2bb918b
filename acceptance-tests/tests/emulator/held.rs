//! Requests that are held up, and what becomes of them when the client does not wait: a service does not notice that.

use std::time::Duration;

use acceptance_tests::emulator::samples::KANDJI;
use acceptance_tests::emulator::{Effect, Exchange, Gate};
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::session::{PARTNERS, Session, TestResult, path_of};

/// The next exchange, however slow the machine is. Without a bound, a test would hang where nothing is answered.
async fn next(exchanges: &mut UnboundedReceiver<Exchange>) -> Result<String, &'static str> {
    let next = tokio::time::timeout(Duration::from_mins(1), exchanges.recv()).await;
    let exchange = next.map_err(|_| "no exchange")?;
    Ok(exchange.ok_or("the emulator is gone")?.to_string())
}

#[tokio::test]
async fn a_request_can_be_held_before_its_effect() -> TestResult {
    let session = Session::start().await?;
    let gate = Gate::new();
    session.fail(Effect::HoldBefore(gate.clone()));
    let change = json!({"iosOnboarded": true});
    let meanwhile = async {
        gate.reached().await;
        let kandji = session.stored(KANDJI);
        let others = session.get(PARTNERS).await.map(|reply| reply.status);
        gate.open();
        (kandji, others)
    };
    let (reply, (kandji, others)) = tokio::join!(session.patch(KANDJI, &change), meanwhile);
    assert_eq!(kandji.ok_or("gone")?["iosOnboarded"], false);
    assert_eq!(others?, 200, "only what reaches the gate is held");
    assert_eq!(reply?.body["iosOnboarded"], true);
    Ok(())
}

#[tokio::test]
async fn an_answer_can_be_held_after_the_effect() -> TestResult {
    let session = Session::start().await?;
    let gate = Gate::new();
    session.fail(Effect::HoldAfter(gate.clone()));
    let change = json!({"iosOnboarded": true});
    let meanwhile = async {
        gate.reached().await;
        let seen = (session.stored(KANDJI), session.exchanges());
        gate.open();
        seen
    };
    let (reply, (kandji, exchanges)) = tokio::join!(session.patch(KANDJI, &change), meanwhile);
    assert_eq!(kandji.ok_or("gone")?["iosOnboarded"], true);
    assert_eq!(
        exchanges,
        [format!("PATCH {} -> no answer", path_of(KANDJI))]
    );
    assert_eq!(reply?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_open_gate_holds_nothing() -> TestResult {
    let session = Session::start().await?;
    let gate = Gate::new();
    gate.open();
    session.fail(Effect::HoldBefore(gate.clone()));
    assert_eq!(session.get(PARTNERS).await?.status, 200);
    gate.reached().await;
    Ok(())
}

#[tokio::test]
async fn what_was_received_takes_effect_without_its_client() -> TestResult {
    let change = json!({"iosOnboarded": true});
    for session in [Session::start().await?, Session::start_with_http_1().await?] {
        let mut exchanges = session.emulator.watch();
        let gate = Gate::new();
        session.fail(Effect::HoldBefore(gate.clone()));
        tokio::select! {
            _ = session.patch(KANDJI, &change) => return Err("an answer".into()),
            () = gate.reached() => {}
        }
        // When this is answered, the emulator has been told that the other client is gone.
        session.get(PARTNERS).await?;
        assert_eq!(
            next(&mut exchanges).await?,
            format!("GET {PARTNERS} -> 200")
        );
        assert_eq!(session.stored(KANDJI).ok_or("gone")?["iosOnboarded"], false);

        gate.open();
        let expected = format!("PATCH {} -> 200", path_of(KANDJI));
        assert_eq!(next(&mut exchanges).await?, expected);
        assert_eq!(session.stored(KANDJI).ok_or("gone")?["iosOnboarded"], true);
    }
    Ok(())
}

#[tokio::test]
async fn a_delayed_request_takes_effect_without_its_client() -> TestResult {
    let session = Session::start().await?;
    let change = json!({"iosOnboarded": true});
    let mut exchanges = session.emulator.watch();
    session.fail(Effect::Delay(Duration::from_millis(200)));
    let arrival = async {
        while session.emulator.journal().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        // On a machine so slow that the answer wins, this test shows nothing.
        _ = session.patch(KANDJI, &change) => {}
        () = arrival => {}
    }
    let expected = format!("PATCH {} -> 200", path_of(KANDJI));
    assert_eq!(next(&mut exchanges).await?, expected);
    assert_eq!(session.stored(KANDJI).ok_or("gone")?["iosOnboarded"], true);
    Ok(())
}
