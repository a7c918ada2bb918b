//! `cargo emulator`: the emulated Entra ID and Graph alone, for people who want to try the provider by hand and watch what it
//! sends. It keeps everything in memory; Ctrl-C ends it and leaves nothing behind.
#![expect(
    clippy::print_stdout,
    reason = "a person reads what this program prints"
)]

use std::io;
use std::pin::pin;
use std::process::ExitCode;

use acceptance_tests::emulator::{Emulator, Exchange, Options, samples};
use release::options;

/// The same each time, so that a person can remember it.
const DEFAULT_PORT: u16 = 8443;

const USAGE: &str = "\
Usage: cargo emulator [--port PORT]

Serves an emulated Entra ID and Microsoft Graph until Ctrl-C, and prints how the provider finds them.

  --port PORT  listen on this port of 127.0.0.1, in place of 8443; 0 takes any that is free
";

#[tokio::main]
async fn main() -> ExitCode {
    if options::help(USAGE) {
        return ExitCode::SUCCESS;
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> io::Result<()> {
    let port = port(std::env::args().skip(1)).map_err(io::Error::other)?;
    let emulator = Emulator::start(Options {
        port,
        tenants: vec![samples::living_tenant()],
        ..Options::default()
    })
    .await
    .map_err(|error| {
        io::Error::other(format!(
            "Cannot listen on port {port}: {error}. Another one can be named with --port."
        ))
    })?;
    introduce(&emulator);

    let mut exchanges = emulator.watch();
    let mut end = pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            Some(exchange) = exchanges.recv() => report(&exchange),
            result = &mut end => return result,
        }
    }
}

fn port(mut arguments: impl Iterator<Item = String>) -> Result<u16, String> {
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => Ok(DEFAULT_PORT),
        (Some("--port"), Some(port)) => port.parse().map_err(|_| USAGE.to_owned()),
        _ => Err(USAGE.to_owned()),
    }
}

fn introduce(emulator: &Emulator) {
    println!(
        "An emulated Entra ID and Microsoft Graph listen on {}.",
        emulator.url()
    );
    println!("The provider finds them, and signs in, with these variables:\n");
    for (name, value) in emulator.environment() {
        println!("  export {name}='{value}'");
    }
    let proxies = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    if proxies.iter().any(|name| std::env::var_os(name).is_some()) {
        println!("  export NO_PROXY=\"localhost,$NO_PROXY\"");
    }
    println!("\nIt starts anew each time, with the partners of a made-up tenant. Ctrl-C ends it.");
    println!("What it is asked:\n");
}

/// One line, with the body of what changes something.
fn report(exchange: &Exchange) {
    match (exchange.method.as_str(), &exchange.request) {
        ("POST" | "PATCH", Some(body)) => println!("{exchange}  {body}"),
        _ => println!("{exchange}"),
    }
}
