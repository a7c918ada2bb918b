//! A client's side of a sign-in by assertion: makes and signs them, right or wrong. Used by the tests beside.

use std::error::Error;

use acceptance_tests::emulator::samples::{CLIENT_ID, TENANT_ID};
use acceptance_tests::fixtures;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::session::{FORM, Reply, Session};

/// What an assertion says, before it is signed.
pub(crate) struct Assertion {
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

impl Assertion {
    /// One that is right but for the certificate, which it does not name yet.
    pub(crate) fn new(session: &Session, algorithm: &str) -> Self {
        let now = now();
        let audience = format!("{}/{TENANT_ID}/oauth2/v2.0/token", session.emulator.url());
        Self {
            header: json!({"alg": algorithm, "typ": "JWT"}),
            claims: json!({
                "aud": audience,
                "iss": CLIENT_ID,
                "sub": CLIENT_ID,
                "jti": Uuid::new_v4().to_string(),
                "nbf": now,
                "iat": now,
                "exp": now + 600,
            }),
        }
    }

    /// One that is right, and names the certificate of a fixture by its thumbprint.
    pub(crate) fn by(session: &Session, algorithm: &str, certificate: &str) -> Self {
        Self::new(session, algorithm).header("x5t#S256", json!(sha_256(certificate)))
    }

    pub(crate) fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    pub(crate) fn without_claim(mut self, name: &str) -> Self {
        self.claims
            .as_object_mut()
            .map(|claims| claims.remove(name));
        self
    }

    /// Signs it with the key of a fixture, in the way that its header says.
    pub(crate) fn sign(&self, key: &str) -> Result<String, Box<dyn Error>> {
        let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let algorithm = self.header["alg"].as_str().unwrap_or_default();
        let signature = signature(algorithm, &fixtures::private_key(key), message.as_bytes())?;
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
        Ok(format!("{message}.{signature}"))
    }
}

fn signature(algorithm: &str, key: &[u8], message: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let random = SystemRandom::new();
    let curve = match algorithm {
        "ES256" => &ECDSA_P256_SHA256_FIXED_SIGNING,
        "ES384" => &ECDSA_P384_SHA384_FIXED_SIGNING,
        _ => {
            let padding: &'static dyn ring::signature::RsaEncoding = match algorithm {
                "PS256" => &RSA_PSS_SHA256,
                _ => &RSA_PKCS1_SHA256,
            };
            let key = RsaKeyPair::from_pkcs8(key).map_err(|error| error.to_string())?;
            let mut signature = vec![0; key.public().modulus_len()];
            key.sign(padding, &random, message, &mut signature)
                .map_err(|_| "cannot sign")?;
            return Ok(signature);
        }
    };
    let key = EcdsaKeyPair::from_pkcs8(curve, key, &random).map_err(|error| error.to_string())?;
    let signature = key.sign(&random, message).map_err(|_| "cannot sign")?;
    Ok(signature.as_ref().to_vec())
}

pub(crate) fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// How `x5t` names the certificate of a fixture.
pub(crate) fn sha_1(certificate: &str) -> String {
    thumbprint(&SHA1_FOR_LEGACY_USE_ONLY, certificate)
}

/// How `x5t#S256` names it.
pub(crate) fn sha_256(certificate: &str) -> String {
    thumbprint(&SHA256, certificate)
}

fn thumbprint(algorithm: &'static Algorithm, certificate: &str) -> String {
    let digest = digest(algorithm, &fixtures::certificate(certificate));
    BASE64_URL_SAFE_NO_PAD.encode(digest)
}

/// How `x5c` carries certificates.
pub(crate) fn chain(certificates: &[&str]) -> Value {
    let one = |name: &&str| BASE64_STANDARD.encode(fixtures::certificate(name));
    certificates.iter().map(one).collect()
}

/// The fields with which the default application asks for a token by an assertion.
pub(crate) fn fields<'a>(scope: &'a str, assertion: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("scope", scope),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", assertion),
    ]
}

/// Asks for a token.
pub(crate) async fn sign_in(session: &Session, assertion: &str) -> Result<Reply, Box<dyn Error>> {
    let scope = format!("{}/.default", session.emulator.url());
    let fields = fields(&scope, assertion);
    session.sign_in(TENANT_ID, FORM, &fields).await
}

/// Asserts that a sign-in was refused with this number, and these words among others.
#[track_caller]
pub(crate) fn assert_refused(reply: &Reply, status: u16, code: u32, words: &str) {
    let codes = &reply.body["error_codes"];
    assert_eq!(
        (reply.status, codes),
        (status, &json!([code])),
        "{}",
        reply.body
    );
    let description = reply.body["error_description"].as_str().unwrap_or_default();
    assert!(
        description.starts_with(&format!("AADSTS{code}: ")),
        "{description}"
    );
    assert!(description.contains(words), "{description}");
}
