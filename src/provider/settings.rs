//! The settings of the provider block: their names and texts in one table, and the block as Terraform sends it. `reader` goes
//! from there to the settings of the Graph client.

mod reader;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tf_provider::{
    schema::{Attribute, AttributeConstraint, AttributeType, Description},
    value::Value,
};
use zeroize::Zeroizing;

use crate::graph::Name;
pub(super) use reader::Reader;

/// The names of the settings: Graph's, and those of what is offered.
mod name {
    pub(super) use crate::{compliance_partner::RISKY_CHANGES, graph::name::*};
}

/// What a setting holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A text that is not shown.
    Secret,
    Switch,
}

/// A setting of the provider block.
pub(super) struct Setting {
    name: Name,
    kind: Kind,
    description: &'static str,
}

macro_rules! settings {
    ($($name:ident: $kind:ident, $description:literal;)+) => {
        &[$(Setting { name: name::$name, kind: Kind::$kind, description: $description }),+]
    };
}

/// Every setting, in the order of the choice that they decide.
pub(super) const SETTINGS: &[Setting] = settings! {
    ENVIRONMENT: Text,
        "The national cloud of the tenant: `global` (or `public`), `usgovernment` (or `usgovernmentl4`), `dod` (or \
         `usgovernmentl5`), or `china`. It decides the hosts of sign-in and Graph. Default: `global`.";
    METADATA_HOST: Text,
        "The host of the metadata service (Azure Resource Manager) of another cloud, which is asked for the hosts of sign-in \
         and Graph; `environment` is not used then.";
    GRAPH_ENDPOINT: Text,
        "Another host for Microsoft Graph than the cloud's, as `https://HOST` or `https://HOST:PORT`: a private cloud, an \
         emulator.";
    AUTHORITY_HOST: Text,
        "Another host for signing in than the cloud's, as `https://HOST` or `https://HOST:PORT`.";
    GRAPH_API_VERSION: Text,
        "The version of Graph's API: `v1.0`, or `beta` for Linux and for assignment filters. Microsoft does not support beta in \
         production: it may change or go. Apply a saved plan with the version that it was made with. Default: `v1.0`.";
    TENANT_ID: Text,
        "The ID of the tenant, or one of its domain names. Needed by every way to sign in but managed identities and tools.";
    CLIENT_ID: Text,
        "The client ID of the application that signs in, or of a user-assigned managed identity.";
    CLIENT_ID_FILE_PATH: Text,
        "A file with the client ID.";
    CLIENT_CERTIFICATE: Secret,
        "A certificate of the application with its private key, PKCS#12 or PEM, in base64.";
    CLIENT_CERTIFICATE_PATH: Text,
        "A file with a certificate of the application and its private key, PKCS#12 or PEM.";
    CLIENT_CERTIFICATE_PASSWORD: Secret,
        "The password that opens the certificate or its private key.";
    CLIENT_SECRET: Secret,
        "A client secret of the application.";
    CLIENT_SECRET_FILE_PATH: Text,
        "A file with a client secret of the application.";
    USE_OIDC: Switch,
        "Whether to sign in with a token of another issuer, whom the application trusts by a federated credential: a \
         pipeline's, mostly. Default: `false`.";
    OIDC_TOKEN: Secret,
        "The OpenID Connect token to sign in with (see `use_oidc`).";
    OIDC_TOKEN_FILE_PATH: Text,
        "A file with the OpenID Connect token; it is read for each sign-in.";
    OIDC_REQUEST_URL: Text,
        "Where a pipeline of GitHub Actions or Azure DevOps gets its OpenID Connect token; the runner sets it.";
    OIDC_REQUEST_TOKEN: Secret,
        "What permits a pipeline to get its OpenID Connect token; the runner sets it.";
    ADO_PIPELINE_SERVICE_CONNECTION_ID: Text,
        "The ID of the service connection whose identity a pipeline of Azure DevOps signs in with.";
    USE_AKS_WORKLOAD_IDENTITY: Switch,
        "Whether to sign in with the workload identity of a pod in AKS, from `AZURE_FEDERATED_TOKEN_FILE`, `AZURE_CLIENT_ID` \
         and `AZURE_TENANT_ID`. Default: `false`.";
    USE_MSI: Switch,
        "Whether to sign in with the managed identity of the machine or app that Terraform runs on. Default: `false`.";
    MSI_ENDPOINT: Text,
        "Another address to ask for the managed identity's token, if the one that is found is wrong.";
    USE_CLI: Switch,
        "Whether to ask the Azure CLI (`az`) where no other way is set up. Default: `true`, or `false` if \
         `use_azd` or `use_powershell` is `true`.";
    USE_AZD: Switch,
        "Whether to ask the Azure Developer CLI (`azd`) where no other way is set up. Default: `false`.";
    USE_POWERSHELL: Switch,
        "Whether to ask Azure PowerShell (`pwsh` with Az.Accounts) where no other way is set up. Default: `false`.";
    RISKY_CHANGES: Text,
        "What becomes of a planned change that can cost devices their compliance or people their access: `warn` tells of it, \
         `deny` makes what is of high severity an error, `allow` says nothing. Default: `warn`.";
};

