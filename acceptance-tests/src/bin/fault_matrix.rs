//! `cargo fault-matrix`: writes the tables of the guide to failures from what the provider does.
//! The test `fault_matrix` holds that they are current.

use std::{error::Error, path::Path};

use acceptance_tests::{fault_matrix, provider_binary::provider_binary};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    eprintln!("This takes a minute: it has faults happen, and waits as the provider does.");
    let guide = fault_matrix::guide(&provider_binary(), &root).await?;
    std::fs::write(root.join(fault_matrix::GUIDE), guide)?;
    eprintln!("{} is current.", fault_matrix::GUIDE);
    Ok(())
}
