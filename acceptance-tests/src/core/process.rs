//! A plugin's running process and everything that it printed. Made by [`super::Launch`]; owned by
//! [`super::Provider`] once it is connected.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use super::{ClientIdentity, Handshake, Launch, PATIENCE, Provider, Result, Security, connect};
use crate::provider_binary;

/// A running plugin. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    /// What it wrote to stdout: the handshake line, and never anything else.
    pub stdout: Output,
    /// What it wrote to stderr: log lines.
    pub stderr: Output,
    child: Child,
    identity: ClientIdentity,
    // Held because dropping it removes the directory.
    _socket_directory: tempfile::TempDir,
}

impl Process {
    pub(super) fn spawn(launch: Launch) -> Result<Self> {
        let coverage = provider_binary::coverage();
        // One that is killed leaves no coverage. It ends by itself as well, when its parent is gone.
        let is_killed = coverage.is_none();
        let mut child = Command::new(&launch.binary)
            .args(launch.arguments)
            .env_clear()
            .envs(coverage)
            .envs(launch.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(is_killed)
            .spawn()
            .map_err(|error| format!("cannot run {}: {error}", launch.binary.display()))?;
        Ok(Self {
            stdout: Output::collect(child.stdout.take().expect("stdout is piped")),
            stderr: Output::collect(child.stderr.take().expect("stderr is piped")),
            child,
            identity: launch.identity,
            _socket_directory: launch.socket_directory,
        })
    }

    /// The client identity whose certificate the process was given.
    #[must_use]
    pub fn identity(&self) -> &ClientIdentity {
        &self.identity
    }

    /// The process id, while the process has not been waited for.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for the handshake line.
    ///
    /// # Errors
    /// When the process ends or a minute passes without one, or when it is not one.
    pub async fn handshake(&mut self) -> Result<Handshake> {
        match self.stdout.find(|_| true).await {
            Ok(line) => line.parse(),
            Err(error) => Err(format!(
                "no handshake line: {error}; stderr: {:#?}",
                self.stderr.lines()
            )
            .into()),
        }
    }

    /// Shakes hands and connects, as core does.
    ///
    /// # Errors
    /// When the process does not serve as core demands.
    pub async fn connect(mut self) -> Result<Provider> {
        let handshake = self.handshake().await?;
        let security = match &handshake.certificate {
            Some(server) => Security::Tls {
                server,
                client: Some(&self.identity),
            },
            None => Security::Plaintext,
        };
        let channel = connect(&handshake.address, security).await?;
        Ok(Provider::new(self, channel))
    }

    /// Sends a signal by its name, such as `INT`.
    ///
    /// # Errors
    /// When the process is gone.
    pub async fn signal(&self, name: &str) -> Result<()> {
        let id = self.id().ok_or("the process has ended")?;
        let status = Command::new("kill")
            .args(["-s", name, &id.to_string()])
            .status()
            .await?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("kill -s {name} {id}: {status}").into())
        }
    }

    /// Kills the process and waits for its end.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Waits for the process to end by itself.
    ///
    /// # Errors
    /// When it is still running after `limit`.
    pub async fn exit(&mut self, limit: Duration) -> Result<ExitStatus> {
        match timeout(limit, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => Err(format!("the process still runs after {limit:?}").into()),
        }
    }
}

/// What a process wrote to one of its pipes so far, line by line.
#[derive(Debug, Clone)]
pub struct Output(watch::Receiver<Vec<String>>);

impl Output {
    /// Reads until the pipe is closed, whether or not anyone looks: a full pipe would block the
    /// process.
    #[must_use]
    pub fn collect(pipe: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let (sender, receiver) = watch::channel(Vec::new());
        tokio::spawn(async move {
            let mut lines = BufReader::new(pipe).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                let line = String::from_utf8_lossy(&line).into_owned();
                sender.send_modify(|lines| lines.push(line));
            }
        });
        Self(receiver)
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    /// Waits for a line, one that is already there included.
    ///
    /// # Errors
    /// When the process closes the pipe or a minute passes without such a line.
    pub async fn find(&mut self, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let search = async {
            loop {
                if let Some(line) = self.0.borrow_and_update().iter().find(|line| wanted(line)) {
                    return Ok(line.clone());
                }
                self.0
                    .changed()
                    .await
                    .map_err(|_| "the process closed the pipe first")?;
            }
        };
        timeout(PATIENCE, search)
            .await
            .map_err(|_| format!("the line did not come within {PATIENCE:?}"))?
    }

    /// Waits until the process has closed the pipe, which it does at the latest when it ends; all
    /// that it ever wrote.
    ///
    /// # Errors
    /// When the pipe is still open after a minute.
    pub async fn all(&mut self) -> Result<Vec<String>> {
        let closed = async { while self.0.changed().await.is_ok() {} };
        timeout(PATIENCE, closed)
            .await
            .map_err(|_| format!("the pipe is still open after {PATIENCE:?}"))?;
        Ok(self.lines())
    }
}
