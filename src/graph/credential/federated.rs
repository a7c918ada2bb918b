//! Tokens from another issuer, which the application trusts: from a setting, a file, or the pipeline that runs this.

use azure_core::http::request::Request;
use azure_core::http::{Method, Url};
use serde::Deserialize;

use super::choice::Source;
use super::entra::Assertion;
use crate::graph::courier::Courier;
use crate::graph::endpoint::is_loopback;
use crate::graph::error::Error;
use crate::graph::service::{self, Service};
use crate::graph::settings::name;

/// The audience that the token needs, in every cloud that Microsoft documents it for.
const AUDIENCE: &str = "api://AzureADTokenExchange";
/// The version of the Azure DevOps REST API with which pipelines get tokens.
const AZURE_DEVOPS_API: &str = "7.1";

const GITHUB_ACTIONS: Service = Service {
    name: "the GitHub Actions token service",
    help: "Check that the job has `permissions: id-token: write`. Also check oidc_request_url \
           (ACTIONS_ID_TOKEN_REQUEST_URL) and oidc_request_token (ACTIONS_ID_TOKEN_REQUEST_TOKEN), which the runner sets. \
           The token is valid for the job only. In Azure DevOps, set ado_pipeline_service_connection_id \
           (ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID).",
    is_replaced: false,
};
const AZURE_DEVOPS: Service = Service {
    name: "the Azure DevOps token service",
    help: "Check ado_pipeline_service_connection_id (ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID). Also check that this pipeline \
           may use the service connection, and that the step's env has `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`.",
    is_replaced: false,
};

/// Gets federated tokens.
pub(super) struct Federated {
    pub(super) source: Source,
    pub(super) courier: Courier,
}

#[async_trait::async_trait]
impl Assertion for Federated {
    async fn make(&self) -> Result<String, Error> {
        match &self.source {
            Source::Token(text) => Ok(text.read()?.secret().to_owned()),
            Source::GitHubActions { url, token } => {
                #[derive(Deserialize)]
                struct Answer {
                    value: String,
                }
                let mut url = endpoint(url)?;
                default_query(&mut url, "audience", AUDIENCE);
                let request = request(url, Method::Get, token.secret());
                let answer: Answer = GITHUB_ACTIONS.ask(&self.courier, &request).await?;
                Ok(answer.value)
            }
            Source::AzureDevOps {
                url,
                token,
                connection_id,
            } => {
                #[derive(Deserialize)]
                struct Answer {
                    #[serde(rename = "oidcToken")]
                    token: String,
                }
                let mut url = endpoint(url)?;
                default_query(&mut url, "api-version", AZURE_DEVOPS_API);
                default_query(&mut url, "serviceConnectionId", connection_id);
                let mut request = request(url, Method::Post, token.secret());
                request.insert_header("content-length", "0");
                // Without this header, the response to a refused token is a sign-in page.
                request.insert_header("x-tfs-fedauthredirect", "Suppress");
                let answer: Answer = AZURE_DEVOPS.ask(&self.courier, &request).await?;
                Ok(answer.token)
            }
        }
    }
}

/// The URL of a token service.
fn endpoint(url: &str) -> Result<Url, Error> {
    service::url(&name::OIDC_REQUEST_URL, url, is_loopback, "this machine")
}

fn request(url: Url, method: Method, bearer: &str) -> Request {
    let mut request = Request::new(url, method);
    request.insert_header("accept", "application/json");
    request.insert_header("authorization", format!("Bearer {bearer}"));
    request
}

/// Adds a parameter to the query, unless the URL has it already.
fn default_query(url: &mut Url, key: &str, value: &str) {
    if !url.query_pairs().any(|(known, _)| known == key) {
        url.query_pairs_mut().append_pair(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_url_says_already_is_kept() {
        let mut url =
            endpoint("https://pipeline.example/t?api-version=2.0&audience=").expect("a URL");
        default_query(&mut url, "audience", AUDIENCE);
        default_query(&mut url, "serviceConnectionId", "a b");
        assert_eq!(
            url.as_str(),
            "https://pipeline.example/t?api-version=2.0&audience=&serviceConnectionId=a+b"
        );
    }

    #[test]
    fn a_bearer_token_does_not_go_out_in_the_open() {
        for url in [
            "http://pipeline.example/t",
            "ftp://pipeline.example",
            "pipeline",
        ] {
            let error = endpoint(url).expect_err(url).to_string();
            assert!(
                error.contains("oidc_request_url (ARM_OIDC_REQUEST_URL"),
                "{error}"
            );
        }
        endpoint("http://127.0.0.1:1/t").expect("this machine");
    }
}
