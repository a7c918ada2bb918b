//! Ctrl-C and SIGTERM in the middle of an apply. A request that is on the wire may finish, a wait ends at once, and state
//! tells the truth afterwards.
#![cfg(unix)]

use acceptance_tests::cli::Run;
use acceptance_tests::emulator::{Effect, Gate};

use crate::fixture::{NO_CHANGES, PARTNER, Session, partner};
use crate::messages::errors;
use crate::under_way::{FLEET, UnderWay, adopt_the_fleet, fleet, let_through, reached};

const FLEET_ON_IOS: &str = "display_name = \"Fleet\"\nios_onboarded = true";

#[derive(Clone, Copy)]
enum Signal {
    CtrlC,
    Terminate,
    TerminateGroup,
}

/// Interrupts an apply while the answer to a write is held back, which comes as soon as the provider knows.
async fn interrupt(session: &Session, signal: Signal, method: &str) -> Run {
    let gate = Gate::new();
    session.fail(method, Effect::HoldAfter(gate.clone()));
    let mut apply = UnderWay::apply(session);
    reached(&gate).await;
    match signal {
        Signal::CtrlC => apply.ctrl_c().await,
        Signal::Terminate => apply.terminate().await,
        Signal::TerminateGroup => apply.terminate_group().await,
    }
    apply.stopping().await;
    gate.open();
    apply.end().await
}

/// Interrupts an apply while a write is held back, and leaves it there until the apply has ended.
async fn interrupt_in_vain(session: &Session, held: Effect, gate: &Gate, method: &str) -> String {
    session.fail(method, held);
    let mut apply = UnderWay::apply(session);
    reached(gate).await;
    apply.ctrl_c().await;
    apply.stopping().await;
    let run = apply.end().await;
    errors(&run, session)
}

/// What the CLI itself says of an apply that it was told to stop, and nothing else went wrong.
fn assert_halted(run: &Run, session: &Session) {
    assert_eq!(errors(run, session).trim_end(), "error: execution halted");
    assert!(
        run.stdout.contains("Gracefully shutting down"),
        "{}",
        run.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_is_on_the_wire_is_kept() {
    let session = Session::start().await;
    session.configure(&partner(FLEET));
    let run = interrupt(&session, Signal::CtrlC, "POST").await;
    assert_halted(&run, &session);
    assert_eq!(fleet(&session), [session.id()]);
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_is_on_the_wire_is_kept_on_ctrl_c_and_on_sigterm() {
    let session = Session::with_applied(FLEET).await;
    for (signal, configuration, onboarded) in [
        (Signal::CtrlC, FLEET_ON_IOS, true),
        (
            Signal::Terminate,
            &FLEET_ON_IOS.replace("true", "false"),
            false,
        ),
        (Signal::TerminateGroup, FLEET_ON_IOS, true),
    ] {
        session.configure(&partner(configuration));
        let run = interrupt(&session, signal, "PATCH").await;
        assert_halted(&run, &session);
        assert_eq!(session.state(PARTNER)["ios_onboarded"], onboarded);
        session.assert_no_changes().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_that_is_on_the_wire_is_kept() {
    let session = Session::with_applied(FLEET).await;
    session.configure("");
    let run = interrupt(&session, Signal::CtrlC, "DELETE").await;
    assert_halted(&run, &session);
    assert_eq!(session.find_in_state(PARTNER), None);
    assert!(fleet(&session).is_empty());
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_at_once_and_nothing_is_created() {
    let session = Session::start().await;
    session.configure(&partner(&format!(
        "{FLEET}\ntimeouts = {{ create = \"1h\" }}"
    )));
    session.fail("POST", Effect::retry_after(429, "600"));
    let mut apply = UnderWay::apply(&session);
    apply.provider_says("waiting to try again").await;
    apply.ctrl_c().await;
    let run = apply.end().await;
    insta::assert_snapshot!(errors(&run, &session), @r#"
    error: execution halted


    error: Cannot create compliance partner "Fleet"
    in resource "intune_compliance_partner" "it"
    POST /v1.0/deviceManagement/complianceManagementPartners was canceled.
    "#);
    assert_eq!(session.find_in_state(PARTNER), None);
    assert!(fleet(&session).is_empty());
    session.apply().await;
    assert_eq!(fleet(&session), [session.id()]);
    session.assert_no_changes().await;
}

// What follows takes the seconds that the provider gives a write and a look at what became of it.

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_answer_does_not_come_is_found_and_kept() {
    let session = Session::start().await;
    session.configure(&partner(FLEET));
    let gate = Gate::new();
    let held = Effect::HoldAfter(gate.clone());
    let errors = interrupt_in_vain(&session, held, &gate, "POST").await;
    assert_eq!(errors.trim_end(), "error: execution halted");
    assert_eq!(fleet(&session), [session.id()]);
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_is_carried_out_after_the_end_is_not_done_twice() {
    let session = Session::start().await;
    session.configure(&partner(FLEET));
    let mut exchanges = session.emulator.watch();
    let gate = Gate::new();
    let held = Effect::HoldBefore(gate.clone());
    let errors = interrupt_in_vain(&session, held, &gate, "POST").await;
    insta::assert_snapshot!(errors, @r#"
    error: execution halted


    error: Cannot create compliance partner "Fleet"
    in resource "intune_compliance_partner" "it"
    POST /v1.0/deviceManagement/complianceManagementPartners was canceled.

    It is not known whether the request will still be carried out. So far, the tenant is unchanged.

    Before anything else, plan again and check the admin center (Tenant administration > Connectors and tokens > Partner compliance management). If a new partner was created, import it.
    "#);
    assert_eq!(session.find_in_state(PARTNER), None);
    let_through(&gate, &mut exchanges, "POST").await;
    adopt_the_fleet(&session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_is_carried_out_after_the_end_is_seen_by_the_next_plan() {
    let session = Session::with_applied(FLEET).await;
    let id = session.id();
    session.configure(&partner(FLEET_ON_IOS));
    let mut exchanges = session.emulator.watch();
    let gate = Gate::new();
    let held = Effect::HoldBefore(gate.clone());
    let errors = interrupt_in_vain(&session, held, &gate, "PATCH").await;
    insta::assert_snapshot!(errors.replace(&id, "ID"), @r#"
    error: execution halted


    error: Cannot update compliance partner "Fleet" (id ID)
    in resource "intune_compliance_partner" "it"
    PATCH /v1.0/deviceManagement/complianceManagementPartners/ID was canceled.

    It is not known whether the request will still be carried out. So far, the tenant is unchanged.

    Before anything else, plan again and check the admin center (Tenant administration > Connectors and tokens > Partner compliance management). If a new partner was created, import it.
    "#);
    assert_eq!(session.state(PARTNER)["ios_onboarded"], false);
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("update {PARTNER}")], "so far");
    let_through(&gate, &mut exchanges, "PATCH").await;
    assert_eq!(session.plan().await.changes(), NO_CHANGES);
    session.apply().await;
    assert_eq!(session.state(PARTNER)["ios_onboarded"], true);
}
