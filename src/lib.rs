//! Terraform provider for the compliance management partners of Microsoft Intune.
//!
//! The rooms, and who calls whom:
//!
//! ```text
//! main ──▶ provider ──▶ compliance_partner ──▶ plugin   Terraform's side, no Microsoft word
//!                                         └──▶ graph    Microsoft's side, no Terraform word
//! ```
//!
//! - [`plugin`] makes the process a Terraform plugin: handshake, TLS, protocol 6, logs.
//! - [`graph`] sends requests to Microsoft Graph: sign-in, retries, errors.
//! - [`compliance_partner`] is the resource and its data sources, built on both. A second
//!   resource is a second folder like it.
//! - [`provider`] turns the provider block into a Graph client and lists what is offered.
//! - [`review_command`] says of a plan's JSON what the domain says of a change while planning. Only `main` calls it.
//!
//! One change of a partner, from `terraform apply` to state:
//!
//! 1. Terraform calls `ApplyResourceChange`; `plugin::service` takes it off the wire.
//! 2. `plugin::host` decodes prior state, plan and configuration, and calls
//! 3. `CompliancePartner::update` in `compliance_partner::resource`, which asks
//! 4. `compliance_partner::model` for the PATCH body: what changed, and nothing else.
//! 5. `compliance_partner::api` hands it to `graph::Client`, which gets a token,
//! 6. sends it, waits as Graph asks on 429, and returns the updated object.
//! 7. `model` turns the object into state, in the user's own spelling of a date-time.
//! 8. What Graph kept in spite of the plan becomes an error that names the attribute;
//! 9. the host encodes the state, and Terraform stores it.
//! 10. On an error, state is what it was, and one diagnostic says what was tried, what Graph
//!     said, and what to do.

pub mod compliance_partner;
pub mod graph;
pub mod plugin;
pub mod provider;
pub mod review_command;
mod words;
