//! The emulator of Entra ID and Graph, and what the acceptance tests share.

pub mod emulator;
