//! A Terraform or OpenTofu in a folder of its own, as a user has it. The tests of the user's view
//! and the quick start run their commands through it.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::provider_binary;
pub use release::SOURCE;

/// A configuration that names the provider and nothing else.
#[must_use]
pub fn required_providers() -> String {
    format!(
        "terraform {{\n  required_providers {{\n    intune = {{\n      source = {SOURCE:?}\n    }}\n  \
         }}\n}}\n"
    )
}

/// Names the CLI to use instead of the one on PATH, as the Go providers' tests do.
pub const PATH_VARIABLE: &str = "TF_ACC_TERRAFORM_PATH";

/// A Terraform or OpenTofu program.
#[derive(Clone, Debug)]
pub struct Cli {
    program: PathBuf,
}

/// There is no CLI to be found.
#[derive(Debug)]
pub struct NoCli(String);

impl fmt::Display for NoCli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}. Install Terraform (https://developer.hashicorp.com/terraform/install) or OpenTofu \
             (https://opentofu.org/docs/intro/install), or name the program in {PATH_VARIABLE}.",
            self.0
        )
    }
}

impl std::error::Error for NoCli {}

impl Cli {
    /// The one that `TF_ACC_TERRAFORM_PATH` names, or else terraform or tofu on PATH.
    ///
    /// # Errors
    /// When there is none, with where to get one.
    pub fn find() -> Result<Self, NoCli> {
        if let Some(program) = env::var_os(PATH_VARIABLE).filter(|path| !path.is_empty()) {
            let program = PathBuf::from(program);
            return if program.is_file() {
                Ok(Self { program })
            } else {
                Err(NoCli(format!(
                    "{PATH_VARIABLE} names {}, which is no file",
                    program.display()
                )))
            };
        }
        let path = env::var_os("PATH").unwrap_or_default();
        ["terraform", "tofu"]
            .iter()
            .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
            .map(|program| program.with_extension(env::consts::EXE_EXTENSION))
            .find(|program| program.is_file())
            .map(|program| Self { program })
            .ok_or_else(|| NoCli("Neither terraform nor tofu is on PATH".to_owned()))
    }

    /// The name that people type: `terraform` or `tofu`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.program
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or("terraform")
    }
}

/// A folder with a configuration, in which a CLI runs with an environment of its own.
#[derive(Debug)]
pub struct Workspace {
    cli: Cli,
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a command did.
#[derive(Clone, Debug)]
pub struct Run {
    /// The command line, for messages.
    pub command: String,
    /// The exit code; -1 for a process that was killed.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Workspace {
    /// An empty folder in which the CLI finds the provider binary without `init`, through
    /// `dev_overrides`.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn new(cli: Cli, provider: &Path) -> Self {
        Self::with_provider(cli, SOURCE, provider)
    }

    /// The same for another provider, by its source address.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn with_provider(cli: Cli, source: &str, provider: &Path) -> Self {
        let folder = provider
            .parent()
            .unwrap_or(Path::new("."))
            .display()
            .to_string();
        Self::with_installation(cli, &format!("dev_overrides {{ {source:?} = {folder:?} }}"))
    }

    /// An empty folder in which `init` installs the provider from the filesystem mirror `mirror`.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn with_mirror(cli: Cli, mirror: &Path) -> Self {
        let mirror = mirror.display().to_string();
        Self::with_installation(cli, &format!("filesystem_mirror {{ path = {mirror:?} }}"))
    }

    /// An empty folder in which `init` installs the provider from the network mirror at `url`.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn with_network_mirror(cli: Cli, url: &str) -> Self {
        Self::with_installation(cli, &format!("network_mirror {{ url = {url:?} }}"))
    }

    /// An empty folder, which is the home of its user too, and in which nothing says where `init`
    /// gets providers from.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn at_home(cli: Cli) -> Self {
        Self::with_config(cli, "")
    }

    fn with_installation(cli: Cli, installation: &str) -> Self {
        Self::with_config(
            cli,
            &format!("provider_installation {{\n  {installation}\n}}\n"),
        )
    }

    fn with_config(cli: Cli, settings: &str) -> Self {
        let folder = TempDir::with_prefix("intune-workspace-").expect("a temporary folder");
        let config = folder.path().join("cli.tfrc");
        fs::write(&config, settings).expect("the temporary folder can be written");
        // Nothing of the machine's own sign-ins and settings may reach the provider.
        let inherited = ["PATH", "SYSTEMROOT", "TMPDIR"]
            .iter()
            .filter_map(|name| env::var(name).ok().map(|value| ((*name).to_owned(), value)));
        let own = [
            ("HOME", folder.path().display().to_string()),
            ("TF_CLI_CONFIG_FILE", config.display().to_string()),
            ("CHECKPOINT_DISABLE", "1".to_owned()),
            ("TF_IN_AUTOMATION", "1".to_owned()),
            // Terraform 1.11 does not heed NO_COLOR.
            ("TF_CLI_ARGS", "-no-color".to_owned()),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value));
        Self {
            cli,
            environment: inherited.chain(own).collect(),
            folder,
        }
    }

    /// Sets variables for every later command.
    pub fn set_environment<'a>(
        &mut self,
        variables: impl IntoIterator<Item = &'a (&'static str, String)>,
    ) {
        for (name, value) in variables {
            self.environment.retain(|(known, _)| known != name);
            self.environment.push(((*name).to_owned(), value.clone()));
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the configuration, in place of the one of that name.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("the workspace can be written");
    }

    /// Prepares a command without running it, for tests that interrupt it.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.cli.program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(provider_binary::coverage())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub async fn run(&self, arguments: &[&str]) -> Run {
        let output = self
            .command(arguments)
            .output()
            .await
            .expect("the CLI can be started");
        Run {
            command: format!("{} {}", self.cli.name(), arguments.join(" ")),
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Run {
    /// The run, if it succeeded.
    ///
    /// # Panics
    /// When it did not, with all it printed.
    #[must_use]
    pub fn success(self) -> Self {
        assert!(
            self.code == 0,
            "{} exited with {}\n{}\n{}",
            self.command,
            self.code,
            self.stdout,
            self.stderr
        );
        self
    }

    /// What it printed, as JSON.
    ///
    /// # Panics
    /// When it printed something else.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{} printed no JSON: {error}", self.command))
    }
}
