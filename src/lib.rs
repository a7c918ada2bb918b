//! Terraform provider for the compliance management partners of Microsoft Intune.
//!
//! The modules, and which calls which:
//!
//! ```text
//! main ──▶ provider ──▶ compliance_partner ──▶ plugin   Terraform's side, knows nothing of Microsoft
//!                                         └──▶ graph    Microsoft's side, knows nothing of Terraform
//! ```
//!
//! - [`plugin`] makes the process a Terraform plugin: handshake, TLS, protocol 6, logs.
//! - [`graph`] sends requests to Microsoft Graph: sign-in, retries, errors.
//! - [`compliance_partner`] is the resource and its data sources, built on both. A second resource would be a second
//!   folder like it.
//! - [`provider`] turns the provider block into a Graph client and lists what the provider offers.
//! - [`review_command`] says about a plan's JSON what the domain says about changes while planning. Only `main` calls
//!   it.
//!
//! How a change to a partner gets from `terraform apply` to state:
//!
//! 1. Terraform calls `ApplyResourceChange`; `plugin::service` receives it.
//! 2. `plugin::host` decodes prior state, plan and configuration, and calls
//! 3. `CompliancePartner::update` in `compliance_partner::resource`, which asks
//! 4. `compliance_partner::model` for the PATCH body: what changed, and nothing else.
//! 5. `compliance_partner::api` hands it to `graph::Client`, which gets a token,
//! 6. sends it, waits as Graph asks on 429, and returns the updated object.
//! 7. `model` turns the object into state, keeping the user's spelling of date-times.
//! 8. If Graph kept a value that the plan changes, that becomes an error that names the attribute.
//! 9. The host encodes the state, and Terraform stores it.
//! 10. On an error, state stays as it was, and one diagnostic says what was tried, what Graph said, and what to do.

pub mod compliance_partner;
pub mod graph;
pub mod plugin;
pub mod provider;
pub mod review_command;
mod words;
