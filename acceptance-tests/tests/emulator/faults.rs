//! Everything that can be made to go wrong.

use std::time::Duration;

use acceptance_tests::emulator::samples::{KANDJI, TENANT_ID, WORKSPACE_ONE};
use acceptance_tests::emulator::{Effect, Fault};
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use crate::session::{FORM, PARTNERS, Session, TestResult, path_of};

#[tokio::test]
async fn a_fault_happens_to_the_requests_it_is_meant_for() -> TestResult {
    let session = Session::start().await?;
    let throttled = Fault::new(Effect::retry_after(429, "7"))
        .method("GET")
        .path(KANDJI);
    session.emulator.fail(throttled.starting_at(2).times(2));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(session.get(&path_of(KANDJI)).await?.status);
        assert_eq!(session.get(&path_of(WORKSPACE_ONE)).await?.status, 200);
    }
    assert_eq!(statuses, [200, 429, 429, 200]);

    session
        .emulator
        .fail(Fault::new(Effect::retry_after(503, "7")).forever());
    let reply = session.delete(KANDJI).await?;
    assert_eq!(reply.headers["retry-after"], "7");
    assert_eq!(reply.body["error"]["code"], "ServiceUnavailable");
    assert!(session.stored(KANDJI).is_some());
    let reply = session.sign_in(TENANT_ID, FORM, &[]).await?;
    assert_eq!(
        (reply.status, &reply.body["error_codes"]),
        (503, &json!([90_033]))
    );
    Ok(())
}

#[tokio::test]
async fn a_fault_can_say_anything() -> TestResult {
    let session = Session::start().await?;
    session.fail(Effect::Status {
        status: 500,
        headers: vec![("x-extra".to_owned(), "yes".to_owned())],
        body: Some("Rate limit reached".to_owned()),
    });
    let reply = session.get(PARTNERS).await?;
    assert_eq!(
        (reply.status, reply.body),
        (500, json!("Rate limit reached"))
    );
    assert_eq!(reply.headers["x-extra"], "yes");

    session.fail(Effect::Html);
    let reply = session.get(PARTNERS).await?;
    assert_eq!(reply.headers[CONTENT_TYPE], "text/html; charset=utf-8");

    session.fail(Effect::Oversized(200_000));
    let reply = session.get(PARTNERS).await?;
    assert_eq!(reply.body.as_str().map(str::len), Some(200_000));

    let elsewhere = "https://elsewhere.example/";
    session.fail(Effect::Redirect(elsewhere.to_owned()));
    let reply = session.get(PARTNERS).await?;
    assert_eq!(reply.status, 307);
    assert_eq!(reply.headers["location"], elsewhere);
    Ok(())
}

#[tokio::test]
async fn a_connection_can_be_cut_before_or_after_the_effect() -> TestResult {
    let change = json!({"iosOnboarded": true});
    for session in [Session::start().await?, Session::start_with_http_1().await?] {
        for (effect, changed) in [
            (Effect::ResetBeforeEffect, false),
            (Effect::ResetAfterEffect, true),
        ] {
            session.fail(effect);
            assert!(session.patch(KANDJI, &change).await.is_err());
            let kandji = session.stored(KANDJI).ok_or("gone")?;
            assert_eq!(kandji["iosOnboarded"], changed);
        }
        let expected = format!("PATCH {} -> no answer", path_of(KANDJI));
        assert_eq!(session.exchanges(), [expected.clone(), expected]);
        let next = session.get(PARTNERS).await?;
        assert_eq!(next.status, 200, "the next connection is fine");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_can_be_cut_short() -> TestResult {
    for session in [Session::start().await?, Session::start_with_http_1().await?] {
        session.fail(Effect::TruncatedBody);
        let change = json!({"iosOnboarded": true});
        assert!(session.patch(KANDJI, &change).await.is_err());
        assert_eq!(session.stored(KANDJI).ok_or("gone")?["iosOnboarded"], true);
        assert_eq!(session.emulator.journal()[0].status, Some(200));
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_gives_up_is_in_the_journal() -> TestResult {
    let session = Session::start().await?;
    session.fail(Effect::Delay(Duration::MAX));
    let arrival = async {
        while session.emulator.journal().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = session.get(PARTNERS) => return Err("an answer".into()),
        () = arrival => {}
    }
    session.fail(Effect::Delay(Duration::ZERO));
    assert_eq!(session.get(PARTNERS).await?.status, 200);
    let expected = [
        format!("GET {PARTNERS} -> no answer"),
        format!("GET {PARTNERS} -> 200"),
    ];
    assert_eq!(session.exchanges(), expected);
    Ok(())
}

#[tokio::test]
async fn the_service_can_behave_in_ways_the_documentation_does_not_tell() -> TestResult {
    let session = Session::start().await?;
    let fail = |effect| session.fail(effect);

    fail(Effect::EmptyAnswer204);
    let reply = session
        .patch(KANDJI, &json!({"iosOnboarded": true}))
        .await?;
    assert_eq!((reply.status, reply.body), (204, json!("")));
    assert!(!reply.headers.contains_key(CONTENT_TYPE));
    assert_eq!(session.stored(KANDJI).ok_or("gone")?["iosOnboarded"], true);

    fail(Effect::IgnoreProperty("partnerState".to_owned()));
    let change = json!({"partnerState": "rejected", "iosOnboarded": false});
    let reply = session.patch(KANDJI, &change).await?;
    assert_eq!(reply.body["partnerState"], "unknown");
    assert_eq!(reply.body["iosOnboarded"], false);

    fail(Effect::StaleRead);
    let stale = session.get(&path_of(KANDJI)).await?;
    let fresh = session.get(&path_of(KANDJI)).await?;
    assert_eq!(stale.body["iosOnboarded"], true);
    assert_eq!(fresh.body["iosOnboarded"], false);

    fail(Effect::WrapInValue);
    let wrapped = session.get(&path_of(KANDJI)).await?;
    assert_eq!(wrapped.body["value"]["id"], KANDJI);

    let elsewhere = "https://elsewhere.example/";
    fail(Effect::NextLink(elsewhere.to_owned()));
    let page = session.get(PARTNERS).await?;
    assert_eq!(page.body["@odata.nextLink"], elsewhere);
    Ok(())
}
