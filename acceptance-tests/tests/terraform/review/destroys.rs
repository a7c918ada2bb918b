//! Destroys of active partners, of those that are replaced too, which Terraform plans as creates.

use acceptance_tests::emulator::{Effect, Fault};
use serde_json::json;

use super::warnings;
use crate::fixture::{PARTNER, Session, partner};
use crate::messages::{errors, told};

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_replaced_does_not_take_its_own_name() {
    let session = Session::with_applied("display_name = \"Fleet\"\nios_onboarded = true").await;
    let id = session.id();
    let plan = session
        .succeed(&["plan", "-input=false", &format!("-replace={PARTNER}")])
        .await;
    assert_eq!(warnings(&plan), "");
    session.succeed(&["taint", PARTNER]).await;
    session.apply().await;
    assert_ne!(session.id(), id);
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_active_partner_that_is_replaced_is_told_and_denied() {
    let mut session =
        Session::with_applied("display_name = \"Fleet\"\npartner_state = \"enabled\"").await;
    let id = session.id();
    let nameless = |text: String| text.replace(&id, "ID");
    let replace = format!("-replace={PARTNER}");
    session.set("INTUNE_RISKY_CHANGES", "deny");
    let plan = session
        .run(&["plan", "-input=false", "-json", &replace])
        .await;
    insta::assert_snapshot!("a_denied_replacement", nameless(errors(&plan, &session)));

    session.set("INTUNE_RISKY_CHANGES", "warn");
    session.succeed(&["taint", PARTNER]).await;
    let plan = session.succeed(&["plan", "-input=false", "-json"]).await;
    insta::assert_snapshot!("a_replacement", nameless(told(&plan, &session)));
    session.apply().await;
    session.assert_no_changes().await;
}

/// Terraform shows no warning of a replacement: without an error nobody would see anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_that_cannot_be_judged_is_denied() {
    let mut session =
        Session::with_applied("display_name = \"Fleet\"\npartner_state = \"enabled\"").await;
    session.set("INTUNE_RISKY_CHANGES", "deny");
    // The refresh comes first.
    let list = Fault::new(Effect::status(403)).method("GET").starting_at(2);
    session.emulator.fail(list.forever());
    let replace = format!("-replace={PARTNER}");
    let plan = session
        .run(&["plan", "-input=false", "-json", &replace])
        .await;
    let told = errors(&plan, &session);
    assert!(
        told.starts_with("error: Refused replacement of a compliance partner"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_active_partner_that_is_replaced_under_another_name_is_denied() {
    let mut session =
        Session::with_applied("display_name = \"Fleet\"\npartner_state = \"enabled\"").await;
    let id = session.id();
    session.configure(&partner(
        "display_name = \"Navy\"\npartner_state = \"enabled\"",
    ));
    session.set("INTUNE_RISKY_CHANGES", "deny");
    let replace = format!("-replace={PARTNER}");
    let plan = session
        .run(&["plan", "-input=false", "-json", &replace])
        .await;
    let refusal = errors(&plan, &session).replace(&id, "ID");
    insta::assert_snapshot!("a_denied_replacement_under_another_name", refusal);
}

/// Terraform 1.11 plans such a destroy with the state from before the refresh.
#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_the_configuration_is_judged_as_the_tenant_has_it() {
    let mut session = Session::with_applied("display_name = \"Fleet\"").await;
    let id = session.id();
    session.edit(&id, "partnerState", json!("enabled"));
    session.configure("");
    session.set("INTUNE_RISKY_CHANGES", "deny");
    let apply = session
        .run(&["apply", "-auto-approve", "-input=false", "-json"])
        .await;
    let told = errors(&apply, &session);
    assert!(told.contains("active-partner-destroyed"), "{told}");
    assert_eq!(session.stored(&id)["partnerState"], "enabled");
    assert_eq!(session.id(), id);
}

/// A destroy is the one change that Terraform does not plan again in the apply.
#[tokio::test(flavor = "multi_thread")]
async fn deny_in_the_apply_refuses_a_planned_destroy() {
    let mut session =
        Session::with_applied("display_name = \"Fleet\"\npartner_state = \"enabled\"").await;
    let id = session.id();
    for plan in ["-destroy", &format!("-replace={PARTNER}")] {
        session.set("INTUNE_RISKY_CHANGES", "warn");
        session
            .succeed(&["plan", "-input=false", "-out=saved.tfplan", plan])
            .await;
        session.set("INTUNE_RISKY_CHANGES", "deny");
        let apply = session.run(&["apply", "-json", "saved.tfplan"]).await;
        let told = errors(&apply, &session);
        assert!(told.contains("active-partner-destroyed"), "{plan}: {told}");
        assert_eq!(session.id(), id);
        session.stored(&id);
    }
}
