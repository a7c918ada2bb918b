//! The provider block: turns settings into a [`graph::Client`], and lists what the provider offers. `main` serves it.
//!
//! Nothing is sent here. A setting may be unknown while Terraform plans, and a configuration
//! may be checked on a machine without credentials: what is missing is reported by the first
//! call that needs it.

mod settings;

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use tf_provider::{
    AttributePath, Diagnostic, Diagnostics, Provider,
    schema::{Block, Description, Schema},
    value::ValueEmpty,
};

use crate::{
    compliance_partner::{
        Api, CompliancePartner, CompliancePartnerDataSource, CompliancePartnerList,
        CompliancePartnersDataSource, HeartbeatAgeHours, ImportId, NotConfigured, PLURAL_TYPE_NAME,
        ParseImportId, TYPE_NAME,
    },
    graph::{self, Client},
    plugin::{Context, DataSources, Functions, ListResources, Offer, Resources},
};
pub use settings::Config;
use settings::{Reader, SETTINGS, Setting};

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
    /// Creates a provider that reads from `environment` what its block leaves out.
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

    fn list_resources(&self) -> ListResources {
        let list = CompliancePartnerList::new(self.api.clone());
        BTreeMap::from([(TYPE_NAME, list.into())])
    }

    fn functions(&self) -> Functions {
        BTreeMap::from([
            ("heartbeat_age_hours", HeartbeatAgeHours.into()),
            ("import_id", ImportId.into()),
            ("parse_import_id", ParseImportId.into()),
        ])
    }

    fn awaits_configuration(&self) -> bool {
        self.api.awaits_configuration()
    }
}

#[async_trait]
impl Provider for IntuneProvider {
    type Config<'a> = Config;
    type MetaState<'a> = ValueEmpty;

    fn schema(&self, _diagnostics: &mut Diagnostics) -> Option<Schema> {
        Some(Schema {
            version: 0,
            block: Block {
                version: 0,
                attributes: SETTINGS.iter().map(Setting::attribute).collect(),
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
        let mut reader = Reader::new(&config, &none, diagnostics);
        let settings = reader.settings(String::new());
        reader.risky_changes();
        reader.refuse(graph::conflict(&settings.sign_in));
        Some(())
    }

    async fn configure<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        terraform_version: String,
        config: Config,
    ) -> Option<()> {
        let mut reader = Reader::new(&config, &self.environment, diagnostics);
        let appended = (self.environment)("TF_APPEND_USER_AGENT");
        let settings = reader.settings(user_agent(&terraform_version, appended.as_deref()));
        self.api.set_risky_changes(reader.risky_changes());
        let unknown = config.unknown();
        if !unknown.is_empty() {
            self.api
                .configure(Err(NotConfigured::Unknown { settings: unknown }));
            return Some(());
        }
        reader.refuse(graph::contradiction(&settings.sign_in));
        if let Some(warning) = settings.warning() {
            diagnostics.add_warning(Diagnostic {
                summary: "The hosts belong to different clouds".into(),
                detail: warning.into(),
                attribute: AttributePath::new("environment"),
            });
        }
        self.api.configure(Ok(Client::new(settings)));
        Some(())
    }
}

/// Tells the operators of Graph and Entra ID who calls: Terraform, the provider, and what `TF_APPEND_USER_AGENT` says.
fn user_agent(terraform_version: &str, appended: Option<&str>) -> String {
    // A header must be plain text, as a version is. Anything else would make every call fail.
    let plain = |text: &str| -> String {
        let characters = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ');
        characters.collect()
    };
    let terraform = plain(terraform_version).replace(' ', "");
    let agent = format!("Terraform/{terraform} terraform-provider-intune/{VERSION}");
    match plain(appended.unwrap_or_default()).trim() {
        "" => agent,
        appended => format!("{agent} {appended}"),
    }
}

#[cfg(test)]
mod tests {
    use super::user_agent;

    #[test]
    fn a_user_agent_is_plain_text() {
        let provider = format!("terraform-provider-intune/{}", super::VERSION);
        assert_eq!(
            user_agent("1.14.0", None),
            format!("Terraform/1.14.0 {provider}")
        );
        assert_eq!(
            user_agent("1.14.0 \r\nx", Some(" pipeline/7\n (nightly) ")),
            format!("Terraform/1.14.0x {provider} pipeline/7 (nightly)")
        );
    }
}
