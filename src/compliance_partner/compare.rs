//! What differs between two partners: pure. `plan`, `model`, and `resource` call it, so that "changed"
//! means the same to all of them.

use tf_provider::value::Value;

use super::{
    date_time::same_instant,
    state::{Assignments, Attributes, Platform, Target, Text},
};

/// The attributes of the remote object that are known in the plan and mean something different
/// in `other`.
pub fn changed_attributes(other: &Attributes, planned: &Attributes) -> Vec<&'static str> {
    let mut changed = Vec::new();
    let mut compare = |attribute, is_known: bool, same: bool| {
        if is_known && !same {
            changed.push(attribute);
        }
    };
    compare(
        "display_name",
        planned.display_name.is_value(),
        planned.display_name == other.display_name,
    );
    for platform in Platform::ALL {
        let (ours, theirs) = (planned.onboarded(platform), other.onboarded(platform));
        compare(
            platform.onboarded_attribute(),
            ours.is_value(),
            ours == theirs,
        );
        let (ours, theirs) = (planned.assignments(platform), other.assignments(platform));
        let same = same_assignments(ours, theirs);
        compare(platform.assignments_attribute(), ours.is_value(), same);
    }
    compare(
        "partner_state",
        planned.partner_state.is_value(),
        planned.partner_state == other.partner_state,
    );
    compare(
        "last_heartbeat_date_time",
        planned.last_heartbeat_date_time.is_value(),
        same_date_time(
            &planned.last_heartbeat_date_time,
            &other.last_heartbeat_date_time,
        ),
    );
    changed
}

/// Whether both name the same targets, in any order and spelling. An unknown part is never the
/// same as anything.
pub fn same_assignments(a: &Assignments, b: &Assignments) -> bool {
    let (Value::Value(a), Value::Value(b)) = (a, b) else {
        return a == b;
    };
    let (Some(a), Some(b)) = (known_targets(a), known_targets(b)) else {
        return false;
    };
    let covers = |a: &[&Target], b: &[&Target]| b.iter().all(|b| a.iter().any(|a| a.means(b)));
    covers(&a, &b) && covers(&b, &a)
}

/// The targets, if all of them are fully known.
fn known_targets(targets: &[Value<Target>]) -> Option<Vec<&Target>> {
    targets
        .iter()
        .map(|element| element.as_ref_option().filter(|target| target.is_known()))
        .collect()
}

/// Whether both are the same instant, in any spelling.
pub fn same_date_time(a: &Text, b: &Text) -> bool {
    match (a, b) {
        (Value::Value(a), Value::Value(b)) => same_instant(a, b),
        (a, b) => a == b,
    }
}
