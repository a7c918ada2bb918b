//! Tokens for the managed identities of a machine, as IMDS gives them to a virtual machine and App Service to an app. Both take
//! plain HTTP: nobody else can hear. Called by `server`.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::message::{Answer, Call};
use super::{World, cloud, lock};

/// Which of the two is asked.
#[derive(Clone, Copy)]
enum Service {
    Imds,
    AppService,
}

struct Refusal {
    status: StatusCode,
    error: &'static str,
    message: String,
}

impl Refusal {
    fn bad_request(error: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            message: message.into(),
        }
    }

    fn answer(self, service: Service) -> Answer {
        let body = match service {
            Service::Imds => json!({"error": self.error, "error_description": self.message}),
            Service::AppService => json!({
                "statusCode": self.status.as_u16(),
                "message": self.message,
                "correlationId": Uuid::new_v4().to_string(),
            }),
        };
        Answer::json(self.status, body)
    }
}

/// Answers a request below `/metadata/identity` or `/msi`.
pub(super) fn answer(world: &World, call: &Call) -> Answer {
    let service = service(call);
    match token(world, call, service) {
        Ok(body) => Answer::json(StatusCode::OK, body),
        Err(refusal) => refusal.answer(service),
    }
}

/// The error of a service that has nothing against the request but its own troubles.
pub(super) fn refuse(call: &Call, status: StatusCode) -> Answer {
    let (error, message) = match status {
        StatusCode::TOO_MANY_REQUESTS => (
            "too_many_requests",
            "The rate limit has been reached. Try again later.",
        ),
        StatusCode::NOT_FOUND => (
            "not_found",
            "The endpoint is being updated. Try again later.",
        ),
        _ => (
            "unknown",
            "Failed to retrieve a token from Entra ID. Try again later.",
        ),
    };
    let message = message.to_owned();
    let refusal = Refusal {
        status,
        error,
        message,
    };
    refusal.answer(service(call))
}

fn service(call: &Call) -> Service {
    if call.path().starts_with("/msi/") {
        Service::AppService
    } else {
        Service::Imds
    }
}

fn token(world: &World, call: &Call, service: Service) -> Result<Value, Refusal> {
    let_in(world, call, service)?;
    let resource = call.query("resource").ok_or_else(|| {
        Refusal::bad_request(
            "invalid_request",
            "Required query variable 'resource' is missing",
        )
    })?;
    let client_id = identity(world, call.query("client_id").as_deref())?;
    // The one that its owner writes with a slash is the same.
    let origin = resource.strip_suffix('/').unwrap_or(&resource);
    let granted = cloud::is_graph(&world.url, origin)
        .then(|| lock(&world.directory).grant_to_machine(&client_id, origin))
        .ok_or_else(|| {
            let message = format!(
                "AADSTS500011: The resource principal named {resource} was not found in the tenant."
            );
            Refusal::bad_request("invalid_resource", message)
        })?;
    let (access_token, lifetime) = granted.ok_or_else(not_found)?;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let lifetime = lifetime.as_secs();
    let expires_on = now.saturating_add_unsigned(lifetime).to_string();
    Ok(match service {
        Service::Imds => json!({
            "access_token": access_token,
            "client_id": client_id,
            "expires_in": lifetime.to_string(),
            "expires_on": expires_on,
            "ext_expires_in": lifetime.to_string(),
            "not_before": now.to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }),
        Service::AppService => json!({
            "access_token": access_token,
            "client_id": client_id,
            "expires_on": expires_on,
            "resource": resource,
            "token_type": "Bearer",
        }),
    })
}

/// What each service asks of a request, so that none which was tricked out of a program gets through.
fn let_in(world: &World, call: &Call, service: Service) -> Result<(), Refusal> {
    let (path, version) = match service {
        Service::Imds => ("/metadata/identity/oauth2/token", "2018-02-01"),
        Service::AppService => ("/msi/token", "2019-08-01"),
    };
    let refused = |status, error, message: &str| {
        let message = message.to_owned();
        Err(Refusal {
            status,
            error,
            message,
        })
    };
    if call.path() != path {
        return refused(StatusCode::NOT_FOUND, "not_found", "Not found");
    }
    if call.method != Method::GET {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return refused(status, "method_not_allowed", "Method not allowed");
    }
    match service {
        Service::Imds if call.header("metadata") != Some("true") => {
            let message = "Required metadata header not specified";
            return refused(StatusCode::BAD_REQUEST, "invalid_request", message);
        }
        Service::Imds if call.header("x-forwarded-for").is_some() => {
            let message = "Requests that came through a proxy are refused";
            return refused(StatusCode::BAD_REQUEST, "invalid_request", message);
        }
        Service::AppService
            if call.header("x-identity-header") != Some(&world.secrets.app_service) =>
        {
            let message = "The identity header is missing or wrong.";
            return refused(StatusCode::UNAUTHORIZED, "unauthorized", message);
        }
        Service::Imds | Service::AppService => {}
    }
    if call.query("api-version").as_deref() != Some(version) {
        let message = format!("The query variable 'api-version' has to be {version}");
        return refused(StatusCode::BAD_REQUEST, "invalid_request", &message);
    }
    Ok(())
}

/// The client id of the identity that is meant: the one asked for, or else the machine's own, or else the only one.
fn identity(world: &World, client_id: Option<&str>) -> Result<String, Refusal> {
    let machine = &world.machine;
    let Some(client_id) = client_id else {
        return match (&machine.system_assigned, machine.user_assigned.as_slice()) {
            (Some(own), _) => Ok(own.clone()),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(not_found()),
            (None, _) => Err(Refusal::bad_request(
                "invalid_request",
                "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in \
                 the token request",
            )),
        };
    };
    let mut identities = machine.user_assigned.iter();
    let found = identities.find(|known| known.eq_ignore_ascii_case(client_id));
    found.cloned().ok_or_else(not_found)
}

fn not_found() -> Refusal {
    Refusal::bad_request("invalid_request", "Identity not found")
}
