//! Each way in each national cloud. A proxy leads the clouds' names to the emulator, so what is asked for is what Microsoft's
//! services would be asked for.

use acceptance_tests::emulator::{Emulator, Kind, SignIn, samples};
use acceptance_tests::proxy::Proxy;

use super::tools::{StandIn, put_on_path};
use super::{LIST, for_each};
use crate::fixture::Session;

/// The environments, with the hosts that Microsoft documents for them.
const CLOUDS: [(&str, &str, &str); 4] = [
    ("global", "login.microsoftonline.com", "graph.microsoft.com"),
    (
        "usgovernment",
        "login.microsoftonline.us",
        "graph.microsoft.us",
    ),
    ("dod", "login.microsoftonline.us", "dod-graph.microsoft.us"),
    (
        "china",
        "login.chinacloudapi.cn",
        "microsoftgraph.chinacloudapi.cn",
    ),
];

/// A session whose only way to any service is a proxy, and which knows no endpoint but by its cloud.
async fn behind_a_proxy() -> (Session, Proxy) {
    let mut session = Session::of_nobody().await;
    let proxy = lead_to(&session.emulator).await;
    for (variable, value) in [
        ("INTUNE_GRAPH_ENDPOINT", ""),
        ("AZURE_AUTHORITY_HOST", ""),
        ("HTTPS_PROXY", proxy.url()),
    ] {
        session.set(variable, value);
    }
    session.configure(LIST);
    (session, proxy)
}

pub(super) async fn lead_to(emulator: &Emulator) -> Proxy {
    let (_, port) = emulator.url().rsplit_once(':').expect("a port");
    let port = port.parse().expect("a port");
    Proxy::start(port).await.expect("a free port")
}

/// The URLs that were asked for, of this kind.
fn urls(session: &Session, kind: Kind) -> Vec<String> {
    let exchanges = session.emulator.journal().into_iter();
    exchanges
        .filter(|it| it.kind == kind)
        .map(|it| format!("{} https://{}{}", it.method, it.host, it.path))
        .collect()
}

fn list(graph: &str) -> Vec<String> {
    vec![format!(
        "GET https://{graph}/v1.0/deviceManagement/complianceManagementPartners"
    )]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_signs_in_to_each_cloud() {
    let both = CLOUDS
        .iter()
        .flat_map(|cloud| SignIn::ALL.map(|way| (*cloud, way)));
    for_each(both, |((environment, login, graph), way)| async move {
        let (mut session, _proxy) = behind_a_proxy().await;
        let variables = session.emulator.sign_in(way);
        session.workspace.set_environment(&variables);
        session.set("ARM_ENVIRONMENT", environment);
        session.succeed(&["plan", "-input=false"]).await;
        let tenant = samples::TENANT_ID;
        let token = format!("POST https://{login}/{tenant}/oauth2/v2.0/token");
        let is_of_the_machine = urls(&session, Kind::Token).is_empty();
        if is_of_the_machine {
            let asked = urls(&session, Kind::Machine).concat();
            let resource = format!("resource=https%3A%2F%2F{graph}");
            assert!(asked.contains(&resource), "{environment} {way:?} {asked}");
        } else {
            assert_eq!(
                urls(&session, Kind::Token),
                [token],
                "{environment} {way:?}"
            );
        }
        assert_eq!(
            urls(&session, Kind::Graph),
            list(graph),
            "{environment} {way:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tool_is_asked_for_a_token_of_each_cloud() {
    let both = CLOUDS
        .iter()
        .flat_map(|cloud| StandIn::ALL.map(|tool| (*cloud, tool)));
    for_each(both, |((environment, _, graph), tool)| async move {
        let (mut session, _proxy) = behind_a_proxy().await;
        session.set("ARM_ENVIRONMENT", environment);
        session.set(tool.switch(), "true");
        let origin = format!("https://{graph}");
        let token = session.emulator.access_token(&origin);
        put_on_path(&mut session, tool, &tool.answer(&token));
        session.succeed(&["plan", "-input=false"]).await;
        let said = tool.said(&session);
        assert!(said.contains(&origin), "{environment} {tool:?}: {said}");
        assert_eq!(urls(&session, Kind::Graph), list(graph));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metadata_host_names_the_hosts() {
    let (mut session, proxy) = behind_a_proxy().await;
    let variables = session.emulator.sign_in(SignIn::Secret);
    session.workspace.set_environment(&variables);
    session.set("ARM_METADATA_HOSTNAME", "management.chinacloudapi.cn");
    session.succeed(&["plan", "-input=false"]).await;
    assert_eq!(
        proxy.asked(),
        [
            "management.chinacloudapi.cn:443",
            "login.chinacloudapi.cn:443",
            "microsoftgraph.chinacloudapi.cn:443"
        ]
    );
    assert_eq!(
        urls(&session, Kind::Metadata),
        ["GET https://management.chinacloudapi.cn/metadata/endpoints?api-version=2022-09-01"]
    );
    assert_eq!(
        urls(&session, Kind::Graph),
        list("microsoftgraph.chinacloudapi.cn")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_of_two_clouds_are_warned_of() {
    let (mut session, _proxy) = behind_a_proxy().await;
    let variables = session.emulator.sign_in(SignIn::Secret);
    session.workspace.set_environment(&variables);
    session.set("ARM_ENVIRONMENT", "usgovernment");
    session.set("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com");
    let run = session.run(&["plan", "-json", "-input=false"]).await;
    insta::assert_snapshot!(crate::messages::errors(&run, &session));
}
