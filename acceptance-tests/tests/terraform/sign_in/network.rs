//! Proxies, trust, and what servers are told of who asks.

use std::fs;

use acceptance_tests::emulator::{Kind, SignIn};
use acceptance_tests::fixtures;

use super::clouds::lead_to;
use super::{LIST, session};
use crate::messages::errors;

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_carries_sign_in_and_graph_unless_it_is_told_not_to() {
    let mut session = session(SignIn::GitHubActions).await;
    let proxy = lead_to(&session.emulator).await;
    session.configure(LIST);
    session.set("HTTPS_PROXY", proxy.url());
    session.succeed(&["plan", "-input=false"]).await;
    let asked = proxy.asked();
    let here = session.emulator.url().trim_start_matches("https://");
    // One connection serves the token service, Entra ID and Graph: they are one host here.
    assert_eq!(asked, [here]);
    session.set("NO_PROXY", "localhost");
    session.succeed(&["plan", "-input=false"]).await;
    assert_eq!(proxy.asked(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machines_own_service_is_asked_without_a_proxy() {
    let mut session = session(SignIn::ManagedIdentity).await;
    let proxy = lead_to(&session.emulator).await;
    session.configure(LIST);
    for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY"] {
        session.set(variable, proxy.url());
    }
    session.succeed(&["plan", "-input=false"]).await;
    assert_eq!(proxy.asked().len(), 1, "Graph alone: {:?}", proxy.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_there_is_named() {
    let mut session = session(SignIn::Secret).await;
    session.configure(LIST);
    session.set("HTTPS_PROXY", "http://127.0.0.1:9");
    let run = session.run(&["plan", "-json", "-input=false"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn trust_comes_from_a_folder_as_well() {
    let mut session = session(SignIn::Secret).await;
    session.configure(LIST);
    let folder = session.workspace.path().join("roots");
    fs::create_dir(&folder).expect("a folder");
    fs::copy(session.emulator.ca_pem_path(), folder.join("emulator.pem")).expect("a copy");
    session.set("SSL_CERT_FILE", "");
    session.set("SSL_CERT_DIR", &folder.display().to_string());
    session.succeed(&["plan", "-input=false"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trust_that_cannot_be_read_is_named() {
    let mut session = session(SignIn::Secret).await;
    session.configure(LIST);
    let roots = session.workspace.path().join("roots");
    fs::create_dir(&roots).expect("a folder");
    fs::write(
        roots.join("another.pem"),
        fixtures::bytes("rsa.certificate.pem"),
    )
    .expect("written");
    session.set("SSL_CERT_FILE", "/no/such.pem");
    let mut said = String::new();
    for folder in ["", &roots.display().to_string()] {
        session.set("SSL_CERT_DIR", folder);
        let run = session.run(&["plan", "-json", "-input=false"]).await;
        said += &errors(&run, &session);
        said += "\n\n";
    }
    insta::assert_snapshot!(said);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_is_told_who_asks() {
    let mut session = session(SignIn::GitHubActions).await;
    session.configure(LIST);
    session.set("TF_APPEND_USER_AGENT", "devices-pipeline/7");
    session.succeed(&["plan", "-input=false"]).await;
    for exchange in session.emulator.journal() {
        let agent = exchange.headers.user_agent.unwrap_or_default();
        assert!(
            agent.starts_with("Terraform/1."),
            "{:?} {agent}",
            exchange.kind
        );
        assert!(
            agent.contains(" terraform-provider-intune/") && agent.ends_with(" devices-pipeline/7"),
            "{agent}"
        );
    }
    assert!(
        session
            .emulator
            .journal()
            .iter()
            .any(|it| it.kind == Kind::Workload)
    );
}
