//! Tests the rules on plans that were labeled before there were rules.

use serde::Deserialize;
use serde_json::Value as Json;
use tf_provider::value::{Value, ValueBool};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Change, Severity, asks_for_others, review, rule};
use crate::compliance_partner::state::{Assignments, Attributes, Platform, Target, Text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    name: String,
    label: Label,
    codes: Vec<String>,
    now: String,
    prior: Option<Json>,
    planned: Option<Json>,
    others: Option<Vec<Json>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Label {
    Dangerous,
    Harmless,
}

fn value<T: serde::de::DeserializeOwned>(json: &Json) -> Value<T> {
    match json {
        Json::Null => Value::Null,
        Json::String(marker) if marker == "<unknown>" => Value::Unknown,
        known => Value::Value(serde_json::from_value(known.clone()).expect("a value")),
    }
}

fn assignments(json: &Json) -> Assignments {
    let target = |json: &Json| Target {
        r#type: value(&json["type"]),
        group_id: value(&json["group_id"]),
        collection_id: value(&json["collection_id"]),
        filter_id: value(&json["filter_id"]),
        filter_type: value(&json["filter_type"]),
    };
    value::<Vec<Json>>(json).map(|elements| {
        let elements = elements.iter();
        elements
            .map(|it| value::<Json>(it).map(|it| target(&it)))
            .collect()
    })
}

fn attributes(json: &Json) -> Attributes {
    let text = |name: &str| -> Text { value(&json[name]) };
    let mut attributes = Attributes::with_id(String::new());
    attributes.id = text("id");
    attributes.display_name = text("display_name");
    attributes.partner_state = text("partner_state");
    attributes.last_heartbeat_date_time = text("last_heartbeat_date_time");
    for platform in Platform::ALL {
        let onboarded: ValueBool = value(&json[platform.onboarded_attribute()]);
        *attributes.onboarded_mut(platform) = onboarded;
        *attributes.assignments_mut(platform) =
            assignments(&json[platform.assignments_attribute()]);
    }
    attributes
}

fn labelled() -> Vec<Labelled> {
    serde_json::from_str(include_str!("plans.json")).expect("the labelled plans")
}

#[test]
fn what_is_found_is_what_a_reviewer_said() {
    let plans = labelled();
    assert!(plans.len() >= 60, "{}", plans.len());
    let mut said = String::new();
    for plan in &plans {
        let others: Option<Vec<_>> = plan
            .others
            .as_ref()
            .map(|others| others.iter().map(attributes).collect());
        let (prior, planned) = (
            plan.prior.as_ref().map(attributes),
            plan.planned.as_ref().map(attributes),
        );
        let change = Change {
            prior: prior.as_ref(),
            planned: planned.as_ref(),
            others: others.as_deref(),
            now: OffsetDateTime::parse(&plan.now, &Rfc3339).expect("a date-time"),
        };
        let findings = review(&change);
        let codes: Vec<_> = findings.iter().map(|it| it.code).collect();
        assert_eq!(codes, plan.codes, "{}", plan.name);
        let is_high = findings.iter().any(|it| it.severity == Severity::High);
        match plan.label {
            Label::Dangerous => assert!(!findings.is_empty(), "{} is missed", plan.name),
            Label::Harmless => assert!(!is_high, "{} is a false alarm", plan.name),
        }
        let of_others = ["platform-shared", "group-shared", "duplicate-name"];
        if codes.iter().any(|code| of_others.contains(code)) {
            assert!(asks_for_others(&change), "{}", plan.name);
        }
        if !findings.is_empty() {
            said.extend(["# ", &plan.name, "\n"]);
        }
        for it in findings {
            let line = format!(
                "{} {} at {}: {} {}\n",
                it.severity, it.code, it.attribute, it.consequence, it.advice
            );
            said.push_str(&line);
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn every_rule_is_among_the_labelled_plans() {
    let plans = labelled();
    let of_plans = rule::ALL.iter().filter(|it| **it != rule::NAME_IN_STATE);
    for rule in of_plans {
        let found = plans
            .iter()
            .any(|it| it.codes.iter().any(|code| code == rule.code));
        assert!(found, "{}", rule.code);
    }
}

/// Listing the tenant's partners is a request that everyone in the tenant pays for.
#[test]
fn a_name_is_a_reason_to_ask_for_others_only_where_it_is_new_and_known() {
    let named = |name: Value<&str>| Attributes {
        display_name: name.map(str::to_owned),
        ..Attributes::with_id("p".to_owned())
    };
    let asks = |prior: Option<&Attributes>, planned: &Attributes| {
        asks_for_others(&Change {
            prior,
            planned: Some(planned),
            others: None,
            now: OffsetDateTime::UNIX_EPOCH,
        })
    };
    let jamf = named(Value::Value("Jamf"));
    assert!(asks(None, &jamf));
    assert!(!asks(None, &named(Value::Unknown)));
    assert!(!asks(Some(&jamf), &named(Value::Value("Jamf Pro"))));
}
