//! The Graph object: reads it into state, and writes it as the body of a request. `resource` and
//! `data_source` call it.
//!
//! Names and types are those of `complianceManagementPartner` in Graph v1.0; those of Linux and the
//! filters are from beta. What is not known here must survive: an unknown partner state is a text, an
//! unknown target type keeps its name, and a property of an assignment that state cannot hold is kept
//! beside state ([`Unmodelled`]) and sent back.

use std::collections::BTreeMap;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use tf_provider::value::Value;

use super::{
    compare::changed_attributes,
    date_time::same_instant,
    state::{Assignments, Attributes, Platform, Target, TargetType, Text},
};
use crate::graph::ApiVersion;

/// The prefix of every type that Graph names in `@odata.type`.
const NAMESPACE: &str = "microsoft.graph.";

/// The type of the entity, as an annotation.
const ENTITY_TYPE: &str = "#microsoft.graph.complianceManagementPartner";

/// The properties of a target's filter, in Graph's beta.
const FILTER_ID: &str = "deviceAndAppManagementAssignmentFilterId";
const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";
/// The type and the id that mean no filter.
const NO_FILTER: &str = "none";
pub const NO_FILTER_ID: &str = "00000000-0000-0000-0000-000000000000";

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
    linux_onboarded: Option<bool>,
    linux_enrollment_assignments: Option<Vec<Json>>,
    partner_state: Option<String>,
    last_heartbeat_date_time: Option<String>,
    /// The version of Graph that returned it: what v1.0 does not model is not in state.
    #[serde(skip)]
    version: ApiVersion,
}

impl Partner {
    /// Whether this is its id: ids are GUIDs, which Graph may return in a different letter case.
    pub fn has_id(&self, id: &str) -> bool {
        self.id.eq_ignore_ascii_case(id)
    }

    fn onboarded(&self, platform: Platform) -> Option<bool> {
        match platform {
            Platform::Android => self.android_onboarded,
            Platform::Ios => self.ios_onboarded,
            Platform::Macos => self.mac_os_onboarded,
            Platform::Linux => self.linux_onboarded,
        }
    }

    /// The partner as this version of Graph means it. Terraform normalizes every text to Unicode NFC, so a name in
    /// another form would always look like a different name.
    pub fn of(self, version: ApiVersion) -> Self {
        let nfc = ComposingNormalizerBorrowed::new_nfc();
        let display_name = self.display_name.map(|it| nfc.normalize(&it).into_owned());
        Self {
            display_name,
            version,
            ..self
        }
    }

    /// The platforms that its version has.
    fn platforms(&self) -> impl Iterator<Item = Platform> {
        Platform::ALL
            .into_iter()
            .filter(|platform| platform.is_in(self.version))
    }

    /// The assignments of a platform. Graph's null and `[]` mean the same.
    fn assignments(&self, platform: Platform) -> &[Json] {
        match platform {
            Platform::Android => self.android_enrollment_assignments.as_deref(),
            Platform::Ios => self.ios_enrollment_assignments.as_deref(),
            Platform::Macos => self.mac_os_enrollment_assignments.as_deref(),
            Platform::Linux => self.linux_enrollment_assignments.as_deref(),
        }
        .unwrap_or_default()
    }

