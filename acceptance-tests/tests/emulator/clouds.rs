//! The clouds by their own names, which a client is led to the emulator for: what is granted where, and what it opens.

use std::error::Error;
use std::net::SocketAddr;

use acceptance_tests::emulator::Options;
use acceptance_tests::emulator::samples::{CLIENT_ID, CLIENT_SECRET, TENANT_ID};
use reqwest::header::CONTENT_TYPE;
use serde_json::json;
use url::{Url, form_urlencoded};

use crate::assertion::{Assertion, assert_refused, fields};
use crate::session::{FORM, PARTNERS, Reply, Session, TestResult, client_for, reply};

/// Each cloud's sign-in services and Graphs.
const CLOUDS: [(&[&str], &[&str]); 3] = [
    (&["login.microsoftonline.com"], &["graph.microsoft.com"]),
    (
        &["login.microsoftonline.us"],
        &["graph.microsoft.us", "dod-graph.microsoft.us"],
    ),
    (
        &["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
        &["microsoftgraph.chinacloudapi.cn"],
    ),
];

/// The pairs that belong together.
fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    let pairs = |(logins, graphs): &(&'static [&'static str], &'static [&'static str])| {
        let (logins, graphs) = (*logins, *graphs);
        logins
            .iter()
            .flat_map(move |login| graphs.iter().map(move |graph| (*login, *graph)))
    };
    CLOUDS
        .iter()
        .flat_map(pairs)
        .collect::<Vec<_>>()
        .into_iter()
}

/// An emulator, and a client that is led to it wherever it wants to go.
async fn start() -> Result<Session, Box<dyn Error>> {
    let mut session = Session::with(Options::default()).await?;
    let port = Url::parse(session.emulator.url())?
        .port()
        .ok_or("no port")?;
    let here = SocketAddr::from(([127, 0, 0, 1], port));
    let mut client = client_for(&session.emulator)?;
    for host in pairs()
        .flat_map(|(login, graph)| [login, graph])
        .chain(["management.azure.com", "management.usgovcloudapi.net"])
    {
        client = client.resolve(host, here);
    }
    session.client = client.build()?;
    Ok(session)
}

/// Asks a sign-in service for a token for a Graph.
async fn sign_in(
    session: &Session,
    login: &str,
    proof: &[(&str, &str)],
) -> Result<Reply, Box<dyn Error>> {
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(proof)
        .finish();
    let url = format!("https://{login}/{TENANT_ID}/oauth2/v2.0/token");
    let request = session.client.post(url).header(CONTENT_TYPE, FORM);
    reply(request.body(form)).await
}

async fn with_secret(session: &Session, login: &str, graph: &str) -> Result<Reply, Box<dyn Error>> {
    let scope = format!("https://{graph}/.default");
    let proof = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("scope", &scope),
    ];
    sign_in(session, login, &proof).await
}

async fn list(session: &Session, graph: &str, token: &str) -> Result<Reply, Box<dyn Error>> {
    let url = format!("https://{graph}{PARTNERS}");
    reply(session.client.get(url).bearer_auth(token)).await
}

#[tokio::test]
async fn a_token_is_granted_in_its_cloud_and_opens_its_graph() -> TestResult {
    let session = start().await?;
    for (login, graph) in pairs() {
        let granted = with_secret(&session, login, graph).await?;
        let token = granted.body["access_token"].as_str().ok_or("no token")?;
        let page = list(&session, graph, token).await?;
        assert_eq!(page.status, 200, "{login} {graph}: {}", page.body);
        for link in ["@odata.context", "@odata.nextLink"] {
            let link = page.body[link].as_str().ok_or("no link")?;
            assert!(
                link.starts_with(&format!("https://{graph}/v1.0/")),
                "{link}"
            );
        }
        let next = page.body["@odata.nextLink"].as_str().ok_or("no link")?;
        let next = reply(session.client.get(next).bearer_auth(token)).await?;
        assert_eq!(next.status, 200);
    }
    let hosts: Vec<_> = session.emulator.journal();
    let hosts: Vec<_> = hosts.iter().take(3).map(|it| it.host.as_str()).collect();
    assert_eq!(
        hosts,
        [
            "login.microsoftonline.com",
            "graph.microsoft.com",
            "graph.microsoft.com"
        ]
    );
    Ok(())
}

