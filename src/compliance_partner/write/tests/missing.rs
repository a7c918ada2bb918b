//! What is gone, and what is too new to be found.

use acceptance_tests::emulator::{
    Effect, Fault,
    samples::{KANDJI, TENANT_ID},
};
use serde_json::json;

use super::planned;
use crate::compliance_partner::{
    api::Doubts,
    emulated::Emulated,
    error::{Error, Finding},
};

/// What Graph answers if one of its servers does not know the partner.
fn not_found() -> Effect {
    Effect::graph_error(404, "ResourceNotFound", "Not found.")
}

const NEW: Doubts = Doubts {
    is_new: true,
    was_missing: false,
};

/// Creates a partner, and returns its id.
async fn new_partner(tenant: &Emulated) -> String {
    let fleet = tenant.begin().create(&planned("Fleet")).await;
    tenant.requests();
    fleet.expect("it is made").id
}

/// A server that does not know it yet may answer every time.
#[tokio::test]
async fn a_new_partner_that_no_read_finds_leaves_state_only_if_the_list_has_none() {
    let tenant = Emulated::start().await;
    let id = new_partner(&tenant).await;
    let nowhere = Fault::new(not_found()).method("GET").path(&id);
    tenant.emulator.fail(nowhere.forever());
    let read = async || tenant.begin().read(&id, NEW).await;
    let found = read().await.expect("it is listed").expect("it is there");
    assert_eq!(found.id, id);
    assert_eq!(tenant.requests(), "GET, GET, GET, GET, list");

    tenant.emulator.remove_partner(TENANT_ID, &id);
    tenant.emulator.let_writes_show(TENANT_ID);
    assert!(read().await.expect("it is not listed").is_none());
}

#[tokio::test]
async fn a_new_partner_that_a_delete_does_not_find_is_deleted_once_it_shows() {
    let tenant = Emulated::start().await;
    let id = new_partner(&tenant).await;
    let delete = async |doubts| tenant.begin().delete(&id, doubts).await;

    let nowhere = Fault::new(not_found()).method("DELETE");
    tenant.emulator.fail(nowhere.forever());
    let came = delete(NEW).await;
    let Err(Error::Lost { error, finding }) = came else {
        panic!("{came:?}");
    };
    assert!(error.may_be_missing_object(), "{error:?}");
    assert!(matches!(finding, Finding::NotDone(5)), "{finding:?}");
    tenant.emulator.clear_faults();
    tenant.requests();

    tenant.fail("DELETE", not_found());
    tenant.fail("GET", Effect::StaleRead);
    delete(NEW).await.expect("it is deleted");
    assert_eq!(tenant.requests(), "DELETE, list, list, DELETE");
    assert_eq!(tenant.stored(&id), None);

    delete(NEW).await.expect("it is gone");
    assert_eq!(tenant.requests(), "DELETE, list, list, list, list");
    delete(Doubts::default()).await.expect("it is gone");
    assert_eq!(tenant.requests(), "DELETE");
}

/// The list may not show it yet, although it is there.
#[tokio::test]
async fn so_is_one_whose_delete_is_not_answered() {
    let tenant = Emulated::start().await;
    let id = new_partner(&tenant).await;
    let delete = async || tenant.begin().delete(&id, NEW).await;
    tenant.fail("DELETE", Effect::ResetBeforeEffect);
    tenant.fail("GET", Effect::StaleRead);
    delete().await.expect("it is deleted");
    assert_eq!(tenant.stored(&id), None);
    assert_eq!(tenant.requests(), "DELETE, list, list, DELETE");
}

/// With a 400, Graph is not plain about it, and the list that decides is behind.
#[tokio::test]
async fn so_is_one_to_whose_delete_graph_answers_400() {
    let tenant = Emulated::start().await;
    let id = new_partner(&tenant).await;
    tenant.fail("DELETE", Effect::status(400));
    let behind = Fault::new(Effect::StaleRead).method("GET");
    tenant.emulator.fail(behind.times(2));
    let deleted = tenant.begin().delete(&id, NEW).await;
    deleted.expect("it is deleted");
    assert_eq!(tenant.requests(), "DELETE, list, list, list, DELETE");
    assert_eq!(tenant.stored(&id), None);
}

#[tokio::test]
async fn after_a_stop_there_is_a_moment_to_see_that_it_is_gone() {
    let tenant = Emulated::start().await;
    tenant.emulator.remove_partner(TENANT_ID, KANDJI);
    tenant.emulator.let_writes_show(TENANT_ID);
    tenant.fail("DELETE", Effect::status(400));
    let operation = tenant.begin();
    let refusal = operation.delete_and_see(KANDJI, Doubts::default()).await;
    let error = refusal.expect_err("it is refused");
    operation.call.stop.cancel();
    assert!(operation.is_refused_as_gone(KANDJI, &error).await);
    assert_eq!(tenant.requests(), "DELETE, list");
}

#[tokio::test]
async fn where_graph_is_not_plain_about_what_is_gone_the_list_decides() {
    let tenant = Emulated::start().await;
    let unclear = || {
        [
            Effect::graph_error(400, "ResourceNotFound", "Not found."),
            Effect::graph_error(404, "NotFound", "Not found."),
        ]
    };
    let read = async || tenant.begin().read(KANDJI, Doubts::default()).await;
    let rename = async || {
        let body = json!({"displayName": "Iru"});
        tenant.begin().update(KANDJI, &body, |_| false).await
    };
    for effect in unclear() {
        tenant.fail("GET", effect.clone());
        read().await.expect_err("it is there");
        assert_eq!(tenant.requests(), "GET, list");
        tenant.fail("PATCH", effect);
        let error = rename().await.expect_err("it was not carried out");
        assert!(!error.is_gone(), "{error:?}");
        assert_eq!(tenant.requests(), "PATCH, list");
    }
    tenant.emulator.remove_partner(TENANT_ID, KANDJI);
    tenant.emulator.let_writes_show(TENANT_ID);
    for effect in unclear() {
        tenant.fail("GET", effect.clone());
        assert!(read().await.expect("it is gone").is_none());
        assert_eq!(tenant.requests(), "GET, list");
        tenant.fail("PATCH", effect);
        let error = rename().await.expect_err("it is gone");
        assert!(error.is_gone(), "{error:?}");
        assert_eq!(tenant.requests(), "PATCH, list");
    }
    // If the list cannot be read, nothing decides.
    let fails = Fault::new(Effect::graph_error(404, "NotFound", "Not found.")).method("GET");
    tenant.emulator.fail(fails.forever());
    read().await.expect_err("it is not known");
}
