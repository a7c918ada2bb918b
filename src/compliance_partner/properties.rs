//! Properties of the whole pure core: any configuration for any partner is planned, applied to
//! a model of Graph, read back, and planned again.

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value as Json, json};
use tf_provider::value::Value;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    compare::changed_attributes,
    model::{Partner, patch_body, post_body},
    plan,
    state::{Assignments, Attributes, Platform, Target, TargetType, Text},
    validate::{FILTER_TYPES, PARTNER_STATES},
};
use crate::graph::ApiVersion;

fn text(choices: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(choices).prop_map(str::to_owned)
}

const GROUPS: [&str; 3] = [
    "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e00a1",
    "6F6E1D7C-3B0A-4C1E-9D55-2F8A7C9E00B2",
    "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e00c3",
];

const FILTERS: [&str; 2] = [
    "3c5f8d7a-1e2b-4f60-9b3c-0a1b2c3d4ef1",
    "3C5F8D7A-1E2B-4F60-9B3C-0A1B2C3D4EF2",
];

fn target(version: ApiVersion) -> impl Strategy<Value = Value<Target>> {
    let filter = option::of((text(&FILTERS), text(&FILTER_TYPES)));
    let parts = (select(&TargetType::ALL), text(&GROUPS), filter);
    parts.prop_map(move |(kind, id, filter)| {
        let (filter_id, filter_type) = filter.filter(|_| version == ApiVersion::Beta).unzip();
        let id_of = |name| {
            if kind.id_attribute() == Some(name) {
                Value::Value(id.clone())
            } else {
                Value::Null
            }
        };
        Value::Value(Target {
            r#type: Value::Value(kind.name().to_owned()),
            group_id: id_of("group_id"),
            collection_id: id_of("collection_id"),
            filter_id: filter_id.into(),
            filter_type: filter_type.into(),
        })
    })
}

fn assignments(version: ApiVersion) -> impl Strategy<Value = Assignments> {
    option::of(vec(target(version), 0..4)).prop_map(|targets| {
        targets.map_or(Value::Null, |mut targets| {
            // Terraform's sets contain each element once.
            targets.sort();
            targets.dedup();
            Value::Value(targets)
        })
    })
}

fn date_time() -> impl Strategy<Value = String> {
    (0..3_i64, -12..12_i32).prop_map(|(second, hours)| {
        let offset = UtcOffset::from_hms((hours).try_into().unwrap_or(0), 0, 0);
        OffsetDateTime::from_unix_timestamp(1_483_257_577 + second)
            .map(|instant| instant.to_offset(offset.unwrap_or(UtcOffset::UTC)))
            .ok()
            .and_then(|instant| instant.format(&Rfc3339).ok())
            .unwrap_or_default()
    })
}

pub(super) fn config() -> impl Strategy<Value = Attributes> {
    config_of(ApiVersion::V1)
}

/// A version of Graph's API, and a configuration for it.
fn versions() -> impl Strategy<Value = (ApiVersion, Attributes)> {
    select(&[ApiVersion::V1, ApiVersion::Beta])
        .prop_flat_map(|version| (Just(version), config_of(version)))
}

fn config_of(version: ApiVersion) -> impl Strategy<Value = Attributes> {
    let platforms = Platform::ALL.map(|platform| {
        (any::<Option<bool>>(), assignments(version)).prop_map(move |(onboarded, assignments)| {
            if platform.is_in(version) {
                (onboarded.into(), assignments)
            } else {
                (Value::Null, Value::Null)
            }
        })
    });
    (
        text(&["Jamf", "Kandji"]),
        platforms,
        option::of(text(&PARTNER_STATES)),
        option::of(date_time()),
    )
        .prop_map(|(name, platforms, state, heartbeat)| {
            let mut config = Attributes {
                id: Value::Null,
                display_name: Value::Value(name),
                partner_state: state.into(),
                last_heartbeat_date_time: heartbeat.into(),
                ..Attributes::with_id(String::new())
            };
            for (platform, (onboarded, assignments)) in Platform::ALL.into_iter().zip(platforms) {
                *config.onboarded_mut(platform) = onboarded;
                *config.assignments_mut(platform) = assignments;
            }
            config
        })
}

/// What Graph does with a body: it keeps what is not in the body, and answers in its own spelling
/// and order.
fn graph(version: ApiVersion, mut stored: Map<String, Json>, body: &Json, state: &str) -> Partner {
    for (property, value) in body.as_object().expect("a body is an object") {
        stored.insert(property.clone(), value.clone());
    }
    if body.get("partnerState").is_none() {
        stored.insert("partnerState".to_owned(), json!(state));
    }
    for platform in Platform::ALL {
        if let Some(Json::Array(list)) = stored.get_mut(platform.assignments_property()) {
            list.reverse();
            for assignment in list {
                if let Some(Json::String(id)) = assignment.pointer_mut("/target/groupId") {
                    id.make_ascii_lowercase();
                }
                if version == ApiVersion::Beta {
                    let target = &mut assignment["target"];
                    let filter = &target["deviceAndAppManagementAssignmentFilterType"];
                    if filter.is_null() {
                        target["deviceAndAppManagementAssignmentFilterType"] = json!("none");
                        target["deviceAndAppManagementAssignmentFilterId"] =
                            json!("00000000-0000-0000-0000-000000000000");
                    }
                }
            }
        }
    }
    if let Some(Json::String(heartbeat)) = stored.get_mut("lastHeartbeatDateTime") {
        let instant = OffsetDateTime::parse(heartbeat, &Rfc3339).expect("a date-time");
        *heartbeat = instant
            .to_offset(UtcOffset::UTC)
            .format(&Rfc3339)
            .expect("a date-time");
    }
    let partner: Partner = serde_json::from_value(Json::Object(stored)).expect("a partner");
    partner.of(version)
}

