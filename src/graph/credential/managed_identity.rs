//! The identity of the machine that this runs on, from the service that its platform provides for it.
//!
//! A virtual machine asks the instance metadata service
//! (<https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>); App Service,
//! Container Apps and Functions tell their processes where to ask
//! (<https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>). azure_identity
//! supports both, but accepts neither another endpoint nor settings in place of the environment.

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::request::Request;
use azure_core::http::{Method, Url};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::choice::Text;
use super::trouble::ours;
use crate::graph::courier::{Courier, IDENTITY_HEADER};
use crate::graph::endpoint::is_nearby;
use crate::graph::error::{CredentialError, Error};
use crate::graph::hidden::Secret;
use crate::graph::service::{self, Service};
use crate::graph::settings::{SignIn, name};

const VIRTUAL_MACHINE: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const VIRTUAL_MACHINE_API: &str = "2018-02-01";
const APP_SERVICE_API: &str = "2019-08-01";

const SERVICE: Service = Service {
    name: "this machine's managed identity service",
    help: "Check that this machine runs in Azure and has a managed identity, and that client_id (ARM_CLIENT_ID) is the \
           client ID of one that it has (leave it out for the system-assigned identity). Also check msi_endpoint \
           (ARM_MSI_ENDPOINT). To sign in another way, remove use_msi (ARM_USE_MSI).",
    is_replaced: true,
};

/// Gets the tokens of a managed identity.
#[derive(Debug)]
pub(super) struct ManagedIdentity {
    courier: Courier,
    endpoint: Url,
    /// The header by which App Service recognizes its processes.
    header: Option<Secret>,
    client_id: Option<Secret>,
}

impl ManagedIdentity {
    /// Determines which endpoint to ask.
    ///
    /// # Errors
    /// [`Error::Settings`] when the endpoint is not a URL, or would be asked over plain http outside the private
    /// network.
    pub(super) fn new(
        settings: &SignIn,
        client_id: Option<&Text>,
        courier: Courier,
    ) -> Result<Self, Error> {
        let set = |text: &Option<String>| text.clone().filter(|it| !it.is_empty());
        let given = set(&settings.msi_endpoint);
        let app_service = set(&settings.app_service.endpoint)
            .zip(settings.app_service.header.clone())
            .filter(|(endpoint, _)| given.as_ref().is_none_or(|given| given == endpoint));
        let setting = match given {
            Some(_) => &name::MSI_ENDPOINT,
            None => &name::APP_SERVICE_ENDPOINT,
        };
        let (endpoint, header) = match app_service {
            Some((endpoint, header)) => (endpoint, Some(header)),
            None => (given.unwrap_or_else(|| VIRTUAL_MACHINE.into()), None),
        };
        Ok(Self {
            courier,
            endpoint: service::url(
                setting,
                &endpoint,
                is_nearby,
                "this machine or a private network",
            )?,
            header,
            client_id: client_id.map(Text::read).transpose()?,
        })
    }

    fn request(&self, resource: &str) -> Request {
        let mut url = self.endpoint.clone();
        let version = match self.header {
            Some(_) => APP_SERVICE_API,
            None => VIRTUAL_MACHINE_API,
        };
        url.query_pairs_mut()
            .append_pair("api-version", version)
            .append_pair("resource", resource);
        if let Some(client_id) = &self.client_id {
            url.query_pairs_mut()
                .append_pair("client_id", client_id.secret());
        }
        let mut request = Request::new(url, Method::Get);
        match &self.header {
            Some(header) => request.insert_header(IDENTITY_HEADER, header.secret().to_owned()),
            None => request.insert_header("metadata", "true"),
        }
        request
    }
}

#[async_trait::async_trait]
impl TokenCredential for ManagedIdentity {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        let answer: Answer = SERVICE
            .ask(&self.courier, &self.request(resource))
            .await
            .map_err(ours)?;
        let expires_on = answer
            .expires_on(OffsetDateTime::now_utc())
            .ok_or_else(|| {
                let error = CredentialError {
                    message: format!("{} does not say when the token expires", SERVICE.name),
                    help: Some(SERVICE.help),
                    ..CredentialError::default()
                };
                ours(error.into())
            })?;
        Ok(AccessToken::new(answer.access_token, expires_on))
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    /// In seconds.
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<Duration>,
    /// In seconds since 1970.
    #[serde(default, deserialize_with = "seconds")]
    expires_on: Option<Duration>,
}

