//! The whole life of a partner that Terraform creates.

use serde_json::json;

use crate::fixture::{NO_CHANGES, PARTNER, Session, TOKEN, created, delete, get, partner, patch};

const GROUP: &str = "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0001";

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_is_created_checked_changed_and_deleted() {
    let session = Session::start().await;
    session.configure(&partner(&format!(
        "display_name = \"Fleet\"
         macos_onboarded = true
         macos_enrollment_assignments = [
           {{ type = \"group\", group_id = {GROUP:?} }},
           {{ type = \"all_devices\" }},
         ]"
    )));

    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("create {PARTNER}")]);
    assert_eq!(plan.after("display_name"), "Fleet");
    for left_to_graph in [
        "id",
        "ios_onboarded",
        "ios_enrollment_assignments",
        "partner_state",
        "last_heartbeat_date_time",
    ] {
        assert!(plan.is_unknown(left_to_graph), "{left_to_graph}");
    }

    session.apply_saved_plan().await;
    let body = session.body_of_the_write();
    let names: Vec<_> = body.as_object().expect("an object").keys().collect();
    let only_what_is_set = [
        "@odata.type",
        "displayName",
        "macOsEnrollmentAssignments",
        "macOsOnboarded",
    ];
    assert_eq!(names, only_what_is_set);
    let created = session.state(PARTNER);
    assert_eq!(created["partner_state"], "unknown");
    assert_eq!(created["last_heartbeat_date_time"], "0001-01-01T00:00:00Z");
    assert_eq!(created["ios_onboarded"], false);
    assert_eq!(created["ios_enrollment_assignments"], json!([]));

    assert_eq!(session.plan().await.changes(), NO_CHANGES);

    session.configure(&partner("display_name = \"Fleet\"\nios_onboarded = true"));
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("update {PARTNER}")]);
    assert_eq!(
        (plan.before("ios_onboarded"), plan.after("ios_onboarded")),
        (&json!(false), &json!(true))
    );
    let moved_by_the_service = ["last_heartbeat_date_time", "partner_state"];
    assert_eq!(
        plan.changed_attributes(),
        [
            "ios_onboarded",
            moved_by_the_service[0],
            moved_by_the_service[1]
        ]
    );
    for name in moved_by_the_service {
        assert!(plan.is_unknown(name), "{name}");
    }
    session.apply_saved_plan().await;
    assert_eq!(
        session.body_of_the_write(),
        json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "iosOnboarded": true,
        })
    );
    session.assert_no_changes().await;

    session.destroy().await;
    assert_eq!(session.find_in_state(PARTNER), None);
    let partners = session
        .emulator
        .partners(acceptance_tests::emulator::samples::TENANT_ID);
    assert!(partners.iter().all(|it| it["displayName"] != "Fleet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_costs_one_request_and_one_token_a_process() {
    let session = Session::start().await;
    session.configure(&partner("display_name = \"Fleet\""));
    session.apply().await;
    assert_eq!(session.requests(), created(1));
    let id = session.id();

    // One process reads and plans, another writes.
    session.configure(&partner("display_name = \"Navy\""));
    session.apply().await;
    assert_eq!(
        session.requests(),
        [TOKEN.to_owned(), get(&id), TOKEN.to_owned(), patch(&id)]
    );

    session.apply().await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(&id)]);

    session.succeed(&["refresh"]).await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(&id)]);

    session.destroy().await;
    assert_eq!(
        session.requests(),
        [TOKEN.to_owned(), get(&id), TOKEN.to_owned(), delete(&id)]
    );
}
