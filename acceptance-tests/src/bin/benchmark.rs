//! `cargo benchmark`: how fast and how small the provider is, beside others. A tool for people. What it does is in
//! [`acceptance_tests::benchmark`].

#![expect(clippy::print_stdout, reason = "the tables are what this tool is for")]

use std::env;
use std::process::ExitCode;

use acceptance_tests::benchmark::arguments::{Arguments, USAGE};
use acceptance_tests::benchmark::{run, run_scale, write};
use acceptance_tests::cli::Cli;
use acceptance_tests::core::Result;
use acceptance_tests::proc;
use acceptance_tests::provider_binary::release_binary;
use release::options;

#[tokio::main]
async fn main() -> ExitCode {
    if options::help(USAGE) {
        return ExitCode::SUCCESS;
    }
    match benchmark().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn benchmark() -> Result<()> {
    let arguments = Arguments::parse(env::args().skip(1))?;
    proc::require()?;
    let cli = Cli::find()?;
    let binary = arguments.provider.clone().unwrap_or_else(release_binary);
    let progress = |text: &str| eprintln!("{text}");
    let (name, text) = if arguments.is_scale {
        let text = run_scale(&arguments, &cli, &binary, progress).await?;
        ("benchmark-scale", text)
    } else {
        let text = run(&arguments, &cli, &binary, progress).await?;
        ("benchmark", text)
    };
    println!("{text}");
    if let Some(file) = &arguments.write {
        write(file, name, &text)?;
    }
    Ok(())
}
