//! The domain: Intune's compliance management partners, as a Terraform resource, two data
//! sources, a list resource and some functions. `provider` offers them; `plugin` calls them; they call `graph`.
//!
//! - [`resource`]: the life of a partner
//! - [`data_source`]: one partner, all partners
//! - [`list`]: partners that no configuration manages yet
//! - [`identity`]: which partner it is, for imports and moves
//! - [`import`]: which partner an import begins with
//! - [`moved`]: pure: a partner of Microsoft's generic provider
//! - [`configuration`]: pure: a configuration from a state
//! - [`functions`]: pure: import ids, the age of a heartbeat
//! - [`schema`]: attributes and their documentation
//! - [`state`]: what Terraform stores of a partner
//! - [`model`]: the Graph object, to and from state
//! - [`plan`]: pure: prior and configuration to the planned state
//! - [`compare`]: pure: what differs between two partners
//! - [`validate`]: pure: what is wrong with a configuration
//! - [`date_time`]: pure: one instant in its many spellings
//! - [`timeouts`]: how long an operation may take
//! - `hostile`: properties of any bytes at all, for tests and fuzzing
//! - [`review`]: pure: what a reviewer must know of a change
//! - [`risk`]: what becomes of that in a plan
//! - [`policy`]: as the provider's setting says
//! - [`report`]: what went wrong, for the person at the terminal
//! - [`api`]: the five requests of a partner
//! - [`others`]: the partners beside the one that changes, for a review
//! - [`error`]: why an operation has no result
//! - [`mod@write`]: the writes, and what became of those whose answer was lost
//! - [`returned`]: what Graph returned after a write, beside what was planned
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
