//! Partners that were in the tenant before Terraform was.

use std::fs;

use acceptance_tests::emulator::samples::{JAMF, KANDJI, TENANT_ID, WORKSPACE_ONE};
use serde_json::json;

use crate::fixture::{NO_CHANGES, PARTNER, Session, TOKEN, get, imported, list, partner, text};
use crate::messages::errors;
use crate::query::is_terraform;

#[tokio::test(flavor = "multi_thread")]
async fn by_id() {
    let session = Session::start().await;
    session.configure(&partner("display_name = \"Kandji\""));
    session.succeed(&["import", PARTNER, KANDJI]).await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(KANDJI)]);
    assert_eq!(session.id(), KANDJI);
    assert_eq!(
        session.state(PARTNER)["ios_enrollment_assignments"],
        json!([])
    );
    assert_eq!(session.plan().await.changes(), NO_CHANGES);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_name_with_space_around_it() {
    for name in ["Kandji", " Kandji "] {
        let session = Session::start().await;
        session.edit(KANDJI, "displayName", json!(name));
        let attributes = format!("display_name = {name:?}");
        session.configure(&imported("display_name: Kandji ", &attributes));
        assert_eq!(session.plan().await.changes(), NO_CHANGES);
    }
}

/// Graph finds a GUID in any letters, and answers with its own.
#[tokio::test(flavor = "multi_thread")]
async fn by_an_id_in_other_letters() {
    let session = Session::start().await;
    let shouted = KANDJI.to_uppercase();
    session.configure(&imported(&shouted, "display_name = \"Kandji for Macs\""));
    session.apply().await;
    assert_eq!(session.id(), shouted);
    session.assert_no_changes().await;
    session
        .succeed(&["apply", "-refresh-only", "-auto-approve"])
        .await;
    assert_eq!(session.id(), shouted);
    session.configure(&partner("display_name = \"Kandji\""));
    session.apply().await;
    session.assert_no_changes().await;
    session.succeed(&["destroy", "-auto-approve"]).await;
    assert!(
        session
            .emulator
            .partners(TENANT_ID)
            .iter()
            .all(|it| it["id"] != KANDJI)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_name_that_the_admin_center_shows() {
    let session = Session::start().await;
    session.configure(&partner("display_name = \"VMware Workspace ONE\""));
    let id = "display_name:VMware Workspace ONE";
    session.succeed(&["import", PARTNER, id]).await;
    let requests = session.requests();
    assert_eq!(requests[..2], [TOKEN.to_owned(), list()]);
    assert_eq!(requests.last(), Some(&get(WORKSPACE_ONE)));
    assert_eq!(session.id(), WORKSPACE_ONE);
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_block_that_also_says_what_else_to_change() {
    let session = Session::start().await;
    session.configure(&imported(
        JAMF,
        "display_name = \"Jamf\"\nmacos_onboarded = true",
    ));
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("update {PARTNER}")]);
    session.forget_requests();
    session.apply_saved_plan().await;
    assert_eq!(
        session.body_of_the_write(),
        json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "macOsOnboarded": true,
        })
    );
    session.assert_no_changes().await;
}

