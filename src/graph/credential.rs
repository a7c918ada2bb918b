//! Turns settings into one credential, and the credential into tokens. `client` is the only caller.
//!
//! [`choice`] makes one ordered choice among the ways to sign in. Each way is a file beside it: `entra` for a secret or
//! an assertion, which `certificate` signs or `federated` gets; `managed_identity`; `tools`. [`request`] asks the
//! credential once, and [`token`] keeps the token.

mod certificate;
pub(super) mod choice;
mod entra;
mod federated;
mod managed_identity;
mod text;
pub(super) mod token;
mod tools;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, RetryOptions, Transport};

use super::courier::Courier;
use super::error::{CredentialError, Error, Failure};
use super::http;
use super::settings::{Hosts, Settings};
use certificate::Signer;
use choice::Way;
use federated::Federated;
use managed_identity::ManagedIdentity;
use token::Token;
use tools::Tools;
pub(super) use trouble::refused;
use trouble::{SILENCE, failed};

const SIGNING_IN: &str = "Signing in to Microsoft Entra ID";

/// A way to sign in, ready to use.
pub(super) struct Credential {
    /// What using it does, as the beginning of a sentence.
    doing: String,
    source: Source,
    /// How long it may take.
    patience: Duration,
}

/// What to ask for a token.
enum Source {
    One(Arc<dyn TokenCredential>),
    Tools(Tools),
}

impl Credential {
    /// Signs in to Entra ID with `source`, which messages call `with`.
    pub(super) fn new(with: &str, source: Arc<dyn TokenCredential>) -> Self {
        Self {
            doing: format!("{SIGNING_IN} with {with}"),
            source: Source::One(source),
            patience: SILENCE,
        }
    }
}

/// Chooses the way to sign in that the settings ask for, and creates its credential. Nothing is sent.
pub(super) fn choose(
    settings: &Settings,
    hosts: &Hosts,
    http: &reqwest::Client,
) -> Result<Credential, Error> {
    let courier = |http| Courier {
        http,
        user_agent: settings.user_agent.clone(),
    };
    let entra = || client_options(courier(http.clone()), &hosts.authority);
    let sign_in = &settings.sign_in;
    Ok(match choice::choose(sign_in)? {
        Way::Certificate {
            app,
            certificate,
            password,
        } => {
            let signer = Signer::new(&app, &hosts.authority, &certificate, &password)?;
            let source = entra::with_assertion(app, signer, entra())?;
            Credential::new("a client certificate", source)
        }
        Way::Secret { app, secret } => {
            let source = entra::with_secret(&app, &secret, entra())?;
            Credential::new("a client secret", source)
        }
        Way::Federated { app, source } => {
            let federated = Federated {
                source,
                courier: courier(http.clone()),
            };
            let source = entra::with_assertion(app, federated, entra())?;
            Credential::new("OpenID Connect", source)
        }
        Way::ManagedIdentity { client_id } => {
            // The platform's service is on this machine, with no proxy in between.
            let direct = http::client(reqwest::ClientBuilder::no_proxy)?;
            let identity = ManagedIdentity::new(sign_in, client_id.as_ref(), courier(direct))?;
            Credential::new("a managed identity", Arc::new(identity))
        }
        Way::Tools { tools, tenant_id } => {
            let patience = SILENCE * u32::try_from(tools.len() + 1).unwrap_or(1);
            let tools = Tools::new(&tools, tenant_id.as_deref(), sign_in)?;
            Credential {
                doing: SIGNING_IN.to_owned(),
                source: Source::Tools(tools),
                patience,
            }
        }
    })
}

/// The options for azure_identity.
fn client_options(courier: Courier, authority: &str) -> ClientOptions {
    let mut cloud = CustomConfiguration::default();
    authority.clone_into(&mut cloud.authority_host);
    ClientOptions {
        // `retry` repeats requests: azure_core's own policy cannot tell an untrusted certificate from a lost
        // connection.
        retry: RetryOptions::none(),
        transport: Some(Transport::new(Arc::new(courier))),
        cloud: Some(Arc::new(cloud.into())),
        ..ClientOptions::default()
    }
}

/// Asks the credential for a token, once.
pub(super) async fn request(credential: &Credential, scope: &str) -> Result<Token, Error> {
    let Credential {
        doing,
        source,
        patience,
    } = credential;
    let token = async {
        match source {
            Source::One(one) => match one.get_token(&[scope], None).await {
                Ok(token) => Ok(token.into()),
                Err(error) => Err(failed(&error)),
            },
            Source::Tools(tools) => tools.get_token(scope).await,
        }
    };
    let error = match tokio::time::timeout(*patience, token).await {
        Ok(Ok(token)) => return Ok(token),
        Ok(Err(error)) => error,
        Err(_) => CredentialError {
            message: format!("no response within {} seconds", patience.as_secs()),
            failure: Some(Failure::ConnectTimedOut),
            ..CredentialError::default()
        }
        .into(),
    };
    Err(match error {
        Error::Credential(error) => CredentialError {
            doing: doing.clone(),
            ..*error
        }
        .into(),
        other => other,
    })
}
