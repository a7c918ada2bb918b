//! The rules about a partner as a whole: whether it is active, and whether its name is free.
//! `review` applies them.

use tf_provider::value::Value;
use time::{Duration, OffsetDateTime};

use super::{Change, Finding, rule};
use crate::compliance_partner::{
    date_time,
    report::{IN_STATE, TELL_APART, imports, quoted},
    state::{Attributes, Platform},
};

/// How long a partner can be silent and still count as active.
const SILENCE: Duration = Duration::days(7);

/// The states of a partner that does nothing until someone repairs it.
const BROKEN: [&str; 3] = ["terminated", "rejected", "unresponsive"];

/// The findings about the partner.
pub(super) fn findings(change: &Change<'_>) -> Vec<Finding> {
    match (change.prior, change.planned) {
        (Some(prior), None) => match active_partner_destroyed(prior, change.now) {
            // The loss of the whole partner makes those of its platforms redundant.
            Some(found) => vec![found],
            None => platforms_destroyed(prior),
        },
        (Some(prior), Some(planned)) => {
            let found = [
                partner_disabled(prior, planned),
                partner_unhealthy(prior, change.now),
            ];
            found.into_iter().flatten().collect()
        }
        (None, Some(planned)) => duplicate_name(change, planned).into_iter().collect(),
        (None, None) => Vec::new(),
    }
}

fn active_partner_destroyed(prior: &Attributes, now: OffsetDateTime) -> Option<Finding> {
    let (attribute, why) = if prior.partner_state.as_deref_option() == Some("enabled") {
        ("partner_state", "The partner is enabled".to_owned())
    } else {
        let (heartbeat, instant) = heartbeat(prior)?;
        if now - instant >= SILENCE {
            return None;
        }
        let why = format!(
            "The partner is active (its last heartbeat was at {})",
            heartbeat.trim()
        );
        ("last_heartbeat_date_time", why)
    };
    Some(Finding::new(
        &rule::ACTIVE_PARTNER_DESTROYED,
        attribute,
        format!(
            "{why}. Without it, the devices that report through it can lose their compliant status, and Conditional \
             Access can lock out their users."
        ),
        "First make sure that no policy depends on its devices, or keep the partner.".to_owned(),
    ))
}

/// For a silent partner: Intune still goes by its last report about a device for some time.
fn platforms_destroyed(prior: &Attributes) -> Vec<Finding> {
    let onboarded = Platform::ALL.into_iter();
    let onboarded = onboarded.filter(|it| *prior.onboarded(*it) == Value::Value(true));
    let found = onboarded.map(|platform| {
        Finding::new(
            &rule::PLATFORM_OFFBOARDED,
            platform.onboarded_attribute(),
            format!(
                "{} is onboarded for the partner that is destroyed. Its devices can lose their compliant status, and \
                 Conditional Access can lock out their users.",
                platform.name()
            ),
            "First move its users to another partner or to Intune, or keep the partner.".to_owned(),
        )
    });
    found.collect()
}

fn partner_disabled(prior: &Attributes, planned: &Attributes) -> Option<Finding> {
    let (before, after) = (
        prior.partner_state.as_deref_option()?,
        planned.partner_state.as_deref_option()?,
    );
    (before == "enabled" && after != before).then(|| {
        Finding::new(
            &rule::PARTNER_DISABLED,
            "partner_state",
            format!(
                "The partner is enabled, but the configuration sets it to {}. The devices that report through it can lose \
                 their compliant status, and Conditional Access can lock out their users.",
                quoted(after)
            ),
            "Leave out partner_state so that the service sets it, or first make sure that no policy depends on its devices."
                .to_owned(),
        )
    })
}

fn partner_unhealthy(prior: &Attributes, now: OffsetDateTime) -> Option<Finding> {
    let state = prior.partner_state.as_deref_option().unwrap_or_default();
    let (attribute, why) = if BROKEN.contains(&state) {
        ("partner_state", format!("is {state}"))
    } else {
        let (heartbeat, instant) = heartbeat(prior)?;
        if now - instant < SILENCE {
            return None;
        }
        let why = format!("has been silent since {}", heartbeat.trim());
        ("last_heartbeat_date_time", why)
    };
    Some(Finding::new(
        &rule::PARTNER_UNHEALTHY,
        attribute,
        format!(
            "The partner {why}, so the change might have no effect until its connection works again."
        ),
        "First check the connection in the vendor's console and in the admin center.".to_owned(),
    ))
}

fn duplicate_name(change: &Change<'_>, planned: &Attributes) -> Option<Finding> {
    let Value::Value(name) = &planned.display_name else {
        return None;
    };
    let same = change
        .others()
        .filter(|other| other.display_name.as_deref_option() == Some(name));
    let ids: Vec<_> = same
        .clone()
        .filter_map(|other| other.id.as_ref_option().cloned())
        .collect();
    if ids.is_empty() {
        same.clone().next()?;
        return Some(Finding::new(
            &rule::DUPLICATE_NAME,
            "display_name",
            format!(
                "Another partner with the display_name {} is also to be created, and the apply will refuse the second of them.",
                quoted(name)
            ),
            "Give each its own display_name, or keep only one of the resources.".to_owned(),
        ));
    }
    let (what, one) = match ids.len() {
        1 => ("a partner", "it"),
        _ => ("partners", "the one you mean"),
    };
    Some(Finding::new(
        &rule::DUPLICATE_NAME,
        "display_name",
        format!(
            "The tenant already has {what} with the display_name {}, and the apply will refuse to create another.",
            quoted(name)
        ),
        format!(
            "Import {one} instead, unless another resource already has it in state. In that case, {TELL_APART}. \
             {IN_STATE}\n\n{}",
            imports(&ids)
        ),
    ))
}

/// The last heartbeat of a partner, if it has one that can be read. A date in year 1 means never.
fn heartbeat(partner: &Attributes) -> Option<(&str, OffsetDateTime)> {
    let text = partner.last_heartbeat_date_time.as_deref_option()?;
    let instant = date_time::parse(text).ok()?;
    (instant.year() > 1).then_some((text, instant))
}
