//! The rpcs of what came after the resource's life: identities, lists, generated configuration,
//! moves and functions. Part of [`super::Provider`].

use serde_json::Value;
use tonic::Streaming;

use super::provider::{diagnostics, identity};
use super::tfplugin6::{self, FunctionError, RawState};
use super::value::{decode, encode};
use super::{Diagnostic, ImportedResource, Provider, Result};

/// What a list found, or said.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Which object it is.
    pub identity: Option<Value>,
    /// What people call it.
    pub display_name: String,
    /// Its state, if that was asked for.
    pub object: Option<Value>,
    /// Warnings and errors.
    pub diagnostics: Vec<Diagnostic>,
}

/// The events of a list as they come.
#[derive(Debug)]
pub struct Events(Streaming<tfplugin6::list_resource::Event>);

impl Events {
    /// The next event; none after the last one.
    ///
    /// # Errors
    /// When the stream breaks, or an event holds what is no value.
    pub async fn next(&mut self) -> Result<Option<Event>> {
        let Some(event) = self.0.message().await? else {
            return Ok(None);
        };
        Ok(Some(Event {
            identity: identity(event.identity)?,
            display_name: event.display_name,
            object: event
                .resource_object
                .map(|it| decode(Some(it)))
                .transpose()?,
            diagnostics: diagnostics(event.diagnostic),
        }))
    }

    /// All that are left.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn rest(mut self) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await? {
            events.push(event);
        }
        Ok(events)
    }
}

/// Every method fails with the [`tonic::Status`] of an rpc that fails, and when an answer holds
/// what is no value.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl Provider {
    /// The identity of each resource.
    pub async fn identity_schemas(
        &self,
    ) -> Result<tfplugin6::get_resource_identity_schemas::Response> {
        let request = tfplugin6::get_resource_identity_schemas::Request {};
        let mut rpc = self.rpc.clone();
        let response = rpc.get_resource_identity_schemas(request).await?;
        Ok(response.into_inner())
    }

    /// Brings a stored identity to the current schema.
    pub async fn upgrade_identity(
        &self,
        type_name: &str,
        version: i64,
        stored: &Value,
    ) -> Result<(Vec<Diagnostic>, Option<Value>)> {
        let request = tfplugin6::upgrade_resource_identity::Request {
            type_name: type_name.into(),
            version,
            raw_identity: Some(raw(stored)?),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.upgrade_resource_identity(request).await?.into_inner();
        let upgraded = identity(response.upgraded_identity)?;
        Ok((diagnostics(response.diagnostics), upgraded))
    }

    /// Checks a list block.
    pub async fn validate_list(&self, type_name: &str, config: &Value) -> Result<Vec<Diagnostic>> {
        let request = tfplugin6::validate_list_resource_config::Request {
            type_name: type_name.into(),
            config: Some(encode(config)),
            ..Default::default()
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.validate_list_resource_config(request).await?;
        Ok(diagnostics(response.into_inner().diagnostics))
    }

    /// Finds objects.
    pub async fn list(
        &self,
        type_name: &str,
        config: &Value,
        include_resource_object: bool,
        limit: i64,
    ) -> Result<Events> {
        let request = tfplugin6::list_resource::Request {
            type_name: type_name.into(),
            config: Some(encode(config)),
            include_resource_object,
            limit,
        };
        let mut rpc = self.rpc.clone();
        Ok(Events(rpc.list_resource(request).await?.into_inner()))
    }

    /// A configuration for a state.
    pub async fn generate(
        &self,
        type_name: &str,
        state: &Value,
    ) -> Result<(Vec<Diagnostic>, Value)> {
        let request = tfplugin6::generate_resource_config::Request {
            type_name: type_name.into(),
            state: Some(encode(state)),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.generate_resource_config(request).await?.into_inner();
        Ok((diagnostics(response.diagnostics), decode(response.config)?))
    }

    /// Takes an object over from another resource type, by its provider's address and its name.
    pub async fn take_over(
        &self,
        type_name: &str,
        (source_provider, source_type): (&str, &str),
        state: &Value,
    ) -> Result<(Vec<Diagnostic>, ImportedResource)> {
        let request = tfplugin6::move_resource_state::Request {
            source_provider_address: source_provider.into(),
            source_type_name: source_type.into(),
            source_state: Some(raw(state)?),
            target_type_name: type_name.into(),
            ..Default::default()
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.move_resource_state(request).await?.into_inner();
        let moved = ImportedResource {
            type_name: type_name.into(),
            state: decode(response.target_state)?,
            private: response.target_private,
            identity: identity(response.target_identity)?,
        };
        Ok((diagnostics(response.diagnostics), moved))
    }

    /// Calls a function.
    pub async fn call(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Result<Value, FunctionError>> {
        let request = tfplugin6::call_function::Request {
            name: name.into(),
            arguments: arguments.iter().map(encode).collect(),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.call_function(request).await?.into_inner();
        Ok(match response.error {
            Some(error) => Err(error),
            None => Ok(decode(response.result)?),
        })
    }
}

fn raw(stored: &Value) -> Result<RawState> {
    Ok(RawState {
        json: serde_json::to_vec(stored)?,
        ..RawState::default()
    })
}
