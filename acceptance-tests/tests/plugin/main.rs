//! The real binary, driven over gRPC as Terraform core drives it: what no configuration can
//! provoke, and what a user never sees until it is wrong.

mod bounds;
mod calls;
mod fixture;
mod foreign;
mod handshake;
mod hostile;
mod life;
mod log;
mod stop;
