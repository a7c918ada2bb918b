//! What the provider logs of its requests: enough for Microsoft's support to find each of them, and why it waits.

use acceptance_tests::{
    core::ReadRequest,
    emulator::{Effect, Exchange, Fault, Kind, samples},
};
use serde_json::{Value, json};

use crate::fixture::{Fixture, PARTNER, Result};

/// A read of a partner that meets these one after the other, and what is logged of it below the level of errors.
async fn log_of_a_read(
    effects: impl IntoIterator<Item = Effect>,
) -> Result<(Vec<Value>, Vec<Exchange>)> {
    let mut fixture = Fixture::start_with(&[("TF_LOG_PROVIDER", "DEBUG".to_owned())]).await?;
    for (at, effect) in effects.into_iter().enumerate() {
        let fault = Fault::new(effect).method("GET").starting_at(at + 1);
        fixture.emulator.fail(fault);
    }
    let state = fixture.value(json!({ "id": samples::KANDJI, "display_name": "Kandji" }));
    let request = ReadRequest {
        state,
        ..ReadRequest::default()
    };
    let read = fixture.provider.read(PARTNER, request).await?;
    assert_eq!(read.diagnostics, []);
    fixture.provider.shut_down().await?;
    let lines = fixture.provider.process.stderr.all().await?;
    let lines = lines.iter().map(|line| serde_json::from_str(line));
    Ok((lines.collect::<Result<_, _>>()?, fixture.emulator.journal()))
}

fn messages<'log>(log: &'log [Value], message: &str) -> Vec<&'log Value> {
    log.iter()
        .filter(|line| line["@message"] == message)
        .collect()
}

#[tokio::test]
async fn each_answer_is_logged_with_what_finds_it() -> Result<()> {
    let effects = [Effect::retry_after(429, "0"), Effect::ExpiredToken];
    let (log, mut journal) = log_of_a_read(effects).await?;
    journal.retain(|exchange| exchange.kind == Kind::Graph);
    let answered: Vec<_> = messages(&log, "answered")
        .into_iter()
        .filter(|line| line["@module"] == "provider.graph")
        .collect();
    assert_eq!(answered.len(), 3);
    for ((line, exchange), attempt) in answered.into_iter().zip(&journal).zip([1, 2, 2]) {
        assert_eq!(line["method"], exchange.method, "{line}");
        assert_eq!(line["path"], exchange.path, "{line}");
        assert_eq!(line["status"], json!(exchange.status), "{line}");
        assert_eq!(line["request_id"], exchange.request_id, "{line}");
        let sent = &exchange.headers.client_request_id;
        assert_eq!(line["client_request_id"], json!(sent), "{line}");
        assert_eq!(line["attempt"], attempt, "{line}");
        let duration = line["duration"].as_str().unwrap_or_default();
        humantime(duration);
    }
    Ok(())
}

/// Holds that this is a time such as `1.234567ms`.
fn humantime(text: &str) {
    let number = text.trim_end_matches(|it: char| it.is_alphabetic());
    assert!(
        number.parse::<f64>().is_ok() && text.ends_with('s'),
        "{text:?} is no duration"
    );
}

#[tokio::test]
async fn each_wait_is_logged_with_its_reason() -> Result<()> {
    let effects = [
        Effect::retry_after(429, "1"),
        Effect::ResetBeforeEffect,
        Effect::ExpiredToken,
    ];
    let (log, journal) = log_of_a_read(effects).await?;
    let waits = messages(&log, "waiting to try again");
    let [throttled, reset] = waits[..] else {
        panic!("{waits:?}");
    };
    let path = format!(
        "/v1.0/deviceManagement/complianceManagementPartners/{}",
        samples::KANDJI
    );
    for (attempt, wait) in [(1, throttled), (2, reset)] {
        assert_eq!(wait["what"], format!("GET {path}"), "{wait}");
        assert_eq!(wait["attempt"], attempt, "{wait}");
    }
    assert_eq!(throttled["wait"], "1s");
    let reason = |wait: &Value| wait["reason"].as_str().unwrap_or_default().to_owned();
    assert!(
        reason(throttled).contains("429 Too Many Requests"),
        "{throttled}"
    );
    assert!(
        reason(reset).contains("got no response from Microsoft Graph"),
        "{reset}"
    );

    let lost = messages(&log, "not answered");
    let [lost] = lost[..] else {
        panic!("{lost:?}");
    };
    let sent = journal.iter().find(|exchange| exchange.status.is_none());
    let sent = &sent.ok_or("nothing was reset")?.headers.client_request_id;
    assert_eq!(
        (&lost["client_request_id"], &lost["attempt"]),
        (&json!(sent), &json!(2))
    );
    assert_eq!(
        messages(&log, "Graph refused the token; signing in again").len(),
        1
    );
    assert_eq!(messages(&log, "signed in").len(), 2);
    Ok(())
}
