//! What bounds an answer: the time of the operation and the provider's memory.

use acceptance_tests::{
    core::{ReadRequest, Severity},
    emulator::{Effect, Fault, samples},
};
use serde_json::{Value, json};
use std::time::Duration;

use crate::fixture::{Fixture, PARTNER, Result};

/// The error of a read that meets this.
async fn refusal(fixture: &Fixture, effect: Effect, timeouts: Value) -> Result<String> {
    fixture.emulator.fail(Fault::new(effect).method("GET"));
    let state = fixture.value(json!({
        "id": samples::KANDJI,
        "display_name": "Kandji",
        "timeouts": timeouts,
    }));
    let request = ReadRequest {
        state: state.clone(),
        ..ReadRequest::default()
    };
    let read = fixture.provider.read(PARTNER, request).await?;
    assert_eq!(read.state, state, "state is kept");
    let [error] = &read.diagnostics[..] else {
        return Err(format!("{:?}", read.diagnostics).into());
    };
    assert_eq!(error.severity, Severity::Error);
    Ok(error.detail.clone())
}

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up_in_time() -> Result<()> {
    let fixture = Fixture::start().await?;
    let trickle = Effect::Trickle {
        bytes: 1,
        every: Duration::from_millis(10),
        endless: true,
    };
    let timeouts = json!({ "create": null, "read": "2s", "update": null, "delete": null });
    let error = refusal(&fixture, trickle, timeouts).await?;
    let kandji = samples::KANDJI;
    let said = format!(
        "GET /v1.0/deviceManagement/complianceManagementPartners/{kandji} timed out after 2s."
    );
    assert_eq!(
        error,
        format!("{said}\n\nTry again, or give the operation a longer timeout.")
    );
    Ok(())
}

/// The most memory that the provider has had at once, in MiB.
#[cfg(target_os = "linux")]
fn peak_memory(fixture: &Fixture) -> Result<u64> {
    let id = fixture.provider.process.id().ok_or("it has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kibibytes.ok_or("no VmHWM")?.parse::<u64>()? / 1024)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_oversized_answer_does_not_fill_the_memory() -> Result<()> {
    let fixture = Fixture::start().await?;
    // What the first request takes is not counted: the trust store, the connection, the token.
    refusal(&fixture, Effect::Html, Value::Null).await?;
    let before = peak_memory(&fixture)?;
    let error = refusal(&fixture, Effect::Oversized(64 << 20), Value::Null).await?;
    assert!(error.contains("it is longer than 4 MiB"), "{error}");
    let grown = peak_memory(&fixture)? - before;
    assert!(grown < 16, "it took {grown} MiB more");
    Ok(())
}
