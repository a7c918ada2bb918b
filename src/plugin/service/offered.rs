//! What the provider offers: names, capabilities, schemas and signatures, sorted by name.

use std::collections::BTreeMap;

use tf_provider::Diagnostics;

use super::{
    super::{
        convert,
        host::Offer,
        tfplugin6::{
            self as wire, ServerCapabilities, get_metadata, get_provider_schema,
            get_resource_identity_schemas,
        },
    },
    Service,
};

const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

impl<P: Offer> Service<P> {
    pub(super) fn metadata(&self) -> get_metadata::Response {
        let resource = |name: &&str| get_metadata::ResourceMetadata {
            type_name: (*name).into(),
        };
        let data_source = |name: &&str| get_metadata::DataSourceMetadata {
            type_name: (*name).into(),
        };
        let list_resource = |name: &&str| get_metadata::ListResourceMetadata {
            type_name: (*name).into(),
        };
        let function = |name: &&str| get_metadata::FunctionMetadata {
            name: (*name).into(),
        };
        get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: self.resources.keys().map(resource).collect(),
            data_sources: self.data_sources.keys().map(data_source).collect(),
            list_resources: self.list_resources.keys().map(list_resource).collect(),
            functions: self.functions.keys().map(function).collect(),
            ..Default::default()
        }
    }

    pub(super) fn schemas(
        &self,
        diagnostics: &mut Diagnostics,
    ) -> Option<get_provider_schema::Response> {
        let mut answer = get_provider_schema::Response {
            provider: Some(convert::schema(&self.provider.schema(diagnostics)?)),
            functions: self.signatures(diagnostics)?,
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
        for (name, list_resource) in &self.list_resources {
            let schema = convert::schema(&list_resource.schema());
            answer
                .list_resource_schemas
                .insert((*name).to_owned(), schema);
        }
        Some(answer)
    }

    pub(super) fn identity_schemas(&self) -> get_resource_identity_schemas::Response {
        let schemas = self.resources.iter().map(|(name, resource)| {
            let schema = convert::identity_schema(&resource.identity_schema());
            ((*name).to_owned(), schema)
        });
        get_resource_identity_schemas::Response {
            identity_schemas: schemas.collect(),
            ..Default::default()
        }
    }

    pub(super) fn signatures(
        &self,
        diagnostics: &mut Diagnostics,
    ) -> Option<BTreeMap<String, wire::Function>> {
        let functions = self.functions.iter().map(|(name, function)| {
            let signature = convert::function(&function.schema(diagnostics)?);
            Some(((*name).to_owned(), signature))
        });
        functions.collect()
    }
}
