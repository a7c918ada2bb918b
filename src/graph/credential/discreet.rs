//! Keeps a secret out of errors, should the authority repeat what it was sent. A way to sign in that sends a secret wraps
//! its credential in this.

use std::sync::Arc;

use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;

use super::told;
use crate::graph::error::chain;
use crate::graph::hidden::without;

/// A credential whose errors never show the secret.
#[derive(Debug)]
pub(super) struct Discreet {
    pub(super) credential: Arc<dyn TokenCredential>,
    pub(super) secret: Secret,
}

#[async_trait::async_trait]
impl TokenCredential for Discreet {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let result = self.credential.get_token(scopes, options).await;
        result.map_err(|error| discreet(self.secret.secret(), error))
    }
}

/// The error as it is, or only its words without the secret: an authority that shows secrets is not worth asking again,
/// whatever its status.
fn discreet(secret: &str, error: azure_core::Error) -> azure_core::Error {
    let words = chain(told(&error));
    let safe = without(secret, &words);
    if safe == words {
        return error;
    }
    azure_core::Error::with_message(ErrorKind::Credential, safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An authority that answers with these words.
    #[derive(Debug)]
    struct Says(&'static str);

    #[async_trait::async_trait]
    impl TokenCredential for Says {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            let inner = azure_core::Error::with_message(ErrorKind::Other, self.0);
            let outer = azure_core::Error::with_error(ErrorKind::Credential, inner, "outer");
            Err(outer)
        }
    }

    async fn error(words: &'static str) -> azure_core::Error {
        let credential = Discreet {
            credential: Arc::new(Says(words)),
            secret: Secret::new("hunter~2"),
        };
        let result = credential.get_token(&[], None).await;
        result.expect_err("an error")
    }

    #[tokio::test]
    async fn an_authority_that_repeats_the_secret_is_silenced() {
        let echo = error("AADSTS1: you sent client_secret=hunter%7E2, hunter~2").await;
        assert_eq!(
            chain(told(&echo)),
            "AADSTS1: you sent client_secret=(hidden), (hidden)"
        );
        assert!(!format!("{echo:?}").contains("hunter"));
    }

    #[tokio::test]
    async fn other_errors_keep_their_causes() {
        assert_eq!(chain(&error("no").await), "outer: no");
    }
}
