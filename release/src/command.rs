//! Runs other programs, whose error messages are for the person who called us.

use std::{io, process::Command};

/// Runs a program to its end, and lets it print.
///
/// # Errors
/// When it cannot be started, with `hint` on how to get it, or when it fails.
pub fn run(command: &mut Command, hint: &str) -> io::Result<()> {
    let name = command.get_program().display().to_string();
    let status = command.status().map_err(|error| {
        io::Error::new(error.kind(), format!("cannot run {name}: {error}. {hint}"))
    })?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("{command:?} failed: {status}")))
    }
}

/// What a program prints, without white space around it; `None` if it cannot be run, or fails.
#[must_use]
pub fn printed(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.trim().to_owned())
}