fn new_partner(version: ApiVersion) -> Map<String, Json> {
    let Json::Object(mut partner) = json!({
        "id": "p1", "displayName": "Jamf", "androidOnboarded": true, "iosOnboarded": false,
        "macOsOnboarded": false, "androidEnrollmentAssignments": null,
        "iosEnrollmentAssignments": [], "partnerState": "unknown",
        "lastHeartbeatDateTime": "0001-01-01T00:00:00Z",
    }) else {
        unreachable!("an object literal")
    };
    if version == ApiVersion::Beta {
        partner.insert("linuxOnboarded".to_owned(), json!(true));
        partner.insert("linuxEnrollmentAssignments".to_owned(), json!([]));
    }
    partner
}

/// What Terraform core checks in a plan: a configured value is planned as it is or is exactly the
/// prior one, and only what is not configured may be unknown.
fn assert_valid_plan(config: &Attributes, prior: Option<&Attributes>, planned: &Attributes) {
    let json = |attributes: &Attributes| {
        let bytes = rmp_serde::to_vec_named(attributes).expect("it encodes");
        rmpv::decode::read_value(&mut bytes.as_slice()).expect("it decodes")
    };
    let (config, planned, prior) = (json(config), json(planned), prior.map(json));
    for (name, ours) in planned.as_map().expect("an object") {
        let of = |value: &rmpv::Value| {
            let mut entries = value.as_map().expect("an object").iter();
            entries
                .find(|(key, _)| key == name)
                .expect("every attribute")
                .1
                .clone()
        };
        let set = of(&config);
        if !set.is_nil() {
            let is_prior = prior.as_ref().is_some_and(|prior| of(prior) == *ours);
            assert!(
                set == *ours || is_prior,
                "{name}: {set} was planned as {ours}"
            );
        }
    }
}

proptest! {
    #[test]
    fn create_then_plan_is_empty((version, config) in versions(), state in text(&PARTNER_STATES)) {
        let planned = plan::create(&config, Some(version));
        assert_valid_plan(&config, None, &planned);
        let returned = graph(version, new_partner(version), &post_body(&planned), &state).to_attributes(&planned);
        prop_assert_eq!(changed_attributes(&returned, &planned), Vec::<&str>::new());
        prop_assert_eq!(plan::update(&returned, &config, Some(version)), returned);
    }

    #[test]
    fn update_then_plan_is_empty(
        (version, before, after) in select(&[ApiVersion::V1, ApiVersion::Beta])
            .prop_flat_map(|version| (Just(version), config_of(version), config_of(version))),
        state in text(&PARTNER_STATES),
    ) {
        let created = plan::create(&before, Some(version));
        let stored = graph(version, new_partner(version), &post_body(&created), "unknown");
        let prior = stored.to_attributes(&created);
        let planned = plan::update(&prior, &after, Some(version));
        assert_valid_plan(&after, Some(&prior), &planned);

        let Some(body) = patch_body(&prior, &planned, &stored.unmodelled()) else {
            prop_assert_eq!(planned, prior, "nothing is sent, so nothing may change");
            return Ok(());
        };
        // Only what is configured and new is sent.
        let sent: Vec<_> = body.as_object().expect("an object").keys().cloned().collect();
        let managed: Vec<_> = post_body(&after).as_object().expect("an object").keys().cloned().collect();
        prop_assert!(sent.iter().all(|property| managed.contains(property)), "{:?}", sent);

        let Json::Object(stored) = post_body(&prior) else { unreachable!("a body is an object") };
        let mut stored = stored;
        stored.insert("id".to_owned(), json!("p1"));
        // The service changes the state of a partner if the configuration leaves it to the service.
        let moved = if after.partner_state.is_null() { Some(state) } else { None };
        let moved = moved.or(prior.partner_state.as_option()).unwrap_or_default();
        let returned = graph(version, stored, &body, &moved).to_attributes(&planned);
        prop_assert_eq!(changed_attributes(&returned, &planned), Vec::<&str>::new());
        prop_assert_eq!(plan::update(&returned, &after, Some(version)), returned);
    }

    #[test]
    fn what_the_service_moves_is_no_change(
        (version, config) in versions(),
        state in text(&PARTNER_STATES),
        heartbeat in date_time(),
    ) {
        let planned = plan::create(&config, Some(version));
        let mut prior = graph(version, new_partner(version), &post_body(&planned), "unknown").to_attributes(&planned);
        if config.partner_state.is_null() {
            prior.partner_state = Value::Value(state);
        }
        if config.last_heartbeat_date_time.is_null() {
            prior.last_heartbeat_date_time = Value::Value(heartbeat);
        }
        prop_assert_eq!(plan::update(&prior, &config, Some(version)), prior);
    }

    #[test]
    fn taking_an_attribute_out_is_no_change((version, config) in versions()) {
        let planned = plan::create(&config, Some(version));
        let prior = graph(version, new_partner(version), &post_body(&planned), "enabled").to_attributes(&planned);
        let mut bare = Attributes::with_id(String::new());
        bare.id = Value::Null;
        bare.display_name = config.display_name.clone();
        prop_assert_eq!(plan::update(&prior, &bare, Some(version)), prior);
    }
}

