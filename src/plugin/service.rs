//! The RPCs of protocol 6: from the wire to the host and back. `serve` adds it to the server.
//!
//! An RPC that is not defined here returns Unimplemented. A panic anywhere below becomes a diagnostic, and state stays
//! as it was.
//!
//! - [`offered`]: what the provider offers, with its schemas
//! - [`resource`]: the life of a resource
//! - [`list`]: what `terraform query` finds

mod list;
mod offered;
mod resource;

use std::collections::BTreeMap;

use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use tonic::{Request, Response, Status};
use tracing::debug;

use super::{
    Context,
    guard::guarded,
    host::{
        self, DataSources, Functions, HostedDataSource, HostedFunction, HostedListResource,
        HostedResource, ListResources, Offer, Resources,
    },
    tfplugin6::{
        self as wire, ClientCapabilities, Deferred, FunctionError, apply_resource_change,
        attribute_path::step::Selector, call_function, configure_provider, deferred,
        generate_resource_config, get_functions, get_metadata, get_provider_schema,
        get_resource_identity_schemas, import_resource_state, list_resource, move_resource_state,
        plan_resource_change, provider_server, read_data_source, read_resource, stop_provider,
        upgrade_resource_identity, upgrade_resource_state, validate_data_resource_config,
        validate_list_resource_config, validate_provider_config, validate_resource_config,
    },
    value::{self, decode},
};

/// The provider on the wire.
pub struct Service<P> {
    provider: P,
    resources: Resources,
    data_sources: DataSources,
    list_resources: ListResources,
    functions: Functions,
    context: Context,
}

impl<P: Offer> Service<P> {
    /// Serves `provider` and what it offers.
    pub fn new(provider: P, context: Context) -> Self {
        Self {
            resources: provider.resources(),
            data_sources: provider.data_sources(),
            list_resources: provider.list_resources(),
            functions: provider.functions(),
            provider,
            context,
        }
    }

    fn resource(&self, name: &str, diagnostics: &mut Diagnostics) -> Option<&dyn HostedResource> {
        find("resource", name, &self.resources, diagnostics)
    }

    fn data_source(
        &self,
        name: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<&dyn HostedDataSource> {
        find("data source", name, &self.data_sources, diagnostics)
    }

    fn list_resource(
        &self,
        name: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<&dyn HostedListResource> {
        find("list resource", name, &self.list_resources, diagnostics)
    }

    fn function(&self, name: &str, diagnostics: &mut Diagnostics) -> Option<&dyn HostedFunction> {
        find("function", name, &self.functions, diagnostics)
    }

    /// The answer in place of what cannot be known yet, for a client that can wait for it.
    fn deferral(&self, client: Option<ClientCapabilities>) -> Option<Deferred> {
        let may_defer = client.is_some_and(|client| client.deferral_allowed);
        (may_defer && self.provider.awaits_configuration()).then(|| {
            debug!("deferred because the provider block is not known yet");
            Deferred {
                reason: deferred::Reason::ProviderConfigUnknown.into(),
            }
        })
    }
}

/// What is offered under this name, or a diagnostic that lists what there is.
fn find<'a, T: ?Sized>(
    kind: &str,
    name: &str,
    offered: &'a BTreeMap<&'static str, Box<T>>,
    diagnostics: &mut Diagnostics,
) -> Option<&'a T> {
    let found = offered.get(name).map(AsRef::as_ref);
    if found.is_none() {
        let known: Vec<_> = offered.keys().copied().collect();
        diagnostics.add_error(Diagnostic {
            summary: format!("This provider has no {kind} {name:?}").into(),
            detail: format!("It has: {}.", known.join(", ")).into(),
            attribute: AttributePath::root(),
        });
    }
    found
}

