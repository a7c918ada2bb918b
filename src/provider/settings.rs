//! The settings of the provider block: their names and texts in one table, and the way from a block and the environment to
//! [`graph::Settings`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tf_provider::{
    AttributePath, Diagnostic, Diagnostics,
    schema::{Attribute, AttributeConstraint, AttributeType, Description},
    value::Value,
};
use url::Url;
use zeroize::Zeroizing;

use super::Environment;
use crate::{
    compliance_partner::RiskyChanges,
    graph::{
        self, Aks, ApiVersion, AppService, Cloud, Contradiction, InvalidEndpoint, Name, Secret,
        SignIn, parse_authority, parse_endpoint,
    },
    words::{one_line, one_of},
};

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
        let names = SETTINGS.iter().map(|setting| setting.name.attribute);
        names
            .filter(|name| self.0.get(*name).is_some_and(Value::is_unknown))
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

    fn sets(&self, name: &Name) -> bool {
        self.text(name).is_some() || self.switch(name) == Some(true)
    }
}

/// A tenant, by its ID or a domain name. White space around it is of the pipeline that set it.
fn tenant_id(text: &str) -> Result<String, String> {
    let id = text.trim();
    // What azure_identity takes.
    if id.chars().all(|c| c.is_alphanumeric() || ".-".contains(c)) {
        return Ok(id.to_owned());
    }
    Err(format!(
        "{:?} is no tenant. Use its ID, such as 00000000-0000-0000-0000-000000000000, or one of its domain names: letters, \
         digits, \".\" and \"-\"",
        one_line(id, 100)
    ))
}

