//! Graph answers a write in another way than the documentation says.

use acceptance_tests::emulator::samples::{KANDJI, TENANT_ID};
use acceptance_tests::emulator::{Effect, Fault};
use serde_json::json;

use crate::fixture::{PARTNER, Session, TOKEN, delete, get, list, partner, patch};
use crate::messages::errors;

const FLEET: &str = "display_name = \"Fleet\"\nios_onboarded = false";
const FLEET_ON_IOS: &str = "display_name = \"Fleet\"\nios_onboarded = true";

#[tokio::test(flavor = "multi_thread")]
async fn a_property_that_graph_keeps_on_update_is_named_and_planned_again() {
    let session = Session::with_applied(FLEET).await;
    session.configure(&partner(FLEET_ON_IOS));
    session.fail("PATCH", Effect::IgnoreProperty("iosOnboarded".to_owned()));
    let run = session.run(&["apply", "-auto-approve", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session), @r#"
    error: Graph kept ios_onboarded = false
    in resource "intune_compliance_partner" "it": ios_onboarded = true
    The plan has ios_onboarded = true. Graph accepted the request, but returned the partner with the value above. State has the value that Graph returned.

    Plan again to see what is left to change. If the service sets the attribute itself, leave it out of the configuration.
    "#);

    assert_eq!(session.state(PARTNER)["ios_onboarded"], false);
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("update {PARTNER}")]);
    assert_eq!(plan.after("ios_onboarded"), true);
    session.apply_saved_plan().await;
    assert_eq!(session.state(PARTNER)["ios_onboarded"], true);
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_that_graph_keeps_on_create_is_explained_and_the_partner_can_be_kept() {
    let session = Session::start().await;
    session.configure(&partner(FLEET_ON_IOS));
    session.fail("POST", Effect::IgnoreProperty("iosOnboarded".to_owned()));
    let run = session.run(&["apply", "-auto-approve", "-json"]).await;
    let id = session.id();
    insta::assert_snapshot!(errors(&run, &session).replace(&id, "ID"), @r#"
    error: Graph kept ios_onboarded = false
    in resource "intune_compliance_partner" "it": ios_onboarded = true
    The plan has ios_onboarded = true. Graph accepted the request, but returned the partner with the value above. State has the value that Graph returned.

    The partner exists (id ID), but Terraform marks it as tainted: the next apply would delete it and create it again. To keep it, run `terraform untaint` on it. If the service sets the attribute, leave it out of the configuration.
    "#);

    assert_eq!(
        session.plan().await.changes(),
        [format!("delete+create {PARTNER}")]
    );
    session.succeed(&["untaint", PARTNER]).await;
    session.forget_requests();
    session.apply().await;
    assert_eq!(
        session.body_of_the_write(),
        json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "iosOnboarded": true,
        })
    );
    assert_eq!(session.id(), id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_graph_keeps_is_named_and_the_rest_is_done() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    session.configure(&partner(
        "display_name = \"Fleet\"
         partner_state = \"enabled\"
         ios_enrollment_assignments = [{ type = \"all_devices\" }]",
    ));
    session.fail(
        "PATCH",
        Effect::IgnoreProperty("iosEnrollmentAssignments".to_owned()),
    );
    let run = session.run(&["apply", "-auto-approve", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session), @r#"
    error: Graph kept ios_enrollment_assignments = []
    in resource "intune_compliance_partner" "it": ios_enrollment_assignments = [{ type = "all_devices" }]
    The plan has ios_enrollment_assignments = [{ type = "all_devices" }]. Graph accepted the request, but returned the partner with the value above. State has the value that Graph returned.

    Plan again to see what is left to change. If the service sets the attribute itself, leave it out of the configuration.
    "#);
    let state = session.state(PARTNER);
    assert_eq!(state["partner_state"], "enabled", "the rest was done");
    assert_eq!(state["ios_enrollment_assignments"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_is_answered_without_the_object_is_read_back() {
    let session = Session::with_applied(FLEET).await;
    let id = session.id();
    session.configure(&partner(FLEET_ON_IOS));
    session.plan().await;
    session.forget_requests();
    session.fail("PATCH", Effect::EmptyAnswer204);
    session.apply_saved_plan().await;
    assert_eq!(
        session.requests(),
        [TOKEN.to_owned(), list(), patch(&id), get(&id)]
    );
    assert_eq!(session.state(PARTNER)["ios_onboarded"], true);
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_wrapped_in_value_is_read_all_the_same() {
    let session = Session::start().await;
    session.configure(&partner(FLEET));
    for method in ["POST", "GET", "PATCH"] {
        session.fail(method, Effect::WrapInValue);
    }
    session.apply().await;
    session.configure(&partner(FLEET_ON_IOS));
    session.apply().await;
    assert_eq!(session.state(PARTNER)["ios_onboarded"], true);
    session.assert_no_changes().await;
}

/// Intune has been seen to answer a GET of what is deleted. Where a write has found it gone, the list decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_deleted_and_still_shown_leaves_state_when_a_write_finds_it_gone() {
    let session = Session::with_imported(KANDJI, "display_name = \"Kandji\"").await;
    session.emulator.remove_partner(TENANT_ID, KANDJI);
    let still_shown = Fault::new(Effect::Ghost).method("GET").path(KANDJI);
    session.emulator.fail(still_shown.forever());
    session.assert_no_changes().await;

    session.configure(&partner("display_name = \"Kandji\"\nios_onboarded = true"));
    let run = session.run(&["apply", "-auto-approve", "-json"]).await;
    let said = errors(&run, &session);
    assert!(
        said.contains("The partner was deleted after the plan"),
        "{said}"
    );
    assert_eq!(session.id(), KANDJI, "an error takes nothing out of state");

    session.forget_requests();
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("create {PARTNER}")]);
    // The list that decides, and the one of the review.
    assert_eq!(
        session.requests(),
        [TOKEN.to_owned(), get(KANDJI), list(), list()]
    );
    session.apply_saved_plan().await;
    assert_ne!(session.id(), KANDJI);
    session.assert_no_changes().await;
}

/// Parts of Intune answer a read of what is gone with a 400: <https://github.com/microsoft/terraform-provider-msgraph/issues/61>.
#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_gone_with_a_400_leaves_state_once_the_list_shows_it() {
    let session = Session::with_imported(KANDJI, "display_name = \"Kandji\"").await;
    let bad_request = Effect::graph_error(400, "ResourceNotFound", "Not found.");
    let refused = Fault::new(bad_request).method("GET").path(KANDJI);
    session.emulator.fail(refused.forever());
    session.forget_requests();
    let plan = session.run(&["plan", "-input=false", "-json"]).await;
    let said = errors(&plan, &session);
    assert!(said.contains("returned 400 Bad Request"), "{said}");
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(KANDJI), list()]);
    assert_eq!(session.id(), KANDJI, "it is in the list");

    session.emulator.remove_partner(TENANT_ID, KANDJI);
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("create {PARTNER}")]);
    session.apply_saved_plan().await;
    assert_ne!(session.id(), KANDJI);
    session.assert_no_changes().await;
}

/// It would leave state and stay in the tenant, where nobody knows of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_partner_that_a_delete_does_not_find_is_deleted_all_the_same() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let id = session.id();
    let not_found = Effect::graph_error(404, "ResourceNotFound", "Not found.");
    session.fail("DELETE", not_found);
    session.destroy().await;
    let looked = [TOKEN.to_owned(), get(&id)];
    let deleted = [TOKEN.to_owned(), delete(&id), list(), delete(&id)];
    assert_eq!(session.requests(), [&looked[..], &deleted[..]].concat());
    let partners = session.emulator.partners(TENANT_ID);
    assert!(partners.iter().all(|partner| partner["id"] != *id));
}
