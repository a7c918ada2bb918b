//! Chooses the way to sign in: one ordered choice among what is set up, in azuread's order. Pure; [`super::choose`]
//! makes the credential for it, and the provider asks for a [`contradiction`] before anything is sent.
//!
//! The application's own ways (certificate, secret, federated token) and a managed identity have to be set up, and only
//! one of them may be: two contradict each other. A developer's tools are asked only if none of them is set up.

mod source;

use crate::graph::error::Error;
use crate::graph::hidden::Secret;
use crate::graph::settings::{Name, SignIn, name};
pub(super) use source::Source;

/// A way to sign in, with what it needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A certificate of the application.
    Certificate {
        app: App,
        certificate: Text,
        password: Secret,
    },
    /// A secret of the application.
    Secret { app: App, secret: Text },
    /// A token from another issuer, which the application trusts.
    Federated { app: App, source: Source },
    /// The identity of the machine, with the client ID if it is user-assigned.
    ManagedIdentity { client_id: Option<Text> },
    /// A person's tools, in the order in which they are asked.
    Tools {
        tools: Vec<Tool>,
        tenant_id: Option<String>,
    },
}

/// An application in a tenant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct App {
    pub(super) tenant_id: String,
    pub(super) client_id: Text,
}

/// A value that is in a setting, in a file, or in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) given: Option<Secret>,
    pub(super) file: Option<String>,
    pub(super) names: [&'static Name; 2],
}

/// A tool for Azure that may have somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::graph) enum Tool {
    Cli,
    DeveloperCli,
    PowerShell,
}

/// Two ways that are set up at once, or half a way.
#[derive(Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What is wrong, as a headline.
    pub summary: &'static str,
    /// The name of the setting to look at.
    pub attribute: &'static str,
    /// What is wrong and what to do, in sentences.
    pub problem: String,
}

/// The ways that have to be set up, each with the settings that do so, in the order of the choice.
const FAMILIES: [Family; 4] = [
    Family {
        way: "a client certificate",
        settings: &[&name::CLIENT_CERTIFICATE, &name::CLIENT_CERTIFICATE_PATH],
        is_set_up: |it| {
            kept(it.client_certificate.as_ref()).is_some()
                || known(it.client_certificate_path.as_ref()).is_some()
        },
    },
    Family {
        way: "a client secret",
        settings: &[&name::CLIENT_SECRET, &name::CLIENT_SECRET_FILE_PATH],
        is_set_up: |it| {
            kept(it.client_secret.as_ref()).is_some()
                || known(it.client_secret_file_path.as_ref()).is_some()
        },
    },
    Family {
        way: "OpenID Connect",
        settings: &[&name::USE_OIDC, &name::USE_AKS_WORKLOAD_IDENTITY],
        is_set_up: |it| it.use_oidc || it.use_aks_workload_identity,
    },
    Family {
        way: "a managed identity",
        settings: &[&name::USE_MSI],
        is_set_up: |it| it.use_msi,
    },
];

struct Family {
    way: &'static str,
    settings: &'static [&'static Name],
    is_set_up: IsSet,
}

type IsSet = fn(&SignIn) -> bool;

/// What is only partly set up, and what is missing: without an error, the way would be skipped silently.
const HALVES: [(Name, IsSet, &str); 4] = [
    (
        name::OIDC_TOKEN,
        |it| kept(it.oidc_token.as_ref()).is_some() && !it.use_oidc,
        "use_oidc (ARM_USE_OIDC) is not true",
    ),
    (
        name::OIDC_TOKEN_FILE_PATH,
        |it| known(it.oidc_token_file_path.as_ref()).is_some() && !it.use_oidc,
        "use_oidc (ARM_USE_OIDC) is not true",
    ),
    (
        name::ADO_PIPELINE_SERVICE_CONNECTION_ID,
        |it| known(it.ado_pipeline_service_connection_id.as_ref()).is_some() && !it.use_oidc,
        "use_oidc (ARM_USE_OIDC) is not true",
    ),
    (
        name::CLIENT_CERTIFICATE_PASSWORD,
        |it| kept(it.client_certificate_password.as_ref()).is_some(),
        "neither client_certificate (ARM_CLIENT_CERTIFICATE) nor client_certificate_path \
         (ARM_CLIENT_CERTIFICATE_PATH) is set",
    ),
];

