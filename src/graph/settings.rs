//! What a [`super::Client`] is made from. Nothing is read or checked before the first call, except for what
//! `credential` calls a contradiction.

use std::fmt;

use url::Url;

use super::cloud::{self, Cloud};
use super::hidden::Secret;
use super::version::ApiVersion;

/// What a setting is called where people write it; messages use the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name in a configuration; empty if there is none because a platform sets it.
    pub attribute: &'static str,
    /// The environment variables that stand for it; the first that is set counts.
    pub variables: &'static [&'static str],
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.attribute, self.variables.join(", ")) {
            ("", variables) => f.write_str(&variables),
            (attribute, variables) => write!(f, "{attribute} ({variables})"),
        }
    }
}

/// The names of the settings: azuread's, and its environment variables.
pub mod name {
    use super::Name;

    macro_rules! names {
        ($($constant:ident = $attribute:literal, $($variable:literal),+;)+) => {$(
            #[doc = concat!("`", $attribute, "` (", stringify!($($variable),+), ")")]
            pub const $constant: Name = Name { attribute: $attribute, variables: &[$($variable),+] };
        )+};
    }

    names! {
        ENVIRONMENT = "environment", "ARM_ENVIRONMENT";
        METADATA_HOST = "metadata_host", "ARM_METADATA_HOSTNAME";
        GRAPH_ENDPOINT = "graph_endpoint", "INTUNE_GRAPH_ENDPOINT", "ARM_MSGRAPH_ENDPOINT";
        AUTHORITY_HOST = "authority_host", "AZURE_AUTHORITY_HOST";
        GRAPH_API_VERSION = "graph_api_version", "INTUNE_GRAPH_API_VERSION";
        TENANT_ID = "tenant_id", "ARM_TENANT_ID";
        CLIENT_ID = "client_id", "ARM_CLIENT_ID";
        CLIENT_ID_FILE_PATH = "client_id_file_path", "ARM_CLIENT_ID_FILE_PATH";
        CLIENT_CERTIFICATE = "client_certificate", "ARM_CLIENT_CERTIFICATE";
        CLIENT_CERTIFICATE_PATH = "client_certificate_path", "ARM_CLIENT_CERTIFICATE_PATH";
        CLIENT_CERTIFICATE_PASSWORD = "client_certificate_password", "ARM_CLIENT_CERTIFICATE_PASSWORD";
        CLIENT_SECRET = "client_secret", "ARM_CLIENT_SECRET";
        CLIENT_SECRET_FILE_PATH = "client_secret_file_path", "ARM_CLIENT_SECRET_FILE_PATH";
        USE_OIDC = "use_oidc", "ARM_USE_OIDC";
        OIDC_TOKEN = "oidc_token", "ARM_OIDC_TOKEN";
        OIDC_TOKEN_FILE_PATH = "oidc_token_file_path", "ARM_OIDC_TOKEN_FILE_PATH";
        OIDC_REQUEST_URL = "oidc_request_url",
            "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI";
        OIDC_REQUEST_TOKEN = "oidc_request_token",
            "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN";
        ADO_PIPELINE_SERVICE_CONNECTION_ID = "ado_pipeline_service_connection_id",
            "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID";
        USE_AKS_WORKLOAD_IDENTITY = "use_aks_workload_identity", "ARM_USE_AKS_WORKLOAD_IDENTITY";
        USE_MSI = "use_msi", "ARM_USE_MSI";
        MSI_ENDPOINT = "msi_endpoint", "ARM_MSI_ENDPOINT";
        USE_CLI = "use_cli", "ARM_USE_CLI";
        USE_AZD = "use_azd", "ARM_USE_AZD";
        USE_POWERSHELL = "use_powershell", "ARM_USE_POWERSHELL";
        AKS_TOKEN_FILE = "", "AZURE_FEDERATED_TOKEN_FILE";
        APP_SERVICE_ENDPOINT = "", "IDENTITY_ENDPOINT";
    }
}

/// What a client needs to know. An empty string counts as not set: that is what an unset variable in a pipeline looks
/// like.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The national cloud.
    pub cloud: Cloud,
    /// The version of Graph's API.
    pub version: ApiVersion,
    /// The service to ask for the hosts of a cloud that is not one of [`Cloud`], from [`super::parse_endpoint`].
    pub metadata_host: Option<Url>,
    /// The Graph to use instead of the cloud's, from [`super::parse_endpoint`].
    pub graph_endpoint: Option<Url>,
    /// The authority to use instead of the cloud's, from [`super::parse_authority`].
    pub authority_host: Option<Url>,
    /// How to sign in.
    pub sign_in: SignIn,
    /// The User-Agent header of every request.
    pub user_agent: String,
}

