//! Whether the display name of a new partner is free.

use acceptance_tests::emulator::{
    Effect, Fault, Gate,
    samples::{KANDJI, TENANT_ID},
};
use serde_json::{Value as Json, json};

use super::planned;
use crate::compliance_partner::{
    api::Doubts,
    emulated::Emulated,
    error::{Error, Finding},
};

/// A name that may be taken by what came of a lost create.
#[tokio::test]
async fn a_second_create_of_a_name_looks_for_what_the_first_one_left_behind() {
    let tenant = Emulated::start().await;
    tenant.fail("POST", Effect::ResetAfterEffect);
    let fails = Fault::new(Effect::status(403)).method("GET");
    tenant.emulator.fail(fails.starting_at(2));
    let create = async || tenant.begin().create(&planned("Fleet")).await;
    let came = create().await;
    let Err(Error::Lost { finding, .. }) = &came else {
        panic!("{came:?}");
    };
    assert!(matches!(finding, Finding::Unreadable(_)), "{came:?}");
    assert_eq!(tenant.requests(), "list, POST, list");

    let came = create().await;
    assert!(matches!(came, Err(Error::NameTaken { .. })), "{came:?}");
    assert_eq!(tenant.requests(), "list");

    // One that was refused left nothing.
    let tenant = Emulated::start().await;
    tenant.fail("POST", Effect::status(400));
    let create = async || tenant.begin().create(&planned("Fleet")).await;
    create().await.expect_err("it is refused");
    create().await.expect("the name is free");
    assert_eq!(tenant.requests(), "list, POST, POST");
}

/// A resource whose address has changed without a `moved` block.
#[tokio::test]
async fn a_create_waits_for_the_delete_of_what_has_its_name() {
    let tenant = Emulated::start().await;
    let gate = Gate::default();
    tenant.fail("DELETE", Effect::HoldBefore(gate.clone()));
    let (delete, create) = (tenant.begin(), tenant.begin());
    let kandji = planned("Kandji");
    let then_create = async {
        gate.reached().await;
        let meanwhile = async {
            while tenant.emulator.journal().len() < 3 {
                tokio::task::yield_now().await;
            }
            // Long enough to be refused, if nothing makes it wait.
            for _ in 0..10_000 {
                tokio::task::yield_now().await;
            }
            gate.open();
        };
        tokio::join!(create.create(&kandji), meanwhile).0
    };
    let (deleted, created) = tokio::join!(delete.delete(KANDJI, Doubts::default()), then_create);
    deleted.expect("it is deleted");
    let created = created.expect("nobody has the name any more");
    assert_ne!(created.id, KANDJI);
    assert_eq!(tenant.stored(KANDJI), None);
    assert_eq!(tenant.requests(), "DELETE, list, POST");
}

#[tokio::test]
async fn a_name_is_taken_by_whoever_has_it_when_the_list_is_read_again() {
    let tenant = Emulated::start().await;
    let created = tenant.begin().create(&planned("Fleet")).await;
    created.expect("a free name");
    assert_eq!(tenant.requests(), "list, POST");

    let rename = |it: &mut Json| it["displayName"] = json!("Kandji of old");
    tenant.emulator.edit_partner(TENANT_ID, KANDJI, rename);
    let new = json!({"id": "a-new-kandji", "displayName": "Kandji"});
    tenant.emulator.put_partner(TENANT_ID, new);
    let came = tenant.begin().create(&planned("Kandji")).await;
    let Err(Error::NameTaken { ids, is_managed }) = came else {
        panic!("{came:?}");
    };
    assert_eq!(ids, ["a-new-kandji"]);
    assert!(!is_managed);
    assert_eq!(tenant.requests(), "list");
}

/// Otherwise, a list that is behind would cause every replacement to be refused.
#[tokio::test]
async fn a_name_is_not_taken_by_what_was_deleted_and_is_listed_still() {
    let tenant = Emulated::start().await;
    let twin = json!({"id": "a-second-kandji", "displayName": "Kandji"});
    tenant.emulator.put_partner(TENANT_ID, twin);
    let created = tenant.begin().create(&planned("Fleet")).await;
    created.expect("a free name");
    tenant.emulator.remove_partner(TENANT_ID, "a-second-kandji");
    tenant.emulator.let_writes_show(TENANT_ID);
    let deleted = tenant.begin().delete(KANDJI, Doubts::default()).await;
    deleted.expect("it is deleted");
    tenant.requests();

    tenant.fail("GET", Effect::StaleRead);
    let created = tenant.begin().create(&planned("Kandji")).await;
    created.expect("nobody has the name any more");
    assert_eq!(tenant.requests(), "list, GET, POST");
}
