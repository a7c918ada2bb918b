//! The hosts of a cloud that is not one of Microsoft's national clouds, from its metadata service, as azuread and
//! azurerm get them. `client` asks once, before the first request.

use azure_core::http::Method;
use azure_core::http::request::Request;
use serde::Deserialize;
use url::Url;

use super::courier::Courier;
use super::endpoint::{InvalidEndpoint, parse_authority, parse_endpoint};
use super::error::{CredentialError, Error};
use super::service::Service;
use super::settings::{Hosts, Settings, name, origin};

/// The first version that includes Microsoft Graph.
const API_VERSION: &str = "2022-09-01";

const SERVICE: Service = Service {
    name: "the metadata service",
    help: "Check metadata_host (ARM_METADATA_HOSTNAME): it must be the host of the cloud's Azure Resource Manager. If you \
           set both graph_endpoint and authority_host, you do not need it.",
    is_replaced: false,
};

/// The part of the service's response that matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    authentication: Authentication,
    microsoft_graph_resource_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authentication {
    login_endpoint: String,
}

/// Asks the service.
///
/// # Errors
/// [`Error::Credential`] when it does not name the hosts, or names hosts that cannot be used.
pub(super) async fn hosts(
    courier: &Courier,
    host: &Url,
    settings: &Settings,
) -> Result<Hosts, Error> {
    let mut url = host.clone();
    url.set_path("/metadata/endpoints");
    url.set_query(Some(&format!("api-version={API_VERSION}")));
    let mut request = Request::new(url, Method::Get);
    request.insert_header("accept", "application/json");
    let metadata: Metadata = SERVICE.ask(courier, &request).await.map_err(named)?;
    let told = |what: &str, told: &str, parse: Parse| -> Result<String, Error> {
        let url = parse(told.trim_end_matches('/')).map_err(|error| {
            let error = CredentialError {
                message: format!("the metadata service's {what}: {error}"),
                help: Some(SERVICE.help),
                ..CredentialError::default()
            };
            named(error.into())
        })?;
        Ok(origin(&url))
    };
    let (graph, login) = (
        &metadata.microsoft_graph_resource_id,
        &metadata.authentication.login_endpoint,
    );
    Ok(Hosts {
        graph: match &settings.graph_endpoint {
            Some(given) => origin(given),
            None => told("microsoftGraphResourceId", graph, parse_endpoint)?,
        },
        authority: match &settings.authority_host {
            Some(given) => origin(given),
            None => told("loginEndpoint", login, parse_authority)?,
        },
    })
}

/// Reads the URL of a host.
type Parse = fn(&str) -> Result<Url, InvalidEndpoint>;

/// Adds to an error what was in progress.
fn named(error: Error) -> Error {
    match error {
        Error::Credential(error) => CredentialError {
            doing: format!("Asking {} for the cloud's hosts", name::METADATA_HOST),
            ..*error
        }
        .into(),
        other => other,
    }
}
