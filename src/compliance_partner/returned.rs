//! Compares what Graph returned after a write with what was planned: what is stored, and what is reported. `resource`
//! calls it.

use serde_json::Value as Json;
use tf_provider::{Diagnostics, value::Value};

use super::{
    beside::Beside,
    compare::changed_attributes,
    model::Partner,
    report,
    state::{Attributes, Platform, State},
};

/// What Graph returned, as state and private state.
pub fn stored(partner: &Partner, known: &State, tenant: Option<String>) -> (State, Beside) {
    let state = State {
        partner: partner.to_attributes(&known.partner),
        timeouts: known.timeouts.clone(),
    };
    (
        state,
        Beside::of(partner.id.clone(), tenant, partner.unmodelled()),
    )
}

/// Adds an error for each property that Graph returned with a different value than planned. If it was not sent, someone
/// else changed it.
pub fn report_kept(
    diagnostics: &mut Diagnostics,
    returned: &Attributes,
    planned: &Attributes,
    was_sent: impl Fn(&str) -> bool,
    next: &str,
) {
    let json = |attributes: &Attributes| serde_json::to_value(attributes).unwrap_or_default();
    let (theirs, ours): (Json, Json) = (json(returned), json(planned));
    for attribute in changed_attributes(returned, planned) {
        let (theirs, ours) = (&theirs[attribute], &ours[attribute]);
        if was_sent(attribute) {
            report::kept(diagnostics, attribute, theirs, ours, next);
        } else {
            report::changed_by_others(diagnostics, attribute, theirs, ours);
        }
    }
}

/// The partner without what is null in the plan.
pub fn as_planned(mut partner: Attributes, planned: &Attributes) -> Attributes {
    for platform in Platform::ALL {
        if planned.onboarded(platform).is_null() {
            *partner.onboarded_mut(platform) = Value::Null;
        }
        if planned.assignments(platform).is_null() {
            *partner.assignments_mut(platform) = Value::Null;
        }
    }
    partner
}

/// Keeps the plan's value for what the service has changed by itself since, and what was not asked for: with
/// `ignore_changes`, Terraform plans the value from state and holds the provider to it. The next read has Graph's
/// value.
pub fn keep_as_planned(
    partner: &mut Attributes,
    planned: &Attributes,
    config: &Attributes,
    sent: &[&str],
) {
    let heartbeat = &planned.last_heartbeat_date_time;
    if heartbeat.is_value() && !sent.contains(&"last_heartbeat_date_time") {
        partner.last_heartbeat_date_time.clone_from(heartbeat);
    }
    let is_asked_for = config.partner_state.is_value() || sent.contains(&"partner_state");
    if planned.partner_state.is_value() && !is_asked_for {
        partner.partner_state.clone_from(&planned.partner_state);
    }
}

#[cfg(test)]
mod tests {
    use tf_provider::value::Value;

    use super::as_planned;
    use crate::compliance_partner::state::{Attributes, Platform};

    /// Graph does not return every property of every platform, so only one of the two can be null.
    #[test]
    fn each_attribute_that_the_plan_leaves_out_goes_alone() {
        let mut prior = Attributes::with_id("it".to_owned());
        for platform in Platform::ALL {
            *prior.onboarded_mut(platform) = Value::Value(true);
            *prior.assignments_mut(platform) = Value::Value(Vec::new());
        }
        let mut planned = prior.clone();
        *planned.onboarded_mut(Platform::Android) = Value::Null;
        *planned.assignments_mut(Platform::Linux) = Value::Null;
        assert_eq!(as_planned(prior, &planned), planned);
    }
}
