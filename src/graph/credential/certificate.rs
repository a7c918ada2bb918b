//! An application's certificate, and the assertion that its key signs. `identity` reads both.
//!
//! The format of the assertion is in <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>. It
//! always includes the chain: applications that trust a subject name and an issuer need it, and it does not hurt the
//! others.

mod identity;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use der::{Decode as _, Reader as _, SliceReader, asn1::UintRef};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::choice::{App, Text};
use super::entra::Assertion;
use crate::graph::error::Error;
use crate::graph::hidden::Secret;
use identity::{Identity, PEM_BEGIN};

/// How long an assertion is valid. It is used at once.
const LIFETIME: Duration = Duration::minutes(10);

/// Signs assertions with a certificate's key.
pub(super) struct Signer {
    identity: Identity,
    client_id: Secret,
    /// The token endpoint that the assertion is for.
    audience: String,
}

impl Signer {
    /// Reads the certificate of an application.
    ///
    /// # Errors
    /// [`Error::Settings`] when it cannot be used, with the reason.
    pub(super) fn new(
        app: &App,
        authority: &str,
        certificate: &Text,
        password: &Secret,
    ) -> Result<Self, Error> {
        let [given, file] = certificate.names;
        let setting = if certificate.given.is_some() {
            given
        } else {
            file
        };
        let unusable =
            |problem| Error::Settings(format!("The certificate from {setting} {problem}."));
        let bytes = match (&certificate.given, &certificate.file) {
            (Some(_), Some(_)) => {
                let problem = format!("is also set in {file}. Remove one of the two settings");
                return Err(unusable(problem));
            }
            (None, Some(path)) => {
                let bytes = certificate.read_file(path)?;
                if is_base64(&bytes) {
                    let problem = format!(
                        "is encoded in base64. Decode the file, or set {given} to its content instead"
                    );
                    return Err(unusable(problem));
                }
                bytes
            }
            (given, None) => decoded(given.as_ref()).map_err(unusable)?,
        };
        let identity = Identity::read(&bytes, password.secret()).map_err(unusable)?;
        Ok(Self {
            identity,
            client_id: app.client_id.read()?,
            audience: format!("{authority}/{}/oauth2/v2.0/token", app.tenant_id),
        })
    }

    fn assertion(&self, now: OffsetDateTime) -> Result<String, String> {
        let Identity {
            signer,
            algorithm,
            half,
            chain,
        } = &self.identity;
        let thumbprint = Sha256::digest(&chain[0]);
        let header = json!({
            "alg": algorithm,
            "typ": "JWT",
            "x5t#S256": URL_SAFE_NO_PAD.encode(thumbprint),
            "x5c": chain.iter().map(|it| STANDARD.encode(it)).collect::<Vec<_>>(),
        });
        let client_id = self.client_id.secret();
        let claims = json!({
            "aud": self.audience,
            "iss": client_id,
            "sub": client_id,
            "jti": Uuid::new_v4().to_string(),
            "iat": now.unix_timestamp(),
            "nbf": now.unix_timestamp(),
            "exp": (now + LIFETIME).unix_timestamp(),
        });
        let encode = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = signer
            .sign(message.as_bytes())
            .map_err(|error| format!("has a key that cannot sign: {error}"))?;
        let signature = match half {
            Some(half) => {
                fixed(&signature, *half).ok_or("has a key that makes invalid signatures")?
            }
            None => signature,
        };
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[async_trait::async_trait]
impl Assertion for Signer {
    async fn make(&self) -> Result<String, Error> {
        self.assertion(OffsetDateTime::now_utc())
            .map_err(|problem| Error::Settings(format!("The certificate {problem}.")))
    }
}

/// Converts a DER signature, which is two numbers, to the JOSE format: both at full length, one after the other.
fn fixed(der: &[u8], half: usize) -> Option<Vec<u8>> {
    let mut reader = SliceReader::new(der).ok()?;
    let (r, s) = reader
        .sequence(|reader| {
            Ok::<_, der::Error>((UintRef::decode(reader)?, UintRef::decode(reader)?))
        })
        .ok()?;
    let mut fixed = Vec::with_capacity(2 * half);
    for number in [r.as_bytes(), s.as_bytes()] {
        fixed.resize(fixed.len() + half.checked_sub(number.len())?, 0);
        fixed.extend_from_slice(number);
    }
    Some(fixed)
}

/// What the setting holds: base64, or PEM as it is. An error is the end of a sentence about the certificate.
fn decoded(given: Option<&Secret>) -> Result<Zeroizing<Vec<u8>>, String> {
    let text = given.map(Secret::secret).unwrap_or_default();
    if text.contains(PEM_BEGIN) {
        return Ok(Zeroizing::new(text.as_bytes().to_vec()));
    }
    let text: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|it| !it.is_whitespace()).collect());
    STANDARD
        .decode(text.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| "is neither PEM nor base64".to_owned())
}

/// Whether a file holds what belongs into the setting beside it.
fn is_base64(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).ok();
    let text = text.filter(|it| !it.trim().is_empty() && !it.contains(PEM_BEGIN));
    text.is_some_and(|it| decoded(Some(&Secret::new(it))).is_ok())
}

#[cfg(test)]
mod tests;
