//! Terraform's side: everything that makes this process a plugin.
//!
//! `main` calls [`serve()`]; `service` and `host` call back into ordinary
//! [`tf_provider::Resource`], [`tf_provider::DataSource`] and [`tf_provider::Function`]
//! implementations, and into [`Managed`] and [`ListResource`], which are ours. Nothing here
//! knows what the provider manages.
//!
//! - [`handshake`]: what the parent process asked for, and the line that answers it
//! - [`tls`]: one-shot certificates, and who may connect
//! - [`listen`]: the socket, and the connections it accepts
//! - [`life`]: signals, the parent's death, the end of the process
//! - [`service`]: the rpcs of protocol 6, from the wire to the host and back
//! - [`side_services`]: what go-plugin asks of any plugin
//! - [`guard`]: what holds around every call
//! - [`host`]: any resource, data source, list resource or function behind an object-safe trait
//! - [`upgrade`]: stored state of any age to the current schema
//! - [`value`]: the wire's values
//! - [`convert`]: schemas, diagnostics and paths, to the wire
//! - [`context`]: what a call may ask of its surroundings
//! - [`log`]: tracing events as hclog lines

pub mod context;
mod convert;
mod guard;
pub mod handshake;
mod host;
mod life;
mod listen;
pub mod log;
mod serve;
mod service;
mod side_services;
mod tls;
mod upgrade;
pub(crate) mod value;

pub use context::Context;
pub use host::{
    DataSources, Found, Functions, ListResource, ListResources, Managed, MoveSource, Offer, Pages,
    Resources,
};
pub use serve::{Error, Mode, serve};

/// The messages and the service of protocol 6.11, from `proto/tfplugin6.proto`.
#[allow(clippy::pedantic, dead_code, reason = "generated code")]
mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The side services of go-plugin, from `proto/plugin.proto`.
#[expect(clippy::pedantic, reason = "generated code")]
mod go_plugin {
    tonic::include_proto!("plugin");
}

/// The largest message either side may send, in bytes: large states must pass.
const MAX_MESSAGE: usize = 256 << 20;
