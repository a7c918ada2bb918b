//! The settings of the provider block: their names and descriptions in one table, and the block as Terraform sends it.
//! `reader` turns it into the settings of the Graph client.

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

/// The names of the settings: the Graph client's, and those of what the provider offers.
mod name {
    pub(super) use crate::{compliance_partner::RISKY_CHANGES, graph::name::*};
}

/// What a setting holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A string that is not shown.
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

/// Every setting, in the order in which it decides how to sign in.
pub(super) const SETTINGS: &[Setting] = settings! {
    ENVIRONMENT: Text,
        "The national cloud of the tenant: `global` (or `public`), `usgovernment` (or `usgovernmentl4`), `dod` (or \
         `usgovernmentl5`), or `china`. It determines the sign-in and Graph hosts. Default: `global`.";
    METADATA_HOST: Text,
        "The host of another cloud's metadata service (Azure Resource Manager). The provider asks it for the \
         sign-in and Graph hosts, and ignores `environment`.";
    GRAPH_ENDPOINT: Text,
        "The Microsoft Graph host to use instead of the cloud's, as `https://HOST` or `https://HOST:PORT`: for a private \
         cloud or an emulator.";
    AUTHORITY_HOST: Text,
        "The sign-in host to use instead of the cloud's, as `https://HOST` or `https://HOST:PORT`.";
    GRAPH_API_VERSION: Text,
        "The version of the Graph API: `v1.0`, or `beta` for Linux and assignment filters. Microsoft does not support beta in \
         production: it can change or be removed. Apply a saved plan with the version it was made with. Default: `v1.0`.";
    TENANT_ID: Text,
        "The ID of the tenant, or one of its domain names. Required for every way to sign in except managed identities and \
         tools.";
    CLIENT_ID: Text,
        "The client ID of the application that signs in, or of a user-assigned managed identity.";
    CLIENT_ID_FILE_PATH: Text,
        "The path of a file that contains the client ID.";
    CLIENT_CERTIFICATE: Secret,
        "A certificate of the application and its private key, as base64-encoded PKCS#12 or PEM.";
    CLIENT_CERTIFICATE_PATH: Text,
        "The path of a file that contains a certificate of the application and its private key, as PKCS#12 or PEM.";
    CLIENT_CERTIFICATE_PASSWORD: Secret,
        "The password of the certificate or its private key.";
    CLIENT_SECRET: Secret,
        "A client secret of the application.";
    CLIENT_SECRET_FILE_PATH: Text,
        "The path of a file that contains a client secret of the application.";
    USE_OIDC: Switch,
        "Whether to sign in with a token from another issuer, usually a pipeline, that the application trusts through a \
         federated credential. Default: `false`.";
    OIDC_TOKEN: Secret,
        "The OpenID Connect token to sign in with (see `use_oidc`).";
    OIDC_TOKEN_FILE_PATH: Text,
        "The path of a file that contains the OpenID Connect token. The provider reads it for each sign-in.";
    OIDC_REQUEST_URL: Text,
        "The URL where a GitHub Actions or Azure DevOps pipeline gets its OpenID Connect token. The runner sets it.";
    OIDC_REQUEST_TOKEN: Secret,
        "The token with which a pipeline requests its OpenID Connect token. The runner sets it; in Azure DevOps, the step must \
         pass on `SYSTEM_ACCESSTOKEN`.";
    ADO_PIPELINE_SERVICE_CONNECTION_ID: Text,
        "The ID of the service connection whose identity an Azure DevOps pipeline signs in with.";
    USE_AKS_WORKLOAD_IDENTITY: Switch,
        "Whether to sign in with the workload identity of a pod in AKS, from `AZURE_FEDERATED_TOKEN_FILE`, `AZURE_CLIENT_ID` \
         and `AZURE_TENANT_ID`. Default: `false`.";
    USE_MSI: Switch,
        "Whether to sign in with the managed identity of the machine or app that Terraform runs on. Default: `false`.";
    MSI_ENDPOINT: Text,
        "The URL to request the managed identity's token from, if the one that the provider finds is wrong.";
    USE_CLI: Switch,
        "Whether to sign in with the Azure CLI (`az`) if no other way is set up. Default: `true`, or `false` if `use_azd` or \
         `use_powershell` is `true`.";
    USE_AZD: Switch,
        "Whether to sign in with the Azure Developer CLI (`azd`) if no other way is set up. Default: `false`.";
    USE_POWERSHELL: Switch,
        "Whether to sign in with Azure PowerShell (`pwsh` with Az.Accounts) if no other way is set up. Default: `false`.";
    RISKY_CHANGES: Text,
        "What to do about a planned change that can cost devices their compliance or people their access: `warn` warns about \
         it, `deny` makes it an error if its severity is high, `allow` says nothing. Default: `warn`.";
};

impl Setting {
    /// The attribute of the provider block, by its name.
    pub(super) fn attribute(&self) -> (String, Attribute) {
        let variables = self.name.variables.iter();
        let variables: Vec<_> = variables.map(|it| format!("`{it}`")).collect();
        let from = match &variables[..] {
            [one] => format!("the environment variable {one}"),
            many => format!("the environment variable {}", many.join(" or ")),
        };
        let attribute = Attribute {
            attr_type: match self.kind {
                Kind::Text | Kind::Secret => AttributeType::String,
                Kind::Switch => AttributeType::Bool,
            },
            description: Description::markdown(format!(
                "{} Can also be set with {from}.",
                self.description
            )),
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
            return Err(format!("{missing} is missing"));
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
                return Err(format!("{attribute} has the wrong type"));
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

    /// A string from the block. An empty one counts as not set, because a module can pass on an empty variable.
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
