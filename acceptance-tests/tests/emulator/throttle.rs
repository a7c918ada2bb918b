//! Limits on how much an application may ask. What is counted when is tested beside the code; this is what a client sees.

use std::time::Duration;

use acceptance_tests::emulator::samples::{CLIENT_ID, CLIENT_SECRET, KANDJI, TENANT_ID};
use acceptance_tests::emulator::{Effect, Options, Throttle};
use serde_json::json;

use crate::session::{FORM, PARTNERS, Session, TestResult, inner_message, path_of};

/// One write and three requests, in a window that no test outlives.
fn throttled() -> Throttle {
    Throttle {
        writes: 1,
        requests: 3,
        window: Duration::from_secs(100_000),
        ..Throttle::documented()
    }
}

async fn start(throttle: Throttle) -> Result<Session, Box<dyn std::error::Error>> {
    Session::with(Options {
        throttle: Some(throttle),
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn an_application_is_held_to_its_limits() -> TestResult {
    let session = start(throttled()).await?;
    let change = json!({"iosOnboarded": true});
    assert_eq!(session.patch(KANDJI, &change).await?.status, 200);
    let refused = session.delete(KANDJI).await?;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.body["error"]["code"], "TooManyRequests");
    assert!(inner_message(&refused.body)?.starts_with("An error has occurred - "));
    let seconds: u64 = refused.headers["retry-after"].to_str()?.parse()?;
    assert!((1..=100_000).contains(&seconds), "{seconds}");
    assert!(session.stored(KANDJI).is_some());

    let statuses = [
        session.get(PARTNERS).await?.status,
        session.get(&path_of("nobody")).await?.status,
        session.get(PARTNERS).await?.status,
    ];
    assert_eq!(
        statuses,
        [200, 404, 429],
        "what is refused for another reason counts"
    );
    Ok(())
}

#[tokio::test]
async fn a_refusal_need_not_say_how_long_it_takes() -> TestResult {
    let session = start(Throttle {
        writes: 0,
        retry_after: false,
        ..throttled()
    })
    .await?;
    let refused = session.delete(KANDJI).await?;
    assert_eq!(refused.status, 429);
    assert!(!refused.headers.contains_key("retry-after"));
    Ok(())
}

#[tokio::test]
async fn what_graph_does_not_see_counts_for_nothing() -> TestResult {
    let session = start(Throttle {
        requests: 1,
        ..throttled()
    })
    .await?;
    session
        .token_for(TENANT_ID, CLIENT_ID, CLIENT_SECRET)
        .await?;
    session.sign_in(TENANT_ID, FORM, &[]).await?;
    session.fail(Effect::status(503));
    assert_eq!(session.get(PARTNERS).await?.status, 503);
    assert_eq!(session.get(PARTNERS).await?.status, 200);
    assert_eq!(session.get(PARTNERS).await?.status, 429);

    session.emulator.reset(TENANT_ID, Vec::new());
    assert_eq!(session.get(PARTNERS).await?.status, 200);
    Ok(())
}
