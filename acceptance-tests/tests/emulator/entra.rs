//! Sign-in: who gets a token, and what it opens.

use acceptance_tests::emulator::samples::{CLIENT_ID, CLIENT_SECRET, KANDJI, TENANT_ID};
use acceptance_tests::emulator::{Kind, Options, Tenant};
use serde_json::json;

use crate::session::{FORM, PARTNERS, Session, TestResult, path_of, reply};

#[tokio::test]
async fn entra_refuses_with_its_own_numbers() -> TestResult {
    let session = Session::start().await?;
    let scope = format!("{}/.default", session.emulator.url());
    let valid = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("scope", scope.as_str()),
    ];
    let with = |name: &str, value| {
        valid.map(|(known, old)| (known, if known == name { value } else { old }))
    };
    let graph_scope = "https://graph.microsoft.com/.default";
    for (tenant, content_type, fields, status, error, code) in [
        ("nobody", FORM, valid, 400, "invalid_request", 90_002),
        (
            TENANT_ID,
            "application/json",
            valid,
            400,
            "invalid_request",
            900_144,
        ),
        (
            TENANT_ID,
            FORM,
            with("grant_type", "password"),
            400,
            "unsupported_grant_type",
            70_003,
        ),
        (
            TENANT_ID,
            FORM,
            with("client_id", "nobody"),
            400,
            "unauthorized_client",
            700_016,
        ),
        (
            TENANT_ID,
            FORM,
            with("client_secret", "wrong"),
            401,
            "invalid_client",
            7_000_215,
        ),
        (
            TENANT_ID,
            FORM,
            with("scope", graph_scope),
            400,
            "invalid_resource",
            500_011,
        ),
    ] {
        let reply = session.sign_in(tenant, content_type, &fields).await?;
        assert_eq!(reply.status, status, "{code}");
        assert_eq!(reply.body["error"], error);
        assert_eq!(reply.body["error_codes"], json!([code]));
        let description = reply.body["error_description"].as_str().ok_or("none")?;
        assert!(
            description.starts_with(&format!("AADSTS{code}: ")),
            "{description}"
        );
        for part in ["Trace ID: ", "Correlation ID: ", "Timestamp: "] {
            assert!(description.contains(part), "{description}");
        }
        assert!(reply.body["trace_id"].is_string() && reply.body["correlation_id"].is_string());
    }
    let without_secret = [valid[0], valid[1], valid[3]];
    let reply = session.sign_in(TENANT_ID, FORM, &without_secret).await?;
    assert_eq!(
        (reply.status, &reply.body["error_codes"]),
        (401, &json!([7_000_216]))
    );
    let reply = session
        .get(&format!("/{TENANT_ID}/oauth2/v2.0/token"))
        .await?;
    assert_eq!(
        (reply.status, &reply.body["error_codes"]),
        (400, &json!([900_561]))
    );
    Ok(())
}

#[tokio::test]
async fn the_journal_tells_of_a_sign_in_without_its_secrets() -> TestResult {
    let session = Session::start().await?;
    let token = session
        .token_for(TENANT_ID, CLIENT_ID, CLIENT_SECRET)
        .await?;
    let journal = session.emulator.journal();
    assert_eq!(journal.len(), 1);
    assert_eq!(journal[0].kind, Kind::Token);
    let request = journal[0].request.as_ref().ok_or("no request body")?;
    assert_eq!(request["client_id"], CLIENT_ID);
    let text = serde_json::to_string(&journal)?;
    assert!(
        !text.contains(CLIENT_SECRET) && !text.contains(&token),
        "{text}"
    );
    Ok(())
}

#[tokio::test]
async fn graph_lets_only_valid_tokens_in() -> TestResult {
    let mut session = Session::start().await?;
    let url = format!("{}{PARTNERS}", session.emulator.url());
    let without = reply(session.client.get(&url)).await?;
    let foreign = reply(session.client.get(&url).bearer_auth("foreign")).await?;
    session.emulator.expire_tokens();
    let expired = session.get(PARTNERS).await?;
    for (reply, message) in [
        (without, "Access token is empty."),
        (
            foreign,
            "Access token validation failure. Invalid audience.",
        ),
        (expired, "Lifetime validation failed, the token is expired."),
    ] {
        assert_eq!(reply.status, 401);
        assert_eq!(reply.body["error"]["code"], "InvalidAuthenticationToken");
        assert_eq!(reply.body["error"]["message"], message);
    }
    session.token = session
        .token_for(TENANT_ID, CLIENT_ID, CLIENT_SECRET)
        .await?;
    assert_eq!(session.get(PARTNERS).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_token_opens_its_own_tenant_only() -> TestResult {
    let other = Tenant::new("other", "other-app", "other-secret");
    let mut session = Session::with(Options::default().with_tenant(other)).await?;
    session.token = session
        .token_for("other", "other-app", "other-secret")
        .await?;
    assert_eq!(session.get(PARTNERS).await?.body["value"], json!([]));
    assert_eq!(session.get(&path_of(KANDJI)).await?.status, 404);
    session.post(&json!({"displayName": "Kandji"})).await?;
    assert_eq!(session.emulator.partners("other").len(), 1);
    assert_eq!(session.emulator.partners(TENANT_ID).len(), 4);
    Ok(())
}