async fn refusal_of_import(id: &str) -> String {
    let session = Session::start().await;
    let twin = json!({"id": "a-second-kandji", "displayName": "Kandji"});
    session.emulator.put_partner(TENANT_ID, twin);
    session.configure(&imported(id, "display_name = \"Kandji\""));
    let run = session.run(&["plan", "-json"]).await;
    errors(&run, &session)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_refused_with_the_names_there_are() {
    insta::assert_snapshot!(refusal_of_import("display_name:Kanji").await, @r#"
    error: Cannot import the compliance partner "Kanji"
    No partner has this display_name. The tenant has "Jamf", "Kandji", "Kandji", "Mosyle Fuse", and "VMware Workspace ONE".
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_name_is_refused_with_the_ids_to_choose_from() {
    insta::assert_snapshot!(refusal_of_import("display_name:Kandji").await, @r#"
    error: Cannot import the compliance partner "Kandji"
    2 partners have this display_name. Use the id of the one you mean: "5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003" and "a-second-kandji".
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_says_nothing_is_refused() {
    insta::assert_snapshot!(refusal_of_import(" ").await, @r#"
    error: Cannot import a compliance partner
    " " is not an import id. Use the id of the partner, or display_name:NAME with the name that the admin center shows.
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_name_is_refused() {
    insta::assert_snapshot!(refusal_of_import("display_name:").await, @r#"
    error: Cannot import a compliance partner
    "display_name:" is not an import id. Use the id of the partner, or display_name:NAME with the name that the admin center shows.
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_id_and_an_unknown_id_are_refused_on_the_command_line() {
    let session = Session::start().await;
    session.configure(&partner("display_name = \"Kandji\""));
    for (id, says) in [
        ("", "import id"),
        ("no-such-partner", "The tenant has no partner with this id"),
    ] {
        let run = session.run(&["import", PARTNER, id]).await;
        assert_eq!(run.code, 1, "{}", run.stdout);
        assert!(run.stderr.contains(says), "{}", run.stderr);
        assert_eq!(session.find_in_state(PARTNER), None);
    }
}

/// A block that imports what has no configuration yet: Terraform 1.17 asks which provider is meant.
fn without_resource(id: &str) -> String {
    format!("import {{\n  provider = intune\n  to = {PARTNER}\n  id = {id:?}\n}}\n")
}

/// Whether the CLI asks the provider for the configuration that it generates, and otherwise writes all that is in state.
async fn asks_the_provider(session: &Session) -> bool {
    is_terraform(session, 14, "A configuration that the provider generates").await
}

/// A session in which Terraform writes the configuration of an existing partner, and what it wrote.
pub(crate) async fn with_generated_configuration(session: &Session, id: &str) -> String {
    session.configure(&without_resource(id));
    session
        .succeed(&["plan", "-generate-config-out=generated.tf"])
        .await;
    // Where there is a resource, it says so alone.
    session.configure(&format!("import {{\n  to = {PARTNER}\n  id = {id:?}\n}}\n"));
    fs::read_to_string(session.workspace.path().join("generated.tf"))
        .expect("the generated configuration")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_that_terraform_generates_is_valid_and_changes_nothing() {
    let session = Session::start().await;
    let generated = with_generated_configuration(&session, KANDJI).await;
    let writes_all = !asks_the_provider(&session).await;
    assert_eq!(
        generated.contains("ios_enrollment_assignments"),
        writes_all,
        "{generated}"
    );
    session.succeed(&["validate"]).await;
    assert_eq!(session.plan().await.changes(), NO_CHANGES);
    session.apply_saved_plan().await;
    assert_eq!(text(&session.state(PARTNER), "display_name"), "Kandji");
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_generated_configuration_of_a_live_partner_sets_what_is_better_left_out() {
    let session = Session::start().await;
    let generated = with_generated_configuration(&session, WORKSPACE_ONE).await;
    let plan = session.plan().await;
    if asks_the_provider(&session).await {
        assert_eq!(plan.changes(), NO_CHANGES);
        return;
    }
    assert_eq!(
        plan.changed_attributes(),
        ["last_heartbeat_date_time"],
        "it has moved meanwhile"
    );
    let without_the_heartbeat: Vec<_> = generated
        .lines()
        .filter(|line| !line.contains("last_heartbeat_date_time"))
        .collect();
    session
        .workspace
        .write("generated.tf", &without_the_heartbeat.join("\n"));
    assert_eq!(session.plan().await.changes(), NO_CHANGES);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_generated_configuration_of_a_partner_in_an_undocumented_state_says_what_to_leave_out()
{
    let session = Session::start().await;
    session.edit(KANDJI, "partnerState", json!("notSetUp"));
    session.configure(&without_resource(KANDJI));
    let run = session
        .run(&["plan", "-json", "-generate-config-out=generated.tf"])
        .await;
    if asks_the_provider(&session).await {
        assert_eq!(run.code, 0, "{}", run.stdout);
        return;
    }
    insta::assert_snapshot!(errors(&run, &session), @r#"
    error: Invalid partner_state
    "notSetUp" is not a partner state that Graph documents. Use "unknown", "unavailable", "enabled", "terminated", "rejected", or "unresponsive", or leave out partner_state so that the service sets it.
    "#);
}
