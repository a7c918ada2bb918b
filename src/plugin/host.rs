//! Hosts the parts of a provider behind object-safe traits, which decode values on the way in and encode them on the
//! way out. `service` calls it.
//!
//! tf-provider's own object-safe traits cannot be called from outside, because the type of their values is private.
//! What its traits do not cover is in ours: [`Managed`], beside [`tf_provider::Resource`], and [`ListResource`].

mod data_source;
mod function;
mod list;
mod resource;

use std::collections::BTreeMap;

use tf_provider::{AttributePath, Diagnostic, Diagnostics, Provider};

use super::{
    tfplugin6::{DynamicValue, ResourceIdentityData},
    value,
};

pub use data_source::HostedDataSource;
pub use function::HostedFunction;
pub use list::{Found, HostedListResource, HostedPages, ListResource, Pages};
pub use resource::{HostedResource, Managed, MoveSource};

/// Resources by their type name.
pub type Resources = BTreeMap<&'static str, Box<dyn HostedResource>>;

/// Data sources by their type name.
pub type DataSources = BTreeMap<&'static str, Box<dyn HostedDataSource>>;

/// List resources by their type name, which is the one of the resource that they find.
pub type ListResources = BTreeMap<&'static str, Box<dyn HostedListResource>>;

/// Functions by their name.
pub type Functions = BTreeMap<&'static str, Box<dyn HostedFunction>>;

/// A provider and what it offers. tf-provider's trait has the provider block. Its lists of resources and data sources
/// use the private type, so they are declared here instead.
pub trait Offer: Provider {
    /// The resources, by type name.
    fn resources(&self) -> Resources;

    /// The data sources, by type name.
    fn data_sources(&self) -> DataSources;

    /// The list resources, by type name.
    fn list_resources(&self) -> ListResources;

    /// The functions, by name.
    fn functions(&self) -> Functions;

    /// Whether settings of the provider block are not known yet, so nothing can be read.
    fn awaits_configuration(&self) -> bool;
}

/// A value that goes into state, and what is stored with it, as they are on the wire.
#[derive(Default)]
pub struct Kept {
    pub value: Option<DynamicValue>,
    pub private: Vec<u8>,
    pub identity: Option<ResourceIdentityData>,
}

impl Kept {
    /// The object is gone, or never existed.
    fn gone() -> Self {
        Self {
            value: Some(value::null()),
            ..Self::default()
        }
    }
}

/// The value that was read, or a diagnostic that says which value cannot be read.
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

fn write_identity(
    identity: &impl serde::Serialize,
    diagnostics: &mut Diagnostics,
) -> Option<ResourceIdentityData> {
    let identity_data = Some(write(identity, diagnostics)?);
    Some(ResourceIdentityData { identity_data })
}

/// A diagnostic for something that no user can cause.
pub fn bug(detail: &str) -> Diagnostic {
    Diagnostic {
        summary: "The provider has a bug".into(),
        detail: format!("{detail}\n\nThe state was not changed. Please report this bug.").into(),
        attribute: AttributePath::root(),
    }
}