impl Setting {
    /// The attribute of the provider block, by its name.
    pub(super) fn attribute(&self) -> (String, Attribute) {
        let variables = self.name.variables.iter();
        let variables: Vec<_> = variables.map(|it| format!("`{it}`")).collect();
        let from = match &variables[..] {
            [one] => format!("the environment variable {one}"),
            many => format!("the environment variables {}", many.join(", ")),
        };
        let attribute = Attribute {
            attr_type: match self.kind {
                Kind::Text | Kind::Secret => AttributeType::String,
                Kind::Switch => AttributeType::Bool,
            },
            description: Description::markdown(format!("{} Also from {from}.", self.description)),
            constraint: AttributeConstraint::Optional,
            sensitive: self.kind == Kind::Secret,
            deprecated: false,
        };
        (self.name.attribute.to_owned(), attribute)
    }
}

/// The provider block, by the names of its attributes. Not `Debug`: it holds secrets, which it wipes when it is dropped.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value<Scalar>>")]
pub struct Config(BTreeMap<String, Value<Scalar>>);

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Switch(bool),
    Text(Zeroizing<String>),
}

impl TryFrom<BTreeMap<String, Value<Scalar>>> for Config {
    type Error = String;

    fn try_from(block: BTreeMap<String, Value<Scalar>>) -> Result<Self, String> {
        let mut names = SETTINGS.iter().map(|setting| setting.name.attribute);
        if let Some(missing) = names.find(|name| !block.contains_key(*name)) {
            return Err(format!("there is no {missing}"));
        }
        for (attribute, value) in &block {
            let setting = SETTINGS.iter().find(|it| it.name.attribute == attribute);
            let kind = setting
                .ok_or_else(|| format!("there is no attribute {attribute}"))?
                .kind;
            let fits = match value.as_ref_option() {
                Some(Scalar::Switch(_)) => kind == Kind::Switch,
                Some(Scalar::Text(_)) => kind != Kind::Switch,
                None => true,
            };
            if !fits {
                return Err(format!("{attribute} is of another type"));
            }
        }
        Ok(Self(block))
    }
}

impl Config {
    /// The settings whose values are not known yet.
    pub(super) fn unknown(&self) -> Vec<&'static str> {
        let names = SETTINGS.iter().map(|setting| &setting.name);
        names
            .filter(|name| self.is_unknown(name))
            .map(|name| name.attribute)
            .collect()
    }

    /// A text of the block. An empty one is left out: a module can pass an empty variable on.
    fn text(&self, name: &Name) -> Option<&str> {
        match self.0.get(name.attribute)?.as_ref_option()? {
            Scalar::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    fn switch(&self, name: &Name) -> Option<bool> {
        match self.0.get(name.attribute)?.as_ref_option()? {
            Scalar::Switch(switch) => Some(*switch),
            Scalar::Text(_) => None,
        }
    }

    fn is_unknown(&self, name: &Name) -> bool {
        self.0.get(name.attribute).is_some_and(Value::is_unknown)
    }

    fn sets(&self, name: &Name) -> bool {
        self.text(name).is_some() || self.switch(name) == Some(true)
    }
}