    /// The attributes of this partner. Where `known` has the same value in a different spelling (a
    /// date-time with another offset, an id in another letter case), its spelling stays.
    pub fn to_attributes(&self, known: &Attributes) -> Attributes {
        let known_id = known.id.as_deref_option().filter(|id| self.has_id(id));
        let mut attributes = Attributes::with_id(known_id.unwrap_or(&self.id).to_owned());
        attributes.display_name = self.display_name.clone().into();
        for platform in self.platforms() {
            *attributes.onboarded_mut(platform) = self.onboarded(platform).into();
            *attributes.assignments_mut(platform) = targets(
                self.version,
                self.assignments(platform),
                known.assignments(platform),
            );
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

    /// The assignments that state cannot hold completely, and those that it cannot tell apart from them.
    pub fn unmodelled(&self) -> Unmodelled {
        let target = |raw: &Json| read_target(self.version, raw);
        let of = |platform| {
            let assignments = self.assignments(platform).iter();
            let foreign = assignments.clone();
            let foreign = foreign.filter(|raw| !is_modelled(self.version, raw));
            let foreign: Vec<_> = foreign.map(target).collect();
            let raw = assignments.filter(|raw| {
                let target = target(raw);
                foreign.iter().any(|it| it.means(&target))
            });
            (
                Platform::assignments_property(platform).to_owned(),
                raw.cloned().collect::<Vec<_>>(),
            )
        };
        Unmodelled {
            version: self.version,
            assignments: self
                .platforms()
                .map(of)
                .filter(|(_, raw)| !raw.is_empty())
                .collect(),
        }
    }
}

/// Assignments with properties that state cannot hold, by the name of the collection.
/// They are kept in the resource's private state, so that sending the collection back erases nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unmodelled {
    /// The version that they were read from, which determines what state has of them.
    #[serde(default)]
    version: ApiVersion,
    #[serde(flatten)]
    assignments: BTreeMap<String, Vec<Json>>,
}

impl Unmodelled {
    /// The raw forms of `target`. There can be several: state cannot tell a group with one filter from the same group
    /// with another.
    fn find(&self, property: &str, target: &Target) -> Vec<Json> {
        let raw = self.assignments.get(property).into_iter().flatten();
        raw.filter(|raw| read_target(self.version, raw).means(target))
            .cloned()
            .collect()
    }
}

/// The body of a POST: everything that is known in the plan.
pub fn post_body(planned: &Attributes) -> Json {
    body(planned, |_| true, &Unmodelled::default())
}

/// The body of a PATCH: what the plan changes; `None` if there is nothing to send.
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
        (FILTER_ID, &target.filter_id),
        (FILTER_TYPE, &target.filter_type),
    ] {
        if let Value::Value(id) = id {
            body.insert(property.to_owned(), json!(id));
        }
    }
    json!({ "target": body })
}

fn read_target(version: ApiVersion, assignment: &Json) -> Target {
    let target = &assignment["target"];
    let text = |property: &str| target[property].as_str().map(str::to_owned).into();
    // With or without the leading #: the documentation has both.
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
    let filter = |property| match version {
        ApiVersion::V1 => Value::Null,
        ApiVersion::Beta => text(property),
    };
    let (filter_id, filter_type) = (filter(FILTER_ID), filter(FILTER_TYPE));
    // Graph states explicitly that there is no filter.
    let is_none = |text: &Text, none| text.as_deref_option() == Some(none);
    let has_none = is_none(&filter_id, NO_FILTER_ID) || is_none(&filter_type, NO_FILTER);
    let unless_none = |text: Text| if has_none { Value::Null } else { text };
    Target {
        r#type: name.into(),
        group_id: text("groupId"),
        collection_id: text("collectionId"),
        filter_id: unless_none(filter_id),
        filter_type: unless_none(filter_type),
    }
}

/// Whether state holds everything in an assignment.
fn is_modelled(version: ApiVersion, assignment: &Json) -> bool {
    // The type of an assignment is always the same, and a leading # makes no difference to the type of a target.
    let bare = |mut assignment: Json| {
        if let Some(object) = assignment.as_object_mut() {
            object.remove("@odata.type");
        }
        if let Some(Json::String(kind)) = assignment.pointer_mut("/target/@odata.type") {
            *kind = kind.trim_start_matches('#').to_owned();
        }
        if version == ApiVersion::Beta
            && let Some(Json::Object(target)) = assignment.get_mut("target")
        {
            target.retain(|name, value| {
                let says_nothing = value.is_null() || value == NO_FILTER || value == NO_FILTER_ID;
                !says_nothing || ![FILTER_ID, FILTER_TYPE].contains(&name.as_str())
            });
        }
        assignment
    };
    bare(assignment.clone()) == bare(write_target(&read_target(version, assignment)))
}

/// The targets of a collection, sorted, and spelled as in `known`.
fn targets(version: ApiVersion, assignments: &[Json], known: &Assignments) -> Assignments {
    let known = known.as_deref_option().unwrap_or_default();
    let mut targets: Vec<_> = assignments
        .iter()
        .map(|assignment| {
            let target = read_target(version, assignment);
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
mod tests;
