//! The real binary, driven over gRPC as Terraform core drives it: what no configuration can
//! provoke, and what a user never sees until it is wrong.

mod bounds;
mod calls;
mod deferred;
mod fixture;
mod foreign;
mod functions;
mod handshake;
mod hostile;
mod identity;
mod life;
mod list;
mod log;
mod moved;
mod stop;
mod throttle;
