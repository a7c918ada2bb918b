//! From a socket to an answer: accepts connections, and takes each request through journal, faults and endpoints.
//! Started by `Emulator::start`; `files` serves over its connections as well.

use std::future;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::faults::Effect;
use super::journal::Kind;
use super::message::{Answer, Call, Payload};
use super::{World, entra, graph, machine, metadata, workload};

/// Serves the emulated services until it is dropped.
pub(super) async fn serve(listener: TcpListener, acceptor: TlsAcceptor, world: Arc<World>) {
    let router = Router::new().fallback(exchange).with_state(world);
    serve_with(listener, acceptor, router).await;
}

/// Serves until it is dropped, and every connection with it.
pub(super) async fn serve_with(listener: TcpListener, acceptor: TlsAcceptor, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        // What fails here is one client's connection: the next may do better.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connect(stream, acceptor.clone(), router.clone()));
        }
        while connections.try_join_next().is_some() {}
    }
}

/// A handle with which a request can cut its connection, and what it may know of it.
#[derive(Clone)]
struct Connection {
    end: Arc<Notify>,
    secure: bool,
}

impl Connection {
    /// Does not return: the connection goes, and this with it.
    async fn cut(&self) -> Response {
        self.end.notify_one();
        future::pending().await
    }
}

async fn connect(stream: TcpStream, acceptor: TlsAcceptor, router: Router) {
    // Without it the kernel may hold back small packets, and tests take longer.
    let _ = stream.set_nodelay(true);
    let mut first = [0];
    let Ok(1) = stream.peek(&mut first).await else {
        return; // The client went away again.
    };
    if first != [TLS_HANDSHAKE] {
        return serve_on(stream, false, router).await;
    }
    // Else the client does not trust the certificate, or speaks no TLS.
    if let Ok(stream) = acceptor.accept(stream).await {
        serve_on(stream, true, router).await;
    }
}

/// What a connection begins with if it is one over TLS.
const TLS_HANDSHAKE: u8 = 0x16;

async fn serve_on(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    secure: bool,
    router: Router,
) {
    let connection = Connection {
        end: Arc::default(),
        secure,
    };
    let end = Arc::clone(&connection.end);
    let service = TowerToHyperService::new(router.layer(Extension(connection)));
    let server = auto::Builder::new(TokioExecutor::new());
    tokio::select! {
        // How a connection ends is the client's business.
        _ = server.serve_connection(TokioIo::new(stream), service) => {}
        () = end.notified() => {}
    }
}

async fn exchange(
    State(world): State<Arc<World>>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Response {
    let Ok(call) = Call::read(request, connection.secure).await else {
        return connection.cut().await;
    };
    // In a task of its own, because hyper drops this one when the client goes away: a service does not notice that, and
    // carries out what it has received.
    match tokio::spawn(carry_out(world, call)).await {
        Ok(Some(response)) => response,
        Ok(None) | Err(_) => connection.cut().await,
    }
}

/// From a request to its answer; none if the connection is to be cut instead.
async fn carry_out(world: Arc<World>, call: Call) -> Option<Response> {
    let effect = world.faults.next(&call);
    let sequence = world.journal.arrived(&call, effect.as_ref());
    match &effect {
        Some(Effect::Delay(duration)) => tokio::time::sleep(*duration).await,
        Some(Effect::HoldBefore(gate)) => gate.pass().await,
        Some(Effect::ResetBeforeEffect) => {
            world.journal.settled(sequence, None);
            return None;
        }
        _ => {}
    }
    let answer = answer(&world, &call, effect.as_ref());
    match &effect {
        Some(Effect::HoldAfter(gate)) => gate.pass().await,
        Some(Effect::ResetAfterEffect) => {
            world.journal.settled(sequence, None);
            return None;
        }
        _ => {}
    }
    world.journal.settled(sequence, Some(&answer));
    Some(match effect {
        Some(Effect::TruncatedBody) => answer.into_truncated_response(),
        Some(Effect::Trickle {
            bytes,
            every,
            endless,
        }) => answer.into_trickling_response(bytes, every, endless),
        _ => answer.into_response(),
    })
}

fn answer(world: &World, call: &Call, effect: Option<&Effect>) -> Answer {
    // Only what never leaves a machine may do without TLS.
    if !call.secure && call.kind() != Kind::Machine {
        let message = "The plain HTTP request was sent to an HTTPS port.".to_owned();
        return Answer::new(StatusCode::BAD_REQUEST, Payload::Text(message));
    }
    let instead = effect.and_then(|effect| effect.instead(call));
    let answer = instead.unwrap_or_else(|| match call.kind() {
        Kind::Token => entra::answer(world, call),
        Kind::Graph => graph::answer(world, call, effect),
        Kind::Workload => workload::answer(world, call),
        Kind::Machine => machine::answer(world, call),
        Kind::Metadata => metadata::answer(world, call),
    });
    match effect {
        Some(effect) => effect.distort(answer),
        None => answer,
    }
}
