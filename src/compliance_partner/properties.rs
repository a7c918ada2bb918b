//! Properties of the whole pure core: any configuration over any partner, planned, applied to
//! a model of Graph, read back, and planned again.

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value as Json, json};
use tf_provider::value::Value;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    compare::changed_attributes,
    model::{Partner, patch_body, post_body},
    plan,
    state::{Assignments, Attributes, Platform, Target, TargetType},
    validate::PARTNER_STATES,
};

fn text(choices: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(choices).prop_map(str::to_owned)
}

fn target() -> impl Strategy<Value = Value<Target>> {
    (select(&TargetType::ALL), text(&["a1", "B2", "c3"])).prop_map(|(kind, id)| {
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
        })
    })
}

fn assignments() -> impl Strategy<Value = Assignments> {
    option::of(vec(target(), 0..4)).prop_map(|targets| {
        targets.map_or(Value::Null, |mut targets| {
            // Terraform's sets hold an element once.
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
    let onboarded = || {
        (
            any::<Option<bool>>(),
            any::<Option<bool>>(),
            any::<Option<bool>>(),
        )
    };
    (
        text(&["Jamf", "Kandji"]),
        onboarded(),
        (assignments(), assignments(), assignments()),
        option::of(text(&PARTNER_STATES)),
        option::of(date_time()),
    )
        .prop_map(
            |(name, onboarded, assignments, state, heartbeat)| Attributes {
                id: Value::Null,
                display_name: Value::Value(name),
                android_onboarded: onboarded.0.into(),
                ios_onboarded: onboarded.1.into(),
                macos_onboarded: onboarded.2.into(),
                android_enrollment_assignments: assignments.0,
                ios_enrollment_assignments: assignments.1,
                macos_enrollment_assignments: assignments.2,
                partner_state: state.into(),
                last_heartbeat_date_time: heartbeat.into(),
            },
        )
}

/// What Graph does with a body: it keeps what is not in it, and answers in its own spelling
/// and order.
fn graph(mut stored: Map<String, Json>, body: &Json, state: &str) -> Partner {
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
    serde_json::from_value(Json::Object(stored)).expect("a partner")
}

fn new_partner() -> Map<String, Json> {
    let Json::Object(partner) = json!({
        "id": "p1", "displayName": "Jamf", "androidOnboarded": true, "iosOnboarded": false,
        "macOsOnboarded": false, "androidEnrollmentAssignments": null,
        "iosEnrollmentAssignments": [], "partnerState": "unknown",
        "lastHeartbeatDateTime": "0001-01-01T00:00:00Z",
    }) else {
        unreachable!("an object literal")
    };
    partner
}

/// What core checks of a plan: a configured value is echoed or is exactly the prior one, and
/// only what is not configured may be unknown.
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
    fn create_then_plan_is_empty(config in config(), state in text(&PARTNER_STATES)) {
        let planned = plan::create(&config);
        assert_valid_plan(&config, None, &planned);
        let returned = graph(new_partner(), &post_body(&planned), &state).to_attributes(&planned);
        prop_assert_eq!(changed_attributes(&returned, &planned), Vec::<&str>::new());
        prop_assert_eq!(plan::update(&returned, &config), returned);
    }

    #[test]
    fn update_then_plan_is_empty(
        before in config(),
        after in config(),
        state in text(&PARTNER_STATES),
    ) {
        let created = plan::create(&before);
        let stored = graph(new_partner(), &post_body(&created), "unknown");
        let prior = stored.to_attributes(&created);
        let planned = plan::update(&prior, &after);
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
        // The service moves the state of a partner whose configuration leaves it to the service.
        let moved = if after.partner_state.is_null() { Some(state) } else { None };
        let moved = moved.or(prior.partner_state.as_option()).unwrap_or_default();
        let returned = graph(stored, &body, &moved).to_attributes(&planned);
        prop_assert_eq!(changed_attributes(&returned, &planned), Vec::<&str>::new());
        prop_assert_eq!(plan::update(&returned, &after), returned);
    }

    #[test]
    fn what_the_service_moves_is_no_change(
        config in config(),
        state in text(&PARTNER_STATES),
        heartbeat in date_time(),
    ) {
        let planned = plan::create(&config);
        let mut prior = graph(new_partner(), &post_body(&planned), "unknown").to_attributes(&planned);
        if config.partner_state.is_null() {
            prior.partner_state = Value::Value(state);
        }
        if config.last_heartbeat_date_time.is_null() {
            prior.last_heartbeat_date_time = Value::Value(heartbeat);
        }
        prop_assert_eq!(plan::update(&prior, &config), prior);
    }

    #[test]
    fn taking_an_attribute_out_is_no_change(config in config()) {
        let planned = plan::create(&config);
        let prior = graph(new_partner(), &post_body(&planned), "enabled").to_attributes(&planned);
        let mut bare = Attributes::with_id(String::new());
        bare.id = Value::Null;
        bare.display_name = config.display_name.clone();
        prop_assert_eq!(plan::update(&prior, &bare), prior);
    }
}
