//! Tests of reading responses.

use serde_json::json;
use time::macros::datetime;

use super::*;

const TOKEN: &str = "eyJ0eXAi.eyJhdWQi.c2lnbmF0";

fn head(status: u16, content_type: &str) -> Head {
    Head {
        status,
        request_id: Some("from header".into()),
        length: 0,
        client_request_id: "ours".into(),
        date: None,
        content_type: content_type.into(),
        location: None,
        retry_after: None,
        now: datetime!(2024-05-01 10:00:00 UTC),
        clock_offset: None,
    }
}

fn decoded(method: &str, head: &Head, body: &[u8]) -> Result<Option<Value>, Error> {
    let url = Url::parse("https://graph.example/v1.0/x").expect("a URL");
    let asked = Asked { method, url: &url };
    decode(&asked, head, Body::Whole(body.to_vec()), TOKEN)
}

fn refused(status: u16, body: &Value) -> ApiError {
    let head = head(status, "application/json");
    match decoded("GET", &head, body.to_string().as_bytes()) {
        Err(Error::Api(api)) => *api,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_empty_body_is_none() {
    let body = decoded("DELETE", &head(204, "none"), b"").expect("a success");
    assert_eq!(body, None);
}

#[test]
fn intunes_json_within_the_message_is_unwrapped() {
    let message = json!({"_version": 3, "Message": "Bad group. ", "CustomApiErrorPhrase": ""});
    let api = refused(
        400,
        &json!({"error": {
            "code": "BadRequest",
            "message": message.to_string(),
            "innerError": {
                "date": "2024-05-01T10:00:00", "request-id": "r", "client-request-id": "c"
            }
        }}),
    );
    assert_eq!(api.message, "Bad group.");
    assert_eq!(
        Error::Api(Box::new(api)).references(),
        [
            ("code", "BadRequest"),
            ("request-id", "r"),
            ("client-request-id", "c"),
            ("date", "2024-05-01T10:00:00")
        ]
    );
}

#[test]
fn odd_error_forms_still_say_something() {
    let api = refused(
        500,
        &json!({"error": {"code": "UnknownError", "message": ""}}),
    );
    assert_eq!(api.message, "Graph gave no message (code UnknownError).");
    assert_eq!(api.references.client_request_id.as_deref(), Some("ours"));
    let api = refused(404, &json!({"error": "no object"}));
    assert_eq!(api.references.code, None);
    assert!(api.message.contains(r#"{"error":"no object"}"#));
    let api = refused(400, &json!({"error": {"message": "{\"Message\":7}"}}));
    assert_eq!(api.message, "{\"Message\":7}");
}

#[test]
fn a_page_is_shown_by_its_beginning() {
    let page = format!("<html>\n\t\u{1b}[31m{}", "ä".repeat(10_000));
    let error = decoded("PATCH", &head(200, "text/html"), page.as_bytes()).expect_err("no JSON");
    let Error::Decode(decode) = &error else {
        panic!("{error}");
    };
    assert!(decode.excerpt.starts_with("<html> [31mää"));
    assert_eq!(decode.excerpt.chars().count(), EXCERPT + 1);
    assert!(error.is_in_doubt());
    assert!(
        error
            .to_string()
            .contains("(status 200, text/html) is not JSON")
    );
}

#[test]
fn a_proxys_404_is_no_missing_object() {
    let error = decoded("GET", &head(404, "text/html"), b"<html>").expect_err("a 404");
    assert!(!error.is_missing_object());
    assert!(error.to_string().contains("<html>"));
}

#[test]
fn intunes_wait_stands_in_for_a_missing_header() {
    let message = json!({"Message": "Wait.", "RetryAfter": 7}).to_string();
    let body = json!({"error": {"code": "TooManyRequests", "message": message}});
    let api = refused(429, &body);
    assert_eq!(api.message, "Wait.");
    assert_eq!(api.retry_after, Some(Duration::from_secs(7)));

    let mut head = head(429, "application/json");
    head.retry_after = Some(Duration::from_secs(3));
    let error = decoded("GET", &head, body.to_string().as_bytes());
    let Err(Error::Api(api)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(api.retry_after, Some(Duration::from_secs(3)));
}

#[test]
fn what_a_server_says_is_cut_and_steers_nothing() {
    let long = format!("\u{1b}[31m{}", "a".repeat(100_000));
    let api = refused(
        400,
        &json!({"error": {
            "code": long, "message": long, "innerError": {"request-id": long, "date": long}
        }}),
    );
    let error = Error::Api(Box::new(api));
    let facts = error.references();
    assert_eq!(facts.len(), 4);
    for shown in facts
        .iter()
        .map(|(_, fact)| *fact)
        .chain([error.to_string().as_str()])
    {
        assert!(shown.len() < MESSAGE + 100, "{}", shown.len());
        assert!(!shown.contains('\u{1b}'));
    }
}

#[test]
fn a_token_that_is_echoed_is_not_shown() {
    let page = format!("<html>authorization: Bearer {TOKEN}</html>");
    // The end of what is shown falls into the token.
    let late = format!("{}{TOKEN}", "x".repeat(EXCERPT - 10));
    let graphs = json!({"error": {
        "code": TOKEN, "message": json!({"Message": TOKEN}).to_string(), "innerError": {"date": TOKEN}
    }})
    .to_string();
    for body in [page, late, graphs] {
        for status in [200, 403] {
            let head = head(status, "text/html");
            let Err(error) = decoded("GET", &head, body.as_bytes()) else {
                continue;
            };
            let shown = format!("{error:?}");
            assert!(!shown.contains("eyJ0"), "{shown}");
            assert!(shown.contains("(hidde"), "{shown}");
        }
    }
}

#[test]
fn a_redirect_names_its_host() {
    let mut head = head(302, "text/html");
    head.location = Some("https://login.example/a?secret=1".into());
    let error = decoded("GET", &head, b"").expect_err("a redirect");
    assert_eq!(
        error.to_string(),
        "Microsoft Graph returned 302 Found for GET /v1.0/x: it redirects to host login.example, and the provider does \
         not follow redirects."
    );
}
