//! From settings to one credential, and from the credential to tokens. `client` is the only caller.
//!
//! [`choice`] is one ordered choice among the ways to sign in, and each way is a file beside it: `entra` for a secret or an
//! assertion, which `certificate` signs or `federated` gets; `managed_identity`; `tools`. [`request`] asks the credential once,
//! [`token`] keeps what it answers.

mod certificate;
pub(super) mod choice;
mod entra;
mod federated;
mod managed_identity;
mod text;
pub(super) mod token;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, RETRY_AFTER};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use time::OffsetDateTime;

use super::clock;
use super::courier::Courier;
use super::error::{CredentialError, Error, Failure, causes, chain};
use super::retry::retry_after;
use super::service::MESSAGE;
use super::settings::{Hosts, Settings};
use crate::words::one_line;
use certificate::Signer;
use choice::Way;
use federated::Federated;
use managed_identity::ManagedIdentity;
use tools::Tools;

/// Who accepts the connection and then says nothing is given up after this time.
const SILENCE: Duration = Duration::from_secs(30);

/// A way to sign in, ready to be used.
pub(super) struct Credential {
    /// What using it is called, as the beginning of a sentence.
    doing: String,
    source: Arc<dyn TokenCredential>,
    /// How long it may take.
    patience: Duration,
}

impl Credential {
    /// Signs in at Entra ID with this.
    pub(super) fn new(with: &str, source: Arc<dyn TokenCredential>) -> Self {
        Self {
            doing: format!("Signing in to Microsoft Entra ID with {with}"),
            source,
            patience: SILENCE,
        }
    }
}

/// Chooses the way to sign in that the settings ask for, and makes its credential. Nothing is sent.
pub(super) fn choose(
    settings: &Settings,
    hosts: &Hosts,
    http: &reqwest::Client,
) -> Result<Credential, Error> {
    let courier = |http| Courier {
        http,
        user_agent: settings.user_agent.clone(),
    };
    let entra = || client_options(courier(http.clone()), &hosts.authority);
    let sign_in = &settings.sign_in;
    Ok(match choice::choose(sign_in)? {
        Way::Certificate {
            app,
            certificate,
            password,
        } => {
            let signer = Signer::new(&app, &hosts.authority, &certificate, &password)?;
            let source = entra::with_assertion(app, signer, entra())?;
            Credential::new("a client certificate", source)
        }
        Way::Secret { app, secret } => {
            let source = entra::with_secret(&app, &secret, entra())?;
            Credential::new("a client secret", source)
        }
        Way::Federated { app, source } => {
            let federated = Federated {
                source,
                courier: courier(http.clone()),
            };
            let source = entra::with_assertion(app, federated, entra())?;
            Credential::new("OpenID Connect", source)
        }
        Way::ManagedIdentity { client_id } => {
            // The platform's service is on the machine, where no proxy is.
            let direct = super::client::http(reqwest::ClientBuilder::no_proxy)?;
            let identity = ManagedIdentity::new(sign_in, client_id.as_ref(), courier(direct))?;
            Credential::new("a managed identity", Arc::new(identity))
        }
        Way::Tools { tools, tenant_id } => {
            let passed_over = choice::passed_over(sign_in);
            let patience = SILENCE * u32::try_from(tools.len() + 1).unwrap_or(1);
            let tools = Tools::new(&tools, tenant_id.as_deref(), passed_over)?;
            Credential {
                patience,
                ..Credential::new("a tool of this machine", Arc::new(tools))
            }
        }
    })
}

/// What azure_identity is to work with.
fn client_options(courier: Courier, authority: &str) -> ClientOptions {
    let mut cloud = CustomConfiguration::default();
    authority.clone_into(&mut cloud.authority_host);
    ClientOptions {
        // `retry` repeats: azure_core's own policy cannot tell an untrusted certificate from a lost connection.
        retry: RetryOptions::none(),
        transport: Some(Transport::new(Arc::new(courier))),
        cloud: Some(Arc::new(cloud.into())),
        ..ClientOptions::default()
    }
}

/// Asks the credential for a token, once.
pub(super) async fn request(credential: &Credential, scope: &str) -> Result<AccessToken, Error> {
    let Credential {
        doing,
        source,
        patience,
    } = credential;
    let error = match tokio::time::timeout(*patience, source.get_token(&[scope], None)).await {
        Ok(Ok(token)) => return Ok(token),
        Ok(Err(error)) => failed(&error),
        Err(_) => CredentialError {
            message: format!("no answer within {} seconds", patience.as_secs()),
            failure: Some(Failure::ConnectTimedOut),
            ..CredentialError::default()
        }
        .into(),
    };
    Err(match error {
        Error::Credential(error) => CredentialError {
            doing: doing.clone(),
            ..*error
        }
        .into(),
        other => other,
    })
}

