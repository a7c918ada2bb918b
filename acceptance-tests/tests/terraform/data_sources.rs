//! Reading partners without managing them.

use acceptance_tests::emulator::samples::{JAMF, KANDJI, MOSYLE, TENANT_ID, WORKSPACE_ONE};
use acceptance_tests::emulator::{Effect, Fault, Options};
use serde_json::{Value, json};

use crate::fixture::{PARTNER, Session, TOKEN, get, list, text};
use crate::messages::errors;

const IT: &str = "data.intune_compliance_partner.it";

fn one(attributes: &str) -> String {
    format!("data \"intune_compliance_partner\" \"it\" {{\n{attributes}\n}}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_partner_by_its_id() {
    let session = Session::start().await;
    session.configure(&one(&format!("id = {MOSYLE:?}")));
    session.apply().await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), get(MOSYLE)]);
    let mut state = session.state(IT);
    state["last_heartbeat_date_time"].take();
    let expected = json!({
        "id": MOSYLE,
        "display_name": "Mosyle Fuse",
        "partner_state": "enabled",
        "last_heartbeat_date_time": null,
        "android_onboarded": false,
        "ios_onboarded": false,
        "macos_onboarded": true,
        "linux_onboarded": null,
        "android_enrollment_assignments": [],
        "ios_enrollment_assignments": [],
        "linux_enrollment_assignments": null,
        "timeouts": null,
        "macos_enrollment_assignments": [
            {"type": "all_licensed_users", "group_id": null, "collection_id": null, "filter_id": null, "filter_type": null},
        ],
    });
    assert_eq!(state, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_partner_by_its_name_on_whatever_page_it_is() {
    let session = Session::with(Options::default()).await;
    session.configure(&one("display_name = \"Mosyle Fuse\""));
    session.apply().await;
    let requests = session.requests();
    assert_eq!(requests[..2], [TOKEN.to_owned(), list()]);
    assert_eq!(requests.len(), 3, "two pages: {requests:?}");
    assert_eq!(session.state(IT)["id"], MOSYLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_known_later_is_looked_up_later() {
    let session = Session::start().await;
    session.configure(&format!(
        "resource \"terraform_data\" \"name\" {{
           input = \"Kandji\"
         }}
         {}
         resource \"intune_compliance_partner\" \"it\" {{
           display_name  = \"Copy of ${{{IT}.id}}\"
           ios_onboarded = {IT}.ios_onboarded
         }}",
        one("display_name = terraform_data.name.output")
    ));
    session.apply().await;
    let state = session.state(PARTNER);
    assert_eq!(state["display_name"], format!("Copy of {KANDJI}"));
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_partners_come_from_all_pages_in_an_order_that_stays() {
    let session = Session::with(Options::default()).await;
    session.configure("data \"intune_compliance_partners\" \"all\" {}");
    session.apply().await;
    let state = session.state("data.intune_compliance_partners.all");
    let ids = |state: &Value| -> Vec<String> {
        let partners = state["partners"].as_array().into_iter().flatten();
        partners.map(|it| text(it, "id").to_owned()).collect()
    };
    let by_name = [JAMF, KANDJI, MOSYLE, WORKSPACE_ONE];
    assert_eq!(ids(&state), by_name);

    // The tenant lists them in the order of their making: remove the first, and make it again as the last.
    let jamf = session.stored(JAMF);
    session.emulator.remove_partner(TENANT_ID, JAMF);
    session.emulator.put_partner(TENANT_ID, jamf);
    session.apply().await;
    let again = session.state("data.intune_compliance_partners.all");
    assert_eq!(ids(&again), by_name);
    let staff = |state: &Value| state["partners"][3]["ios_enrollment_assignments"].clone();
    assert_eq!(staff(&again), staff(&state), "however Graph shuffles them");
}

async fn refusal(attributes: &str) -> String {
    let session = Session::start().await;
    let twin = json!({"id": "a-second-kandji", "displayName": "Kandji"});
    session.emulator.put_partner(TENANT_ID, twin);
    session.configure(&one(attributes));
    let run = session.run(&["plan", "-json"]).await;
    errors(&run, &session)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_id_is_an_error() {
    insta::assert_snapshot!(refusal("id = \"no-such-partner\"").await, @r#"
    error: Cannot read the compliance partner with id no-such-partner
    in data "intune_compliance_partner" "it"
    The tenant has no partner with this id. An id is a GUID. To find a partner by name, use display_name.
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_an_error() {
    insta::assert_snapshot!(refusal("display_name = \"Kanji\"").await, @r#"
    error: Cannot read the compliance partner "Kanji"
    in data "intune_compliance_partner" "it"
    No partner has this display_name. The tenant has "Jamf", "Kandji", "Kandji", "Mosyle Fuse", and "VMware Workspace ONE".
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_several_partners_is_an_error() {
    insta::assert_snapshot!(refusal("display_name = \"Kandji\"").await, @r#"
    error: Cannot read the compliance partner "Kandji"
    in data "intune_compliance_partner" "it"
    2 partners have this display_name. Use the id of the one you mean: "5a9c9d5e-0b1d-4c53-8a0f-6d2f1e7b0003" and "a-second-kandji".
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_tenant_has_no_partner_of_any_name() {
    let session = Session::start().await;
    for partner in session.emulator.partners(TENANT_ID) {
        session
            .emulator
            .remove_partner(TENANT_ID, text(&partner, "id"));
    }
    session.configure(&one("display_name = \"Kandji\""));
    let run = session.run(&["plan", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session), @r#"
    error: Cannot read the compliance partner "Kandji"
    in data "intune_compliance_partner" "it"
    The tenant has no compliance partners.
    "#);
    session.configure("data \"intune_compliance_partners\" \"all\" {}");
    session.apply().await;
    let state = session.state("data.intune_compliance_partners.all");
    assert_eq!(state["partners"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_has_the_time_that_is_configured() {
    let session = Session::start().await;
    let throttled = Effect::Status {
        status: 429,
        headers: vec![("Retry-After".to_owned(), "100".to_owned())],
        body: None,
    };
    let sources = format!(
        "data \"intune_compliance_partner\" \"id\" {{
           id       = {KANDJI:?}
           timeouts = {{ read = \"90s\" }}
         }}
         data \"intune_compliance_partner\" \"name\" {{
           display_name = \"Kandji\"
           timeouts     = {{ read = \"91s\" }}
         }}
         data \"intune_compliance_partners\" \"all\" {{
           timeouts = {{ read = \"92s\" }}
         }}"
    );
    session.configure(&sources);
    session.apply().await;
    let timeouts = session.state("data.intune_compliance_partners.all")["timeouts"].clone();
    assert_eq!(timeouts, json!({"read": "92s"}));
    let fault = Fault::new(throttled).method("GET").forever();
    session.emulator.fail(fault);
    let run = session.run(&["plan", "-json"]).await;
    // Each gives up at once. The default would be time enough to wait.
    let told = errors(&run, &session);
    let gave_up = told
        .lines()
        .filter(|line| line.contains("longer than the time left"));
    assert_eq!(gave_up.count(), 3, "{told}");
}
