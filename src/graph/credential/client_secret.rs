//! Signing in as an application with a client secret, through azure_identity.

use std::sync::Arc;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};

use super::discreet::Discreet;
use crate::graph::error::{Error, chain};
use crate::graph::settings::Settings;

/// Makes the credential, or says which settings are missing.
pub(super) fn credential(
    settings: &Settings,
    http: &reqwest::Client,
) -> Result<Arc<dyn TokenCredential>, Error> {
    let (tenant_id, client_id, secret) = required(settings)?;
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = settings.authority_origin();
    let client_options = ClientOptions {
        // `retry` repeats: azure_core's own policy cannot tell an untrusted certificate from a lost connection.
        retry: RetryOptions::none(),
        transport: Some(Transport::new(Arc::new(http.clone()))),
        cloud: Some(Arc::new(cloud.into())),
        ..ClientOptions::default()
    };
    let options = ClientSecretCredentialOptions { client_options };
    let credential =
        ClientSecretCredential::new(tenant_id, client_id.into(), secret.clone(), Some(options))
            .map_err(|error| {
                Error::Settings(format!("Signing in is not possible: {}", chain(&error)))
            })?;
    Ok(Arc::new(Discreet {
        credential,
        secret: secret.clone(),
    }))
}

/// The tenant, the application and its secret. An empty setting is a missing one: that is what an unset variable of a
/// pipeline looks like.
fn required(settings: &Settings) -> Result<(&str, &str, &Secret), Error> {
    let tenant_id = settings.tenant_id.as_deref().filter(|id| !id.is_empty());
    let client_id = settings.client_id.as_deref().filter(|id| !id.is_empty());
    let secret = settings
        .client_secret
        .as_ref()
        .filter(|secret| !secret.secret().is_empty());
    if let (Some(tenant_id), Some(client_id), Some(secret)) = (tenant_id, client_id, secret) {
        return Ok((tenant_id, client_id, secret));
    }
    let missing: Vec<&str> = [
        (tenant_id.is_none(), "tenant_id (ARM_TENANT_ID)"),
        (client_id.is_none(), "client_id (ARM_CLIENT_ID)"),
        (secret.is_none(), "client_secret (ARM_CLIENT_SECRET)"),
    ]
    .into_iter()
    .filter_map(|(missing, name)| missing.then_some(name))
    .collect();
    Err(Error::Settings(format!(
        "Signing in with a client secret needs {}, which {} not set.",
        listed(&missing),
        if missing.len() == 1 { "is" } else { "are" }
    )))
}

/// `a`, `a and b`, or `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_variable() {
        let settings = Settings {
            tenant_id: Some("tenant".into()),
            client_secret: Some(Secret::new("")),
            ..Settings::default()
        };
        let error = required(&settings).expect_err("two are missing");
        assert_eq!(
            error.to_string(),
            "Signing in with a client secret needs client_id (ARM_CLIENT_ID) and client_secret (ARM_CLIENT_SECRET), \
             which are not set."
        );
    }
}
