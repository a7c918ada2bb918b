//! The real binary, driven over gRPC as Terraform core drives it: what no configuration can
//! provoke, and what a user never sees until it is wrong.

mod calls;
mod fixture;
mod handshake;
mod hostile;
mod life;
