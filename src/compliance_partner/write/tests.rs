//! The outcome of a write, whatever happens to its response.

mod missing;
mod names;

use std::time::Duration;

use acceptance_tests::emulator::{
    Effect, Fault,
    samples::{KANDJI, MOSYLE},
};
use serde_json::{Value as Json, json};
use tf_provider::value::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Attributes, Call, Error, Finding, Made, Method, Partner, Written, graph, pause_as_asked,
    recognize,
};
use crate::{
    compliance_partner::{api::Doubts, emulated::Emulated, timeouts::Limit},
    graph::ApiError,
};

fn partner(id: &str, name: &str, more: &Json) -> Partner {
    let mut partner = json!({"id": id, "displayName": name, "iosOnboarded": true});
    for (property, value) in more.as_object().into_iter().flatten() {
        partner[property] = value.clone();
    }
    serde_json::from_value(partner).expect("a partner")
}

fn made(unknown: Vec<Partner>) -> String {
    let planned = Attributes {
        id: Value::Unknown,
        display_name: Value::Value("Fleet".to_owned()),
        ios_onboarded: Value::Value(true),
        partner_state: Value::Unknown,
        ..Attributes::with_id(String::new())
    };
    match recognize(unknown, &planned) {
        Made::This(partner) => format!("this: {}", partner.id),
        Made::Nothing | Made::NothingYet => "nothing".to_owned(),
        Made::AnyOf(ids) => format!("any of: {}", ids.join(" ")),
    }
}

#[test]
fn a_new_partner_that_is_what_was_sent_is_ours() {
    let ours = partner("a", "Fleet", &json!({"partnerState": "enabled"}));
    let other = partner("b", "Navy", &json!({}));
    assert_eq!(made(vec![other, ours]), "this: a");
}

#[test]
fn nothing_of_that_name_is_nothing() {
    assert_eq!(made(vec![]), "nothing");
    assert_eq!(made(vec![partner("a", "Navy", &json!({}))]), "nothing");
}

#[test]
fn what_may_or_may_not_be_ours_is_not_guessed() {
    let same = |id| partner(id, "Fleet", &json!({}));
    assert_eq!(made(vec![same("a"), same("b")]), "any of: a b");
    let kept = partner("c", "Fleet", &json!({"iosOnboarded": false}));
    assert_eq!(made(vec![kept]), "any of: c");
    let renamed = partner("d", "fleet ", &json!({}));
    assert_eq!(made(vec![renamed]), "any of: d");
}

#[test]
fn one_that_is_just_what_was_sent_wins_over_one_that_is_alike() {
    let kept = partner("a", "Fleet", &json!({"iosOnboarded": false}));
    let ours = partner("b", "Fleet", &json!({}));
    assert_eq!(made(vec![kept, ours]), "this: b");
}

/// The plan of a create that leaves everything but the name to the service.
fn planned(name: &str) -> Attributes {
    Attributes {
        id: Value::Unknown,
        display_name: Value::Value(name.to_owned()),
        ..Attributes::with_id(String::new())
    }
}

/// The partner as a response that the service did not mean for this request.
fn astray(tenant: &Emulated, id: &str) -> Effect {
    Effect::AnotherObject(tenant.stored(id).expect("the tenant has it"))
}

/// The same, but the service never sees the request.
fn instead(tenant: &Emulated, id: &str) -> Effect {
    Effect::Status {
        status: 200,
        headers: Vec::new(),
        body: tenant.stored(id).map(|partner| partner.to_string()),
    }
}

fn is_about_another<T: std::fmt::Debug>(came: &Result<T, Error>) -> bool {
    let expected = format!("The response is about a different partner (id {MOSYLE:?}).");
    match came {
        Err(Error::NoPartner(problem)) => *problem == expected,
        Err(Error::Lost { error, finding }) => {
            matches!(&**error, Error::NoPartner(problem) if *problem == expected)
                && matches!(finding, Finding::NotSeen)
        }
        _ => false,
    }
}

#[tokio::test]
async fn a_read_does_not_take_another_partner_for_its_own() {
    let tenant = Emulated::start().await;
    let read = || tenant.api.get(KANDJI, Limit::Read.by_default());
    tenant.fail("GET", astray(&tenant, MOSYLE));
    let came = read().await;
    assert!(is_about_another(&came), "{came:?}");

    let mut shouted = tenant.stored(KANDJI).expect("the tenant has it");
    shouted["id"] = json!(KANDJI.to_uppercase());
    tenant.fail("GET", Effect::AnotherObject(shouted));
    let came = read().await.expect("it is the same id");
    assert_eq!(came.expect("it is there").id, KANDJI.to_uppercase());
}

