//! What Terraform core is to a plugin: starts a provider's binary, reads its handshake line,
//! connects over mutual TLS and calls it. Written against the protocol alone, so that it drives any
//! provider; used by the tests of the whole binary and by `benchmark`.
//!
//! [`Launch`] says how the process is started, [`Process`] is the running one, [`Handshake`] is the
//! line it prints, [`connect`] makes the channel, [`Provider`] calls it, [`value`] and [`schema`]
//! write the values that it is given.
//!
//! ```no_run
//! # async fn example() -> acceptance_tests::core::Result<()> {
//! use acceptance_tests::core::{Launch, PlanRequest, schema::complete};
//! use serde_json::json;
//!
//! let mut provider = Launch::new("target/debug/terraform-provider-intune").start().await?;
//! let schemas = provider.schema().await?;
//! let config = complete(&schemas.resource_schemas["intune_thing"], json!({ "name": "a" }));
//! let request = PlanRequest { proposed: config.clone(), config, ..PlanRequest::default() };
//! let plan = provider.plan("intune_thing", request).await?;
//! assert!(plan.diagnostics.is_empty());
//! provider.shut_down().await?;
//! # Ok(())
//! # }
//! ```

mod connection;
mod diagnostic;
mod exchange;
mod handshake;
mod identity;
mod launch;
mod process;
mod provider;
mod query;
pub mod schema;
mod tls;
pub mod value;

pub use connection::{MESSAGE_LIMIT, Security, connect};
pub use diagnostic::{Diagnostic, Severity, path_text};
pub use exchange::{
    Applied, ApplyRequest, Imported, ImportedResource, Plan, PlanRequest, Read, ReadData,
    ReadRequest, Upgraded,
};
pub use handshake::{Address, Handshake};
pub use identity::ClientIdentity;
pub use launch::{Launch, variable};
pub use process::{Output, Process};
pub use provider::Provider;
pub use query::{Event, Events};

use std::time::Duration;

/// Terraform's protocol 6, as the build script compiles it.
pub mod tfplugin6 {
    #![expect(
        missing_docs,
        clippy::pedantic,
        reason = "generated from proto/tfplugin6.proto"
    )]
    tonic::include_proto!("tfplugin6");
}

/// go-plugin's side services, as the build script compiles them.
pub mod plugin {
    #![expect(
        missing_docs,
        clippy::pedantic,
        reason = "generated from proto/plugin.proto"
    )]
    tonic::include_proto!("plugin");
}

/// Anything that goes wrong here ends a test, so that its text is all that matters; a failed rpc is
/// a [`tonic::Status`].
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of talking to a provider.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How long core waits for a plugin's handshake line; no wait in here is longer.
pub const PATIENCE: Duration = Duration::from_mins(1);
