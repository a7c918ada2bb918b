//! Hosts any [`tf_provider::Resource`], and what its trait does not cover.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use tf_provider::{AttributePath, Diagnostics, Resource, schema::Schema};

use super::{
    super::{
        tfplugin6::{
            DynamicValue, ResourceIdentityData, apply_resource_change, import_resource_state,
            move_resource_state, plan_resource_change, read_resource,
        },
        upgrade,
        value::{self, decode, decode_nullable, decode_private, is_null},
    },
    Kept, read, write, write_identity, write_private,
};

/// A resource that has an identity, so its objects can be found, moved and written as configuration.
#[async_trait]
pub trait Managed: Resource {
    /// What distinguishes one object from all others.
    type Identity: Serialize + DeserializeOwned + Send;

    /// The attributes of an identity: the required ones are what an import needs.
    fn identity_schema(&self) -> Schema;

    /// The identity of the object that a state describes, if it is known.
    fn identity(&self, state: &Self::State<'_>) -> Option<Self::Identity>;

    /// What an import starts from.
    async fn import_by_identity<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        identity: Self::Identity,
    ) -> Option<(Self::State<'a>, Self::PrivateState<'a>)>;

    /// The plan for an object that replaces another one. Of the replaced object, the plan gets what is stored beside
    /// its state.
    async fn plan_replacement<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        config: Self::State<'a>,
        replaced: Self::PrivateState<'a>,
    ) -> Option<(Self::State<'a>, Self::PrivateState<'a>)>;

    /// The state of an object that another resource type has managed so far.
    fn move_from<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        source: &MoveSource<'_>,
    ) -> Option<(Self::State<'a>, Self::PrivateState<'a>)>;

    /// A configuration that keeps the object as it is.
    fn configuration<'a>(&self, state: Self::State<'a>) -> Self::State<'a>;
}

/// What another resource type knows about an object.
pub struct MoveSource<'a> {
    /// The address of its provider, as `HOST/NAMESPACE/NAME`.
    pub provider: &'a str,
    /// The type.
    pub type_name: &'a str,
    /// The state as it is stored.
    pub state: serde_json::Value,
}

/// A planned value, and what forces a replacement.
pub struct Planned {
    pub kept: Kept,
    pub requires_replace: Vec<AttributePath>,
}

/// A resource as the RPCs need it. `None` always comes with an error among the diagnostics, or `service` adds one.
#[async_trait]
pub trait HostedResource: Send + Sync {
    fn schema(&self, diagnostics: &mut Diagnostics) -> Option<Schema>;

    async fn validate(
        &self,
        diagnostics: &mut Diagnostics,
        config: Option<&DynamicValue>,
    ) -> Option<()>;

    /// Converts stored JSON of schema version `version` to a value of the current schema.
    fn upgrade(
        &self,
        diagnostics: &mut Diagnostics,
        version: i64,
        json: &[u8],
    ) -> Option<DynamicValue>;

    /// A null value means that the object is gone.
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

    /// `None` means that state must stay as it was.
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

    fn identity_schema(&self) -> Schema;

    /// Converts a stored identity of schema version `version` to a value of the current schema.
    fn upgrade_identity(
        &self,
        diagnostics: &mut Diagnostics,
        version: i64,
        json: &[u8],
    ) -> Option<ResourceIdentityData>;

    fn move_from(
        &self,
        diagnostics: &mut Diagnostics,
        request: &move_resource_state::Request,
    ) -> Option<Kept>;

    /// A configuration for an object in this state; null for none.
    fn configuration(
        &self,
        diagnostics: &mut Diagnostics,
        state: Option<&DynamicValue>,
    ) -> Option<DynamicValue>;
}

