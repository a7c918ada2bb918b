//! `cargo quickstart`: a real Terraform or OpenTofu drives the provider on the emulator, step by
//! step, for a person who wants to see what it does. The story itself is in
//! [`acceptance_tests::quickstart`].

use std::{
    env,
    io::{self, IsTerminal},
    process::ExitCode,
};

use acceptance_tests::{
    cli::Cli,
    provider_binary::provider_binary,
    quickstart::{self, Failure, Interrupt, Page},
};
use tokio::signal;

/// What shells say of a process that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::find() {
        Ok(cli) => cli,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    eprintln!("Building the provider. The first time, this takes some minutes.");
    let provider = provider_binary();

    let is_coloured =
        io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let page = Page::new(io::stdout(), is_coloured);
    match quickstart::tell(cli, &provider, page, interrupt()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

/// From now on Ctrl-C does not end the process, so that everything made on the way is taken down.
fn interrupt() -> Interrupt {
    let interrupted = tokio::spawn(signal::ctrl_c());
    Box::pin(async {
        // Without a handler, Ctrl-C is what it always was, and this never completes.
        if !matches!(interrupted.await, Ok(Ok(()))) {
            std::future::pending::<()>().await;
        }
    })
}
