//! Tests the client against a local server that answers from a list, one connection per response.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::super::answer::MAX_BODY;
use super::super::settings::SignIn;
use super::*;

mod sign_in;

const SEGMENTS: &[&str] = &["deviceManagement", "complianceManagementPartners"];

/// Hands out `token-1`, `token-2`, …
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

#[async_trait::async_trait]
impl TokenCredential for Counting {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let expires_on = time::OffsetDateTime::now_utc() + time::Duration::hours(1);
        Ok(AccessToken::new(format!("token-{number}"), expires_on))
    }
}

/// A client of a server, and the requests that the server received.
struct Server {
    client: Client,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server with these responses, in which `HOST` stands for its own origin.
    async fn start(answers: Vec<String>) -> Self {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let credential: Arc<dyn TokenCredential> = Arc::new(Counting::default());
        let here = Url::parse(&origin).ok();
        let settings = Settings {
            graph_endpoint: here.clone(),
            authority_host: here,
            user_agent: "tests".into(),
            ..Settings::default()
        };
        let client = Client::assemble(
            settings,
            Box::new(move |_, _, _| Ok(Credential::new("a test", Arc::clone(&credential)))),
            Policy::at_once(),
        );
        tokio::spawn({
            let asked = Arc::clone(&asked);
            async move {
                for answer in answers {
                    let (mut stream, _) = listener.accept().await.expect("a connection");
                    let request = read_request(&mut stream).await;
                    asked.lock().expect("no panic").push(request);
                    // A client that has seen enough closes early.
                    let _ = stream
                        .write_all(answer.replace("HOST", &origin).as_bytes())
                        .await;
                    let _ = stream.shutdown().await;
                }
            }
        });
        Self { client, asked }
    }

    async fn send(&self, method: Method) -> Result<Option<Value>, Error> {
        let body = (method != Method::GET).then(|| json!({"displayName": "x"}));
        let request = Request {
            method,
            segments: SEGMENTS,
            body,
        };
        self.client.send(&call(), request).await
    }

    async fn list(&self) -> Result<Vec<Value>, Error> {
        self.client.list(&call(), SEGMENTS).await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().expect("a length"));
            if body.len() >= length {
                return text;
            }
        }
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.expect("a request");
        assert!(read > 0, "the request ends early");
        request.extend_from_slice(&buffer[..read]);
    }
}

fn call() -> Call {
    Call {
        deadline: tokio::time::Instant::now() + Duration::from_mins(1),
        stop: CancellationToken::new(),
    }
}

/// A response that ends where the connection ends.
fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n{body}")
}

fn ok(body: &Value) -> String {
    let headers = "content-type: application/json\r\n";
    answer("200 OK", headers, &body.to_string())
}

