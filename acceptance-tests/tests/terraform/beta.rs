//! What only Graph's beta knows: Linux, and assignment filters.

use acceptance_tests::emulator::samples::{FIELD_STAFF_GROUP, KANDJI};
use serde_json::json;

use crate::fixture::{NO_CHANGES, NO_REQUESTS, PARTNER, Session, imported, partner};
use crate::messages::errors;

const FILTER: &str = "0f0e0d0c-1111-4222-8333-444455556666";

fn linux() -> String {
    format!(
        "display_name = \"Fleet\"
         linux_onboarded = true
         linux_enrollment_assignments = [
           {{ type = \"group\", group_id = {FIELD_STAFF_GROUP:?}, filter_id = {FILTER:?}, filter_type = \"include\" }},
           {{ type = \"all_devices\" }},
         ]"
    )
}

async fn beta() -> Session {
    let mut session = Session::start().await;
    session.set("INTUNE_GRAPH_API_VERSION", "beta");
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn linux_and_filters_live_in_beta() {
    let session = beta().await;
    session.configure(&partner(&linux()));
    session.apply().await;
    let created = session.body_of_the_write();
    assert_eq!(created["linuxOnboarded"], true);
    assert_eq!(
        created["linuxEnrollmentAssignments"][0]["target"],
        json!({
            "@odata.type": "#microsoft.graph.groupAssignmentTarget",
            "groupId": FIELD_STAFF_GROUP,
            "deviceAndAppManagementAssignmentFilterId": FILTER,
            "deviceAndAppManagementAssignmentFilterType": "include",
        })
    );
    session.assert_no_changes().await;

    session.configure(&partner(&linux().replace("include", "exclude")));
    let plan = session.plan().await;
    assert_eq!(
        plan.changed_attributes(),
        [
            "last_heartbeat_date_time",
            "linux_enrollment_assignments",
            "partner_state"
        ]
    );
    session.forget_requests();
    session.apply_saved_plan().await;
    let changed = session.body_of_the_write();
    assert!(changed.get("linuxOnboarded").is_none(), "{changed}");
    session.assert_no_changes().await;
    let paths = session.requests();
    assert!(paths.iter().all(|it| !it.contains("/v1.0/")), "{paths:?}");
    session.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn v1_says_what_it_has_not() {
    let session = Session::start().await;
    session.configure(&partner(&linux()));
    session.succeed(&["validate"]).await;
    let run = session.run(&["plan", "-json"]).await;
    assert_eq!(session.requests(), NO_REQUESTS);
    insta::assert_snapshot!(errors(&run, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_needs_both_of_its_halves() {
    let session = beta().await;
    let elements = [
        "filter_id = \"3c5f8d7a-1e2b-4f60-9b3c-0a1b2c3d4e5f\"",
        "filter_type = \"include\"",
        "filter_id = \"3c5f8d7a-1e2b-4f60-9b3c-0a1b2c3d4e5f\", filter_type = \"none\"",
        "filter_id = \"\", filter_type = \"include\"",
        "filter_id = \"00000000-0000-0000-0000-000000000000\", filter_type = \"include\"",
    ];
    let elements = elements.map(|filter| format!("{{ type = \"all_devices\", {filter} }},"));
    session.configure(&partner(&format!(
        "display_name = \"Fleet\"\nmacos_enrollment_assignments = [{}]",
        elements.concat()
    )));
    let run = session.run(&["validate", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}

/// A known limit: v1.0 neither shows a filter nor can keep it. README says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_assignments_through_v1_removes_a_filter() {
    let mut session = beta().await;
    let macs = |rest: &str| {
        partner(&format!(
            "display_name = \"Fleet\"
             macos_enrollment_assignments = [{{ type = \"group\", group_id = {FIELD_STAFF_GROUP:?}{rest}]"
        ))
    };
    let filter = format!(", filter_id = {FILTER:?}, filter_type = \"include\" }}");
    session.configure(&macs(&filter));
    session.apply().await;
    session.set("INTUNE_GRAPH_API_VERSION", "v1.0");
    session.configure(&macs(" }"));
    session.assert_no_changes().await;
    session.configure(&macs(" }, { type = \"all_devices\" }"));
    session.apply().await;
    session.assert_no_changes().await;
    let stored = session.stored(&session.id()).to_string();
    assert!(!stored.contains(FILTER), "{stored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_may_be_changed_and_changed_back() {
    let mut session = Session::with_imported(KANDJI, "display_name = \"Kandji\"").await;
    assert!(session.state(PARTNER)["linux_onboarded"].is_null());
    session.set("INTUNE_GRAPH_API_VERSION", "beta");
    session.assert_no_changes().await;
    session.configure(&imported(
        KANDJI,
        "display_name = \"Kandji\"\nlinux_onboarded = true",
    ));
    session.apply().await;
    session.assert_no_changes().await;
    assert_eq!(session.state(PARTNER)["linux_onboarded"], true);

    // v1.0 keeps what it does not know.
    session.set("INTUNE_GRAPH_API_VERSION", "v1.0");
    session.configure(&imported(KANDJI, "display_name = \"Iru\""));
    session.apply().await;
    assert_eq!(session.plan().await.changes(), NO_CHANGES);
    assert!(session.state(PARTNER)["linux_onboarded"].is_null());
    assert_eq!(session.stored(KANDJI)["linuxOnboarded"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_refresh_a_change_of_the_version_is_no_inconsistency() {
    let mut session = beta().await;
    session.configure(&partner("display_name = \"Fleet\""));
    session.apply().await;
    assert_eq!(session.state(PARTNER)["linux_onboarded"], false);
    let apply = ["apply", "-auto-approve", "-refresh=false"];
    session.set("INTUNE_GRAPH_API_VERSION", "v1.0");
    session.succeed(&apply).await;
    assert!(session.state(PARTNER)["linux_onboarded"].is_null());
    session.set("INTUNE_GRAPH_API_VERSION", "beta");
    session.configure(&partner("display_name = \"Fleet 2\""));
    session.succeed(&apply).await;
    assert_eq!(session.state(PARTNER)["linux_onboarded"], false);
}
