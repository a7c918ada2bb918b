//! More partners at once than Graph lets an application write in a while.

use std::collections::BTreeSet;
use std::time::Instant;

use acceptance_tests::emulator::{Options, Throttle, samples};
use serde_json::Value;

use crate::fixture::{Session, one_page, text};

const PARTNERS: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_partners_are_applied_once_each_within_the_documented_limit() {
    let throttle = Throttle::documented();
    let window = throttle.window;
    let mut session = Session::with(Options {
        throttle: Some(throttle),
        ..one_page()
    })
    .await;
    let log = session.workspace.path().join("terraform.log");
    session.set("TF_LOG", "INFO");
    session.set("TF_LOG_PATH", &log.display().to_string());
    session.configure(&format!(
        "resource \"intune_compliance_partner\" \"it\" {{
           count        = {PARTNERS}
           display_name = \"Fleet ${{count.index}}\"
         }}"
    ));
    let begun = Instant::now();
    session.apply().await;
    let took = begun.elapsed();
    // The first hundred writes have room at once, and the others when these leave the window.
    let ratio = took.as_secs_f64() / window.as_secs_f64();
    eprintln!("{took:.1?}, {ratio:.2} times the {window:?} that the limit itself takes");

    assert_eq!(names_in_tenant(&session), names());
    assert_eq!(names_in_state(&session), names());
    let created = session.emulator.journal();
    let created = created
        .iter()
        .filter(|it| it.method == "POST" && it.status == Some(201));
    assert_eq!(created.count(), PARTNERS);
    assert_waits_are_logged(&std::fs::read_to_string(&log).expect("a log"));
    session.assert_no_changes().await;
}

/// What was waited for is in the log at INFO: for what, why, and how long.
fn assert_waits_are_logged(log: &str) {
    let waits: Vec<_> = log
        .lines()
        .filter(|line| line.contains("waiting to try again"))
        .collect();
    assert!(!waits.is_empty(), "no wait is logged");
    for wait in waits {
        assert!(wait.contains("429") && wait.contains("POST"), "{wait}");
        assert!(wait.contains("wait="), "{wait}");
    }
}

fn names() -> Vec<String> {
    let names = (0..PARTNERS).map(|number| format!("Fleet {number}"));
    sorted(names)
}

/// The names of the partners that were created; a name that is there twice is in here twice.
fn names_in_tenant(session: &Session) -> Vec<String> {
    let partners = session.emulator.partners(samples::TENANT_ID);
    let names = partners.iter().map(|it| text(it, "displayName").to_owned());
    sorted(names.filter(|name| name.starts_with("Fleet ")))
}

fn names_in_state(session: &Session) -> Vec<String> {
    let state = session.state_file().expect("state");
    let state: Value = serde_json::from_slice(&state).expect("state is JSON");
    let instances = state["resources"][0]["instances"].as_array().into_iter();
    let instances: Vec<_> = instances.flatten().map(|it| &it["attributes"]).collect();
    let ids: BTreeSet<_> = instances.iter().map(|it| text(it, "id")).collect();
    assert_eq!(ids.len(), PARTNERS, "each has an id of its own");
    sorted(
        instances
            .iter()
            .map(|it| text(it, "display_name").to_owned()),
    )
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}
