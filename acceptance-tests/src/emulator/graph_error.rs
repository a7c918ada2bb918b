//! How Graph says no: its own errors, and those of Intune behind it, whose message is JSON once more. Made by `graph`, and
//! by `faults` for what the service would say.

use axum::http::StatusCode;
use serde_json::json;

use super::date_time;
use super::message::{Answer, Call};

/// An error in Graph's form.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: String,
    pub(super) message: String,
}

impl Refusal {
    /// An error of Graph itself.
    pub(super) fn new(
        status: StatusCode,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
        }
    }

    /// An error of Intune behind Graph.
    pub(super) fn of_intune(status: StatusCode, code: &str, message: &str) -> Self {
        Self::new(status, code, as_intune_says(message))
    }

    /// The error of a service that has nothing against the request but its own troubles.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            400 | 405 => "BadRequest",
            401 => "InvalidAuthenticationToken",
            403 => "Forbidden",
            404 => "ResourceNotFound",
            408 => "RequestTimeout",
            409 => "Conflict",
            412 => "PreconditionFailed",
            415 => "UnsupportedMediaType",
            429 => "TooManyRequests",
            501 => "NotImplemented",
            502 => "BadGateway",
            503 => "ServiceUnavailable",
            504 => "GatewayTimeout",
            _ => "InternalServerError",
        };
        let reason = status.canonical_reason().unwrap_or("Unknown");
        Self::new(status, code, reason)
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(super) fn bad_property(message: &str) -> Self {
        Self::of_intune(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(super) fn bad_token(message: &str) -> Self {
        let status = StatusCode::UNAUTHORIZED;
        Self::new(status, "InvalidAuthenticationToken", message)
    }

    pub(super) fn no_such_partner(id: &str) -> Self {
        let message = format!("The compliance management partner '{id}' was not found.");
        Self::of_intune(StatusCode::NOT_FOUND, "ResourceNotFound", &message)
    }

    pub(super) fn no_such_version(version: &str) -> Self {
        let message = format!("Invalid version: {version}");
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFound", message)
    }

    pub(super) fn no_such_segment(segment: &str) -> Self {
        Self::bad_request(format!("Resource not found for the segment '{segment}'."))
    }

    pub(super) fn answer(self, call: &Call) -> Answer {
        let body = json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": date_time::now_for_graph_error(),
                "request-id": call.request_id,
                "client-request-id": call.client_request_id(),
            },
        }});
        let answer = Answer::json(self.status, body);
        match self.status {
            StatusCode::UNAUTHORIZED => answer.header("www-authenticate", "Bearer realm=\"\""),
            _ => answer,
        }
    }
}

/// The message of an error of Intune, as Graph passes it on.
fn as_intune_says(message: &str) -> String {
    let message = json!({
        "_version": 3,
        "Message": message,
        "CustomApiErrorPhrase": "",
        "RetryAfter": null,
        "ErrorSourceService": "",
        "HttpHeaders": "{}",
    });
    format!("{message:#}")
}
