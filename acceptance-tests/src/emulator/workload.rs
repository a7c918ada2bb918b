//! What vouches for a workload: the OIDC issuer's documents, and the services from which GitHub Actions and Azure DevOps let a
//! job get its token. Called by `server`; the variables that a job finds them by are in `sign_in`.

use axum::http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::message::{Answer, Call};
use super::{TOKEN_EXCHANGE, World, samples};

/// What the services of one emulator ask for before they hand out a token.
pub(super) struct Secrets {
    /// The bearer token of a GitHub Actions job.
    pub(super) github: String,
    /// The bearer token of an Azure DevOps job.
    pub(super) azure_devops: String,
    /// The header of an App Service.
    pub(super) app_service: String,
}

impl Secrets {
    pub(super) fn new() -> Self {
        let secret = || Uuid::new_v4().simple().to_string();
        Self {
            github: secret(),
            azure_devops: secret(),
            app_service: secret(),
        }
    }

    pub(super) fn all(&self) -> [String; 3] {
        [&self.github, &self.azure_devops, &self.app_service].map(Clone::clone)
    }
}

/// An error of a token service. Both have the same form.
struct Refusal {
    status: StatusCode,
    exception: &'static str,
    message: String,
}

/// Answers a request below `/issuer`, `/github` or `/ado`.
pub(super) fn answer(world: &World, call: &Call) -> Answer {
    let answer = match call.path() {
        "/issuer/.well-known/openid-configuration" => {
            only(call, &Method::GET).map(|()| world.issuer.configuration())
        }
        "/issuer/keys" => only(call, &Method::GET).map(|()| world.issuer.keys()),
        "/github/token" => github(world, call).map(|token| {
            let count = token.len();
            json!({"count": count, "value": token})
        }),
        "/ado/oidctoken" => azure_devops(world, call).map(|token| json!({"oidcToken": token})),
        path => Err(Refusal {
            status: StatusCode::NOT_FOUND,
            exception: "VssResourceNotFoundException",
            message: format!("The resource {path} does not exist."),
        }),
    };
    match answer {
        Ok(body) => Answer::json(StatusCode::OK, body),
        Err(refusal) => refusal.answer(),
    }
}

/// The error of a service that has nothing against the request but its own troubles.
pub(super) fn refuse(status: StatusCode) -> Answer {
    let (exception, message) = match status {
        StatusCode::TOO_MANY_REQUESTS => (
            "RequestBlockedException",
            "TF400733: The request has been canceled: Request was blocked due to exceeding usage of a resource.",
        ),
        _ => (
            "VssServiceException",
            "TF400898: An Internal Error Occurred.",
        ),
    };
    let message = message.to_owned();
    let refusal = Refusal {
        status,
        exception,
        message,
    };
    refusal.answer()
}

impl Refusal {
    fn answer(self) -> Answer {
        let Self { exception, .. } = self;
        let body = json!({
            "$id": "1",
            "innerException": null,
            "message": self.message,
            "typeName": format!("Microsoft.VisualStudio.Services.WebApi.{exception}, Microsoft.VisualStudio.Services.WebApi"),
            "typeKey": exception,
            "errorCode": 0,
            "eventId": 3000,
        });
        Answer::json(self.status, body)
    }
}

/// A job may ask for any audience.
fn github(world: &World, call: &Call) -> Result<String, Refusal> {
    only(call, &Method::GET)?;
    let_in(call, &world.secrets.github)?;
    // A client that does not expect a query in the URL it was given breaks it.
    version(call, &["2.0"])?;
    let audience = call.query("audience");
    let audience = audience.as_deref().unwrap_or("https://github.com/contoso");
    Ok(world.issuer.token(samples::GITHUB_SUBJECT, audience))
}

/// The audience is always Entra ID's. The service connection decides whom the token is about.
fn azure_devops(world: &World, call: &Call) -> Result<String, Refusal> {
    only(call, &Method::POST)?;
    let_in(call, &world.secrets.azure_devops)?;
    version(call, &["7.1", "7.1-preview.1"])?;
    let subject = match call.query("serviceConnectionId").as_deref() {
        Some(samples::SERVICE_CONNECTION_ID) => samples::AZURE_DEVOPS_SUBJECT,
        None => "p://contoso/devices/pipeline",
        Some(unknown) => {
            return Err(Refusal {
                status: StatusCode::NOT_FOUND,
                exception: "ServiceEndpointNotFoundException",
                message: format!(
                    "Service endpoint with id {unknown} does not exist, or the pipeline may not use it."
                ),
            });
        }
    };
    Ok(world.issuer.token(subject, TOKEN_EXCHANGE))
}

fn only(call: &Call, method: &Method) -> Result<(), Refusal> {
    if call.method == method {
        return Ok(());
    }
    Err(Refusal {
        status: StatusCode::METHOD_NOT_ALLOWED,
        exception: "VssServiceException",
        message: format!(
            "The requested resource does not support http method '{}'.",
            call.method
        ),
    })
}

fn let_in(call: &Call, secret: &str) -> Result<(), Refusal> {
    if call.bearer_token() == Some(secret) {
        return Ok(());
    }
    Err(Refusal {
        status: StatusCode::UNAUTHORIZED,
        exception: "UnauthorizedRequestException",
        message: "TF400813: The user is not authorized to access this resource.".to_owned(),
    })
}

fn version(call: &Call, known: &[&str]) -> Result<(), Refusal> {
    match call.query("api-version") {
        Some(version) if known.contains(&version.as_str()) => Ok(()),
        Some(version) => Err(Refusal {
            status: StatusCode::BAD_REQUEST,
            exception: "VssVersionOutOfRangeException",
            message: format!("The requested REST API version of {version} is out of range."),
        }),
        None => Err(Refusal {
            status: StatusCode::BAD_REQUEST,
            exception: "VssVersionNotSpecifiedException",
            message: "No api-version was supplied for the request. \
                      The version must be supplied either as part of the Accept header or as a query parameter."
                .to_owned(),
        }),
    }
}
