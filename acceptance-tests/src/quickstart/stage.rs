//! Where the quick start plays: an emulator, and a folder in which the CLI installs the provider as
//! it would from a registry. A command that does not do what its step claims ends the story, so the
//! quick start is a test as well. Called by the steps.

use std::{env::consts, fmt, fs, future::Future, io, path::Path, pin::Pin, pin::pin};

use tempfile::TempDir;

use crate::{
    cli::{Cli, Run, SOURCE, Workspace},
    emulator::{Emulator, Exchange, Kind, Options, samples},
};

use super::page::Shown;

/// Completes when the reader wants to leave.
pub type Interrupt = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why the story ended early.
#[derive(Debug)]
pub enum Failure {
    /// The reader interrupted it.
    Interrupted,
    /// A file or the reader's terminal cannot be written.
    Io(io::Error),
    /// Something is not as the text says.
    Surprise {
        /// What was looked at.
        what: String,
        /// What the text says.
        expected: String,
        /// What there is.
        came: String,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("Interrupted."),
            Self::Io(error) => error.fmt(f),
            Self::Surprise {
                what,
                expected,
                came,
            } => write!(
                f,
                "The quick start failed at {what}.\n\nExpected:\n{expected}\n\nCame:\n{came}"
            ),
        }
    }
}

impl std::error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A command, and what the text claims about it.
pub(super) struct Command<'a> {
    /// What a person types after `terraform`.
    pub(super) line: &'a str,
    /// What it prints, if it does what it should.
    pub(super) says: &'a str,
    /// What of it the reader sees.
    pub(super) shown: Shown,
    /// Its requests to Graph with their status, in any order.
    pub(super) requests: &'a [&'a str],
    /// How many processes sign in.
    pub(super) sign_ins: usize,
}

/// What a command did.
pub(super) struct Outcome {
    pub(super) stdout: String,
    /// One line each, in the order of arrival.
    pub(super) requests: Vec<String>,
    /// The one request with a body.
    pub(super) write: Option<Exchange>,
}

pub(super) struct Stage {
    emulator: Emulator,
    workspace: Workspace,
    /// The folder the provider is installed from; it goes with the stage.
    _mirror: TempDir,
    program: String,
    interrupt: Interrupt,
    names_before: Vec<String>,
}

impl Stage {
    pub(super) async fn set(
        cli: Cli,
        provider: &Path,
        interrupt: Interrupt,
    ) -> Result<Self, Failure> {
        let emulator = Emulator::start(Options {
            // A real tenant's list fits on one page.
            page_size: 100,
            tenants: vec![samples::living_tenant()],
            ..Options::default()
        })
        .await?;
        let mirror = mirror(provider)?;
        let program = cli.name().to_owned();
        let mut workspace = Workspace::with_mirror(cli, mirror.path());
        workspace.set_environment(emulator.environment());
        let names_before = names(&emulator);
        Ok(Self {
            emulator,
            workspace,
            _mirror: mirror,
            program,
            interrupt,
            names_before,
        })
    }

    /// `terraform` or `tofu`.
    pub(super) fn program(&self) -> &str {
        &self.program
    }

    /// Such as `Terraform v1.11.4`.
    pub(super) async fn cli_version(&mut self) -> Result<String, Failure> {
        let run = self.run_to_its_end("version").await?;
        Ok(run.stdout.lines().next().unwrap_or_default().to_owned())
    }

    pub(super) fn write(&self, name: &str, text: &str) -> io::Result<()> {
        fs::write(self.workspace.path().join(name), text)
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.workspace.path().join(name))
    }

    /// Runs a command, and holds it to what the text claims about it.
    pub(super) async fn run(&mut self, command: &Command<'_>) -> Result<Outcome, Failure> {
        self.emulator.clear_journal();
        let run = self.run_to_its_end(command.line).await?;
        if run.code != 0 || !run.stdout.contains(command.says) {
            return Err(Failure::Surprise {
                what: run.command,
                expected: format!("exit code 0 and {:?}", command.says),
                came: format!("exit code {}\n{}{}", run.code, run.stdout, run.stderr),
            });
        }
        let (graph, entra): (Vec<_>, Vec<_>) = self
            .emulator
            .journal()
            .into_iter()
            .partition(|exchange| exchange.kind == Kind::Graph);
        let requests: Vec<_> = graph.iter().map(one_line).collect();
        // Terraform reads several resources at once.
        let sorted = |mut lines: Vec<String>| {
            lines.sort();
            lines
        };
        let expected = command.requests.iter().map(ToString::to_string).collect();
        ensure(
            &format!("the requests of {}", run.command),
            &sorted(expected),
            &sorted(requests.clone()),
        )?;
        ensure(
            &format!("the sign-ins of {}", run.command),
            &command.sign_ins,
            &entra.len(),
        )?;
        Ok(Outcome {
            stdout: run.stdout,
            requests,
            write: graph.into_iter().find(|it| it.request.is_some()),
        })
    }

    /// Runs a command. Interrupted, it still waits for the end of it: Terraform has Ctrl-C from the
    /// terminal too, and stops its providers itself.
    async fn run_to_its_end(&mut self, line: &str) -> Result<Run, Failure> {
        let arguments: Vec<_> = line.split(' ').collect();
        let mut run = pin!(self.workspace.run(&arguments));
        tokio::select! {
            biased;
            () = &mut self.interrupt => {
                run.await;
                Err(Failure::Interrupted)
            }
            run = &mut run => Ok(run),
        }
    }

    pub(super) fn ensure_tenant_is_as_before(&self) -> Result<(), Failure> {
        ensure(
            "the partners that are left in the tenant",
            &self.names_before,
            &names(&self.emulator),
        )
    }
}

/// Fails unless what came is what was expected.
pub(super) fn ensure<T: fmt::Debug + PartialEq>(
    what: &str,
    expected: &T,
    came: &T,
) -> Result<(), Failure> {
    if expected == came {
        return Ok(());
    }
    Err(Failure::Surprise {
        what: what.to_owned(),
        expected: format!("{expected:#?}"),
        came: format!("{came:#?}"),
    })
}

/// Such as `GET complianceManagementPartners/ID 200`.
fn one_line(exchange: &Exchange) -> String {
    let path = exchange.path.as_str();
    let path = path.strip_prefix("/v1.0/deviceManagement/").unwrap_or(path);
    let status = exchange.status.map(|status| status.to_string());
    let status = status.as_deref().unwrap_or("(no answer)");
    format!("{} {path} {status}", exchange.method)
}

fn names(emulator: &Emulator) -> Vec<String> {
    let partners = emulator.partners(samples::TENANT_ID);
    let names = partners
        .iter()
        .map(|partner| partner["displayName"].to_string());
    names.collect()
}

/// A filesystem mirror with the provider in it.
fn mirror(provider: &Path) -> io::Result<TempDir> {
    let version = env!("CARGO_PKG_VERSION");
    let mirror = TempDir::with_prefix("intune-mirror-")?;
    let folder = mirror.path().join(SOURCE).join(version).join(platform());
    fs::create_dir_all(&folder)?;
    let name = format!("terraform-provider-intune_v{version}{}", consts::EXE_SUFFIX);
    let installed = folder.join(name);
    // A link costs nothing, but cannot leave the file system.
    fs::hard_link(provider, &installed).or_else(|_| fs::copy(provider, &installed).map(drop))?;
    Ok(mirror)
}

/// This machine, by the names that Go has for it.
fn platform() -> String {
    let system = match consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{processor}")
}
