//! Tests of the error messages, and of how errors are classified.

use std::collections::BTreeMap;
use std::io;

use super::*;

fn api(status: u16, code: Option<&str>, message: &str) -> Error {
    Error::Api(Box::new(ApiError::of_a_read(status, code, message)))
}

fn credential(message: &str, failure: Option<Failure>) -> Error {
    let error = CredentialError {
        message: message.into(),
        failure,
        ..CredentialError::default()
    };
    error.into()
}

#[test]
fn only_graphs_own_word_makes_an_object_missing() {
    assert!(api(404, Some("ResourceNotFound"), "No such partner").is_missing_object());
    for other in [
        api(404, None, "<html>"),
        api(404, Some("BadRequest"), "Invalid version: v1.1"),
        api(404, Some("ResourceNotFound"), "Invalid version: v1.1"),
        api(
            404,
            Some("ResourceNotFound"),
            "Resource not found for the segment 'x'.",
        ),
        api(400, Some("ResourceNotFound"), "No such partner"),
        credential("404", None),
    ] {
        assert!(!other.is_missing_object(), "{other}");
    }
}

#[test]
fn where_graph_is_not_plain_about_it_an_object_may_be_missing() {
    let delete = |status, code, message| {
        let mut error = ApiError::of_a_read(status, code, message);
        error.method = "DELETE".into();
        Error::Api(Box::new(error))
    };
    for unclear in [
        api(404, Some("ResourceNotFound"), "No such partner"),
        api(404, Some("NotFound"), "No such partner"),
        api(400, Some("ResourceNotFound"), "No such partner"),
        delete(400, Some("BadRequest"), "Cannot find it."),
        delete(400, None, "<html>"),
    ] {
        assert!(unclear.may_be_missing_object(), "{unclear}");
    }
    let segment = "Resource not found for the segment 'x'.";
    for other in [
        api(404, None, "<html>"),
        api(404, Some("ResourceNotFound"), "Invalid version: v1.1"),
        api(400, Some("ResourceNotFound"), segment),
        api(400, Some("BadRequest"), "No such partner"),
        api(403, Some("ResourceNotFound"), "No such partner"),
        delete(400, Some("BadRequest"), segment),
        delete(404, None, "<html>"),
        credential("404", None),
    ] {
        assert!(!other.may_be_missing_object(), "{other}");
    }
}

#[test]
fn an_answer_is_told_in_one_sentence_with_its_references_apart() {
    let error = api(403, Some("Forbidden"), "Not allowed.");
    assert_eq!(
        error.to_string(),
        "Microsoft Graph returned 403 Forbidden for GET /v1.0/x: Not allowed."
    );
    assert_eq!(
        error.references(),
        [("code", "Forbidden"), ("request-id", "r")]
    );
}

#[test]
fn a_time_is_told_for_people() {
    for (microseconds, told) in [
        (90_020_000, "1m 30s"),
        (1_999_800, "2s"),
        (999_900, "1s"),
        (250_100, "250ms"),
    ] {
        let error = Error::TimedOut {
            after: Duration::from_micros(microseconds),
            doing: "POST /v1.0/x".into(),
            in_doubt: true,
        };
        let expected = format!("POST /v1.0/x timed out after {told}.");
        assert_eq!(error.to_string(), expected);
        assert!(error.is_in_doubt());
    }
}

#[test]
fn a_service_that_breaks_leaves_only_a_write_in_doubt() {
    let answer = |method: &str, status, message: &str| {
        let Error::Api(mut api) = api(status, None, message) else {
            panic!("another error");
        };
        api.method = method.into();
        Error::Api(api).is_in_doubt()
    };
    for status in [408, 500, 502, 503, 504, 507] {
        assert!(answer("POST", status, ""), "{status}");
        assert!(!answer("GET", status, ""), "{status}");
    }
    for status in [302, 400, 401, 403, 404, 409, 412, 429, 501] {
        assert!(!answer("POST", status, ""), "{status}");
    }
    assert!(!answer("POST", 500, "Rate limit reached for x"));
    assert!(!answer("PATCH", 503, "") && !answer("DELETE", 503, ""));
}

#[test]
fn a_write_that_somebody_stopped_waiting_for_may_show_later() {
    let cancelled = |in_doubt| Error::Cancelled {
        doing: String::new(),
        in_doubt,
    };
    let timed_out = |in_doubt| Error::TimedOut {
        after: Duration::ZERO,
        doing: String::new(),
        in_doubt,
    };
    let decode = DecodeError::of_type;
    let create = |status| {
        let mut error = ApiError::of_a_read(status, None, "");
        error.method = "POST".into();
        Error::Api(Box::new(error))
    };
    let gave_up = Error::GaveUp {
        error: Box::new(create(504)),
        attempts: 1,
        wait: None,
    };
    for later in [
        cancelled(true),
        timed_out(true),
        decode("application/JSON", true),
        create(504),
        gave_up,
    ] {
        assert!(later.may_show_later(), "{later:?}");
    }
    for settled in [
        cancelled(false),
        timed_out(false),
        decode("application/json", false),
        decode("text/html", true),
        create(500),
        create(404),
        api(504, None, ""),
        Error::Settings(String::new()),
    ] {
        assert!(!settled.may_show_later(), "{settled:?}");
    }
}

#[test]
fn what_was_tried_and_what_ran_out_is_told() {
    let gave_up = |attempts, wait| Error::GaveUp {
        error: Box::new(api(429, None, "Slow down.")),
        attempts,
        wait,
    };
    let error = gave_up(3, None);
    assert_eq!(error.effort().as_deref(), Some("Tried 3 times."));
    assert!(error.advice().is_some());
    let late = gave_up(1, Some(Duration::from_mins(1)));
    assert_eq!(
        late.effort().as_deref(),
        Some(
            "Tried once. The next attempt would have to wait 1m, which is longer than the time left."
        )
    );
    let never = gave_up(1, Some(Duration::MAX));
    assert!(never.effort().is_some(), "whatever the server says");
}

#[test]
fn a_chain_says_each_cause_once() {
    #[derive(Debug, thiserror::Error)]
    #[error("outer\nsays: {0}")]
    struct Outer(#[source] io::Error);

    assert_eq!(
        chain(&Outer(io::Error::other("inner"))),
        "outer says: inner"
    );
}

#[test]
fn rustls_still_says_invalid_peer_certificate() {
    let error = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
    assert!(error.to_string().contains("invalid peer certificate"));
}

#[test]
fn what_is_wrong_with_json_is_told_without_it() {
    for (json, told) in [
        (
            "\"hunter2\"",
            "JSON with an unexpected structure, at line 1 column 9",
        ),
        (
            "{\n\"a\":\"hunter2\"}",
            "JSON with an unexpected structure, at line 2 column 13",
        ),
        ("{\"hunter2", "incomplete JSON, at line 1 column 9"),
        ("<hunter2>", "not JSON, at line 1 column 1"),
    ] {
        let error = serde_json::from_str::<BTreeMap<String, u8>>(json).expect_err(json);
        assert_eq!(about_json(&error), told);
    }
}
