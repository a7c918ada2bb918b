//! One start of a provider: until it shakes hands, until it has told its schema, and what it has taken of the machine then.
//! Called by [`super::run`], in turn for each binary.
//!
//! The client's work counts, as it does for Terraform: its TLS handshake, with P-521 where the provider chose it.

use std::path::Path;
use std::time::{Duration, Instant};

use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic_prost::ProstCodec;

use crate::core::{Handshake, Launch, MESSAGE_LIMIT, Result, Security, connect};
use crate::proc::{self, Taken};

/// What one start of a provider took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// From the start to the handshake line.
    pub(super) handshake: Duration,
    /// From the start to the schema.
    pub(super) schema: Duration,
    /// What it has taken then.
    pub(super) taken: Taken,
}

/// Starts a provider, asks for its schema, and ends it.
pub(super) async fn start(binary: &Path) -> Result<Start> {
    let launch = Launch::new(binary);
    let begin = Instant::now();
    let mut process = launch.spawn()?;
    let line = process.handshake().await?;
    let handshake = begin.elapsed();
    let server = line
        .certificate
        .as_ref()
        .ok_or("the provider serves without TLS")?;
    let security = Security::Tls {
        server,
        client: Some(process.identity()),
    };
    let channel = connect(&line.address, security).await?;
    get_schema(channel, &line).await?;
    let schema = begin.elapsed();
    let taken = proc::taken(process.id().ok_or("the provider has ended")?)?;
    process.kill().await?;
    Ok(Start {
        handshake,
        schema,
        taken,
    })
}

/// Asks for the schema, and skips what comes: a request without fields is empty in either protocol, and decoding the answer
/// is Terraform's cost, not the provider's.
async fn get_schema(channel: Channel, handshake: &Handshake) -> Result<()> {
    let method = match handshake.protocol {
        5 => "/tfplugin5.Provider/GetSchema",
        6 => "/tfplugin6.Provider/GetProviderSchema",
        other => return Err(format!("protocol {other} is unknown").into()),
    };
    let mut client = Grpc::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
    client.ready().await?;
    client
        .unary(
            tonic::Request::new(()),
            PathAndQuery::from_static(method),
            ProstCodec::<(), ()>::default(),
        )
        .await?;
    Ok(())
}
