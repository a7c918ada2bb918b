//! The guide to failures tells the truth: its tables are what the provider's binary does today, and
//! whatever goes wrong, state and tenant agree afterwards.

use std::{fs, path::Path};

use acceptance_tests::{fault_matrix, provider_binary::provider_binary};

#[tokio::test(flavor = "multi_thread")]
async fn the_fault_matrix_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let guide = fault_matrix::guide(&provider_binary(), &root).await;
    let guide = guide.unwrap_or_else(|error| panic!("{error}"));
    let file = fs::read_to_string(root.join(fault_matrix::GUIDE)).expect("the guide is there");
    let lines = file.lines().zip(guide.lines());
    let changed = lines.filter(|(is, should_be)| is != should_be);
    let changed: Vec<_> = changed
        .map(|(is, should_be)| format!("is:        {is}\nshould be: {should_be}"))
        .collect();
    assert!(
        file == guide,
        "{}\n\nRun `cargo fault-matrix`, and commit what it changes in {}.",
        changed.join("\n"),
        fault_matrix::GUIDE
    );
}
