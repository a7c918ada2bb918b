//! The domain: Intune's compliance management partners, as a Terraform resource and two data
//! sources. `provider` offers them; `plugin` calls them; they call `graph`.
//!
//! - [`resource`]: the life of a partner
//! - [`data_source`]: one partner, all partners
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
//! - [`report`]: what went wrong, for the person at the terminal
//! - [`api`]: the five requests of a partner
//! - [`mod@write`]: the writes, and what became of those whose answer was lost
//! - [`roster`]: which partners were there before
//! - [`beside`]: what is stored beside state

mod api;
mod beside;
mod compare;
mod data_source;
mod date_time;
#[cfg(any(test, fuzzing))]
pub mod hostile;
mod model;
mod plan;
#[cfg(test)]
mod properties;
mod report;
mod resource;
pub mod review;
mod risk;
mod roster;
mod schema;
#[cfg(test)]
mod sequences;
mod state;
mod timeouts;
mod validate;
mod write;

pub use api::{Api, NotConfigured};
pub use data_source::{CompliancePartnerDataSource, CompliancePartnersDataSource};
pub use resource::CompliancePartner;
pub use risk::{RISKY_CHANGES, RiskyChanges};

/// The name of the resource, and of the data source that reads one partner.
pub const TYPE_NAME: &str = "intune_compliance_partner";

/// The name of the data source that reads all partners.
pub const PLURAL_TYPE_NAME: &str = "intune_compliance_partners";
