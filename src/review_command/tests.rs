//! Tests the command on plans: what people and programs see, what is refused, and what an untrusted plan cannot do.

mod hostile;
mod tenants;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{Answer, FailOn, Format, Source, answer, markdown::MARK};

/// A plan with one of everything.
const PLAN: &str = include_str!("tests/plan.json");

fn review(plan: &str, format: Format) -> Answer {
    answer(
        plan,
        &Source::File("plans/a plan.json".into()),
        format,
        FailOn::High,
    )
}

fn parsed(plan: &str) -> Json {
    let answer = review(plan, Format::Json);
    serde_json::from_str(&answer.output).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// A plan with this change to a partner.
fn plan_of(change: &Json) -> String {
    plan_with(&json!({}), change)
}

/// The same, with these members of the plan as a whole.
fn plan_with(members: &Json, change: &Json) -> String {
    let mut plan = json!({
        "format_version": "1.2",
        "timestamp": "2026-11-21T08:00:00Z",
        "planned_values": {},
        "resource_changes": [{
            "address": "intune_compliance_partner.it",
            "mode": "managed",
            "type": "intune_compliance_partner",
            "provider_name": "registry.terraform.io/intune-partner/intune",
            "change": change,
        }],
    });
    for (name, value) in members.as_object().expect("an object") {
        plan[name] = value.clone();
    }
    plan.to_string()
}

/// An enabled partner with a group on macOS.
fn partner() -> Json {
    json!({
        "id": "the-id",
        "display_name": "Contoso MDM",
        "macos_onboarded": true,
        "macos_enrollment_assignments": [{ "type": "group", "group_id": "the-group", "collection_id": null }],
        "partner_state": "enabled",
        "last_heartbeat_date_time": "2026-11-20T08:00:00Z",
    })
}

#[test]
fn the_comment_of_a_pull_request() {
    insta::assert_snapshot!(review(PLAN, Format::Markdown).output);
}

#[test]
fn the_same_as_json() {
    insta::assert_snapshot!(review(PLAN, Format::Json).output);
}

#[test]
fn the_same_as_sarif() {
    let answer = review(PLAN, Format::Sarif).output;
    let mut sarif: Json = serde_json::from_str(&answer).expect("SARIF is JSON");
    let run = &mut sarif["runs"][0];
    run["tool"]["driver"]["version"] = json!("VERSION");
    let rules = run["tool"]["driver"]["rules"].take();
    let rules = rules.as_array().expect("there are rules");
    for result in run["results"].as_array().expect("there are results") {
        let index = result["ruleIndex"].as_u64().expect("every code is a rule");
        let rule = &rules[usize::try_from(index).expect("an index")];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&sarif).expect("it is JSON"));
}

/// GitHub takes results with the same rule and fingerprint for one alert. Without a fingerprint, it uses the beginning of
/// the line, which is the same for all.
#[test]
fn each_result_is_an_alert_of_its_own() {
    let fingerprints = |plan: &str| {
        let sarif: Json =
            serde_json::from_str(&review(plan, Format::Sarif).output).expect("SARIF is JSON");
        let results = sarif["runs"][0]["results"].as_array().cloned();
        let ids = results.expect("results").into_iter().map(|it| {
            let print = it["partialFingerprints"]["primaryLocationLineHash"].as_str();
            let print = print.expect("a fingerprint").to_owned();
            (it["ruleId"].to_string(), print)
        });
        ids.collect::<Vec<_>>()
    };
    let first = fingerprints(PLAN);
    let different: BTreeSet<_> = first.iter().collect();
    assert_eq!(different.len(), first.len());
    // The next review recognizes what stayed the same, and nothing else.
    let renamed = PLAN.replace(
        "intune_compliance_partner.uem",
        "intune_compliance_partner.renamed",
    );
    let second = fingerprints(&renamed);
    let same = first.iter().filter(|it| second.contains(it)).count();
    assert!((1..first.len()).contains(&same), "{same}");
}

/// GitHub accepts no result without a file.
#[test]
fn a_result_has_a_file_where_the_plan_has_none() {
    let sarif = answer(PLAN, &Source::Stdin, Format::Sarif, FailOn::Never).output;
    let sarif: Json = serde_json::from_str(&sarif).expect("SARIF is JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert!(!results.is_empty());
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "plan.json");
    }
}

