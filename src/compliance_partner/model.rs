//! The Graph object: read into state, and written as the body of a request. `resource` and
//! `data_source` call it.
//!
//! Names and types are those of `complianceManagementPartner` in Graph v1.0. What is not known
//! here must survive: an unknown partner state is a text, an unknown target type keeps its
//! name, and a property of an assignment that state has no room for is kept beside it
//! ([`Unmodelled`]) and sent back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use tf_provider::value::Value;

use super::{
    compare::changed_attributes,
    date_time::same_instant,
    state::{Assignments, Attributes, Platform, Target, TargetType},
};

/// The prefix of every type that Graph names in `@odata.type`.
const NAMESPACE: &str = "microsoft.graph.";

/// The type of the entity, as an annotation.
const ENTITY_TYPE: &str = "#microsoft.graph.complianceManagementPartner";

/// A partner as Graph returns it. Properties that are not listed are ignored.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are Graph's")]
pub struct Partner {
    pub id: String,
    pub display_name: Option<String>,
    android_onboarded: Option<bool>,
    android_enrollment_assignments: Option<Vec<Json>>,
    ios_onboarded: Option<bool>,
    ios_enrollment_assignments: Option<Vec<Json>>,
    mac_os_onboarded: Option<bool>,
    mac_os_enrollment_assignments: Option<Vec<Json>>,
    partner_state: Option<String>,
    last_heartbeat_date_time: Option<String>,
}

impl Partner {
    fn onboarded(&self, platform: Platform) -> Option<bool> {
        match platform {
            Platform::Android => self.android_onboarded,
            Platform::Ios => self.ios_onboarded,
            Platform::Macos => self.mac_os_onboarded,
        }
    }

    /// The assignments of a platform. Graph's null and `[]` mean the same.
    fn assignments(&self, platform: Platform) -> &[Json] {
        match platform {
            Platform::Android => self.android_enrollment_assignments.as_deref(),
            Platform::Ios => self.ios_enrollment_assignments.as_deref(),
            Platform::Macos => self.mac_os_enrollment_assignments.as_deref(),
        }
        .unwrap_or_default()
    }

    /// The attributes of this partner. Where `known` says the same in another spelling (a
    /// date-time in another offset, an id in other letters), its spelling stays.
    pub fn to_attributes(&self, known: &Attributes) -> Attributes {
        let mut attributes = Attributes::with_id(self.id.clone());
        attributes.display_name = self.display_name.clone().into();
        for platform in Platform::ALL {
            *attributes.onboarded_mut(platform) = self.onboarded(platform).into();
            *attributes.assignments_mut(platform) =
                targets(self.assignments(platform), known.assignments(platform));
        }
        attributes.partner_state = self.partner_state.clone().into();
        attributes.last_heartbeat_date_time = match (
            &self.last_heartbeat_date_time,
            &known.last_heartbeat_date_time,
        ) {
            (Some(heartbeat), Value::Value(known)) if same_instant(heartbeat, known) => {
                Value::Value(known.clone())
            }
            (heartbeat, _) => heartbeat.clone().into(),
        };
        attributes
    }

    /// The assignments that state cannot hold whole.
    pub fn unmodelled(&self) -> Unmodelled {
        let of = |platform| {
            let assignments = self.assignments(platform).iter();
            let foreign = assignments.filter(|raw| !is_modelled(raw)).cloned();
            (
                Platform::assignments_property(platform).to_owned(),
                foreign.collect::<Vec<_>>(),
            )
        };
        Unmodelled(
            Platform::ALL
                .map(of)
                .into_iter()
                .filter(|(_, raw)| !raw.is_empty())
                .collect(),
        )
    }
}

/// Assignments with properties that state has no room for, by the name of the collection.
/// Kept as the resource's private state, so that sending the collection back erases nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unmodelled(BTreeMap<String, Vec<Json>>);

impl Unmodelled {
    /// The raw forms of `target`: state cannot tell a group with one filter from the same group with another.
    fn find(&self, property: &str, target: &Target) -> Vec<Json> {
        let raw = self.0.get(property).into_iter().flatten();
        raw.filter(|raw| read_target(raw).means(target))
            .cloned()
            .collect()
    }
}

/// The body of a POST: all that the plan knows.
pub fn post_body(planned: &Attributes) -> Json {
    body(planned, |_| true, &Unmodelled::default())
}

/// The body of a PATCH: what the plan changes. None: there is nothing to send.
pub fn patch_body(
    prior: &Attributes,
    planned: &Attributes,
    unmodelled: &Unmodelled,
) -> Option<Json> {
    let changed = changed_attributes(prior, planned);
    (!changed.is_empty()).then(|| {
        body(
            planned,
            |attribute| changed.contains(&attribute),
            unmodelled,
        )
    })
}

