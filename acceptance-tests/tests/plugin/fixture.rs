//! What the tests of the protocol share.

use acceptance_tests::{
    core::{Launch, Provider, schema::complete, tfplugin6::Schema},
    emulator::{Emulator, Options},
    provider_binary::provider_binary,
};
use serde_json::{Value, json};

pub use acceptance_tests::core::Result;

pub const PARTNER: &str = "intune_compliance_partner";

/// The provider as core would start it.
pub fn launch() -> Launch {
    Launch::new(provider_binary())
}

/// A started provider and its emulated tenant.
pub struct Fixture {
    pub emulator: Emulator,
    pub provider: Provider,
    pub schema: Schema,
}

impl Fixture {
    /// Starts both, and configures the provider from its environment.
    pub async fn start() -> Result<Self> {
        let emulator = Emulator::start(Options::default()).await?;
        let launch = emulator
            .environment()
            .iter()
            .fold(launch(), |launch, (name, value)| launch.env(*name, value));
        let provider = launch.start().await?;
        let schemas = provider.schema().await?;
        let schema = schemas.resource_schemas[PARTNER].clone();
        let block = complete(schemas.provider.as_ref().ok_or("no schema")?, json!({}));
        assert_eq!(provider.configure(&block).await?, []);
        Ok(Self {
            emulator,
            provider,
            schema,
        })
    }

    /// A value of the resource, with null for what is left out.
    pub fn value(&self, attributes: Value) -> Value {
        complete(&self.schema, attributes)
    }
}
