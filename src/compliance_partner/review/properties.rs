//! No false alarms, and nothing missed: compares the rules with a second statement of each of them, over random plans.
//! For a plan with unknown values, a finding must hold however the values turn out.

use proptest::{collection::vec, option, prelude::*, sample::select};
use tf_provider::value::Value;
use time::{OffsetDateTime, macros::datetime};

use super::{
    Change, review,
    truth::{HEARTBEATS, Said, truth},
};
use crate::compliance_partner::{
    plan,
    state::{Attributes, Platform, Target, TargetType},
};

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

const GROUPS: [&str; 4] = ["aa", "AA", "bb", "cc"];

/// The filters of a target, by type and id.
const FILTERS: [Option<(&str, &str)>; 5] = [
    None,
    Some(("include", "ff")),
    Some(("include", "FF")),
    Some(("exclude", "ff")),
    Some(("include", "gg")),
];

/// An element of a set.
type Element = Value<Target>;

/// Whether a platform is onboarded, and who is assigned.
type OfPlatform = (Value<bool>, Value<Vec<Element>>);

fn target(kind: TargetType, group: &str) -> Target {
    let id_of = |name| match kind.id_attribute() {
        Some(attribute) if attribute == name => Value::Value(group.to_owned()),
        _ => Value::Null,
    };
    Target {
        group_id: id_of("group_id"),
        collection_id: id_of("collection_id"),
        filter_id: Value::Null,
        filter_type: Value::Null,
        r#type: Value::Value(kind.name().to_owned()),
    }
}

fn known_target() -> impl Strategy<Value = Target> {
    // In practice, groups are the most common, and filters the least.
    let kinds = vec![
        TargetType::Group,
        TargetType::Group,
        TargetType::ExclusionGroup,
        TargetType::AllDevices,
        TargetType::AllLicensedUsers,
        TargetType::ConfigurationManagerCollection,
    ];
    let filter = prop_oneof![2 => Just(None), 1 => select(&FILTERS)];
    (select(kinds), select(&GROUPS), filter).prop_map(|(kind, group, filter)| {
        let (filter_type, filter_id) = filter.unzip();
        Target {
            filter_type: filter_type.map(str::to_owned).into(),
            filter_id: filter_id.map(str::to_owned).into(),
            ..target(kind, group)
        }
    })
}

fn known_element() -> impl Strategy<Value = Element> {
    known_target().prop_map(Value::Value)
}

/// A target with parts that are not known yet, as in a valid configuration.
fn unknown_target() -> impl Strategy<Value = Target> {
    let parts = (any::<bool>(), 0..5);
    (known_target(), parts).prop_map(|(mut target, (forgets_id, filter))| {
        for id in [&mut target.group_id, &mut target.collection_id] {
            if forgets_id && id.is_value() {
                *id = Value::Unknown;
            }
        }
        if filter == 1 || ((2..4).contains(&filter) && target.filter_id.is_value()) {
            target.filter_id = Value::Unknown;
        }
        if filter == 1 || ([2, 4].contains(&filter) && target.filter_type.is_value()) {
            target.filter_type = Value::Unknown;
        }
        target
    })
}

fn element() -> impl Strategy<Value = Element> {
    prop_oneof![
        8 => known_element(),
        1 => Just(Value::Unknown),
        1 => select(&GROUPS).prop_map(|group| Value::Value(Target {
            r#type: Value::Unknown,
            ..target(TargetType::Group, group)
        })),
        4 => unknown_target().prop_map(Value::Value),
    ]
}

fn known_platform() -> impl Strategy<Value = OfPlatform> {
    (any::<bool>(), vec(known_element(), 0..4))
        .prop_map(|(onboarded, set)| (Value::Value(onboarded), Value::Value(without_twins(set))))
}

fn platform() -> impl Strategy<Value = OfPlatform> {
    let onboarded =
        prop_oneof![9 => any::<bool>().prop_map(Value::Value), 1 => Just(Value::Unknown)];
    let set = prop_oneof![
        9 => vec(element(), 0..4).prop_map(|set| Value::Value(without_twins(set))),
        1 => Just(Value::Unknown),
    ];
    (onboarded, set)
}

/// A tenant never has the same target twice.
fn without_twins(set: Vec<Element>) -> Vec<Element> {
    let mut kept: Vec<Element> = Vec::new();
    for element in set {
        let is_there = |it: &Element| match (it, &element) {
            (Value::Value(a), Value::Value(b)) => a.is_known() && a.means(b),
            _ => false,
        };
        if !kept.iter().any(is_there) {
            kept.push(element);
        }
    }
    kept
}

fn partner(
    id: &'static str,
    platforms: impl Strategy<Value = OfPlatform>,
) -> impl Strategy<Value = Attributes> {
    (
        select(&["Fleet", "Navy", "fleet"]),
        vec(platforms, Platform::ALL.len()),
        option::of(select(&[
            "enabled",
            "unknown",
            "terminated",
            "rejected",
            "unresponsive",
            "odd",
        ])),
        option::of(select(&HEARTBEATS)),
    )
        .prop_map(move |(name, platforms, state, heartbeat)| {
            let mut partner = Attributes::with_id(id.to_owned());
            partner.display_name = Value::Value(name.to_owned());
            for (platform, (onboarded, set)) in Platform::ALL.into_iter().zip(platforms) {
                *partner.onboarded_mut(platform) = onboarded;
                *partner.assignments_mut(platform) = set;
            }
            partner.partner_state = state.map(str::to_owned).into();
            partner.last_heartbeat_date_time = heartbeat.map(|(text, _)| text.to_owned()).into();
            partner
        })
}

