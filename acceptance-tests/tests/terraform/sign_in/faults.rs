//! Each way when the services that it asks are busy, broken, silent, or say no: a success or a clear error, and an end.

use std::fmt::Write as _;
use std::time::Duration;

use acceptance_tests::emulator::samples::{EXPIRED_SECRET, SYSTEM_ASSIGNED_CLIENT_ID};
use acceptance_tests::emulator::{Effect, Fault, SignIn};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::{LIST, for_each, session};
use crate::fixture::Session;
use crate::messages::errors;

/// A way of each family, with the path of each service that it asks.
const FAMILIES: [(SignIn, &[&str]); 9] = [
    (SignIn::Secret, &[ENTRA]),
    (SignIn::CertificatePkcs12, &[ENTRA]),
    (SignIn::OidcTokenFile, &[ENTRA]),
    (SignIn::HcpTerraform, &[ENTRA]),
    (SignIn::AksWorkloadIdentity, &[ENTRA]),
    (SignIn::GitHubActions, &["/github/token", ENTRA]),
    (SignIn::AzureDevOps, &["/ado/oidctoken", ENTRA]),
    (SignIn::ManagedIdentity, &["/metadata/identity"]),
    (SignIn::AppService, &["/msi/token"]),
];
const ENTRA: &str = "/oauth2/v2.0/token";

fn cases() -> impl Iterator<Item = (SignIn, &'static str)> {
    FAMILIES
        .iter()
        .flat_map(|(way, paths)| paths.iter().map(|path| (*way, *path)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_busy_is_asked_again() {
    let busy = || {
        [
            Effect::retry_after(429, "1"),
            Effect::status(503),
            Effect::ResetBeforeEffect,
        ]
    };
    let all = cases().flat_map(|case| busy().map(|effect| (case, effect)));
    for_each(all, |((way, path), effect)| async move {
        let session = session(way).await;
        session.configure(LIST);
        session.emulator.fail(Fault::new(effect.clone()).path(path));
        session.succeed(&["plan", "-input=false"]).await;
        assert_eq!(
            session.emulator.pending_faults(),
            0,
            "{way:?} {path} {effect:?}"
        );
    })
    .await;
}

/// What is said for each case, one after the other, once `arrange` has disturbed it.
async fn said(
    cases: impl Iterator<Item = (SignIn, &'static str)>,
    arrange: impl Fn(&mut Session, SignIn, &str),
) -> String {
    let arrange = &arrange;
    let runs = stream::iter(cases).map(|(way, path)| async move {
        let mut session = session(way).await;
        session.configure(LIST);
        arrange(&mut session, way, path);
        let run = session.run(&["plan", "-json", "-input=false"]).await;
        (way, path, errors(&run, &session))
    });
    let mut all = String::new();
    let mut runs = runs.buffered(20);
    while let Some((way, path, errors)) = runs.next().await {
        writeln!(all, "## {way:?}, {path}\n{errors}\n").expect("a string grows");
    }
    all
}

fn always(effect: Effect) -> impl Fn(&mut Session, SignIn, &str) {
    move |session, _, path| {
        let fault = Fault::new(effect.clone()).path(path).times(usize::MAX);
        session.emulator.fail(fault);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stays_busy() {
    let text = said(cases(), always(Effect::retry_after(429, "0"))).await;
    insta::assert_snapshot!(text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_broken() {
    insta::assert_snapshot!(said(cases(), always(Effect::Html)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_says_nothing() {
    let silent = Effect::Delay(Duration::from_mins(10));
    insta::assert_snapshot!(said(cases(), always(silent)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_know_us() {
    let strangers = |session: &mut Session, way: SignIn, path: &str| {
        let unknown = "not this one";
        let (variable, value) = match (way, path) {
            (SignIn::Secret, _) => ("ARM_CLIENT_SECRET", unknown),
            (SignIn::GitHubActions, "/github/token") => ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", unknown),
            (SignIn::AzureDevOps, "/ado/oidctoken") => ("SYSTEM_ACCESSTOKEN", unknown),
            (SignIn::AppService, _) => ("IDENTITY_HEADER", unknown),
            (SignIn::ManagedIdentity, _) => ("ARM_CLIENT_ID", unknown),
            // An application that has no such certificate or federation.
            (SignIn::AksWorkloadIdentity, _) => ("AZURE_CLIENT_ID", SYSTEM_ASSIGNED_CLIENT_ID),
            _ => ("ARM_CLIENT_ID", SYSTEM_ASSIGNED_CLIENT_ID),
        };
        session.set(variable, value);
    };
    insta::assert_snapshot!(said(cases(), strangers).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_does_not_exist() {
    let wrong = |session: &mut Session, way: SignIn, _: &str| {
        let variable = match way {
            SignIn::AksWorkloadIdentity => "AZURE_TENANT_ID",
            _ => "ARM_TENANT_ID",
        };
        session.set(variable, "00000000-aaaa-bbbb-cccc-000000000000");
    };
    let ways = cases().filter(|(_, path)| *path == ENTRA);
    insta::assert_snapshot!(said(ways, wrong).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_whose_time_is_over() {
    let late = |session: &mut Session, way: SignIn, _: &str| match way {
        SignIn::Secret => session.set("ARM_CLIENT_SECRET", EXPIRED_SECRET),
        SignIn::CertificatePkcs12 => {
            let path = acceptance_tests::fixtures::path("expired.pem");
            session.set("ARM_CLIENT_CERTIFICATE_PATH", &path.display().to_string());
        }
        SignIn::HcpTerraform => {
            let subject = acceptance_tests::emulator::samples::HCP_TERRAFORM_SUBJECT;
            let token = session.emulator.expired_federated_token(subject);
            session.set("TFC_WORKLOAD_IDENTITY_TOKEN", &token);
        }
        _ => unreachable!("not asked for"),
    };
    let ways = [
        SignIn::Secret,
        SignIn::CertificatePkcs12,
        SignIn::HcpTerraform,
    ];
    let ways = ways.into_iter().map(|way| (way, ENTRA));
    insta::assert_snapshot!(said(ways, late).await);
}