/// The settings of each way that has to be set up: if one of them is set, the way is set up.
pub fn ways() -> impl Iterator<Item = &'static [&'static Name]> {
    FAMILIES.iter().map(|family| family.settings)
}

/// Two ways that are set up at once.
#[must_use]
pub fn conflict(settings: &SignIn) -> Option<Contradiction> {
    let mut set_up = FAMILIES
        .iter()
        .filter(|family| (family.is_set_up)(settings));
    let (first, second) = (set_up.next()?, set_up.next()?);
    Some(Contradiction {
        summary: "Ambiguous sign-in",
        attribute: first.settings[0].attribute,
        problem: format!(
            "Two ways to sign in are set up at once: {}, by {}, and {}, by {}. Keep one of them and remove the other.",
            first.way,
            either(first.settings),
            second.way,
            either(second.settings)
        ),
    })
}

/// What makes a choice impossible, whether or not the ways would work.
#[must_use]
pub fn contradiction(settings: &SignIn) -> Option<Contradiction> {
    if FAMILIES.iter().any(|family| (family.is_set_up)(settings)) {
        return conflict(settings);
    }
    let (half, _, lack) = HALVES.iter().find(|(_, is_set, _)| is_set(settings))?;
    Some(Contradiction {
        summary: "Incomplete sign-in",
        attribute: half.attribute,
        problem: format!(
            "{half} is set, but {lack}, so it would have no effect. Set both, or remove it."
        ),
    })
}

/// The way to sign in.
///
/// # Errors
/// [`Error::Settings`] when there is none, or half of one.
pub(super) fn choose(settings: &SignIn) -> Result<Way, Error> {
    if let Some(contradiction) = contradiction(settings) {
        return Err(Error::Settings(contradiction.problem));
    }
    let [certificate, secret, federated, managed_identity] =
        FAMILIES.map(|family| (family.is_set_up)(settings));
    if certificate {
        return Ok(Way::Certificate {
            app: application(settings, "a client certificate")?,
            certificate: Text {
                given: kept(settings.client_certificate.as_ref()),
                file: known(settings.client_certificate_path.as_ref()),
                names: [&name::CLIENT_CERTIFICATE, &name::CLIENT_CERTIFICATE_PATH],
            },
            password: settings
                .client_certificate_password
                .clone()
                .unwrap_or_default(),
        });
    }
    if secret {
        return Ok(Way::Secret {
            app: application(settings, "a client secret")?,
            secret: Text {
                given: kept(settings.client_secret.as_ref()),
                file: known(settings.client_secret_file_path.as_ref()),
                names: [&name::CLIENT_SECRET, &name::CLIENT_SECRET_FILE_PATH],
            },
        });
    }
    if federated {
        return Ok(Way::Federated {
            app: application(settings, "OpenID Connect")?,
            source: source::find(settings)?,
        });
    }
    if managed_identity {
        return Ok(Way::ManagedIdentity {
            client_id: client_id(settings),
        });
    }
    let tools = tools(settings);
    if tools.is_empty() {
        return Err(Error::Settings(format!(
            "No way to sign in is set up:\n{}",
            passed_over(settings).join("\n")
        )));
    }
    Ok(Way::Tools {
        tools,
        tenant_id: known(settings.tenant_id.as_ref()),
    })
}

/// Why each way was skipped, one line each, in the order of the choice.
fn passed_over(settings: &SignIn) -> Vec<String> {
    let tools = Tool::ALL.map(|tool| tool.passed_over(settings));
    not_set_up().into_iter().chain(tools).collect()
}

