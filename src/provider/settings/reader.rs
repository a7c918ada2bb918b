//! Reads the settings: from the block, or else from the environment.

use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use url::Url;

use super::{Config, name};
use crate::{
    compliance_partner::RiskyChanges,
    graph::{
        self, Aks, ApiVersion, AppService, Cloud, Contradiction, InvalidEndpoint, Name, Secret,
        SignIn, parse_authority, parse_endpoint,
    },
    provider::Environment,
    words::one_of,
};

/// A tenant, by its ID or a domain name. White space around it comes from the pipeline that set it.
fn tenant_id(text: &str) -> Result<String, String> {
    let id = text.trim();
    // What azure_identity accepts.
    let is_allowed = |c: &char| c.is_alphanumeric() || ".-".contains(*c);
    match id.chars().find(|c| !is_allowed(c)) {
        None => Ok(id.to_owned()),
        // Does not quote the value: a client secret that ended up here by mistake has such characters.
        Some(found) => Err(format!(
            "the value has the character {found:?}, which no tenant has. Use the tenant's ID, such as \
             00000000-0000-0000-0000-000000000000, or one of its domain names. Allowed are letters, digits, \".\" and \"-\""
        )),
    }
}

/// A secret that is sent in a header, which cannot hold the line end that a file or a pipeline may add.
fn for_a_header(text: &str) -> Secret {
    Secret::new(text.trim())
}

/// Reads the settings from a block and an environment, and adds what is wrong to the diagnostics.
pub(in crate::provider) struct Reader<'a> {
    config: &'a Config,
    environment: &'a Environment,
    /// The settings that are not read from the environment: those of other ways to sign in, if the block sets one up.
    outweighed: Vec<Name>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Reader<'a> {
    pub(in crate::provider) fn new(
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

    /// The settings as the Graph client takes them, from the values that are known.
    pub(in crate::provider) fn settings(&mut self, user_agent: String) -> graph::Settings {
        let cloud = self.choice(
            &name::ENVIRONMENT,
            &Cloud::NAMES,
            str::eq_ignore_ascii_case,
            |it| format!("{it:?} is not a cloud. Use"),
        );
        let version = self.choice(
            &name::GRAPH_API_VERSION,
            &ApiVersion::NAMES,
            str::eq,
            |it| format!("{it:?} is not a version of the Graph API. Use"),
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

    /// What to do about risky changes.
    pub(in crate::provider) fn risky_changes(&mut self) -> RiskyChanges {
        let policy = self.choice(&name::RISKY_CHANGES, &RiskyChanges::NAMES, str::eq, |it| {
            format!("{it:?} is not a valid value. Use")
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
            oidc_request_token: self
                .text(&name::OIDC_REQUEST_TOKEN)
                .as_deref()
                .map(for_a_header),
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
                header: self
                    .variable("IDENTITY_HEADER")
                    .as_deref()
                    .map(for_a_header),
            },
            use_cli: self.switch(&name::USE_CLI),
            use_azd: self.switch(&name::USE_AZD).unwrap_or_default(),
            use_powershell: self.switch(&name::USE_POWERSHELL).unwrap_or_default(),
        }
    }

    /// An environment variable that is not empty.
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
            // The environment does not replace a value that is not known yet.
            None if self.config.is_unknown(name) => None,
            None => self.in_environment(name).map(|(_, text)| text),
        }
    }

    fn secret(&self, name: &Name) -> Option<Secret> {
        self.text(name).map(Secret::new)
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

    /// What a setting chooses by name. `problem` begins the message about an unknown name; the names that exist follow.
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

    /// The parsed value of a setting, or an error at the attribute.
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
                // Not the value itself: an endpoint may contain a password, and `problem` says what may be shown.
                self.error(
                    attribute,
                    format!("Invalid {attribute}"),
                    format!("{attribute} (in the provider block, or from {variables}): {problem}."),
                );
                None
            }
        }
    }

    /// Reports what makes it impossible to choose a way to sign in.
    pub(in crate::provider) fn refuse(&mut self, contradiction: Option<Contradiction>) {
        if let Some(Contradiction {
            summary,
            attribute,
            problem,
        }) = contradiction
        {
            let detail = format!(
                "{problem} A way that the provider block sets up overrides the ways that the environment sets up."
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
                problem.starts_with("the value has the character"),
                "{problem}"
            );
            assert!(!problem.contains(text), "it may be a secret: {problem}");
        }
    }
}
