//! Hosts any [`tf_provider::Resource`] or [`tf_provider::DataSource`] behind one object-safe
//! trait: values are decoded on the way in and encoded on the way out. `service` calls it.
//!
//! tf-provider's own object-safe traits cannot be called from outside: their values are of a
//! type that it keeps to itself.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tf_provider::{
    AttributePath, DataSource, Diagnostic, Diagnostics, Provider, Resource, schema::Schema,
};

use super::{
    tfplugin6::{
        DynamicValue, apply_resource_change, import_resource_state, plan_resource_change,
        read_data_source, read_resource,
    },
    upgrade,
    value::{self, decode, decode_nullable, decode_private, is_null},
};

/// Resources by their type name.
pub type Resources = BTreeMap<&'static str, Box<dyn HostedResource>>;

/// Data sources by their type name.
pub type DataSources = BTreeMap<&'static str, Box<dyn HostedDataSource>>;

/// A provider and what it offers. tf-provider's trait has the provider block; its lists of
/// resources and data sources are of the closed kind, so they have a place of their own here.
pub trait Offer: Provider {
    /// The resources, by type name.
    fn resources(&self) -> Resources;

    /// The data sources, by type name.
    fn data_sources(&self) -> DataSources;
}

/// A value that goes into state, and the private bytes that go with it.
pub struct Kept {
    pub value: DynamicValue,
    pub private: Vec<u8>,
}

impl Kept {
    /// The object is gone, or never was.
    fn gone() -> Self {
        Self {
            value: value::null(),
            private: Vec::new(),
        }
    }
}

/// A planned value, and what forces a replacement.
pub struct Planned {
    pub kept: Kept,
    pub requires_replace: Vec<AttributePath>,
}

/// A resource as the rpcs need it. `None` always comes with an error among the diagnostics,
/// or `service` adds one.
#[async_trait]
pub trait HostedResource: Send + Sync {
    fn schema(&self, diagnostics: &mut Diagnostics) -> Option<Schema>;

    async fn validate(
        &self,
        diagnostics: &mut Diagnostics,
        config: Option<&DynamicValue>,
    ) -> Option<()>;

    /// Stored JSON of schema version `version` to a value of the current schema.
    fn upgrade(
        &self,
        diagnostics: &mut Diagnostics,
        version: i64,
        json: &[u8],
    ) -> Option<DynamicValue>;

    /// A null value says that the object is gone.
    async fn read(
        &self,
        diagnostics: &mut Diagnostics,
        request: &read_resource::Request,
    ) -> Option<Kept>;

    async fn plan(
        &self,
        diagnostics: &mut Diagnostics,
        request: &plan_resource_change::Request,
    ) -> Option<Planned>;

    /// `None` says that state must stay as it was.
    async fn apply(
        &self,
        diagnostics: &mut Diagnostics,
        request: &apply_resource_change::Request,
    ) -> Option<Kept>;

    async fn import(
        &self,
        diagnostics: &mut Diagnostics,
        request: &import_resource_state::Request,
    ) -> Option<Kept>;
}

#[async_trait]
impl<R: Resource> HostedResource for R {
    fn schema(&self, diagnostics: &mut Diagnostics) -> Option<Schema> {
        Resource::schema(self, diagnostics)
    }

    async fn validate(
        &self,
        diagnostics: &mut Diagnostics,
        config: Option<&DynamicValue>,
    ) -> Option<()> {
        let config = read("configuration", decode(config), diagnostics)?;
        Resource::validate(self, diagnostics, config).await
    }

