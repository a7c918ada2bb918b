//! Values that are not known while planning, or that must not be shown.

use serde_json::{Value, json};

use crate::fixture::{NO_REQUESTS, PARTNER, Session, created_as_planned, elements, partner, text};

const GROUP: &str = "6f6e1d7c-3b0a-4c1e-9d55-2f8a7c9e0001";

/// A resource whose output is known only after it is created.
fn later(name: &str, value: &str) -> String {
    format!("resource \"terraform_data\" {name:?} {{\n  input = {value}\n}}\n")
}

fn group_in_state() -> Value {
    json!([{"type": "group", "group_id": GROUP, "collection_id": null, "filter_id": null, "filter_type": null}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_yet_to_be_created() {
    let session = Session::start().await;
    let configuration = later("group", &format!("{GROUP:?}"))
        + &partner(
            "display_name = \"Fleet\"
             ios_enrollment_assignments = [
               { type = \"group\", group_id = terraform_data.group.output },
               { type = \"all_devices\" },
             ]",
        );
    session.configure(&configuration);
    session.succeed(&["validate"]).await;
    let plan = session.plan().await;
    let planned = plan.after("ios_enrollment_assignments");
    assert_eq!(planned.as_array().map(Vec::len), Some(2), "{planned}");
    session.apply_saved_plan().await;
    assert_eq!(
        elements(&session.state(PARTNER)["ios_enrollment_assignments"]),
        elements(&json!([
            {"type": "all_devices", "group_id": null, "collection_id": null, "filter_id": null, "filter_type": null},
            {"type": "group", "group_id": GROUP, "collection_id": null, "filter_id": null, "filter_type": null},
        ]))
    );
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_groups_that_are_yet_to_be_created_and_turn_out_to_be_one() {
    let session = Session::start().await;
    let configuration = later("a", &format!("{GROUP:?}"))
        + &later("b", &format!("{GROUP:?}"))
        + &partner(
            "display_name = \"Fleet\"
             ios_enrollment_assignments = [
               { type = \"group\", group_id = terraform_data.a.output },
               { type = \"group\", group_id = terraform_data.b.output },
             ]",
        );
    session.configure(&configuration);
    session.apply().await;
    assert_eq!(
        session.state(PARTNER)["ios_enrollment_assignments"],
        group_in_state()
    );
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_collection_a_type_and_a_name_that_are_yet_to_be_known() {
    let session = Session::start().await;
    let targets = format!("[{{ type = \"group\", group_id = {GROUP:?}, collection_id = null }}]");
    let configuration = later("name", "\"Fleet\"")
        + &later("type", "\"group\"")
        + &later("targets", &targets)
        + &partner(&format!(
            "display_name = terraform_data.name.output
             ios_onboarded = terraform_data.name.output == \"Fleet\"
             ios_enrollment_assignments = terraform_data.targets.output
             android_enrollment_assignments = [{{ type = terraform_data.type.output, group_id = {GROUP:?} }}]
             macos_enrollment_assignments = [for it in terraform_data.targets.output : it]"
        ));
    session.configure(&configuration);
    session.succeed(&["validate"]).await;
    let plan = session.plan().await;
    for unknown in [
        "display_name",
        "ios_onboarded",
        "ios_enrollment_assignments",
        "macos_enrollment_assignments",
    ] {
        assert!(plan.is_unknown(unknown), "{unknown}");
    }
    assert_eq!(session.requests(), NO_REQUESTS);
    session.apply_saved_plan().await;
    assert_eq!(session.requests(), created_as_planned(1));
    let state = session.state(PARTNER);
    assert_eq!(state["display_name"], "Fleet");
    assert_eq!(state["ios_onboarded"], true);
    for platform in ["ios", "android", "macos"] {
        let attribute = format!("{platform}_enrollment_assignments");
        assert_eq!(state[attribute], group_in_state(), "{platform}");
    }
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_an_existing_partner_that_are_yet_to_be_known_may_be_a_change() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let configuration = later("state", "\"enabled\"")
        + &later("at", "\"2026-01-31T08:30:00+01:00\"")
        + &later("name", "\"Fleet\"")
        + &partner(
            "display_name = terraform_data.name.output
             partner_state = terraform_data.state.output
             last_heartbeat_date_time = terraform_data.at.output",
        );
    session.configure(&configuration);
    let plan = session.plan().await;
    assert_eq!(
        plan.changed_attributes(),
        ["display_name", "last_heartbeat_date_time", "partner_state"]
    );
    session.forget_requests();
    session.apply_saved_plan().await;
    assert_eq!(
        session.body_of_the_write(),
        json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "partnerState": "enabled",
            "lastHeartbeatDateTime": "2026-01-31T08:30:00+01:00",
        }),
        "the name turned out to be the same"
    );
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_turns_out_to_be_wrong_is_refused_before_anything_is_sent() {
    let session = Session::start().await;
    let configuration =
        later("name", "\" \"") + &partner("display_name = terraform_data.name.output");
    session.configure(&configuration);
    let run = session.run(&["apply", "-auto-approve"]).await;
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("Invalid display_name"),
        "{}",
        run.stderr
    );
    assert_eq!(session.requests(), NO_REQUESTS);
}

fn provider_that_is_known_later(session: &Session) -> String {
    let endpoint = later("endpoint", &format!("{:?}", session.emulator.url()));
    format!(
        "{endpoint}provider \"intune\" {{\n  graph_endpoint = terraform_data.endpoint.output\n}}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_settings_may_be_unknown_while_a_new_partner_is_planned() {
    let session = Session::start().await;
    let provider = provider_that_is_known_later(&session);
    session.configure_all(&(provider + &partner("display_name = \"Fleet\"")));
    session.succeed(&["validate"]).await;
    session.plan().await;
    assert_eq!(session.requests(), NO_REQUESTS);
    session.apply_saved_plan().await;
    assert_eq!(session.requests(), created_as_planned(1));
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_values_are_sent_and_not_shown() {
    let mut session = Session::start().await;
    // Terraform does not tell a provider what is sensitive, so a finding would name it.
    session.set("INTUNE_RISKY_CHANGES", "allow");
    session.set("TF_VAR_name", "Fleet of the king");
    session.set("TF_VAR_group", GROUP);
    let variables = ["name", "group"]
        .map(|name| format!("variable {name:?} {{\n  type = string\n  sensitive = true\n}}\n"));
    session.configure(
        &(variables.concat()
            + &partner(
                "display_name = var.name
                 ios_enrollment_assignments = [{ type = \"group\", group_id = var.group }]",
            )),
    );
    let shown = session.succeed(&["plan", "-out=saved.tfplan"]).await;
    for hidden in ["Fleet of the king", GROUP] {
        assert!(!shown.stdout.contains(hidden), "{}", shown.stdout);
    }
    session.apply_saved_plan().await;
    let state = session.state(PARTNER);
    assert_eq!(text(&state, "display_name"), "Fleet of the king");
    assert_eq!(state["ios_enrollment_assignments"], group_in_state());
    session.assert_no_changes().await;
}
