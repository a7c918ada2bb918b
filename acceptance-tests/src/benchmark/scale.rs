//! Many partners in one configuration: their apply, the plan after it, which has to be empty, and their destroy, beside
//! the same with as many `terraform_data`. What the provider adds in time, memory and requests must grow as the partners
//! do, and what is throttled must wait and not knock on and on. Run by `cargo benchmark --scale`; a test counts the
//! requests of a few partners.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::time::interval;

use super::configuration::{bare, partners};
use super::{Requests, succeeded};
use crate::cli::{Cli, Run, Workspace};
use crate::core::Result;
use crate::emulator::{Emulator, Options, Throttle, samples};
use crate::proc::{Taken, running, taken};

/// The commands, in their order.
const COMMANDS: [(&str, &[&str]); 3] = [
    ("apply", &["apply", "-input=false", "-auto-approve"]),
    ("plan", &["plan", "-input=false", "-detailed-exitcode"]),
    ("destroy", &["destroy", "-input=false", "-auto-approve"]),
];

/// What the provider's log says of each wait of a request that was refused.
const WAIT: &str = "waiting to try again";

/// How long it is from look to look at the provider's processes. The kernel keeps each one's peak, so that only what comes
/// after the last look is missed.
const LOOK: Duration = Duration::from_millis(25);

/// A command, and what it took.
#[derive(Clone, Debug)]
pub struct Step {
    /// `apply`, `plan` or `destroy`.
    pub command: &'static str,
    /// How many partners there are.
    pub partners: usize,
    /// Whether the tenant keeps to Microsoft's limits.
    pub is_throttled: bool,
    /// How long the command took.
    pub took: Duration,
    /// How long it took with as many `terraform_data`; none where the tenant is what takes the time.
    pub bare: Option<Duration>,
    /// The most memory that one of the provider's processes had; 0 where there is no /proc.
    pub peak_kib: usize,
    /// How long the provider's processes were on a processor.
    pub processor_time: Duration,
    /// What was sent.
    pub requests: Requests,
    /// How many waits of refused requests the log tells of.
    pub waits: usize,
}

/// Creates so many partners, plans them again and destroys them.
///
/// # Errors
/// When a command fails, when the plan after the apply is not empty, when something is left after the destroy, or when the
/// emulator cannot start.
pub async fn course(
    cli: &Cli,
    binary: &Path,
    count: usize,
    throttle: Option<Throttle>,
) -> Result<Vec<Step>> {
    let is_throttled = throttle.is_some();
    let emulator = Emulator::start(Options {
        page_size: 100,
        throttle,
        ..Options::default()
    })
    .await?;
    let before = emulator.partners(samples::TENANT_ID);
    let mut workspace = Workspace::new(cli.clone(), binary);
    let log = workspace.path().join("provider.log");
    workspace.set_environment(emulator.environment());
    workspace.set_environment(&[
        ("TF_LOG_PROVIDER", "INFO".to_owned()),
        ("TF_LOG_PATH", log.display().to_string()),
    ]);
    workspace.write("main.tf", &partners(count));
    let without_provider = Workspace::new(cli.clone(), binary);
    without_provider.write("main.tf", &bare(count));
    let mut steps = Vec::new();
    for (command, arguments) in COMMANDS {
        emulator.clear_journal();
        let begin = Instant::now();
        let (run, processes) = watched(binary, workspace.run(arguments)).await;
        let took = begin.elapsed();
        // A plan with changes exits with 2.
        succeeded(run)?;
        let bare = if is_throttled {
            None
        } else {
            let begin = Instant::now();
            succeeded(without_provider.run(arguments).await)?;
            Some(begin.elapsed())
        };
        let lines = fs::read_to_string(&log)?;
        fs::remove_file(&log)?;
        steps.push(Step {
            command,
            partners: count,
            is_throttled,
            took,
            bare,
            peak_kib: processes.values().map(|it| it.peak_kib).max().unwrap_or(0),
            processor_time: processes.values().map(|it| it.processor_time).sum(),
            requests: Requests::of(&emulator.journal()),
            waits: lines.lines().filter(|line| line.contains(WAIT)).count(),
        });
    }
    let after = emulator.partners(samples::TENANT_ID);
    if after.len() != before.len() {
        let left = after.len() - before.len();
        return Err(format!("{left} partners are left after the destroy").into());
    }
    Ok(steps)
}

/// Lets a command run, and looks at the provider's processes meanwhile.
async fn watched(binary: &Path, command: impl Future<Output = Run>) -> (Run, BTreeMap<u32, Taken>) {
    let mut command = std::pin::pin!(command);
    let mut looks = interval(LOOK);
    let mut processes = BTreeMap::new();
    loop {
        tokio::select! {
            run = &mut command => return (run, processes),
            _ = looks.tick() => {
                for process in running(binary) {
                    // One that has ended since has told all it had to.
                    if let Ok(taken) = taken(process) {
                        processes.insert(process, taken);
                    }
                }
            }
        }
    }
}
