//! The process: how it ends, and what does not end it.

use acceptance_tests::{
    core::{plugin, tfplugin6},
    provider_binary::provider_binary,
};
use tonic::{Code, Request};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};

use crate::fixture::{Result, launch};

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
async fn a_signal_does_not_end_it_before_terraform_does() -> Result<()> {
    let mut provider = launch().start().await?;
    for signal in ["INT", "TERM"] {
        provider.process.signal(signal).await?;
        assert!(!provider.schema().await?.resource_schemas.is_empty());
    }
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
    let open = tfplugin6::open_ephemeral_resource::Request::default();
    let status = provider
        .rpc
        .open_ephemeral_resource(open)
        .await
        .expect_err("there are no ephemeral resources");
    assert_eq!(status.code(), Code::Unimplemented);
    let action = tfplugin6::plan_action::Request::default();
    let status = provider
        .rpc
        .plan_action(action)
        .await
        .expect_err("there are no actions");
    assert_eq!(status.code(), Code::Unimplemented);
    Ok(())
}
