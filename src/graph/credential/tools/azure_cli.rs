//! The Azure CLI, which is asked for a token for a tenant. With a managed identity signed in, and in Cloud Shell, it
//! refuses a named tenant. Then it is asked once more, for whatever tenant it has, and that must be the intended one.

use std::sync::Arc;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_identity::{AzureCliCredential, AzureCliCredentialOptions};
use uuid::Uuid;

use super::Quiet;
use crate::graph::credential::token::tenant_of;
use crate::graph::credential::trouble::ours;
use crate::graph::error::{Error, chain};
use crate::graph::settings::name;

/// What the CLI says if a tenant must not be named.
const REFUSAL: &str = "Tenant shouldn't be specified";

/// Asks the Azure CLI for tokens for a tenant.
#[derive(Debug)]
pub(super) struct AzureCli {
    tenant_id: String,
    of_the_tenant: Arc<AzureCliCredential>,
    of_any: Arc<AzureCliCredential>,
}

/// The CLI, to ask for tokens for a tenant, or for the one that it is signed in to.
pub(super) fn credential(
    tenant_id: Option<String>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let of = |tenant_id| {
        AzureCliCredential::new(Some(AzureCliCredentialOptions {
            tenant_id,
            executor: Some(Arc::new(Quiet)),
            ..Default::default()
        }))
    };
    Ok(match tenant_id {
        Some(tenant_id) => Arc::new(AzureCli {
            of_the_tenant: of(Some(tenant_id.clone()))?,
            of_any: of(None)?,
            tenant_id,
        }),
        None => of(None)?,
    })
}

#[async_trait::async_trait]
impl TokenCredential for AzureCli {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        match self.of_the_tenant.get_token(scopes, None).await {
            Err(error) if chain(&error).contains(REFUSAL) => {}
            answered => return answered,
        }
        let token = self.of_any.get_token(scopes, None).await?;
        check(&self.tenant_id, token.token.secret())
            .map_err(|problem| ours(Error::Settings(problem)))?;
        Ok(token)
    }
}

/// Checks that a token is for this tenant: with another tenant's token, changes would be made there.
fn check(tenant_id: &str, token: &str) -> Result<(), String> {
    let setting = name::TENANT_ID;
    let Some(found) = tenant_of(token) else {
        return Err(format!(
            "its token does not say which tenant it is for, so it may not be the one that {setting} names."
        ));
    };
    match Uuid::try_parse(tenant_id) {
        Ok(wanted) if wanted == found => Ok(()),
        Ok(_) => Err(format!(
            "it is signed in to the tenant {found}, not to the one that {setting} names. Sign in to the tenant you want, \
             or set {setting} to {found}."
        )),
        Err(_) => Err(format!(
            "it is signed in to the tenant {found}, and the provider cannot tell whether {setting} is a domain name of \
             that tenant. If it is the tenant you want, set {setting} to {found}."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    const TENANT: &str = "c0ffee00-1111-4222-8333-444455556666";

    fn token(claims: &str) -> String {
        format!("e30.{}.c2lnbmVk", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_is_of_the_tenant_that_was_meant() {
        let token = token(&format!("{{\"aud\":\"a\",\"tid\":\"{TENANT}\"}}"));
        check(TENANT, &token).expect("the tenant");
        check(&TENANT.to_uppercase(), &token).expect("the tenant");
        for another in [
            "c0ffee00-1111-4222-8333-444455556667",
            "contoso.onmicrosoft.com",
        ] {
            let problem = check(another, &token).expect_err(another);
            assert!(
                problem.contains(&format!("set tenant_id (ARM_TENANT_ID) to {TENANT}")),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_token_that_names_no_tenant_is_of_none() {
        let opaque = "hunter2".to_owned();
        for token in [
            opaque,
            token("{}"),
            token(r#"{"tid":"hunter2"}"#),
            token(""),
        ] {
            let problem = check(TENANT, &token).expect_err("no tenant");
            assert!(
                problem.contains("does not say") && !problem.contains("hunter2"),
                "{problem}"
            );
        }
    }
}
