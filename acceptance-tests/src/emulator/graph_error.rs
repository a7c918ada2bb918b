//! How Graph says no: its own errors, and those of Intune behind it, whose message is JSON once more. Made by `graph`, and
//! by `faults` for what the service would say.

use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::date_time;
use super::message::{Answer, Call};

/// An error in Graph's form.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: String,
    pub(super) message: String,
    retry_after: Option<u64>,
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
            retry_after: None,
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

    /// Of a tenant without Intune. Graph itself says so: it knows no Intune to pass the request on to.
    pub(super) fn no_intune() -> Self {
        Self::bad_request("Request not applicable to target tenant.")
    }

    pub(super) fn forbidden(call: &Call, sufficient: &[&str]) -> Self {
        let sufficient = sufficient.join(", ");
        let message = format!(
            "Application is not authorized to perform this operation. \
             Application must have one of the following scopes: {sufficient}"
        );
        let message = with_traces(&message, call);
        Self::of_intune(StatusCode::FORBIDDEN, "Forbidden", &message)
    }

    pub(super) fn too_many_requests(call: &Call, retry_after: Option<u64>) -> Self {
        let message = with_traces("An error has occurred", call);
        Self {
            retry_after,
            ..Self::of_intune(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", &message)
        }
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
        let mut answer = Answer::json(self.status, body);
        if self.status == StatusCode::UNAUTHORIZED {
            answer = answer.header("www-authenticate", "Bearer realm=\"\"");
        }
        if let Some(seconds) = self.retry_after {
            answer = answer.header("retry-after", &seconds.to_string());
        }
        answer
    }
}

/// What Intune appends to a message for its support.
fn with_traces(message: &str, call: &Call) -> String {
    let operation_id = Uuid::nil();
    let (activity_id, path) = (&call.request_id, call.path());
    format!(
        "{message} - Operation ID (for customer support): {operation_id} - \
         Activity ID: {activity_id} - Url: https://intune.example{path}?api-version=5026-05-04"
    )
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
