//! `StopProvider`: every wait ends at once, a write that is on the wire may finish, and the next run begins afresh.

use acceptance_tests::{
    core::{Applied, ApplyRequest, PATIENCE, Read, ReadRequest},
    emulator::{Effect, Fault, Gate, samples},
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::fixture::{Fixture, PARTNER, Result};

/// Asks for a wait that no test has time for, and every operation has.
fn throttle(fixture: &Fixture, method: &str) {
    let effect = Effect::retry_after(429, "200");
    let fault = Fault::new(effect)
        .method(method)
        .path("complianceManagement");
    fixture.emulator.fail(fault);
}

/// Stops the provider when Graph has answered a request of this method.
async fn stop_after(fixture: &Fixture, method: &str) -> Result<()> {
    let mut answered = fixture.emulator.watch();
    while let Some(exchange) = answered.recv().await {
        if exchange.method == method && exchange.status == Some(429) {
            break;
        }
    }
    fixture.provider.stop().await
}

fn kandji(fixture: &Fixture, ios_onboarded: bool) -> Value {
    fixture.value(json!({
        "id": samples::KANDJI,
        "display_name": "Kandji",
        "ios_onboarded": ios_onboarded,
    }))
}

async fn read(fixture: &Fixture, state: &Value) -> Result<Read> {
    let request = ReadRequest {
        state: state.clone(),
        ..ReadRequest::default()
    };
    timeout(PATIENCE, fixture.provider.read(PARTNER, request)).await?
}

async fn apply(fixture: &Fixture, prior: &Value, planned: &Value) -> Result<Applied> {
    let request = ApplyRequest {
        prior: prior.clone(),
        planned: planned.clone(),
        config: planned.clone(),
        ..ApplyRequest::default()
    };
    timeout(PATIENCE, fixture.provider.apply(PARTNER, request)).await?
}

#[tokio::test]
async fn a_wait_of_a_read_ends_at_once_and_state_is_kept() -> Result<()> {
    let fixture = Fixture::start().await?;
    throttle(&fixture, "GET");
    let state = kandji(&fixture, false);
    let (read, stopped) = tokio::join!(read(&fixture, &state), stop_after(&fixture, "GET"));
    stopped?;
    let read = read?;
    assert_eq!(read.state, state);
    let [error] = &read.diagnostics[..] else {
        panic!("{:?}", read.diagnostics);
    };
    assert!(error.detail.contains(" was canceled."), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_wait_of_a_create_ends_at_once_and_nothing_is_created() -> Result<()> {
    let fixture = Fixture::start().await?;
    let partners = || fixture.emulator.partners(samples::TENANT_ID).len();
    let before = partners();
    throttle(&fixture, "POST");
    let planned = fixture.value(json!({ "display_name": "Fleet" }));
    let (applied, stopped) = tokio::join!(
        apply(&fixture, &Value::Null, &planned),
        stop_after(&fixture, "POST")
    );
    stopped?;
    let applied = applied?;
    assert_eq!(applied.state, Value::Null);
    let [error] = &applied.diagnostics[..] else {
        panic!("{:?}", applied.diagnostics);
    };
    assert!(error.detail.contains(" was canceled."), "{error}");
    assert_eq!(partners(), before);
    Ok(())
}

#[tokio::test]
async fn the_result_of_a_write_that_is_on_the_wire_is_kept() -> Result<()> {
    let fixture = Fixture::start().await?;
    let gate = Gate::new();
    let held = Effect::HoldBefore(gate.clone());
    fixture.emulator.fail(Fault::new(held).method("PATCH"));
    let (prior, planned) = (kandji(&fixture, false), kandji(&fixture, true));
    let stop = async {
        gate.reached().await;
        let stopped = fixture.provider.stop().await;
        gate.open();
        stopped
    };
    let (applied, stopped) = tokio::join!(apply(&fixture, &prior, &planned), stop);
    stopped?;
    let applied = applied?;
    assert_eq!(applied.diagnostics, []);
    assert_eq!(applied.state["ios_onboarded"], true);
    Ok(())
}

#[tokio::test]
async fn nothing_is_sent_after_a_stop_until_a_new_run_begins() -> Result<()> {
    let fixture = Fixture::start().await?;
    fixture.provider.stop().await?;
    let state = kandji(&fixture, false);
    let refused = read(&fixture, &state).await?;
    let error = &refused.diagnostics[0];
    assert!(error.detail.contains(" was canceled."), "{error}");
    assert_eq!(fixture.emulator.journal().len(), 0);

    fixture.configure().await?;
    let read = read(&fixture, &state).await?;
    assert_eq!(read.diagnostics, []);
    assert_eq!(read.state["partner_state"], "unknown");
    Ok(())
}
