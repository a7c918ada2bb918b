//! Signals, the parent's death, the end of the process. Called by `serve`.

use std::{future, time::Duration};

use tokio::{signal, time};
use tracing::warn;

/// How often to look whether the parent is still there.
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

/// Completes when the process that started this one is gone: nobody is left to serve, and no
/// orphan shall keep credentials in memory.
#[cfg(unix)]
pub async fn orphaned() {
    use std::os::unix::process::parent_id;

    let parent = parent_id();
    let mut tick = time::interval(PARENT_CHECK);
    while parent_id() == parent {
        tick.tick().await;
    }
}

/// Completes when the process that started this one is gone. Without unix's process tree the
/// only sign is that its end of the standard streams is closed, which cannot be waited for.
#[cfg(not(unix))]
pub async fn orphaned() {
    let _ = (PARENT_CHECK, time::interval);
    future::pending().await
}
