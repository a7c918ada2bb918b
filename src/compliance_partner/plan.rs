//! Makes the planned state from the prior state and the configuration: pure. `resource` calls it.
//!
//! The proposal of Terraform core is not used. It is right for plain attributes, but wrong for an
//! optional and computed nested set that the configuration leaves out: the nested attributes come out empty.
//!
//! - What the configuration sets is planned as set, unless the prior value means the same.
//! - What it leaves out is not managed and keeps its prior value.
//! - `partner_state` and `last_heartbeat_date_time` change by themselves. If left out, they are
//!   unknown when something is sent, and never a change by themselves.

use tf_provider::value::Value;

use super::{
    compare::{changed_attributes, same_assignments, same_date_time},
    state::{Assignments, Attributes, Platform, Text},
};
use crate::graph::ApiVersion;

/// Plans a new partner. Graph decides what is not configured, as far as the version of its API has it.
pub fn create(config: &Attributes, version: Option<ApiVersion>) -> Attributes {
    let mut planned = config.clone();
    planned.id = Value::Unknown;
    for platform in platforms(version) {
        unknown_unless_set(planned.onboarded_mut(platform));
        unknown_unless_set(planned.assignments_mut(platform));
    }
    unknown_unless_set(&mut planned.partner_state);
    unknown_unless_set(&mut planned.last_heartbeat_date_time);
    planned
}

/// Plans an existing partner.
pub fn update(prior: &Attributes, config: &Attributes, version: Option<ApiVersion>) -> Attributes {
    let mut planned = config.clone();
    planned.id = prior.id.clone();
    for platform in platforms(version) {
        let onboarded = planned.onboarded_mut(platform);
        if onboarded.is_null() {
            *onboarded = *prior.onboarded(platform);
        }
        let (assignments, before) = (
            planned.assignments_mut(platform),
            prior.assignments(platform),
        );
        if assignments.is_null() || same_assignments(assignments, before) {
            *assignments = before.clone();
        } else {
            respell(assignments, before);
        }
    }
    if config.partner_state.is_null() {
        planned.partner_state = prior.partner_state.clone();
    }
    let (heartbeat, before) = (
        &config.last_heartbeat_date_time,
        &prior.last_heartbeat_date_time,
    );
    if heartbeat.is_null() || same_date_time(heartbeat, before) {
        planned.last_heartbeat_date_time = before.clone();
    }
    if may_change(prior, &planned) {
        if config.partner_state.is_null() {
            planned.partner_state = Value::Unknown;
        }
        if config.last_heartbeat_date_time.is_null() {
            planned.last_heartbeat_date_time = Value::Unknown;
        }
        // State does not have yet what an earlier version did not know.
        for platform in platforms(version) {
            unknown_unless_set(planned.onboarded_mut(platform));
            unknown_unless_set(planned.assignments_mut(platform));
        }
    }
    planned
}

/// Gives the ids that are already in `before` the spelling that they have there. When the rest is known, the set may turn
/// out to be unchanged, and then each id has to be as it was planned.
fn respell(assignments: &mut Assignments, before: &Assignments) {
    let (Value::Value(targets), Value::Value(before)) = (assignments, before) else {
        return;
    };
    let before: Vec<_> = before.iter().filter_map(Value::as_ref_option).collect();
    for element in targets {
        if let Value::Value(target) = element {
            respell_id(&mut target.group_id, before.iter().map(|it| &it.group_id));
            respell_id(
                &mut target.collection_id,
                before.iter().map(|it| &it.collection_id),
            );
            respell_id(&mut target.filter_id, before.iter().map(|it| &it.filter_id));
        }
    }
}

fn respell_id<'a>(id: &mut Text, before: impl Iterator<Item = &'a Text>) {
    let Value::Value(ours) = id else {
        return;
    };
    let same = before.filter_map(Value::as_deref_option);
    let same = same.filter(|it| it.eq_ignore_ascii_case(ours));
    if let Some(same) = same.min_by_key(|it| it != ours) {
        *ours = same.to_owned();
    }
}

/// The platforms that may have a value. If the version is not known yet, every platform may.
fn platforms(version: Option<ApiVersion>) -> impl Iterator<Item = Platform> {
    let version = version.unwrap_or(ApiVersion::Beta);
    Platform::ALL
        .into_iter()
        .filter(move |platform| platform.is_in(version))
}

fn unknown_unless_set<T>(value: &mut Value<T>) {
    if value.is_null() {
        *value = Value::Unknown;
    }
}

