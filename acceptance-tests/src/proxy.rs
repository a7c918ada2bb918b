//! An HTTP proxy that leads every name to one place: a client that asks for the hosts of a national cloud finds the emulator
//! there. Tests of the network start it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A proxy that serves until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Proxy {
    /// Starts one on 127.0.0.1 that leads to this port of this machine.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(leads_to: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let serving = tokio::spawn({
            let asked = Arc::clone(&asked);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let asked = Arc::clone(&asked);
                    // How a connection ends is the client's business.
                    tokio::spawn(async move { tunnel(client, leads_to, &asked).await.ok() });
                }
            }
        });
        Ok(Self {
            url,
            asked,
            serving,
        })
    }

    /// What a client has to know: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The places that clients asked for, such as `login.example:443`.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn tunnel(client: TcpStream, leads_to: u16, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut request = String::new();
    // A request of more than this is none.
    let mut head = (&mut client).take(16 * 1024);
    head.read_line(&mut request).await?;
    let mut line = String::new();
    while head.read_line(&mut line).await? > 2 {
        line.clear();
    }
    let target = request
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split_whitespace().next());
    let Some(target) = target else {
        return client
            .write_all(b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n")
            .await;
    };
    asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(target.to_owned());
    let mut server = TcpStream::connect(("127.0.0.1", leads_to)).await?;
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