#[async_trait]
impl<R: Managed> HostedResource for R {
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
            Some((state, private)) => keep(self, &state, &private, diagnostics),
            // Only what is certainly gone is removed from state.
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
            let identity = identity_of(self, &prior, diagnostics)?;
            let private = Resource::plan_destroy(self, diagnostics, prior, private, meta).await?;
            let kept = Kept {
                value: Some(value::null()),
                private: write_private(&private, diagnostics)?,
                identity,
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
            // Core does not pass the prior state of what is replaced.
            let (planned, private) = if request.prior_private.is_empty() {
                Resource::plan_create(self, diagnostics, proposed, config, meta).await?
            } else {
                self.plan_replacement(diagnostics, config, private).await?
            };
            (planned, private, Vec::new())
        } else {
            let prior = read("prior state", decode(prior), diagnostics)?;
            Resource::plan_update(self, diagnostics, prior, proposed, config, private, meta).await?
        };
        Some(Planned {
            kept: keep(self, &planned, &private, diagnostics)?,
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
            // An error means that the object may still be there, whatever was returned.
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
        keep(self, &state, &private, diagnostics)
    }

    async fn import(
        &self,
        diagnostics: &mut Diagnostics,
        request: &import_resource_state::Request,
    ) -> Option<Kept> {
        let identity = request.identity.as_ref();
        let identity = identity.and_then(|identity| identity.identity_data.as_ref());
        let (state, private) = if is_null(identity) {
            Resource::import(self, diagnostics, request.id.clone()).await?
        } else {
            let identity = read("identity", decode(identity), diagnostics)?;
            self.import_by_identity(diagnostics, identity).await?
        };
        keep(self, &state, &private, diagnostics)
    }

    fn identity_schema(&self) -> Schema {
        Managed::identity_schema(self)
    }

    fn upgrade_identity(
        &self,
        diagnostics: &mut Diagnostics,
        version: i64,
        json: &[u8],
    ) -> Option<ResourceIdentityData> {
        let schema = Managed::identity_schema(self);
        let json = upgrade::to_current(&schema, version, json, diagnostics)?;
        let identity: R::Identity = read(
            "stored identity",
            serde_json::from_slice(&json).map_err(Into::into),
            diagnostics,
        )?;
        write_identity(&identity, diagnostics)
    }

    fn move_from(
        &self,
        diagnostics: &mut Diagnostics,
        request: &move_resource_state::Request,
    ) -> Option<Kept> {
        let json = request.source_state.as_ref().map(|it| it.json.as_slice());
        let source = MoveSource {
            provider: &request.source_provider_address,
            type_name: &request.source_type_name,
            state: read(
                "state of the moved resource",
                serde_json::from_slice(json.unwrap_or_default()).map_err(Into::into),
                diagnostics,
            )?,
        };
        let (state, private) = Managed::move_from(self, diagnostics, &source)?;
        keep(self, &state, &private, diagnostics)
    }

    fn configuration(
        &self,
        diagnostics: &mut Diagnostics,
        state: Option<&DynamicValue>,
    ) -> Option<DynamicValue> {
        if is_null(state) {
            return Some(value::null());
        }
        let state = read("state", decode(state), diagnostics)?;
        write(&Managed::configuration(self, state), diagnostics)
    }
}

impl<R: Managed + 'static> From<R> for Box<dyn HostedResource> {
    fn from(resource: R) -> Self {
        Box::new(resource)
    }
}

fn keep<R: Managed>(
    resource: &R,
    state: &R::State<'_>,
    private: &R::PrivateState<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Kept> {
    Some(Kept {
        value: Some(write(state, diagnostics)?),
        private: write_private(private, diagnostics)?,
        identity: identity_of(resource, state, diagnostics)?,
    })
}

/// The identity in a state, if it is known.
#[expect(clippy::option_option, reason = "the outer `None` is a failed write")]
fn identity_of<R: Managed>(
    resource: &R,
    state: &R::State<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Option<ResourceIdentityData>> {
    match resource.identity(state) {
        Some(identity) => write_identity(&identity, diagnostics).map(Some),
        None => Some(None),
    }
}
