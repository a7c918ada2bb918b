//! What costs no request at all, and how many objects share a sign-in and a list.

use acceptance_tests::cli::Workspace;
use acceptance_tests::provider_binary::provider_binary;
use tokio::net::TcpListener;

use crate::fixture::{NO_REQUESTS, PARTNER, Session, cli, created, partner, planned};

#[tokio::test(flavor = "multi_thread")]
async fn validate_sends_nothing_and_the_plan_of_a_new_partner_looks_who_is_there() {
    let session = Session::start().await;
    session.configure(&partner("display_name = \"Fleet\""));
    session.succeed(&["validate"]).await;
    assert_eq!(session.requests(), NO_REQUESTS);
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("create {PARTNER}")]);
    assert_eq!(session.requests(), planned());
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_and_the_plan_of_a_new_partner_need_no_network_and_no_credentials() {
    // A port that was free a moment ago: nobody listens there.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    let mut workspace = Workspace::new(cli(), &provider_binary());
    workspace.set_environment(&[
        ("INTUNE_GRAPH_ENDPOINT", format!("https://{address}")),
        ("AZURE_AUTHORITY_HOST", format!("https://{address}")),
    ]);
    let session = Session {
        emulator: Session::start().await.emulator,
        workspace,
    };
    session.configure(&partner("display_name = \"Fleet\""));
    session.succeed(&["validate"]).await;
    let plan = session.plan().await;
    assert_eq!(plan.changes(), [format!("create {PARTNER}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_partners_share_one_token_and_one_list() {
    let session = Session::start().await;
    session.configure(
        "resource \"intune_compliance_partner\" \"it\" {
           count        = 10
           display_name = \"Fleet ${count.index}\"
         }",
    );
    session.apply().await;
    assert_eq!(session.requests(), created(10));
}
