//! Tests of the conversion between Graph's object and state.

use serde_json::{Value as Json, json};
use tf_provider::value::Value;

use super::{
    ApiVersion, Attributes, FILTER_ID, FILTER_TYPE, NO_FILTER_ID, Partner, Platform, Target,
    Unmodelled, patch_body, post_body,
};

fn partner(json: Json) -> Partner {
    serde_json::from_value(json).expect("a partner")
}

fn read(json: Json) -> Attributes {
    partner(json).to_attributes(&Attributes::with_id(String::new()))
}

fn target(kind: &str, group_id: Option<&str>) -> Value<Target> {
    Value::Value(Target {
        r#type: Value::Value(kind.to_owned()),
        group_id: group_id.map(str::to_owned).into(),
        collection_id: Value::Null,
        filter_id: Value::Null,
        filter_type: Value::Null,
    })
}

#[test]
fn every_target_type_survives_the_journey_through_state() {
    let sent: Vec<_> = [
        json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "g"}),
        json!({"@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": "g"}),
        json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}),
        json!({"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}),
        json!({"@odata.type": "#microsoft.graph.configurationManagerCollectionAssignmentTarget", "collectionId": "c"}),
    ]
    .into_iter()
    .map(|target| json!({ "target": target }))
    .collect();
    let partner = partner(json!({"id": "p", "iosEnrollmentAssignments": sent}));
    let state = partner.to_attributes(&Attributes::with_id(String::new()));
    assert_eq!(partner.unmodelled(), Unmodelled::default());
    let body = post_body(&state);
    let written = body["iosEnrollmentAssignments"]
        .as_array()
        .expect("a collection");
    assert_eq!(written.len(), sent.len());
    assert!(
        sent.iter().all(|assignment| written.contains(assignment)),
        "{body}"
    );
}

/// If an id changes, Terraform takes it for a different object.
#[test]
fn an_id_keeps_the_letters_in_which_it_is_known() {
    let partner = partner(json!({"id": "AB-1"}));
    let known = |id: &str| {
        let attributes = partner.to_attributes(&Attributes::with_id(id.to_owned()));
        attributes.id.as_deref_option().map(str::to_owned)
    };
    assert_eq!(known("ab-1").as_deref(), Some("ab-1"));
    assert_eq!(known("").as_deref(), Some("AB-1"));
}

#[test]
fn a_name_is_in_the_form_that_terraform_has() {
    let read = partner(json!({"id": "p", "displayName": "Mu\u{308}ller"})).of(ApiVersion::V1);
    assert_eq!(read.display_name.as_deref(), Some("M\u{fc}ller"));
}

#[test]
fn linux_is_a_platform_of_the_beta_api_alone() {
    let linux = |version| {
        let partner = partner(json!({"id": "p", "linuxOnboarded": true})).of(version);
        partner
            .to_attributes(&Attributes::with_id(String::new()))
            .onboarded(Platform::Linux)
            .as_option()
    };
    assert_eq!(linux(ApiVersion::Beta), Some(true));
    assert_eq!(linux(ApiVersion::V1), None);
}

#[test]
fn the_type_is_read_with_and_without_its_mark() {
    let of = |kind: &str| {
        read(json!({"id": "p", "iosEnrollmentAssignments": [
            {"target": {"@odata.type": kind, "groupId": "g"}}
        ]}))
    };
    assert_eq!(
        of("#microsoft.graph.groupAssignmentTarget"),
        of("microsoft.graph.groupAssignmentTarget")
    );
}

#[test]
fn null_and_empty_are_read_alike() {
    let absent = read(json!({"id": "p"}));
    assert_eq!(
        absent,
        read(json!({"id": "p", "iosEnrollmentAssignments": null}))
    );
    assert_eq!(
        absent,
        read(json!({"id": "p", "iosEnrollmentAssignments": []}))
    );
    assert_eq!(absent.ios_enrollment_assignments, Value::Value(vec![]));
}

#[test]
fn what_is_not_known_here_is_read_as_it_is() {
    let state = read(json!({
        "id": "p", "partnerState": "notSetUp", "newProperty": {"a": 1},
        "iosEnrollmentAssignments": [
            {"target": {"@odata.type": "#microsoft.graph.scopeTagGroupAssignmentTarget", "targetType": "user"}}
        ]
    }));
    assert_eq!(state.partner_state, Value::Value("notSetUp".to_owned()));
    assert_eq!(
        state.ios_enrollment_assignments,
        Value::Value(vec![target("scopeTagGroupAssignmentTarget", None)])
    );
}

#[test]
fn what_state_has_no_room_for_is_sent_back() {
    let filtered = json!({"target": {
        "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "g1",
        "deviceAndAppManagementAssignmentFilterId": "f1",
    }});
    let before = partner(json!({"id": "p", "iosEnrollmentAssignments": [filtered]}));
    let prior = before.to_attributes(&Attributes::with_id(String::new()));
    let planned = Attributes {
        ios_enrollment_assignments: Value::Value(vec![
            target("group", Some("g1")),
            target("group", Some("g2")),
        ]),
        ..prior.clone()
    };
    let body = patch_body(&prior, &planned, &before.unmodelled()).expect("a change");
    assert_eq!(body["iosEnrollmentAssignments"][0], filtered);
    assert_eq!(
        body["iosEnrollmentAssignments"][1]["target"]["groupId"],
        "g2"
    );
}

