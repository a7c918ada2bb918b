//! From an error to the next step, for whoever has to take it. [`Error::advice`] is the only caller.
//!
//! There is one step for each cause that is known, and none where the error's own words are all that there is to say. A
//! setting is named as it is written, with its environment variable.

mod entra;

use std::borrow::Cow;

use super::clock;
use super::credential::choice::Tool;
use super::error::{ApiError, CredentialError, DecodeError, Error, Failure};
use super::settings::name;
use super::trust;

const NO_INTUNE: &str = "This tenant has no Intune that can be asked: check that it has an active Intune license, that \
                         its MDM authority is set, and that tenant_id (ARM_TENANT_ID) is the tenant you mean.";
const READING: &str = "Grant the application DeviceManagementConfiguration.Read.All or \
                       DeviceManagementServiceConfig.Read.All (application permissions of Microsoft Graph; for reading, \
                       either suffices) with admin consent, and check that the tenant has an active Intune license.";
const WRITING: &str = "Grant the application DeviceManagementConfiguration.ReadWrite.All or \
                       DeviceManagementServiceConfig.ReadWrite.All (application permissions of Microsoft Graph; either \
                       suffices, a .Read.All does not) with admin consent, and check that the tenant has an active \
                       Intune license.";
const TOKEN: &str = "Graph does not accept the token although it was renewed. Check that tenant_id (ARM_TENANT_ID), \
                     client_id (ARM_CLIENT_ID) and environment (ARM_ENVIRONMENT) belong together, and that the tenant \
                     has an active Intune license.";
const AUDIENCE: &str = "The token is not for the Microsoft Graph that was asked: check that environment \
                        (ARM_ENVIRONMENT) is the tenant's cloud, and graph_endpoint (INTUNE_GRAPH_ENDPOINT).";
const ADDRESS: &str = "The server does not know the address, so this says nothing about the object that was asked for. \
                       Check graph_endpoint (INTUNE_GRAPH_ENDPOINT) and environment (ARM_ENVIRONMENT). A proxy may \
                       stand in between (HTTPS_PROXY, NO_PROXY).";
const NOT_GRAPH: &str = "This answer is not Microsoft Graph's, so it says nothing about the object that was asked for: a \
                         proxy or the sign-in page of a network may stand in between. Check HTTPS_PROXY and NO_PROXY, \
                         and graph_endpoint (INTUNE_GRAPH_ENDPOINT).";
const REDIRECT: &str = "Microsoft Graph does not redirect: check environment (ARM_ENVIRONMENT) and graph_endpoint \
                        (INTUNE_GRAPH_ENDPOINT). A proxy may stand in between (HTTPS_PROXY, NO_PROXY).";
const CONFLICT: &str =
    "Someone else changes the same object at this time, or has just done so. Plan again.";
const THROTTLED: &str = "Graph limits the requests of an application and of a tenant. Try again later, with fewer \
                         requests at the same time, or give the operation a longer timeout.";
const OUTAGE: &str = "The failure is on Microsoft's side: try again later. If it lasts, give the request-id and the date \
                      to Microsoft's support.";
const OUTAGE_OR_PROXY: &str = "The failure is on Microsoft's side, or in a proxy in between (HTTPS_PROXY, NO_PROXY): try \
                               again later.";
const SIGN_IN_OUTAGE: &str = "Microsoft Entra ID is busy or out of order: try again later. If it lasts, give the \
                              message to Microsoft's support.";
const SERVICE_OUTAGE: &str = "The service is busy or out of order: try again later.";
const SERVICE_UPDATE: &str =
    "The service is being updated, which takes about a minute: wait, and try again.";
const REFUSED: &str = "Correct what the message names. If it names nothing, give the request-id and the date to \
                       Microsoft's support.";
const NOT_READABLE: &str = "Check environment (ARM_ENVIRONMENT) and graph_endpoint (INTUNE_GRAPH_ENDPOINT). A proxy may \
                            stand in between (HTTPS_PROXY, NO_PROXY).";
const CERTIFICATE_DATES: &str = "By this machine's clock the certificate has expired or is not valid yet: check the \
                                 clock. If it is right, the server, or the proxy in between, needs a new certificate.";
const TRUST: &str = "If a proxy or an emulator with its own certificate authority stands in between, add that \
                     authority to those that the system trusts. On Linux, SSL_CERT_FILE can name its certificate (PEM).";
const REACH: &str = "Check environment (ARM_ENVIRONMENT), graph_endpoint (INTUNE_GRAPH_ENDPOINT) and authority_host \
                     (AZURE_AUTHORITY_HOST), name resolution, and HTTPS_PROXY and NO_PROXY if this network needs a \
                     proxy.";
const LOST: &str =
    "Try again. If connections keep breaking, look for a proxy or a firewall that ends them.";
const TIMED_OUT: &str = "Try again, or give the operation a longer timeout.";

/// The next step, where it is known.
pub(super) fn advice(error: &Error) -> Option<Cow<'static, str>> {
    let step = match error {
        Error::Api(api) => return Some(on_refusal(api)),
        Error::Decode(decode) => on_unreadable(decode),
        Error::Transport { chain, failure, .. } => return Some(on_failure(*failure, chain)),
        Error::Credential(error) => return on_sign_in(error),
        Error::TimedOut { .. } => TIMED_OUT,
        Error::GaveUp { error, .. } => return advice(error),
        // They say it themselves, or somebody wanted it.
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

/// Who signed in, where that is not the application that is set. What follows is for an application.
fn signed_in_with(tool: Tool) -> String {
    let (who, look, sign_in) = match tool {
        Tool::Cli => (
            "The Azure CLI",
            "az account show --query user",
            "az login --service-principal",
        ),
        Tool::DeveloperCli => (
            "The Azure Developer CLI",
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
        "{who} signed in: `{look}` says as whom. Through it Intune lets no person in, whatever roles they have: sign in to \
         it as the application (`{sign_in}`), or set {}, {} and the application's secret, certificate or OpenID \
         Connect. In automation, set {} to false. If it is the application already:",
        name::TENANT_ID,
        name::CLIENT_ID,
        tool.switch()
    )
}

fn on_answer(api: &ApiError) -> &'static str {
    let is_graphs = api.references.code.is_some();
    let message = api.message.to_ascii_lowercase();
    let says = |words| message.contains(words);
    match api.status {
        _ if is_without_intune(&message) => NO_INTUNE,
        300..=399 => REDIRECT,
        429 => THROTTLED,
        500 if api.is_throttled() => THROTTLED,
        408 | 500.. if api.references.request_id.is_some() => OUTAGE,
        408 | 500.. => OUTAGE_OR_PROXY,
        _ if !is_graphs => NOT_GRAPH,
        401 if says("invalid audience") => AUDIENCE,
        401 => TOKEN,
        403 if api.method == "GET" => READING,
        403 => WRITING,
        404 => ADDRESS,
        _ if says("invalid version") || says("not found for the segment") => ADDRESS,
        409 | 412 => CONFLICT,
        _ => REFUSED,
    }
}

/// Intune's first words are its own; the others are there for the day it says it plainly.
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

/// The words are rustls's, and kept by a test. It says the same in another way where the system checks certificates.
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
