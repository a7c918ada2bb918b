//! Any bytes as a value and as private state from Terraform.
#![no_main]

use libfuzzer_sys::fuzz_target;
use terraform_provider_intune::compliance_partner::hostile;

fuzz_target!(|bytes: &[u8]| hostile::message_pack(bytes));
