//! Signals, the parent's death, the end of the process. Called by `serve`.

use std::future;
#[cfg(unix)]
use std::time::Duration;

use tokio::signal;
#[cfg(unix)]
use tokio::time;
use tracing::warn;

/// How often to look whether the parent is still there.
#[cfg(unix)]
const PARENT_CHECK: Duration = Duration::from_secs(1);

/// Ignores Ctrl-C for as long as the future is polled: the signal reaches the whole process
/// group, and Terraform, which has it too, says what to do about it through `StopProvider`.
pub async fn ignore_interrupts() {
    loop {
        if let Err(error) = signal::ctrl_c().await {
            warn!(%error, "cannot take charge of Ctrl-C");
            return future::pending().await;
        }
    }
}

/// Completes when a person interrupts the process.
pub async fn interrupted() {
    if let Err(error) = signal::ctrl_c().await {
        warn!(%error, "cannot take charge of Ctrl-C");
        future::pending::<()>().await;
    }
}

/// The process that started this one.
pub struct Parent {
    #[cfg(unix)]
    id: u32,
}

impl Parent {
    /// Who it is now. To be asked first of all: once it is gone, another process is the parent.
    pub fn current() -> Self {
        Self {
            #[cfg(unix)]
            id: std::os::unix::process::parent_id(),
        }
    }

    /// Completes when it is gone: nobody is left to serve, and no orphan shall keep credentials
    /// in memory. Where there is no process tree to ask it never does.
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
