//! What later Terraforms do with identities: import by them (1.12), and `terraform query` (1.14).
//! A CLI that is older, or OpenTofu, lacks it and says so; what they would send is sent in
//! `tests/plugin`, by any CLI or none.

use acceptance_tests::emulator::samples::{self, KANDJI};
use acceptance_tests::emulator::{Effect, Options};
use serde_json::json;

use crate::fixture::{NO_CHANGES, PARTNER, Session, partner};
use crate::import::with_generated_configuration;

/// Whether the CLI is a Terraform of at least this minor version of 1. If not, this is said.
pub(crate) async fn is_terraform(session: &Session, minor: u32, what: &str) -> bool {
    let run = session.succeed(&["version"]).await;
    let line = run.stdout.lines().next().unwrap_or_default();
    let (product, version) = line.split_once(" v").unwrap_or((line, ""));
    let is: u32 = version
        .split('.')
        .nth(1)
        .and_then(|it| it.parse().ok())
        .unwrap_or_default();
    let has_it = product == "Terraform" && is >= minor;
    if !has_it {
        eprintln!("{what} is left to tests/plugin: {line} lacks it.");
    }
    has_it
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_by_identity() {
    let session = Session::start().await;
    if !is_terraform(&session, 12, "An import by identity").await {
        return;
    }
    let import = format!("import {{\n  to = {PARTNER}\n  identity = {{ id = {KANDJI:?} }}\n}}\n");
    session.configure(&format!("{import}{}", partner("display_name = \"Kandji\"")));
    assert_eq!(session.plan().await.changes(), NO_CHANGES);
    session.apply().await;
    assert_eq!(session.id(), KANDJI);
    session.assert_no_changes().await;
}

const ALL: &str =
    "list \"intune_compliance_partner\" \"all\" {\n  provider = intune\n  limit = 1000\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_tenant_comes_under_management_with_two_commands() {
    let mut options = Options {
        page_size: 10,
        ..Options::default()
    };
    let catalogue =
        |number| samples::never_set_up(&format!("p{number}"), &format!("Partner {number}"));
    options.tenants[0].partners.extend((0..96).map(catalogue));
    let session = Session::with(options).await;
    if !is_terraform(&session, 14, "terraform query").await {
        return;
    }
    session.configure("");
    session.workspace.write("all.tfquery.hcl", ALL);
    session
        .succeed(&["query", "-generate-config-out=partners.tf"])
        .await;
    let pages = session.requests();
    assert_eq!(pages.len(), 1 + 10, "a token and ten pages: {pages:?}");
    session.apply().await;
    let writes = session
        .requests()
        .into_iter()
        .filter(|it| !it.starts_with("GET") && it != "token");
    assert_eq!(writes.count(), 0);
    session.assert_no_changes().await;
    let state = session.state_file().expect("state");
    let state: serde_json::Value = serde_json::from_slice(&state).expect("JSON");
    assert_eq!(state["resources"].as_array().map(Vec::len), Some(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_configuration_pins_no_heartbeat() {
    let session = Session::start().await;
    if !is_terraform(&session, 14, "A configuration that the provider generates").await {
        return;
    }
    with_generated_configuration(&session, samples::WORKSPACE_ONE).await;
    session.apply().await;
    session.edit(
        samples::WORKSPACE_ONE,
        "lastHeartbeatDateTime",
        json!("2026-06-01T00:00:00Z"),
    );
    session.edit(
        samples::WORKSPACE_ONE,
        "partnerState",
        json!("unresponsive"),
    );
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_fails_says_why() {
    let session = Session::start().await;
    if !is_terraform(&session, 14, "terraform query").await {
        return;
    }
    session.configure("");
    let wrong = "list \"intune_compliance_partner\" \"all\" {\n  provider = intune\n  config {\n    \
                 platform = \"windows\"\n  }\n}\n";
    session.workspace.write("all.tfquery.hcl", wrong);
    let run = session.run(&["query"]).await;
    assert!(
        run.stderr.contains("platform = \"windows\" finds nothing"),
        "{}",
        run.stderr
    );

    session.workspace.write("all.tfquery.hcl", ALL);
    session.fail("GET", Effect::status(403));
    let run = session.run(&["query"]).await;
    assert!(
        run.stderr.contains("Cannot list the compliance partners"),
        "{}",
        run.stderr
    );
}
