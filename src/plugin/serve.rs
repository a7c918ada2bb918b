//! From a started process to a served provider: handshake, socket, services, shutdown.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use rustls::ServerConfig;
use tokio::time;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tracing::{debug, error};

use super::{
    Context, MAX_MESSAGE,
    go_plugin::{
        grpc_broker_server::GrpcBrokerServer, grpc_controller_server::GrpcControllerServer,
        grpc_stdio_server::GrpcStdioServer,
    },
    handshake::{self, Handshake, Refusal},
    host::Offer,
    life::{Interrupts, Parent},
    listen::Listener,
    service::Service,
    side_services::{Broker, Controller, Stdio},
    tfplugin6::provider_server::ProviderServer,
    tls,
};

/// How long calls may go on after the parent asked for the shutdown. It kills the process after 2 s.
const FAREWELL: Duration = Duration::from_secs(1);

/// How the process was started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// By Terraform, which reads the handshake line.
    Plugin,
    /// By a person with `--debug`, who gives Terraform the address.
    Debug,
}

/// Why the provider was not served, or not to the end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The parent process did not ask for a plugin like this one.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// There is no socket, or stdout cannot be written.
    #[error("cannot listen for Terraform: {0}")]
    Listen(#[from] io::Error),
    /// The server ended before it was asked to.
    #[error("the server stopped unexpectedly: {0}")]
    Serve(#[from] tonic::transport::Error),
}

/// Serves `provider` until Terraform ends it or dies or, under `--debug`, until a person ends it. `source` is the
/// provider's address in a configuration, as `TF_REATTACH_PROVIDERS` requires it.
///
/// # Errors
/// When the process was not started as a plugin, or cannot listen.
pub async fn serve<P: Offer>(
    mode: Mode,
    source: &str,
    provider: P,
    context: Context,
) -> Result<ExitCode, Error> {
    let parent = Parent::current();
    tls::install_crypto();
    let interrupts = Interrupts::watch()?;
    let Opened {
        listener,
        tls,
        announcement,
    } = match mode {
        Mode::Plugin => open_for_parent()?,
        Mode::Debug => open_for_person(source)?,
    };
    let shutdown = CancellationToken::new();
    let (connections, folder) =
        listener.accept(tls.map(|config| TlsAcceptor::from(Arc::new(config))));
    let (health, health_service) = tonic_health::server::health_reporter();
    health
        .set_service_status("plugin", tonic_health::ServingStatus::Serving)
        .await;
    let service = ProviderServer::new(Service::new(provider, context.clone()))
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let server = Server::builder()
        // Megabytes of state must not trickle through 64 KiB windows.
        .initial_stream_window_size(4 << 20)
        .initial_connection_window_size(16 << 20)
        .add_service(service)
        .add_service(health_service)
        .add_service(GrpcControllerServer::new(Controller {
            shutdown: shutdown.clone(),
        }))
        .add_service(GrpcStdioServer::new(Stdio {
            shutdown: shutdown.clone(),
        }))
        .add_service(GrpcBrokerServer::new(Broker {
            shutdown: shutdown.clone(),
        }))
        .serve_with_incoming_shutdown(connections, shutdown.clone().cancelled_owned());

    // Not `println!`: this is the only place that writes to stdout.
    writeln!(io::stdout(), "{announcement}").and_then(|()| io::stdout().flush())?;

    tokio::select! {
        ended = server => ended?,
        () = end(mode, shutdown, parent, interrupts, context) => {}
    }
    // The process ends right after this, so remove first what the socket leaves in the file system.
    drop(folder);
    Ok(ExitCode::SUCCESS)
}

/// A socket, and how the other side learns about it.
struct Opened {
    listener: Listener,
    tls: Option<ServerConfig>,
    announcement: String,
}

/// Opens it as the parent process asked for it in the environment.
fn open_for_parent() -> Result<Opened, Error> {
    let wish = Handshake::read(|name| std::env::var(name).ok())?;
    let listener = Listener::bind(wish.socket_dir.as_deref(), wish.ports)?;
    let (tls, certificate) = wish
        .client_certificate
        .map(tls::server_config)
        .transpose()?
        .unzip();
    let announcement = handshake::line(listener.address(), certificate.as_ref());
    Ok(Opened {
        listener,
        tls,
        announcement,
    })
}

/// Opens it for a person, who passes on the address. A Unix socket is for this user alone, a port for everybody on the
/// machine.
fn open_for_person(source: &str) -> Result<Opened, Error> {
    let any_port = 0..=0;
    let listener = Listener::bind(None, any_port)?;
    let reattach = handshake::reattach(source, listener.address(), std::process::id());
    let hint = "Provider started. To attach Terraform, set the following variable in its environment. \
                To stop the provider, press Ctrl-C.";
    let announcement = format!("{hint}\n\nTF_REATTACH_PROVIDERS='{reattach}'");
    Ok(Opened {
        listener,
        tls: None,
        announcement,
    })
}

/// Completes when the process must end, whatever the server is still doing.
async fn end(
    mode: Mode,
    shutdown: CancellationToken,
    parent: Parent,
    mut interrupts: Interrupts,
    context: Context,
) {
    let overdue = async {
        shutdown.cancelled().await;
        time::sleep(FAREWELL).await;
    };
    match mode {
        // An interrupt reaches the whole process group. Terraform gets it too, and says through `StopProvider` what to
        // do about it. Because it is watched, it does nothing here.
        Mode::Plugin => tokio::select! {
            () = overdue => debug!("a call was still running at shutdown"),
            () = parent.gone() => error!("the process that started this one is gone"),
            () = stop_at_termination(interrupts, context) => {}
        },
        Mode::Debug => interrupts.next().await,
    }
}

/// Stops the calls at each termination. If it ended the process, the result of a write would never reach state: where a
/// whole process group is terminated, as by systemd, Terraform would still have saved it. Never completes.
async fn stop_at_termination(mut interrupts: Interrupts, context: Context) {
    loop {
        interrupts.termination().await;
        debug!("asked to terminate");
        context.stop();
    }
}
