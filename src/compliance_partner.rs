//! The domain: Intune's compliance management partners, as a Terraform resource, two data
//! sources, a list resource, and some functions. `provider` offers them; `plugin` calls them; they call `graph`.
//!
//! - [`resource`]: the lifecycle of a partner
//! - [`data_source`]: one partner, all partners
//! - [`list`]: partners that no configuration manages yet
//! - [`identity`]: what identifies a partner, for imports and moves
//! - [`import`]: which partner an import starts from
//! - [`moved`]: pure: a partner of Microsoft's generic provider
//! - [`configuration`]: pure: a configuration from a state
//! - [`functions`]: pure: import ids, the age of a heartbeat
//! - [`schema`]: the attributes and their documentation
//! - [`state`]: what Terraform stores about a partner
//! - [`model`]: the Graph object, to and from state
//! - [`plan`]: pure: the planned state from prior state and configuration
//! - [`compare`]: pure: what differs between two partners
//! - [`validate`]: pure: what is wrong with a configuration
//! - [`date_time`]: pure: one instant in its many spellings
//! - [`timeouts`]: how long an operation may take
//! - `hostile`: properties of any bytes at all, for tests and fuzzing
//! - [`review`]: pure: what a reviewer must know about a change
//! - [`risk`]: turns that into warnings or errors of a plan
//! - [`policy`]: pure: which of the two
//! - [`report`]: tells the user what went wrong
//! - [`api`]: the five requests for a partner
//! - [`others`]: the partners beside the one that changes, for a review
//! - [`error`]: why an operation failed
//! - [`mod@write`]: the writes, and what happened to those whose response was lost
//! - [`returned`]: what Graph returned after a write, compared with what was planned
//! - [`roster`]: which partners were there before
//! - [`beside`]: what is stored beside state

mod api;
mod beside;
mod compare;
mod configuration;
mod data_source;
pub(crate) mod date_time;
#[cfg(test)]
mod emulated;
mod error;
mod functions;
#[cfg(any(test, fuzzing))]
pub mod hostile;
mod identity;
mod import;
mod list;
mod model;
mod moved;
mod others;
mod plan;
mod policy;
#[cfg(test)]
mod properties;
mod report;
mod resource;
mod returned;
pub mod review;
mod risk;
mod roster;
mod schema;
#[cfg(test)]
mod sequences;
pub(crate) mod state;
mod timeouts;
mod validate;
mod write;

pub use api::Api;
pub use data_source::{CompliancePartnerDataSource, CompliancePartnersDataSource};
pub use error::NotConfigured;
pub use functions::{HeartbeatAgeHours, ImportId, ParseImportId};
pub use list::CompliancePartnerList;
pub use policy::{RISKY_CHANGES, RiskyChanges};
pub use resource::CompliancePartner;

/// The name of the resource, of the list resource that finds it, and of the data source that reads one partner.
pub const TYPE_NAME: &str = "intune_compliance_partner";

/// The name of the data source that reads all partners.
pub const PLURAL_TYPE_NAME: &str = "intune_compliance_partners";
