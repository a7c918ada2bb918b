//! Tokens of somebody else's that an application is known by. Called by `proof`.

use super::Refusal;
use super::proof::{Context, check_time};
use crate::emulator::jwt::Jwt;
use crate::emulator::options::Proof;

/// Checks a federated token. Who may speak comes before what is said: Entra ID names the first claim that nobody registered.
pub(super) fn check(context: &Context<'_>, token: &Jwt<'_>) -> Result<(), Refusal> {
    let claim = |name| token.claim(name).unwrap_or_default();
    let (issuer, subject, audience) = (claim("iss"), claim("sub"), claim("aud"));
    let registered = context.app.proofs.iter().filter_map(|proof| match proof {
        Proof::Federated {
            issuer,
            subject,
            audience,
        } => Some((issuer, subject, audience)),
        _ => None,
    });
    let of_issuer: Vec<_> = registered.filter(|known| known.0 == issuer).collect();
    if of_issuer.is_empty() {
        return Err(Refusal::no_such_issuer(issuer));
    }
    // Of any other issuer there are no keys to be had.
    if issuer != context.issuer.url() || !context.issuer.has_signed(token) {
        let reason = "External ID token from issuer failed signature verification.";
        return Err(Refusal::bad_token(reason));
    }
    check_time(token, None)?;
    let of_subject: Vec<_> = of_issuer
        .iter()
        .filter(|known| known.1 == subject)
        .collect();
    if of_subject.is_empty() {
        return Err(Refusal::no_such_subject(subject));
    }
    if of_subject.iter().all(|known| known.2 != audience) {
        return Err(Refusal::no_such_audience(audience));
    }
    Ok(())
}
