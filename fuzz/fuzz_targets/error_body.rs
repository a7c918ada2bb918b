//! Any bytes as a status, headers and a body of Graph.
#![no_main]

use libfuzzer_sys::fuzz_target;
use terraform_provider_intune::compliance_partner::hostile;

fuzz_target!(|bytes: &[u8]| hostile::error_body(bytes));
