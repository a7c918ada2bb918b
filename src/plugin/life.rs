//! Signals, the death of the parent, the end of the process. Called by `serve`.

#[cfg(not(unix))]
use std::future;
use std::io;
#[cfg(unix)]
use std::time::Duration;

use tokio::signal;
#[cfg(unix)]
use tokio::time;

/// How often to check whether the parent is still there.
#[cfg(unix)]
const PARENT_CHECK: Duration = Duration::from_secs(1);

/// The interrupts (Ctrl-C, on Windows also Ctrl-Break) and, on Unix, the terminations (SIGTERM) that the process gets. Once
/// they are watched, none of them ends it.
pub struct Interrupts {
    #[cfg(unix)]
    signal: signal::unix::Signal,
    #[cfg(unix)]
    termination: signal::unix::Signal,
    #[cfg(windows)]
    signal: signal::windows::CtrlC,
    #[cfg(windows)]
    other: signal::windows::CtrlBreak,
}

impl Interrupts {
    /// Starts to watch for interrupts.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn watch() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            signal: signal::unix::signal(signal::unix::SignalKind::interrupt())?,
            #[cfg(unix)]
            termination: signal::unix::signal(signal::unix::SignalKind::terminate())?,
            #[cfg(windows)]
            signal: signal::windows::ctrl_c()?,
            #[cfg(windows)]
            other: signal::windows::ctrl_break()?,
        })
    }

    /// Completes at the next interrupt or termination.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.signal.recv() => {}
            _ = self.termination.recv() => {}
        }
        #[cfg(windows)]
        tokio::select! {
            _ = self.signal.recv() => {}
            _ = self.other.recv() => {}
        }
    }

    /// Completes at the next termination. Where there are none, it never completes.
    pub async fn termination(&mut self) {
        #[cfg(unix)]
        self.termination.recv().await;
        #[cfg(not(unix))]
        future::pending().await
    }
}

/// The process that started this one.
pub struct Parent {
    #[cfg(unix)]
    id: u32,
}

impl Parent {
    /// The current parent. Call this first of all: once the parent is gone, another process is the parent.
    pub fn current() -> Self {
        Self {
            #[cfg(unix)]
            id: std::os::unix::process::parent_id(),
        }
    }

    /// Completes when the parent is gone: nobody is left to serve, and an orphan must not keep credentials in memory.
    /// Where there is no process tree to ask, it never completes.
    pub async fn gone(self) {
        #[cfg(unix)]
        {
            let mut tick = time::interval(PARENT_CHECK);
            while std::os::unix::process::parent_id() == self.id {
                tick.tick().await;
            }
        }
        #[cfg(not(unix))]
        future::pending().await
    }
}
