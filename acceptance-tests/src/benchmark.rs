//! `cargo benchmark`: how fast and how small the provider is, measured as whole processes, beside other providers and beside
//! Terraform alone. Run by `bin/benchmark.rs`; nothing in here judges a time.
//!
//! - [`arguments`]: what is to be measured
//! - `subject`: a provider's binary and its size
//! - `start`: one start of it, until its schema is told
//! - `commands`: `validate`, `plan` and `apply` of a real Terraform, with partners and without a provider
//! - `requests`: what was sent to Entra ID and Graph meanwhile
//! - [`scale`]: a thousand partners in one configuration
//! - `statistics`, `table`, `report`: the figures, as Markdown

pub mod arguments;
mod commands;
mod configuration;
mod report;
mod requests;
pub mod scale;
mod start;
mod statistics;
mod subject;
mod table;

use std::env::consts;
use std::path::Path;
use std::{fs, io, thread};

pub use requests::Requests;

use crate::cli::{Cli, Run, Workspace};
use crate::core::Result;
use crate::emulator::Throttle;
use crate::markers::replace_between;
use arguments::Arguments;
use commands::Contest;
use start::{Start, start};
use subject::Subject;

/// What the provider itself is called in the tables.
const OWN: &str = "this provider";

/// A provider, and how its starts went.
struct Measured {
    subject: Subject,
    starts: Vec<Start>,
}

/// Measures starts and commands. The text is Markdown.
///
/// # Errors
/// When a binary cannot be read, or does not serve as Terraform demands, when a command of Terraform's fails, or where there
/// is no /proc.
pub async fn run(
    arguments: &Arguments,
    cli: &Cli,
    binary: &Path,
    mut progress: impl FnMut(&str),
) -> Result<String> {
    let own = Subject::new(OWN, binary)?;
    let mut subjects = vec![own.clone()];
    let mut contests: Vec<_> = arguments
        .partners
        .iter()
        .map(|count| Contest::of_partners(OWN, cli, &own.binary, *count))
        .collect();
    for other in &arguments.others {
        let subject = Subject::new(&other.name, &other.binary)?;
        if let Some(folder) = &other.configuration {
            let contest = Contest::of_folder(&other.name, cli, &subject.binary, folder)?;
            contests.push(contest);
        }
        subjects.push(subject);
    }
    progress(&format!("{} starts of each provider …", arguments.runs));
    let measured = measure(subjects, arguments.runs).await?;
    progress(&format!("{} rounds of commands …", arguments.rounds));
    commands::run(&mut contests, arguments.rounds).await?;

    let (own, others) = measured.split_first().ok_or("there is no provider")?;
    let mut text = format!(
        "Medians (least–most) of {} interleaved starts and {} rounds of commands with {}:\n\n{}\n{}",
        arguments.runs,
        arguments.rounds,
        machine(cli, binary).await?,
        report::starts(own, others),
        report::commands(&contests),
    );
    if let Some(table) = report::over_others(&contests) {
        text.push('\n');
        text.push_str(&table.to_string());
    }
    Ok(text)
}

/// Creates, plans and destroys many partners, and the most of them once more in a tenant that keeps to Microsoft's limits.
/// The text is Markdown.
///
/// # Errors
/// When a command of Terraform's fails, a plan after an apply is not empty, or something is left after a destroy.
pub async fn run_scale(
    arguments: &Arguments,
    cli: &Cli,
    binary: &Path,
    mut progress: impl FnMut(&str),
) -> Result<String> {
    let binary = Subject::new(OWN, binary)?.binary;
    let mut steps = Vec::new();
    for count in &arguments.partners {
        progress(&format!("{count} partners …"));
        steps.extend(scale::course(cli, &binary, *count, None).await?);
    }
    if let Some(most) = arguments.partners.iter().max() {
        progress(&format!(
            "{most} partners within the documented limits, which takes minutes …"
        ));
        let throttle = Some(Throttle::documented());
        steps.extend(scale::course(cli, &binary, *most, throttle).await?);
    }
    let machine = machine(cli, &binary).await?;
    Ok(format!("With {machine}:\n\n{}", report::scale(&steps)))
}

/// Writes the text into a file: between the marking lines of this name if the file is there, or else all of it.
///
/// # Errors
/// When the file lacks the lines, or cannot be written.
pub fn write(file: &Path, name: &str, text: &str) -> Result<()> {
    let text = match fs::read_to_string(file) {
        Ok(page) => replace_between(
            &page,
            &format!("<!-- {name}:begin -->"),
            &format!("<!-- {name}:end -->"),
            text,
        )
        .map_err(|error| format!("{}: {error}", file.display()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => text.to_owned(),
        Err(error) => return Err(format!("{}: {error}", file.display()).into()),
    };
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()).into())
}

async fn measure(subjects: Vec<Subject>, runs: usize) -> Result<Vec<Measured>> {
    let mut measured: Vec<_> = subjects
        .into_iter()
        .map(|subject| Measured {
            subject,
            starts: Vec::new(),
        })
        .collect();
    // The first run brings a binary into the page cache, and is not counted.
    for it in &measured {
        start(&it.subject.binary).await?;
    }
    // Interleaved, so that whatever else the machine does falls on all alike.
    for _ in 0..runs {
        for it in &mut measured {
            it.starts.push(start(&it.subject.binary).await?);
        }
    }
    Ok(measured)
}

/// The run, if the command did what it was to do.
fn succeeded(run: Run) -> Result<Run> {
    if run.code == 0 {
        return Ok(run);
    }
    let Run {
        command,
        code,
        stdout,
        stderr,
    } = run;
    Err(format!("{command} exited with {code}\n{stdout}\n{stderr}").into())
}

/// With what it was measured, and where.
async fn machine(cli: &Cli, binary: &Path) -> Result<String> {
    let workspace = Workspace::new(cli.clone(), binary);
    let run = workspace.run(&["version", "-json"]).await;
    let run = succeeded(run)?;
    // OpenTofu calls its version Terraform's, too.
    let version = run.json()["terraform_version"].clone();
    let version = version
        .as_str()
        .ok_or("the CLI does not tell its version")?;
    let processors = thread::available_parallelism()?;
    Ok(format!(
        "{} {version} on {} {}, {processors} processors",
        cli.name(),
        consts::OS,
        consts::ARCH,
    ))
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn a_page_keeps_what_is_around_the_marks() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("page.md");
        let read = || std::fs::read_to_string(&file).expect("it was written");
        write(&file, "benchmark", "all\n").expect("it is new");
        assert_eq!(read(), "all\n");
        let error = write(&file, "benchmark", "more\n").expect_err("it has no marks");
        assert!(error.to_string().contains("benchmark:begin"), "{error}");
        let page = "a\n<!-- benchmark:begin -->\nold\n<!-- benchmark:end -->\nb\n";
        std::fs::write(&file, page).expect("it can be written");
        write(&file, "benchmark", "new\n").expect("it has marks");
        assert_eq!(read(), page.replace("old", "new"));
    }
}