/// Why the ways that have to be set up were skipped, if none is set up.
pub(super) fn not_set_up() -> Vec<String> {
    vec![
        format!(
            "- client certificate: neither {} nor {} is set.",
            name::CLIENT_CERTIFICATE,
            name::CLIENT_CERTIFICATE_PATH
        ),
        format!(
            "- client secret: neither {} nor {} is set.",
            name::CLIENT_SECRET,
            name::CLIENT_SECRET_FILE_PATH
        ),
        format!("- OpenID Connect: {} is not true.", name::USE_OIDC),
        format!(
            "- AKS workload identity: {} is not true.",
            name::USE_AKS_WORKLOAD_IDENTITY
        ),
        format!("- managed identity: {} is not true.", name::USE_MSI),
    ]
}

impl Tool {
    pub(super) const ALL: [Self; 3] = [Self::Cli, Self::DeveloperCli, Self::PowerShell];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cli => "Azure CLI",
            Self::DeveloperCli => "Azure Developer CLI",
            Self::PowerShell => "Azure PowerShell",
        }
    }

    /// Why it was not asked, as a line.
    pub(super) fn passed_over(self, settings: &SignIn) -> String {
        let why = match self {
            Self::Cli if settings.use_cli == Some(false) => "false",
            // By default it is asked, unless another tool is.
            Self::Cli => "not set, and another tool is switched on",
            _ => "not true",
        };
        format!("- {}: {} is {why}.", self.name(), self.switch())
    }

    pub(in crate::graph) const fn switch(self) -> Name {
        match self {
            Self::Cli => name::USE_CLI,
            Self::DeveloperCli => name::USE_AZD,
            Self::PowerShell => name::USE_POWERSHELL,
        }
    }
}

/// The tools that may be asked. By default that is the Azure CLI, unless another tool is switched on.
fn tools(settings: &SignIn) -> Vec<Tool> {
    let cli = settings
        .use_cli
        .unwrap_or(!settings.use_azd && !settings.use_powershell);
    Tool::ALL
        .into_iter()
        .filter(|tool| match tool {
            Tool::Cli => cli,
            Tool::DeveloperCli => settings.use_azd,
            Tool::PowerShell => settings.use_powershell,
        })
        .collect()
}

/// The application that signs in; in an AKS pod, the one that AKS tells the pod.
fn application(settings: &SignIn, way: &str) -> Result<App, Error> {
    let aks = settings.use_aks_workload_identity;
    let tenant_id = known(settings.tenant_id.as_ref())
        .or_else(|| known(settings.aks.tenant_id.as_ref()).filter(|_| aks));
    let client_id = client_id(settings);
    match (tenant_id, client_id) {
        (Some(tenant_id), Some(client_id)) => Ok(App {
            tenant_id,
            client_id,
        }),
        (tenant_id, client_id) => {
            let mut missing = Vec::new();
            if tenant_id.is_none() {
                missing.push(name::TENANT_ID.to_string());
            }
            if client_id.is_none() {
                missing.push(format!(
                    "{} or {}",
                    name::CLIENT_ID,
                    name::CLIENT_ID_FILE_PATH
                ));
            }
            Err(Error::Settings(format!(
                "Signing in with {way} needs {}, which {} not set.",
                missing.join(", and "),
                if missing.len() == 1 { "is" } else { "are" }
            )))
        }
    }
}

fn client_id(settings: &SignIn) -> Option<Text> {
    let aks = settings.use_aks_workload_identity;
    let file = known(settings.client_id_file_path.as_ref());
    let given = known(settings.client_id.as_ref())
        .or_else(|| known(settings.aks.client_id.as_ref()).filter(|_| aks && file.is_none()));
    (given.is_some() || file.is_some()).then(|| Text {
        given: given.map(Secret::new),
        file,
        names: [&name::CLIENT_ID, &name::CLIENT_ID_FILE_PATH],
    })
}

fn either(names: &[&Name]) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    names.join(" or ")
}

/// A value that is set.
fn known(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// A secret that is set.
fn kept(secret: Option<&Secret>) -> Option<Secret> {
    secret.filter(|secret| !secret.secret().is_empty()).cloned()
}

#[cfg(test)]
mod tests;
