//! Errors on their way through azure_identity: ours pass through it unharmed, and its own become ours.

use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, RETRY_AFTER};
use time::OffsetDateTime;

use crate::graph::clock;
use crate::graph::error::{CredentialError, Error, Failure, causes, chain};
use crate::graph::retry::retry_after;
use crate::graph::service::MESSAGE;
use crate::words::one_line;

/// Who accepts the connection and then says nothing is given up after this time.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// Passes an error of ours through azure_identity, which [`failed`] finds again.
pub(super) fn ours(error: Error) -> azure_core::Error {
    azure_core::Error::with_error(ErrorKind::Credential, error, "not azure_identity's")
}

/// azure_identity's error without its outermost words, which add a link for developers and repeat the cause.
fn told(error: &azure_core::Error) -> &(dyn std::error::Error + 'static) {
    std::error::Error::source(error).unwrap_or(error)
}

/// Puts azure_identity's error into ours: the innermost words that a person can use, and the facts that decide whether
/// to ask again.
pub(super) fn failed(error: &azure_core::Error) -> Error {
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
