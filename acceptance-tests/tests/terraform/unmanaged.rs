//! What a configuration leaves out is not managed, and what means the same is no change.

use acceptance_tests::emulator::samples::{
    FIELD_STAFF_GROUP, MOSYLE, OFFICE_STAFF_GROUP, PILOT_GROUP, WORKSPACE_ONE,
};
use serde_json::json;

use crate::fixture::{NO_CHANGES, PARTNER, Session, TOKEN, elements, get, imported, partner, text};

const NAME: &str = "display_name = \"VMware Workspace ONE\"\n";

fn staff(attribute: &str, groups: [&str; 2]) -> String {
    format!(
        "{attribute} = [
           {{ type = \"exclusion_group\", group_id = {PILOT_GROUP:?} }},
           {{ type = \"group\", group_id = {:?} }},
           {{ type = \"group\", group_id = {:?} }},
         ]\n",
        groups[0], groups[1]
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_not_managed_and_an_empty_list_means_none() {
    let session = Session::with_imported(WORKSPACE_ONE, NAME).await;
    let staff = session.stored(WORKSPACE_ONE)["iosEnrollmentAssignments"].clone();

    session.configure(&partner(&format!(
        "{NAME} android_enrollment_assignments = []"
    )));
    let plan = session.plan().await;
    assert_eq!(plan.after("android_enrollment_assignments"), &json!([]));
    assert_eq!(
        plan.changed_attributes(),
        [
            "android_enrollment_assignments",
            "last_heartbeat_date_time",
            "partner_state"
        ]
    );
    session.apply_saved_plan().await;
    assert_eq!(
        session.body_of_the_write(),
        json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "androidEnrollmentAssignments": [],
        })
    );
    let stored = session.stored(WORKSPACE_ONE);
    assert_eq!(stored["androidEnrollmentAssignments"], json!([]));
    assert_eq!(stored["iosEnrollmentAssignments"], staff);
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_attributes_out_of_the_configuration_changes_nothing() {
    let everything = format!(
        "{NAME}
         ios_onboarded = true
         android_onboarded = true
         macos_onboarded = false
         partner_state = \"enabled\"
         {}
         macos_enrollment_assignments = []",
        staff(
            "ios_enrollment_assignments",
            [FIELD_STAFF_GROUP, OFFICE_STAFF_GROUP]
        )
    );
    let session = Session::with_imported(WORKSPACE_ONE, &everything).await;
    let before = session.state(PARTNER);

    session.configure(&partner(NAME));
    let plan = session.plan().await;
    assert_eq!(plan.changes(), NO_CHANGES);
    assert_eq!(
        plan.after("ios_enrollment_assignments"),
        &before["ios_enrollment_assignments"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_only_the_timeouts_converges_without_a_write() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let id = session.id();
    session.configure(&partner(
        "display_name = \"Fleet\"\ntimeouts = { update = \"90s\" }",
    ));
    let plan = session.plan().await;
    assert_eq!(plan.changed_attributes(), ["timeouts"]);
    session.apply_saved_plan().await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(&id)]);
    assert_eq!(text(&session.state(PARTNER)["timeouts"], "update"), "90s");
    session.assert_no_changes().await;

    session.forget_requests();
    session.configure(&partner("display_name = \"Fleet\""));
    session.apply().await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(&id)]);
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_heartbeat_and_a_shuffled_collection_are_no_changes() {
    let configuration = format!(
        "{NAME}{}",
        staff(
            "ios_enrollment_assignments",
            [OFFICE_STAFF_GROUP, FIELD_STAFF_GROUP]
        )
    );
    let session = Session::with_imported(WORKSPACE_ONE, &configuration).await;
    let before = session.state(PARTNER);
    // Each read finds another heartbeat and another order; one that happens to be the same proves nothing.
    for _ in 0..3 {
        session.assert_no_changes().await;
    }
    session.succeed(&["refresh"]).await;
    let after = session.state(PARTNER);
    assert_ne!(
        before["last_heartbeat_date_time"],
        after["last_heartbeat_date_time"]
    );
    assert_eq!(
        before["ios_enrollment_assignments"],
        after["ios_enrollment_assignments"]
    );
}

/// Terraform plans what it ignores as state has it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_ignored_may_move_while_something_else_changes() {
    let fleet = |name: &str| {
        partner(&format!(
            "display_name = \"{name}\"
             lifecycle {{ ignore_changes = [last_heartbeat_date_time, partner_state] }}"
        ))
    };
    let session = Session::start().await;
    session.configure(&fleet("Fleet"));
    session.apply().await;
    session.edit(&session.id(), "partnerState", json!("enabled"));
    for name in ["Navy", "Army"] {
        session.configure(&fleet(name));
        session.apply().await;
        assert_eq!(session.stored(&session.id())["displayName"], name);
    }
    assert_eq!(session.plan().await.changes(), NO_CHANGES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_that_moves_while_something_else_changes_is_no_inconsistency() {
    let session = Session::with_imported(MOSYLE, "display_name = \"Mosyle Fuse\"").await;
    session.configure(&partner("display_name = \"Mosyle\""));
    session.apply().await;
    assert_eq!(
        session.body_of_the_write(),
        json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "displayName": "Mosyle",
        })
    );
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_ids_in_other_letters_are_no_change() {
    let shout = [FIELD_STAFF_GROUP, OFFICE_STAFF_GROUP].map(str::to_uppercase);
    let configuration = format!(
        "{NAME}{}",
        staff("ios_enrollment_assignments", [&shout[0], &shout[1]])
    );
    let session = Session::start().await;
    session.configure(&imported(WORKSPACE_ONE, &configuration));
    let plan = session.plan().await;
    assert_eq!(plan.changes(), NO_CHANGES);
    session.apply().await;
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_letters_stay_in_state_when_graph_answers_in_its_own() {
    let shout = FIELD_STAFF_GROUP.to_uppercase();
    let groups =
        format!("ios_enrollment_assignments = [{{ type = \"group\", group_id = {shout:?} }}]");
    let session = Session::with_applied(&format!("display_name = \"Fleet\"\n{groups}")).await;
    let id = session.id();
    session.edit(
        &id,
        "iosEnrollmentAssignments",
        json!([{"target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": FIELD_STAFF_GROUP,
        }}]),
    );
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_does_not_know_survives_a_read_and_a_patch_of_something_else() {
    let session = Session::with_imported(WORKSPACE_ONE, NAME).await;
    let strange = json!([
        {"target": {"@odata.type": "#microsoft.graph.scopeTagGroupAssignmentTarget", "targetType": "user"}},
        {"target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": FIELD_STAFF_GROUP,
            "deviceAndAppManagementAssignmentFilterId": "f1",
            "deviceAndAppManagementAssignmentFilterType": "include",
        }},
    ]);
    session.edit(WORKSPACE_ONE, "partnerState", json!("notSetUp"));
    session.edit(WORKSPACE_ONE, "iosEnrollmentAssignments", strange.clone());
    session.edit(WORKSPACE_ONE, "linuxOnboarded", json!(true));
    session.assert_no_changes().await;

    session.configure(&partner("display_name = \"Omnissa\""));
    session.apply().await;
    assert_eq!(
        session.body_of_the_write(),
        json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "displayName": "Omnissa",
        })
    );
    let stored = session.stored(WORKSPACE_ONE);
    assert_eq!(stored["partnerState"], "notSetUp");
    assert_eq!(stored["iosEnrollmentAssignments"], strange);
    assert_eq!(stored["linuxOnboarded"], true);
    let state = session.state(PARTNER);
    assert_eq!(state["partner_state"], "notSetUp");
    assert_eq!(
        elements(&state["ios_enrollment_assignments"]),
        elements(&json!([
            {"type": "group", "group_id": FIELD_STAFF_GROUP, "collection_id": null, "filter_id": null, "filter_type": null},
            {"type": "scopeTagGroupAssignmentTarget", "group_id": null, "collection_id": null, "filter_id": null, "filter_type": null},
        ]))
    );
    session.assert_no_changes().await;
}
