//! Turns an error into the next step for the person who has to take it. [`Error::advice`] is the only caller.
//!
//! There is one step for each known cause, and none if the error's own message says it all. A setting is named as
//! people write it, with its environment variable.

mod entra;

use std::borrow::Cow;

use super::clock;
use super::credential::choice::Tool;
use super::error::{ApiError, CredentialError, DecodeError, Error, Failure};
use super::settings::name;
use super::trust;

const NO_INTUNE: &str = "Intune is not available in this tenant. Check that the tenant has an active Intune license, \
                         that its MDM authority is set, and that tenant_id (ARM_TENANT_ID) is the tenant you want.";
const READING: &str = "Grant the application DeviceManagementConfiguration.Read.All or \
                       DeviceManagementServiceConfig.Read.All with admin consent (Microsoft Graph application \
                       permissions; either is enough for reading). Also check that the tenant has an active Intune \
                       license.";
const WRITING: &str = "Grant the application DeviceManagementConfiguration.ReadWrite.All or \
                       DeviceManagementServiceConfig.ReadWrite.All with admin consent (Microsoft Graph application \
                       permissions; either is enough, a .Read.All permission is not). Also check that the tenant has an \
                       active Intune license.";
const TOKEN: &str = "Graph refused the token even after it was renewed. Check that tenant_id (ARM_TENANT_ID), client_id \
                     (ARM_CLIENT_ID) and environment (ARM_ENVIRONMENT) belong together, and that the tenant has an \
                     active Intune license.";
const AUDIENCE: &str = "The token is for a different Microsoft Graph than the one it was sent to. Check that environment \
                        (ARM_ENVIRONMENT) is the tenant's cloud, and check graph_endpoint (INTUNE_GRAPH_ENDPOINT).";
const ADDRESS: &str = "The server does not know this URL, so the error says nothing about the requested object. Check \
                       graph_endpoint (INTUNE_GRAPH_ENDPOINT) and environment (ARM_ENVIRONMENT). A proxy may have \
                       responded instead (HTTPS_PROXY, NO_PROXY).";
const NOT_GRAPH: &str = "This response is not from Microsoft Graph, so it says nothing about the requested object. A proxy \
                         or a network's sign-in page may have responded instead. Check HTTPS_PROXY, NO_PROXY and \
                         graph_endpoint (INTUNE_GRAPH_ENDPOINT).";
const REDIRECT: &str = "Microsoft Graph does not redirect requests. Check environment (ARM_ENVIRONMENT) and graph_endpoint \
                        (INTUNE_GRAPH_ENDPOINT). A proxy may have responded instead (HTTPS_PROXY, NO_PROXY).";
const CONFLICT: &str =
    "Someone else is changing the same object, or has just changed it. Plan again.";
const THROTTLED: &str = "Graph limits the number of requests of each application and each tenant. Try again later with \
                         fewer requests at the same time, or give the operation a longer timeout.";
const OUTAGE: &str = "The failure is on Microsoft's side. Try again later. If it persists, give the request-id and the \
                      date to Microsoft support.";
const OUTAGE_OR_PROXY: &str = "The failure is on Microsoft's side, or in a proxy in between (HTTPS_PROXY, NO_PROXY). Try \
                               again later.";
const SIGN_IN_OUTAGE: &str = "Microsoft Entra ID is busy or not working. Try again later. If the problem persists, give \
                              the message to Microsoft support.";
const SERVICE_OUTAGE: &str = "The service is busy or not working. Try again later.";
const SERVICE_UPDATE: &str =
    "The service is being updated, which takes about a minute. Wait, then try again.";
const REFUSED: &str = "Correct what the message points out. If it points out nothing, give the request-id and the date to \
                       Microsoft support.";
const NOT_READABLE: &str = "Check environment (ARM_ENVIRONMENT) and graph_endpoint (INTUNE_GRAPH_ENDPOINT). A proxy may \
                            have responded instead (HTTPS_PROXY, NO_PROXY).";
const CERTIFICATE_DATES: &str = "According to this machine's clock, the certificate has expired or is not valid yet. Check \
                                 the clock. If it is right, the server or the proxy in between needs a new certificate.";
const TRUST: &str = "If a proxy or an emulator in between has its own certificate authority, add that authority to those \
                     that the system trusts. On Linux, you can set SSL_CERT_FILE to its certificate (PEM).";
const REACH: &str = "Check environment (ARM_ENVIRONMENT), graph_endpoint (INTUNE_GRAPH_ENDPOINT), authority_host \
                     (AZURE_AUTHORITY_HOST) and name resolution. If this network needs a proxy, also check HTTPS_PROXY \
                     and NO_PROXY.";
const LOST: &str =
    "Try again. If connections keep breaking, check whether a proxy or a firewall closes them.";
const TIMED_OUT: &str = "Try again, or give the operation a longer timeout.";

