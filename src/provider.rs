//! The provider block: settings to a [`graph::Client`], and the list of what is offered.
//! `main` serves it.
//!
//! Nothing is sent here. A setting may be unknown while Terraform plans, and a configuration
//! may be checked on a machine without credentials: what is missing is reported by the first
//! call that needs it.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tf_provider::{
    AttributePath, Diagnostic, Diagnostics, Provider,
    schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, Schema},
    value::{Value, ValueEmpty},
};

use crate::{
    compliance_partner::{
        Api, CompliancePartner, CompliancePartnerDataSource, CompliancePartnersDataSource,
        NotConfigured, PLURAL_TYPE_NAME, TYPE_NAME,
    },
    graph::{self, Client, Cloud, Secret},
    plugin::{Context, DataSources, Offer, Resources},
    words::one_of,
};

/// The address of the provider in a configuration.
pub const SOURCE: &str = "registry.terraform.io/intune-partner/intune";

/// The version of the provider.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Looks up an environment variable.
pub type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The provider.
pub struct IntuneProvider {
    api: Api,
    environment: Environment,
}

impl IntuneProvider {
    /// A provider that reads what its block leaves out from `environment`.
    #[must_use]
    pub fn new(context: Context, environment: Environment) -> Self {
        Self {
            api: Api::new(context),
            environment,
        }
    }
}

impl Offer for IntuneProvider {
    fn resources(&self) -> Resources {
        BTreeMap::from([(TYPE_NAME, CompliancePartner::new(self.api.clone()).into())])
    }

    fn data_sources(&self) -> DataSources {
        BTreeMap::from([
            (
                TYPE_NAME,
                CompliancePartnerDataSource::new(self.api.clone()).into(),
            ),
            (
                PLURAL_TYPE_NAME,
                CompliancePartnersDataSource::new(self.api.clone()).into(),
            ),
        ])
    }
}

/// The provider block. Not `Debug`: it holds a secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    environment: Value<String>,
    tenant_id: Value<String>,
    client_id: Value<String>,
    client_secret: Value<String>,
    graph_endpoint: Value<String>,
    authority_host: Value<String>,
}

/// A setting of the provider block.
struct Setting {
    name: &'static str,
    /// The environment variable that is read where the block leaves the setting out.
    variable: &'static str,
    description: &'static str,
    sensitive: bool,
    of: fn(&Config) -> &Value<String>,
}

const ENVIRONMENT: Setting = Setting {
    name: "environment",
    variable: "ARM_ENVIRONMENT",
    description: "The national cloud of the tenant: `global` (or `public`), `usgovernment` (or \
                  `usgovernmentl4`), `dod` (or `usgovernmentl5`), or `china`. It decides the \
                  hosts of sign-in and Graph. Default: `global`.",
    sensitive: false,
    of: |config| &config.environment,
};
const TENANT_ID: Setting = Setting {
    name: "tenant_id",
    variable: "ARM_TENANT_ID",
    description: "The id of the tenant, or one of its domain names. Needed by the first request, as are \
                  `client_id` and `client_secret`.",
    sensitive: false,
    of: |config| &config.tenant_id,
};
const CLIENT_ID: Setting = Setting {
    name: "client_id",
    variable: "ARM_CLIENT_ID",
    description: "The client id of the application that signs in.",
    sensitive: false,
    of: |config| &config.client_id,
};
const CLIENT_SECRET: Setting = Setting {
    name: "client_secret",
    variable: "ARM_CLIENT_SECRET",
    description: "A client secret of the application.",
    sensitive: true,
    of: |config| &config.client_secret,
};
const GRAPH_ENDPOINT: Setting = Setting {
    name: "graph_endpoint",
    variable: "INTUNE_GRAPH_ENDPOINT",
    description: "Another host for Microsoft Graph than the one of `environment`, as \
                  `https://HOST` or `https://HOST:PORT`: a proxy, a private cloud, an emulator.",
    sensitive: false,
    of: |config| &config.graph_endpoint,
};
const AUTHORITY_HOST: Setting = Setting {
    name: "authority_host",
    variable: "AZURE_AUTHORITY_HOST",
    description: "Another host for signing in than the one of `environment`, as \
                  `https://HOST` or `https://HOST:PORT`.",
    sensitive: false,
    of: |config| &config.authority_host,
};

const SETTINGS: [&Setting; 6] = [
    &ENVIRONMENT,
    &TENANT_ID,
    &CLIENT_ID,
    &CLIENT_SECRET,
    &GRAPH_ENDPOINT,
    &AUTHORITY_HOST,
];