#[test]
fn the_exit_code_follows_the_severity_asked_for() {
    let destroy = plan_of(&json!({ "actions": ["delete"], "before": partner(), "after": null }));
    let renamed = |name: &str| {
        let mut after = partner();
        after["display_name"] = json!(name);
        json!({ "actions": ["update"], "before": partner(), "after": after })
    };
    let renamed = plan_of(&renamed("Contoso Devices"));
    let code = |plan: &str, fail_on| answer(plan, &Source::Stdin, Format::Markdown, fail_on).code;
    assert_eq!(
        [FailOn::High, FailOn::Low, FailOn::Never].map(|it| code(&destroy, it)),
        [1, 1, 0]
    );
    assert_eq!(
        [FailOn::High, FailOn::Low, FailOn::Never].map(|it| code(&renamed, it)),
        [0, 0, 0]
    );
    assert_eq!(code("{", FailOn::Never), 2);
}

#[test]
fn a_plan_without_our_partners_is_fine() {
    let plan = r#"{"format_version":"1.2","planned_values":{}}"#;
    let answer = review(plan, Format::Markdown);
    assert_eq!(answer.code, 0);
    assert!(
        answer.output.starts_with(&format!(
            "{MARK}\n## Intune compliance partners: no changes\n"
        )),
        "{answer:?}"
    );
    assert_eq!(parsed(plan)["partners"], json!([]));
}

#[test]
fn what_is_not_a_plan_is_refused_with_what_to_do() {
    let state = r#"{"format_version":"1.0","values":{}}"#;
    let log = "{\"@level\":\"info\"}\n{\"@level\":\"info\"}";
    let old = r#"{"format_version":"0.2","planned_values":{}}"#;
    let new = r#"{"format_version":"2.0","planned_values":{}}"#;
    let odd = r#"{"format_version":"new","planned_values":{}}"#;
    let wrong = plan_of(
        &json!({ "actions": ["create"], "before": null, "after": { "ios_onboarded": "secret" } }),
    );
    let list = plan_of(
        &json!({ "actions": ["create"], "before": null, "after": { "ios_enrollment_assignments": "secret" } }),
    );
    let none = plan_of(&json!({ "actions": "secret" }));
    let complaints = [
        state, log, old, new, odd, "", "[]", "{", &wrong, &list, &none,
    ]
    .map(|plan| {
        let answer = review(plan, Format::Markdown);
        assert_eq!((answer.code, answer.output.as_str()), (2, ""), "{plan}");
        assert!(!answer.complaint.contains("secret"), "{answer:?}");
        answer.complaint
    });
    insta::assert_snapshot!(complaints.concat());
}

#[test]
fn what_the_plan_or_we_do_not_know_is_said() {
    let change = json!({ "actions": ["renovate"], "before": partner(), "after": partner() });
    let deferred = json!([{ "resource_change": {
        "address": "x", "mode": "managed", "type": "intune_compliance_partner", "change": {}
    } }]);
    let plan = plan_with(
        &json!({
            "format_version": "1.9",
            "timestamp": null,
            "errored": true,
            "complete": false,
            "deferred_changes": deferred,
        }),
        &change,
    );
    insta::assert_json_snapshot!(parsed(&plan)["notes"]);
}

#[test]
fn the_registry_and_the_module_do_not_matter() {
    let plan = plan_of(&json!({ "actions": ["delete"], "before": partner(), "after": null }));
    for provider in [
        "registry.opentofu.org/intune-partner/intune",
        "example.com:8443/intune-partner/intune",
        "app.terraform.io/contoso/intune",
    ] {
        let plan = plan.replace("registry.terraform.io/intune-partner/intune", provider);
        let plan = plan.replace(
            "intune_compliance_partner.it",
            "module.a.intune_compliance_partner.it",
        );
        assert_eq!(review(&plan, Format::Markdown).code, 1, "{provider}");
    }
}

#[test]
fn a_partner_that_is_destroyed_is_judged_as_the_refresh_found_it() {
    let mut stale = partner();
    stale["partner_state"] = json!("unknown");
    stale["macos_onboarded"] = json!(false);
    stale["last_heartbeat_date_time"] = json!("0001-01-01T00:00:00Z");
    let destroy = json!({ "actions": ["delete"], "before": stale, "after": null });
    let plan: Json = serde_json::from_str(&plan_of(&destroy)).expect("a plan");
    let mut drift = plan["resource_changes"].clone();
    drift[0]["change"] = json!({ "actions": ["update"], "before": stale, "after": partner() });
    let drifted = plan_with(&json!({ "resource_drift": drift }), &destroy);
    let codes = [plan.to_string(), drifted].map(|plan| review(&plan, Format::Markdown).code);
    assert_eq!(codes, [0, 1]);
}

