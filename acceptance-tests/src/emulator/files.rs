//! A web server for the files of a folder, trusted by whoever trusts the emulator beside it: what a company serves a network
//! mirror with. Started by `Emulator::serve_files`.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::server;

/// A running server. It serves until it is dropped.
#[derive(Debug)]
pub struct FileServer {
    url: String,
    serving: JoinHandle<()>,
}

impl FileServer {
    /// Starts to serve on 127.0.0.1.
    pub(super) async fn start(folder: &Path, acceptor: TlsAcceptor) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("https://localhost:{}/", listener.local_addr()?.port());
        let router = Router::new().fallback(send).with_state(folder.to_owned());
        let serving = tokio::spawn(server::serve_with(listener, acceptor, router));
        Ok(Self { url, serving })
    }

    /// Where the folder is: `https://localhost:PORT/`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn send(State(folder): State<PathBuf>, uri: Uri) -> Response {
    let path = Path::new(uri.path().trim_start_matches('/'));
    let is_inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let media_type = match path.extension().and_then(|it| it.to_str()) {
        Some("json") => "application/json",
        _ => "application/octet-stream",
    };
    match fs::read(folder.join(path)) {
        Ok(content) if is_inside => ([(CONTENT_TYPE, media_type)], content).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
