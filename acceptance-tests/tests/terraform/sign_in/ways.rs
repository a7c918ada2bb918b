//! Each way signs in once a process and works, and nothing of it is written anywhere.

use acceptance_tests::emulator::{Kind, SignIn};

use super::{for_each, session};
use crate::fixture::{created, partner};
use crate::secrets::assert_nowhere;

#[tokio::test(flavor = "multi_thread")]
async fn each_way_signs_in_once_a_process_and_leaves_no_trace() {
    for_each(SignIn::ALL, |way| async move {
        let mut session = session(way).await;
        session.set("TF_LOG", "TRACE");
        session.configure(&partner("display_name = \"Fleet\""));
        let apply = session
            .succeed(&["apply", "-auto-approve", "-input=false"])
            .await;
        let exchanges = session.emulator.journal();
        let of = |kind| exchanges.iter().filter(|it| it.kind == kind).count();
        // One process plans, another applies. A machine's service grants tokens itself, and a pipeline's hands out what Entra ID grants them for.
        let expected = match way {
            SignIn::ManagedIdentity
            | SignIn::UserAssignedIdentity
            | SignIn::AppService
            | SignIn::AppServiceUserAssigned => (0, 0, 2),
            SignIn::GitHubActions | SignIn::AzureDevOps => (2, 2, 0),
            _ => (2, 0, 0),
        };
        let found = (of(Kind::Token), of(Kind::Workload), of(Kind::Machine));
        assert_eq!(found, expected, "{way:?}");
        assert_eq!(of(Kind::Graph), created(1).len() - 2, "{way:?}");
        let plan = session
            .succeed(&["plan", "-input=false", "-detailed-exitcode"])
            .await;
        assert!(plan.stderr.contains("signed in"), "{way:?}: a log");
        assert_nowhere(&session, &[apply, plan]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_file_is_read_again_when_the_token_is_renewed() {
    let mut session = session(SignIn::OidcTokenFile).await;
    session.configure(&partner("display_name = \"Fleet\""));
    session.apply().await;
    let file = session.workspace.path().join("token");
    let write = |token: String| std::fs::write(&file, token).expect("written");
    session.set("ARM_OIDC_TOKEN_FILE_PATH", &file.display().to_string());
    let subject = acceptance_tests::emulator::samples::SUBJECT;
    write(session.emulator.expired_federated_token(subject));
    let run = session.run(&["plan", "-json"]).await;
    assert!(run.stdout.contains("AADSTS700024"), "{}", run.stdout);
    write(session.emulator.federated_token(subject));
    session.assert_no_changes().await;
}
