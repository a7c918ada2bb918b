//! The guide to failures tells the truth: its tables are what the provider's binary does today, and
//! whatever goes wrong, state and tenant agree afterwards.

use std::path::Path;

use acceptance_tests::{docs, fault_matrix, provider_binary::provider_binary};

#[tokio::test(flavor = "multi_thread")]
async fn the_fault_matrix_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pages = fault_matrix::page(&provider_binary(), &root).await;
    let pages = pages.unwrap_or_else(|error| panic!("{error}"));
    let differences = docs::differences(&root, &pages);
    assert!(
        differences.is_empty(),
        "{}\n\n{}",
        differences.join("\n"),
        docs::HINT
    );
}
