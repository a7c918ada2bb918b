//! An application's certificate with its private key, from PKCS#12 or PEM, and the assertion that it signs.
//!
//! The format of the assertion is in <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>. It
//! always includes the chain: applications that trust a subject name and an issuer need it, and it does not hurt the
//! others.

use std::iter;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use der::{Decode as _, Encode as _, ErrorKind, Reader as _, SliceReader, Tag, asn1::UintRef};
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as Unopened;
use pkcs8::der::SecretDocument;
use pkcs8::pkcs5::Error as Encryption;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::{PemObject as _, SectionKind};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use rustls::sign::SigningKey;
use sec1::EcPrivateKey;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use x509_cert::Certificate;
use x509_cert::certificate::TbsCertificate;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use zeroize::Zeroizing;

use super::choice::{App, Text};
use super::entra::Assertion;
use super::text::BYTE_ORDER_MARK;
use crate::graph::error::{Error, chain};
use crate::graph::hidden::Secret;
use crate::graph::settings::name;

/// How long an assertion is valid. It is used at once.
const LIFETIME: Duration = Duration::minutes(10);
const PEM_BEGIN: &str = "-----BEGIN ";
const ENCRYPTED_LABEL: &str = "ENCRYPTED PRIVATE KEY";

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
        let Identity { key, chain } = &self.identity;
        let (signer, algorithm, half) = ALGORITHMS
            .iter()
            .find_map(|(scheme, name, half)| Some((key.choose_scheme(&[*scheme])?, name, *half)))
            .ok_or(WRONG_KEY)?;
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
            .map_err(|error| format!("cannot sign: {error}"))?;
        let signature = match half {
            Some(half) => fixed(&signature, half).ok_or("made an invalid signature")?,
            None => signature,
        };
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[async_trait::async_trait]
impl Assertion for Signer {
    async fn make(&self) -> Result<String, Error> {
        self.assertion(OffsetDateTime::now_utc())
            .map_err(|problem| Error::Settings(format!("The certificate's key {problem}.")))
    }
}

/// The signature algorithms: Entra ID's names for them and, for elliptic curves, the length of half a signature in
/// bytes.
const ALGORITHMS: [(SignatureScheme, &str, Option<usize>); 3] = [
    (SignatureScheme::RSA_PSS_SHA256, "PS256", None),
    (SignatureScheme::ECDSA_NISTP256_SHA256, "ES256", Some(32)),
    (SignatureScheme::ECDSA_NISTP384_SHA384, "ES384", Some(48)),
];
const WRONG_KEY: &str = "has a private key that cannot be used. The key must be RSA with 2048 to 8192 bits, or an elliptic \
                         curve key on P-256 or P-384";

const UNSUPPORTED_ENCRYPTION: &str = "has a private key whose encryption is not supported. Convert the key with `openssl pkcs8 \
                                      -topk8 -v2 aes-256-cbc`";

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

/// A private key and its certificates: the key's own first, then its issuers.
#[derive(Debug)]
struct Identity {
    key: Arc<dyn SigningKey>,
    chain: Vec<CertificateDer<'static>>,
}

impl Identity {
    /// Reads PKCS#12 or PEM. An error is the end of a sentence about the certificate.
    fn read(bytes: &[u8], password: &str) -> Result<Self, String> {
        let (keys, certificates) = match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(PEM_BEGIN) => {
                from_pem(text.trim_start_matches(BYTE_ORDER_MARK), password)?
            }
            _ => from_pkcs12(bytes, password)?,
        };
        let [key] = &keys[..] else {
            return Err(match keys.len() {
                0 => "has no private key. The key must be in the same file or setting".to_owned(),
                many => format!("has {many} private keys. Keep only one"),
            });
        };
        let whole = certificates
            .iter()
            .filter_map(|it| key.with_public_key_of(it));
        let key = iter::once(any_supported_type(&key.borrow()))
            .chain(whole.map(|it| any_supported_type(&it.borrow())))
            .find_map(Result::ok)
            .ok_or(WRONG_KEY)?;
        if !ALGORITHMS
            .iter()
            .any(|(scheme, ..)| key.choose_scheme(&[*scheme]).is_some())
        {
            return Err(WRONG_KEY.to_owned());
        }
        Ok(Self {
            chain: chain_of(&*key, &certificates)?,
            key,
        })
    }
}