    fn upgrade(
        &self,
        diagnostics: &mut Diagnostics,
        version: i64,
        json: &[u8],
    ) -> Option<DynamicValue> {
        let schema = Resource::schema(self, diagnostics)?;
        let json = upgrade::to_current(&schema, version, json, diagnostics)?;
        let state: R::State<'_> = read(
            "stored state",
            serde_json::from_slice(&json).map_err(Into::into),
            diagnostics,
        )?;
        write(&state, diagnostics)
    }

    async fn read(
        &self,
        diagnostics: &mut Diagnostics,
        request: &read_resource::Request,
    ) -> Option<Kept> {
        let state = read("state", decode(request.current_state.as_ref()), diagnostics)?;
        let private = read(
            "private state",
            decode_private(&request.private),
            diagnostics,
        )?;
        let meta = read(
            "meta",
            decode_nullable(request.provider_meta.as_ref()),
            diagnostics,
        )?;
        match Resource::read(self, diagnostics, state, private, meta).await {
            Some((state, private)) => keep(&state, &private, diagnostics),
            // Only what is certainly gone leaves state.
            None if diagnostics.errors.is_empty() => Some(Kept::gone()),
            None => None,
        }
    }

    async fn plan(
        &self,
        diagnostics: &mut Diagnostics,
        request: &plan_resource_change::Request,
    ) -> Option<Planned> {
        let prior = request.prior_state.as_ref();
        let proposed = request.proposed_new_state.as_ref();
        let meta = read(
            "meta",
            decode_nullable(request.provider_meta.as_ref()),
            diagnostics,
        )?;
        let private = read(
            "private state",
            decode_private(&request.prior_private),
            diagnostics,
        )?;
        if is_null(proposed) {
            if is_null(prior) {
                return Some(Planned {
                    kept: Kept::gone(),
                    requires_replace: Vec::new(),
                });
            }
            let prior = read("prior state", decode(prior), diagnostics)?;
            let private = Resource::plan_destroy(self, diagnostics, prior, private, meta).await?;
            let private = write_private(&private, diagnostics)?;
            let kept = Kept {
                value: value::null(),
                private,
            };
            return Some(Planned {
                kept,
                requires_replace: Vec::new(),
            });
        }
        let config = read(
            "configuration",
            decode(request.config.as_ref()),
            diagnostics,
        )?;
        let is_create = is_null(prior);
        let proposed = read("proposed state", decode(proposed), diagnostics)?;
        let (planned, private, requires_replace) = if is_create {
            let (planned, private) =
                Resource::plan_create(self, diagnostics, proposed, config, meta).await?;
            (planned, private, Vec::new())
        } else {
            let prior = read("prior state", decode(prior), diagnostics)?;
            Resource::plan_update(self, diagnostics, prior, proposed, config, private, meta).await?
        };
        Some(Planned {
            kept: keep(&planned, &private, diagnostics)?,
            requires_replace,
        })
    }

    async fn apply(
        &self,
        diagnostics: &mut Diagnostics,
        request: &apply_resource_change::Request,
    ) -> Option<Kept> {
        let prior = request.prior_state.as_ref();
        let planned = request.planned_state.as_ref();
        let meta = read(
            "meta",
            decode_nullable(request.provider_meta.as_ref()),
            diagnostics,
        )?;
        let private = read(
            "planned private state",
            decode_private(&request.planned_private),
            diagnostics,
        )?;
        if is_null(planned) {
            let prior = read("prior state", decode(prior), diagnostics)?;
            Resource::destroy(self, diagnostics, prior, private, meta).await?;
            // An error says that the object may still be there, whatever was returned.
            return diagnostics.errors.is_empty().then(Kept::gone);
        }
        let config = read(
            "configuration",
            decode(request.config.as_ref()),
            diagnostics,
        )?;
        let is_create = is_null(prior);
        let planned = read("planned state", decode(planned), diagnostics)?;
        let (state, private) = if is_create {
            Resource::create(self, diagnostics, planned, config, private, meta).await?
        } else {
            let prior = read("prior state", decode(prior), diagnostics)?;
            Resource::update(self, diagnostics, prior, planned, config, private, meta).await?
        };
        keep(&state, &private, diagnostics)
    }

    async fn import(
        &self,
        diagnostics: &mut Diagnostics,
        request: &import_resource_state::Request,
    ) -> Option<Kept> {
        let (state, private) = Resource::import(self, diagnostics, request.id.clone()).await?;
        keep(&state, &private, diagnostics)
    }
}

impl<R: Resource + 'static> From<R> for Box<dyn HostedResource> {
    fn from(resource: R) -> Self {
        Box::new(resource)
    }
}

/// A data source as the rpcs need it. `None` always comes with an error among the
/// diagnostics, or `service` adds one.
#[async_trait]
pub trait HostedDataSource: Send + Sync {
    fn schema(&self, diagnostics: &mut Diagnostics) -> Option<Schema>;

    async fn validate(
        &self,
        diagnostics: &mut Diagnostics,
        config: Option<&DynamicValue>,
    ) -> Option<()>;

    async fn read(
        &self,
        diagnostics: &mut Diagnostics,
        request: &read_data_source::Request,
    ) -> Option<DynamicValue>;
}

#[async_trait]
impl<D: DataSource> HostedDataSource for D {
    fn schema(&self, diagnostics: &mut Diagnostics) -> Option<Schema> {
        DataSource::schema(self, diagnostics)
    }

    async fn validate(
        &self,
        diagnostics: &mut Diagnostics,
        config: Option<&DynamicValue>,
    ) -> Option<()> {
        let config = read("configuration", decode(config), diagnostics)?;
        DataSource::validate(self, diagnostics, config).await
    }

    async fn read(
        &self,
        diagnostics: &mut Diagnostics,
        request: &read_data_source::Request,
    ) -> Option<DynamicValue> {
        let config = read(
            "configuration",
            decode(request.config.as_ref()),
            diagnostics,
        )?;
        let meta = read(
            "meta",
            decode_nullable(request.provider_meta.as_ref()),
            diagnostics,
        )?;
        let state = DataSource::read(self, diagnostics, config, meta).await?;
        write(&state, diagnostics)
    }
}

impl<D: DataSource + 'static> From<D> for Box<dyn HostedDataSource> {
    fn from(data_source: D) -> Self {
        Box::new(data_source)
    }
}

/// What was read, or a diagnostic that says which value cannot be.
pub fn read<T>(
    what: &str,
    value: Result<T, value::Error>,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    value
        .map_err(|error| {
            diagnostics.add_error(bug(&format!(
                "The {what} that Terraform sent cannot be read: {error}."
            )));
        })
        .ok()
}

fn write(value: &impl serde::Serialize, diagnostics: &mut Diagnostics) -> Option<DynamicValue> {
    write_private(value, diagnostics).map(value::dynamic)
}

fn write_private(value: &impl serde::Serialize, diagnostics: &mut Diagnostics) -> Option<Vec<u8>> {
    value::encode(value)
        .map_err(|error| {
            diagnostics.add_error(bug(&format!("A value cannot be encoded: {error}.")));
        })
        .ok()
}

fn keep(
    state: &impl serde::Serialize,
    private: &impl serde::Serialize,
    diagnostics: &mut Diagnostics,
) -> Option<Kept> {
    Some(Kept {
        value: write(state, diagnostics)?,
        private: write_private(private, diagnostics)?,
    })
}

/// A diagnostic for what no user can cause.
pub fn bug(detail: &str) -> Diagnostic {
    Diagnostic {
        summary: "The provider has a bug".into(),
        detail: format!("{detail}\n\nState was kept as it was. Please report this.").into(),
        attribute: AttributePath::root(),
    }
}
