//! The ways that end at Entra ID's token endpoint: with a secret, or with an assertion, which is a signed token. Both
//! use azure_identity.

use std::sync::Arc;

use azure_core::credentials::{Secret as Password, TokenCredential};
use azure_core::http::{ClientMethodOptions, ClientOptions};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions,
};

use super::choice::{App, Text};
use super::trouble::ours;
use crate::graph::error::{Error, chain};

/// Signs in with a client secret.
pub(super) fn with_secret(
    app: &App,
    secret: &Text,
    client_options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>, Error> {
    let client_id = app.client_id.read()?.secret().to_owned();
    let secret = Password::new(secret.read()?.secret().to_owned());
    let options = ClientSecretCredentialOptions { client_options };
    let credential = ClientSecretCredential::new(&app.tenant_id, client_id, secret, Some(options));
    Ok(credential.map_err(|error| impossible(&error))?)
}

/// Signs in with assertions that are made when they are needed.
pub(super) fn with_assertion(
    app: App,
    assertion: impl Assertion,
    client_options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>, Error> {
    let client_id = app.client_id.read()?.secret().to_owned();
    let options = ClientAssertionCredentialOptions { client_options };
    let credential =
        ClientAssertionCredential::new(app.tenant_id, client_id, Adapter(assertion), Some(options));
    Ok(credential.map_err(|error| impossible(&error))?)
}

fn impossible(error: &azure_core::Error) -> Error {
    Error::Settings(format!("Cannot sign in: {}", chain(error)))
}

/// Makes assertions.
#[async_trait::async_trait]
pub(super) trait Assertion: Send + Sync + 'static {
    /// Makes one.
    async fn make(&self) -> Result<String, Error>;
}

struct Adapter<A>(A);

// azure_identity requires it, and what is in here is a secret.
impl<A> std::fmt::Debug for Adapter<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Adapter")
    }
}

#[async_trait::async_trait]
impl<A: Assertion> ClientAssertion for Adapter<A> {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.0.make().await.map_err(ours)
    }
}
