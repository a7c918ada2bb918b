//! What the partners that the emulator stores are in Terraform. `fault_matrix` and `soak` compare it with what is in state.

use serde_json::{Value, json};

/// A property of Graph, and the attribute that it is in Terraform.
const PROPERTIES: [(&str, &str); 12] = [
    ("id", "id"),
    ("displayName", "display_name"),
    ("partnerState", "partner_state"),
    ("lastHeartbeatDateTime", "last_heartbeat_date_time"),
    ("androidOnboarded", "android_onboarded"),
    ("iosOnboarded", "ios_onboarded"),
    ("macOsOnboarded", "macos_onboarded"),
    (
        "androidEnrollmentAssignments",
        "android_enrollment_assignments",
    ),
    ("iosEnrollmentAssignments", "ios_enrollment_assignments"),
    ("macOsEnrollmentAssignments", "macos_enrollment_assignments"),
    // Of beta, and so nothing here.
    ("linuxOnboarded", "linux_onboarded"),
    ("linuxEnrollmentAssignments", "linux_enrollment_assignments"),
];

/// What a stored partner is in Terraform.
pub(crate) fn in_terraform(stored: &Value) -> Value {
    let attribute = |(property, name): (&str, &str)| {
        let value = match &stored[property] {
            Value::Array(assignments) => assignments.iter().map(target).collect(),
            plain => plain.clone(),
        };
        (name.to_owned(), value)
    };
    in_order(Value::Object(
        PROPERTIES.into_iter().map(attribute).collect(),
    ))
}

/// A partner in Terraform, without the attributes that Graph has no part in, and its sets in an
/// order of ours.
pub(crate) fn in_order(mut partner: Value) -> Value {
    if let Some(attributes) = partner.as_object_mut() {
        attributes.remove("timeouts");
        for set in attributes.values_mut().filter_map(Value::as_array_mut) {
            set.sort_by_key(Value::to_string);
        }
    }
    partner
}

fn target(assignment: &Value) -> Value {
    let target = &assignment["target"];
    let kind = match target["@odata.type"].as_str() {
        Some("#microsoft.graph.groupAssignmentTarget") => "group",
        Some("#microsoft.graph.exclusionGroupAssignmentTarget") => "exclusion_group",
        Some("#microsoft.graph.allLicensedUsersAssignmentTarget") => "all_licensed_users",
        other => other.unwrap_or_default(),
    };
    json!({"type": kind, "group_id": target["groupId"], "collection_id": null, "filter_id": null, "filter_type": null})
}