/// Passes an error of ours through azure_identity, which [`failed`] finds again.
fn ours(error: Error) -> azure_core::Error {
    azure_core::Error::with_error(ErrorKind::Credential, error, "not azure_identity's")
}

/// azure_identity's error without its outermost words, which add a link for developers and repeat the cause.
fn told(error: &azure_core::Error) -> &(dyn std::error::Error + 'static) {
    std::error::Error::source(error).unwrap_or(error)
}

/// Puts azure_identity's error into ours: the innermost words that a person can use, and the facts that decide whether
/// to ask again.
fn failed(error: &azure_core::Error) -> Error {
    let cause = told(error);
    if let Some(ours) = causes(error).find_map(|cause| cause.downcast_ref::<Error>()) {
        return ours.clone();
    }
    let transport = causes(cause).find_map(|cause| cause.downcast_ref::<reqwest::Error>());
    let answer = causes(cause)
        .filter_map(|cause| cause.downcast_ref::<azure_core::Error>())
        .find_map(|cause| match cause.kind() {
            ErrorKind::HttpResponse {
                status,
                raw_response,
                ..
            } => Some((u16::from(*status), raw_response.as_deref())),
            _ => None,
        });
    let header = |name: HeaderName| answer?.1?.headers().get_str(&name).ok();
    let now = OffsetDateTime::now_utc();
    let unreadable = causes(cause).find_map(|cause| cause.downcast_ref::<serde_json::Error>());
    let message = match (transport, unreadable) {
        (Some(transport), _) => chain(transport),
        (None, Some(json)) => format!(
            "the authority did not answer as Entra ID does ({json}). A proxy or the sign-in page of a network may stand \
             in between: check HTTPS_PROXY and NO_PROXY, and authority_host (AZURE_AUTHORITY_HOST)."
        ),
        (None, None) => chain(cause),
    };
    let message = match one_line(&message, MESSAGE) {
        silent if silent.is_empty() => "the authority gave no reason.".into(),
        message => message,
    };
    CredentialError {
        message,
        status: answer.map(|(status, _)| status),
        failure: transport.map(Failure::of),
        retry_after: header(RETRY_AFTER).and_then(|value| retry_after(value, now)),
        clock_offset: header(HeaderName::from_static("date"))
            .and_then(|date| clock::offset(date, now)),
        ..CredentialError::default()
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::http::RawResponse;
    use azure_core::http::StatusCode;
    use azure_core::http::headers::Headers;

    #[test]
    fn entras_words_and_facts_are_kept() {
        let mut headers = Headers::new();
        headers.insert(RETRY_AFTER, "5");
        headers.insert("date", "Wed, 01 May 2024 10:00:00 GMT");
        let kind = ErrorKind::HttpResponse {
            status: StatusCode::TooManyRequests,
            error_code: Some("7000215".into()),
            raw_response: Some(Box::new(RawResponse::from_bytes(
                StatusCode::TooManyRequests,
                headers,
                Vec::new(),
            ))),
        };
        let inner = azure_core::Error::new(kind, "AADSTS7000215: Invalid client secret.");
        let outer = azure_core::Error::with_error(
            ErrorKind::Credential,
            inner,
            "ClientSecretCredential authentication failed. To troubleshoot, visit …",
        );
        let Error::Credential(error) = failed(&outer) else {
            panic!("another error");
        };
        let CredentialError {
            message,
            status,
            failure,
            retry_after,
            clock_offset,
            ..
        } = *error;
        assert_eq!(message, "AADSTS7000215: Invalid client secret.");
        assert_eq!((status, failure), (Some(429), None));
        assert_eq!(retry_after, Some(Duration::from_secs(5)));
        assert!(clock_offset.expect("2024 is past").is_positive());
    }

    #[test]
    fn a_page_instead_of_json_is_named() {
        let json = serde_json::from_str::<u8>("<html>").expect_err("no JSON");
        let outer = azure_core::Error::with_error(
            ErrorKind::Credential,
            azure_core::Error::from(json),
            "outer",
        );
        assert!(failed(&outer).to_string().contains("as Entra ID does"));
    }

    #[test]
    fn the_authoritys_words_are_bounded_and_never_missing() {
        let said = |words: String| {
            let error = azure_core::Error::with_message(ErrorKind::Credential, words);
            failed(&error).to_string()
        };
        assert!(said(String::new()).ends_with("the authority gave no reason."));
        let flood = said(format!("\u{1b}[31m{}", "a".repeat(100_000)));
        assert!(
            flood.ends_with("a…") && flood.len() < 1_100,
            "{}",
            flood.len()
        );
        assert!(!flood.contains('\u{1b}'));
    }
}
