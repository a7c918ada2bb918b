//! A display name that another partner has, gets, or is about to lose.

use acceptance_tests::emulator::samples;

use super::tenant;
use crate::fixture::{PARTNER, Session, partner, planned};
use crate::messages::{errors, told};

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_an_error_of_the_plan() {
    let mut session = tenant().await;
    session.configure(&partner("display_name = \"Rival\""));
    let plan = session.run(&["plan", "-input=false", "-json"]).await;
    insta::assert_snapshot!("a_taken_name", errors(&plan, &session));
    // Before a name is refused, the list is read once more.
    let requests = planned().into_iter().chain(planned().pop());
    assert_eq!(session.requests(), requests.collect::<Vec<_>>());

    session.set("INTUNE_RISKY_CHANGES", "allow");
    let apply = session
        .run(&["apply", "-auto-approve", "-input=false", "-json"])
        .await;
    insta::assert_snapshot!("a_taken_name_in_the_apply", errors(&apply, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_the_same_apply_gives_to_another_partner_is_taken() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let id = session.id();
    let named = |resource: &str, name: &str, after: &str| {
        let attributes = format!("display_name = {name:?}\ndepends_on = [{after}]");
        partner(&attributes).replace("\"it\"", &format!("{resource:?}"))
    };
    // The create of the first one reads the list, while the second one has its old name.
    session.configure(&format!(
        "{}{}{}",
        named("first", "Army", ""),
        named("it", "Navy", "intune_compliance_partner.first"),
        named("last", "Navy", PARTNER),
    ));
    let apply = session
        .run(&["apply", "-auto-approve", "-input=false", "-json"])
        .await;
    let told = errors(&apply, &session);
    assert!(told.contains("is already in Terraform's state"), "{told}");
    let partners = session.emulator.partners(samples::TENANT_ID).into_iter();
    let of_the_name: Vec<_> = partners.filter(|it| it["displayName"] == "Navy").collect();
    assert_eq!(of_the_name, [session.stored(&id)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_resources_of_one_name_are_told_in_the_plan_and_refused_in_the_apply() {
    let session = Session::with_applied("display_name = \"Fleet\"").await;
    let id = session.id();
    let nameless = |text: String| text.replace(&id, "ID");
    // Terraform looks at both at once otherwise.
    let twin = format!("display_name = \"Fleet\"\ndepends_on = [{PARTNER}]");
    let twin = partner(&twin).replace("\"it\"", "\"twin\"");
    session.configure(&format!("{}{twin}", partner("display_name = \"Fleet\"")));
    let plan = session.succeed(&["plan", "-input=false", "-json"]).await;
    insta::assert_snapshot!("a_name_in_state", nameless(told(&plan, &session)));
    let apply = session
        .run(&["apply", "-auto-approve", "-input=false", "-json"])
        .await;
    insta::assert_snapshot!(
        "a_name_in_state_in_the_apply",
        nameless(errors(&apply, &session))
    );
    assert_eq!(session.id(), id);
}