/// Everything that decides how to sign in. [`name`] has the names under which people know the fields.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that people set"
)]
pub struct SignIn {
    /// The tenant: its id or one of its domain names.
    pub tenant_id: Option<String>,
    /// The application, or the user-assigned managed identity.
    pub client_id: Option<String>,
    /// A file with the same.
    pub client_id_file_path: Option<String>,
    /// The application's certificate with its private key: PKCS#12 or PEM, in base64.
    pub client_certificate: Option<Secret>,
    /// A file with the same, not in base64.
    pub client_certificate_path: Option<String>,
    /// The password that opens the certificate.
    pub client_certificate_password: Option<Secret>,
    /// The application's secret.
    pub client_secret: Option<Secret>,
    /// A file with the same.
    pub client_secret_file_path: Option<String>,
    /// Whether a token from another issuer, which the application trusts, may prove who we are.
    pub use_oidc: bool,
    /// Such a token.
    pub oidc_token: Option<Secret>,
    /// A file with such a token, which is read for each sign-in.
    pub oidc_token_file_path: Option<String>,
    /// Where a pipeline gets such a token.
    pub oidc_request_url: Option<String>,
    /// The token with which the pipeline requests it.
    pub oidc_request_token: Option<Secret>,
    /// The service connection of an Azure DevOps pipeline: the request then has that service's form.
    pub ado_pipeline_service_connection_id: Option<String>,
    /// The token that HashiCorp's cloud gives the run, from `TFC_WORKLOAD_IDENTITY_TOKEN`.
    pub run_token: Option<Secret>,
    /// Whether the token of a Kubernetes service account may prove who we are.
    pub use_aks_workload_identity: bool,
    /// What AKS tells its pods about it.
    pub aks: Aks,
    /// Whether the machine's managed identity may be used.
    pub use_msi: bool,
    /// Where to ask for its token.
    pub msi_endpoint: Option<String>,
    /// What App Service tells its processes about it.
    pub app_service: AppService,
    /// Whether the Azure CLI may be asked; by default, it may if nothing else is set up.
    pub use_cli: Option<bool>,
    /// Whether the Azure Developer CLI may be asked.
    pub use_azd: bool,
    /// Whether Azure PowerShell may be asked.
    pub use_powershell: bool,
}

/// What AKS sets in the environment of a pod with a workload identity.
#[derive(Debug, Clone, Default)]
pub struct Aks {
    /// `AZURE_FEDERATED_TOKEN_FILE`
    pub token_file: Option<String>,
    /// `AZURE_CLIENT_ID`
    pub client_id: Option<String>,
    /// `AZURE_TENANT_ID`
    pub tenant_id: Option<String>,
}

/// What App Service, Container Apps and Functions set in the environment of an app with a managed identity.
#[derive(Debug, Clone, Default)]
pub struct AppService {
    /// `IDENTITY_ENDPOINT`
    pub endpoint: Option<String>,
    /// `IDENTITY_HEADER`
    pub header: Option<Secret>,
}

/// The origins that a client talks to, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hosts {
    pub(super) graph: String,
    pub(super) authority: String,
}

impl Settings {
    /// The hosts, unless [`Settings::metadata_host`] has to be asked for them.
    pub(super) fn hosts(&self) -> Option<Hosts> {
        let given = |url: &Option<Url>, host: &str| {
            url.as_ref()
                .map(origin)
                .or_else(|| (self.metadata_host.is_none()).then(|| format!("https://{host}")))
        };
        Some(Hosts {
            graph: given(&self.graph_endpoint, self.cloud.graph_host())?,
            authority: given(&self.authority_host, self.cloud.authority_host())?,
        })
    }

    /// A warning about the hosts, if the authority belongs to one cloud and Graph to another.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let Hosts { graph, authority } = self.hosts()?;
        let host = |origin: &str| Some(Url::parse(origin).ok()?.host_str()?.to_owned());
        let (authority, graph) = (host(&authority)?, host(&graph)?);
        cloud::are_strangers(&authority, &graph).then(|| {
            format!(
                "{authority} signs in to one national cloud, but {graph} is the Microsoft Graph of another, so Graph \
                 will refuse its tokens. Check {}, {} and {}.",
                name::ENVIRONMENT,
                name::AUTHORITY_HOST,
                name::GRAPH_ENDPOINT
            )
        })
    }
}

/// The origin of a URL, without a slash at the end.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::parse_endpoint;

    #[expect(clippy::unnecessary_wraps, reason = "as the settings have it")]
    fn endpoint(text: &str) -> Option<Url> {
        Some(parse_endpoint(text).expect(text))
    }

    #[test]
    fn what_is_given_outweighs_the_cloud() {
        let settings = Settings {
            cloud: Cloud::China,
            graph_endpoint: endpoint("https://localhost:8443/"),
            ..Settings::default()
        };
        let hosts = settings.hosts().expect("no metadata host");
        assert_eq!(hosts.graph, "https://localhost:8443");
        assert_eq!(hosts.authority, "https://login.chinacloudapi.cn");
        assert_eq!(settings.warning(), None);
    }

    #[test]
    fn hosts_of_two_clouds_are_strange() {
        let settings = Settings {
            cloud: Cloud::UsGovernmentL5,
            authority_host: endpoint("login.microsoftonline.com"),
            ..Settings::default()
        };
        let warning = settings.warning().expect("strangers");
        assert!(warning.starts_with("login.microsoftonline.com signs in to one"));
        assert!(warning.contains("dod-graph.microsoft.us is"));
    }

    #[test]
    fn a_metadata_host_decides_what_is_not_given() {
        let mut settings = Settings {
            metadata_host: endpoint("management.azure.example"),
            graph_endpoint: endpoint("graph.azure.example"),
            ..Settings::default()
        };
        assert_eq!(settings.hosts(), None);
        settings.authority_host = endpoint("login.azure.example");
        assert!(settings.hosts().is_some());
    }
}