/// How a plan with unknown values may turn out; `chance` has the values that they become.
fn turned_out(planned: &Attributes, chance: &Attributes) -> Attributes {
    let mut known = planned.clone();
    for platform in Platform::ALL {
        let chances = chance.assignments(platform);
        if known.onboarded(platform).is_unknown() {
            *known.onboarded_mut(platform) = *chance.onboarded(platform);
        }
        let Value::Value(elements) = known.assignments(platform).clone() else {
            *known.assignments_mut(platform) = chances.clone();
            continue;
        };
        let mut chances = chances.as_ref_option().into_iter().flatten();
        let elements = elements.into_iter().map(|element| {
            let by_chance = chances.next().and_then(Value::as_ref_option).cloned();
            Value::Value(one_turned_out(element, by_chance))
        });
        *known.assignments_mut(platform) = Value::Value(without_twins(elements.collect()));
    }
    known
}

fn one_turned_out(element: Element, chance: Option<Target>) -> Target {
    let chance = chance.unwrap_or_else(|| target(TargetType::Group, "dd"));
    let Value::Value(mut element) = element else {
        return chance;
    };
    let by_chance = |text: &Value<String>, otherwise: &str| {
        Value::Value(text.as_deref_option().unwrap_or(otherwise).to_owned())
    };
    let id = [&chance.group_id, &chance.collection_id];
    let id = id.into_iter().find(|it| it.is_value()).cloned();
    let id = by_chance(&id.unwrap_or_default(), "dd");
    if let (Value::Unknown, Value::Value(group)) = (&element.r#type, &element.group_id) {
        let kinds = [TargetType::Group, TargetType::ExclusionGroup];
        return target(kinds[usize::from(chance.collection_id.is_value())], group);
    }
    for part in [&mut element.group_id, &mut element.collection_id] {
        if part.is_unknown() {
            *part = id.clone();
        }
    }
    match (
        element.filter_id.is_unknown(),
        element.filter_type.is_unknown(),
    ) {
        (true, true) => {
            element.filter_id = chance.filter_id;
            element.filter_type = chance.filter_type;
        }
        (true, false) => element.filter_id = by_chance(&chance.filter_id, "gg"),
        (false, true) => element.filter_type = by_chance(&chance.filter_type, "exclude"),
        (false, false) => {}
    }
    element
}

fn said(change: &Change<'_>) -> Said {
    review(change)
        .iter()
        .map(|it| (it.code, it.attribute))
        .collect()
}

fn others() -> impl Strategy<Value = Vec<Attributes>> {
    vec(partner("other", known_platform()), 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn what_is_said_of_a_known_plan_is_what_holds(
        prior in option::of(partner("own", known_platform())),
        planned in option::weighted(0.9, partner("own", known_platform())),
        others in others(),
    ) {
        let (prior, planned) = (prior.as_ref(), planned.as_ref());
        let change = Change { prior, planned, others: Some(&others), now: NOW };
        let changes = match (prior, planned) {
            (Some(prior), Some(planned)) => plan::may_change(prior, planned),
            _ => true,
        };
        let expected = if changes { truth(prior, planned, &others) } else { Said::new() };
        prop_assert_eq!(said(&change), expected);
    }

    #[test]
    fn what_is_said_of_an_unknown_plan_holds_however_it_turns_out(
        prior in option::of(partner("own", known_platform())),
        planned in partner("own", platform()),
        others in others(),
        chances in vec(partner("own", known_platform()), 8),
    ) {
        let prior = prior.as_ref();
        let change = Change { prior, planned: Some(&planned), others: Some(&others), now: NOW };
        let said: Said = said(&change);
        for chance in &chances {
            let known = turned_out(&planned, chance);
            let holds = truth(prior, Some(&known), &others);
            // To the users, it makes no difference whether the platform is offboarded or only they drop out.
            let is_told = |(code, attribute): &(&'static str, &'static str)| {
                let goes = Platform::ALL.iter().any(|platform| {
                    platform.assignments_attribute() == *attribute
                        && (holds.contains(&("platform-offboarded", platform.onboarded_attribute()))
                            || holds.contains(&("last-include-removed", attribute)))
                });
                let of_users = ["last-include-removed", "include-removed", "exclusion-added"];
                holds.contains(&(*code, *attribute)) || (goes && of_users.contains(code))
            };
            for it in &said {
                prop_assert!(is_told(it), "{:?} of {:?}", it, known);
            }
        }
    }

    #[test]
    fn what_does_not_change_has_no_findings(
        partner in partner("own", known_platform()),
        others in others(),
    ) {
        let change = Change { prior: Some(&partner), planned: Some(&partner), others: Some(&others), now: NOW };
        prop_assert_eq!(said(&change), Said::new());
        prop_assert!(!super::asks_for_others(&change));
    }

    #[test]
    fn what_needs_the_others_says_so(
        prior in option::of(partner("own", platform())),
        planned in option::of(partner("own", platform())),
        others in others(),
    ) {
        let (prior, planned) = (prior.as_ref(), planned.as_ref());
        let of = |others| Change { prior, planned, others, now: NOW };
        if !super::asks_for_others(&of(None)) {
            prop_assert_eq!(review(&of(Some(&others))), review(&of(None)));
        }
    }
}
