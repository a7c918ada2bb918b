//! A provider that a person started, to look into it with a debugger.
#![cfg(unix)]

use std::process::Stdio;

use acceptance_tests::cli::Workspace;
use acceptance_tests::emulator::Effect;
use acceptance_tests::provider_binary::provider_binary;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::fixture::{PARTNER, Session, cli, created, one_page, partner};
use crate::messages::errors;
use crate::under_way::{FLEET, UnderWay};

/// Starts the provider under `--debug`, with the value of `TF_REATTACH_PROVIDERS` that it prints.
async fn start_provider(session: &Session) -> (Child, String) {
    let environment = session.emulator.environment().iter();
    let mut provider = Command::new(provider_binary())
        .arg("--debug")
        .envs(environment.map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the provider can be started");
    let stdout = provider.stdout.take().expect("stdout is a pipe");
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await.expect("stdout is text") {
        let value = line.strip_prefix("TF_REATTACH_PROVIDERS='");
        if let Some(value) = value.and_then(|it| it.strip_suffix('\'')) {
            return (provider, value.to_owned());
        }
    }
    panic!("the provider did not say how to attach to it");
}

/// A session whose CLI attaches to a provider that runs already.
async fn attached() -> (Session, Child, TempDir) {
    // An empty mirror: there is no other provider to be found.
    let mirror = TempDir::new().expect("a temporary folder");
    let workspace = Workspace::with_mirror(cli(), mirror.path());
    let mut session = Session::in_workspace(one_page(), workspace).await;
    let (provider, reattach) = start_provider(&session).await;
    session.set("TF_REATTACH_PROVIDERS", &reattach);
    session.configure(&partner(FLEET));
    (session, provider, mirror)
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_attaches_to_a_running_provider_that_an_interrupt_ends() {
    let (session, mut provider, _mirror) = attached().await;
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("create {PARTNER}")]);
    session.apply_saved_plan().await;
    assert_eq!(session.requests(), created(1));
    session.assert_no_changes().await;

    let id = provider.id().expect("it is still running").to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status().await;
    assert!(kill.expect("kill can be run").success());
    let status = provider.wait().await.expect("it ends");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_does_not_disturb_the_next_one() {
    let (session, _provider, _mirror) = attached().await;
    let mut exchanges = session.emulator.watch();
    session.fail("POST", Effect::retry_after(429, "200"));
    let apply = UnderWay::apply(&session);
    while let Some(exchange) = exchanges.recv().await {
        if exchange.status == Some(429) {
            break;
        }
    }
    apply.ctrl_c().await;
    let run = apply.end().await;
    let errors = errors(&run, &session);
    assert!(errors.contains("was canceled."), "{errors}");
    session.apply().await;
    session.assert_no_changes().await;
}
