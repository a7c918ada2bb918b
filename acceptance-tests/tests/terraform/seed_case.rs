//! The case that the project began with: Graph's documented update, applied over a partner that the tenant has already.

use acceptance_tests::emulator::samples::TENANT_ID;
use serde_json::{Value, json};

use crate::fixture::{PARTNER, Session, TOKEN, get, list, partner, patch};

const ID: &str = "ed9c9a0b-9a0b-ed9c-0b9a-9ced0b9a9ced";

const CONFIGURATION: &str = r#"
  partner_state            = "unavailable"
  last_heartbeat_date_time = "2016-12-31T23:59:37.9174975-08:00"
  display_name             = "Display Name value"
  macos_onboarded          = true
  android_onboarded        = true
  ios_onboarded            = true
  macos_enrollment_assignments = [
    { type = "configuration_manager_collection", collection_id = "Collection Id value" },
  ]
  android_enrollment_assignments = [
    { type = "configuration_manager_collection", collection_id = "Collection Id value" },
  ]
  ios_enrollment_assignments = [
    { type = "configuration_manager_collection", collection_id = "Collection Id value" },
  ]
"#;

fn before() -> Value {
    json!({
        "id": ID,
        "displayName": "Jamf",
        "partnerState": "enabled",
        "lastHeartbeatDateTime": "2026-05-04T08:15:30.1234567Z",
        "androidOnboarded": false,
        "iosOnboarded": false,
        "macOsOnboarded": false,
        "androidEnrollmentAssignments": [],
        "iosEnrollmentAssignments": [],
        "macOsEnrollmentAssignments": [
            {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}},
        ],
    })
}

fn documented_assignments() -> Value {
    json!([{
        "target": {
            "@odata.type": "#microsoft.graph.configurationManagerCollectionAssignmentTarget",
            "collectionId": "Collection Id value",
        },
    }])
}

/// <https://learn.microsoft.com/graph/api/intune-onboarding-compliancemanagementpartner-update>
fn documented_body() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.complianceManagementPartner",
        "partnerState": "unavailable",
        "lastHeartbeatDateTime": "2016-12-31T23:59:37.9174975-08:00",
        "displayName": "Display Name value",
        "macOsOnboarded": true,
        "androidOnboarded": true,
        "iosOnboarded": true,
        "macOsEnrollmentAssignments": documented_assignments(),
        "androidEnrollmentAssignments": documented_assignments(),
        "iosEnrollmentAssignments": documented_assignments(),
    })
}

async fn with_the_partner_imported() -> Session {
    let session = Session::start().await;
    session.emulator.put_partner(TENANT_ID, before());
    session.configure(&partner(CONFIGURATION));
    session.succeed(&["import", PARTNER, ID]).await;
    session.forget_requests();
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_update_is_one_patch_with_the_documented_body() {
    let session = with_the_partner_imported().await;
    session.apply().await;
    assert_eq!(session.body_of_the_write(), documented_body());

    let collection = json!([{
        "type": "configuration_manager_collection",
        "collection_id": "Collection Id value",
        "group_id": null,
        "filter_id": null,
        "filter_type": null,
    }]);
    let expected = json!({
        "id": ID,
        "display_name": "Display Name value",
        "partner_state": "unavailable",
        "last_heartbeat_date_time": "2016-12-31T23:59:37.9174975-08:00",
        "android_onboarded": true,
        "ios_onboarded": true,
        "macos_onboarded": true,
        "android_enrollment_assignments": collection,
        "ios_enrollment_assignments": collection,
        "macos_enrollment_assignments": collection,
        "linux_onboarded": null,
        "linux_enrollment_assignments": null,
        "timeouts": null,
    });
    assert_eq!(session.state(PARTNER), expected);

    assert_eq!(
        session.stored(ID)["lastHeartbeatDateTime"],
        "2017-01-01T07:59:37.9174975Z",
        "Graph spells the instant in another way"
    );
    session.assert_no_changes().await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(ID)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_every_attribute_at_once_is_one_update_in_place() {
    let session = with_the_partner_imported().await;
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("update {PARTNER}")]);
    let all_but_the_id = [
        "android_enrollment_assignments",
        "android_onboarded",
        "display_name",
        "ios_enrollment_assignments",
        "ios_onboarded",
        "last_heartbeat_date_time",
        "macos_enrollment_assignments",
        "macos_onboarded",
        "partner_state",
    ];
    assert_eq!(plan.changed_attributes(), all_but_the_id);
    assert_eq!(plan.after("id"), ID);

    session.forget_requests();
    session.apply_saved_plan().await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), list(), patch(ID)]);
}
