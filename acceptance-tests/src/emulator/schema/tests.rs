//! Tests of what the service accepts.

use serde_json::{Value, json};

use super::{Object, Version, create, update};

const GROUP: &str = "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0001";

fn with_target(target: &Value) -> Value {
    let mut body = json!({"displayName": "Jamf"});
    body["iosEnrollmentAssignments"] = json!([{"target": target}]);
    body
}

#[test]
fn keeps_what_the_documentation_allows() {
    let object = create_v1(&json!({
        "@odata.type": "#microsoft.graph.complianceManagementPartner",
        "displayName": "Jamf",
        "macOsOnboarded": true,
        "partnerState": "enabled",
        "lastHeartbeatDateTime": "2026-05-04T10:15:30.5000000+02:00",
        "macOsEnrollmentAssignments": [],
    }));
    let expected = json!({
        "displayName": "Jamf",
        "macOsOnboarded": true,
        "partnerState": "enabled",
        "lastHeartbeatDateTime": "2026-05-04T08:15:30.5Z",
        "macOsEnrollmentAssignments": [],
    });
    assert_eq!(object.map(Value::Object), Ok(expected));
}

#[test]
fn keeps_every_target_with_a_hash() {
    for target in [
        json!({"@odata.type": "microsoft.graph.groupAssignmentTarget", "groupId": GROUP}),
        json!({"@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": GROUP.to_uppercase()}),
        json!({"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}),
        json!({"@odata.type": "microsoft.graph.allDevicesAssignmentTarget"}),
        json!({
            "@odata.type": "#microsoft.graph.configurationManagerCollectionAssignmentTarget",
            "collectionId": "c",
        }),
    ] {
        let object = create_v1(&with_target(&target)).expect("a documented target");
        let kept = &object["iosEnrollmentAssignments"][0]["target"];
        let name = target["@odata.type"].as_str().expect("a type");
        let expected = format!("#{}", name.trim_start_matches('#'));
        assert_eq!(kept["@odata.type"], json!(expected));
        assert_eq!(kept["groupId"], target["groupId"]);
        assert_eq!(kept["collectionId"], target["collectionId"]);
    }
}

#[test]
fn refuses_what_the_documentation_does_not_allow() {
    for body in [
        json!([]),
        json!({}),
        json!({"displayName": ""}),
        json!({"displayName": null}),
        json!({"displayName": 1}),
        json!({"displayName": "Jamf", "id": "mine"}),
        json!({"displayName": "Jamf", "linuxOnboarded": true}),
        json!({"displayName": "Jamf", "@odata.context": "x"}),
        json!({"displayName": "Jamf", "@odata.type": "microsoft.graph.deviceManagementPartner"}),
        json!({"displayName": "Jamf", "macOsOnboarded": "true"}),
        json!({"displayName": "Jamf", "macOsOnboarded": null}),
        json!({"displayName": "Jamf", "partnerState": "notSetUp"}),
        json!({"displayName": "Jamf", "partnerState": "Enabled"}),
        json!({"displayName": "Jamf", "lastHeartbeatDateTime": "yesterday"}),
        json!({"displayName": "Jamf", "iosEnrollmentAssignments": null}),
        json!({"displayName": "Jamf", "iosEnrollmentAssignments": [{}]}),
        json!({"displayName": "Jamf", "iosEnrollmentAssignments": ["group"]}),
        json!({"displayName": "Jamf", "iosEnrollmentAssignments": [{"target": null}]}),
        with_target(&json!({})),
        with_target(&json!({"groupId": GROUP})),
        with_target(&json!({"@odata.type": "groupAssignmentTarget", "groupId": GROUP})),
        with_target(&json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget"})),
        with_target(
            &json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": ""}),
        ),
        with_target(
            &json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "g"}),
        ),
        with_target(&json!({
            "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP.replace('-', ""),
        })),
        with_target(
            &json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "collectionId": "c"}),
        ),
        with_target(
            &json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget", "groupId": GROUP}),
        ),
        with_target(
            &json!({"@odata.type": "#microsoft.graph.scopeTagGroupAssignmentTarget", "groupId": GROUP}),
        ),
    ] {
        assert!(create_v1(&body).is_err(), "{body}");
    }
}

#[test]
fn an_update_may_repeat_the_id_but_not_change_it() {
    let unchanged = update_v1("mine", &json!({"id": "mine", "iosOnboarded": true}));
    let expected = json!({"iosOnboarded": true});
    assert_eq!(unchanged.map(Value::Object), Ok(expected));
    assert!(update_v1("mine", &json!({"id": "other"})).is_err());
    assert!(update_v1("mine", &json!({"displayName": null})).is_err());
}

fn create_v1(body: &Value) -> Result<Object, String> {
    create(Version::V1, body)
}

fn update_v1(id: &str, body: &Value) -> Result<Object, String> {
    update(Version::V1, id, body)
}

#[test]
fn beta_alone_knows_linux_and_filters() {
    let body = json!({
        "displayName": "Jamf",
        "linuxOnboarded": true,
        "linuxEnrollmentAssignments": [{"target": {
            "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget",
            "deviceAndAppManagementAssignmentFilterId": GROUP,
            "deviceAndAppManagementAssignmentFilterType": "include",
        }}],
    });
    let object = create(Version::Beta, &body).expect("as beta has it");
    assert_eq!(object["linuxOnboarded"], true);
    assert!(create(Version::V1, &body).is_err());
    let mut filtered = body;
    let assignments = filtered["linuxEnrollmentAssignments"].take();
    let filtered = json!({"displayName": "Jamf", "iosEnrollmentAssignments": assignments});
    assert!(create(Version::V1, &filtered).is_err());
    assert!(create(Version::Beta, &filtered).is_ok());
    let stored = Value::Object(object);
    let v1 = Version::V1.show(stored.clone());
    assert!(v1.get("linuxOnboarded").is_none());
    let bare = json!({"iosEnrollmentAssignments": [{"target": {}}]});
    let shown = Version::Beta.show(bare);
    assert_eq!(
        shown["iosEnrollmentAssignments"][0]["target"]["deviceAndAppManagementAssignmentFilterType"],
        "none"
    );
    assert_eq!(Version::Beta.show(stored)["linuxOnboarded"], true);
}
