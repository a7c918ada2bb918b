//! The tenants, their applications, and the tokens they hold. Asked by everything that grants or takes a token.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::proof::{self, Context};
use super::{EXPIRED, Refusal, Request};
use crate::emulator::cloud;
use crate::emulator::issuer::Issuer;
use crate::emulator::jwt;
use crate::emulator::options::{App, Tenant};

/// The directory of one emulator.
pub(in crate::emulator) struct Directory {
    /// The emulator's, which is Graph's where no cloud is asked by its name.
    url: String,
    tenants: Vec<Tenant>,
    lifetime: Duration,
    tokens: HashMap<String, Token>,
    /// Each assertion that came, and the `jti` of those that were good.
    assertions: Vec<String>,
    used: BTreeSet<String>,
}

struct Token {
    caller: Caller,
    /// The origin of Graph that it opens.
    audience: String,
    expires: Instant,
}

/// Whom a token was granted to, and what it permits.
#[derive(Clone)]
pub(in crate::emulator) struct Caller {
    pub(in crate::emulator) tenant: String,
    pub(in crate::emulator) client_id: String,
    pub(in crate::emulator) permissions: Vec<String>,
    /// Whether the tenant has Intune.
    pub(in crate::emulator) licensed: bool,
}

impl Caller {
    fn new(tenant: &Tenant, app: &App) -> Self {
        Self {
            tenant: tenant.id.clone(),
            client_id: app.client_id.clone(),
            permissions: app.permissions.clone(),
            licensed: tenant.licensed,
        }
    }
}

impl Directory {
    pub(in crate::emulator) fn new(
        url: &str,
        mut tenants: Vec<Tenant>,
        lifetime: Duration,
    ) -> Self {
        let apps = tenants.iter_mut().flat_map(|tenant| &mut tenant.apps);
        for proof in apps.flat_map(|app| &mut app.proofs) {
            proof.complete(url);
        }
        Self {
            url: url.to_owned(),
            tenants,
            lifetime,
            tokens: HashMap::new(),
            assertions: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// Whom a bearer token was granted to, or what the Graph of this origin says of a token that is nobody's.
    pub(in crate::emulator) fn caller(
        &self,
        token: Option<&str>,
        origin: &str,
    ) -> Result<Caller, &'static str> {
        let token = token.ok_or("Access token is empty.")?;
        match self.tokens.get(token) {
            Some(token) if token.audience == origin && token.expires <= Instant::now() => {
                Err(EXPIRED)
            }
            Some(token) if token.audience == origin => Ok(token.caller.clone()),
            _ => Err("Access token validation failure. Invalid audience."),
        }
    }

    /// Every token handed out so far.
    pub(in crate::emulator) fn tokens(&self) -> Vec<String> {
        self.tokens.keys().cloned().collect()
    }

    /// The same, and every assertion that was brought.
    pub(in crate::emulator) fn secrets(&self) -> Vec<String> {
        let mut secrets = self.tokens();
        secrets.extend(self.assertions.iter().cloned());
        secrets
    }

    pub(in crate::emulator) fn expire_tokens(&mut self) {
        for token in self.tokens.values_mut() {
            token.expires = Instant::now();
        }
    }

    /// A token of the first application for the Graph of this origin, as if somebody had signed in as it before.
    pub(in crate::emulator) fn issue_to_first(&mut self, origin: &str) -> String {
        let tenant = self.tenants.first().expect("a tenant");
        let app = tenant.apps.first().expect("an application");
        self.issue(Caller::new(tenant, app), origin)
    }

    /// Grants a token to whoever proves to be an application of the tenant.
    pub(super) fn grant(
        &mut self,
        request: &Request<'_>,
        issuer: &Issuer,
    ) -> Result<Value, Refusal> {
        self.assertions
            .extend(request.form.get("client_assertion").cloned());
        let grant_type = request.field("grant_type")?;
        if grant_type != "client_credentials" {
            return Err(Refusal::unsupported_grant(grant_type));
        }
        let client_id = request.field("client_id")?;
        let scope = request.field("scope")?;

        let mut tenants = self.tenants.iter();
        let tenant = tenants.find(|known| known.id.eq_ignore_ascii_case(request.tenant));
        let tenant = tenant.ok_or_else(|| Refusal::unknown_tenant(request.tenant))?;
        let mut apps = tenant.apps.iter();
        let app = apps.find(|known| known.client_id.eq_ignore_ascii_case(client_id));
        let app = app.ok_or_else(|| Refusal::unknown_application(client_id, request.tenant))?;
        let context = Context {
            request,
            app,
            issuer,
        };
        proof::check(&context, &mut self.used)?;
        let caller = Caller::new(tenant, app);

        let origin = scope.strip_suffix("/.default").unwrap_or_default();
        if !cloud::signs_in_for(&self.url, request.host, origin) {
            return Err(Refusal::unknown_resource(scope, request.tenant));
        }
        let access_token = self.issue(caller, origin);
        Ok(json!({
            "token_type": "Bearer",
            "expires_in": self.lifetime.as_secs(),
            "ext_expires_in": self.lifetime.as_secs(),
            "access_token": access_token,
        }))
    }

    /// Grants a token for this origin of Graph to a managed identity: the machine is proof enough. Nothing if no tenant knows
    /// it.
    pub(in crate::emulator) fn grant_to_machine(
        &mut self,
        client_id: &str,
        origin: &str,
    ) -> Option<(String, Duration)> {
        let mut apps = self
            .tenants
            .iter()
            .flat_map(|tenant| tenant.apps.iter().map(move |app| (tenant, app)));
        let (tenant, app) = apps.find(|(_, app)| app.client_id == client_id)?;
        let caller = Caller::new(tenant, app);
        Some((self.issue(caller, origin), self.lifetime))
    }

    fn issue(&mut self, caller: Caller, audience: &str) -> String {
        let access_token = access_token(&caller, audience);
        let token = Token {
            caller,
            audience: audience.to_owned(),
            expires: Instant::now() + self.lifetime,
        };
        self.tokens.insert(access_token.clone(), token);
        access_token
    }
}

/// A token in the form that Entra ID gives it, which other providers look into. Nobody can verify it: its signature is by
/// chance.
fn access_token(caller: &Caller, audience: &str) -> String {
    let header = json!({ "typ": "JWT", "alg": "RS256" });
    let claims = json!({
        "aud": audience,
        "tid": caller.tenant,
        "appid": caller.client_id,
        "oid": caller.client_id,
        "idtyp": "app",
        "roles": caller.permissions,
    });
    let signature = [Uuid::new_v4(), Uuid::new_v4()].map(Uuid::into_bytes);
    format!(
        "{}.{}",
        jwt::message(&header, &claims),
        jwt::encode(&signature.concat())
    )
}