/// Whether a final plan keeps to an earlier one, as Terraform core checks it.
fn keeps_to<T: PartialEq>(earlier: &Value<T>, last: &Value<T>) -> bool {
    earlier.is_unknown() || earlier == last
}

fn target_keeps_to(earlier: &Value<Target>, last: &Value<Target>) -> bool {
    match (earlier, last) {
        (Value::Value(earlier), Value::Value(last)) => {
            let parts = earlier.parts().into_iter().zip(last.parts());
            parts.into_iter().all(|((_, a), (_, b))| keeps_to(a, b))
        }
        (earlier, last) => keeps_to(earlier, last),
    }
}

/// Elements of a set have no names, so each needs some other that may be the same.
fn assignments_keep_to(earlier: &Assignments, last: &Assignments) -> bool {
    let (Value::Value(a), Value::Value(b)) = (earlier, last) else {
        return keeps_to(earlier, last);
    };
    a.iter().all(|a| b.iter().any(|b| target_keeps_to(a, b)))
        && b.iter().all(|b| a.iter().any(|a| target_keeps_to(a, b)))
}

/// The same configuration in other letters, or as far as it is known.
fn disguised(mut config: Attributes, are_hidden: &[bool], are_shouted: &[bool]) -> Attributes {
    let (mut hidden, mut shouted) = (are_hidden.iter().cycle(), are_shouted.iter().cycle());
    let mut is_hidden = || hidden.next() == Some(&true);
    let mut spell = |id: &mut Text| {
        if let Value::Value(id) = id
            && shouted.next() == Some(&true)
        {
            id.make_ascii_uppercase();
        }
    };
    for platform in Platform::ALL {
        if let Value::Value(targets) = config.assignments_mut(platform) {
            for element in targets {
                let Value::Value(target) = element else {
                    continue;
                };
                for id in [&mut target.group_id, &mut target.filter_id] {
                    spell(id);
                    if is_hidden() {
                        *id = Value::Unknown;
                    }
                }
                if is_hidden() {
                    target.r#type = Value::Unknown;
                }
                if is_hidden() && is_hidden() {
                    *element = Value::Unknown;
                }
            }
        }
        if is_hidden() && is_hidden() {
            *config.assignments_mut(platform) = Value::Unknown;
        }
        if is_hidden() {
            *config.onboarded_mut(platform) = Value::Unknown;
        }
    }
    for text in [
        &mut config.display_name,
        &mut config.partner_state,
        &mut config.last_heartbeat_date_time,
    ] {
        if is_hidden() {
            *text = Value::Unknown;
        }
    }
    config
}

proptest! {
    /// Terraform plans again when everything is known, and holds the provider to its earlier plan.
    #[test]
    fn what_is_planned_of_the_known_part_of_a_configuration_is_kept(
        (version, before, after) in select(&[ApiVersion::V1, ApiVersion::Beta])
            .prop_flat_map(|version| (Just(version), config_of(version), config_of(version))),
        is_before in any::<bool>(),
        hidden in vec(any::<bool>(), 1..60),
        shouted in vec(any::<bool>(), 1..20),
    ) {
        let created = plan::create(&before, Some(version));
        let prior = graph(version, new_partner(version), &post_body(&created), "enabled").to_attributes(&created);
        let after = if is_before { before } else { after };
        let known = disguised(after.clone(), &[false], &shouted);
        let partly = disguised(after, &hidden, &shouted);
        let plans = [&partly, &known].map(|config| {
            [plan::create(config, Some(version)), plan::update(&prior, config, Some(version))]
        });
        for (earlier, last) in plans[0].iter().zip(&plans[1]) {
            let texts = |it: &Attributes| {
                [it.display_name.clone(), it.partner_state.clone(), it.last_heartbeat_date_time.clone()]
            };
            for (a, b) in texts(earlier).iter().zip(&texts(last)) {
                prop_assert!(keeps_to(a, b), "{:?} {:?}", a, b);
            }
            for platform in Platform::ALL {
                prop_assert!(keeps_to(earlier.onboarded(platform), last.onboarded(platform)));
                let (a, b) = (earlier.assignments(platform), last.assignments(platform));
                prop_assert!(assignments_keep_to(a, b), "{:?} {:?}", a, b);
            }
        }
    }
}
