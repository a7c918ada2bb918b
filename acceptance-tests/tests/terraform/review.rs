//! What a reviewer reads in a plan: each finding, and that there is none where nothing is risky.

mod destroys;
mod names;

use acceptance_tests::cli::Run;
use acceptance_tests::emulator::{Effect, samples};
use serde_json::{Value, json};

use crate::fixture::{NO_REQUESTS, Session, one_page, partner, planned};
use crate::messages::{errors, told};

const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";
const C: &str = "cccccccc-0000-4000-8000-000000000003";
const D: &str = "dddddddd-0000-4000-8000-000000000004";

/// Heartbeats, which the emulator moves by seconds.
const ALIVE: &str = "2999-01-01T00:00:00Z";
const SILENT: &str = "2025-01-02T03:04:05Z";

/// Partners of the tenant as they are, by the name of their resource, and what the configuration makes of them.
const RISKY: [(&str, &str, &str); 11] = [
    (
        "offboarded",
        "",
        "macos_onboarded = false\nmacos_enrollment_assignments = []",
    ),
    ("nobody_left", "", "macos_enrollment_assignments = []"),
    (
        "one_group_less",
        "",
        "macos_enrollment_assignments = [local.a]",
    ),
    (
        "one_exclusion_more",
        "",
        "macos_enrollment_assignments = [local.a, local.b, local.not_c]",
    ),
    (
        "only_exclusions",
        "",
        "ios_enrollment_assignments = [local.not_c]",
    ),
    (
        "everyone",
        "",
        "macos_enrollment_assignments = [local.a, local.b, { type = \"all_licensed_users\" }]",
    ),
    (
        "both_sides",
        "excludes c",
        "macos_enrollment_assignments = [local.a, local.b, local.c, local.not_c]",
    ),
    (
        "not_onboarded",
        "",
        "android_enrollment_assignments = [local.a]",
    ),
    (
        "shared",
        "",
        "android_onboarded = true\nandroid_enrollment_assignments = [local.d]",
    ),
    ("terminated", "terminated", "ios_onboarded = true"),
    ("silent", "silent", "ios_onboarded = true"),
];

/// A tenant with a partner for each case, and one that nobody here manages.
async fn tenant() -> Session {
    let mut options = one_page();
    let cases = RISKY.iter().map(|(name, how, _)| existing(name, how));
    let rival = json!({
        "androidOnboarded": true,
        "androidEnrollmentAssignments": [assignment("groupAssignmentTarget", D)],
    });
    let rival = with(samples::never_set_up("rival", "Rival"), &rival);
    options.tenants[0].partners = cases.chain([rival, existing("healthy", "")]).collect();
    Session::with(options).await
}

fn existing(name: &str, how: &str) -> Value {
    let mut assignments = vec![
        assignment("groupAssignmentTarget", A),
        assignment("groupAssignmentTarget", B),
    ];
    if how == "excludes c" {
        assignments.push(assignment("exclusionGroupAssignmentTarget", C));
    }
    let properties = json!({
        "partnerState": if how == "terminated" { how } else { "enabled" },
        "lastHeartbeatDateTime": if how == "silent" { SILENT } else { ALIVE },
        "macOsOnboarded": true,
        "macOsEnrollmentAssignments": assignments,
    });
    with(samples::never_set_up(name, name), &properties)
}

fn with(mut partner: Value, properties: &Value) -> Value {
    for (name, value) in properties.as_object().into_iter().flatten() {
        partner[name] = value.clone();
    }
    partner
}

fn assignment(kind: &str, group: &str) -> Value {
    json!({"target": {"@odata.type": format!("#microsoft.graph.{kind}"), "groupId": group}})
}

/// The targets of the cases, and these resources.
fn configuration(resources: &str) -> String {
    let group = |kind: &str, id: &str| format!("{{ type = {kind:?}, group_id = {id:?} }}");
    format!(
        "locals {{\n  a = {}\n  b = {}\n  c = {}\n  d = {}\n  not_c = {}\n}}\n{resources}",
        group("group", A),
        group("group", B),
        group("group", C),
        group("group", D),
        group("exclusion_group", C)
    )
}

fn adopted(name: &str, attributes: &str) -> String {
    format!(
        "import {{\n  to = intune_compliance_partner.{name}\n  id = {name:?}\n}}\n\
         resource \"intune_compliance_partner\" {name:?} {{\n  display_name = {name:?}\n{attributes}\n}}\n"
    )
}

fn all_risky() -> String {
    let risky = RISKY
        .iter()
        .map(|(name, _, attributes)| adopted(name, attributes));
    configuration(&risky.collect::<String>())
}

/// The warnings of a command that succeeded, as people see them.
fn warnings(run: &Run) -> String {
    const WARNING: &str = "\nWarning: ";
    let (text, _) = run
        .stdout
        .split_once("\nApply complete!")
        .unwrap_or((&run.stdout, ""));
    let warnings = text.split(WARNING).skip(1);
    let ours = warnings.filter(|it| !it.to_lowercase().contains("development overrides"));
    let whole = ours.map(|it| format!("{}{}", WARNING.trim_start(), still(it.trim_end())));
    whole.collect::<Vec<_>>().join("\n\n")
}

