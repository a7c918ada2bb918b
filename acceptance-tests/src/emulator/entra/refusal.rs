//! How Entra ID says no: its numbers and its words, as far as they are known in public. Made by everything in `entra`.

use axum::http::{Method, StatusCode};
use serde_json::json;
use time::OffsetDateTime;

use crate::emulator::date_time;
use crate::emulator::message::{Answer, Call};

const ABOUT_ASSERTIONS: &str = "Review the documentation at \
    https://learn.microsoft.com/entra/identity-platform/certificate-credentials .";

/// An error as Entra ID numbers them.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    code: u32,
    message: String,
}

impl Refusal {
    fn bad_request(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            code,
            message: message.into(),
        }
    }

    fn invalid_client(code: u32, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: "invalid_client",
            code,
            message: message.into(),
        }
    }

    pub(super) fn transient(status: StatusCode) -> Self {
        Self {
            status,
            error: "temporarily_unavailable",
            code: 90_033,
            message: "A transient error has occurred. Please try again.".to_owned(),
        }
    }

    // About the request.

    pub(super) fn not_a_post(method: &Method) -> Self {
        let message =
            format!("The endpoint only accepts POST requests. Received a {method} request.");
        Self::bad_request("invalid_request", 900_561, message)
    }

    pub(super) fn missing(field: &str) -> Self {
        let message = format!("The request body must contain the following parameter: '{field}'.");
        Self::bad_request("invalid_request", 900_144, message)
    }

    pub(super) fn malformed() -> Self {
        let message = "Invalid request. Request is malformed or invalid.";
        Self::bad_request("invalid_request", 9_002_313, message)
    }

    pub(super) fn unsupported_grant(grant_type: &str) -> Self {
        let message = format!("The app requested an unsupported grant type '{grant_type}'.");
        Self::bad_request("unsupported_grant_type", 70_003, message)
    }

    pub(super) fn unknown_tenant(tenant: &str) -> Self {
        let message = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into \
             the correct cloud."
        );
        Self::bad_request("invalid_request", 90_002, message)
    }

    pub(super) fn unknown_application(client_id: &str, tenant: &str) -> Self {
        let message = format!(
            "Application with identifier '{client_id}' was not found in the directory '{tenant}'."
        );
        Self::bad_request("unauthorized_client", 700_016, message)
    }

    pub(super) fn unknown_resource(scope: &str, tenant: &str) -> Self {
        let message = format!(
            "The resource principal named {scope} was not found in the tenant named {tenant}."
        );
        Self::bad_request("invalid_resource", 500_011, message)
    }

    // About a secret, or nothing at all.

    pub(super) fn no_proof() -> Self {
        let message = "'client_assertion', 'client_secret' or 'request' is required for the \
                       'client_credentials' grant type.";
        Self::invalid_client(7_000_216, message)
    }

    pub(super) fn wrong_secret(client_id: &str) -> Self {
        let message = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
             value, not the client secret ID, for a secret added to app '{client_id}'."
        );
        Self::invalid_client(7_000_215, message)
    }

    pub(super) fn expired_secret(client_id: &str) -> Self {
        let message = format!(
            "The provided client secret keys for app '{client_id}' are expired. Visit the Azure portal to create \
             new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for \
             added security: https://aka.ms/certCreds."
        );
        Self::invalid_client(7_000_222, message)
    }

    // About an assertion.

    pub(super) fn bad_token(reason: &str) -> Self {
        Self::bad_request(
            "invalid_request",
            50_027,
            format!("JWT token is invalid or malformed. {reason}"),
        )
    }

    pub(super) fn unsupported_algorithm(algorithm: &str) -> Self {
        let message = format!(
            "Invalid JWT token. '{algorithm}' is not a supported signature algorithm. Supported signing algorithms \
             are: 'RS256, PS256, ES256, ES384'."
        );
        Self::bad_request("invalid_request", 5_002_738, message)
    }

    /// `key` says which key the client has named, and `reason` what is wrong with it.
    pub(super) fn bad_signature(reason: &str, key: &str, client_id: &str) -> Self {
        let message = format!(
            "Client assertion contains an invalid signature. [Reason - {reason}, Thumbprint of key used by client: \
             '{key}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys \
             for app Id '{client_id}'.]"
        );
        Self::invalid_client(700_027, message)
    }

    pub(super) fn unknown_certificate(key: &str, client_id: &str) -> Self {
        let message = format!(
            "The certificate with identifier used to sign the client assertion is not registered on application. \
             [Reason - The key was not found., Thumbprint of key used by client: '{key}', Please visit the Azure \
             Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{client_id}'.] \
             Alternatively, SNI may be configured on the app. Please ensure that client assertion is being sent with \
             the x5c claim in the JWT header."
        );
        Self::invalid_client(700_027, message)
    }

    pub(super) fn not_about_the_client() -> Self {
        let message = format!(
            "Client assertion application identifier doesn't match 'client_id' parameter. {ABOUT_ASSERTIONS}"
        );
        Self::invalid_client(700_021, message)
    }

    pub(super) fn wrong_audience() -> Self {
        let message = format!(
            "Client assertion audience claim does not match Realm issuer. {ABOUT_ASSERTIONS}"
        );
        Self::invalid_client(700_023, message)
    }

    /// Of an assertion that is good between these times, in seconds since 1970.
    pub(super) fn wrong_time(from: i64, to: i64) -> Self {
        let date_time = |seconds| {
            let instant = OffsetDateTime::from_unix_timestamp(seconds);
            instant.map_or_else(|_| seconds.to_string(), date_time::format)
        };
        let now = date_time(OffsetDateTime::now_utc().unix_timestamp());
        let (from, to) = (date_time(from), date_time(to));
        let message = format!(
            "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {from}, \
             expiry time of assertion {to}. {ABOUT_ASSERTIONS}"
        );
        Self::invalid_client(700_024, message)
    }

    // About a federated token.

    pub(super) fn no_such_issuer(issuer: &str) -> Self {
        Self::no_federation(700_211, "issuer", issuer)
    }

    pub(super) fn no_such_audience(audience: &str) -> Self {
        Self::no_federation(700_212, "audience", audience)
    }

    pub(super) fn no_such_subject(subject: &str) -> Self {
        Self::no_federation(700_213, "subject", subject)
    }

    fn no_federation(code: u32, claim: &str, value: &str) -> Self {
        let message = format!(
            "No matching federated identity record found for presented assertion {claim} '{value}'. Check your \
             federated identity credential Subject, Audience and Issuer against the presented assertion. \
             https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
        );
        Self::invalid_client(code, message)
    }

    pub(super) fn answer(self, call: &Call) -> Answer {
        let Self { code, message, .. } = self;
        let (trace_id, correlation_id) = (&call.request_id, call.client_request_id());
        let timestamp = date_time::now_for_entra_error();
        let description = format!(
            "AADSTS{code}: {message} Trace ID: {trace_id} \
             Correlation ID: {correlation_id} Timestamp: {timestamp}"
        );
        let body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": format!("https://{}/error?code={code}", call.host),
        });
        Answer::json(self.status, body)
    }
}
