//! Where a federated token comes from: the first source that is complete, in azuread's order.

use super::{Text, kept, known};
use crate::graph::error::Error;
use crate::graph::hidden::Secret;
use crate::graph::settings::{SignIn, name};

/// A source of federated tokens.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Source {
    /// It is in a setting or in a file.
    Token(Text),
    /// Azure DevOps issues it.
    AzureDevOps {
        url: String,
        token: Secret,
        connection_id: String,
    },
    /// GitHub Actions issues it.
    GitHubActions { url: String, token: Secret },
}

/// Finds the source.
///
/// # Errors
/// [`Error::Settings`] with what is missing when none is complete.
pub(super) fn find(settings: &SignIn) -> Result<Source, Error> {
    let mut wants = Vec::new();
    if settings.use_oidc {
        match of_oidc(settings) {
            Ok(source) => return Ok(source),
            Err(want) => wants.push(want),
        }
    }
    if settings.use_aks_workload_identity {
        match known(settings.aks.token_file.as_ref()) {
            Some(file) => {
                return Ok(Source::Token(Text {
                    given: None,
                    file: Some(file),
                    names: [&name::AKS_TOKEN_FILE; 2],
                }));
            }
            None => wants.push(format!(
                "{}, which AKS sets in pods that have the label azure.workload.identity/use: \"true\" and a service \
                 account with a workload identity",
                name::AKS_TOKEN_FILE
            )),
        }
    }
    Err(Error::Settings(format!(
        "Signing in with OpenID Connect needs a token from the platform that this runs on, but no source of one is set up. \
         Not set: {}.",
        wants.join("; and ")
    )))
}

/// The source, or the settings that would make up one.
fn of_oidc(settings: &SignIn) -> Result<Source, String> {
    let given = kept(settings.oidc_token.as_ref());
    let file = known(settings.oidc_token_file_path.as_ref());
    if given.is_some() || file.is_some() {
        return Ok(token(given, file));
    }
    let url = known(settings.oidc_request_url.as_ref());
    let bearer = kept(settings.oidc_request_token.as_ref());
    let connection_id = known(settings.ado_pipeline_service_connection_id.as_ref());
    match (url, bearer, connection_id) {
        (Some(url), Some(token), Some(connection_id)) => Ok(Source::AzureDevOps {
            url,
            token,
            connection_id,
        }),
        (Some(url), Some(token), None) => Ok(Source::GitHubActions { url, token }),
        (url, bearer, connection_id) => match kept(settings.run_token.as_ref()) {
            Some(of_the_run) => Ok(token(Some(of_the_run), None)),
            None => Err(lack(
                url.is_some(),
                bearer.is_some(),
                connection_id.is_some(),
            )),
        },
    }
}

fn token(given: Option<Secret>, file: Option<String>) -> Source {
    Source::Token(Text {
        given,
        file,
        names: [&name::OIDC_TOKEN, &name::OIDC_TOKEN_FILE_PATH],
    })
}

/// What is missing to request a token.
fn lack(url: bool, bearer: bool, connection_id: bool) -> String {
    const GITHUB: &str = "in GitHub Actions, the job needs `permissions: id-token: write`";
    const AZURE_DEVOPS: &str =
        "in Azure DevOps, pass `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` to the step's env";
    match (url, bearer) {
        (true, _) => format!(
            "{}, although {} is set ({AZURE_DEVOPS})",
            name::OIDC_REQUEST_TOKEN,
            name::OIDC_REQUEST_URL
        ),
        (_, true) => format!(
            "{}, although {} is set",
            name::OIDC_REQUEST_URL,
            name::OIDC_REQUEST_TOKEN
        ),
        _ if connection_id => format!(
            "{} and {}, although {} is set ({AZURE_DEVOPS})",
            name::OIDC_REQUEST_URL,
            name::OIDC_REQUEST_TOKEN,
            name::ADO_PIPELINE_SERVICE_CONNECTION_ID
        ),
        _ => format!(
            "{}; {}; {} with {} ({GITHUB}; {AZURE_DEVOPS}); TFC_WORKLOAD_IDENTITY_TOKEN",
            name::OIDC_TOKEN,
            name::OIDC_TOKEN_FILE_PATH,
            name::OIDC_REQUEST_URL,
            name::OIDC_REQUEST_TOKEN
        ),
    }
}
