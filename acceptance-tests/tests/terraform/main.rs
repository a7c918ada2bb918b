//! The user's view: a real Terraform or OpenTofu over the emulator, for each thing that people do with it. What is asserted
//! is what they and Microsoft see: the plan, the state, the messages, and the requests that were sent.
//!
//! `TF_ACC_TERRAFORM_PATH` names another program than the terraform or tofu on PATH.

mod beta;
mod checks;
mod data_sources;
mod debug;
mod drift;
mod fixture;
mod functions;
mod graph_quirks;
mod import;
mod installation;
mod interrupted;
mod killed;
mod life;
mod messages;
mod module_test;
mod moved;
mod query;
mod request_counts;
mod review;
mod review_command;
mod run_time_errors;
mod secrets;
mod seed_case;
mod several;
mod sign_in;
mod throttled;
mod under_way;
mod unknown_values;
mod unmanaged;
mod wrong_input;
mod wrong_provider;
