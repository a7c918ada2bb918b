//! `cargo soak [--minutes N] [--seed N]`: users at work through one provider process while requests fail at random. A tool
//! for people, before a release. What it does is in [`acceptance_tests::soak`].

#![expect(clippy::print_stdout, reason = "the figures are what this tool is for")]

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use acceptance_tests::core::Result;
use acceptance_tests::provider_binary::provider_binary;
use acceptance_tests::soak::figures::{Sample, growth};
use acceptance_tests::soak::{Course, Length, Outcome, run};
use release::options;

const USAGE: &str = "\
Usage: cargo soak [--minutes N] [--seed N]

Has eight users work through one provider process while requests fail at random, and holds that every
state is true and that the process does not grow.

  --minutes N  how long they work (1)
  --seed N     decides what they do and which requests fail (1)
";

const USERS: usize = 8;

/// How likely it is that a request fails.
const PROBABILITY: f64 = 0.05;

#[tokio::main]
async fn main() -> ExitCode {
    if options::help(USAGE) {
        return ExitCode::SUCCESS;
    }
    match soak().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn soak() -> Result<()> {
    let (minutes, seed) = arguments()?;
    let course = Course {
        seed,
        probability: PROBABILITY,
        users: USERS,
        length: Length::Time(Duration::from_mins(minutes)),
    };
    println!(
        "{minutes} min, {USERS} users, seed {seed}\n{}",
        Sample::HEADER
    );
    let binary = provider_binary();
    let outcome = run(&binary, course, |sample| println!("{sample}")).await?;
    print_outcome(&outcome);
    // The last sample is of a process at rest, and no part of the course.
    let (_, at_work) = outcome.samples.split_last().ok_or("no samples")?;
    let grown = growth(at_work);
    if grown.is_empty() {
        println!("Nothing grew, and every state was true.");
        return Ok(());
    }
    Err(format!("the process grew: {}", grown.join(", ")).into())
}

fn arguments() -> Result<(u64, u64)> {
    let (mut minutes, mut seed) = (1, 1);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let setting = match argument.as_str() {
            "--minutes" => &mut minutes,
            "--seed" => &mut seed,
            _ => return Err(format!("{argument} is not an option.\n\n{USAGE}").into()),
        };
        let value = arguments.next().unwrap_or_default();
        *setting = value
            .parse()
            .map_err(|_| format!("{argument} needs a number"))?;
    }
    Ok((minutes, seed))
}

fn print_outcome(outcome: &Outcome) {
    let tally = &outcome.tally;
    println!(
        "\n{} partners from create to delete, {} operations, {} imported after an error, {} reads again that were stale",
        tally.cycles, tally.operations, tally.recovered, tally.stale
    );
    for (kind, times) in &tally.errors {
        println!("{times:>6} × {kind} …");
    }
    println!(
        "\nAfter warming up, on the way, and at rest:\n{}",
        Sample::HEADER
    );
    if let Some((at_rest, at_work)) = outcome.samples.split_last() {
        let step = (at_work.len() / 8).max(1);
        for sample in at_work.iter().skip(step).step_by(step) {
            println!("{sample}");
        }
        println!("{at_rest}");
    }
    println!(
        "The provider does not tell the number of its tasks. One that is never done shows in what it holds: \
         connections, descriptors, threads, memory."
    );
}
