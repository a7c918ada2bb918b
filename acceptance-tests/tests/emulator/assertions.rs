//! Sign-in with a certificate: which assertions are good, and what is said of the others.

use acceptance_tests::emulator::samples::{CLIENT_ID, CLIENT_SECRET, EXPIRED_SECRET, TENANT_ID};
use acceptance_tests::emulator::{App, Options, Proof, Tenant};
use acceptance_tests::fixtures;
use serde_json::json;

use crate::assertion::{Assertion, assert_refused, chain, fields, now, sha_1, sha_256, sign_in};
use crate::session::{FORM, PARTNERS, Session, TestResult};

#[tokio::test]
async fn each_algorithm_and_each_name_of_a_certificate_is_good() -> TestResult {
    let mut session = Session::start().await?;
    for (algorithm, key) in [
        ("RS256", "rsa"),
        ("PS256", "rsa"),
        ("ES256", "p256"),
        ("ES384", "p384"),
    ] {
        let plain = || Assertion::new(&session, algorithm);
        for assertion in [
            plain().header("x5t", json!(sha_1(key))),
            plain().header("x5t#S256", json!(sha_256(key))),
            plain().header("x5c", chain(&[key])),
            plain()
                .header("x5t", json!(sha_1(key)))
                .header("x5t#S256", json!(sha_256(key)))
                .header("x5c", chain(&[key])),
        ] {
            let reply = sign_in(&session, &assertion.sign(key)?).await?;
            assert_eq!(reply.status, 200, "{}: {}", assertion.header, reply.body);
            let token = reply.body["access_token"].as_str().ok_or("no token")?;
            token.clone_into(&mut session.token);
            assert_eq!(session.get(PARTNERS).await?.status, 200);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_certificate_can_be_trusted_by_its_subject_and_issuer() -> TestResult {
    let session = Session::start().await?;
    let with = |certificates: &[&str]| {
        Assertion::new(&session, "PS256").header("x5c", chain(certificates))
    };
    for certificates in [&["leaf"][..], &["leaf", "authority"]] {
        let reply = sign_in(&session, &with(certificates).sign("leaf")?).await?;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let unknown = sign_in(&session, &with(&["impostor"]).sign("impostor")?).await?;
    let description = unknown.body["error_description"]
        .as_str()
        .unwrap_or_default();
    let (_, thumbprint) = description
        .split_once("key used by client: '")
        .ok_or("no thumbprint")?;
    let (thumbprint, _) = thumbprint.split_once('\'').ok_or("no end")?;
    let is_hex = |digit: char| digit.is_ascii_digit() || ('A'..='F').contains(&digit);
    assert!(
        thumbprint.len() == 40 && thumbprint.chars().all(is_hex),
        "{thumbprint}"
    );

    let named = with(&["leaf"]).header("x5t", json!(sha_1("leaf")));
    assert_eq!(sign_in(&session, &named.sign("leaf")?).await?.status, 200);

    let by_name_alone = Assertion::by(&session, "PS256", "leaf");
    let another = with(&["leaf"]).header("x5t", json!(sha_1("rsa")));
    for (assertion, key) in [
        (by_name_alone, "leaf"),
        (another, "leaf"),
        // Has the subject, and issued itself.
        (with(&["impostor"]), "impostor"),
        (with(&["impostor", "authority"]), "impostor"),
        // Is trusted, and has another subject.
        (with(&["authority"]), "leaf"),
    ] {
        let reply = sign_in(&session, &assertion.sign(key)?).await?;
        assert_refused(&reply, 401, 700_027, "The key was not found.");
    }
    let reply = sign_in(&session, &with(&["leaf"]).sign("impostor")?).await?;
    assert_refused(&reply, 401, 700_027, "did not match the expected signature");
    Ok(())
}

#[tokio::test]
async fn the_subject_alone_is_not_enough() -> TestResult {
    let app = App::new("app").with(Proof::SubjectAndIssuer {
        subject: "someone.else.example".to_owned(),
        issuer: fixtures::certificate("authority"),
    });
    let tenant = Tenant {
        apps: vec![app],
        ..Tenant::new("other", "app", "secret")
    };
    let session = Session::with(Options::default().with_tenant(tenant)).await?;
    let url = format!("{}/other/oauth2/v2.0/token", session.emulator.url());
    let assertion = Assertion::new(&session, "RS256")
        .header("x5c", chain(&["leaf"]))
        .claim("iss", json!("app"))
        .claim("sub", json!("app"))
        .claim("aud", json!(url));
    let scope = format!("{}/.default", session.emulator.url());
    let assertion = assertion.sign("leaf")?;
    let mut fields = fields(&scope, &assertion);
    fields[1].1 = "app";
    let reply = session.sign_in("other", FORM, &fields).await?;
    assert_refused(&reply, 401, 700_027, "The key was not found.");
    Ok(())
}

#[tokio::test]
async fn a_signature_has_to_be_by_the_key_that_is_named() -> TestResult {
    let session = Session::start().await?;
    let by = |algorithm, certificate| Assertion::by(&session, algorithm, certificate);
    let wrong = "did not match the expected signature";
    for (assertion, key, words) in [
        (by("RS256", "rsa"), "leaf", wrong),
        (by("RS256", "p256"), "rsa", wrong),
        (by("ES256", "rsa"), "p256", wrong),
        (by("ES384", "p256"), "p384", wrong),
        (
            by("RS256", "impostor"),
            "impostor",
            "The key was not found.",
        ),
        (
            by("RS256", "expired"),
            "expired",
            "The key used is expired.",
        ),
    ] {
        let reply = sign_in(&session, &assertion.sign(key)?).await?;
        assert_refused(&reply, 401, 700_027, words);
    }
    let signed = by("RS256", "rsa").sign("rsa")?;
    let (message, _) = signed.rsplit_once('.').ok_or("no signature")?;
    for signature in ["", "AAAA"] {
        let reply = sign_in(&session, &format!("{message}.{signature}")).await?;
        assert_refused(&reply, 401, 700_027, wrong);
    }
    // What was signed is another thing than what is said.
    let other = by("RS256", "rsa").sign("rsa")?;
    let (_, signature) = other.rsplit_once('.').ok_or("no signature")?;
    let reply = sign_in(&session, &format!("{message}.{signature}")).await?;
    assert_refused(&reply, 401, 700_027, wrong);
    Ok(())
}

#[tokio::test]
async fn each_claim_has_to_be_right() -> TestResult {
    let session = Session::start().await?;
    let valid = || Assertion::by(&session, "RS256", "rsa");
    let url = session.emulator.url();
    let other_tenant = format!("{url}/other/oauth2/v2.0/token");
    let other_endpoint = format!("{url}/{TENANT_ID}/v2.0");
    let other_host = format!("https://login.microsoftonline.com/{TENANT_ID}/oauth2/v2.0/token");
    let (client, audience) = ("doesn't match 'client_id'", "audience claim does not match");
    let time = "is not within its valid time range. Current time: ";
    for (assertion, status, code, words) in [
        (valid().claim("iss", json!("nobody")), 401, 700_021, client),
        (valid().claim("sub", json!("nobody")), 401, 700_021, client),
        (valid().without_claim("sub"), 401, 700_021, client),
        (valid().without_claim("iss"), 401, 700_021, client),
        (
            valid().claim("aud", json!(other_tenant)),
            401,
            700_023,
            audience,
        ),
        (
            valid().claim("aud", json!(other_endpoint)),
            401,
            700_023,
            audience,
        ),
        (
            valid().claim("aud", json!(other_host)),
            401,
            700_023,
            audience,
        ),
        (valid().without_claim("aud"), 401, 700_023, audience),
        (valid().claim("exp", json!(now() - 1)), 401, 700_024, time),
        (valid().claim("nbf", json!(now() + 300)), 401, 700_024, time),
        (
            valid().claim("exp", json!(now() + 90_000)),
            401,
            700_024,
            time,
        ),
        (
            valid().claim("exp", json!("soon")),
            400,
            50_027,
            "It has no 'exp' in seconds.",
        ),
        (
            valid().without_claim("nbf"),
            400,
            50_027,
            "It has no 'nbf' in seconds.",
        ),
        (
            valid().without_claim("jti"),
            400,
            50_027,
            "It has no 'jti'.",
        ),
        (
            valid().claim("jti", json!("")),
            400,
            50_027,
            "It has no 'jti'.",
        ),
    ] {
        let reply = sign_in(&session, &assertion.sign("rsa")?).await?;
        assert_refused(&reply, status, code, words);
    }
    Ok(())
}

#[tokio::test]
async fn the_header_has_to_be_right() -> TestResult {
    let session = Session::start().await?;
    let valid = || Assertion::by(&session, "RS256", "rsa");
    let nameless = Assertion::new(&session, "RS256");
    let garbage = Assertion::new(&session, "RS256").header("x5c", json!(["!"]));
    let no_list = Assertion::new(&session, "RS256").header("x5c", json!("MII"));
    for (assertion, code, words) in [
        (valid().header("typ", json!("at+jwt")), 50_027, "a JWT"),
        (
            valid().header("alg", json!("none")),
            5_002_738,
            "'none' is not a supported",
        ),
        (valid().header("alg", json!("HS256")), 5_002_738, "'HS256'"),
        (valid().header("alg", json!("ES512")), 5_002_738, "'ES512'"),
        (nameless, 50_027, "No certificate thumbprint specified"),
        (garbage, 50_027, "no list of certificates"),
        (no_list, 50_027, "no list of certificates"),
    ] {
        let reply = sign_in(&session, &assertion.sign("rsa")?).await?;
        assert_refused(&reply, 400, code, words);
    }
    for token in ["", "a.b.c", "nonsense"] {
        let reply = sign_in(&session, token).await?;
        assert_refused(&reply, 400, 50_027, "no valid format");
    }
    Ok(())
}

#[tokio::test]
async fn an_assertion_is_good_once() -> TestResult {
    let session = Session::start().await?;
    let assertion = Assertion::by(&session, "RS256", "rsa").sign("rsa")?;
    assert_eq!(sign_in(&session, &assertion).await?.status, 200);
    let again = sign_in(&session, &assertion).await?;
    assert_refused(&again, 400, 50_027, "It has been used before.");
    Ok(())
}

#[tokio::test]
async fn one_proof_is_brought_in_the_right_form() -> TestResult {
    let session = Session::start().await?;
    let scope = format!("{}/.default", session.emulator.url());
    let assertion = Assertion::by(&session, "RS256", "rsa").sign("rsa")?;
    let whole = fields(&scope, &assertion);
    let secret = ("client_secret", CLIENT_SECRET);
    let two = [whole.as_slice(), &[secret]].concat();
    let wrong_type = [
        &whole[..3],
        &[("client_assertion_type", "jwt")],
        &whole[4..],
    ]
    .concat();
    let no_type = [&whole[..3], &whole[4..]].concat();
    for (fields, status, code, words) in [
        (two, 400, 9_002_313, "malformed"),
        (wrong_type, 400, 9_002_313, "malformed"),
        (no_type, 400, 900_144, "'client_assertion_type'"),
        (whole[..3].to_vec(), 401, 7_000_216, "'client_assertion'"),
    ] {
        let reply = session.sign_in(TENANT_ID, FORM, &fields).await?;
        assert_refused(&reply, status, code, words);
    }
    let expired = [&whole[..3], &[("client_secret", EXPIRED_SECRET)]].concat();
    let reply = session.sign_in(TENANT_ID, FORM, &expired).await?;
    let words = format!("The provided client secret keys for app '{CLIENT_ID}' are expired.");
    assert_refused(&reply, 401, 7_000_222, &words);
    let uri = format!("{}/error?code=7000222", session.emulator.url());
    assert_eq!(reply.body["error_uri"], uri);
    Ok(())
}

#[tokio::test]
async fn an_assertion_is_in_the_journal_but_not_what_it_says() -> TestResult {
    let session = Session::start().await?;
    let assertion = Assertion::by(&session, "RS256", "rsa").sign("rsa")?;
    let reply = sign_in(&session, &assertion).await?;
    let journal = session.emulator.journal();
    let request = journal[0].request.as_ref().ok_or("no body")?;
    assert_eq!(request["client_assertion"], "(redacted)");
    assert!(!serde_json::to_string(&journal)?.contains(&assertion));
    let secrets = session.emulator.secrets();
    let token = reply.body["access_token"].as_str().ok_or("no token")?;
    assert!(secrets.contains(&assertion));
    assert!(secrets.contains(&token.to_owned()));
    Ok(())
}
