//! The client certificate of one run of Terraform, made as go-plugin's AutoMTLS makes it:
//! self-signed on P-521, a certificate authority, and yet shown as an end entity. Providers that
//! check certificates by the book refuse it, so the tests need the real thing. Used by
//! [`super::Launch`] and, to sign, by [`super::tls`].

use std::str::FromStr as _;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p521::ecdsa::{DerSignature, SigningKey};
use p521::elliptic_curve::Generate as _;
use rustls::pki_types::CertificateDer;
use x509_cert::TbsCertificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::der::Encode as _;
use x509_cert::der::asn1::Ia5String;
use x509_cert::der::oid::db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

use super::Result;

/// A certificate, and the key to prove it with.
#[derive(Debug, Clone)]
pub struct ClientIdentity {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: SigningKey,
}

impl ClientIdentity {
    /// A new identity, as each run of Terraform makes one for each plugin.
    ///
    /// # Errors
    /// When the certificate cannot be encoded.
    pub fn generate() -> Result<Self> {
        let key = SigningKey::generate();
        let now = SystemTime::now();
        let validity = Validity::new(
            Time::try_from(now - Duration::from_secs(30))?,
            Time::try_from(now + Duration::from_hours(262_980))?,
        );
        let builder = CertificateBuilder::new(
            GoPlugin {
                name: Name::from_str("CN=localhost,O=HashiCorp")?,
            },
            SerialNumber::new(uuid::Uuid::new_v4().as_bytes())?,
            validity,
            SubjectPublicKeyInfo::from_key(key.verifying_key())?,
        )?;
        let certificate = builder.build::<_, DerSignature>(&key)?.to_der()?.into();
        Ok(Self { certificate, key })
    }

    /// This certificate with the key of `other`: an impostor that knows the certificate but cannot
    /// sign for it.
    #[must_use]
    pub fn forged_with(&self, other: &Self) -> Self {
        Self {
            certificate: self.certificate.clone(),
            key: other.key.clone(),
        }
    }

    /// The certificate in PEM, as `PLUGIN_CLIENT_CERT` carries it.
    #[must_use]
    pub fn pem(&self) -> String {
        let encoded = STANDARD.encode(&self.certificate);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for line in encoded.as_bytes().chunks(64) {
            pem.extend(line.iter().copied().map(char::from));
            pem.push('\n');
        }
        pem + "-----END CERTIFICATE-----\n"
    }
}

/// The shape of go-plugin's certificate.
struct GoPlugin {
    name: Name,
}

impl BuilderProfile for GoPlugin {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        self.name.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        certificate: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let usage = KeyUsages::DigitalSignature
            | KeyUsages::KeyEncipherment
            | KeyUsages::KeyAgreement
            | KeyUsages::KeyCertSign;
        let localhost = GeneralName::DnsName(Ia5String::new("localhost")?);
        let subject = certificate.subject();
        Ok(vec![
            KeyUsage(usage).to_extension(subject, &[])?,
            ExtendedKeyUsage(vec![ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH])
                .to_extension(subject, &[])?,
            BasicConstraints {
                ca: true,
                path_len_constraint: None,
            }
            .to_extension(subject, &[])?,
            SubjectKeyIdentifier::try_from(key)?.to_extension(subject, &[])?,
            SubjectAltName(vec![localhost]).to_extension(subject, &[])?,
        ])
    }
}
