//! The emulator's OIDC issuer: it vouches for workloads, as GitHub, Azure DevOps or a cluster do in life. `workload` publishes its
//! keys and hands out its tokens; `entra` checks them.

use std::sync::Mutex;

use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::jwt::{self, Jwt};
use super::{lock, samples};
use crate::fixtures;

const KEY_ID: &str = "emulated-key";
const LIFETIME: Duration = Duration::minutes(10);

/// One issuer and its key.
pub(super) struct Issuer {
    url: String,
    key: KeyPair,
    tokens: Mutex<Vec<String>>,
}

impl Issuer {
    /// The issuer below the emulator's URL.
    pub(super) fn new(url: &str) -> Self {
        let key = KeyPair::from_pkcs8(&fixtures::private_key("issuer"));
        Self {
            url: format!("{url}{}", samples::ISSUER),
            key: key.expect("the fixture is an RSA key"),
            tokens: Mutex::default(),
        }
    }

    /// What is in a token's `iss`.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Every token so far.
    pub(super) fn tokens(&self) -> Vec<String> {
        lock(&self.tokens).clone()
    }

    pub(super) fn token(&self, subject: &str, audience: &str) -> String {
        self.issue(subject, audience, OffsetDateTime::now_utc())
    }

    /// A token whose time is over.
    pub(super) fn expired_token(&self, subject: &str, audience: &str) -> String {
        let long_ago = OffsetDateTime::now_utc() - Duration::hours(2);
        self.issue(subject, audience, long_ago)
    }

    fn issue(&self, subject: &str, audience: &str, from: OffsetDateTime) -> String {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": KEY_ID});
        let claims = json!({
            "iss": self.url,
            "sub": subject,
            "aud": audience,
            "iat": from.unix_timestamp(),
            "nbf": from.unix_timestamp(),
            "exp": (from + LIFETIME).unix_timestamp(),
            "jti": Uuid::new_v4().to_string(),
        });
        let message = jwt::message(&header, &claims);
        let mut signature = vec![0; self.key.public().modulus_len()];
        let signed = self.key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        );
        signed.expect("the signature has the size of the key");
        let token = format!("{message}.{}", jwt::encode(&signature));
        lock(&self.tokens).push(token.clone());
        token
    }

    /// What tells others of it.
    pub(super) fn configuration(&self) -> Value {
        json!({
            "issuer": self.url,
            "jwks_uri": format!("{}/keys", self.url),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["iss", "sub", "aud", "iat", "nbf", "exp", "jti"],
        })
    }

    /// Its keys, as a JWKS.
    pub(super) fn keys(&self) -> Value {
        let key = PublicKeyComponents::<Vec<u8>>::from(self.key.public());
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": jwt::encode(&key.n),
            "e": jwt::encode(&key.e),
        }]})
    }

    /// Whether a token is signed by the one of its keys that it names.
    pub(super) fn has_signed(&self, token: &Jwt<'_>) -> bool {
        if token.header("alg") != Some("RS256") {
            return false;
        }
        let keys = self.keys();
        let mut keys = keys["keys"].as_array().into_iter().flatten();
        let named = keys.find(|key| key["kid"].as_str() == token.header("kid"));
        let verified = named.and_then(|key| {
            let number = |name: &str| jwt::decode(key[name].as_str()?);
            let (n, e) = (number("n")?, number("e")?);
            PublicKeyComponents { n, e }
                .verify(
                    &RSA_PKCS1_2048_8192_SHA256,
                    token.message.as_bytes(),
                    &token.signature,
                )
                .ok()
        });
        verified.is_some()
    }
}
