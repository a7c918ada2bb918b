//! Commands of a real Terraform with a provider, each beside the same command with as many `terraform_data`, which Terraform
//! has built in: the difference is the provider's. Called by [`super::run`].

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::configuration::{bare, partners};
use super::{Requests, succeeded};
use crate::cli::{Cli, Workspace};
use crate::core::Result;
use crate::emulator::{Emulator, Options, samples};

/// What is run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Command {
    Validate,
    Plan,
    Apply,
}

impl Command {
    const ALL: [Self; 3] = [Self::Validate, Self::Plan, Self::Apply];

    /// Those that change nothing, which are run with other providers.
    const HARMLESS: [Self; 2] = [Self::Validate, Self::Plan];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Plan => "plan",
            Self::Apply => "apply",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Validate => &["validate"],
            Self::Plan => &["plan", "-input=false"],
            Self::Apply => &["apply", "-input=false", "-auto-approve"],
        }
    }
}

/// How long a command took with the provider and without it, in one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) with: Duration,
    pub(super) bare: Duration,
}

/// A command, and how its rounds went.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    pub(super) command: Command,
    pub(super) pairs: Vec<Pair>,
    /// What the provider sent in the last round.
    pub(super) requests: Requests,
}

/// A configuration with a provider, beside one without.
pub(super) struct Contest {
    pub(super) provider: String,
    /// How many partners there are; none in another provider's configuration.
    pub(super) partners: Option<usize>,
    pub(super) timed: Vec<Timed>,
    with: Workspace,
    bare: Workspace,
}

impl Contest {
    /// So many partners beside so many `terraform_data`.
    pub(super) fn of_partners(name: &str, cli: &Cli, binary: &Path, count: usize) -> Self {
        let with = Workspace::new(cli.clone(), binary);
        with.write("main.tf", &partners(count));
        Self {
            provider: name.to_owned(),
            partners: Some(count),
            timed: timed(&Command::ALL),
            bare: bare_workspace(cli, binary, count),
            with,
        }
    }

    /// The configuration in a folder, for the provider with this source address, beside one `terraform_data`.
    pub(super) fn of_folder(source: &str, cli: &Cli, binary: &Path, folder: &Path) -> Result<Self> {
        let with = Workspace::with_provider(cli.clone(), source, binary);
        let explain = |error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(folder).map_err(explain)? {
            let path = entry?.path();
            if path.is_file()
                && let Some(name) = path.file_name()
            {
                fs::copy(&path, with.path().join(name))?;
            }
        }
        Ok(Self {
            provider: source.to_owned(),
            partners: None,
            timed: timed(&Command::HARMLESS),
            bare: bare_workspace(cli, binary, 1),
            with,
        })
    }

    /// Runs each command once with the provider and once without.
    async fn round(&mut self, emulator: &Emulator, is_with_first: bool) -> Result<()> {
        for timed in &mut self.timed {
            emulator.clear_journal();
            let pair = if is_with_first {
                let with = time(&self.with, timed.command).await?;
                let bare = time(&self.bare, timed.command).await?;
                Pair { with, bare }
            } else {
                let bare = time(&self.bare, timed.command).await?;
                let with = time(&self.with, timed.command).await?;
                Pair { with, bare }
            };
            timed.pairs.push(pair);
            timed.requests = Requests::of(&emulator.journal());
        }
        Ok(())
    }

    /// Puts the folders and the tenant back to where they were.
    fn reset(&self, emulator: &Emulator) {
        let untouched = Options::default().tenants.swap_remove(0).partners;
        emulator.reset(samples::TENANT_ID, untouched);
        for workspace in [&self.with, &self.bare] {
            // There is none where nothing was applied.
            let _ = fs::remove_file(workspace.path().join("terraform.tfstate"));
        }
    }
}

/// Runs the commands of all contests, in turn, so that whatever else the machine does falls on all alike.
pub(super) async fn run(contests: &mut [Contest], rounds: usize) -> Result<()> {
    let emulator = Emulator::start(Options {
        page_size: 100,
        ..Options::default()
    })
    .await?;
    let metadata = emulator.url().trim_start_matches("https://").to_owned();
    for contest in &mut *contests {
        contest.with.set_environment(emulator.environment());
        // By which azuread and azurerm find what the emulator's Entra ID is.
        contest
            .with
            .set_environment(&[("ARM_METADATA_HOSTNAME", metadata.clone())]);
    }
    for round in 0..=rounds {
        for contest in &mut *contests {
            contest.round(&emulator, round % 2 == 0).await?;
            contest.reset(&emulator);
            if round == 0 {
                // It brings the programs into the page cache, and is not counted.
                contest.timed.iter_mut().for_each(|it| it.pairs.clear());
            }
        }
    }
    Ok(())
}

fn timed(commands: &[Command]) -> Vec<Timed> {
    let timed = |command: &Command| Timed {
        command: *command,
        pairs: Vec::new(),
        requests: Requests::default(),
    };
    commands.iter().map(timed).collect()
}

fn bare_workspace(cli: &Cli, binary: &Path, count: usize) -> Workspace {
    let workspace = Workspace::new(cli.clone(), binary);
    workspace.write("main.tf", &bare(count));
    workspace
}

async fn time(workspace: &Workspace, command: Command) -> Result<Duration> {
    let begin = Instant::now();
    let run = workspace.run(command.arguments()).await;
    let took = begin.elapsed();
    succeeded(run)?;
    Ok(took)
}
