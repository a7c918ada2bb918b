//! From the handshake's address to a gRPC channel: Unix socket or TCP, TLS or plaintext. Used by
//! [`super::Process`], by tests that connect as an intruder would, and by `benchmark`.

use std::io;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::tls::client_config;
use super::{Address, ClientIdentity, PATIENCE, Result};

/// The longest message that core sends or takes.
pub const MESSAGE_LIMIT: usize = 256 << 20;

/// How a connection is secured.
#[derive(Debug, Clone, Copy)]
pub enum Security<'a> {
    /// Not at all, as with `TF_REATTACH_PROVIDERS`.
    Plaintext,
    /// By TLS 1.2 or 1.3.
    Tls {
        /// The only server certificate that is accepted.
        server: &'a CertificateDer<'static>,
        /// What is shown to the server; `None` shows no certificate.
        client: Option<&'a ClientIdentity>,
    },
}

/// Opens a channel. With TLS 1.3 a client is done before the server has judged its certificate: a
/// refusal may show only at the first call.
///
/// # Errors
/// When nobody listens, or either side refuses the other.
pub async fn connect(address: &Address, security: Security<'_>) -> Result<Channel> {
    let tls = match security {
        Security::Plaintext => None,
        Security::Tls { server, client } => Some(Arc::new(client_config(server, client)?)),
    };
    let address = address.clone();
    let connector = service_fn(move |_| {
        let (address, tls) = (address.clone(), tls.clone());
        async move { open(&address, tls).await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://localhost")
        .connect_timeout(PATIENCE)
        .timeout(PATIENCE);
    Ok(endpoint.connect_with_connector(connector).await?)
}

/// A byte stream of whatever kind.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn open(address: &Address, tls: Option<Arc<ClientConfig>>) -> io::Result<Box<dyn Stream>> {
    let stream: Box<dyn Stream> = match address {
        Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
        Address::Tcp(address) => {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Box::new(stream)
        }
    };
    let Some(tls) = tls else { return Ok(stream) };
    let stream = TlsConnector::from(tls)
        .connect(
            ServerName::try_from("localhost").map_err(io::Error::other)?,
            stream,
        )
        .await?;
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Err(io::Error::other(
            "the plugin did not choose h2 by ALPN; newer cores refuse that",
        ));
    }
    Ok(Box::new(stream))
}
