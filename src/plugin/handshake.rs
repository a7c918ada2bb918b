//! What the parent process asked for, and the line that answers it.
//!
//! Terraform starts a provider with a magic cookie, the protocol versions it speaks, and its TLS certificate in the
//! environment; the provider answers with one line on stdout. `serve` reads the former and prints the latter. Under
//! `--debug`, the roles are reversed: a person starts the provider and gives Terraform the address.

use std::{ops::RangeInclusive, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use super::listen::Address;

/// The major version of the plugin protocol that this provider supports.
pub const PROTOCOL: u16 = 6;

const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The ports that go-plugin uses where there are no Unix sockets.
const DEFAULT_PORTS: RangeInclusive<u16> = 10_000..=25_000;

/// What the parent process asked for.
#[derive(Debug)]
pub struct Handshake {
    /// The only certificate that may connect. Without one, the connection is plaintext (`TF_DISABLE_PLUGIN_TLS`).
    pub client_certificate: Option<CertificateDer<'static>>,
    /// The folder that the parent created for the socket, if it created one.
    pub socket_dir: Option<PathBuf>,
    /// The TCP ports that may be used where there are no Unix sockets.
    pub ports: RangeInclusive<u16>,
}

/// Why a process cannot serve as a plugin.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum Refusal {
    /// A person started the program by hand.
    #[error("started by hand")]
    ByHand,
    /// The parent supports other protocol versions only.
    #[error(
        "This Terraform offers plugin protocol {offered}, but this provider supports only version \
         {PROTOCOL}. Use Terraform 1.0 or later, or OpenTofu."
    )]
    Protocol {
        /// The versions that the parent listed.
        offered: String,
    },
    /// A variable of the handshake is invalid.
    #[error("{variable} is invalid: {problem}")]
    Variable {
        /// The name of the variable.
        variable: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl Handshake {
    /// Reads the request from the environment; `variable` looks one up.
    ///
    /// # Errors
    /// A [`Refusal`] that says why this process cannot serve.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        if variable(COOKIE_NAME).as_deref() != Some(COOKIE) {
            return Err(Refusal::ByHand);
        }
        // A parent that lists no versions is older than the list, and takes what it gets.
        if let Some(offered) = variable("PLUGIN_PROTOCOL_VERSIONS") {
            let ours = PROTOCOL.to_string();
            if !offered.split(',').any(|version| version.trim() == ours) {
                return Err(Refusal::Protocol { offered });
            }
        }
        Ok(Self {
            client_certificate: variable("PLUGIN_CLIENT_CERT")
                .filter(|pem| !pem.is_empty())
                .map(|pem| read_certificate(&pem))
                .transpose()?,
            socket_dir: variable("PLUGIN_UNIX_SOCKET_DIR")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
            ports: port(&variable, "PLUGIN_MIN_PORT")?.unwrap_or(*DEFAULT_PORTS.start())
                ..=port(&variable, "PLUGIN_MAX_PORT")?.unwrap_or(*DEFAULT_PORTS.end()),
        })
    }
}

fn read_certificate(pem: &str) -> Result<CertificateDer<'static>, Refusal> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| Refusal::Variable {
        variable: "PLUGIN_CLIENT_CERT",
        problem: format!("it must be a certificate in PEM format ({error:?})"),
    })
}

fn port(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<u16>, Refusal> {
    let Some(text) = variable(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| Refusal::Variable {
        variable: name,
        problem: format!("{text:?} is not a port number"),
    })
}

/// The line that tells Terraform where the provider listens and which certificate it shows.
#[must_use]
pub fn line(address: &Address, certificate: Option<&CertificateDer<'_>>) -> String {
    let certificate = certificate
        .map(|der| STANDARD_NO_PAD.encode(der))
        .unwrap_or_default();
    format!(
        "1|{PROTOCOL}|{}|{address}|grpc|{certificate}",
        address.network()
    )
}

/// The value of `TF_REATTACH_PROVIDERS` with which Terraform finds a provider under `--debug`.
#[must_use]
pub fn reattach(source: &str, address: &Address, process: u32) -> String {
    serde_json::json!({
        source: {
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL,
            "Pid": process,
            "Test": true,
            "Addr": { "Network": address.network(), "String": address.to_string() },
        }
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Address, COOKIE, COOKIE_NAME, Handshake, Refusal, line, reattach};

    fn read(variables: &[(&str, &str)]) -> Result<Handshake, Refusal> {
        let variables: HashMap<_, _> = variables.iter().copied().collect();
        Handshake::read(|name| variables.get(name).map(ToString::to_string))
    }

    #[test]
    fn without_the_cookie_a_person_is_at_the_keyboard() {
        assert_eq!(read(&[]).expect_err("a refusal"), Refusal::ByHand);
        assert_eq!(
            read(&[(COOKIE_NAME, "another plugin's")]).expect_err("a refusal"),
            Refusal::ByHand
        );
    }

    #[test]
    fn version_six_must_be_on_offer() {
        for offered in ["6", "5,6", "6,5", "5, 6"] {
            assert!(
                read(&[(COOKIE_NAME, COOKIE), ("PLUGIN_PROTOCOL_VERSIONS", offered)]).is_ok(),
                "{offered}"
            );
        }
        for offered in ["5", "", "16", "7"] {
            let refusal = read(&[(COOKIE_NAME, COOKIE), ("PLUGIN_PROTOCOL_VERSIONS", offered)]);
            assert_eq!(
                refusal.expect_err("a refusal"),
                Refusal::Protocol {
                    offered: offered.to_owned()
                },
                "{offered}"
            );
        }
    }

    #[test]
    fn garbled_variables_are_named() {
        for (name, value) in [
            ("PLUGIN_CLIENT_CERT", "not a PEM"),
            ("PLUGIN_MIN_PORT", "many"),
        ] {
            let refusal = read(&[(COOKIE_NAME, COOKIE), (name, value)]).expect_err("a refusal");
            assert!(refusal.to_string().starts_with(name), "{refusal}");
        }
    }

    #[test]
    fn the_line_has_six_fields_and_no_padding() {
        let address = Address::Unix("/tmp/x/provider".into());
        let certificate = [0_u8; 4].to_vec().into();
        assert_eq!(
            line(&address, Some(&certificate)),
            "1|6|unix|/tmp/x/provider|grpc|AAAAAA"
        );
        assert_eq!(line(&address, None), "1|6|unix|/tmp/x/provider|grpc|");
        let address = Address::Tcp("127.0.0.1:10000".parse().expect("an address"));
        assert_eq!(line(&address, None), "1|6|tcp|127.0.0.1:10000|grpc|");
    }

    #[test]
    fn the_reattach_value_is_what_core_parses() {
        let address = Address::Unix("/tmp/x/provider".into());
        insta::assert_snapshot!(
            reattach("registry.example/names/thing", &address, 7),
            @r#"{"registry.example/names/thing":{"Addr":{"Network":"unix","String":"/tmp/x/provider"},"Pid":7,"Protocol":"grpc","ProtocolVersion":6,"Test":true}}"#
        );
    }
}
