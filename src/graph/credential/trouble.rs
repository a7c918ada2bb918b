//! Errors on their way through azure_identity: ours pass through it unchanged, and its own become ours.

use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::RawResponse;
use serde_json::Value;

use crate::graph::error::{CredentialError, Error, Failure, about_json, causes, chain};
use crate::graph::service::MESSAGE;
use crate::words::one_line;

/// How long to wait for somebody who accepts the connection and then says nothing.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// What may have responded in place of the authority.
const IN_BETWEEN: &str = "A proxy or a network's sign-in page may have responded instead. Check HTTPS_PROXY, NO_PROXY and \
                          authority_host (AZURE_AUTHORITY_HOST).";

/// What else may be wrong if the response has another structure.
const AUTHORITY: &str =
    "Check authority_host (AZURE_AUTHORITY_HOST) and environment (ARM_ENVIRONMENT).";

/// Passes an error of ours through azure_identity, which [`failed`] finds again.
pub(super) fn ours(error: Error) -> azure_core::Error {
    azure_core::Error::with_error(ErrorKind::Credential, error, "not azure_identity's")
}

/// azure_identity's error without its outermost message, which adds a link for developers and repeats the cause.
fn told(error: &azure_core::Error) -> &(dyn std::error::Error + 'static) {
    std::error::Error::source(error).unwrap_or(error)
}

/// Turns azure_identity's error into ours: the innermost words that a person can use, and the facts that decide whether
/// to ask again.
pub(super) fn failed(error: &azure_core::Error) -> Error {
    let cause = told(error);
    if let Some(ours) = causes(error).find_map(|cause| cause.downcast_ref::<Error>()) {
        return ours.clone();
    }
    let transport = causes(cause).find_map(|cause| cause.downcast_ref::<reqwest::Error>());
    let unreadable = causes(cause).find_map(|cause| cause.downcast_ref::<serde_json::Error>());
    let message = match (transport, unreadable) {
        (Some(transport), _) => chain(transport),
        (None, Some(json)) => {
            // JSON is not a proxy's web page: it may be from the authority, in a structure of its own.
            let step = if json.is_data() {
                AUTHORITY
            } else {
                IN_BETWEEN
            };
            let found = about_json(json);
            format!("the authority did not respond as Entra ID does ({found}). {step}")
        }
        (None, None) => chain(cause),
    };
    CredentialError {
        message: reason(&message),
        failure: transport.map(Failure::of),
        ..CredentialError::default()
    }
    .into()
}

/// The authority's response when it did not give a token, on its way through azure_identity, which only reads words
/// without escapes in them, and forgets the status of all other responses.
pub(in crate::graph) fn refused(answer: &RawResponse) -> azure_core::Error {
    let status = u16::from(answer.status());
    let words = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
    let words = words["error_description"]
        .as_str()
        .or(words["error"].as_str());
    let message = match words {
        Some(words) => reason(words),
        None => format!("the response (status {status}) is not from Entra ID. {IN_BETWEEN}"),
    };
    let error = CredentialError {
        message,
        ..CredentialError::of(answer)
    };
    ours(error.into())
}

/// The words of the authority, on one line.
fn reason(words: &str) -> String {
    match one_line(words, MESSAGE) {
        silent if silent.is_empty() => "the authority gave no reason.".into(),
        words => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::http::StatusCode;
    use azure_core::http::headers::{Headers, RETRY_AFTER};

    /// What a response becomes after azure_identity has put its own words around it.
    fn answered(status: StatusCode, body: &str) -> CredentialError {
        let mut headers = Headers::new();
        headers.insert(RETRY_AFTER, "5");
        headers.insert("date", "Wed, 01 May 2024 10:00:00 GMT");
        let answer = RawResponse::from_bytes(status, headers, body.as_bytes().to_vec());
        let outer = azure_core::Error::with_error(
            ErrorKind::Credential,
            refused(&answer),
            "ClientSecretCredential authentication failed. To troubleshoot, visit …",
        );
        let Error::Credential(error) = failed(&outer) else {
            panic!("another error");
        };
        *error
    }

    #[test]
    fn entras_words_and_facts_are_kept() {
        let body = r#"{
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid \"client\" secret.\r\nTrace ID: 1"
        }"#;
        let error = answered(StatusCode::TooManyRequests, body);
        assert_eq!(
            error.message,
            "AADSTS7000215: Invalid \"client\" secret. Trace ID: 1"
        );
        assert_eq!((error.status, error.failure), (Some(429), None));
        assert_eq!(error.retry_after, Some(Duration::from_secs(5)));
        assert!(error.clock_offset.expect("2024 is past").is_positive());
        let error = answered(StatusCode::BadRequest, r#"{ "error": "invalid_scope" }"#);
        assert_eq!(error.message, "invalid_scope");
    }

    #[test]
    fn a_refusal_of_somebody_else_is_named_and_keeps_its_facts() {
        for body in ["<html>", "", "[]", "{}"] {
            let error = answered(StatusCode::ServiceUnavailable, body);
            assert!(
                error
                    .message
                    .starts_with("the response (status 503) is not from Entra ID."),
                "{}",
                error.message
            );
            assert_eq!(error.status, Some(503));
            assert_eq!(error.retry_after, Some(Duration::from_secs(5)));
        }
    }

    #[test]
    fn a_page_instead_of_json_is_named() {
        let json = serde_json::from_str::<u8>("<html>").expect_err("no JSON");
        let outer = azure_core::Error::with_error(
            ErrorKind::Credential,
            azure_core::Error::from(json),
            "outer",
        );
        let told = failed(&outer).to_string();
        assert!(
            told.contains("as Entra ID does") && told.ends_with(IN_BETWEEN),
            "{told}"
        );
    }

    #[test]
    fn a_token_in_another_form_is_not_repeated() {
        let json = serde_json::from_str::<u8>("\"hunter2\"").expect_err("no number");
        assert!(json.to_string().contains("hunter2"));
        let told = failed(&azure_core::Error::from(json)).to_string();
        assert!(told.contains("JSON with an unexpected structure") && !told.contains("hunter2"));
        assert!(told.ends_with(AUTHORITY), "{told}");
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
