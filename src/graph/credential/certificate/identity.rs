//! A private key and its certificates, from PKCS#12 or PEM. `certificate` signs with them.

use std::iter;

use der::{Decode as _, Encode as _, ErrorKind, Tag};
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
use rustls::sign::{Signer, SigningKey};
use sec1::EcPrivateKey;
use x509_cert::Certificate;
use x509_cert::certificate::TbsCertificate;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use zeroize::Zeroizing;

use crate::graph::credential::text::BYTE_ORDER_MARK;
use crate::graph::error::chain;
use crate::graph::settings::name;

const ENCRYPTED_LABEL: &str = "ENCRYPTED PRIVATE KEY";
pub(super) const PEM_BEGIN: &str = "-----BEGIN ";

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

/// A private key and its certificates: the key's own first, then its issuers.
#[derive(Debug)]
pub(super) struct Identity {
    pub signer: Box<dyn Signer>,
    /// Entra ID's name for what the signer does.
    pub algorithm: &'static str,
    /// For elliptic curves, the length of half a signature in bytes.
    pub half: Option<usize>,
    pub chain: Vec<CertificateDer<'static>>,
}

impl Identity {
    /// Reads PKCS#12 or PEM. An error is the end of a sentence about the certificate.
    pub(super) fn read(bytes: &[u8], password: &str) -> Result<Self, String> {
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
        let (signer, algorithm, half) = ALGORITHMS
            .iter()
            .find_map(|(scheme, name, half)| Some((key.choose_scheme(&[*scheme])?, *name, *half)))
            .ok_or(WRONG_KEY)?;
        Ok(Self {
            signer,
            algorithm,
            half,
            chain: chain_of(&*key, &certificates)?,
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
