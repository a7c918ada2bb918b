//! A connected provider: its rpcs with values in and values out. The tests of the whole binary call
//! it; what it makes too easy (garbage, missing fields, streams) they send through the clients in
//! its fields.

use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;
use tonic::transport::Channel;
use tonic_health::pb::health_client::HealthClient;

use super::plugin::grpc_broker_client::GrpcBrokerClient;
use super::plugin::grpc_controller_client::GrpcControllerClient;
use super::plugin::grpc_stdio_client::GrpcStdioClient;
use super::tfplugin6::provider_client::ProviderClient;
use super::tfplugin6::{self, ClientCapabilities, RawState, ResourceIdentityData};
use super::value::{decode, encode};
use super::{
    Applied, ApplyRequest, Diagnostic, Imported, ImportedResource, MESSAGE_LIMIT, Plan,
    PlanRequest, Process, Read, ReadData, ReadRequest, Result, Upgraded, path_text, plugin,
};

/// How long core lets a process live after `Shutdown`, before it kills it.
const GRACE: Duration = Duration::from_secs(2);

/// The Terraform version that `ConfigureProvider` is told.
const TERRAFORM_VERSION: &str = "1.14.0";

/// What Terraform can do.
const CAPABILITIES: ClientCapabilities = ClientCapabilities {
    deferral_allowed: false,
    write_only_attributes_allowed: true,
    store_planned_private: false,
    computed_blocks_allowed: false,
};

/// A running provider with a client for each of its services. Clients are cheap to clone: an rpc
/// takes `&mut`.
#[derive(Debug)]
pub struct Provider {
    /// The process behind the connection.
    pub process: Process,
    /// Terraform's protocol.
    pub rpc: ProviderClient<Channel>,
    /// Ends the process.
    pub controller: GrpcControllerClient<Channel>,
    /// Streams what the process prints.
    pub stdio: GrpcStdioClient<Channel>,
    /// Brokers side connections.
    pub broker: GrpcBrokerClient<Channel>,
    /// Says whether the service is up; it is asked about `plugin`.
    pub health: HealthClient<Channel>,
}