/// A text in which the heartbeats do not move.
fn still(text: &str) -> String {
    let mut text = text.to_owned();
    for day in [ALIVE, SILENT] {
        let (hour, rest) = day.split_at("2025-01-02T03:".len());
        let moments: Vec<_> = text.match_indices(hour).map(|(at, _)| at).collect();
        for at in moments.into_iter().rev() {
            let from = at + hour.len();
            text.replace_range(from..from + rest.len(), "…");
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn each_finding_is_in_the_plan_and_many_stay_readable() {
    let session = tenant().await;
    session.configure(&all_risky());
    let plan = session.succeed(&["plan", "-input=false"]).await;
    insta::assert_snapshot!("each_finding_for_people", warnings(&plan));
    let requests = session.requests();
    let lists = requests.iter().filter(|it| it.ends_with("Partners"));
    assert_eq!(lists.count(), 1, "{requests:?}");

    let plan = session.succeed(&["plan", "-input=false", "-json"]).await;
    insta::assert_snapshot!("each_finding_for_programs", still(&told(&plan, &session)));
}

#[tokio::test(flavor = "multi_thread")]
async fn deny_is_a_gate_and_allow_is_silent() {
    let mut session = tenant().await;
    session.configure(&all_risky());
    session.set("INTUNE_RISKY_CHANGES", "deny");
    let plan = session.run(&["plan", "-input=false", "-json"]).await;
    assert_eq!(plan.code, 1);
    insta::assert_snapshot!("what_is_denied", still(&told(&plan, &session)));

    session.set("INTUNE_RISKY_CHANGES", "allow");
    session.forget_requests();
    let plan = session.succeed(&["plan", "-input=false"]).await;
    assert_eq!(warnings(&plan), "");
    let requests = session.requests();
    assert!(
        !requests.iter().any(|it| it.ends_with("Partners")),
        "{requests:?}"
    );
    session.configure(&partner("display_name = \"Fleet\""));
    session.plan().await;
    assert_eq!(session.requests(), NO_REQUESTS);

    session.configure_all(&format!(
        "provider \"intune\" {{\n  risky_changes = \"never\"\n}}\n{}",
        partner("display_name = \"Fleet\"")
    ));
    let run = session.run(&["validate", "-json"]).await;
    insta::assert_snapshot!("no_such_policy", errors(&run, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_risky_has_no_findings() {
    let session = tenant().await;
    for attributes in [
        "",
        "ios_onboarded = true",
        "macos_enrollment_assignments = [local.b, local.a]",
        "macos_enrollment_assignments = [local.a, local.b, local.c]",
        "timeouts = { read = \"1m\" }",
        "macos_enrollment_assignments = [local.a, { type = \"group\", group_id = terraform_data.group.id }]",
    ] {
        let group = "resource \"terraform_data\" \"group\" {}\n";
        session.configure(&configuration(&format!(
            "{group}{}",
            adopted("healthy", attributes)
        )));
        let plan = session.succeed(&["plan", "-input=false"]).await;
        assert_eq!(warnings(&plan), "", "{attributes}");
    }
    session.forget_requests();
    session.configure(&configuration(&adopted(
        "healthy",
        "timeouts = { read = \"1m\" }",
    )));
    session.succeed(&["plan", "-input=false"]).await;
    let requests = session.requests();
    assert!(
        !requests.iter().any(|it| it.ends_with("Partners")),
        "{requests:?}"
    );

    session.configure(&configuration(&partner(
        "display_name = \"Fleet\"\nios_onboarded = true\nios_enrollment_assignments = [local.d]",
    )));
    let plan = session.succeed(&["plan", "-input=false"]).await;
    assert_eq!(warnings(&plan), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroy_of_an_active_partner_and_a_change_are_told_in_plan_and_apply() {
    let session = tenant().await;
    session.configure(&adopted("healthy", ""));
    session.apply().await;
    let plan = session.succeed(&["plan", "-destroy", "-input=false"]).await;
    insta::assert_snapshot!("a_destroy", warnings(&plan));

    session.configure(&configuration(&adopted(
        "healthy",
        "macos_enrollment_assignments = [local.a]",
    )));
    let plan = session
        .succeed(&["plan", "-input=false", "-out=saved.tfplan"])
        .await;
    let (_, diff) = plan
        .stdout
        .split_once("will perform the following actions:")
        .expect("a diff");
    let (diff, _) = diff.split_once("Plan:").expect("a sum");
    insta::assert_snapshot!("the_diff_of_an_assignment", still(diff));
    let apply = session
        .succeed(&["apply", "-input=false", "saved.tfplan"])
        .await;
    assert_eq!(warnings(&apply), warnings(&plan));
    assert!(warnings(&apply).contains("include-removed"));
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_list_the_plan_goes_on_and_says_so() {
    let mut session = tenant().await;
    session.configure(&configuration(&partner(
        "display_name = \"Rival\"\nandroid_onboarded = true\nandroid_enrollment_assignments = [{ type = \"all_devices\" }]",
    )));
    for policy in ["warn", "deny"] {
        session.set("INTUNE_RISKY_CHANGES", policy);
        session.fail("GET", Effect::graph_error(403, "Forbidden", "Not for you."));
        let plan = session.succeed(&["plan", "-input=false", "-json"]).await;
        insta::assert_snapshot!("without_the_list", told(&plan, &session));
        assert_eq!(session.requests(), planned());
    }
}
