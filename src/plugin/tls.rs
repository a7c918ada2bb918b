//! Certificates for one run, and who may connect.
//!
//! Terraform and the provider each create a certificate for one run, and pass it to the other in the environment and
//! the handshake line. The provider acts with the user's credentials, so only the client that started it may connect:
//! its certificate is pinned and its signature verified. Called by `serve`.

use std::sync::Arc;

use p521::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use rustls::{
    DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature,
        verify_tls13_signature,
    },
    pki_types::{
        AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivatePkcs8KeyDer,
        SignatureVerificationAlgorithm, UnixTime, alg_id,
    },
    server::{
        NoServerSessionStorage,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};

/// Why TLS cannot be set up. None of it depends on the user.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The certificate for this run cannot be created.
    #[error("cannot make a certificate for this run: {0}")]
    Certificate(#[from] rcgen::Error),
    /// rustls refuses the configuration.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// A server configuration that admits only the holder of `client`, and the certificate that it presents.
///
/// # Errors
/// When no certificate can be created.
pub fn server_config(
    client: CertificateDer<'static>,
) -> Result<(ServerConfig, CertificateDer<'static>), Error> {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let certificate = cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(Pinned {
            certificate: client,
        }))
        .with_single_cert(vec![certificate.clone()], key.into())?;
    // Newer cores refuse a connection that did not negotiate HTTP/2.
    config.alpn_protocols = vec![b"h2".to_vec()];
    // One client, one connection: there is nothing to resume.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok((config, certificate))
}

/// Makes ring the crypto provider of every TLS connection in this process. A second call does nothing.
pub fn install_crypto() {
    // An error means that one is installed already, and there is only this one.
    let _ = CryptoProvider::install_default(ring::default_provider());
}

/// Admits exactly one certificate, byte for byte. The client must prove that it holds its key.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        // Terraform's certificate is its own authority but is also used as a leaf, which no path validation accepts.
        // Requiring this very certificate is stronger.
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(
                rustls::CertificateError::ApplicationVerificationFailure,
            ))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &ALGORITHMS)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &ALGORITHMS)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ALGORITHMS.supported_schemes()
    }
}

/// What Terraform's key signs with: go-plugin creates an ECDSA key on P-521.
static ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&EcdsaP521Sha512],
    mapping: &[(SignatureScheme::ECDSA_NISTP521_SHA512, &[&EcdsaP521Sha512])],
};

/// ECDSA on P-521 with SHA-512, which ring does not have.
#[derive(Debug)]
struct EcdsaP521Sha512;

impl SignatureVerificationAlgorithm for EcdsaP521Sha512 {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }

    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature)
            .map_err(|_| InvalidSignature)
    }
}
