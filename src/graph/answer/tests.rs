//! Tests of reading answers.

use serde_json::json;

use super::*;

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
    }
}

fn decoded(method: &str, head: &Head, body: &[u8]) -> Result<Answer, Error> {
    let url = Url::parse("https://graph.example/v1.0/x").expect("a URL");
    let asked = Asked { method, url: &url };
    decode(&asked, head, Body::Whole(body.to_vec()))
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
    let answer = decoded("DELETE", &head(204, "none"), b"").expect("a success");
    assert_eq!(answer.body, None);
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
fn what_graph_writes_is_shown_short_and_on_one_line() {
    let long = "ä\n\u{1b}".repeat(1 << 16);
    let api = refused(
        400,
        &json!({"error": {"code": long, "message": long, "innerError": {"request-id": long}}}),
    );
    assert_eq!(api.message.chars().count(), MESSAGE + 1);
    for text in [
        Some(api.message),
        api.references.code,
        api.references.request_id,
    ] {
        let text = text.expect("it is there");
        assert!(text.starts_with("ä ä ä") && text.ends_with('…'), "{text}");
        assert!(text.chars().count() <= MESSAGE + 1);
    }
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
fn a_redirect_names_its_host() {
    let mut head = head(302, "text/html");
    head.location = Some("https://login.example/a?secret=1".into());
    let error = decoded("GET", &head, b"").expect_err("a redirect");
    assert!(
        error
            .to_string()
            .ends_with("302 Found: it redirects to host login.example, which is not followed.")
    );
}
