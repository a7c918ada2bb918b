//! Keeps the token: requested once however many calls wait for it, renewed before it expires, dropped when Graph
//! refuses it. `client` asks for it before every request.

use std::future::Future;

use azure_core::credentials::{AccessToken, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::choice::Tool;
use crate::graph::error::Error;
use crate::graph::settings::name;
use crate::graph::shared::Shared;

/// A token is renewed this long before it expires, so that it outlives the request it is sent with.
const MARGIN: Duration = Duration::minutes(5);

/// A token.
#[derive(Clone)]
pub(in crate::graph) struct Token {
    pub(in crate::graph) access: AccessToken,
    /// The tool that gave it, if one did: then the settings do not say who signed in.
    pub(in crate::graph) tool: Option<Tool>,
}

impl Token {
    pub(in crate::graph) fn secret(&self) -> &Secret {
        &self.access.token
    }
}

impl From<AccessToken> for Token {
    fn from(access: AccessToken) -> Self {
        Self { access, tool: None }
    }
}

/// The token of one client.
#[derive(Default)]
pub(in crate::graph) struct Tokens(Shared<Token>);

impl Tokens {
    /// The kept token, or the one that `sign_in` gets.
    pub(in crate::graph) async fn get(
        &self,
        sign_in: impl Future<Output = Result<Token, Error>>,
    ) -> Result<Token, Error> {
        let is_good = |it: &Token| OffsetDateTime::now_utc() + MARGIN < it.access.expires_on;
        self.0.get(is_good, sign_in).await
    }

    /// Drops the token that Graph refused, unless another call has renewed it already.
    pub(in crate::graph) async fn invalidate(&self, refused: &Secret) {
        self.0.forget(|it| it.secret() == refused).await;
    }
}

/// The tenant that a token names. The token is not verified here: Graph does that.
pub(in crate::graph) fn tenant_of(token: &str) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Claims {
        tid: String,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let Claims { tid } = serde_json::from_slice(&claims).ok()?;
    Uuid::try_parse(&tid).ok()
}

/// Refuses a token for another tenant than the one in the settings, because that tenant would be read and changed with
/// it. Entra ID gives no such token, but a managed identity has the tenant of its machine, and a tool the one that it
/// prefers.
///
/// A domain name cannot be compared, and a token need not name its tenant.
///
/// # Errors
/// [`Error::Settings`] with both tenants.
pub(in crate::graph) fn check_tenant(tenant_id: Option<&str>, token: &str) -> Result<(), Error> {
    let wanted = tenant_id.and_then(|id| Uuid::try_parse(id).ok());
    match (wanted, tenant_of(token)) {
        (Some(wanted), Some(found)) if wanted != found => Err(Error::Settings(format!(
            "{setting} is {wanted}, but the token is for the tenant {found}. Sign in to the tenant you want, or set {tenant} \
             to the token's. (A managed identity is always in its own tenant and needs no {tenant}.)",
            setting = name::TENANT_ID,
            tenant = name::TENANT_ID.attribute,
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(tokens: &Tokens, name: &'static str, minutes: i64) -> String {
        let expires_on = OffsetDateTime::now_utc() + Duration::minutes(minutes);
        let token = tokens.get(async { Ok(AccessToken::new(name, expires_on).into()) });
        let token = token.await.expect("a token");
        token.secret().secret().to_owned()
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_expires() {
        let tokens = Tokens::default();
        assert_eq!(get(&tokens, "a", 4).await, "a");
        assert_eq!(get(&tokens, "b", 60).await, "b");
        assert_eq!(get(&tokens, "c", 60).await, "b");

        let ancient = AccessToken::new(
            "d",
            OffsetDateTime::UNIX_EPOCH
                .replace_year(-9999)
                .expect("a year"),
        );
        let tokens = Tokens::default();
        tokens
            .get(async { Ok(ancient.into()) })
            .await
            .expect("a token");
        assert_eq!(get(&tokens, "e", 60).await, "e");
    }

    #[tokio::test]
    async fn only_the_refused_token_is_dropped() {
        let tokens = Tokens::default();
        assert_eq!(get(&tokens, "a", 60).await, "a");
        tokens.invalidate(&Secret::new("older")).await;
        assert_eq!(get(&tokens, "b", 60).await, "a");
        tokens.invalidate(&Secret::new("a")).await;
        assert_eq!(get(&tokens, "b", 60).await, "b");
    }

    #[test]
    fn a_token_of_another_tenant_than_the_one_that_is_set_is_refused() {
        let own = "c0ffee00-1111-4222-8333-444455556666";
        let claims = URL_SAFE_NO_PAD.encode(format!("{{\"tid\":\"{own}\"}}"));
        let token = format!("e30.{claims}.hunter2");
        let other = "c0ffee00-1111-4222-8333-444455556667";
        for tenant in [
            None,
            Some(own),
            Some(&own.to_uppercase()),
            Some("contoso.com"),
        ] {
            check_tenant(tenant, &token).expect("may be the one that is meant");
        }
        check_tenant(Some(other), "hunter2").expect("nobody knows");
        let problem = check_tenant(Some(other), &token)
            .expect_err("another")
            .to_string();
        let told =
            format!("tenant_id (ARM_TENANT_ID) is {other}, but the token is for the tenant {own}.");
        assert!(
            problem.starts_with(&told) && !problem.contains("hunter2"),
            "{problem}"
        );
    }
}
