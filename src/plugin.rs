//! Terraform's side: everything that makes this process a plugin.
//!
//! `main` calls [`serve()`]; `service` and `host` call back into ordinary
//! [`tf_provider::Resource`], [`tf_provider::DataSource`] and [`tf_provider::Function`]
//! implementations, and into [`Managed`] and [`ListResource`], which are ours. Nothing here
//! knows what the provider manages.
//!
//! - [`handshake`]: what the parent process asked for, and the line that answers it
//! - [`tls`]: certificates for one run, and who may connect
//! - [`listen`]: the socket, and the connections it accepts
//! - [`life`]: signals, the death of the parent, the end of the process
//! - [`service`]: the RPCs of protocol 6, from the wire to the host and back
//! - [`side_services`]: what go-plugin expects of any plugin
//! - [`guard`]: what wraps every call
//! - [`host`]: any resource, data source, list resource or function behind an object-safe trait
//! - [`upgrade`]: converts stored state of any age to the current schema
//! - [`value`]: values on the wire
//! - [`convert`]: converts schemas, diagnostics and paths for the wire
//! - [`context`]: what a call may ask about its surroundings
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

/// The largest message that either side may send, in bytes: large states must fit.
const MAX_MESSAGE: usize = 256 << 20;
