//! The tenant changes behind Terraform's back.

use acceptance_tests::emulator::samples::{TENANT_ID, WORKSPACE_ONE};
use serde_json::json;

use crate::fixture::{NO_CHANGES, PARTNER, Session, TOKEN, created_as_planned, get, list, patch};

const FLEET: &str = "
  display_name  = \"Fleet\"
  ios_onboarded = true
  macos_enrollment_assignments = [{ type = \"all_devices\" }]
";

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_is_managed_is_shown_and_corrected_with_one_patch() {
    let session = Session::with_applied(FLEET).await;
    let id = session.id();
    let everybody = json!({"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"});
    session.edit(&id, "iosOnboarded", json!(false));
    session.edit(
        &id,
        "macOsEnrollmentAssignments",
        json!([{"target": everybody}]),
    );
    session.edit(&id, "androidOnboarded", json!(true));

    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("update {PARTNER}")]);
    assert_eq!(
        (plan.before("ios_onboarded"), plan.after("ios_onboarded")),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        plan.before("macos_enrollment_assignments")[0]["type"],
        "all_licensed_users"
    );
    assert_eq!(
        plan.changed_attributes(),
        [
            "ios_onboarded",
            "last_heartbeat_date_time",
            "macos_enrollment_assignments",
            "partner_state"
        ]
    );
    session.forget_requests();
    session.apply_saved_plan().await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), list(), patch(&id)]);
    let stored = session.stored(&id);
    assert_eq!(stored["iosOnboarded"], true);
    assert_eq!(stored["androidOnboarded"], true, "it is not managed");
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_somebody_deleted_is_created_again() {
    let session = Session::with_applied(FLEET).await;
    let id = session.id();
    session.emulator.remove_partner(TENANT_ID, &id);
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("create {PARTNER}")]);
    session.forget_requests();
    session.apply_saved_plan().await;
    assert_eq!(session.requests(), created_as_planned(1));
    assert_ne!(session.id(), id);
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_partner_that_is_gone_already_succeeds() {
    let session = Session::with_applied(FLEET).await;
    let id = session.id();
    session
        .succeed(&["plan", "-destroy", "-out=saved.tfplan"])
        .await;
    session.emulator.remove_partner(TENANT_ID, &id);
    session.apply_saved_plan().await;
    assert_eq!(session.find_in_state(PARTNER), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_is_not_managed_is_no_change() {
    let session =
        Session::with_imported(WORKSPACE_ONE, "display_name = \"VMware Workspace ONE\"").await;
    session.edit(WORKSPACE_ONE, "partnerState", json!("unresponsive"));
    session.edit(WORKSPACE_ONE, "iosOnboarded", json!(false));
    session.edit(WORKSPACE_ONE, "iosEnrollmentAssignments", json!(null));
    let plan = session.plan().await;
    assert_eq!(plan.changes(), NO_CHANGES);
    session.forget_requests();
    session.apply().await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(WORKSPACE_ONE)]);
    let state = session.state(PARTNER);
    assert_eq!(state["partner_state"], "unresponsive");
    assert_eq!(state["ios_onboarded"], false);
    assert_eq!(state["ios_enrollment_assignments"], json!([]));
}