#[tokio::test]
async fn no_cloud_grants_a_token_for_another() -> TestResult {
    let session = start().await?;
    let url = session.emulator.url().to_owned();
    let here = url.trim_start_matches("https://");
    let together: Vec<_> = pairs().collect();
    let ends = |end: fn((&'static str, &'static str)) -> &'static str| {
        pairs().map(end).chain([]).collect::<Vec<_>>()
    };
    let (mut logins, mut graphs) = (ends(|pair| pair.0), ends(|pair| pair.1));
    logins.push(here);
    graphs.push(here);
    for login in &logins {
        for graph in &graphs {
            if together.contains(&(login, graph)) || login == graph {
                continue;
            }
            let refused = with_secret(&session, login, graph).await?;
            assert_refused(&refused, 400, 500_011, graph);
        }
    }
    let at_graph = with_secret(&session, "graph.microsoft.com", "graph.microsoft.com").await?;
    assert_refused(&at_graph, 400, 500_011, "graph.microsoft.com");
    Ok(())
}

#[tokio::test]
async fn no_graph_takes_a_token_for_another() -> TestResult {
    let session = start().await?;
    let granted = with_secret(&session, "login.microsoftonline.us", "graph.microsoft.us").await?;
    let token = granted.body["access_token"].as_str().ok_or("no token")?;
    let url = session.emulator.url().to_owned();
    let here = url.trim_start_matches("https://");
    for graph in [
        "graph.microsoft.com",
        "dod-graph.microsoft.us",
        "login.microsoftonline.us",
        here,
    ] {
        let refused = list(&session, graph, token).await?;
        assert_eq!(refused.status, 401, "{graph}");
        let error = &refused.body["error"];
        assert_eq!(error["code"], "InvalidAuthenticationToken");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.ends_with("Invalid audience."), "{message}");
    }
    let own = list(&session, "graph.microsoft.com", &session.token).await?;
    assert_eq!(own.status, 401, "a token for the emulator's own Graph");
    Ok(())
}

#[tokio::test]
async fn an_assertion_is_meant_for_the_host_that_is_asked() -> TestResult {
    let session = start().await?;
    for (login, graph) in pairs() {
        let scope = format!("https://{graph}/.default");
        let audience = format!("https://{login}/{TENANT_ID}/oauth2/v2.0/token");
        let by_rsa = || Assertion::by(&session, "PS256", "rsa");
        let assertion = by_rsa().claim("aud", json!(audience)).sign("rsa")?;
        let granted = sign_in(&session, login, &fields(&scope, &assertion)).await?;
        assert_eq!(granted.status, 200, "{login}: {}", granted.body);
        let for_here = by_rsa().sign("rsa")?;
        let refused = sign_in(&session, login, &fields(&scope, &for_here)).await?;
        assert_refused(&refused, 401, 700_023, "audience");
    }
    Ok(())
}

#[tokio::test]
async fn each_resource_manager_tells_of_its_cloud() -> TestResult {
    let session = start().await?;
    for (management, name, login, graph) in [
        (
            "management.azure.com",
            "AzureCloud",
            "https://login.microsoftonline.com",
            "https://graph.microsoft.com/",
        ),
        (
            "management.usgovcloudapi.net",
            "AzureUSGovernment",
            "https://login.microsoftonline.us",
            "https://graph.microsoft.us/",
        ),
    ] {
        let url = format!("https://{management}/metadata/endpoints?api-version=2022-09-01");
        let document = reply(session.client.get(url)).await?.body;
        assert_eq!(document["name"], name);
        assert_eq!(document["authentication"]["loginEndpoint"], login);
        assert_eq!(document["microsoftGraphResourceId"], graph);
        assert_eq!(
            document["resourceManager"],
            format!("https://{management}/")
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_journal_has_the_port_where_it_matters() -> TestResult {
    let session = Session::start().await?;
    session.get(PARTNERS).await?;
    let url = session.emulator.url().to_owned();
    let host = &session.emulator.journal()[0].host;
    assert_eq!(format!("https://{host}"), url);
    Ok(())
}
