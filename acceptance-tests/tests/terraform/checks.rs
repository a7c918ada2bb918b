//! The check of `examples/checks`: a warning for a partner that is not well, and never an error.

use serde_json::{Value, json};

use crate::fixture::Session;

const CHECK: &str = include_str!("../../../examples/checks/partner_health/main.tf");

/// The messages of the checks that fail in a plan, which succeeds all the same.
async fn failed(session: &Session) -> Vec<String> {
    session
        .succeed(&["plan", "-input=false", "-out=checked.tfplan"])
        .await;
    let plan = session
        .succeed(&["show", "-json", "checked.tfplan"])
        .await
        .json();
    let checks = plan["checks"].as_array().into_iter().flatten();
    let instances = checks.filter_map(|it| it["instances"].as_array()).flatten();
    let problems = instances
        .filter_map(|it| it["problems"].as_array())
        .flatten();
    let messages = problems.filter_map(|it| it["message"].as_str());
    messages.map(str::to_owned).collect()
}

fn at(hours: i64) -> Value {
    let instant = time::OffsetDateTime::now_utc() - time::Duration::hours(hours);
    let text = instant.format(&time::format_description::well_known::Rfc3339);
    json!(text.expect("an instant can be written"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_silent_or_not_enabled_is_warned_of() {
    let session = Session::with_applied("display_name = \"Watched\"").await;
    let id = session.id();
    let check = CHECK.replace("Jamf Device Compliance", "Watched");
    session.workspace.write("main.tf", &check);
    session.workspace.write(
        "partner.tf",
        "resource \"intune_compliance_partner\" \"it\" {\n  display_name = \"Watched\"\n}\n",
    );

    session.edit(&id, "partnerState", json!("enabled"));
    session.edit(&id, "lastHeartbeatDateTime", at(1));
    assert_eq!(failed(&session).await, Vec::<String>::new());

    session.edit(&id, "partnerState", json!("unresponsive"));
    session.edit(&id, "lastHeartbeatDateTime", json!("0001-01-01T00:00:00Z"));
    let [state, heartbeat] = &failed(&session).await[..] else {
        panic!("both are warned of");
    };
    assert!(state.starts_with("Watched is unresponsive: "), "{state}");
    assert!(
        heartbeat.starts_with("Watched was last heard of at 0001-01-01T00:00:00Z, "),
        "{heartbeat}"
    );

    session.edit(&id, "partnerState", json!("enabled"));
    session.edit(&id, "lastHeartbeatDateTime", at(25));
    assert_eq!(failed(&session).await.len(), 1);
}
