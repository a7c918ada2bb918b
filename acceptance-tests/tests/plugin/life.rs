//! The process: how it ends, and what does not end it.

use std::time::Duration;

use acceptance_tests::{
    core::{ReadRequest, plugin, tfplugin6},
    emulator::{Effect, Fault, samples},
    provider_binary::provider_binary,
};
use serde_json::json;
use tonic::{Code, Request};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};

use crate::fixture::{Fixture, PARTNER, Result, launch};

#[tokio::test]
async fn shutdown_exits_with_zero_even_while_streams_are_open() -> Result<()> {
    let mut provider = launch().start().await?;
    let output = provider.stdio.stream_stdio(Request::new(())).await?;
    let exit = provider.shut_down().await?;
    assert_eq!(exit.code(), Some(0));
    drop(output);
    Ok(())
}

#[tokio::test]
async fn an_interrupt_is_for_terraform_alone() -> Result<()> {
    let mut provider = launch().start().await?;
    provider.process.signal("INT").await?;
    assert!(!provider.schema().await?.resource_schemas.is_empty());
    assert_eq!(provider.shut_down().await?.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn it_does_not_outlive_its_parent() -> Result<()> {
    let shell = acceptance_tests::core::Launch::new("/bin/sh")
        .argument("-c")
        .argument("\"$0\" & wait")
        .argument(provider_binary());
    let mut shell = shell.spawn()?;
    shell.handshake().await?;
    shell.kill().await?;
    // The orphan holds the pipe: it closes when the orphan has ended.
    assert_eq!(shell.stdout.all().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_side_services_answer() -> Result<()> {
    let mut provider = launch().start().await?;
    let service = HealthCheckRequest {
        service: "plugin".to_owned(),
    };
    let health = provider.health.check(service).await?.into_inner();
    assert_eq!(health.status(), ServingStatus::Serving);
    provider.stdio.stream_stdio(Request::new(())).await?;
    let nothing = tokio_stream::pending::<plugin::ConnInfo>();
    provider.broker.start_stream(nothing).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_not_offered_is_unimplemented() -> Result<()> {
    let mut provider = launch().start().await?;
    let function = tfplugin6::call_function::Request::default();
    let status = provider
        .rpc
        .call_function(function)
        .await
        .expect_err("there are no functions");
    assert_eq!(status.code(), Code::Unimplemented);
    let list = tfplugin6::list_resource::Request::default();
    let status = provider
        .rpc
        .list_resource(list)
        .await
        .expect_err("there are no lists");
    assert_eq!(status.code(), Code::Unimplemented);
    // OpenTofu asks for functions of every provider.
    let functions = provider
        .rpc
        .get_functions(tfplugin6::get_functions::Request {})
        .await?;
    assert!(functions.into_inner().functions.is_empty());
    Ok(())
}

#[tokio::test]
async fn stop_ends_a_wait_at_once_and_state_is_kept() -> Result<()> {
    let fixture = Fixture::start().await?;
    let mut requests = fixture.emulator.watch();
    fixture.emulator.fail(
        Fault::new(Effect::retry_after(429, "200"))
            .method("GET")
            .forever(),
    );
    let state = fixture.value(json!({ "id": samples::KANDJI, "display_name": "Kandji" }));
    let read = ReadRequest {
        state: state.clone(),
        ..ReadRequest::default()
    };
    let reading = fixture.provider.read(PARTNER, read);
    let stopping = async {
        while let Some(request) = requests.recv().await {
            if request.method == "GET" {
                break;
            }
        }
        fixture.provider.stop().await
    };
    let (read, stopped) = tokio::time::timeout(Duration::from_secs(30), async {
        tokio::join!(reading, stopping)
    })
    .await?;
    stopped?;
    let read = read?;
    assert_eq!(read.state, state);
    assert!(
        read.diagnostics[0].detail.contains("cancelled"),
        "{}",
        read.diagnostics[0]
    );
    Ok(())
}
