//! What an emulator is started with: its tenants, their applications and what proves to be one, and the machine that its
//! managed identities belong to. Tests describe them; `Emulator::start` takes them in.

use std::time::Duration;

use serde_json::Value;

use super::samples;
use super::throttle::Throttle;

/// The audience of a federated token for Entra ID.
pub const TOKEN_EXCHANGE: &str = "api://AzureADTokenExchange";

/// What an emulator is started with. [`Options::default`] suits most tests.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port to listen on; 0 lets the system choose.
    pub port: u16,
    /// The tenants of this cloud. [`Emulator::environment`](super::Emulator::environment) speaks of the first.
    pub tenants: Vec<Tenant>,
    /// Which identities the machine has whose metadata service this is.
    pub machine: Machine,
    /// How many partners a page of a list holds. The default of 2 makes every list a matter of several pages.
    pub page_size: usize,
    /// Decides the order in which assignments are returned.
    pub seed: u64,
    /// How long a token is good for. Zero: it is expired when it arrives.
    pub token_lifetime: Duration,
    /// How many requests Graph lets through; any number if this is none.
    pub throttle: Option<Throttle>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            tenants: vec![samples::tenant()],
            machine: samples::machine(),
            page_size: 2,
            seed: 0,
            token_lifetime: Duration::from_secs(3599),
            throttle: None,
        }
    }
}

impl Options {
    /// Adds a tenant to those there are.
    #[must_use]
    pub fn with_tenant(mut self, tenant: Tenant) -> Self {
        self.tenants.push(tenant);
        self
    }
}

/// The managed identities of a machine. Each is an application of one of the tenants, named by its client id.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// The one that it has by itself.
    pub system_assigned: Option<String>,
    /// Those that were given to it.
    pub user_assigned: Vec<String>,
}

/// A tenant of Entra ID, its applications and the partners it starts with.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The tenant's id, as it stands in the token endpoint's path.
    pub id: String,
    /// Who may ask for a token.
    pub apps: Vec<App>,
    /// The partners as stored, which need not be such as the service would accept.
    pub partners: Vec<Value>,
    /// Whether it has a license for Intune, without which Graph knows no partners.
    pub licensed: bool,
}

impl Tenant {
    /// A tenant with a license, no partners, and one application that may read and write them.
    #[must_use]
    pub fn new(id: &str, client_id: &str, client_secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            apps: vec![App::new(client_id).with(Proof::Secret(client_secret.to_owned()))],
            partners: Vec::new(),
            licensed: true,
        }
    }
}

/// An application registered in a tenant.
#[derive(Clone, Debug)]
pub struct App {
    /// The application's id.
    pub client_id: String,
    /// What is registered as proof of being it. Any one of them will do.
    pub proofs: Vec<Proof>,
    /// The application permissions that its tokens carry, such as `DeviceManagementConfiguration.Read.All`.
    pub permissions: Vec<String>,
}

impl App {
    /// An application that may read and write partners, with nothing yet to prove that it is the one.
    #[must_use]
    pub fn new(client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            proofs: Vec::new(),
            permissions: vec!["DeviceManagementConfiguration.ReadWrite.All".to_owned()],
        }
    }

    /// Registers one more proof.
    #[must_use]
    pub fn with(mut self, proof: Proof) -> Self {
        self.proofs.push(proof);
        self
    }

    /// Gives it these permissions in place of those it has.
    #[must_use]
    pub fn permissions(mut self, permissions: &[&str]) -> Self {
        self.permissions = permissions.iter().map(ToString::to_string).collect();
        self
    }

    /// The first secret that is still good.
    pub(super) fn secret(&self) -> Option<&str> {
        self.proofs.iter().find_map(|proof| match proof {
            Proof::Secret(secret) => Some(secret.as_str()),
            _ => None,
        })
    }
}

/// What is registered for an application as proof of being it.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A client secret.
    Secret(String),
    /// A client secret whose time is over.
    ExpiredSecret(String),
    /// A certificate as DER. An assertion names it by its thumbprint.
    Certificate(Vec<u8>),
    /// Any certificate with this subject by this authority. An assertion brings it along.
    SubjectAndIssuer {
        /// The common name.
        subject: String,
        /// The authority's certificate as DER.
        issuer: Vec<u8>,
    },
    /// A token of somebody else's that says this. Entra ID compares character by character.
    Federated {
        /// `iss`; where it begins with a `/`, it is below the emulator's URL.
        issuer: String,
        /// `sub`.
        subject: String,
        /// `aud`.
        audience: String,
    },
}

impl Proof {
    /// A token of the emulator's own issuer, about this subject and for the usual audience.
    #[must_use]
    pub fn federated(subject: &str) -> Self {
        Self::Federated {
            issuer: samples::ISSUER.to_owned(),
            subject: subject.to_owned(),
            audience: TOKEN_EXCHANGE.to_owned(),
        }
    }

    /// The same, now that the emulator's URL is known.
    pub(super) fn complete(&mut self, url: &str) {
        if let Self::Federated { issuer, .. } = self
            && issuer.starts_with('/')
        {
            issuer.insert_str(0, url);
        }
    }
}
