//! The emulator's TLS identity: a certificate authority that lives as long as the emulator, and a server certificate by it
//! for this machine's names, and for those of the clouds that a proxy may lead here. The authority is a file because a provider process is told of it by `SSL_CERT_FILE`.
//! Called by `Emulator::start`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

use super::cloud;

/// The keys of one emulator, and the folder of its files. Dropping it removes them.
pub(super) struct Identity {
    ca_pem_path: PathBuf,
    acceptor: TlsAcceptor,
    folder: TempDir,
}

impl Identity {
    /// Makes the authority and the server's certificate, and writes the authority to a temporary folder.
    pub(super) fn generate() -> io::Result<Self> {
        let (ca_pem, config) = certificates().map_err(io::Error::other)?;
        let folder = tempfile::Builder::new()
            .prefix("intune-emulator-")
            .tempdir()?;
        let ca_pem_path = folder.path().join("ca.pem");
        fs::write(&ca_pem_path, ca_pem)?;
        Ok(Self {
            ca_pem_path,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            folder,
        })
    }

    pub(super) fn ca_pem_path(&self) -> &Path {
        &self.ca_pem_path
    }

    /// Where the emulator's files are.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }
}

/// The authority as PEM, and a server configuration that it vouches for.
fn certificates() -> Result<(String, ServerConfig), Box<dyn std::error::Error + Send + Sync>> {
    let mut params = short_lived("Intune emulator CA", &[])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate()?;
    let ca_pem = params.self_signed(&key)?.pem();
    let authority = Issuer::new(params, key);

    let here = ["localhost", "127.0.0.1", "::1"];
    let hosts: Vec<&str> = here.into_iter().chain(cloud::hosts()).collect();
    let mut params = short_lived("Intune emulator", &hosts)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der())?,
        )?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((ca_pem, config))
}

/// Some platforms refuse a server certificate that is valid for years.
fn short_lived(name: &str, hosts: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name.push(DnType::CommonName, name);
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = now + Duration::days(30);
    Ok(params)
}