/// Whether applying `planned` may send something.
pub(super) fn may_change(prior: &Attributes, planned: &Attributes) -> bool {
    let unknown = planned.display_name.is_unknown()
        || planned.partner_state.is_unknown()
        || planned.last_heartbeat_date_time.is_unknown()
        || Platform::ALL.iter().any(|platform| {
            planned.onboarded(*platform).is_unknown() || planned.assignments(*platform).is_unknown()
        });
    unknown || !changed_attributes(prior, planned).is_empty()
}

#[cfg(test)]
mod tests {
    use tf_provider::value::Value;

    use super::super::state::Target;
    use super::{ApiVersion, Attributes};

    fn create(config: &Attributes) -> Attributes {
        super::create(config, Some(ApiVersion::V1))
    }

    fn update(prior: &Attributes, config: &Attributes) -> Attributes {
        super::update(prior, config, Some(ApiVersion::V1))
    }

    fn group(id: Value<&str>) -> Value<Target> {
        Value::Value(Target {
            r#type: Value::Value("group".to_owned()),
            group_id: id.map(str::to_owned),
            collection_id: Value::Null,
            filter_id: Value::Null,
            filter_type: Value::Null,
        })
    }

    fn bare() -> Attributes {
        Attributes {
            id: Value::Null,
            display_name: Value::Value("Jamf".to_owned()),
            ..Attributes::with_id(String::new())
        }
    }

    fn prior() -> Attributes {
        Attributes {
            id: Value::Value("p1".to_owned()),
            display_name: Value::Value("Jamf".to_owned()),
            android_onboarded: Value::Value(false),
            ios_onboarded: Value::Value(false),
            macos_onboarded: Value::Value(true),
            android_enrollment_assignments: Value::Value(vec![]),
            ios_enrollment_assignments: Value::Value(vec![]),
            macos_enrollment_assignments: Value::Value(vec![group(Value::Value("a1"))]),
            linux_onboarded: Value::Null,
            linux_enrollment_assignments: Value::Null,
            partner_state: Value::Value("enabled".to_owned()),
            last_heartbeat_date_time: Value::Value("2026-01-01T00:00:00Z".to_owned()),
        }
    }

    #[test]
    fn whatever_is_unknown_may_be_a_change() {
        let prior = bare();
        assert!(!super::may_change(&prior, &prior));
        let mut planned: Vec<_> = (0..11).map(|_| bare()).collect();
        planned[0].display_name = Value::Unknown;
        planned[1].partner_state = Value::Unknown;
        planned[2].last_heartbeat_date_time = Value::Unknown;
        for (index, platform) in super::Platform::ALL.into_iter().enumerate() {
            *planned[3 + index].onboarded_mut(platform) = Value::Unknown;
            *planned[7 + index].assignments_mut(platform) = Value::Unknown;
        }
        for planned in planned {
            assert!(super::may_change(&prior, &planned), "{planned:?}");
        }
    }

    #[test]
    fn a_new_partner_is_unknown_where_nothing_is_configured() {
        let planned = create(&bare());
        assert_eq!(planned.display_name, bare().display_name);
        assert!(planned.id.is_unknown() && planned.partner_state.is_unknown());
        assert!(planned.macos_onboarded.is_unknown());
        assert!(planned.macos_enrollment_assignments.is_unknown());
    }

    #[test]
    fn linux_is_known_to_beta_alone() {
        assert!(create(&bare()).linux_onboarded.is_null());
        for version in [Some(ApiVersion::Beta), None] {
            let planned = super::create(&bare(), version);
            assert!(planned.linux_onboarded.is_unknown());
            assert!(planned.linux_enrollment_assignments.is_unknown());
        }
        let linux = Attributes {
            linux_onboarded: Value::Value(true),
            linux_enrollment_assignments: Value::Value(vec![]),
            ..prior()
        };
        let beta = |prior: &Attributes, config: &Attributes| {
            super::update(prior, config, Some(ApiVersion::Beta))
        };
        assert_eq!(beta(&linux, &bare()), linux);
        assert_eq!(update(&linux, &bare()), prior());
        // State from v1.0 does not have it, but what is sent to beta comes back with it.
        let renamed = Attributes {
            display_name: Value::Value("Jamf Pro".to_owned()),
            ..bare()
        };
        assert!(beta(&prior(), &renamed).linux_onboarded.is_unknown());
        assert_eq!(beta(&prior(), &bare()), prior());
    }

