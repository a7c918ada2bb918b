//! Keys and certificates that open nothing, for tests of signing in and for the emulator, which knows them. What there is and
//! how it was made stands in `fixtures/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// The password of the files that have one.
pub const PASSWORD: &str = "emulated-password";

/// Where a file is, such as `rsa.p12`.
#[must_use]
pub fn path(file: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    folder.join(file)
}

/// What is in a file.
///
/// # Panics
/// There is no such file.
#[must_use]
pub fn bytes(file: &str) -> Vec<u8> {
    fs::read(path(file)).unwrap_or_else(|error| panic!("the fixture {file}: {error}"))
}

/// A certificate by its name, such as `rsa`, as DER.
///
/// # Panics
/// There is no such certificate.
#[must_use]
pub fn certificate(name: &str) -> Vec<u8> {
    let pem = bytes(&format!("{name}.certificate.pem"));
    let certificate = CertificateDer::from_pem_slice(&pem);
    certificate.expect("a certificate").to_vec()
}

/// A private key by its name, such as `rsa`, as DER of PKCS#8.
///
/// # Panics
/// There is no such key.
#[must_use]
pub fn private_key(name: &str) -> Vec<u8> {
    let pem = bytes(&format!("{name}.key.pem"));
    let key = PrivatePkcs8KeyDer::from_pem_slice(&pem);
    key.expect("a key as PKCS#8").secret_pkcs8_der().to_vec()
}