#[tokio::test]
async fn a_change_that_is_answered_with_another_partner_is_looked_at() {
    let tenant = Emulated::start().await;
    let body = json!({"iosOnboarded": true});
    let is_done = |partner: &Partner| {
        let known = partner.to_attributes(&planned("Kandji"));
        known.ios_onboarded == Value::Value(true)
    };
    let change = async || tenant.begin().update(KANDJI, &body, is_done).await;
    tenant.fail("PATCH", instead(&tenant, MOSYLE));
    let came = change().await;
    assert!(is_about_another(&came), "{came:?}");
    assert_eq!(tenant.requests(), "PATCH, GET");

    tenant.fail("PATCH", astray(&tenant, MOSYLE));
    let partner = change().await.expect("it is done, as the look shows");
    assert_eq!(partner.id, KANDJI);
    assert_eq!(tenant.requests(), "PATCH, GET");
}

#[tokio::test]
async fn a_create_that_is_answered_with_another_partner_looks_for_its_own() {
    let tenant = Emulated::start().await;
    let fleet = planned("Fleet");
    let create = async || tenant.begin().create(&fleet).await;
    tenant.fail("POST", instead(&tenant, MOSYLE));
    let came = create().await;
    assert!(is_about_another(&came), "{came:?}");
    assert_eq!(tenant.requests(), "list, POST, list, list, list, list");

    tenant.fail("POST", astray(&tenant, MOSYLE));
    let partner = create().await.expect("it is made, as the look shows");
    let made = tenant.stored(&partner.id).expect("the tenant has it");
    assert_eq!(made["displayName"], "Fleet");
    assert_eq!(tenant.requests(), "list, POST, list");
}

/// A response had begun to say that the partner was created, so the list is behind, for however long.
#[tokio::test]
async fn a_create_whose_answer_breaks_off_is_not_sent_again() {
    let cut_json = Effect::Status {
        status: 201,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: Some("{\"id\":".to_owned()),
    };
    for effect in [Effect::TruncatedBody, cut_json] {
        let tenant = Emulated::start().await;
        let first = tenant.begin().create(&planned("Navy")).await;
        first.expect("a free name");
        tenant.requests();
        tenant.fail("POST", effect);
        let behind = Fault::new(Effect::StaleRead).method("GET");
        tenant.emulator.fail(behind.forever());
        let came = tenant.begin().create(&planned("Fleet")).await;
        let Err(Error::Lost { finding, .. }) = &came else {
            panic!("{came:?}");
        };
        assert!(matches!(finding, Finding::NotSeen), "{came:?}");
        assert_eq!(tenant.requests(), "POST, list, list, list, list");
    }
}

/// A new partner may show as late as at the last look, which comes after seven seconds.
#[tokio::test]
async fn a_create_is_not_called_undone_if_there_was_no_time_for_every_look() {
    let tenant = Emulated::start().await.without_haste();
    let behind = Fault::new(Effect::StaleRead).method("GET");
    tenant.emulator.fail(behind.forever());
    tenant.fail("POST", Effect::ResetAfterEffect);
    let operation = tenant.api.begin(Duration::from_secs(4));
    let operation = operation.expect("it is configured");
    let came = operation.create(&planned("Fleet")).await;
    let Err(Error::Lost { finding, .. }) = &came else {
        panic!("{came:?}");
    };
    assert!(matches!(finding, Finding::NotSeen), "{came:?}");
}

/// Otherwise, the error would only say that the second request was canceled.
#[tokio::test]
async fn after_a_stop_nothing_is_sent_again() {
    let tenant = Emulated::start().await;
    tenant.fail("DELETE", Effect::ResetBeforeEffect);
    let operation = tenant.begin();
    let written = operation.write(Method::DELETE, Some(KANDJI), None).await;
    let Ok(Written::Lost(error)) = written else {
        panic!("it is lost");
    };
    assert!(operation.may_send_again(&error, 1));
    operation.call.stop.cancel();
    assert!(!operation.may_send_again(&error, 1));
}