    #[test]
    fn a_change_makes_unknown_what_the_service_moves_and_nothing_else() {
        let config = Attributes {
            ios_onboarded: Value::Value(true),
            ..bare()
        };
        let planned = update(&prior(), &config);
        let expected = Attributes {
            ios_onboarded: Value::Value(true),
            partner_state: Value::Unknown,
            last_heartbeat_date_time: Value::Unknown,
            ..prior()
        };
        assert_eq!(planned, expected);
    }

    #[test]
    fn nothing_is_unknown_in_a_plan_without_changes() {
        assert_eq!(update(&prior(), &bare()), prior());
    }

    #[test]
    fn an_empty_set_is_a_change_and_an_absent_one_is_not() {
        let emptied = Attributes {
            macos_enrollment_assignments: Value::Value(vec![]),
            ..bare()
        };
        let planned = update(&prior(), &emptied);
        assert_eq!(planned.macos_enrollment_assignments, Value::Value(vec![]));
        assert!(planned.partner_state.is_unknown());
    }

    #[test]
    fn a_value_that_is_yet_to_be_known_may_be_a_change() {
        for config in [
            Attributes {
                macos_enrollment_assignments: Value::Unknown,
                ..bare()
            },
            Attributes {
                macos_enrollment_assignments: Value::Value(vec![group(Value::Unknown)]),
                ..bare()
            },
            Attributes {
                macos_enrollment_assignments: Value::Value(vec![Value::Unknown]),
                ..bare()
            },
            Attributes {
                display_name: Value::Unknown,
                ..bare()
            },
            Attributes {
                macos_onboarded: Value::Unknown,
                ..bare()
            },
        ] {
            let planned = update(&prior(), &config);
            assert!(planned.partner_state.is_unknown(), "{config:?}");
            assert!(planned.last_heartbeat_date_time.is_unknown(), "{config:?}");
        }
    }

    #[test]
    fn two_groups_that_are_yet_to_be_created_stay_two() {
        let both = Value::Value(vec![group(Value::Unknown), group(Value::Unknown)]);
        let config = Attributes {
            ios_enrollment_assignments: both.clone(),
            ..bare()
        };
        assert_eq!(create(&config).ios_enrollment_assignments, both);
        assert_eq!(update(&prior(), &config).ios_enrollment_assignments, both);
    }

    /// Terraform plans again when the second value is known.
    #[test]
    fn a_target_keeps_its_spelling_beside_one_that_is_yet_to_be_known() {
        let with = |first, second| Attributes {
            macos_enrollment_assignments: Value::Value(vec![group(first), group(second)]),
            ..bare()
        };
        let (a, upper_a) = (Value::Value("a1"), Value::Value("A1"));
        let prior = Attributes {
            id: Value::Value("p1".to_owned()),
            ..with(a, Value::Value("b2"))
        };
        let first = update(&prior, &with(upper_a, Value::Unknown));
        assert_eq!(
            first.macos_enrollment_assignments,
            with(a, Value::Unknown).macos_enrollment_assignments
        );
        let second = update(&prior, &with(upper_a, Value::Value("b2")));
        assert_eq!(
            second.macos_enrollment_assignments,
            prior.macos_enrollment_assignments
        );
    }

    /// The same for one of which only a part is known, whatever the rest turns out to be.
    #[test]
    fn so_does_one_that_is_partly_known() {
        let filtered = |id: &str, filter: Value<&str>| Attributes {
            macos_enrollment_assignments: Value::Value(vec![Value::Value(Target {
                r#type: Value::Value("group".to_owned()),
                group_id: Value::Value(id.to_owned()),
                collection_id: Value::Null,
                filter_id: filter.map(str::to_owned),
                filter_type: Value::Value("include".to_owned()),
            })]),
            ..bare()
        };
        let prior = Attributes {
            id: Value::Value("p1".to_owned()),
            ..filtered("a1", Value::Value("f"))
        };
        for filter in [Value::Unknown, Value::Value("f"), Value::Value("g")] {
            assert_eq!(
                update(&prior, &filtered("A1", filter)).macos_enrollment_assignments,
                filtered("a1", filter).macos_enrollment_assignments
            );
        }
    }

    #[test]
    fn the_letters_of_an_id_and_the_spelling_of_an_instant_are_no_change() {
        let config = Attributes {
            macos_enrollment_assignments: Value::Value(vec![group(Value::Value("A1"))]),
            last_heartbeat_date_time: Value::Value("2026-01-01T01:00:00+01:00".to_owned()),
            ..bare()
        };
        assert_eq!(update(&prior(), &config), prior());
    }
}
