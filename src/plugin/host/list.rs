//! Hosts the list resources, which find objects for `terraform query`.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use tf_provider::{Diagnostics, schema::Schema};

use super::{
    super::{
        tfplugin6::{DynamicValue, list_resource::Event},
        value::decode_nullable,
    },
    read, write, write_identity,
};

/// Finds the objects of a resource type.
#[async_trait]
pub trait ListResource: Send + Sync {
    /// What a `list` block asks for.
    type Config: DeserializeOwned + Default + Send;

    /// The objects, page by page.
    type Pages: Pages + 'static;

    /// The attributes of the configuration.
    fn schema(&self) -> Schema;

    /// Adds an error for each thing that is wrong with a configuration.
    fn validate(&self, diagnostics: &mut Diagnostics, config: &Self::Config);

    /// The objects that a configuration asks for. Nothing is read before a page is asked for.
    fn list(&self, config: Self::Config) -> Self::Pages;
}

/// Objects that are found page by page. They are dropped when nobody wants more of them.
#[async_trait]
pub trait Pages: Send {
    /// Identifies an object.
    type Identity: Serialize + Send;

    /// The state of an object.
    type Object: Serialize + Send;

    /// The objects of the next page. `None` if there is no other page, or if there is an error.
    async fn next(
        &mut self,
        diagnostics: &mut Diagnostics,
    ) -> Option<Vec<Found<Self::Identity, Self::Object>>>;
}

/// An object that was found.
pub struct Found<Identity, Object> {
    /// Which object it is.
    pub identity: Identity,
    /// What people call it.
    pub display_name: String,
    /// Its state.
    pub object: Object,
}

/// A list resource as the RPCs need it. `None` always comes with an error among the diagnostics, or `service` adds one.
pub trait HostedListResource: Send + Sync {
    fn schema(&self) -> Schema;

    fn validate(&self, diagnostics: &mut Diagnostics, config: Option<&DynamicValue>) -> Option<()>;

    fn list(
        &self,
        diagnostics: &mut Diagnostics,
        config: Option<&DynamicValue>,
        include_object: bool,
    ) -> Option<Box<dyn HostedPages>>;
}

/// The pages of a list, as events.
#[async_trait]
pub trait HostedPages: Send {
    async fn next(&mut self, diagnostics: &mut Diagnostics) -> Option<Vec<Event>>;
}

impl<L: ListResource> HostedListResource for L {
    fn schema(&self) -> Schema {
        ListResource::schema(self)
    }

    fn validate(&self, diagnostics: &mut Diagnostics, config: Option<&DynamicValue>) -> Option<()> {
        let config = read_config(diagnostics, config)?;
        ListResource::validate(self, diagnostics, &config);
        Some(())
    }

    fn list(
        &self,
        diagnostics: &mut Diagnostics,
        config: Option<&DynamicValue>,
        include_object: bool,
    ) -> Option<Box<dyn HostedPages>> {
        let config = read_config(diagnostics, config)?;
        Some(Box::new(Events {
            pages: ListResource::list(self, config),
            include_object,
        }))
    }
}

impl<L: ListResource + 'static> From<L> for Box<dyn HostedListResource> {
    fn from(list_resource: L) -> Self {
        Box::new(list_resource)
    }
}

/// The block can be left out, which asks for everything.
fn read_config<C: DeserializeOwned + Default>(
    diagnostics: &mut Diagnostics,
    config: Option<&DynamicValue>,
) -> Option<C> {
    let config: Option<C> = read("configuration", decode_nullable(config), diagnostics)?;
    Some(config.unwrap_or_default())
}

struct Events<P> {
    pages: P,
    include_object: bool,
}

#[async_trait]
impl<P: Pages> HostedPages for Events<P> {
    async fn next(&mut self, diagnostics: &mut Diagnostics) -> Option<Vec<Event>> {
        let page = self.pages.next(diagnostics).await?;
        page.into_iter()
            .map(|found| {
                let object = self.include_object.then_some(&found.object);
                Some(Event {
                    identity: Some(write_identity(&found.identity, diagnostics)?),
                    display_name: found.display_name,
                    resource_object: match object {
                        Some(object) => Some(write(object, diagnostics)?),
                        None => None,
                    },
                    diagnostic: Vec::new(),
                })
            })
            .collect()
    }
}
