//! Makes a configuration from a state: pure. `identity` calls it when Terraform generates
//! configuration for an import.
//!
//! The configuration keeps the partner as it is, and is as small as possible. What is left out is not
//! managed, so empty values are left out, and so is what the service changes by itself.

use tf_provider::{Diagnostics, value::Value};

use super::{
    state::{Attributes, Platform, State},
    validate,
};

/// The configuration for a partner in this state.
pub fn of(state: State) -> State {
    let mut config = Attributes {
        id: Value::Null,
        partner_state: Value::Null,
        last_heartbeat_date_time: Value::Null,
        ..state.partner
    };
    for platform in Platform::ALL {
        let onboarded = config.onboarded_mut(platform);
        if *onboarded != Value::Value(true) {
            *onboarded = Value::Null;
        }
        let assignments = config.assignments_mut(platform);
        let is_empty = assignments.as_deref_option().is_none_or(<[_]>::is_empty);
        // A target of an unknown type can be kept, but not be configured.
        let mut problems = Diagnostics::default();
        validate::assignments(platform, assignments, &mut problems);
        if is_empty || !problems.errors.is_empty() {
            *assignments = Value::Null;
        }
    }
    State {
        partner: config,
        timeouts: state.timeouts,
    }
}

#[cfg(test)]
mod tests {
    use tf_provider::{Diagnostics, value::Value};

    use super::{
        super::{
            state::{Attributes, State, Target},
            validate,
        },
        of,
    };

    fn target(kind: &str, group: Option<&str>) -> Value<Target> {
        Value::Value(
            serde_json::from_value(serde_json::json!({
                "type": kind, "group_id": group, "collection_id": null, "filter_id": null,
                "filter_type": null,
            }))
            .expect("a target"),
        )
    }

    fn state() -> State {
        State {
            partner: Attributes {
                display_name: Value::Value("Jamf".to_owned()),
                ios_onboarded: Value::Value(false),
                ios_enrollment_assignments: Value::Value(vec![]),
                macos_onboarded: Value::Value(true),
                macos_enrollment_assignments: Value::Value(vec![target(
                    "group",
                    Some("6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e000a"),
                )]),
                partner_state: Value::Value("enabled".to_owned()),
                last_heartbeat_date_time: Value::Value("2026-01-01T00:00:00Z".to_owned()),
                ..Attributes::with_id("p".to_owned())
            },
            timeouts: Value::Null,
        }
    }

    #[test]
    fn what_is_set_is_pinned_and_nothing_else() {
        let expected = Attributes {
            id: Value::Null,
            display_name: Value::Value("Jamf".to_owned()),
            macos_onboarded: Value::Value(true),
            macos_enrollment_assignments: state().partner.macos_enrollment_assignments,
            ..Attributes::with_id(String::new())
        };
        assert_eq!(of(state()).partner, expected);
    }

    #[test]
    fn it_is_valid_whatever_the_tenant_has() {
        let mut state = state();
        state.partner.partner_state = Value::Value("hibernating".to_owned());
        state.partner.android_enrollment_assignments =
            Value::Value(vec![target("futureAssignmentTarget", None)]);
        state.partner.ios_enrollment_assignments =
            Value::Value(vec![target("group", Some("a")), target("group", Some("A"))]);
        let config = of(state);
        let mut diagnostics = Diagnostics::default();
        validate::config(&config, &mut diagnostics);
        assert_eq!(diagnostics, Diagnostics::default());
        assert!(config.partner.android_enrollment_assignments.is_null());
        assert!(config.partner.ios_enrollment_assignments.is_null());
        assert!(config.partner.macos_enrollment_assignments.is_value());
    }
}
