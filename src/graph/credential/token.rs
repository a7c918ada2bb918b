//! Keeps the token: one request for it however many calls wait, renewed before it expires, dropped when Graph refuses
//! it. `client` asks here before every request.

use std::future::Future;

use azure_core::credentials::{AccessToken, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::choice::Tool;
use crate::graph::error::Error;
use crate::graph::shared::Shared;

/// A token is renewed this long before it expires, so that it outlives the request it is sent with.
const MARGIN: Duration = Duration::minutes(5);

/// A token.
#[derive(Clone)]
pub(in crate::graph) struct Token {
    pub(in crate::graph) access: AccessToken,
    /// The tool that gave it, if one did: then nothing that is set says who signed in.
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
    /// The kept token, or the one that `sign_in` brings.
    pub(in crate::graph) async fn get(
        &self,
        sign_in: impl Future<Output = Result<Token, Error>>,
    ) -> Result<Token, Error> {
        let is_good = |it: &Token| OffsetDateTime::now_utc() < it.access.expires_on - MARGIN;
        self.0.get(is_good, sign_in).await
    }

    /// Drops the token that Graph refused, unless another call has renewed it already.
    pub(in crate::graph) async fn invalidate(&self, refused: &Secret) {
        self.0.forget(|it| it.secret() == refused).await;
    }
}

/// The tenant that a token names, which it is not asked to prove: Graph does that.
pub(in crate::graph) fn tenant_of(token: &str) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Claims {
        tid: String,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let Claims { tid } = serde_json::from_slice(&claims).ok()?;
    Uuid::try_parse(&tid).ok()
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
}
