//! The findings that a plan in which everything is known must have, stated differently than by the rules. `properties`
//! compares the two.
//!
//! The statement is about a world in which each group and each collection has its own members, some licensed users are
//! in no group, and some devices have no user. Of each kind, there is one member for each filter, whom only this filter
//! leaves in, and one whom no filter leaves in.

use std::collections::BTreeSet;

use tf_provider::value::Value;

use super::rule;
use crate::compliance_partner::state::{Attributes, Platform, Target};

/// Heartbeats, and whether they show that the partner is active (`Some(true)`) or silent (`Some(false)`).
pub(super) const HEARTBEATS: [(&str, Option<bool>); 8] = [
    ("2026-06-01T11:59:00Z", Some(true)),
    ("2026-05-25T12:00:00.0000001Z", Some(true)),
    ("2026-05-25T23:00:00+10:00", Some(true)),
    ("2026-06-08T00:00:00Z", Some(true)),
    ("2026-05-25T12:00:00Z", Some(false)),
    ("2025-01-01T00:00:00.1234567-08:00", Some(false)),
    ("0001-01-01T00:00:00Z", None),
    ("soon", None),
];

/// The filters of the world, and no filter.
const FILTERS: [Option<(&str, &str)>; 5] = [
    None,
    Some(("include", "ff")),
    Some(("exclude", "ff")),
    Some(("include", "gg")),
    Some(("exclude", "gg")),
];

const USERS: [&str; 5] = [
    "user aa",
    "user bb",
    "user cc",
    "user dd",
    "user without group",
];

const DEVICES: [&str; 5] = [
    "device aa",
    "device bb",
    "device cc",
    "device dd",
    "device without user",
];

/// Users or devices, each with the filter that leaves in no one else.
type Members = BTreeSet<(String, Option<(&'static str, &'static str)>)>;

fn id(text: &Value<String>) -> String {
    text.as_deref_option().unwrap_or_default().to_lowercase()
}

/// The members of the world whom a target covers.
fn members(target: &Target) -> Members {
    let named = match target.r#type.as_deref_option().expect("all is known") {
        "group" | "exclusion_group" => vec![format!("user {}", id(&target.group_id))],
        "all_devices" => USERS
            .iter()
            .chain(&DEVICES)
            .map(ToString::to_string)
            .collect(),
        "all_licensed_users" => USERS.map(str::to_owned).to_vec(),
        _ => vec![format!("device {}", id(&target.collection_id))],
    };
    let filter = (target.filter_type.as_deref_option(), id(&target.filter_id));
    let left_in = FILTERS.into_iter().filter(|it| match (it, &filter) {
        (_, (None, _)) => true,
        (Some(it), (Some(kind), filter)) => *it == (*kind, filter),
        (None, _) => false,
    });
    let left_in: Vec<_> = left_in.collect();
    let each = |name: String| left_in.iter().map(move |filter| (name.clone(), *filter));
    named.into_iter().flat_map(each).collect()
}

fn targets(partner: &Attributes, platform: Platform) -> impl Iterator<Item = &Target> {
    let elements = partner.assignments(platform).as_ref_option();
    let elements = elements.into_iter().flatten();
    elements.filter_map(Value::as_ref_option)
}

fn is_a(target: &Target, kind: &str) -> bool {
    target.r#type.as_deref_option() == Some(kind)
}

/// The members of the world whom a set includes, and those whom it excludes.
fn world(partner: &Attributes, platform: Platform) -> (Members, Members) {
    let (excluding, including): (Vec<_>, Vec<_>) =
        targets(partner, platform).partition(|it| is_a(it, "exclusion_group"));
    let all = |targets: Vec<&Target>| targets.into_iter().flat_map(members).collect();
    (all(including), all(excluding))
}

/// Whether a group is included, and also excluded with the same or a wider filter.
fn is_both(partner: &Attributes, platform: Platform, group: &str) -> bool {
    let of_group = |it: &&Target| id(&it.group_id) == group;
    let (excluding, including): (Vec<_>, Vec<_>) = targets(partner, platform)
        .filter(of_group)
        .partition(|it| is_a(it, "exclusion_group"));
    including.into_iter().any(|include| {
        let mut excluding = excluding.iter();
        excluding.any(|it| members(include).is_subset(&members(it)))
    })
}

fn has(partner: &Attributes, platform: Platform, kind: &str, group: &str) -> bool {
    let is_it = |it: &Target| is_a(it, kind) && id(&it.group_id) == group;
    targets(partner, platform).any(is_it)
}

/// Codes, and the attributes that they are about.
pub(super) type Said = BTreeSet<(&'static str, &'static str)>;

