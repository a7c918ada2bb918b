//! Azure's metadata: a document by which a client that is told of a cloud's resource manager finds its other services. Called by
//! `server`.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::World;
use super::cloud::Cloud;
use super::message::{Answer, Call};

/// Answers a request below `/metadata`.
pub(super) fn answer(world: &World, call: &Call) -> Answer {
    let version = call.query("api-version");
    match (call.path(), version.as_deref()) {
        ("/metadata/endpoints", Some("2022-09-01")) if call.method == Method::GET => {
            Answer::json(StatusCode::OK, document(&world.url, Cloud::of(&call.host)))
        }
        ("/metadata/endpoints", Some("2022-09-01")) => error(
            StatusCode::METHOD_NOT_ALLOWED,
            "HttpMethodNotSupported",
            &format!("The http method '{}' is not supported.", call.method),
        ),
        ("/metadata/endpoints", None) => error(
            StatusCode::BAD_REQUEST,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ),
        ("/metadata/endpoints", Some(version)) => error(
            StatusCode::BAD_REQUEST,
            "InvalidApiVersionParameter",
            &format!(
                "The api-version '{version}' is invalid. The supported versions are '2022-09-01'."
            ),
        ),
        (path, _) => error(
            StatusCode::NOT_FOUND,
            "NotFound",
            &format!("There is nothing at {path}."),
        ),
    }
}

/// The error of a service that has nothing against the request but its own troubles.
pub(super) fn refuse(status: StatusCode) -> Answer {
    let code = match status {
        StatusCode::TOO_MANY_REQUESTS => "TooManyRequests",
        StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailable",
        _ => "InternalServerError",
    };
    error(
        status,
        code,
        "The request could not be served. Try again later.",
    )
}

fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::json(status, json!({"error": {"code": code, "message": message}}))
}

/// What the resource manager of a cloud tells, or that of the emulator itself. Some URLs end with a slash and some do not.
fn document(url: &str, cloud: Option<&Cloud>) -> Value {
    let https = |host: &str| format!("https://{host}");
    let (name, login, graph, management) = match cloud {
        Some(cloud) => (
            cloud.name,
            https(cloud.login[0]),
            https(cloud.graph[0]),
            https(cloud.management),
        ),
        None => ("Emulator", url.to_owned(), url.to_owned(), url.to_owned()),
    };
    json!({
        "name": name,
        "authentication": {
            "loginEndpoint": login,
            "audiences": [format!("{management}/")],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": format!("{management}/"),
        "microsoftGraphResourceId": format!("{graph}/"),
        "portal": "https://portal.emulated.example",
        "graphAudience": "https://graph.emulated.example/",
        "graph": "https://graph.emulated.example/",
        "suffixes": {
            "storage": "storage.emulated.example",
            "keyVaultDns": "vault.emulated.example",
        },
    })
}
