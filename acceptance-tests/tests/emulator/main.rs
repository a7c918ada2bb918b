//! Holds the emulator to what is known of Entra ID and Graph, over TLS and with a real HTTP client. What is asserted here,
//! the tests of the provider may rely on.

mod assertion;
mod assertions;
mod authorization;
mod clouds;
mod entra;
mod faults;
mod federation;
mod graph;
mod held;
mod machine;
mod metadata;
mod session;
mod throttle;
mod ways;
mod workload;

use acceptance_tests::emulator::samples::{CLIENT_ID, CLIENT_SECRET, KANDJI, TENANT_ID};
use acceptance_tests::emulator::{Effect, Emulator, Fault, Options, Tenant};
use reqwest::{Method, Version};
use serde_json::json;

use session::{PARTNERS, Session, TestResult, path_of};

#[tokio::test]
async fn tells_a_provider_process_how_to_find_it() -> TestResult {
    let emulator = Emulator::start(Options::default()).await?;
    let ca = emulator.ca_pem_path().to_owned();
    let url = emulator.url().to_owned();
    assert!(url.starts_with("https://localhost:"));
    let expected = [
        ("INTUNE_GRAPH_ENDPOINT", url.clone()),
        ("AZURE_AUTHORITY_HOST", url),
        ("SSL_CERT_FILE", ca.display().to_string()),
        ("ARM_TENANT_ID", TENANT_ID.to_owned()),
        ("ARM_CLIENT_ID", CLIENT_ID.to_owned()),
        ("ARM_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
    ];
    assert_eq!(emulator.environment(), expected);
    assert!(ca.exists());
    drop(emulator);
    assert!(!ca.exists(), "the emulator leaves nothing behind");
    Ok(())
}

#[tokio::test]
async fn speaks_http_2_and_http_1() -> TestResult {
    for (session, version) in [
        (Session::start().await?, Version::HTTP_2),
        (Session::start_with_http_1().await?, Version::HTTP_11),
    ] {
        let response = session.request(Method::GET, PARTNERS).send().await?;
        assert_eq!(response.version(), version);
        assert_eq!(response.status(), 200);
    }
    Ok(())
}

#[tokio::test]
async fn exchanges_can_be_watched_as_they_happen() -> TestResult {
    let session = Session::start().await?;
    let mut exchanges = session.emulator.watch();
    session.get(PARTNERS).await?;
    let exchange = exchanges.recv().await.ok_or("the emulator is gone")?;
    assert_eq!(exchange.to_string(), format!("GET {PARTNERS} -> 200"));
    Ok(())
}

#[tokio::test]
async fn one_emulator_serves_many_tests_in_turn() -> TestResult {
    let other = Tenant {
        partners: vec![json!({"id": "others"})],
        ..Tenant::new("other", "other-app", "other-secret")
    };
    let session = Session::with(Options::default().with_tenant(other)).await?;
    session.delete(KANDJI).await?;
    session
        .emulator
        .fail(Fault::new(Effect::status(503)).forever());

    session.emulator.reset(TENANT_ID, vec![json!({"id": "a"})]);
    assert_eq!(session.exchanges(), [""; 0]);
    let list = session.get(PARTNERS).await?;
    assert_eq!(
        (list.status, &list.body["value"]),
        (200, &json!([{"id": "a"}]))
    );
    session.fail(Effect::Ghost);
    let kandji = session.get(&path_of(KANDJI)).await?;
    assert_eq!(kandji.status, 404, "nothing was ever deleted");
    assert_eq!(
        session.emulator.partners("other"),
        [json!({"id": "others"})]
    );
    Ok(())
}