/// The key's own certificate and its issuers, as far as they are present. Names and keys are compared, but no signature
/// is checked: that is up to whoever reads the assertion. The certificates can be of any version.
fn chain_of(
    key: &dyn SigningKey,
    certificates: &[CertificateDer<'static>],
) -> Result<Vec<CertificateDer<'static>>, String> {
    let public = key
        .public_key()
        .and_then(|it| SubjectPublicKeyInfoOwned::from_der(&it).ok());
    let find = |is_it: &dyn Fn(&TbsCertificate) -> bool| {
        certificates
            .iter()
            .find(|it| Certificate::from_der(it).is_ok_and(|it| is_it(it.tbs_certificate())))
    };
    let own = find(&|it| Some(it.subject_public_key_info()) == public.as_ref()).ok_or(
        match certificates.len() {
            0 => "is missing. There is only a private key",
            _ => "does not match the private key that comes with it",
        },
    )?;
    let mut chain = vec![own.clone()];
    let issuer_of = |it: &CertificateDer<'_>| {
        let issued = Certificate::from_der(it).ok()?;
        find(&|other| other.subject() == issued.tbs_certificate().issuer())
    };
    while let Some(issuer) = chain.last().and_then(issuer_of) {
        if chain.contains(issuer) {
            break;
        }
        chain.push(issuer.clone());
    }
    Ok(chain)
}

/// A private key in one of its formats; wiped when it is dropped.
enum Key {
    Pkcs8(Zeroizing<Vec<u8>>),
    Pkcs1(Zeroizing<Vec<u8>>),
    Sec1(Zeroizing<Vec<u8>>),
}

impl Key {
    fn borrow(&self) -> PrivateKeyDer<'_> {
        match self {
            Self::Pkcs8(bytes) => PrivatePkcs8KeyDer::from(&bytes[..]).into(),
            Self::Pkcs1(bytes) => PrivatePkcs1KeyDer::from(&bytes[..]).into(),
            Self::Sec1(bytes) => PrivateSec1KeyDer::from(&bytes[..]).into(),
        }
    }

    /// This key of an elliptic curve with the public key of a certificate, which may be another's: whoever reads it checks
    /// that. Java writes keys without their public key, and ring does not compute it.
    fn with_public_key_of(&self, certificate: &CertificateDer<'_>) -> Option<Self> {
        let sec1 = match self {
            Self::Pkcs8(bytes) => PrivateKeyInfoRef::try_from(&bytes[..])
                .ok()?
                .private_key
                .as_bytes(),
            Self::Sec1(bytes) => bytes,
            Self::Pkcs1(_) => return None,
        };
        let key = EcPrivateKey::try_from(sec1).ok()?;
        let certificate = Certificate::from_der(certificate).ok()?;
        let public = certificate.tbs_certificate().subject_public_key_info();
        let whole = EcPrivateKey {
            public_key: public.subject_public_key.as_bytes(),
            ..key
        };
        Some(Self::Sec1(whole.to_der().ok()?.into()))
    }
}

type Parts = (Vec<Key>, Vec<CertificateDer<'static>>);

fn from_pkcs12(bytes: &[u8], password: &str) -> Result<Parts, String> {
    let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|error| {
        match (is_of_the_password(&error), password) {
            (true, "") => format!(
                "is locked. Set {}, or, if it has no password at all, convert it to PEM with \
                 `openssl pkcs12 -nodes -passin pass:`",
                name::CLIENT_CERTIFICATE_PASSWORD
            ),
            (true, _) => format!(
                "cannot be opened with the password from {}",
                name::CLIENT_CERTIFICATE_PASSWORD
            ),
            (false, _) => format!(
                "is neither PKCS#12 nor PEM, or is damaged: {}",
                chain(&error)
            ),
        }
    })?;
    let keys = archive.keys.iter();
    let certificates = archive.certs.iter();
    Ok((
        keys.map(|bag| Key::Pkcs8(Zeroizing::new(bag.key.as_der().to_vec())))
            .collect(),
        certificates
            .map(|bag| CertificateDer::from(bag.cert.as_der().to_vec()))
            .collect(),
    ))
}

