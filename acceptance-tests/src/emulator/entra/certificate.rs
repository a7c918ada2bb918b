//! X.509 certificates: by which names they go, who issued them, and what their keys have signed. Used by `assertion`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use x509_cert::der::Decode as _;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc5912::{
    ID_EC_PUBLIC_KEY, RSA_ENCRYPTION, SECP_256_R_1, SECP_384_R_1,
};

use crate::emulator::jwt::{self, Jwt};

/// A certificate that could be read.
pub(super) struct Certificate {
    der: CertificateDer<'static>,
    content: x509_cert::Certificate,
}

impl Certificate {
    /// Reads a certificate; nothing if it is none.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let content = x509_cert::Certificate::from_der(der).ok()?;
        let der = CertificateDer::from(der.to_vec());
        Some(Self { der, content })
    }

    /// Whether it is this one.
    pub(super) fn is(&self, der: &[u8]) -> bool {
        *self.der == *der
    }

    /// What an assertion calls it in `x5t`.
    pub(super) fn sha_1(&self) -> String {
        self.digest(&SHA1_FOR_LEGACY_USE_ONLY)
    }

    /// What an assertion calls it in `x5t#S256`.
    pub(super) fn sha_256(&self) -> String {
        self.digest(&SHA256)
    }

    fn digest(&self, algorithm: &'static Algorithm) -> String {
        jwt::encode(digest(algorithm, &self.der).as_ref())
    }

    /// What people call it.
    pub(super) fn thumbprint(&self) -> String {
        hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref())
    }

    pub(super) fn has_common_name(&self, name: &str) -> bool {
        let subject = self.content.tbs_certificate().subject().common_name();
        matches!(subject, Ok(Some(subject)) if subject.value() == name)
    }

    /// Whether it is good at this time.
    pub(super) fn is_current(&self) -> bool {
        let (from, to) = self.validity();
        let now = Duration::from_secs(UnixTime::now().as_secs());
        (from..=to).contains(&now)
    }

    fn validity(&self) -> (Duration, Duration) {
        let validity = self.content.tbs_certificate().validity();
        let from = validity.not_before.to_unix_duration();
        (from, validity.not_after.to_unix_duration())
    }

    /// Whether this authority issued it, perhaps with others between them. That it has expired is another matter.
    pub(super) fn is_issued_by(&self, authority: &[u8], between: &[Vec<u8>]) -> bool {
        let mut roots = RootCertStore::empty();
        if roots.add(authority.to_vec().into()).is_err() {
            return false;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build();
        let between: Vec<_> = between
            .iter()
            .map(|der| CertificateDer::from(der.as_slice()))
            .collect();
        let then = UnixTime::since_unix_epoch(self.validity().0);
        verifier.is_ok_and(|verifier| {
            verifier
                .verify_client_cert(&self.der, &between, then)
                .is_ok()
        })
    }

    /// Whether its key has signed a token in this way.
    pub(super) fn has_signed(&self, token: &Jwt<'_>, algorithm: &str) -> bool {
        let key = self.content.tbs_certificate().subject_public_key_info();
        let parameters = key.algorithm.parameters.as_ref();
        let curve = parameters.and_then(|it| it.decode_as::<ObjectIdentifier>().ok());
        let verification: &'static dyn VerificationAlgorithm =
            match (algorithm, key.algorithm.oid, curve) {
                ("RS256", RSA_ENCRYPTION, _) => &signature::RSA_PKCS1_2048_8192_SHA256,
                ("PS256", RSA_ENCRYPTION, _) => &signature::RSA_PSS_2048_8192_SHA256,
                ("ES256", ID_EC_PUBLIC_KEY, Some(SECP_256_R_1)) => {
                    &signature::ECDSA_P256_SHA256_FIXED
                }
                ("ES384", ID_EC_PUBLIC_KEY, Some(SECP_384_R_1)) => {
                    &signature::ECDSA_P384_SHA384_FIXED
                }
                _ => return false,
            };
        let key = UnparsedPublicKey::new(verification, key.subject_public_key.raw_bytes());
        let verified = key.verify(token.message.as_bytes(), &token.signature);
        verified.is_ok()
    }
}

/// Bytes as people read them.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02X}").expect("a string takes everything");
    }
    text
}