#[tokio::test]
async fn after_a_stop_there_is_a_moment_to_read_what_was_changed() {
    let tenant = Emulated::start().await;
    let operation = tenant.begin();
    operation.call.stop.cancel();
    let read = operation.read_back(KANDJI, |_| true).await;
    assert_eq!(read.expect("a moment").id, KANDJI);
}

#[tokio::test]
async fn what_is_gone_after_a_change_without_an_object_is_known_to_be_gone() {
    let tenant = Emulated::start().await;
    tenant.fail("PATCH", Effect::EmptyAnswer204);
    let gone = Effect::graph_error(404, "ResourceNotFound", "Not found.");
    tenant
        .emulator
        .fail(Fault::new(gone).method("GET").forever());
    let body = json!({"displayName": "Fleet"});
    let came = tenant.begin().update(KANDJI, &body, |_| true).await;
    assert!(came.as_ref().is_err_and(Error::is_gone), "{came:?}");
}

#[tokio::test]
async fn a_write_that_never_arrives_is_given_up() {
    let tenant = Emulated::start().await;
    for method in ["POST", "PATCH", "DELETE"] {
        let fault = Fault::new(Effect::ResetBeforeEffect).method(method);
        let fault = fault.path("/complianceManagementPartners");
        tenant.emulator.fail(fault.forever());
    }
    let is_given_up = |came: Result<(), Error>| {
        let Err(Error::Lost { finding, .. }) = &came else {
            panic!("{came:?}");
        };
        assert!(matches!(finding, Finding::NotDone(3)), "{came:?}");
    };
    let operation = || tenant.begin();
    is_given_up(operation().create(&planned("Fleet")).await.map(drop));
    let looks = "list, list, list, list";
    let sent = format!("list, POST, {looks}, POST, {looks}, POST, {looks}");
    assert_eq!(tenant.requests(), sent);

    let body = json!({"displayName": "Fleet"});
    let changed = operation().update(KANDJI, &body, |_| false).await;
    is_given_up(changed.map(drop));
    assert_eq!(tenant.requests(), "PATCH, GET, PATCH, GET, PATCH, GET");

    is_given_up(operation().delete(KANDJI, Doubts::default()).await);
    let sent = "DELETE, list, DELETE, list, DELETE, list";
    assert_eq!(tenant.requests(), sent);
}

/// It may be refused because the first one was carried out after all, and shows only now.
#[tokio::test]
async fn a_create_that_is_refused_the_second_time_is_not_called_undone() {
    let tenant = Emulated::start().await;
    tenant.fail("POST", Effect::ResetBeforeEffect);
    let refusal = Fault::new(Effect::status(409)).method("POST");
    let refusal = refusal.path("/complianceManagementPartners");
    tenant.emulator.fail(refusal.starting_at(2));
    let came = tenant.begin().create(&planned("Fleet")).await;
    let Err(Error::Lost { finding, .. }) = &came else {
        panic!("{came:?}");
    };
    assert!(matches!(finding, Finding::NotSeen), "{came:?}");
}

#[tokio::test(start_paused = true)]
async fn a_look_comes_when_graph_wants_the_next_request() {
    let asked = |seconds| {
        let mut error = ApiError::of_a_read(504, None, "");
        error.retry_after = Some(Duration::from_secs(seconds));
        Error::Graph(graph::Error::Api(Box::new(error)))
    };
    for (seconds, waited) in [(3, 3), (60, 0)] {
        let begun = Instant::now();
        let call = Call {
            deadline: begun + Duration::from_secs(10),
            stop: CancellationToken::new(),
        };
        let paused = pause_as_asked(&call, &asked(seconds)).await;
        paused.expect("there is time");
        assert_eq!(begun.elapsed(), Duration::from_secs(waited));
    }
}

#[tokio::test]
async fn a_wait_that_outlasts_the_operation_does_not_take_the_place_of_the_look() {
    let tenant = Emulated::start().await;
    tenant.fail("PATCH", Effect::retry_after(504, "3600"));
    let body = json!({"displayName": "Fleet"});
    let came = tenant.begin().update(KANDJI, &body, |_| false).await;
    let Err(Error::Lost { finding, .. }) = &came else {
        panic!("{came:?}");
    };
    assert!(matches!(finding, Finding::NotSeen), "{came:?}");
    assert_eq!(tenant.requests(), "PATCH, GET");
}