fn is_of_the_password(error: &Unopened) -> bool {
    match error {
        Unopened::MacError(_) | Unopened::UnpadError => true,
        // A character that no PKCS#12 password can contain.
        Unopened::DerError(error) => {
            matches!(error.kind(), ErrorKind::Value { tag } if tag == Tag::BmpString)
        }
        // There is no MAC. The words are pkcs5's, and a test checks them.
        Unopened::Pkcs5Error(words) => *words == Encryption::DecryptFailed.to_string(),
        _ => false,
    }
}

fn from_pem(text: &str, password: &str) -> Result<Parts, String> {
    if text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(
            "has a private key encrypted in OpenSSL's old format. Convert the key with `openssl pkcs8 -topk8`"
                .to_owned(),
        );
    }
    let (mut keys, mut certificates) = (Vec::new(), Vec::new());
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()) {
        let (kind, bytes) =
            section.map_err(|_| "is damaged: part of it is not PEM, or has no end")?;
        match kind {
            SectionKind::Certificate => certificates.push(CertificateDer::from(bytes)),
            SectionKind::PrivateKey => keys.push(Key::Pkcs8(bytes.into())),
            SectionKind::RsaPrivateKey => keys.push(Key::Pkcs1(bytes.into())),
            SectionKind::EcPrivateKey => keys.push(Key::Sec1(bytes.into())),
            _ => {}
        }
    }
    keys.extend(encrypted_key(text, password)?);
    Ok((keys, certificates))
}

/// The encrypted private key, if there is one.
fn encrypted_key(text: &str, password: &str) -> Result<Option<Key>, String> {
    let (begin, end) = (
        format!("{PEM_BEGIN}{ENCRYPTED_LABEL}-----"),
        format!("-----END {ENCRYPTED_LABEL}-----"),
    );
    let Some((_, rest)) = text.split_once(&begin) else {
        return Ok(None);
    };
    let Some((body, _)) = rest.split_once(&end) else {
        return Err("is damaged: the private key has no end".to_owned());
    };
    if password.is_empty() {
        return Err(format!(
            "has an encrypted private key. Set {}",
            name::CLIENT_CERTIFICATE_PASSWORD
        ));
    }
    let (_, document) = SecretDocument::from_pem(&format!("{begin}{body}{end}\n"))
        .map_err(|error| format!("is damaged: {error}"))?;
    let key = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
        .map_err(|error| match error {
            pkcs8::Error::Asn1(error) if is_of_an_algorithm(error) => {
                UNSUPPORTED_ENCRYPTION.to_owned()
            }
            error => format!("is damaged: {error}"),
        })?
        .decrypt(password)
        .map_err(|error| match error {
            // A wrong password sometimes decrypts to something that is not a key.
            pkcs8::Error::EncryptedPrivateKey(Encryption::DecryptFailed)
            | pkcs8::Error::Asn1(_) => format!(
                "has a private key that cannot be decrypted with the password from {}",
                name::CLIENT_CERTIFICATE_PASSWORD
            ),
            _ => UNSUPPORTED_ENCRYPTION.to_owned(),
        })?;
    Ok(Some(Key::Pkcs8(key.as_bytes().to_vec().into())))
}

/// Whether pkcs8 can read all of it but does not know an algorithm that it names.
fn is_of_an_algorithm(error: der::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::OidUnknown { .. }
            | ErrorKind::Value {
                tag: Tag::ObjectIdentifier
            }
    )
}

#[cfg(test)]
mod tests;