fn truncated() -> String {
    answer("200 OK", "content-length: 80\r\n", r#"{"id": 1"#)
}

#[tokio::test]
async fn a_request_carries_what_graph_wants() {
    let server = Server::start(vec![answer("204 No Content", "", "")]).await;
    let sent = server.send(Method::PATCH).await.expect("a success");
    assert_eq!(sent, None);
    let asked = server.asked().remove(0);
    for line in [
        "patch /v1.0/devicemanagement/compliancemanagementpartners http/1.1",
        "authorization: bearer token-1",
        "accept: application/json",
        "content-type: application/json",
        "user-agent: tests",
    ] {
        assert!(asked.contains(line), "{line} is not in {asked}");
    }
    let (_, id) = asked.split_once("client-request-id: ").expect("an id");
    Uuid::parse_str(&id[..36]).expect("a GUID");
    assert!(asked.ends_with(r#"{"displayname":"x"}"#));
}

#[tokio::test]
async fn a_list_is_followed_to_its_end() {
    let server = Server::start(vec![
        ok(&json!({"value": [1], "@odata.nextLink": "HOST/v1.0/next?$skiptoken=a%2Fb"})),
        ok(&json!({"value": [2, 3]})),
    ])
    .await;
    assert_eq!(server.list().await.expect("a list"), [1, 2, 3]);
    assert!(server.asked()[1].starts_with("get /v1.0/next?$skiptoken=a%2fb http"));
}

#[tokio::test]
async fn a_list_is_no_longer_than_an_answer() {
    let half = |next: u8| {
        let filler = " ".repeat(MAX_BODY / 2);
        ok(&json!({"value": [], "x": filler, "@odata.nextLink": format!("HOST/v1.0/{next}")}))
    };
    let server = Server::start((0..3).map(half).collect()).await;
    let error = server.list().await.expect_err("too long");
    assert!(error.to_string().contains("longer than"), "{error}");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_list_does_not_leave_its_host_nor_turn_in_circles() {
    let foreign = json!({"value": [], "@odata.nextLink": "https://evil.example/v1.0/x"});
    let server = Server::start(vec![ok(&foreign)]).await;
    let error = server.list().await.expect_err("another host");
    assert!(error.to_string().contains("https://evil.example"));

    let circle = json!({"value": [], "@odata.nextLink": "HOST/v1.0/next"});
    let server = Server::start(vec![ok(&circle), ok(&circle)]).await;
    let error = server.list().await.expect_err("a circle");
    assert!(error.to_string().contains("after 2 pages"), "{error}");

    for page in [
        json!({"values": []}),
        json!([]),
        json!({"value": [], "@odata.nextLink": 7}),
    ] {
        let server = Server::start(vec![ok(&page)]).await;
        let error = server.list().await.expect_err("no page");
        assert!(
            error.to_string().contains("not a page of a list"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refused = || answer("401 Unauthorized", "", "");
    let server = Server::start(vec![refused(), ok(&json!({}))]).await;
    server.send(Method::POST).await.expect("a success");
    assert!(server.asked()[1].contains("bearer token-2"));

    let server = Server::start(vec![refused(), refused()]).await;
    let error = server.send(Method::GET).await.expect_err("still refused");
    assert!(is_unauthorized(&error));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_throttled_write_is_repeated_as_told_and_with_a_new_id() {
    let throttled = answer("429 Too Many Requests", "retry-after: 0\r\n", "");
    let server = Server::start(vec![throttled, ok(&json!({"id": "a"}))]).await;
    let body = server.send(Method::POST).await.expect("a success");
    assert_eq!(body, Some(json!({"id": "a"})));
    let ids: HashSet<String> = server
        .asked()
        .iter()
        .filter_map(|asked| Some(asked.split_once("client-request-id: ")?.1[..36].to_owned()))
        .collect();
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_told_at_once() {
    let throttled = answer("429 Too Many Requests", "retry-after: 3600\r\n", "");
    let server = Server::start(vec![throttled]).await;
    let error = server.send(Method::GET).await.expect_err("throttled");
    assert!(error.advice().expect("advice").contains("timeout"));
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_but_a_write_is_in_doubt() {
    let server = Server::start(vec![truncated(), ok(&json!({}))]).await;
    server.send(Method::GET).await.expect("the second answer");

    let server = Server::start(vec![truncated()]).await;
    let error = server.send(Method::POST).await.expect_err("a lost answer");
    assert!(error.is_in_doubt(), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn pages_floods_and_redirects_are_errors() {
    let page = answer("200 OK", "content-type: text/html\r\n", "<html>Sign in");
    let server = Server::start(vec![page]).await;
    let error = server.send(Method::GET).await.expect_err("a page");
    assert!(
        error
            .to_string()
            .contains("text/html) is not JSON: <html>Sign in")
    );

    let flood = answer("200 OK", "", &" ".repeat(MAX_BODY + 1));
    let server = Server::start(vec![flood]).await;
    let error = server.send(Method::GET).await.expect_err("too long");
    assert!(error.to_string().contains("longer than 4 MiB"), "{error}");

    let redirect = answer("302 Found", "location: https://evil.example/\r\n", "");
    let server = Server::start(vec![redirect]).await;
    let error = server.send(Method::GET).await.expect_err("a redirect");
    assert!(error.to_string().contains("host evil.example"), "{error}");
}

#[tokio::test]
async fn a_call_ends_when_it_is_stopped_or_its_time_is_up() {
    let server = Server::start(vec![]).await;
    let call = call();
    call.stop.cancel();
    let error = server.client.list(&call, SEGMENTS).await;
    assert!(matches!(error, Err(Error::Cancelled { .. })));

    let call = Call {
        deadline: tokio::time::Instant::now() - Duration::from_secs(1),
        stop: CancellationToken::new(),
    };
    let error = server.client.list(&call, SEGMENTS).await;
    assert!(matches!(error, Err(Error::TimedOut { .. })));
}

#[test]
fn calls_can_move_between_threads() {
    fn is_send<T: Send>(_: T) {}

    let client = Client::new(Settings::default());
    let call = call();
    is_send(client.list(&call, SEGMENTS));
    is_send(client.send(
        &call,
        Request {
            method: Method::GET,
            segments: SEGMENTS,
            body: None,
        },
    ));
}

#[test]
fn urls_are_encoded_and_never_name_another_object() {
    let graph = "https://graph.microsoft.com";
    let good = url(graph, ApiVersion::V1, &["deviceManagement", "a/b c?"]).expect("a URL");
    assert_eq!(
        good.as_str(),
        "https://graph.microsoft.com/v1.0/deviceManagement/a%2Fb%20c%3F"
    );
    let beta = url(graph, ApiVersion::Beta, &["x"]).expect("a URL");
    assert_eq!(beta.path(), "/beta/x");
    for segment in ["", ".", "..", "\n", ".\t.", "a\r\n"] {
        url(graph, ApiVersion::V1, &["deviceManagement", segment]).expect_err("no id");
    }
}

#[test]
fn debug_shows_no_secret() {
    let settings = Settings {
        sign_in: SignIn {
            client_secret: Some(crate::graph::Secret::new("hunter2")),
            ..SignIn::default()
        },
        ..Settings::default()
    };
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert!(!format!("{:?}", Client::new(settings)).contains("hunter2"));
}

#[tokio::test]
async fn a_proxy_that_echoes_the_request_shows_no_token() {
    let headers = "content-type: text/html; token-1\r\nrequest-id: token-1\r\n\
                   date: Wed, 01 May 2024 10:00:00 GMT\r\n";
    let echo = answer("403 Forbidden", headers, "authorization: Bearer token-1");
    let server = Server::start(vec![echo]).await;
    let error = server.send(Method::GET).await.expect_err("refused");
    assert!(!format!("{error:?}").contains("token-1"), "{error:?}");
    assert!(error.to_string().contains("Bearer (hidden)"), "{error}");
    let Error::Api(api) = error else {
        panic!("{error:?}");
    };
    assert!(api.clock_offset.expect("2024 is past").is_positive());
}