/// Reads the settings of a block and an environment; what is wrong is among the diagnostics.
pub(super) struct Reader<'a> {
    config: &'a Config,
    environment: &'a Environment,
    /// What the environment is not asked for: the ways to sign in that the block does not set up, if it sets one up.
    outweighed: Vec<Name>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        config: &'a Config,
        environment: &'a Environment,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        let (set_up, others): (Vec<_>, Vec<_>) =
            graph::ways().partition(|way| way.iter().any(|name| config.sets(name)));
        let others = others.into_iter().flatten();
        Self {
            config,
            environment,
            outweighed: others
                .filter(|_| !set_up.is_empty())
                .map(|name| (*name).clone())
                .collect(),
            diagnostics,
        }
    }

    /// The settings as the Graph client takes them, of those values that are known.
    pub(super) fn settings(&mut self, user_agent: String) -> graph::Settings {
        let cloud = self.choice(
            &name::ENVIRONMENT,
            &Cloud::NAMES,
            str::eq_ignore_ascii_case,
            |it| format!("there is no cloud {it:?}. Use"),
        );
        let version = self.choice(
            &name::GRAPH_API_VERSION,
            &ApiVersion::NAMES,
            str::eq,
            |it| format!("Graph's API has no version {it:?}. Use"),
        );
        let mut endpoint = |name, parse: fn(&str) -> Result<Url, InvalidEndpoint>| {
            self.parse(name, |url| parse(url).map_err(|error| error.to_string()))
        };
        graph::Settings {
            cloud: cloud.unwrap_or_default(),
            version: version.unwrap_or_default(),
            metadata_host: endpoint(&name::METADATA_HOST, parse_endpoint),
            graph_endpoint: endpoint(&name::GRAPH_ENDPOINT, parse_endpoint),
            authority_host: endpoint(&name::AUTHORITY_HOST, parse_authority),
            sign_in: self.sign_in(),
            user_agent,
        }
    }

    /// What is to become of risky changes.
    pub(super) fn risky_changes(&mut self) -> RiskyChanges {
        let policy = self.choice(&name::RISKY_CHANGES, &RiskyChanges::NAMES, str::eq, |it| {
            format!("{it:?} is not one of")
        });
        policy.unwrap_or_default()
    }

    fn sign_in(&mut self) -> SignIn {
        SignIn {
            tenant_id: self.parse(&name::TENANT_ID, tenant_id),
            client_id: self.text(&name::CLIENT_ID),
            client_id_file_path: self.text(&name::CLIENT_ID_FILE_PATH),
            client_certificate: self.secret(&name::CLIENT_CERTIFICATE),
            client_certificate_path: self.text(&name::CLIENT_CERTIFICATE_PATH),
            client_certificate_password: self.secret(&name::CLIENT_CERTIFICATE_PASSWORD),
            client_secret: self.secret(&name::CLIENT_SECRET),
            client_secret_file_path: self.text(&name::CLIENT_SECRET_FILE_PATH),
            use_oidc: self.switch(&name::USE_OIDC).unwrap_or_default(),
            oidc_token: self.secret(&name::OIDC_TOKEN),
            oidc_token_file_path: self.text(&name::OIDC_TOKEN_FILE_PATH),
            oidc_request_url: self.text(&name::OIDC_REQUEST_URL),
            oidc_request_token: self.secret(&name::OIDC_REQUEST_TOKEN),
            ado_pipeline_service_connection_id: self
                .text(&name::ADO_PIPELINE_SERVICE_CONNECTION_ID),
            run_token: self
                .variable("TFC_WORKLOAD_IDENTITY_TOKEN")
                .map(Secret::new),
            use_aks_workload_identity: self
                .switch(&name::USE_AKS_WORKLOAD_IDENTITY)
                .unwrap_or_default(),
            aks: Aks {
                token_file: self.variable("AZURE_FEDERATED_TOKEN_FILE"),
                client_id: self.variable("AZURE_CLIENT_ID"),
                tenant_id: self
                    .variable("AZURE_TENANT_ID")
                    .map(|id| id.trim().to_owned()),
            },
            use_msi: self.switch(&name::USE_MSI).unwrap_or_default(),
            msi_endpoint: self.text(&name::MSI_ENDPOINT),
            app_service: AppService {
                endpoint: self.variable("IDENTITY_ENDPOINT"),
                header: self.variable("IDENTITY_HEADER").map(Secret::new),
            },
            use_cli: self.switch(&name::USE_CLI),
            use_azd: self.switch(&name::USE_AZD).unwrap_or_default(),
            use_powershell: self.switch(&name::USE_POWERSHELL).unwrap_or_default(),
        }
    }

    /// A variable of the environment that is not empty.
    fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    /// The first variable of a setting that is set, and its value.
    fn in_environment(&self, name: &Name) -> Option<(&'static str, String)> {
        if self.outweighed.contains(name) {
            return None;
        }
        let mut variables = name.variables.iter();
        variables.find_map(|variable| Some((*variable, self.variable(variable)?)))
    }

    fn text(&self, name: &Name) -> Option<String> {
        match self.config.text(name) {
            Some(text) => Some(text.to_owned()),
            // The environment does not speak of what is not known yet.
            None if self.is_unknown(name) => None,
            None => self.in_environment(name).map(|(_, text)| text),
        }
    }

    fn secret(&self, name: &Name) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    fn is_unknown(&self, name: &Name) -> bool {
        let value = self.config.0.get(name.attribute);
        value.is_some_and(Value::is_unknown)
    }

    fn switch(&mut self, name: &Name) -> Option<bool> {
        if let Some(switch) = self.config.switch(name) {
            return Some(switch);
        }
        let (variable, text) = self.in_environment(name)?;
        // What Go providers read as a bool.
        match &*text {
            "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
            "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
            _ => {
                self.error(
                    name.attribute,
                    format!("Invalid {}", name.attribute),
                    format!(
                        "The environment variable {variable} is {text:?}. Set it to true or false."
                    ),
                );
                None
            }
        }
    }

    /// What a setting chooses by its name. `problem` tells of another name; those that there are follow.
    fn choice<T: Copy>(
        &mut self,
        name: &Name,
        choices: &[(&str, T)],
        is_same: fn(&str, &str) -> bool,
        problem: impl FnOnce(&str) -> String,
    ) -> Option<T> {
        self.parse(name, |text| {
            let chosen = choices.iter().find(|(name, _)| is_same(name, text));
            chosen.map(|(_, choice)| *choice).ok_or_else(|| {
                let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
                format!("{} {}", problem(text), one_of(&names, '"'))
            })
        })
    }

    /// What a setting is read as, or an error at the attribute.
    fn parse<T>(
        &mut self,
        name: &Name,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(&self.text(name)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                let attribute = name.attribute;
                let variables = name.variables.join(" or ");
                // Not the value itself: an endpoint may carry a password, and `problem` tells what may be told.
                self.error(
                    attribute,
                    format!("Invalid {attribute}"),
                    format!("{attribute} (in the provider block, or from {variables}): {problem}."),
                );
                None
            }
        }
    }

    /// Says what makes a choice of the way to sign in impossible.
    pub(super) fn refuse(&mut self, contradiction: Option<Contradiction>) {
        if let Some(Contradiction {
            summary,
            attribute,
            problem,
        }) = contradiction
        {
            let detail = format!(
                "{problem} A way that the provider block sets up outweighs what the environment sets up."
            );
            self.error(attribute, summary.into(), detail);
        }
    }

    fn error(&mut self, attribute: &'static str, summary: String, detail: String) {
        self.diagnostics.add_error(Diagnostic {
            summary: summary.into(),
            detail: detail.into(),
            attribute: AttributePath::new(attribute),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tf_provider::Diagnostics;

    use super::{ApiVersion, Cloud, Config, Environment, Reader, RiskyChanges, tenant_id};

    /// The cloud, the version and the policy that an environment names, and how many of the names are wrong.
    fn chosen(names: [&'static str; 3]) -> (Cloud, ApiVersion, RiskyChanges, usize) {
        let environment: Environment = Box::new(move |variable| {
            let name = match variable {
                "ARM_ENVIRONMENT" => names[0],
                "INTUNE_GRAPH_API_VERSION" => names[1],
                "INTUNE_RISKY_CHANGES" => names[2],
                _ => return None,
            };
            Some(name.to_owned())
        });
        let config = Config(BTreeMap::new());
        let mut diagnostics = Diagnostics::default();
        let mut reader = Reader::new(&config, &environment, &mut diagnostics);
        let settings = reader.settings(String::new());
        let policy = reader.risky_changes();
        (
            settings.cloud,
            settings.version,
            policy,
            diagnostics.errors.len(),
        )
    }

    #[test]
    fn every_name_can_be_read_and_a_clouds_in_any_case() {
        for (name, cloud) in Cloud::NAMES {
            assert_eq!(chosen([name, "", ""]).0, cloud);
        }
        for (name, version) in ApiVersion::NAMES {
            assert_eq!(chosen(["", name, ""]).1, version);
            assert_eq!(version.name(), name);
        }
        for (name, policy) in RiskyChanges::NAMES {
            assert_eq!(chosen(["", "", name]).2, policy);
        }
        let (cloud, version, policy, wrong) = chosen(["DoD", "Beta", "Deny"]);
        assert_eq!(cloud, Cloud::UsGovernmentL5);
        assert_eq!((version, policy), Default::default());
        assert_eq!(wrong, 2);
    }

    #[test]
    fn a_tenant_is_an_id_or_a_domain_name() {
        for (text, id) in [
            (" contoso.onmicrosoft.com\r\n", "contoso.onmicrosoft.com"),
            ("A-1.z", "A-1.z"),
            (" ", ""),
        ] {
            assert_eq!(tenant_id(text).as_deref(), Ok(id));
        }
        for text in [
            "{a}",
            "https://login.example/a",
            "a b",
            "admin@contoso.example",
        ] {
            let problem = tenant_id(text).expect_err(text);
            assert!(
                problem.starts_with(&format!("{text:?} is no tenant")),
                "{problem}"
            );
        }
        assert!(tenant_id(&"a ".repeat(1000)).expect_err("long").len() < 400);
    }
}
