//! The line by which a plugin tells where it listens: `1|6|unix|ADDRESS|grpc|CERTIFICATE`. Read by
//! [`super::Process`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;

use super::{Error, Result};

/// What the handshake line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// The version of Terraform's protocol that the plugin chose.
    pub protocol: u32,
    /// Where it listens.
    pub address: Address,
    /// The certificate that it will show; none when it serves without TLS.
    pub certificate: Option<CertificateDer<'static>>,
}

/// Where a plugin listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix domain socket.
    Unix(PathBuf),
    /// A port of the loopback interface.
    Tcp(SocketAddr),
}

impl FromStr for Handshake {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self> {
        let fields: Vec<&str> = line.split('|').collect();
        let (protocol, network, address, certificate) = match fields[..] {
            ["1", protocol, network, address, "grpc"] => (protocol, network, address, ""),
            ["1", protocol, network, address, "grpc", certificate] => {
                (protocol, network, address, certificate)
            }
            // Newer go-plugin servers add whether they multiplex the broker; they do so only when
            // asked to.
            [
                "1",
                protocol,
                network,
                address,
                "grpc",
                certificate,
                "true" | "false",
            ] => (protocol, network, address, certificate),
            _ => return Err(format!("not a handshake line: {line:?}").into()),
        };
        Ok(Self {
            protocol: protocol.parse()?,
            address: match network {
                "unix" => Address::Unix(address.into()),
                "tcp" => Address::Tcp(address.parse()?),
                _ => return Err(format!("unknown network in the handshake line: {line:?}").into()),
            },
            certificate: match certificate {
                "" => None,
                // Core decodes without padding, and refuses padding.
                encoded => Some(STANDARD_NO_PAD.decode(encoded)?.into()),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_with_certificate() -> Result<()> {
        let handshake: Handshake = "1|6|unix|/tmp/plugin123|grpc|AQIDBA".parse()?;
        assert_eq!(
            handshake,
            Handshake {
                protocol: 6,
                address: Address::Unix("/tmp/plugin123".into()),
                certificate: Some(vec![1, 2, 3, 4].into()),
            }
        );
        Ok(())
    }

    #[test]
    fn tcp_without_certificate() -> Result<()> {
        for line in [
            "1|5|tcp|127.0.0.1:1234|grpc",
            "1|5|tcp|127.0.0.1:1234|grpc|",
        ] {
            let handshake: Handshake = line.parse()?;
            assert_eq!(handshake.protocol, 5);
            assert_eq!(
                handshake.address,
                Address::Tcp(([127, 0, 0, 1], 1234).into())
            );
            assert_eq!(handshake.certificate, None);
        }
        Ok(())
    }

    #[test]
    fn what_core_refuses() {
        for line in [
            "",
            "hello",
            "2|6|unix|/tmp/plugin|grpc|AQIDBA",
            "1|six|unix|/tmp/plugin|grpc|AQIDBA",
            "1|6|pipe|/tmp/plugin|grpc|AQIDBA",
            "1|6|tcp|localhost|grpc|AQIDBA",
            "1|6|unix|/tmp/plugin|netrpc|AQIDBA",
            "1|6|unix|/tmp/plugin|grpc|AQIDBA==",
        ] {
            assert!(line.parse::<Handshake>().is_err(), "{line:?}");
        }
    }
}