/// What must be found for one platform of a plan in which everything is known.
fn truth_of_platform(
    prior: &Attributes,
    planned: &Attributes,
    others: &[Attributes],
    platform: Platform,
) -> Said {
    let (onboarded, assigned) = (
        platform.onboarded_attribute(),
        platform.assignments_attribute(),
    );
    let is_on = |it: &Attributes| *it.onboarded(platform) == Value::Value(true);
    let (was_on, on) = (is_on(prior), is_on(planned));
    let ((included_before, excluded_before), (included, excluded)) =
        (world(prior, platform), world(planned, platform));
    let stays = was_on && on && !included_before.is_empty();
    let is_nobody = included.is_empty();
    let everyone = ["all_devices", "all_licensed_users"];
    let either = |test: &dyn Fn(&Attributes, &str) -> bool| {
        ["aa", "bb", "cc", "dd"]
            .iter()
            .any(|group| test(planned, group) && !test(prior, group))
    };
    let is_both = |it: &Attributes, group: &str| is_both(it, platform, group);
    let is_new_and_of_others = |it: &Attributes, group: &str| {
        has(it, platform, "group", group)
            && (std::ptr::eq(it, prior)
                || others.iter().any(|it| has(it, platform, "group", group)))
    };
    let is_idle = |on: bool, included: &Members, excluded: &Members| {
        !on && included.len() + excluded.len() > 0
    };
    [
        (&rule::PLATFORM_OFFBOARDED, onboarded, was_on && !on),
        (&rule::LAST_INCLUDE_REMOVED, assigned, stays && is_nobody),
        (
            &rule::INCLUDE_REMOVED,
            assigned,
            stays && !is_nobody && !included_before.is_subset(&included),
        ),
        (
            &rule::EXCLUSION_ADDED,
            assigned,
            stays && !is_nobody && !excluded.is_subset(&excluded_before),
        ),
        (
            &rule::EXCLUSION_ONLY,
            assigned,
            is_nobody
                && !excluded.is_empty()
                && (!included_before.is_empty() || excluded_before.is_empty()),
        ),
        (
            &rule::EVERYONE_ASSIGNED,
            assigned,
            everyone
                .iter()
                .any(|kind| has(planned, platform, kind, "") && !has(prior, platform, kind, "")),
        ),
        (&rule::INCLUDED_AND_EXCLUDED, assigned, either(&is_both)),
        (
            &rule::ASSIGNED_NOT_ONBOARDED,
            assigned,
            is_idle(on, &included, &excluded)
                && !is_idle(was_on, &included_before, &excluded_before),
        ),
        (
            &rule::PLATFORM_SHARED,
            onboarded,
            on && !was_on && others.iter().any(is_on),
        ),
        (&rule::GROUP_SHARED, assigned, either(&is_new_and_of_others)),
    ]
    .into_iter()
    .filter(|(_, _, holds)| *holds)
    .map(|(rule, attribute, _)| (rule.code, attribute))
    .collect()
}

/// What must be found for a plan in which everything is known.
pub(super) fn truth(
    prior: Option<&Attributes>,
    planned: Option<&Attributes>,
    others: &[Attributes],
) -> Said {
    let nothing = Attributes::with_id(String::new());
    let mut said = Said::new();
    if let Some(planned) = planned {
        for platform in Platform::ALL {
            let prior = prior.unwrap_or(&nothing);
            said.extend(truth_of_platform(prior, planned, others, platform));
        }
    }
    let of = prior.unwrap_or(&nothing);
    if let (Some(prior), Some(planned)) = (prior, planned)
        && prior.partner_state == Value::Value("enabled".to_owned())
        && planned.partner_state.is_value()
        && planned.partner_state != prior.partner_state
    {
        said.insert(("partner-disabled", "partner_state"));
    }
    let state = of.partner_state.as_deref_option();
    let heartbeat = of.last_heartbeat_date_time.as_deref_option();
    let heartbeats = HEARTBEATS.iter().find(|(text, _)| Some(*text) == heartbeat);
    let is_alive = heartbeats.and_then(|(_, is_alive)| *is_alive);
    match (prior, planned) {
        (Some(_), None) if state == Some("enabled") => {
            said.insert(("active-partner-destroyed", "partner_state"));
        }
        (Some(_), None) if is_alive == Some(true) => {
            said.insert(("active-partner-destroyed", "last_heartbeat_date_time"));
        }
        (Some(prior), None) => {
            let on = Platform::ALL
                .into_iter()
                .filter(|it| *prior.onboarded(*it) == Value::Value(true));
            said.extend(on.map(|it| ("platform-offboarded", it.onboarded_attribute())));
        }
        (Some(_), Some(_)) if matches!(state, Some("terminated" | "rejected" | "unresponsive")) => {
            said.insert(("partner-unhealthy", "partner_state"));
        }
        (Some(_), Some(_)) if is_alive == Some(false) => {
            said.insert(("partner-unhealthy", "last_heartbeat_date_time"));
        }
        (None, Some(planned))
            if others
                .iter()
                .any(|it| it.display_name == planned.display_name) =>
        {
            said.insert(("duplicate-name", "display_name"));
        }
        _ => {}
    }
    said
}
