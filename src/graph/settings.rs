//! What a [`super::Client`] is made from. `credential` reads it to choose the way to sign in.

use azure_core::credentials::Secret;
use url::Url;

use super::cloud::Cloud;

/// What a client needs to know. The room's caller fills it in; it is checked at the first call.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The national cloud.
    pub cloud: Cloud,
    /// Another Graph than the cloud's, from [`super::parse_endpoint`].
    pub graph_endpoint: Option<Url>,
    /// Another authority than the cloud's, from [`super::parse_endpoint`].
    pub authority_host: Option<Url>,
    /// The tenant to sign in to.
    pub tenant_id: Option<String>,
    /// The application to sign in as.
    pub client_id: Option<String>,
    /// The application's secret.
    pub client_secret: Option<Secret>,
    /// The User-Agent header of every request.
    pub user_agent: String,
}

impl Settings {
    /// Graph's origin, without a slash at the end.
    pub(super) fn graph_origin(&self) -> String {
        origin(self.graph_endpoint.as_ref(), self.cloud.graph_host())
    }

    /// The authority's origin, without a slash at the end.
    pub(super) fn authority_origin(&self) -> String {
        origin(self.authority_host.as_ref(), self.cloud.authority_host())
    }
}

fn origin(chosen: Option<&Url>, host: &str) -> String {
    chosen.map_or_else(
        || format!("https://{host}"),
        |url| url.origin().ascii_serialization(),
    )
}
