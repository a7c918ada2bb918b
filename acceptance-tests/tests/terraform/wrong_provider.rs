//! Wrong settings in the provider block: `terraform validate` refuses them, and what comes from the environment is refused
//! by the first command that configures the provider.

use crate::fixture::{NO_REQUESTS, Session, partner};
use crate::messages::errors;

/// What `validate` says of provider blocks with this setting.
async fn refusal(setting: &str, values: &[&str]) -> String {
    let session = Session::start().await;
    let blocks = values.iter().enumerate().map(|(number, value)| {
        format!(
            "provider \"intune\" {{
               alias = \"a{number}\"
               {setting} = {value:?}
             }}
             data \"intune_compliance_partners\" \"a{number}\" {{
               provider = intune.a{number}
             }}\n"
        )
    });
    session.configure_all(&blocks.collect::<String>());
    let run = session.run(&["validate", "-json"]).await;
    assert_eq!(session.requests(), NO_REQUESTS);
    let errors = errors(&run, &session);
    let found = errors.matches("error: ").count();
    assert_eq!(found, values.len(), "{errors}");
    errors
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_does_not_exist() {
    insta::assert_snapshot!(refusal("environment", &["german", "Global "]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_endpoint_that_is_no_safe_origin() {
    let endpoints = [
        "http://graph.example",
        "https://graph.example/v1.0",
        "https://graph.example?x=1",
        "ftp://graph.example",
        "https://",
        "not a host",
    ];
    insta::assert_snapshot!(refusal("graph_endpoint", &endpoints).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_host_that_is_no_safe_origin() {
    let hosts = [
        "http://login.example",
        "https://login.microsoftonline.com/common",
        "login microsoftonline com",
    ];
    insta::assert_snapshot!(refusal("authority_host", &hosts).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_to_this_machine_is_allowed() {
    let session = Session::start().await;
    session.configure_all(&format!(
        "provider \"intune\" {{\n  graph_endpoint = \"http://127.0.0.1:1\"\n}}\n{}",
        partner("display_name = \"Fleet\"")
    ));
    session.succeed(&["validate"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_from_the_environment() {
    let mut session = Session::start().await;
    session.set("ARM_ENVIRONMENT", "german");
    session.set("INTUNE_GRAPH_ENDPOINT", "http://graph.example");
    session.configure(&partner("display_name = \"Fleet\""));
    session.succeed(&["validate"]).await;
    let run = session.run(&["plan", "-json"]).await;
    insta::assert_snapshot!(errors(&run, &session));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_in_an_endpoint_is_refused_and_not_repeated() {
    let mut session = Session::start().await;
    session.set("INTUNE_GRAPH_ENDPOINT", "https://user:s3cret@graph.example");
    session.configure(&partner("display_name = \"Fleet\""));
    let run = session.run(&["plan", "-json"]).await;
    let refusal = errors(&run, &session);
    assert!(!refusal.contains("s3cret"), "{refusal}");
    insta::assert_snapshot!(refusal);
}
