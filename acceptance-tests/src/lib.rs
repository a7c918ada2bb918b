//! What the tests of the whole provider, the quick start and `cargo emulator` are made of.
//!
//! - [`emulator`]: Entra ID and Microsoft Graph on loopback
//! - [`cli`]: a real Terraform or OpenTofu in a folder of its own
//! - [`provider_binary`]: the provider, built from the sources beside
//! - [`core`]: what Terraform core is to a plugin, for tests of the protocol itself

pub mod cli;
pub mod core;
pub mod emulator;
pub mod provider_binary;
