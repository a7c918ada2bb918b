//! Any bytes as a successful answer of Graph.
#![no_main]

use libfuzzer_sys::fuzz_target;
use terraform_provider_intune::compliance_partner::hostile;

fuzz_target!(|bytes: &[u8]| hostile::graph_json(bytes));