/// Every method fails with the [`tonic::Status`] of an rpc that fails, and when an answer holds
/// what is no value.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl Provider {
    pub(super) fn new(process: Process, channel: Channel) -> Self {
        Self {
            process,
            rpc: ProviderClient::new(channel.clone())
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
            controller: GrpcControllerClient::new(channel.clone()),
            stdio: GrpcStdioClient::new(channel.clone()),
            broker: GrpcBrokerClient::new(channel.clone()),
            health: HealthClient::new(channel),
        }
    }

    /// Every schema.
    pub async fn schema(&self) -> Result<tfplugin6::get_provider_schema::Response> {
        let request = tfplugin6::get_provider_schema::Request {};
        let mut rpc = self.rpc.clone();
        Ok(rpc.get_provider_schema(request).await?.into_inner())
    }

    /// The names of what is offered.
    pub async fn metadata(&self) -> Result<tfplugin6::get_metadata::Response> {
        let request = tfplugin6::get_metadata::Request {};
        let mut rpc = self.rpc.clone();
        Ok(rpc.get_metadata(request).await?.into_inner())
    }

    /// Checks the provider block.
    pub async fn validate_provider(&self, config: &Value) -> Result<Vec<Diagnostic>> {
        let request = tfplugin6::validate_provider_config::Request {
            config: Some(encode(config)),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.validate_provider_config(request).await?.into_inner();
        Ok(diagnostics(response.diagnostics))
    }

    /// Checks a resource block.
    pub async fn validate_resource(
        &self,
        type_name: &str,
        config: &Value,
    ) -> Result<Vec<Diagnostic>> {
        let request = tfplugin6::validate_resource_config::Request {
            type_name: type_name.into(),
            config: Some(encode(config)),
            client_capabilities: Some(CAPABILITIES),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.validate_resource_config(request).await?.into_inner();
        Ok(diagnostics(response.diagnostics))
    }

    /// Checks a data block.
    pub async fn validate_data(&self, type_name: &str, config: &Value) -> Result<Vec<Diagnostic>> {
        let request = tfplugin6::validate_data_resource_config::Request {
            type_name: type_name.into(),
            config: Some(encode(config)),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc
            .validate_data_resource_config(request)
            .await?
            .into_inner();
        Ok(diagnostics(response.diagnostics))
    }

    /// Hands over the settings of the provider block.
    pub async fn configure(&self, config: &Value) -> Result<Vec<Diagnostic>> {
        let request = tfplugin6::configure_provider::Request {
            terraform_version: TERRAFORM_VERSION.into(),
            config: Some(encode(config)),
            client_capabilities: Some(CAPABILITIES),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.configure_provider(request).await?.into_inner();
        Ok(diagnostics(response.diagnostics))
    }

    /// Brings a stored state to the current schema.
    pub async fn upgrade(&self, type_name: &str, version: i64, stored: &Value) -> Result<Upgraded> {
        let raw_state = RawState {
            json: serde_json::to_vec(stored)?,
            ..RawState::default()
        };
        let request = tfplugin6::upgrade_resource_state::Request {
            type_name: type_name.into(),
            version,
            raw_state: Some(raw_state),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.upgrade_resource_state(request).await?.into_inner();
        Ok(Upgraded {
            diagnostics: diagnostics(response.diagnostics),
            state: decode(response.upgraded_state)?,
        })
    }

    /// Reads the remote object.
    pub async fn read(&self, type_name: &str, request: ReadRequest) -> Result<Read> {
        let request = tfplugin6::read_resource::Request {
            type_name: type_name.into(),
            current_state: Some(encode(&request.state)),
            private: request.private,
            provider_meta: None,
            client_capabilities: Some(CAPABILITIES),
            current_identity: identity_data(request.identity.as_ref()),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.read_resource(request).await?.into_inner();
        Ok(Read {
            diagnostics: diagnostics(response.diagnostics),
            state: decode(response.new_state)?,
            private: response.private,
            identity: identity(response.new_identity)?,
        })
    }

    /// Plans a change.
    pub async fn plan(&self, type_name: &str, request: PlanRequest) -> Result<Plan> {
        let request = tfplugin6::plan_resource_change::Request {
            type_name: type_name.into(),
            prior_state: Some(encode(&request.prior)),
            proposed_new_state: Some(encode(&request.proposed)),
            config: Some(encode(&request.config)),
            prior_private: request.private,
            provider_meta: None,
            client_capabilities: Some(CAPABILITIES),
            prior_identity: identity_data(request.identity.as_ref()),
            planned_private: Vec::new(),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.plan_resource_change(request).await?.into_inner();
        Ok(Plan {
            diagnostics: diagnostics(response.diagnostics),
            planned: decode(response.planned_state)?,
            requires_replace: response.requires_replace.iter().map(path_text).collect(),
            private: response.planned_private,
            identity: identity(response.planned_identity)?,
        })
    }

    /// Does what was planned.
    pub async fn apply(&self, type_name: &str, request: ApplyRequest) -> Result<Applied> {
        let request = tfplugin6::apply_resource_change::Request {
            type_name: type_name.into(),
            prior_state: Some(encode(&request.prior)),
            planned_state: Some(encode(&request.planned)),
            config: Some(encode(&request.config)),
            planned_private: request.private,
            provider_meta: None,
            planned_identity: identity_data(request.identity.as_ref()),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.apply_resource_change(request).await?.into_inner();
        Ok(Applied {
            diagnostics: diagnostics(response.diagnostics),
            state: decode(response.new_state)?,
            private: response.private,
            identity: identity(response.new_identity)?,
        })
    }

    /// Imports by id.
    pub async fn import(&self, type_name: &str, id: &str) -> Result<Imported> {
        self.import_by(type_name, id, None).await
    }

    /// Imports by identity.
    pub async fn import_by_identity(&self, type_name: &str, identity: &Value) -> Result<Imported> {
        self.import_by(type_name, "", Some(identity)).await
    }

    async fn import_by(&self, type_name: &str, id: &str, by: Option<&Value>) -> Result<Imported> {
        let request = tfplugin6::import_resource_state::Request {
            type_name: type_name.into(),
            id: id.into(),
            client_capabilities: Some(CAPABILITIES),
            identity: identity_data(by),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.import_resource_state(request).await?.into_inner();
        let imported = |resource: tfplugin6::import_resource_state::ImportedResource| {
            Ok(ImportedResource {
                type_name: resource.type_name,
                state: decode(resource.state)?,
                private: resource.private,
                identity: identity(resource.identity)?,
            })
        };
        Ok(Imported {
            diagnostics: diagnostics(response.diagnostics),
            resources: response
                .imported_resources
                .into_iter()
                .map(imported)
                .collect::<Result<_>>()?,
        })
    }

    /// Reads a data source.
    pub async fn read_data(&self, type_name: &str, config: &Value) -> Result<ReadData> {
        let request = tfplugin6::read_data_source::Request {
            type_name: type_name.into(),
            config: Some(encode(config)),
            provider_meta: None,
            client_capabilities: Some(CAPABILITIES),
        };
        let mut rpc = self.rpc.clone();
        let response = rpc.read_data_source(request).await?.into_inner();
        Ok(ReadData {
            diagnostics: diagnostics(response.diagnostics),
            state: decode(response.state)?,
        })
    }

    /// Asks the provider to end what it is doing, as core does on Ctrl-C.
    pub async fn stop(&self) -> Result<()> {
        let response = self
            .rpc
            .clone()
            .stop_provider(tfplugin6::stop_provider::Request {})
            .await?
            .into_inner();
        if response.error.is_empty() {
            Ok(())
        } else {
            Err(response.error.into())
        }
    }

    /// Ends the process as core does, which is not interested in the answer: the process may be
    /// gone before it is sent. Fails when the process outlives the grace that core gives it.
    pub async fn shut_down(&mut self) -> Result<ExitStatus> {
        let _ = self.controller.shutdown(plugin::Empty {}).await;
        self.process.exit(GRACE).await
    }
}

pub(super) fn diagnostics(wire: Vec<tfplugin6::Diagnostic>) -> Vec<Diagnostic> {
    wire.into_iter().map(Diagnostic::from).collect()
}

fn identity_data(identity: Option<&Value>) -> Option<ResourceIdentityData> {
    identity.map(|value| ResourceIdentityData {
        identity_data: Some(encode(value)),
    })
}

pub(super) fn identity(wire: Option<ResourceIdentityData>) -> Result<Option<Value>> {
    wire.map(|wire| decode(wire.identity_data)).transpose()
}
