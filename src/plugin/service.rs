//! The rpcs of protocol 6: from the wire to the host and back. `serve` adds it to the server.
//!
//! An rpc that is not defined here answers Unimplemented. A panic anywhere below becomes a
//! diagnostic, and state stays as it was.

use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use tonic::{Request, Response, Status};
use tracing::debug;

use super::{
    Context, convert,
    guard::guarded,
    host::{self, DataSources, HostedDataSource, HostedResource, Offer, Resources},
    tfplugin6::{
        ServerCapabilities, apply_resource_change, configure_provider, get_functions, get_metadata,
        get_provider_schema, get_resource_identity_schemas, import_resource_state,
        plan_resource_change, provider_server, read_data_source, read_resource, stop_provider,
        upgrade_resource_state, validate_data_resource_config, validate_provider_config,
        validate_resource_config,
    },
    value::decode,
};

/// The provider on the wire.
pub struct Service<P> {
    provider: P,
    resources: Resources,
    data_sources: DataSources,
    context: Context,
}

impl<P: Offer> Service<P> {
    /// Serves `provider` and what it offers.
    pub fn new(provider: P, context: Context) -> Self {
        let (resources, data_sources) = (provider.resources(), provider.data_sources());
        Self {
            provider,
            resources,
            data_sources,
            context,
        }
    }

    fn resource(&self, name: &str, diagnostics: &mut Diagnostics) -> Option<&dyn HostedResource> {
        let found = self.resources.get(name).map(AsRef::as_ref);
        if found.is_none() {
            diagnostics.add_error(unknown_type("resource", name, self.resources.keys()));
        }
        found
    }

    fn data_source(
        &self,
        name: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<&dyn HostedDataSource> {
        let found = self.data_sources.get(name).map(AsRef::as_ref);
        if found.is_none() {
            diagnostics.add_error(unknown_type("data source", name, self.data_sources.keys()));
        }
        found
    }

    fn schemas(&self, diagnostics: &mut Diagnostics) -> Option<get_provider_schema::Response> {
        let mut answer = get_provider_schema::Response {
            provider: Some(convert::schema(&self.provider.schema(diagnostics)?)),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        };
        for (name, resource) in &self.resources {
            let schema = convert::schema(&resource.schema(diagnostics)?);
            answer.resource_schemas.insert((*name).to_owned(), schema);
        }
        for (name, data_source) in &self.data_sources {
            let schema = convert::schema(&data_source.schema(diagnostics)?);
            answer
                .data_source_schemas
                .insert((*name).to_owned(), schema);
        }
        Some(answer)
    }
}

const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: false,
    generate_resource_config: false,
};

fn unknown_type<'a>(
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'a &'static str>,
) -> Diagnostic {
    let known: Vec<_> = known.copied().collect();
    Diagnostic {
        summary: format!("This provider has no {kind} {name:?}").into(),
        detail: format!("It has: {}.", known.join(", ")).into(),
        attribute: AttributePath::root(),
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl<P: Offer> provider_server::Provider for Service<P> {
    async fn get_metadata(
        &self,
        _request: Request<get_metadata::Request>,
    ) -> Answer<get_metadata::Response> {
        let resource = |name: &&str| get_metadata::ResourceMetadata {
            type_name: (*name).into(),
        };
        let data_source = |name: &&str| get_metadata::DataSourceMetadata {
            type_name: (*name).into(),
        };
        Ok(Response::new(get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: self.resources.keys().map(resource).collect(),
            data_sources: self.data_sources.keys().map(data_source).collect(),
            ..Default::default()
        }))
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
        Ok(Response::new(
            get_resource_identity_schemas::Response::default(),
        ))
    }

    async fn get_functions(
        &self,
        _request: Request<get_functions::Request>,
    ) -> Answer<get_functions::Response> {
        Ok(Response::new(get_functions::Response::default()))
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
        let request = request.into_inner();
        let json = request
            .raw_state
            .map(|state| state.json)
            .unwrap_or_default();
        let (upgraded_state, diagnostics) = guarded(
            "UpgradeResourceState",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.upgrade(diagnostics, request.version, &json)
            },
        )
        .await;
        Ok(Response::new(upgrade_resource_state::Response {
            upgraded_state,
            diagnostics,
        }))
    }

    async fn read_resource(
        &self,
        request: Request<read_resource::Request>,
    ) -> Answer<read_resource::Response> {
        let request = request.into_inner();
        let (kept, diagnostics) =
            guarded("ReadResource", &request.type_name, async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.read(diagnostics, &request).await
            })
            .await;
        let (new_state, private) = match kept {
            Some(kept) => (Some(kept.value), kept.private),
            None => (request.current_state, request.private),
        };
        Ok(Response::new(read_resource::Response {
            new_state,
            private,
            diagnostics,
            ..Default::default()
        }))
    }

    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> Answer<plan_resource_change::Response> {
        let request = request.into_inner();
        let (planned, diagnostics) = guarded(
            "PlanResourceChange",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.plan(diagnostics, &request).await
            },
        )
        .await;
        let (planned_state, planned_private, requires_replace) = match planned {
            Some(planned) => {
                let paths = planned
                    .requires_replace
                    .into_iter()
                    .map(convert::path)
                    .collect();
                (Some(planned.kept.value), planned.kept.private, paths)
            }
            None => (request.prior_state, request.prior_private, Vec::new()),
        };
        Ok(Response::new(plan_resource_change::Response {
            planned_state,
            planned_private,
            requires_replace,
            diagnostics,
            ..Default::default()
        }))
    }

    async fn apply_resource_change(
        &self,
        request: Request<apply_resource_change::Request>,
    ) -> Answer<apply_resource_change::Response> {
        let request = request.into_inner();
        let (kept, diagnostics) = guarded(
            "ApplyResourceChange",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.apply(diagnostics, &request).await
            },
        )
        .await;
        let (new_state, private) = match kept {
            Some(kept) => (Some(kept.value), kept.private),
            None => (request.prior_state, request.planned_private),
        };
        Ok(Response::new(apply_resource_change::Response {
            new_state,
            private,
            diagnostics,
            ..Default::default()
        }))
    }

    async fn import_resource_state(
        &self,
        request: Request<import_resource_state::Request>,
    ) -> Answer<import_resource_state::Response> {
        let request = request.into_inner();
        let (kept, diagnostics) = guarded(
            "ImportResourceState",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.import(diagnostics, &request).await
            },
        )
        .await;
        let imported = kept.map(|kept| import_resource_state::ImportedResource {
            type_name: request.type_name,
            state: Some(kept.value),
            private: kept.private,
            ..Default::default()
        });
        Ok(Response::new(import_resource_state::Response {
            imported_resources: imported.into_iter().collect(),
            diagnostics,
            ..Default::default()
        }))
    }

    async fn read_data_source(
        &self,
        request: Request<read_data_source::Request>,
    ) -> Answer<read_data_source::Response> {
        let request = request.into_inner();
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