#[test]
fn what_is_sent_back_of_a_filtered_target_goes_with_its_filter() {
    let group = "#microsoft.graph.groupAssignmentTarget";
    let kept = json!({"target": {
        "@odata.type": group, "groupId": "g", "more": 1,
        FILTER_ID: "f", FILTER_TYPE: "include",
    }});
    let before = partner(json!({"id": "p", "iosEnrollmentAssignments": [kept]}));
    let before = before.of(ApiVersion::Beta);
    let prior = before.to_attributes(&Attributes::with_id(String::new()));
    let sent = |targets: Vec<Value<Target>>| {
        let planned = Attributes {
            ios_enrollment_assignments: Value::Value(targets),
            ..prior.clone()
        };
        let body = patch_body(&prior, &planned, &before.unmodelled()).expect("a change");
        body["iosEnrollmentAssignments"].clone()
    };
    let filtered = prior.ios_enrollment_assignments.as_ref_option();
    let filtered = filtered.expect("assignments")[0].clone();
    let other = || json!({"target": {"@odata.type": group, "groupId": "h"}});
    assert_eq!(
        sent(vec![filtered, target("group", Some("h"))]),
        json!([kept, other()])
    );
    // Without the filter, it is a different target.
    assert_eq!(
        sent(vec![target("group", Some("g"))]),
        json!([{"target": {"@odata.type": group, "groupId": "g"}}])
    );
}

#[test]
fn assignments_that_state_cannot_tell_apart_are_all_sent_back() {
    let of = |target: Json| json!({ "target": target });
    let group = "#microsoft.graph.groupAssignmentTarget";
    let raw = json!([
        of(json!({"@odata.type": group, "groupId": "g"})),
        of(json!({"@odata.type": group, "groupId": "g", "filter": 1})),
        of(json!({"@odata.type": group, "groupId": "g", "filter": 2})),
        of(json!({"@odata.type": "#elsewhere.target", "groupId": "g"})),
        of(json!({"groupId": "g"})),
    ]);
    let before = partner(json!({"id": "p", "iosEnrollmentAssignments": raw}));
    let prior = before.to_attributes(&Attributes::with_id(String::new()));
    let mut planned = prior.clone();
    if let Value::Value(targets) = &mut planned.ios_enrollment_assignments {
        targets.push(target("all_devices", None));
    }
    let body = patch_body(&prior, &planned, &before.unmodelled()).expect("a change");
    let sent = body["iosEnrollmentAssignments"].as_array().expect("a list");
    for raw in raw.as_array().expect("a list") {
        assert!(sent.contains(raw), "{raw} is not among {sent:?}");
    }
}

#[test]
fn a_patch_holds_what_changed_and_the_type() {
    let prior = read(json!({
        "id": "p", "displayName": "Jamf", "iosOnboarded": false, "macOsOnboarded": true,
        "partnerState": "notSetUp", "lastHeartbeatDateTime": "2026-01-01T00:00:00Z",
    }));
    let planned = Attributes {
        ios_onboarded: Value::Value(true),
        partner_state: Value::Unknown,
        last_heartbeat_date_time: Value::Unknown,
        ..prior.clone()
    };
    assert_eq!(
        patch_body(&prior, &planned, &Unmodelled::default()),
        Some(json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "iosOnboarded": true,
        }))
    );
    assert_eq!(patch_body(&prior, &prior, &Unmodelled::default()), None);
}

#[test]
fn no_filter_is_read_alike_however_beta_says_so() {
    for (filter_id, filter_type) in [
        (json!(null), json!("none")),
        (json!("f"), json!("none")),
        (json!(NO_FILTER_ID), json!(null)),
        (json!(NO_FILTER_ID), json!("include")),
        (json!(NO_FILTER_ID), json!("none")),
    ] {
        let json = json!({"id": "p", "iosEnrollmentAssignments": [{"target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "g",
            FILTER_ID: filter_id, FILTER_TYPE: filter_type,
        }}]});
        let partner = partner(json).of(ApiVersion::Beta);
        let state = partner.to_attributes(&Attributes::with_id(String::new()));
        assert_eq!(
            state.ios_enrollment_assignments,
            Value::Value(vec![target("group", Some("g"))]),
            "{filter_id} {filter_type}"
        );
    }
}

#[test]
fn only_what_beta_says_of_no_filter_is_left_out() {
    let is_whole = |more: Json| {
        let mut target =
            json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "g"});
        let more = more.as_object().expect("an object").clone();
        target.as_object_mut().expect("an object").extend(more);
        let partner = Partner {
            version: ApiVersion::Beta,
            ..partner(json!({"id": "p", "iosEnrollmentAssignments": [{ "target": target }]}))
        };
        partner.unmodelled().assignments.is_empty()
    };
    assert!(is_whole(json!({})));
    assert!(is_whole(json!({FILTER_ID: null, FILTER_TYPE: "none"})));
    assert!(is_whole(json!({FILTER_ID: "f", FILTER_TYPE: "include"})));
    assert!(!is_whole(json!({FILTER_ID: "f", FILTER_TYPE: 1})));
    assert!(!is_whole(json!({"another": null})));
    assert!(!is_whole(json!({"another": "none"})));
}

#[test]
fn a_heartbeat_is_spelled_as_it_is_known_where_the_instant_is_the_same() {
    let partner = partner(json!({"id": "p", "lastHeartbeatDateTime": "2017-01-01T07:59:37Z"}));
    let read = |known: &str| {
        let known = Attributes {
            last_heartbeat_date_time: Value::Value(known.to_owned()),
            ..Attributes::with_id(String::new())
        };
        partner.to_attributes(&known).last_heartbeat_date_time
    };
    let spelled = |it: &str| Value::Value(it.to_owned());
    let same = "2016-12-31T23:59:37-08:00";
    assert_eq!(read(same), spelled(same));
    let other = "2016-12-31T23:59:38-08:00";
    assert_eq!(read(other), spelled("2017-01-01T07:59:37Z"));
}
