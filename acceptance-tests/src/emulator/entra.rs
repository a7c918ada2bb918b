//! Entra ID's token endpoint: who may have a token, and whose token it is. Called by `server` for a sign-in, and by `graph`
//! for the token that comes with a request.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::message::{Answer, Call};
use super::{App, Tenant, World, date_time, lock};

/// What Graph says of a token that was good once.
pub(super) const EXPIRED: &str = "Lifetime validation failed, the token is expired.";

type Form = BTreeMap<String, String>;

/// Answers a request to `/{tenant}/oauth2/v2.0/token`.
pub(super) fn answer(world: &World, call: &Call) -> Answer {
    let tenant = call.path().split('/').nth(1).unwrap_or_default();
    let granted = if call.method == Method::POST {
        lock(&world.directory).grant(tenant, &call.form())
    } else {
        let message = format!(
            "The endpoint only accepts POST requests. Received a {} request.",
            call.method
        );
        Err(Refusal::bad_request("invalid_request", 900_561, message))
    };
    let answer = match granted {
        Ok(body) => Answer::json(StatusCode::OK, body),
        Err(refusal) => refusal.answer(call),
    };
    stamp(answer, call)
}

/// The error of a sign-in service that has nothing against the request but its own troubles.
pub(super) fn refuse(call: &Call, status: StatusCode) -> Answer {
    let refusal = Refusal {
        status,
        error: "temporarily_unavailable",
        code: 90_033,
        message: "A transient error has occurred. Please try again.".to_owned(),
    };
    stamp(refusal.answer(call), call)
}

fn stamp(answer: Answer, call: &Call) -> Answer {
    answer
        .header("cache-control", "no-store, no-cache")
        .header("x-ms-request-id", &call.request_id)
        .header("client-request-id", call.client_request_id())
}

/// An error as Entra ID numbers them.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    code: u32,
    message: String,
}

impl Refusal {
    fn bad_request(error: &'static str, code: u32, message: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            code,
            message,
        }
    }

    fn invalid_client(code: u32, message: String) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: "invalid_client",
            code,
            message,
        }
    }

    fn answer(self, call: &Call) -> Answer {
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
        });
        Answer::json(self.status, body)
    }
}

/// The tenants, their applications, and the tokens they hold.
pub(super) struct Directory {
    tenants: Vec<Tenant>,
    scope: String,
    lifetime: Duration,
    tokens: HashMap<String, Token>,
}

struct Token {
    caller: Caller,
    expires: Instant,
}

/// Whom a token was granted to, and what it permits.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) tenant: String,
    pub(super) client_id: String,
    pub(super) permissions: Vec<String>,
    /// Whether the tenant has Intune.
    pub(super) licensed: bool,
}

impl Directory {
    pub(super) fn new(graph_url: &str, tenants: Vec<Tenant>, lifetime: Duration) -> Self {
        Self {
            tenants,
            scope: format!("{graph_url}/.default"),
            lifetime,
            tokens: HashMap::new(),
        }
    }

    /// Whom a bearer token was granted to, or what Graph says of a token that is nobody's.
    pub(super) fn caller(&self, token: Option<&str>) -> Result<Caller, &'static str> {
        let token = token.ok_or("Access token is empty.")?;
        match self.tokens.get(token) {
            None => Err("Access token validation failure. Invalid audience."),
            Some(token) if token.expires <= Instant::now() => Err(EXPIRED),
            Some(token) => Ok(token.caller.clone()),
        }
    }

    /// Every token handed out so far.
    pub(super) fn tokens(&self) -> Vec<String> {
        self.tokens.keys().cloned().collect()
    }

    pub(super) fn expire_tokens(&mut self) {
        for token in self.tokens.values_mut() {
            token.expires = Instant::now();
        }
    }

    /// Grants a token to whoever proves to be an application of the tenant.
    fn grant(&mut self, tenant: &str, form: &Form) -> Result<Value, Refusal> {
        let grant_type = field(form, "grant_type")?;
        if grant_type != "client_credentials" {
            let message = format!("The app requested an unsupported grant type '{grant_type}'.");
            let error = "unsupported_grant_type";
            return Err(Refusal::bad_request(error, 70_003, message));
        }
        let client_id = field(form, "client_id")?;
        let scope = field(form, "scope")?;

        let mut tenants = self.tenants.iter();
        let found = tenants.find(|known| known.id.eq_ignore_ascii_case(tenant));
        let found = found.ok_or_else(|| {
            let message = format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into \
                 the correct cloud."
            );
            Refusal::bad_request("invalid_request", 90_002, message)
        })?;
        let mut apps = found.apps.iter();
        let app = apps.find(|known| known.client_id.eq_ignore_ascii_case(client_id));
        let app = app.ok_or_else(|| {
            let message = format!(
                "Application with identifier '{client_id}' was not found in the directory '{tenant}'."
            );
            Refusal::bad_request("unauthorized_client", 700_016, message)
        })?;
        prove(app, form)?;
        if scope != self.scope {
            let message = format!(
                "The resource principal named {scope} was not found in the tenant named {tenant}."
            );
            return Err(Refusal::bad_request("invalid_resource", 500_011, message));
        }

        let access_token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let token = Token {
            caller: Caller {
                tenant: found.id.clone(),
                client_id: app.client_id.clone(),
                permissions: app.permissions.clone(),
                licensed: found.licensed,
            },
            expires: Instant::now() + self.lifetime,
        };
        self.tokens.insert(access_token.clone(), token);
        Ok(json!({
            "token_type": "Bearer",
            "expires_in": self.lifetime.as_secs(),
            "ext_expires_in": self.lifetime.as_secs(),
            "access_token": access_token,
        }))
    }
}

/// Checks what the client brings as proof of being the application. A proof of another kind than a secret, such as a client
/// assertion, is another arm here.
fn prove(app: &App, form: &Form) -> Result<(), Refusal> {
    match form.get("client_secret") {
        Some(secret) if *secret == app.client_secret => Ok(()),
        Some(_) => {
            let message = format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{}'.",
                app.client_id
            );
            Err(Refusal::invalid_client(7_000_215, message))
        }
        None => {
            let message = "'client_assertion', 'client_secret' or 'request' is required for the \
                           'client_credentials' grant type.";
            Err(Refusal::invalid_client(7_000_216, message.to_owned()))
        }
    }
}

fn field<'form>(form: &'form Form, name: &str) -> Result<&'form str, Refusal> {
    form.get(name).map(String::as_str).ok_or_else(|| {
        let message = format!("The request body must contain the following parameter: '{name}'.");
        Refusal::bad_request("invalid_request", 900_144, message)
    })
}
