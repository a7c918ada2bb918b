//! What the tests of the whole provider, the quick start and `cargo emulator` are made of.
//!
//! - [`emulator`]: Entra ID and Microsoft Graph on loopback
//! - [`benchmark`]: how fast and how small the provider is, beside others
//! - [`cli`]: a real Terraform or OpenTofu in a folder of its own
//! - [`fixtures`]: keys and certificates to sign in with
//! - [`provider_binary`]: the provider, built from the sources beside
//! - [`proc`]: what a process takes of the machine
//! - [`soak`]: users at work for a long time, while requests fail at random
//! - [`core`]: what Terraform core is to a plugin, for tests of the protocol itself
//! - [`quickstart`]: the life of a partner, told step by step
//! - [`fault_matrix`]: what comes of each operation under each fault, for the guide to failures

pub mod benchmark;
pub mod chance;
pub mod cli;
pub mod core;
pub mod emulator;
pub mod fault_matrix;
pub mod fixtures;
mod markers;
pub mod proc;
pub mod provider_binary;
pub mod proxy;
pub mod quickstart;
pub mod soak;
mod stored;
