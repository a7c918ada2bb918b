//! Assertions that an application signs with the key of a certificate. Called by `proof`.

use std::collections::BTreeSet;

use super::Refusal;
use super::certificate::{Certificate, hex};
use super::proof::{Context, check_time};
use crate::emulator::jwt::{self, Jwt};
use crate::emulator::options::Proof;

const A_DAY: i64 = 24 * 60 * 60;
const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "ES384"];

/// Checks an assertion. It is good once.
pub(super) fn check(
    context: &Context<'_>,
    token: &Jwt<'_>,
    used: &mut BTreeSet<String>,
) -> Result<(), Refusal> {
    let client_id = context.app.client_id.as_str();
    if token.header("typ") != Some("JWT") {
        return Err(Refusal::bad_token("It does not say that it is a JWT."));
    }
    let algorithm = token.header("alg").unwrap_or_default();
    if !ALGORITHMS.contains(&algorithm) {
        return Err(Refusal::unsupported_algorithm(algorithm));
    }
    let certificate = signer(context, token)?;
    let refused = |reason| Refusal::bad_signature(reason, &certificate.thumbprint(), client_id);
    if !certificate.is_current() {
        return Err(refused("The key used is expired."));
    }
    if !certificate.has_signed(token, algorithm) {
        return Err(refused(
            "The provided signature value did not match the expected signature value.",
        ));
    }
    let is_client = |name| token.claim(name) == Some(client_id);
    if !is_client("iss") || !is_client("sub") {
        return Err(Refusal::not_about_the_client());
    }
    if token.claim("aud") != Some(context.request.url().as_str()) {
        return Err(Refusal::wrong_audience());
    }
    check_time(token, Some(A_DAY))?;
    let id = token.claim("jti").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Refusal::bad_token("It has no 'jti'."))?;
    if !used.insert(id.to_owned()) {
        return Err(Refusal::bad_token("It has been used before."));
    }
    Ok(())
}

/// The certificate that an assertion names, if the application has it: by its thumbprint, or because it came along and is by an
/// authority that the application trusts for this name.
fn signer(context: &Context<'_>, token: &Jwt<'_>) -> Result<Certificate, Refusal> {
    let (sha_1, sha_256) = (token.header("x5t"), token.header("x5t#S256"));
    let unreadable = || Refusal::bad_token("Its 'x5c' is no list of certificates.");
    let chain = token.certificates().ok_or_else(unreadable)?;
    let named = sha_256.or(sha_1);
    if named.is_none() && chain.is_empty() {
        let reason = "No certificate thumbprint specified in token header.";
        return Err(Refusal::bad_token(reason));
    }
    let is_named = |certificate: &Certificate| {
        sha_1.is_none_or(|it| certificate.sha_1() == it)
            && sha_256.is_none_or(|it| certificate.sha_256() == it)
            && chain.first().is_none_or(|leaf| certificate.is(leaf))
    };
    let found = context.app.proofs.iter().find_map(|proof| match proof {
        Proof::Certificate(registered) => Certificate::read(registered).filter(is_named),
        Proof::SubjectAndIssuer { subject, issuer } => {
            let (leaf, between) = chain.split_first()?;
            let leaf = Certificate::read(leaf).filter(is_named)?;
            let trusted = leaf.has_common_name(subject) && leaf.is_issued_by(issuer, between);
            trusted.then_some(leaf)
        }
        _ => None,
    });
    found.ok_or_else(|| {
        let named = named.and_then(jwt::decode).map(|digest| hex(&digest));
        let brought = || Some(Certificate::read(chain.first()?)?.thumbprint());
        let named = named.or_else(brought).unwrap_or_default();
        Refusal::unknown_certificate(&named, &context.app.client_id)
    })
}
