//! Compares what Terraform believes with what the tenant has, by meaning: order says nothing, an instant may be written
//! in any way, and a heartbeat that nobody configured moves by itself. `user` asks after every operation.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::stored::{in_order, in_terraform};

const HEARTBEAT: &str = "last_heartbeat_date_time";

/// What a state says of a partner that is not so. `applied` is the configuration that was applied last.
pub(super) fn differences(state: &Value, partner: &Value, applied: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |attribute: &str, believed: String, real: String| {
        if believed != real {
            wrong.push(format!(
                "{attribute} is {believed} in state and {real} in the tenant"
            ));
        }
    };
    let (believed, real) = (in_order(state.clone()), in_terraform(partner));
    for (attribute, real) in real.as_object().into_iter().flatten() {
        let believed = &believed[attribute];
        if attribute != HEARTBEAT {
            compare(attribute, believed.to_string(), real.to_string());
        } else if applied[HEARTBEAT].is_string() {
            compare(attribute, instant(believed), instant(real));
        }
    }
    wrong
}

fn instant(text: &Value) -> String {
    let parsed = text
        .as_str()
        .map(|text| OffsetDateTime::parse(text, &Rfc3339));
    match parsed {
        Some(Ok(instant)) => instant.unix_timestamp_nanos().to_string(),
        _ => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::differences;

    fn state() -> Value {
        json!({
            "id": "a", "display_name": "Fleet", "android_onboarded": false, "ios_onboarded": true,
            "macos_onboarded": false, "partner_state": "enabled",
            "last_heartbeat_date_time": "2026-01-02T04:04:05+01:00",
            "android_enrollment_assignments": [], "macos_enrollment_assignments": [],
            "ios_enrollment_assignments": [
                { "type": "group", "group_id": "g", "collection_id": null, "filter_id": null, "filter_type": null },
                { "type": "all_licensed_users", "group_id": null, "collection_id": null, "filter_id": null, "filter_type": null },
            ],
        })
    }

    fn partner() -> Value {
        json!({
            "id": "a", "displayName": "Fleet", "androidOnboarded": false, "iosOnboarded": true,
            "macOsOnboarded": false, "partnerState": "enabled",
            "lastHeartbeatDateTime": "2026-01-02T03:04:05Z",
            "androidEnrollmentAssignments": [], "macOsEnrollmentAssignments": [],
            "iosEnrollmentAssignments": [
                {"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}},
                {"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "g"}},
            ],
        })
    }

    #[test]
    fn order_and_spelling_are_no_difference() {
        let config = json!({ "last_heartbeat_date_time": "2026-01-02T03:04:05Z" });
        assert_eq!(differences(&state(), &partner(), &config), [""; 0]);
    }

    #[test]
    fn a_heartbeat_counts_only_where_it_is_configured() {
        let mut partner = partner();
        partner["lastHeartbeatDateTime"] = json!("2026-01-02T03:04:42Z");
        let config = json!({ "last_heartbeat_date_time": "2026-01-02T03:04:05Z" });
        assert_eq!(differences(&state(), &partner, &config).len(), 1);
        assert_eq!(differences(&state(), &partner, &json!({})), [""; 0]);
    }

    #[test]
    fn every_other_attribute_counts() {
        for property in [
            "id",
            "displayName",
            "androidOnboarded",
            "iosOnboarded",
            "macOsOnboarded",
            "partnerState",
            "iosEnrollmentAssignments",
        ] {
            let mut partner = partner();
            partner[property] = Value::Null;
            let found = differences(&state(), &partner, &json!({}));
            assert_eq!(found.len(), 1, "{property}: {found:?}");
        }
    }
}
