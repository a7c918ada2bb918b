//! How a plugin's process is started: as core does it, unless a test wants it otherwise. Used by
//! every test of the binary and by `benchmark`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::{ClientIdentity, Process, Provider, Result};

/// The environment variables by which core tells a plugin how to serve.
pub mod variable {
    /// Shows a plugin that core started it, not a person.
    pub const MAGIC_COOKIE: &str = "TF_PLUGIN_MAGIC_COOKIE";
    /// The protocol versions that core speaks.
    pub const PROTOCOL_VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";
    /// Core's client certificate, in PEM; absent when the link is to be plaintext.
    pub const CLIENT_CERTIFICATE: &str = "PLUGIN_CLIENT_CERT";
    /// The directory for the Unix socket.
    pub const SOCKET_DIRECTORY: &str = "PLUGIN_UNIX_SOCKET_DIR";
    /// The lowest port to listen on, where Unix sockets are not used.
    pub const MIN_PORT: &str = "PLUGIN_MIN_PORT";
    /// The highest port to listen on.
    pub const MAX_PORT: &str = "PLUGIN_MAX_PORT";
}

/// How to start a plugin. Its environment is empty but for what is said here, so that nothing of
/// the developer's machine decides a test.
#[derive(Debug)]
pub struct Launch {
    pub(super) binary: PathBuf,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: BTreeMap<OsString, OsString>,
    pub(super) identity: ClientIdentity,
    pub(super) socket_directory: tempfile::TempDir,
}

impl Launch {
    /// Starts `binary` as core does, with a client certificate of its own.
    ///
    /// # Panics
    /// When the machine cannot make a temporary directory or a certificate.
    #[must_use]
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let identity =
            ClientIdentity::generate().expect("a certificate can be made from constants");
        let socket_directory = tempfile::tempdir().expect("the temporary directory is writable");
        let certificate = identity.pem();
        let sockets = socket_directory.path().to_owned();
        Self {
            binary: binary.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            identity,
            socket_directory,
        }
        .env(
            variable::MAGIC_COOKIE,
            "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
        )
        .env(variable::PROTOCOL_VERSIONS, "5,6")
        .env(variable::CLIENT_CERTIFICATE, certificate)
        .env(variable::SOCKET_DIRECTORY, sockets)
        .env(variable::MIN_PORT, "10000")
        .env(variable::MAX_PORT, "25000")
    }

    /// Sets an environment variable, core's own included.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Removes an environment variable that core would set.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.remove(&OsString::from(name));
        self
    }

    /// Adds a command line argument; core gives none.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Starts the process, and waits for nothing.
    ///
    /// # Errors
    /// When the binary cannot be run.
    pub fn spawn(self) -> Result<Process> {
        Process::spawn(self)
    }

    /// Starts the process, shakes hands and connects, as core does.
    ///
    /// # Errors
    /// When the process does not serve as core demands.
    pub async fn start(self) -> Result<Provider> {
        self.spawn()?.connect().await
    }
}
