//! The client before it has a token: an authority that cannot be reached or trusted.

use super::*;

/// A client whose authority is on this machine; nothing is ever sent to Graph.
fn client_with_authority(port: u16) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings {
        authority_host: Url::parse(&format!("https://localhost:{port}")).ok(),
        sign_in: SignIn {
            tenant_id: Some("tenant".into()),
            client_id: Some("client".into()),
            client_secret: Some(crate::graph::Secret::new("hunter2")),
            ..SignIn::default()
        },
        ..Settings::default()
    };
    Client::assemble(settings, Box::new(credential::choose), Policy::at_once())
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_reported() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = closed.local_addr().expect("an address").port();
    drop(closed);
    let error = client_with_authority(port).list(&call(), SEGMENTS).await;
    let error = error.expect_err("nobody listens");
    let Error::GaveUp {
        error, attempts, ..
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(*attempts, 3);
    let Error::Credential(credential) = &**error else {
        panic!("{error:?}");
    };
    assert_eq!(credential.failure, Some(Failure::Unreachable), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_is_asked_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let client = client_with_authority(listener.local_addr().expect("an address").port());
    let own = rcgen::generate_simple_self_signed(["localhost".into()]).expect("a certificate");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key.into())
        .expect("a configuration");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let (stop, mut stopped) = tokio::sync::oneshot::channel();
    let server = tokio::spawn(async move {
        let mut connections = 0;
        loop {
            tokio::select! {
                connection = listener.accept() => {
                    let (stream, _) = connection.expect("a connection");
                    connections += 1;
                    // The client gives up during the handshake.
                    let _ = acceptor.accept(stream).await;
                }
                _ = &mut stopped => return connections,
            }
        }
    });
    let error = client.list(&call(), SEGMENTS).await;
    let error = error.expect_err("an unknown issuer");
    let Error::Credential(credential) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(credential.failure, Some(Failure::Untrusted), "{error}");
    stop.send(()).expect("the server runs");
    assert_eq!(server.await.expect("no panic"), 1);
}
