//! From settings to one credential, and from the credential to tokens. `client` is the only caller.
//!
//! [`choose`] is one ordered choice among the ways to sign in; each way is a file beside this one. [`request`] asks the
//! credential once, [`token`] keeps what it answers.

mod client_secret;
pub(super) mod token;

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::headers::RETRY_AFTER;
use time::OffsetDateTime;

use super::error::{Error, Failure, causes, chain};
use super::retry::retry_after;
use super::settings::Settings;

/// An authority that accepts the connection and then says nothing is given up after this time.
const SILENCE: Duration = Duration::from_secs(30);

/// Chooses the way to sign in that the settings ask for, and makes its credential. Nothing is sent.
pub(super) fn choose(
    settings: &Settings,
    http: &reqwest::Client,
) -> Result<Arc<dyn TokenCredential>, Error> {
    client_secret::credential(settings, http)
}

/// Asks the credential for a token, once.
pub(super) async fn request(
    credential: &dyn TokenCredential,
    scope: &str,
) -> Result<AccessToken, Error> {
    match tokio::time::timeout(SILENCE, credential.get_token(&[scope], None)).await {
        Ok(result) => result.map_err(|error| failed(&error)),
        Err(_) => Err(Error::Credential {
            message: format!("no answer within {} seconds", SILENCE.as_secs()),
            status: None,
            failure: Some(Failure::ConnectTimedOut),
            retry_after: None,
        }),
    }
}

/// Puts azure_identity's error into ours: the innermost words that a person can use, and the facts that decide whether
/// to ask again.
fn failed(error: &azure_core::Error) -> Error {
    // Its outermost error repeats the cause and adds a link for developers.
    let cause = std::error::Error::source(error).unwrap_or(error);
    let transport = causes(cause).find_map(|cause| cause.downcast_ref::<reqwest::Error>());
    let kind = causes(cause)
        .filter_map(|cause| cause.downcast_ref::<azure_core::Error>())
        .map(azure_core::Error::kind)
        .find(|kind| matches!(kind, ErrorKind::HttpResponse { .. }));
    let (status, asked) = match kind {
        Some(ErrorKind::HttpResponse {
            status,
            raw_response,
            ..
        }) => {
            let asked = raw_response
                .as_ref()
                .and_then(|response| response.headers().get_str(&RETRY_AFTER).ok())
                .and_then(|value| retry_after(value, OffsetDateTime::now_utc()));
            (Some(u16::from(*status)), asked)
        }
        _ => (None, None),
    };
    let unreadable = causes(cause).find_map(|cause| cause.downcast_ref::<serde_json::Error>());
    let message = match (transport, unreadable) {
        (Some(transport), _) => chain(transport),
        (None, Some(json)) => {
            format!("the authority did not answer as Entra ID does ({json}); is it a proxy's page?")
        }
        (None, None) => chain(cause),
    };
    Error::Credential {
        message,
        status,
        failure: transport.map(Failure::of),
        retry_after: asked,
    }
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
        let Error::Credential {
            message,
            status,
            failure,
            retry_after,
        } = failed(&outer)
        else {
            panic!("another error");
        };
        assert_eq!(message, "AADSTS7000215: Invalid client secret.");
        assert_eq!((status, failure), (Some(429), None));
        assert_eq!(retry_after, Some(Duration::from_secs(5)));
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
}
