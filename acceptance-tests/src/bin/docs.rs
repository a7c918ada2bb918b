//! `cargo docs`: writes the registry's pages in docs/ from the provider's schema and from
//! examples/, and the tables of the guide to failures from what the provider does. With `--check`
//! it writes nothing, and fails when docs/ is not current.
#![expect(
    clippy::print_stdout,
    reason = "a person reads what this program prints"
)]

use std::{env, error::Error, path::Path, process::ExitCode};

use acceptance_tests::{cli::Cli, docs, fault_matrix, provider_binary::provider_binary};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let mut arguments = env::args().skip(1);
    let is_check = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => false,
        (Some("--check"), None) => true,
        _ => return Err("Usage: cargo docs [--check]".into()),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let provider = provider_binary();
    let mut pages = docs::generate(Cli::find()?, &provider, &root).await;
    eprintln!(
        "The guide to failures takes a minute: it has faults happen, and waits as the provider does."
    );
    pages.extend(fault_matrix::page(&provider, &root).await?);
    let differences = docs::differences(&root, &pages);
    if is_check && !differences.is_empty() {
        eprintln!("{}\n\n{}", differences.join("\n"), docs::HINT);
        return Ok(ExitCode::FAILURE);
    }
    if !is_check {
        docs::write(&root, &pages)?;
    }
    println!("docs/ is current: {} pages.", pages.len());
    Ok(ExitCode::SUCCESS)
}