/// The next step, if it is known.
pub(super) fn advice(error: &Error) -> Option<Cow<'static, str>> {
    let step = match error {
        Error::Api(api) => return Some(on_refusal(api)),
        Error::Decode(decode) => on_unreadable(decode),
        Error::Transport { chain, failure, .. } => return Some(on_failure(*failure, chain)),
        Error::Credential(error) => return on_sign_in(error),
        Error::TimedOut { .. } => TIMED_OUT,
        Error::GaveUp { error, .. } => return advice(error),
        // Their messages say it already, or somebody wanted it.
        Error::Settings(_) | Error::Request(_) | Error::Cancelled { .. } => return None,
    };
    Some(step.into())
}

fn on_refusal(api: &ApiError) -> Cow<'static, str> {
    let step = on_answer(api);
    let is_about_us = [READING, WRITING, TOKEN].contains(&step);
    let who = api.tool.filter(|_| is_about_us).map(signed_in_with);
    let clock = api.clock_offset.filter(|_| api.status == 401);
    let parts = [who, Some(step.to_owned()), clock.map(clock::sentence)];
    parts
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
        .into()
}

/// Who signed in, if that is not the application in the settings. The advice that follows is for an application.
fn signed_in_with(tool: Tool) -> String {
    let (who, look, sign_in) = match tool {
        Tool::Cli => (
            "the Azure CLI",
            "az account show --query user",
            "az login --service-principal",
        ),
        Tool::DeveloperCli => (
            "the Azure Developer CLI",
            "azd auth login --check-status",
            "azd auth login --client-id",
        ),
        Tool::PowerShell => (
            "Azure PowerShell",
            "Get-AzContext",
            "Connect-AzAccount -ServicePrincipal",
        ),
    };
    format!(
        "The provider signed in with {who}. To see who is signed in there, run `{look}`. Intune does not let people in this \
         way, whatever roles they have. Sign in to {who} as the application (`{sign_in}`), or set {}, {} and the \
         application's secret, certificate or OpenID Connect. In automation, set {} to false. If the application is \
         already signed in:",
        name::TENANT_ID,
        name::CLIENT_ID,
        tool.switch()
    )
}

fn on_answer(api: &ApiError) -> &'static str {
    let is_graphs = api.references.code.is_some();
    let message = api.message.to_ascii_lowercase();
    match api.status {
        _ if is_without_intune(&message) => NO_INTUNE,
        300..=399 => REDIRECT,
        429 => THROTTLED,
        500 if api.is_throttled() => THROTTLED,
        408 | 500.. if api.references.request_id.is_some() => OUTAGE,
        408 | 500.. => OUTAGE_OR_PROXY,
        _ if !is_graphs => NOT_GRAPH,
        401 if message.contains("invalid audience") => AUDIENCE,
        401 => TOKEN,
        403 if api.method == "GET" => READING,
        403 => WRITING,
        404 => ADDRESS,
        _ if api.is_about_the_address() => ADDRESS,
        409 | 412 => CONFLICT,
        _ => REFUSED,
    }
}

/// The first words are Intune's own; the others are there for the day when it says it plainly.
fn is_without_intune(message: &str) -> bool {
    [
        "not applicable to target tenant",
        "intune license",
        "valid license",
        "not licensed",
    ]
    .iter()
    .any(|words| message.contains(words))
}

fn on_unreadable(decode: &DecodeError) -> &'static str {
    if decode.content_type.to_ascii_lowercase().contains("html") {
        NOT_GRAPH
    } else {
        NOT_READABLE
    }
}

fn on_failure(failure: Failure, chain: &str) -> Cow<'static, str> {
    match failure {
        Failure::Untrusted if is_about_dates(chain) => CERTIFICATE_DATES.into(),
        Failure::Untrusted => match trust::unreadable() {
            Some(unreadable) => format!("{unreadable} {TRUST}").into(),
            None => TRUST.into(),
        },
        Failure::Unreachable | Failure::ConnectTimedOut => REACH.into(),
        Failure::Lost | Failure::Silent => LOST.into(),
    }
}

/// The words are rustls's, and a test checks them. rustls words it differently where the system checks
/// certificates.
fn is_about_dates(chain: &str) -> bool {
    ["expired", "not valid yet", "notvalidyet"]
        .iter()
        .any(|words| chain.to_ascii_lowercase().contains(words))
}

fn on_sign_in(error: &CredentialError) -> Option<Cow<'static, str>> {
    let CredentialError {
        message,
        status,
        failure,
        clock_offset,
        help,
        is_replaced,
        ..
    } = error;
    let step = match (failure, help) {
        (None, Some(_)) if *is_replaced && *status == Some(410) => SERVICE_UPDATE,
        (None, Some(_)) if matches!(status, Some(429 | 500..)) => SERVICE_OUTAGE,
        (Some(Failure::Unreachable | Failure::ConnectTimedOut) | None, Some(help)) => help,
        (Some(failure), _) => return Some(on_failure(*failure, message)),
        (None, None) => match clock_offset {
            Some(offset) if entra::is_about_time(message) => {
                return Some(clock::sentence(*offset).into());
            }
            _ => entra::advice(message)
                .or_else(|| matches!(status, Some(429 | 500..)).then_some(SIGN_IN_OUTAGE))?,
        },
    };
    Some(step.into())
}

#[cfg(test)]
mod tests;