fn body(planned: &Attributes, wanted: impl Fn(&str) -> bool, unmodelled: &Unmodelled) -> Json {
    let mut body = Map::new();
    let mut put = |attribute: &str, property: &str, value: Option<Json>| {
        if let Some(value) = value.filter(|_| wanted(attribute)) {
            body.insert(property.to_owned(), value);
        }
    };
    let text = |text: &Value<String>| text.as_ref_option().map(|text| json!(text));
    put("display_name", "displayName", text(&planned.display_name));
    for platform in Platform::ALL {
        let onboarded = planned.onboarded(platform).as_option();
        put(
            platform.onboarded_attribute(),
            platform.onboarded_property(),
            onboarded.map(Json::Bool),
        );
        let property = platform.assignments_property();
        let assignments = planned.assignments(platform).as_ref_option();
        put(
            platform.assignments_attribute(),
            property,
            assignments.map(|targets| write_assignments(property, targets, unmodelled)),
        );
    }
    put(
        "partner_state",
        "partnerState",
        text(&planned.partner_state),
    );
    put(
        "last_heartbeat_date_time",
        "lastHeartbeatDateTime",
        text(&planned.last_heartbeat_date_time),
    );
    body.insert("@odata.type".to_owned(), json!(ENTITY_TYPE));
    Json::Object(body)
}

fn write_assignments(property: &str, targets: &[Value<Target>], unmodelled: &Unmodelled) -> Json {
    targets
        .iter()
        .filter_map(Value::as_ref_option)
        .flat_map(|target| {
            let mut raw = unmodelled.find(property, target);
            if raw.is_empty() {
                raw.push(write_target(target));
            }
            raw
        })
        .collect()
}

fn write_target(target: &Target) -> Json {
    let name = target.r#type.as_deref_option().unwrap_or_default();
    let known = TargetType::ALL.into_iter().find(|kind| kind.name() == name);
    let graph_name = known.map_or(name, |kind| kind.graph_name());
    let mut body = Map::new();
    body.insert(
        "@odata.type".to_owned(),
        json!(format!("#{NAMESPACE}{graph_name}")),
    );
    for (property, id) in [
        ("groupId", &target.group_id),
        ("collectionId", &target.collection_id),
    ] {
        if let Value::Value(id) = id {
            body.insert(property.to_owned(), json!(id));
        }
    }
    json!({ "target": body })
}

fn read_target(assignment: &Json) -> Target {
    let target = &assignment["target"];
    let text = |property: &str| target[property].as_str().map(str::to_owned).into();
    // With or without the leading #: the docs write both.
    let name = target["@odata.type"]
        .as_str()
        .map(|name| name.trim_start_matches('#'));
    let graph_name = name.map(|name| name.strip_prefix(NAMESPACE).unwrap_or(name));
    let known = TargetType::ALL
        .into_iter()
        .find(|kind| Some(kind.graph_name()) == graph_name);
    let name = known
        .map(TargetType::name)
        .or(graph_name)
        .map(str::to_owned);
    Target {
        r#type: name.into(),
        group_id: text("groupId"),
        collection_id: text("collectionId"),
    }
}

/// Whether state holds all that an assignment says.
fn is_modelled(assignment: &Json) -> bool {
    // An assignment is always of the same type, and a target's type is the same with its mark and without.
    let bare = |mut assignment: Json| {
        if let Some(object) = assignment.as_object_mut() {
            object.remove("@odata.type");
        }
        if let Some(Json::String(kind)) = assignment.pointer_mut("/target/@odata.type") {
            *kind = kind.trim_start_matches('#').to_owned();
        }
        assignment
    };
    bare(assignment.clone()) == bare(write_target(&read_target(assignment)))
}

/// The targets of a collection, in an order of their own, spelled as in `known`.
fn targets(assignments: &[Json], known: &Assignments) -> Assignments {
    let known = known.as_deref_option().unwrap_or_default();
    let mut targets: Vec<_> = assignments
        .iter()
        .map(|assignment| {
            let target = read_target(assignment);
            let same = known
                .iter()
                .filter_map(Value::as_ref_option)
                .find(|it| it.means(&target));
            Value::Value(same.cloned().unwrap_or(target))
        })
        .collect();
    targets.sort();
    targets.dedup();
    Value::Value(targets)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tf_provider::value::Value;

    use super::{Attributes, Partner, Target, Unmodelled, patch_body, post_body};

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
    fn assignments_that_state_cannot_tell_apart_are_all_sent_back() {
        let of = |target: Json| json!({ "target": target });
        let group = "#microsoft.graph.groupAssignmentTarget";
        let raw = json!([
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
}
