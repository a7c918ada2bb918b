//! Sign-in with a token of somebody else's, which is checked against what its issuer publishes.

use acceptance_tests::emulator::samples::{CLIENT_ID, SUBJECT, TENANT_ID};
use acceptance_tests::emulator::{App, Kind, Options, Proof, TOKEN_EXCHANGE, Tenant};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};

use crate::assertion::{Assertion, assert_refused, fields, now, sign_in};
use crate::session::{FORM, Session, TestResult};

/// A token that says the same as one of the emulator's issuer, and is signed with a key of the test's.
fn token(session: &Session) -> Assertion {
    Assertion::new(session, "RS256")
        .header("kid", json!("emulated-key"))
        .claim("iss", json!(format!("{}/issuer", session.emulator.url())))
        .claim("sub", json!(SUBJECT))
        .claim("aud", json!(TOKEN_EXCHANGE))
}

#[tokio::test]
async fn the_issuer_publishes_the_key_that_it_signs_with() -> TestResult {
    let session = Session::start().await?;
    let url = session.emulator.url();
    let configuration = session
        .get("/issuer/.well-known/openid-configuration")
        .await?;
    assert_eq!(configuration.body["issuer"], format!("{url}/issuer"));
    assert_eq!(configuration.body["jwks_uri"], format!("{url}/issuer/keys"));
    let keys = session.get("/issuer/keys").await?;
    let key = &keys.body["keys"][0];
    let number = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap_or_default());
    let (n, e) = (number("n")?, number("e")?);

    let token = session.emulator.federated_token("anything");
    let (message, signature) = token.rsplit_once('.').ok_or("no signature")?;
    let (header, claims) = message.split_once('.').ok_or("no claims")?;
    let json = |part| -> Result<Value, Box<dyn std::error::Error>> {
        Ok(serde_json::from_slice(
            &BASE64_URL_SAFE_NO_PAD.decode(part)?,
        )?)
    };
    assert_eq!(json(header)?["kid"], key["kid"]);
    let claims = json(claims)?;
    assert_eq!(claims["iss"], configuration.body["issuer"]);
    assert_eq!(claims["sub"], "anything");
    assert_eq!(claims["aud"], TOKEN_EXCHANGE);
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature)?;
    RsaPublicKeyComponents { n, e }
        .verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature)
        .map_err(|_| "not signed by that key")?;
    for exchange in session.emulator.journal() {
        assert_eq!(exchange.kind, Kind::Workload);
    }
    Ok(())
}

#[tokio::test]
async fn a_federated_token_signs_in_as_often_as_it_likes() -> TestResult {
    let session = Session::start().await?;
    let token = session.emulator.federated_token(SUBJECT);
    for _ in 0..2 {
        assert_eq!(sign_in(&session, &token).await?.status, 200);
    }
    assert_eq!(
        sign_in(&session, &self::token(&session).sign("issuer")?)
            .await?
            .status,
        200,
        "made by the test with the issuer's key, so what is refused below is refused for its reason"
    );
    Ok(())
}

#[tokio::test]
async fn a_token_that_nobody_registered_is_refused() -> TestResult {
    let session = Session::start().await?;
    let emulator = &session.emulator;
    let url = emulator.url();
    let stranger = "https://token.actions.githubusercontent.com";
    let slash = format!("{url}/issuer/");
    for (issuer, words) in [(stranger, stranger), (&slash, &slash)] {
        let token = token(&session).claim("iss", json!(issuer)).sign("issuer")?;
        let words = format!("presented assertion issuer '{words}'");
        assert_refused(&sign_in(&session, &token).await?, 401, 700_211, &words);
    }
    let reply = sign_in(&session, &emulator.federated_token("Terraform")).await?;
    assert_refused(
        &reply,
        401,
        700_213,
        "presented assertion subject 'Terraform'",
    );
    let other = token(&session)
        .claim("aud", json!("api://other"))
        .sign("issuer")?;
    let reply = sign_in(&session, &other).await?;
    assert_refused(
        &reply,
        401,
        700_212,
        "presented assertion audience 'api://other'",
    );
    Ok(())
}

#[tokio::test]
async fn a_token_of_another_time_or_key_is_refused() -> TestResult {
    let session = Session::start().await?;
    let expired = session.emulator.expired_federated_token(SUBJECT);
    let early = token(&session)
        .claim("nbf", json!(now() + 300))
        .sign("issuer")?;
    for token in [expired, early] {
        let reply = sign_in(&session, &token).await?;
        assert_refused(&reply, 401, 700_024, "expiry time of assertion ");
    }
    let words = "failed signature verification";
    for token in [
        token(&session).sign("rsa")?,
        token(&session)
            .header("kid", json!("another"))
            .sign("issuer")?,
        token(&session)
            .header("alg", json!("PS256"))
            .sign("issuer")?,
    ] {
        assert_refused(&sign_in(&session, &token).await?, 400, 50_027, words);
    }
    Ok(())
}

#[tokio::test]
async fn an_issuer_whose_keys_cannot_be_had_vouches_for_nobody() -> TestResult {
    let issuer = "https://issuer.example";
    let app = App::new(CLIENT_ID).with(Proof::Federated {
        issuer: issuer.to_owned(),
        subject: SUBJECT.to_owned(),
        audience: TOKEN_EXCHANGE.to_owned(),
    });
    let tenant = Tenant {
        apps: vec![app],
        ..Tenant::new("other", CLIENT_ID, "secret")
    };
    let session = Session::with(Options::default().with_tenant(tenant)).await?;
    let token = token(&session).claim("iss", json!(issuer)).sign("issuer")?;
    let scope = format!("{}/.default", session.emulator.url());
    let reply = session
        .sign_in("other", FORM, &fields(&scope, &token))
        .await?;
    assert_refused(&reply, 400, 50_027, "failed signature verification");

    let own = session.emulator.federated_token(SUBJECT);
    let reply = session
        .sign_in("other", FORM, &fields(&scope, &own))
        .await?;
    assert_refused(&reply, 401, 700_211, "presented assertion issuer");
    let reply = session
        .sign_in(TENANT_ID, FORM, &fields(&scope, &own))
        .await?;
    assert_eq!(reply.status, 200);
    Ok(())
}
