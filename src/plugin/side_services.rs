//! What go-plugin expects of any plugin: to shut down, to forward what was printed, to broker side connections. `serve`
//! adds it to the server.

use futures_util::{StreamExt as _, future, stream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming, codegen::BoxStream};
use tracing::debug;

use super::go_plugin::{
    ConnInfo, Empty, StdioData, grpc_broker_server::GrpcBroker,
    grpc_controller_server::GrpcController, grpc_stdio_server::GrpcStdio,
};

/// `GRPCController`: ends the process.
pub struct Controller {
    /// Canceled when the parent asks for the shutdown.
    pub shutdown: CancellationToken,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        debug!("asked to shut down");
        self.shutdown.cancel();
        Ok(Response::new(Empty {}))
    }
}

/// `GRPCStdio`: stdout and stderr are the parent's own pipes, so there is never anything to send.
pub struct Stdio {
    /// Ends the stream.
    pub shutdown: CancellationToken,
}

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(
        &self,
        _request: Request<()>,
    ) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(silence(self.shutdown.clone())))
    }
}

/// `GRPCBroker`: no side connection is ever offered or requested.
pub struct Broker {
    /// Ends the stream.
    pub shutdown: CancellationToken,
}

#[tonic::async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        _request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(silence(self.shutdown.clone())))
    }
}

/// A stream that carries nothing and stays open until the process ends: if it ended earlier, the plugin would seem to
/// have crashed.
fn silence<T: Send + 'static>(shutdown: CancellationToken) -> BoxStream<T> {
    Box::pin(stream::once(shutdown.cancelled_owned()).filter_map(|()| future::ready(None)))
}
