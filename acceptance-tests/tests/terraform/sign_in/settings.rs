//! Which way is chosen, and what is said of settings that choose none or two.

use acceptance_tests::emulator::SignIn;
use acceptance_tests::emulator::samples::{CLIENT_ID, CLIENT_SECRET, TENANT_ID};

use super::{LIST, session};
use crate::fixture::{NO_REQUESTS, Session, TOKEN, list};
use crate::messages::errors;

fn configure(session: &Session, block: &str) {
    session.configure_all(&format!("provider \"intune\" {{\n{block}\n}}\n{LIST}"));
}

async fn refusal(session: &Session) -> String {
    let run = session.run(&["plan", "-json", "-input=false"]).await;
    assert_eq!(session.requests(), NO_REQUESTS);
    errors(&run, session)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_block_says_everything_that_the_environment_can() {
    let session = Session::of_nobody().await;
    configure(
        &session,
        &format!(
            "tenant_id = {TENANT_ID:?}\nclient_id = {CLIENT_ID:?}\nclient_secret = {CLIENT_SECRET:?}"
        ),
    );
    session.succeed(&["plan", "-input=false"]).await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), list()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ways_in_the_block_are_refused_by_validate() {
    let session = Session::of_nobody().await;
    configure(&session, "client_secret = \"s\"\nuse_oidc = true");
    let run = session.run(&["validate", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_none_is_refused_by_validate() {
    let session = Session::of_nobody().await;
    configure(&session, "tenant_id = \"https://contoso.example\"");
    let run = session.run(&["validate", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_around_a_tenant_is_not_sent() {
    let mut session = session(SignIn::Secret).await;
    session.set("ARM_TENANT_ID", &format!(" {TENANT_ID}\n"));
    configure(&session, "");
    session.succeed(&["plan", "-input=false"]).await;
    assert_eq!(session.requests(), [TOKEN.to_owned(), list()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ways_in_the_environment_are_refused() {
    let mut session = session(SignIn::Secret).await;
    session.set("ARM_USE_OIDC", "true");
    configure(&session, "");
    insta::assert_snapshot!(refusal(&session).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_block_outweighs_the_environment() {
    let mut session = session(SignIn::GitHubActions).await;
    session.set("ARM_USE_OIDC", "");
    session.set("ARM_CLIENT_SECRET", "of another provider");
    configure(&session, "use_oidc = true");
    session.succeed(&["plan", "-input=false"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_way_is_refused() {
    let mut session = session(SignIn::OidcToken).await;
    session.set("ARM_USE_OIDC", "");
    configure(&session, "");
    insta::assert_snapshot!("a token without its switch", refusal(&session).await);
    session.set("ARM_OIDC_TOKEN", "");
    session.set("ARM_CLIENT_ID", "");
    configure(&session, "client_secret = \"s\"");
    insta::assert_snapshot!("a secret without a client", refusal(&session).await);
    configure(&session, "");
    session.set("ARM_USE_OIDC", "yes");
    insta::assert_snapshot!("a switch that is none", refusal(&session).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_id_comes_from_a_file() {
    let mut session = session(SignIn::SecretFile).await;
    session
        .workspace
        .write("client-id", &format!("{CLIENT_ID}\n"));
    let file = session.workspace.path().join("client-id");
    session.set("ARM_CLIENT_ID", "");
    session.set("ARM_CLIENT_ID_FILE_PATH", &file.display().to_string());
    configure(&session, "");
    session.succeed(&["plan", "-input=false"]).await;
}