/// A function call has one error, which is shown at the argument that caused it.
fn function_error(diagnostics: Vec<wire::Diagnostic>) -> Option<FunctionError> {
    let error = diagnostics.into_iter().next()?;
    let steps = error.attribute.map(|path| path.steps).unwrap_or_default();
    let function_argument = steps.into_iter().find_map(|step| match step.selector {
        Some(Selector::ElementKeyInt(index)) => Some(index),
        _ => None,
    });
    let text = if error.detail.is_empty() {
        error.summary
    } else {
        format!("{}: {}", error.summary, error.detail)
    };
    Some(FunctionError {
        text,
        function_argument,
    })
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl<P: Offer> provider_server::Provider for Service<P> {
    async fn get_metadata(
        &self,
        _request: Request<get_metadata::Request>,
    ) -> Answer<get_metadata::Response> {
        Ok(Response::new(self.metadata()))
    }

    async fn get_provider_schema(
        &self,
        _request: Request<get_provider_schema::Request>,
    ) -> Answer<get_provider_schema::Response> {
        let (schemas, diagnostics) = guarded("GetProviderSchema", "", async |diagnostics| {
            self.schemas(diagnostics)
        })
        .await;
        Ok(Response::new(get_provider_schema::Response {
            diagnostics,
            ..schemas.unwrap_or_default()
        }))
    }

    async fn get_resource_identity_schemas(
        &self,
        _request: Request<get_resource_identity_schemas::Request>,
    ) -> Answer<get_resource_identity_schemas::Response> {
        Ok(Response::new(self.identity_schemas()))
    }

    async fn get_functions(
        &self,
        _request: Request<get_functions::Request>,
    ) -> Answer<get_functions::Response> {
        let (functions, diagnostics) = guarded("GetFunctions", "", async |diagnostics| {
            self.signatures(diagnostics)
        })
        .await;
        Ok(Response::new(get_functions::Response {
            functions: functions.unwrap_or_default(),
            diagnostics,
        }))
    }

    async fn call_function(
        &self,
        request: Request<call_function::Request>,
    ) -> Answer<call_function::Response> {
        let request = request.into_inner();
        let (result, diagnostics) = guarded("CallFunction", &request.name, async |diagnostics| {
            let it = self.function(&request.name, diagnostics)?;
            it.call(diagnostics, &request.arguments).await
        })
        .await;
        Ok(Response::new(call_function::Response {
            result,
            error: function_error(diagnostics),
        }))
    }

    async fn validate_provider_config(
        &self,
        request: Request<validate_provider_config::Request>,
    ) -> Answer<validate_provider_config::Response> {
        let request = request.into_inner();
        let (_, diagnostics) = guarded("ValidateProviderConfig", "", async |diagnostics| {
            let config = decode(request.config.as_ref());
            let config = host::read("provider block", config, diagnostics)?;
            self.provider.validate(diagnostics, config).await
        })
        .await;
        Ok(Response::new(validate_provider_config::Response {
            diagnostics,
        }))
    }

    async fn validate_resource_config(
        &self,
        request: Request<validate_resource_config::Request>,
    ) -> Answer<validate_resource_config::Response> {
        let request = request.into_inner();
        let (_, diagnostics) = guarded(
            "ValidateResourceConfig",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.validate(diagnostics, request.config.as_ref()).await
            },
        )
        .await;
        Ok(Response::new(validate_resource_config::Response {
            diagnostics,
        }))
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<validate_data_resource_config::Request>,
    ) -> Answer<validate_data_resource_config::Response> {
        let request = request.into_inner();
        let (_, diagnostics) = guarded(
            "ValidateDataResourceConfig",
            &request.type_name,
            async |diagnostics| {
                let it = self.data_source(&request.type_name, diagnostics)?;
                it.validate(diagnostics, request.config.as_ref()).await
            },
        )
        .await;
        Ok(Response::new(validate_data_resource_config::Response {
            diagnostics,
        }))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<validate_list_resource_config::Request>,
    ) -> Answer<validate_list_resource_config::Response> {
        let request = request.into_inner();
        let (_, diagnostics) = guarded(
            "ValidateListResourceConfig",
            &request.type_name,
            async |diagnostics| {
                let it = self.list_resource(&request.type_name, diagnostics)?;
                it.validate(diagnostics, request.config.as_ref())
            },
        )
        .await;
        Ok(Response::new(validate_list_resource_config::Response {
            diagnostics,
        }))
    }

    async fn configure_provider(
        &self,
        request: Request<configure_provider::Request>,
    ) -> Answer<configure_provider::Response> {
        self.context.begin();
        let request = request.into_inner();
        let (_, diagnostics) = guarded("ConfigureProvider", "", async |diagnostics| {
            let config = decode(request.config.as_ref());
            let config = host::read("provider block", config, diagnostics)?;
            let version = request.terraform_version.clone();
            self.provider.configure(diagnostics, version, config).await
        })
        .await;
        Ok(Response::new(configure_provider::Response { diagnostics }))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<upgrade_resource_state::Request>,
    ) -> Answer<upgrade_resource_state::Response> {
        Ok(Response::new(
            self.upgrade_state(request.into_inner()).await,
        ))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<upgrade_resource_identity::Request>,
    ) -> Answer<upgrade_resource_identity::Response> {
        let request = request.into_inner();
        Ok(Response::new(self.upgrade_identity(request).await))
    }

    async fn read_resource(
        &self,
        request: Request<read_resource::Request>,
    ) -> Answer<read_resource::Response> {
        Ok(Response::new(self.read(request.into_inner()).await))
    }

    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> Answer<plan_resource_change::Response> {
        Ok(Response::new(self.plan(request.into_inner()).await))
    }

    async fn apply_resource_change(
        &self,
        request: Request<apply_resource_change::Request>,
    ) -> Answer<apply_resource_change::Response> {
        Ok(Response::new(self.apply(request.into_inner()).await))
    }

    async fn import_resource_state(
        &self,
        request: Request<import_resource_state::Request>,
    ) -> Answer<import_resource_state::Response> {
        Ok(Response::new(self.import(request.into_inner()).await))
    }

    async fn move_resource_state(
        &self,
        request: Request<move_resource_state::Request>,
    ) -> Answer<move_resource_state::Response> {
        Ok(Response::new(self.move_state(request.into_inner()).await))
    }

    async fn generate_resource_config(
        &self,
        request: Request<generate_resource_config::Request>,
    ) -> Answer<generate_resource_config::Response> {
        let request = request.into_inner();
        let (config, diagnostics) = guarded(
            "GenerateResourceConfig",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.configuration(diagnostics, request.state.as_ref())
            },
        )
        .await;
        Ok(Response::new(generate_resource_config::Response {
            config,
            diagnostics,
        }))
    }

    async fn read_data_source(
        &self,
        request: Request<read_data_source::Request>,
    ) -> Answer<read_data_source::Response> {
        let request = request.into_inner();
        if let Some(deferred) = self.deferral(request.client_capabilities) {
            return Ok(Response::new(read_data_source::Response {
                state: Some(value::unknown()),
                deferred: Some(deferred),
                ..Default::default()
            }));
        }
        let (state, diagnostics) =
            guarded("ReadDataSource", &request.type_name, async |diagnostics| {
                let it = self.data_source(&request.type_name, diagnostics)?;
                it.read(diagnostics, &request).await
            })
            .await;
        Ok(Response::new(read_data_source::Response {
            state,
            diagnostics,
            ..Default::default()
        }))
    }

    async fn list_resource(
        &self,
        request: Request<list_resource::Request>,
    ) -> Answer<list::Events> {
        Ok(Response::new(self.events(request.into_inner()).await))
    }

    async fn stop_provider(
        &self,
        _request: Request<stop_provider::Request>,
    ) -> Answer<stop_provider::Response> {
        debug!("asked to stop");
        self.context.stop();
        Ok(Response::new(stop_provider::Response::default()))
    }
}

#[cfg(test)]
mod tests;
