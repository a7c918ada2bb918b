//! The socket, and the connections it accepts. Called by `serve`.

use std::{
    fmt,
    io::{self, ErrorKind},
    net::{self, Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpListener,
    sync::mpsc,
    time,
};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;
use tracing::{debug, warn};

/// How long a client may take for the TLS handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// Where the provider listens.
#[derive(Clone, Debug, PartialEq)]
pub enum Address {
    /// A Unix socket, by its path.
    Unix(PathBuf),
    /// A port on the loopback interface.
    Tcp(SocketAddr),
}

impl Address {
    /// The network's name in the handshake.
    #[must_use]
    pub fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

/// A Unix socket that only this user can reach, or a port of this machine. Dropping it removes its folder.
pub struct Listener {
    socket: Socket,
    address: Address,
    folder: Option<TempDir>,
}

enum Socket {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    /// Listens on a Unix socket if the platform has them, otherwise on TCP.
    ///
    /// # Errors
    /// When no socket can be created.
    #[cfg(unix)]
    pub fn bind(parent: Option<&Path>, _ports: RangeInclusive<u16>) -> io::Result<Self> {
        use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

        // A folder that only its owner may enter protects the socket from the first moment, whatever the umask and
        // wherever the parent's folder is.
        let mut builder = tempfile::Builder::new();
        builder
            .prefix("tf-")
            .permissions(Permissions::from_mode(0o700));
        let folder = match parent {
            Some(parent) => builder.tempdir_in(parent)?,
            None => builder.tempdir()?,
        };
        let path = folder.path().join("provider");
        let socket = tokio::net::UnixListener::bind(&path)?;
        Ok(Self {
            socket: Socket::Unix(socket),
            address: Address::Unix(path),
            folder: Some(folder),
        })
    }

    /// Listens on a Unix socket if the platform has them, otherwise on TCP.
    ///
    /// # Errors
    /// When no socket can be created.
    #[cfg(not(unix))]
    pub fn bind(_parent: Option<&Path>, ports: RangeInclusive<u16>) -> io::Result<Self> {
        Self::bind_tcp(ports)
    }

    #[cfg_attr(
        all(unix, not(test)),
        expect(dead_code, reason = "for platforms without unix sockets")
    )]
    fn bind_tcp(ports: RangeInclusive<u16>) -> io::Result<Self> {
        for port in ports.clone() {
            match net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                Ok(socket) => {
                    socket.set_nonblocking(true)?;
                    let socket = TcpListener::from_std(socket)?;
                    let address = Address::Tcp(socket.local_addr()?);
                    return Ok(Self {
                        socket: Socket::Tcp(socket),
                        address,
                        folder: None,
                    });
                }
                // Windows reserves ranges of ports for others, and lets nobody else use them.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::AddrInUse | ErrorKind::PermissionDenied
                    ) => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(
            ErrorKind::AddrInUse,
            format!(
                "every port from {} to {} is in use or reserved",
                ports.start(),
                ports.end()
            ),
        ))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The connections that passed the TLS handshake, or all of them without TLS, and the
    /// folder to keep until the last of them has ended.
    #[must_use]
    pub fn accept(
        self,
        tls: Option<TlsAcceptor>,
    ) -> (ReceiverStream<io::Result<Connection>>, Option<TempDir>) {
        let (sender, receiver) = mpsc::channel(8);
        let folder = self.folder;
        let tls = tls.map(Arc::new);
        tokio::spawn(async move {
            loop {
                match self.socket.accept().await {
                    // Each in its own task: a client that never says anything must not hold up others.
                    Ok(connection) => {
                        tokio::spawn(admit(connection, tls.clone(), sender.clone()));
                    }
                    Err(error) => {
                        // Out of file descriptors, for example: it passes, and spinning does not help.
                        warn!(%error, "cannot accept a connection");
                        time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        });
        (ReceiverStream::new(receiver), folder)
    }
}

impl Socket {
    async fn accept(&self) -> io::Result<Connection> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => Ok(Connection::new(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                // Otherwise small responses wait 40 ms for the other side's acknowledgment.
                stream.set_nodelay(true)?;
                Ok(Connection::new(stream))
            }
        }
    }
}

async fn admit(
    connection: Connection,
    tls: Option<Arc<TlsAcceptor>>,
    sender: mpsc::Sender<io::Result<Connection>>,
) {
    let connection = match tls {
        None => connection,
        Some(tls) => match time::timeout(HANDSHAKE_LIMIT, tls.accept(connection)).await {
            Ok(Ok(stream)) => Connection::new(stream),
            Ok(Err(error)) => return warn!(%error, "a client was refused"),
            Err(_) => {
                return warn!("a client was refused because it did not finish the TLS handshake");
            }
        },
    };
    if sender.send(Ok(connection)).await.is_err() {
        debug!("a connection arrived after shutdown");
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// One connection, whatever it runs over.
pub struct Connection(Box<dyn Stream>);

impl Connection {
    fn new(stream: impl Stream + 'static) -> Self {
        Self(Box::new(stream))
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener as Blocking;

    use super::{Address, Listener};

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_can_reach_the_socket() {
        use std::{fs, os::unix::fs::PermissionsExt as _};

        let parent = tempfile::tempdir().expect("a folder");
        let listener = Listener::bind(Some(parent.path()), 0..=0).expect("a socket");
        let Address::Unix(path) = listener.address().clone() else {
            panic!("not a unix socket")
        };
        let folder = path.parent().expect("a folder").to_owned();
        assert!(
            folder.starts_with(parent.path()),
            "the socket is where the parent wants it"
        );
        let mode = fs::metadata(&folder)
            .expect("the folder")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "others may enter: {mode:o}");
        drop(listener);
        assert!(!folder.exists(), "the folder stays behind");
    }

    #[tokio::test]
    async fn tcp_takes_the_first_free_port_on_loopback() {
        let taken = Blocking::bind("127.0.0.1:0").expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let error = Listener::bind_tcp(port..=port)
            .err()
            .expect("no port is free");
        assert!(error.to_string().contains("in use"), "{error}");
        let listener = Listener::bind_tcp(0..=0).expect("a port");
        let Address::Tcp(address) = listener.address() else {
            panic!("not a TCP socket")
        };
        assert!(address.ip().is_loopback());
    }
}
