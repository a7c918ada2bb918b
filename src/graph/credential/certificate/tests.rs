//! Certificates as openssl writes them, in each form, and what they sign.

use std::io::Write as _;

use acceptance_tests::fixtures::{self, PASSWORD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde_json::Value;
use time::macros::datetime;
use x509_cert::der::Encode as _;

use super::*;
use crate::graph::settings::name;

fn text(given: Option<&str>, file: Option<&str>) -> Text {
    Text {
        given: given.map(Secret::new),
        file: file.map(|file| fixtures::path(file).display().to_string()),
        names: [&name::CLIENT_CERTIFICATE, &name::CLIENT_CERTIFICATE_PATH],
    }
}

fn signer(certificate: &Text, password: &str) -> Result<Signer, Error> {
    let app = App {
        tenant_id: "the-tenant".into(),
        client_id: Text {
            given: Some(Secret::new("the-client")),
            file: None,
            names: [&name::CLIENT_ID, &name::CLIENT_ID_FILE_PATH],
        },
    };
    let authority = "https://login.example";
    Signer::new(&app, authority, certificate, &Secret::new(password))
}

fn problem(certificate: &Text, password: &str) -> String {
    match signer(certificate, password) {
        Ok(_) => panic!("{certificate:?} is accepted"),
        Err(error) => error.to_string(),
    }
}

/// What an assertion says, once its signature is checked against the fixture's certificate.
fn checked(assertion: &str, fixture: &str) -> (Value, Value) {
    let (message, signature) = assertion.rsplit_once('.').expect("three parts");
    let (header, claims) = message.split_once('.').expect("three parts");
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64");
    let json = |part: &str| serde_json::from_slice::<Value>(&decode(part)).expect("JSON");
    let header = json(header);
    let algorithm: &dyn VerificationAlgorithm = match header["alg"].as_str() {
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        Some("ES256") => &ECDSA_P256_SHA256_FIXED,
        Some("ES384") => &ECDSA_P384_SHA384_FIXED,
        other => panic!("{other:?}"),
    };
    let certificate = fixtures::certificate(fixture);
    let certificate = x509_cert::Certificate::from_der(&certificate).expect("a certificate");
    let spki = certificate.tbs_certificate().subject_public_key_info();
    let key = spki.subject_public_key.raw_bytes();
    UnparsedPublicKey::new(algorithm, key)
        .verify(message.as_bytes(), &decode(signature))
        .expect("a signature of the certificate's key");
    assert!(!spki.to_der().expect("DER").is_empty());
    (header, json(claims))
}

#[test]
fn each_form_of_a_certificate_is_read() {
    for (file, fixture) in [
        ("rsa.pem", "rsa"),
        ("rsa.traditional.pem", "rsa"),
        ("rsa.encrypted.pem", "rsa"),
        ("rsa.encrypted-sha1.pem", "rsa"),
        ("guide.encrypted.pem", "guide"),
        ("rsa.p12", "rsa"),
        ("rsa.legacy.p12", "rsa"),
        ("rsa.no-mac.p12", "rsa"),
        ("rsa.v1.pem", "rsa.v1"),
        ("p256.v1.pem", "p256.v1"),
        ("p256.pem", "p256"),
        ("p256.traditional.pem", "p256"),
        ("p256.encrypted.pem", "p256"),
        ("p256.p12", "p256"),
        ("p256.no-public.pem", "p256"),
        ("p384.pem", "p384"),
        ("p384.no-public.pem", "p384"),
        ("p384.traditional.pem", "p384"),
        ("p384.p12", "p384"),
        ("leaf.pem", "leaf"),
        ("leaf.p12", "leaf"),
        ("leaf.legacy.p12", "leaf"),
    ] {
        let signer = signer(&text(None, Some(file)), PASSWORD)
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        let assertion = signer.assertion(datetime!(2026-01-02 03:04:05 UTC));
        checked(&assertion.expect(file), fixture);
    }
    for file in ["rsa.no-password.p12", "rsa.legacy.no-password.p12"] {
        signer(&text(None, Some(file)), "").unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

#[test]
fn a_setting_holds_base64_or_pem() {
    let pem = String::from_utf8(fixtures::bytes("rsa.pem")).expect("PEM");
    let mut base64 = STANDARD.encode(fixtures::bytes("rsa.p12"));
    base64.insert(76, '\n');
    for (given, password) in [
        (&base64, PASSWORD),
        (&pem, ""),
        (&STANDARD.encode(&pem), ""),
        (&STANDARD.encode(format!("\u{feff}{pem}")), ""),
    ] {
        signer(&text(Some(given), None), password).expect("a certificate");
    }
}

#[test]
fn an_assertion_says_what_entra_asks_for() {
    let signer = signer(&text(None, Some("leaf.p12")), PASSWORD).expect("a certificate");
    let now = datetime!(2026-01-02 03:04:05 UTC);
    let assertion = signer.assertion(now).expect("an assertion");
    let (header, claims) = checked(&assertion, "leaf");
    let leaf = fixtures::certificate("leaf");
    assert_eq!(
        header,
        json!({
            "alg": "PS256",
            "typ": "JWT",
            "x5t#S256": URL_SAFE_NO_PAD.encode(Sha256::digest(&leaf)),
            "x5c": [STANDARD.encode(&leaf), STANDARD.encode(fixtures::certificate("authority"))],
        })
    );
    assert_eq!(
        claims["aud"],
        "https://login.example/the-tenant/oauth2/v2.0/token"
    );
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!("the-client"), &json!("the-client"))
    );
    assert_eq!(claims["nbf"], now.unix_timestamp());
    assert_eq!(claims["exp"], now.unix_timestamp() + 600);
    let again = signer.assertion(now).expect("an assertion");
    let (_, other) = checked(&again, "leaf");
    assert_ne!(claims["jti"], other["jti"]);
}

#[test]
fn what_cannot_be_used_says_why() {
    let file = |name| text(None, Some(name));
    let key = String::from_utf8(fixtures::bytes("rsa.key.pem")).expect("PEM");
    let certificate =
        |name| String::from_utf8(fixtures::bytes(&format!("{name}.certificate.pem"))).expect("PEM");
    let ed25519 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    let given = |text_: &str| text(Some(text_), None);
    let problems = [
        problem(&file("rsa.p12"), ""),
        problem(&file("rsa.p12"), "wrong"),
        problem(&file("rsa.p12"), "\u{1f511}"),
        problem(&file("rsa.no-mac.p12"), "wrong"),
        problem(&file("rsa.encrypted.pem"), ""),
        problem(&file("rsa.encrypted.pem"), "wrong"),
        problem(&file("guide.encrypted.pem"), "wrong"),
        problem(&file("rsa.encrypted-pbes1.pem"), PASSWORD),
        problem(&given("not base64!"), ""),
        problem(&given("AAAA"), ""),
        problem(&given(&certificate("rsa")), ""),
        problem(&given(&key), ""),
        problem(&given(&(key.clone() + &key + &certificate("rsa"))), ""),
        problem(&given(&(key.clone() + &certificate("p256"))), ""),
        problem(&given(&(ed25519.serialize_pem() + &certificate("rsa"))), ""),
        problem(&given(&key.replace("-----END", "-----ENDE")), ""),
        problem(
            &given("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"),
            "p",
        ),
        problem(
            &Text {
                given: Some(Secret::new("AAAA")),
                ..file("rsa.p12")
            },
            "",
        ),
    ];
    insta::assert_snapshot!(problems.join("\n"));
    let mut base64 = tempfile::NamedTempFile::new().expect("a file");
    writeln!(base64, "{}", STANDARD.encode(fixtures::bytes("rsa.p12"))).expect("written");
    let base64 = Text {
        file: Some(base64.path().display().to_string()),
        ..text(None, None)
    };
    assert_eq!(
        problem(&base64, PASSWORD),
        "The certificate from client_certificate_path (ARM_CLIENT_CERTIFICATE_PATH) is encoded in base64. Decode the file, or \
         set client_certificate (ARM_CLIENT_CERTIFICATE) to its content instead."
    );
    let gone = problem(&file("gone.pem"), "");
    assert!(gone.contains("cannot be read: No such file"), "{gone}");
}
