//! Whether a client is the application that it says it is. Called by `directory` before it grants a token.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::{Refusal, Request, assertion, federation};
use crate::emulator::issuer::Issuer;
use crate::emulator::jwt::Jwt;
use crate::emulator::options::{App, Proof};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a proof is held against.
pub(super) struct Context<'grant> {
    pub(super) request: &'grant Request<'grant>,
    pub(super) app: &'grant App,
    pub(super) issuer: &'grant Issuer,
}

/// Checks the one proof that a request brings. `used` are the assertions that have had their turn.
pub(super) fn check(context: &Context<'_>, used: &mut BTreeSet<String>) -> Result<(), Refusal> {
    let form = &context.request.form;
    match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), None) => check_secret(context.app, secret),
        (None, Some(assertion)) => {
            if context.request.field("client_assertion_type")? != JWT_BEARER {
                return Err(Refusal::malformed());
            }
            let token = Jwt::read(assertion)
                .ok_or_else(|| Refusal::bad_token("The token has no valid format."))?;
            // Nobody but an application says that it is one by a bare id.
            match token.claim("iss") {
                Some(issuer) if issuer.contains("://") => federation::check(context, &token),
                _ => assertion::check(context, &token, used),
            }
        }
        (Some(_), Some(_)) => Err(Refusal::malformed()),
        (None, None) => Err(Refusal::no_proof()),
    }
}

fn check_secret(app: &App, secret: &str) -> Result<(), Refusal> {
    let mut refusal = Refusal::wrong_secret(&app.client_id);
    for proof in &app.proofs {
        match proof {
            Proof::Secret(known) if known == secret => return Ok(()),
            Proof::ExpiredSecret(known) if known == secret => {
                refusal = Refusal::expired_secret(&app.client_id);
            }
            _ => {}
        }
    }
    Err(refusal)
}

/// Checks that a token is good now, and for no longer than `longest` seconds in all.
pub(super) fn check_time(token: &Jwt<'_>, longest: Option<i64>) -> Result<(), Refusal> {
    let time = |name| {
        let missing = || Refusal::bad_token(&format!("It has no '{name}' in seconds."));
        token.time(name).ok_or_else(missing)
    };
    let (from, to) = (time("nbf")?, time("exp")?);
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let too_long = longest.is_some_and(|longest| to.saturating_sub(from) > longest);
    if from > now || to <= now || too_long {
        return Err(Refusal::wrong_time(from, to));
    }
    Ok(())
}
