//! What the tests of the protocol share.

use acceptance_tests::{
    core::{Launch, Provider, schema::complete, tfplugin6::Schema, value::UNKNOWN},
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
    block: Value,
}

impl Fixture {
    /// Starts both, and configures the provider from its environment.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// The same, with these variables in place of those that the emulator gives.
    pub async fn start_with(variables: &[(&'static str, String)]) -> Result<Self> {
        Self::with(Options::default(), variables).await
    }

    /// The same, in such a tenant.
    pub async fn with(options: Options, variables: &[(&'static str, String)]) -> Result<Self> {
        let emulator = Emulator::start(options).await?;
        let launch = emulator
            .environment()
            .iter()
            .chain(variables)
            .fold(launch(), |launch, (name, value)| launch.env(*name, value));
        let provider = launch.start().await?;
        let schemas = provider.schema().await?;
        let schema = schemas.resource_schemas[PARTNER].clone();
        let block = complete(schemas.provider.as_ref().ok_or("no schema")?, json!({}));
        let fixture = Self {
            emulator,
            provider,
            schema,
            block,
        };
        fixture.configure().await?;
        Ok(fixture)
    }

    /// Hands over the provider block, with which core begins a run.
    pub async fn configure(&self) -> Result<()> {
        assert_eq!(self.provider.configure(&self.block).await?, []);
        Ok(())
    }

    /// Hands over a provider block of which a setting is not known yet.
    pub async fn configure_unknown(&self) -> Result<()> {
        let mut block = self.block.clone();
        block["tenant_id"] = json!(UNKNOWN);
        assert_eq!(self.provider.configure(&block).await?, []);
        Ok(())
    }

    /// A value of the resource, with null for what is left out.
    pub fn value(&self, attributes: Value) -> Value {
        complete(&self.schema, attributes)
    }
}