/// A `moved` block and `-refresh=false` leave only the id in a plan.
#[test]
fn a_partner_that_nobody_has_read_may_be_active() {
    let mut before = partner();
    for value in before.as_object_mut().expect("attributes").values_mut() {
        *value = Json::Null;
    }
    before["id"] = json!("p1");
    let codes = |before: &Json| {
        let change = json!({ "actions": ["delete"], "before": before, "after": null });
        let findings = parsed(&plan_of(&change))["partners"][0]["findings"].clone();
        let codes = findings.as_array().expect("findings").iter();
        codes.map(|it| it["code"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&before), ["active-partner-destroyed"]);
    before["partner_state"] = json!("unknown");
    assert!(codes(&before).is_empty());
}

/// OpenTofu 1.12 with `lifecycle.destroy = false`, Terraform with `create_before_destroy`.
#[test]
fn what_is_forgotten_stays_beside_the_one_that_takes_its_place() {
    let mut after = partner();
    after["id"] = Json::Null;
    for actions in [["forget", "create"], ["create", "forget"]] {
        let change = json!({
            "actions": actions,
            "before": partner(),
            "after": after,
            "after_unknown": { "id": true },
        });
        let partners = &parsed(&plan_of(&change))["partners"];
        assert_eq!(partners[0]["action"], json!("forget and create"));
        let codes = partners[0]["findings"].as_array().expect("findings");
        let codes: Vec<_> = codes.iter().map(|it| it["code"].clone()).collect();
        assert_eq!(codes, ["platform-shared", "group-shared", "duplicate-name"]);
    }
}

/// The change that creates a partner with these attributes.
fn creation(after: &Json) -> Json {
    json!({
        "actions": ["create"],
        "before": null,
        "after": after,
        "after_unknown": { "id": true },
    })
}

#[test]
fn one_name_for_two_new_partners_is_told_of_both() {
    let mut after = partner();
    after["id"] = Json::Null;
    after["macos_onboarded"] = json!(false);
    after["macos_enrollment_assignments"] = json!([]);
    let change = creation(&after);
    let mut plan: Json = serde_json::from_str(&plan_of(&change)).expect("a plan");
    let mut second = plan["resource_changes"][0].clone();
    second["address"] = json!("intune_compliance_partner.second");
    plan["resource_changes"]
        .as_array_mut()
        .expect("changes")
        .push(second);
    let partners = &parsed(&plan.to_string())["partners"];
    for place in [0, 1] {
        let finding = &partners[place]["findings"][0];
        assert_eq!(finding["code"], json!("duplicate-name"));
        let consequence = finding["consequence"].as_str().expect("a sentence");
        assert!(consequence.starts_with("Another partner"), "{consequence}");
    }
}

#[test]
fn a_replacement_that_makes_the_new_one_first_is_told() {
    let mut before = partner();
    before["partner_state"] = json!("notSetUp");
    before["macos_onboarded"] = json!(false);
    before["last_heartbeat_date_time"] = Json::Null;
    let mut after = before.clone();
    after["id"] = Json::Null;
    for (actions, code) in [(["create", "delete"], 1), (["delete", "create"], 0)] {
        let change = json!({
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": { "id": true },
        });
        let answer = review(&plan_of(&change), Format::Markdown);
        assert_eq!(answer.code, code, "{answer:?}");
        assert_eq!(answer.output.contains("duplicate-name"), code == 1);
    }
}

#[test]
fn what_a_newer_provider_added_does_not_hinder() {
    let mut before = partner();
    before["newer"] = json!(1);
    before["macos_enrollment_assignments"][0]["newer"] = json!({});
    let plan = plan_of(&json!({ "actions": ["delete"], "before": before, "after": null }));
    assert_eq!(review(&plan, Format::Markdown).code, 1);
}

#[test]
fn secrets_are_not_printed_and_yet_judged() {
    let mut before = partner();
    before["partner_state"] = json!("notSetUp");
    let mut after = before.clone();
    after["macos_onboarded"] = json!(false);
    after["display_name"] = json!("Contoso secret");
    after["macos_enrollment_assignments"] = json!([]);
    let marks = json!({
        "display_name": true,
        "macos_enrollment_assignments": true,
        "partner_state": true,
    });
    let mut plan: Json = serde_json::from_str(&plan_of(&json!({
        "actions": ["update"],
        "before": before,
        "after": after,
        "before_sensitive": {},
        "after_sensitive": marks,
    })))
    .expect("a plan");
    plan["variables"] = json!({ "password": { "value": "secret" } });
    for format in [Format::Markdown, Format::Json, Format::Sarif] {
        let answer = review(&plan.to_string(), format);
        assert_eq!(answer.code, 1, "{answer:?}");
        for secret in ["Contoso", "secret", "the-group", "notSetUp"] {
            let shown = answer.output.replace("sensitive", "");
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
    }
    insta::assert_snapshot!(review(&plan.to_string(), Format::Markdown).output);
}