impl Setting {
    /// Its value in the block, or else in the environment. Empty is the same as left out, so
    /// that a module can pass an empty variable on.
    fn value(&self, config: &Config, environment: &Environment) -> Value<String> {
        match (self.of)(config) {
            Value::Unknown => Value::Unknown,
            Value::Value(value) if !value.is_empty() => Value::Value(value.clone()),
            _ => environment(self.variable)
                .filter(|value| !value.is_empty())
                .into(),
        }
    }

    /// What it is read as, or an error at the attribute.
    fn parse<T>(
        &self,
        value: &Value<String>,
        diagnostics: &mut Diagnostics,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = value.as_deref_option()?;
        parse(value)
            .map_err(|problem| {
                let Self { name, variable, .. } = self;
                diagnostics.add_error(Diagnostic {
                    summary: format!("Invalid {name}").into(),
                    // Not the value itself: an endpoint may carry a password, and `problem` tells what may be told.
                    detail: format!(
                        "{name} (in the provider block, or from {variable}): {problem}."
                    )
                    .into(),
                    attribute: AttributePath::new(*name),
                });
            })
            .ok()
    }
}

/// The settings as the Graph client takes them, of those values that are known. Errors are
/// among the diagnostics.
fn settings(
    value: impl Fn(&Setting) -> Value<String>,
    user_agent: String,
    diagnostics: &mut Diagnostics,
) -> graph::Settings {
    let cloud = ENVIRONMENT.parse(&value(&ENVIRONMENT), diagnostics, |name| {
        name.parse::<Cloud>().map_err(|_| {
            format!(
                "there is no cloud {name:?}. Use {}",
                one_of(&Cloud::NAMES, '"')
            )
        })
    });
    let mut endpoint = |setting: &Setting| {
        setting.parse(&value(setting), diagnostics, |url| {
            graph::parse_endpoint(url).map_err(|error| error.to_string())
        })
    };
    graph::Settings {
        cloud: cloud.unwrap_or_default(),
        graph_endpoint: endpoint(&GRAPH_ENDPOINT),
        authority_host: endpoint(&AUTHORITY_HOST),
        tenant_id: value(&TENANT_ID).as_option(),
        client_id: value(&CLIENT_ID).as_option(),
        client_secret: value(&CLIENT_SECRET).as_option().map(Secret::new),
        user_agent,
    }
}

#[async_trait]
impl Provider for IntuneProvider {
    type Config<'a> = Config;
    type MetaState<'a> = ValueEmpty;

    fn schema(&self, _diagnostics: &mut Diagnostics) -> Option<Schema> {
        let attribute = |setting: &&Setting| {
            let attribute = Attribute {
                attr_type: AttributeType::String,
                description: Description::markdown(format!(
                    "{} Also from the environment variable `{}`.",
                    setting.description, setting.variable
                )),
                constraint: AttributeConstraint::Optional,
                sensitive: setting.sensitive,
                deprecated: false,
            };
            (setting.name.to_owned(), attribute)
        };
        Some(Schema {
            version: 0,
            block: Block {
                version: 0,
                attributes: SETTINGS.iter().map(attribute).collect(),
                blocks: HashMap::new(),
                description: Description::markdown(
                    "Manages the compliance management partners of Microsoft Intune through \
                     Microsoft Graph.",
                ),
                deprecated: false,
            },
        })
    }

    async fn validate<'a>(&self, diagnostics: &mut Diagnostics, config: Config) -> Option<()> {
        // Only what the block itself says: the environment may differ where it is applied.
        let none: Environment = Box::new(|_| None);
        settings(
            |setting| setting.value(&config, &none),
            String::new(),
            diagnostics,
        );
        Some(())
    }

    async fn configure<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        terraform_version: String,
        config: Config,
    ) -> Option<()> {
        let value = |setting: &Setting| setting.value(&config, &self.environment);
        let settings = settings(value, user_agent(&terraform_version), diagnostics);
        let unknown: Vec<_> = SETTINGS
            .iter()
            .filter(|it| value(it).is_unknown())
            .map(|it| it.name)
            .collect();
        self.api.configure(if unknown.is_empty() {
            Ok(Client::new(settings))
        } else {
            Err(NotConfigured::Unknown { settings: unknown })
        });
        Some(())
    }
}

/// Names the caller to Graph's operators.
fn user_agent(terraform_version: &str) -> String {
    // A header must be plain text, and a version is; whatever else came would fail every call.
    let terraform: String = terraform_version
        .chars()
        .filter(char::is_ascii_graphic)
        .collect();
    format!("Terraform/{terraform} terraform-provider-intune/{VERSION}")
}
