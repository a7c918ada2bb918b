//! Neither the client secret nor an access token is written anywhere.

use acceptance_tests::emulator::samples::CLIENT_SECRET;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::fixture::{Session, imported, partner};

fn assert_without_secrets(session: &Session, what: &str, text: &str) {
    let tokens = session.emulator.access_tokens();
    assert!(!tokens.is_empty(), "somebody signed in");
    for secret in tokens.iter().map(String::as_str).chain([CLIENT_SECRET]) {
        if let Some(at) = text.find(secret) {
            let line = text[..at].lines().count();
            panic!("{what} holds a secret in line {line}");
        }
    }
}

/// What the state file holds encoded: the provider's private bytes.
fn private(state: &[u8]) -> String {
    let state: Value = serde_json::from_slice(state).expect("state is JSON");
    let resources = state["resources"].as_array().into_iter().flatten();
    let instances = resources
        .filter_map(|it| it["instances"].as_array())
        .flatten();
    let private = instances.filter_map(|it| STANDARD.decode(it["private"].as_str()?).ok());
    String::from_utf8_lossy(&private.collect::<Vec<_>>().concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_plans_and_state_hold_no_secret() {
    let mut session = Session::start().await;
    session.set("TF_LOG", "TRACE");
    let configuration = |name: &str| {
        let kandji = acceptance_tests::emulator::samples::KANDJI;
        imported(kandji, &format!("display_name = {name:?}"))
            + &partner("display_name = \"Fleet\"").replace("\"it\"", "\"new\"")
    };
    session.configure(&configuration("Kandji"));
    let plan = session.succeed(&["plan", "-out=saved.tfplan"]).await;
    let show = session.succeed(&["show", "-json", "saved.tfplan"]).await;
    let apply = session.succeed(&["apply", "saved.tfplan"]).await;
    session.configure(&configuration("Iru"));
    let update = session.succeed(&["apply", "-auto-approve"]).await;

    for run in [&plan, &show, &apply, &update] {
        let log = &run.stderr;
        assert!(
            log.contains("terraform-provider-intune"),
            "{} logs",
            run.command
        );
        assert_without_secrets(&session, &format!("the log of {}", run.command), log);
        assert_without_secrets(&session, &run.command, &run.stdout);
    }
    let state = session.state_file().expect("state");
    assert_without_secrets(&session, "state", &String::from_utf8_lossy(&state));
    assert_without_secrets(&session, "private state", &private(&state));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_not_repeated_in_the_error() {
    let mut session = Session::start().await;
    session.set("TF_LOG", "TRACE");
    session.set("ARM_CLIENT_SECRET", "mistyped~secret");
    session.configure(&partner("display_name = \"Fleet\""));
    let run = session.run(&["apply", "-auto-approve"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("AADSTS7000215"), "{}", run.stderr);
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains("mistyped~secret"));
    }
}
