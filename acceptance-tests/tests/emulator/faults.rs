//! Everything that can be made to go wrong.

use std::time::Duration;

use acceptance_tests::emulator::samples::{JAMF, KANDJI, MOSYLE, TENANT_ID, WORKSPACE_ONE};
use acceptance_tests::emulator::{Effect, Fault};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use crate::session::{FORM, PARTNERS, Session, TestResult, inner_message, path_of};

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
async fn faults_can_be_counted_and_forgotten() -> TestResult {
    let session = Session::start().await?;
    let emulator = &session.emulator;
    emulator.fail(Fault::new(Effect::status(503)).starting_at(2).times(2));
    for pending in [1, 1, 0] {
        session.get(PARTNERS).await?;
        assert_eq!(emulator.pending_faults(), pending);
    }
    emulator.fail(Fault::new(Effect::status(503)).forever());
    assert_eq!(session.get(PARTNERS).await?.status, 503);
    assert_eq!(emulator.pending_faults(), 1);
    emulator.clear_faults();
    assert_eq!(emulator.pending_faults(), 0);
    assert_eq!(session.get(PARTNERS).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn each_status_has_the_code_that_graph_gives_it() -> TestResult {
    let session = Session::start().await?;
    for (status, code) in [
        (400, "BadRequest"),
        (401, "InvalidAuthenticationToken"),
        (403, "Forbidden"),
        (404, "ResourceNotFound"),
        (405, "BadRequest"),
        (408, "RequestTimeout"),
        (409, "Conflict"),
        (412, "PreconditionFailed"),
        (415, "UnsupportedMediaType"),
        (429, "TooManyRequests"),
        (500, "InternalServerError"),
        (501, "NotImplemented"),
        (502, "BadGateway"),
        (503, "ServiceUnavailable"),
        (504, "GatewayTimeout"),
    ] {
        session.fail(Effect::status(status));
        let reply = session.get(PARTNERS).await?;
        assert_eq!(
            (reply.status, &reply.body["error"]["code"]),
            (status, &json!(code))
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_error_can_be_that_of_graph_or_of_intune() -> TestResult {
    let session = Session::start().await?;
    for (effect, status, code, message) in [
        (
            Effect::graph_error(409, "Clash", "Two at once."),
            409,
            "Clash",
            "Two at once.",
        ),
        (
            Effect::wrong_version_404(),
            404,
            "ResourceNotFound",
            "Invalid version: v1.1",
        ),
        (
            Effect::wrong_segment_400(),
            400,
            "BadRequest",
            "Resource not found for the segment 'complianceManagementPartner'.",
        ),
    ] {
        session.fail(effect);
        let reply = session.delete(KANDJI).await?;
        let error = &reply.body["error"];
        assert_eq!(
            (reply.status, &error["code"], &error["message"]),
            (status, &json!(code), &json!(message))
        );
        let id = error["innerError"]["request-id"].as_str();
        assert_eq!(id, Some(reply.headers["request-id"].to_str()?));
    }
    for (effect, status, message) in [
        (
            Effect::intune_error(400, "BadRequest", "No such group."),
            400,
            "No such group.",
        ),
        (Effect::rate_limit_500(), 500, "Rate limit reached for "),
    ] {
        session.fail(effect);
        let reply = session.delete(KANDJI).await?;
        assert_eq!(reply.status, status);
        assert!(inner_message(&reply.body)?.starts_with(message));
        assert!(!reply.headers.contains_key("retry-after"));
    }
    assert!(session.stored(KANDJI).is_some());
    Ok(())
}

#[tokio::test]
async fn a_token_can_be_found_expired_once() -> TestResult {
    let session = Session::start().await?;
    session
        .emulator
        .fail(Fault::new(Effect::ExpiredToken).times(2));
    let reply = session.delete(KANDJI).await?;
    assert_eq!(reply.status, 401);
    assert!(reply.headers.contains_key("www-authenticate"));
    let error = &reply.body["error"];
    assert_eq!(error["code"], "InvalidAuthenticationToken");
    assert_eq!(
        error["message"],
        "Lifetime validation failed, the token is expired."
    );
    let sign_in = session.sign_in(TENANT_ID, FORM, &[]).await?;
    assert_eq!(
        sign_in.status, 400,
        "a sign-in has no token that could expire"
    );
    assert_eq!(session.delete(KANDJI).await?.status, 204);
    Ok(())
}

#[tokio::test]
async fn an_answer_can_trickle() -> TestResult {
    let trickle = |endless| Effect::Trickle {
        bytes: 7,
        every: Duration::ZERO,
        endless,
    };
    for session in [Session::start().await?, Session::start_with_http_1().await?] {
        let whole = session.get(&path_of(KANDJI)).await?.body.to_string();
        for endless in [false, true] {
            session.fail(trickle(endless));
            let request = session.request(Method::GET, &path_of(KANDJI));
            let mut response = request.send().await?;
            assert_eq!(response.status(), 200);
            let mut received = Vec::new();
            while let Some(piece) = response.chunk().await? {
                assert!(piece.len() <= 7);
                received.extend_from_slice(&piece);
                if received.len() > whole.len() + 100 {
                    break;
                }
            }
            let received = String::from_utf8(received)?;
            assert_eq!(received.trim_end(), whole);
            assert_eq!(received.len() > whole.len() + 100, endless);
        }
        session.fail(trickle(true));
        let deleted = session.delete(KANDJI).await?;
        assert_eq!((deleted.status, deleted.body), (204, json!("")));
    }
    Ok(())
}

#[tokio::test]
async fn a_trickle_waits_before_each_piece() -> TestResult {
    let session = Session::start().await?;
    session.fail(Effect::Trickle {
        bytes: 7,
        every: Duration::MAX,
        endless: false,
    });
    let mut response = session.request(Method::GET, PARTNERS).send().await?;
    tokio::select! {
        piece = response.chunk() => return Err(format!("{piece:?}").into()),
        // On the same connection, and so behind whatever was sent for the first request.
        other = session.get(PARTNERS) => assert_eq!(other?.status, 200),
    }
    Ok(())
}

#[tokio::test]
async fn a_deleted_partner_can_haunt_reads_by_id() -> TestResult {
    let session = Session::start().await?;
    let kandji = session.get(&path_of(KANDJI)).await?.body;
    session.delete(KANDJI).await?;
    session.emulator.remove_partner(TENANT_ID, WORKSPACE_ONE);
    session
        .emulator
        .fail(Fault::new(Effect::Ghost).method("GET").times(3));
    assert_eq!(session.get(&path_of(KANDJI)).await?.body, kandji);
    let removed = session.get(&path_of(WORKSPACE_ONE)).await?;
    assert_eq!(removed.body["displayName"], "VMware Workspace ONE");
    let list = session.get(PARTNERS).await?.body;
    let listed = list["value"].as_array().ok_or("no list")?;
    let ids: Vec<_> = listed.iter().map(|partner| &partner["id"]).collect();
    assert_eq!(ids, [JAMF, MOSYLE]);
    assert_eq!(session.get(&path_of(KANDJI)).await?.status, 404);
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

    session.fail(Effect::Echo);
    let reply = session.post(&json!({"displayName": "Fleet"})).await?;
    let page = reply.body.as_str().ok_or("no page")?;
    for part in ["authorization: Bearer ", r#"{"displayName":"Fleet"}"#] {
        assert!(page.contains(part), "{page}");
    }

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

    fail(Effect::AnotherObject(json!({"id": MOSYLE})));
    let reply = session
        .patch(KANDJI, &json!({"iosOnboarded": true}))
        .await?;
    assert_eq!((reply.status, &reply.body["id"]), (200, &json!(MOSYLE)));
    assert_eq!(session.stored(KANDJI).ok_or("gone")?["iosOnboarded"], true);

    let elsewhere = "https://elsewhere.example/";
    fail(Effect::NextLink(elsewhere.to_owned()));
    let page = session.get(PARTNERS).await?;
    assert_eq!(page.body["@odata.nextLink"], elsewhere);
    Ok(())
}