impl Answer {
    fn expires_on(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        match (self.expires_in, self.expires_on) {
            (Some(time), _) => now.checked_add(time),
            (None, Some(time)) => OffsetDateTime::UNIX_EPOCH.checked_add(time),
            (None, None) => None,
        }
    }
}

/// A number, with or without a fraction, or a string that holds one: the platforms differ.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let seconds = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    Ok(seconds.and_then(Duration::checked_seconds_f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::settings::AppService;

    fn identity(settings: &SignIn, client_id: Option<&str>) -> Result<ManagedIdentity, Error> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client_id = client_id.map(|id| Text {
            given: Some(Secret::new(id)),
            file: None,
            names: [&name::CLIENT_ID, &name::CLIENT_ID_FILE_PATH],
        });
        let courier = Courier {
            http: reqwest::Client::new(),
            user_agent: String::new(),
        };
        ManagedIdentity::new(settings, client_id.as_ref(), courier)
    }

    fn url(settings: &SignIn, client_id: Option<&str>) -> String {
        let request = identity(settings, client_id)
            .expect("an endpoint")
            .request("https://graph.example");
        request.url().to_string()
    }

    #[test]
    fn each_platform_is_asked_in_its_own_form() {
        assert_eq!(
            url(&SignIn::default(), None),
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&\
             resource=https%3A%2F%2Fgraph.example"
        );
        let app = SignIn {
            app_service: AppService {
                endpoint: Some("http://172.16.1.2:8081/msi/token".into()),
                header: Some(Secret::new("h")),
            },
            ..SignIn::default()
        };
        assert_eq!(
            url(&app, Some("of the user")),
            "http://172.16.1.2:8081/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fgraph.example&\
             client_id=of+the+user"
        );
        let elsewhere = SignIn {
            msi_endpoint: Some("http://localhost:40342/token".into()),
            ..app
        };
        let request = identity(&elsewhere, None)
            .expect("an endpoint")
            .request("r");
        assert!(
            request
                .url()
                .as_str()
                .starts_with("http://localhost:40342/token?api-version=2018-")
        );
        assert!(
            request
                .headers()
                .get_optional_string(&IDENTITY_HEADER)
                .is_none()
        );
    }

    #[test]
    fn a_token_does_not_travel_the_internet_in_the_open() {
        let open = Some("http://msi.example/token".to_owned());
        let given = SignIn {
            msi_endpoint: open.clone(),
            ..SignIn::default()
        };
        let told_by_the_platform = SignIn {
            app_service: AppService {
                endpoint: open,
                header: Some(Secret::new("h")),
            },
            ..SignIn::default()
        };
        for (settings, named) in [
            (given, "msi_endpoint (ARM_MSI_ENDPOINT)"),
            (told_by_the_platform, "IDENTITY_ENDPOINT"),
        ] {
            let error = identity(&settings, None)
                .expect_err("plain http")
                .to_string();
            assert_eq!(
                error,
                format!(
                    "{named} uses plain http. It must be an https URL, or an http URL to this machine or a \
                     private network."
                )
            );
        }
    }

    #[test]
    fn the_end_of_a_token_is_read_in_each_form() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let end = |json: &str| {
            let answer: Answer = serde_json::from_str(json).expect("an answer");
            answer.expires_on(now).map(OffsetDateTime::unix_timestamp)
        };
        assert_eq!(end(r#"{"access_token":"t","expires_in":"60"}"#), Some(60));
        assert_eq!(
            end(r#"{"access_token":"t","expires_in":60,"expires_on":9}"#),
            Some(60)
        );
        assert_eq!(end(r#"{"access_token":"t","expires_on":"90"}"#), Some(90));
        assert_eq!(end(r#"{"access_token":"t","expires_in":60.0}"#), Some(60));
        assert_eq!(
            end(r#"{"access_token":"t","expires_on":1777777777}"#),
            Some(1_777_777_777)
        );
        assert_eq!(end(r#"{"access_token":"t","expires_on":"5/9/2026"}"#), None);
        assert_eq!(end(r#"{"access_token":"t","expires_in":1e300}"#), None);
        assert_eq!(end(r#"{"access_token":"t"}"#), None);
    }
}
