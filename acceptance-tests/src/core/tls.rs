//! TLS as Go's core speaks it: it trusts exactly the certificate of the handshake line, and signs
//! with P-521. ring does neither sign nor verify on that curve, so both are done here with the p521
//! crate. Used by [`super::connection`].

use std::sync::Arc;

use p521::ecdsa::signature::{Signer as _, Verifier as _};
use p521::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, SignatureAlgorithm, SignatureScheme,
};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::oid::db::rfc5280::ID_KP_SERVER_AUTH;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};

use super::{ClientIdentity, Result};

const P521: SignatureScheme = SignatureScheme::ECDSA_NISTP521_SHA512;

/// A client that trusts `server` alone and shows `client`, or no certificate.
pub(super) fn client_config(
    server: &CertificateDer<'static>,
    client: Option<&ClientIdentity>,
) -> Result<ClientConfig> {
    let crypto = Arc::new(ring::default_provider());
    let verifier = Pinned {
        certificate: server.clone(),
        crypto: crypto.clone(),
    };
    let builder = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client {
        None => builder.with_no_client_auth(),
        Some(identity) => builder
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified_key(identity)))),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Not checked for consistency: a forged identity must get as far as the server.
fn certified_key(identity: &ClientIdentity) -> CertifiedKey {
    CertifiedKey::new(
        vec![identity.certificate.clone()],
        Arc::new(P521Key(identity.key.clone())),
    )
}

/// A P-521 key that rustls can sign with.
#[derive(Debug, Clone)]
struct P521Key(SigningKey);

impl rustls::sign::SigningKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        offered.contains(&P521).then(|| Box::new(self.clone()) as _)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl rustls::sign::Signer for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature: DerSignature = self.0.sign(message);
        Ok(signature.as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        P521
    }
}

/// Trusts one certificate, after the checks that Go makes of it even so.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *shown != self.certificate {
            return Err(CertificateError::UnknownIssuer.into());
        }
        check_for_localhost(shown, now)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if signature.scheme == P521 {
            return verify_p521(message, certificate, signature);
        }
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.crypto.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if signature.scheme == P521 {
            return verify_p521(message, certificate, signature);
        }
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.crypto.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self
            .crypto
            .signature_verification_algorithms
            .supported_schemes();
        schemes.push(P521);
        schemes
    }
}

/// What Go's crypto/x509 asks of a trusted server certificate: its time, its name, its purpose.
fn check_for_localhost(
    certificate: &CertificateDer<'_>,
    now: UnixTime,
) -> Result<(), CertificateError> {
    let certificate = parse(certificate)?;
    let certificate = certificate.tbs_certificate();
    let now = std::time::Duration::from_secs(now.as_secs());
    if now < certificate.validity().not_before.to_unix_duration() {
        return Err(CertificateError::NotValidYet);
    }
    if now > certificate.validity().not_after.to_unix_duration() {
        return Err(CertificateError::Expired);
    }
    let names = certificate
        .get_extension::<SubjectAltName>()
        .map_err(|_| CertificateError::BadEncoding)?;
    let is_localhost = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => name.as_str() == "localhost",
        _ => false,
    };
    if !names.is_some_and(|(_, names)| names.0.iter().any(is_localhost)) {
        return Err(CertificateError::NotValidForName);
    }
    let purposes = certificate
        .get_extension::<ExtendedKeyUsage>()
        .map_err(|_| CertificateError::BadEncoding)?;
    if purposes.is_some_and(|(_, purposes)| !purposes.0.contains(&ID_KP_SERVER_AUTH)) {
        return Err(CertificateError::InvalidPurpose);
    }
    Ok(())
}

fn verify_p521(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    let certificate = parse(certificate)?;
    let key = certificate
        .tbs_certificate()
        .subject_public_key_info()
        .subject_public_key
        .raw_bytes();
    let key = VerifyingKey::from_sec1_bytes(key).map_err(|_| CertificateError::BadEncoding)?;
    let signature = DerSignature::from_bytes(signature.signature())
        .map_err(|_| CertificateError::BadSignature)?;
    key.verify(message, &signature)
        .map_err(|_| CertificateError::BadSignature)?;
    Ok(HandshakeSignatureValid::assertion())
}

fn parse(certificate: &CertificateDer<'_>) -> Result<Certificate, CertificateError> {
    Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::ServerConfig;
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    /// A handshake over memory of a client that trusts `pinned` with a server that shows `shown`.
    async fn shake_hands(pinned: &ClientIdentity, shown: &ClientIdentity) -> Result<()> {
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified_key(shown))));
        let client = client_config(&pinned.certificate, None)?;
        let (near, far) = tokio::io::duplex(16 << 10);
        let (client, _server) = tokio::join!(
            TlsConnector::from(Arc::new(client)).connect(ServerName::try_from("localhost")?, near),
            TlsAcceptor::from(Arc::new(server)).accept(far),
        );
        client?;
        Ok(())
    }

    #[tokio::test]
    async fn exactly_the_pinned_certificate_is_trusted() -> Result<()> {
        let (pinned, other) = (ClientIdentity::generate()?, ClientIdentity::generate()?);
        shake_hands(&pinned, &pinned).await?;
        let stranger = shake_hands(&pinned, &other)
            .await
            .expect_err("another certificate");
        assert!(stranger.to_string().contains("UnknownIssuer"), "{stranger}");
        let forged = shake_hands(&pinned, &pinned.forged_with(&other))
            .await
            .expect_err("a wrong key");
        assert!(forged.to_string().contains("BadSignature"), "{forged}");
        Ok(())
    }
}
