//! The Microsoft Graph client: sends one request, or reads a list to its end. The domain calls it in every operation.
//!
//! An attempt is a token, the request with a fresh id, and a response of limited size. [`Client::send`] repeats it as
//! `retry` allows, and signs in again once if Graph refuses the token. A write whose response was lost is not repeated
//! here: its sender knows how to find out what it did.

mod listing;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_core::credentials::Secret;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

use super::answer::{self, Asked, Head};
use super::call::{Bounds, Call};
use super::courier::Courier;
use super::credential::{
    self, Credential,
    token::{Token, Tokens, check_tenant, tenant_of},
};
use super::error::{Error, Failure, chain};
use super::gate::Gate;
use super::http::{self, READ_TIMEOUT};
use super::metadata;
use super::retry::{Attempts, End, Policy};
use super::settings::{Hosts, Settings};
use super::shared::Shared;
use super::version::ApiVersion;
pub use listing::Listing;

/// One request.
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The path below the version, as segments that are not encoded.
    pub segments: &'a [&'a str],
    /// The JSON to send.
    pub body: Option<Value>,
}

/// A client of Microsoft Graph. Clones share the connections and the token.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// Makes a credential that sends through the given client.
type MakeCredential =
    dyn Fn(&Settings, &Hosts, &reqwest::Client) -> Result<Credential, Error> + Send + Sync;

struct Inner {
    settings: Settings,
    make_credential: Box<MakeCredential>,
    policy: Policy,
    /// The hosts from the metadata service, if the settings do not give them.
    hosts: Shared<Hosts>,
    /// Created at the first call: reading the trust store takes some milliseconds, which the start should not have to
    /// pay for.
    http: OnceCell<reqwest::Client>,
    tokens: Tokens,
    gate: Gate,
}

/// A request with everything except its token and its id.
struct Prepared {
    method: Method,
    url: Url,
    body: Option<Value>,
}

impl Prepared {
    fn asked(&self) -> Asked<'_> {
        Asked {
            method: self.method.as_str(),
            url: &self.url,
        }
    }

    /// The request to send, which differs from attempt to attempt.
    fn with(
        &self,
        http: &reqwest::Client,
        token: &Secret,
        client_request_id: &str,
    ) -> Result<reqwest::RequestBuilder, Error> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.secret()))
            .map_err(|_| Error::Request("the token is not valid in an HTTP header.".into()))?;
        authorization.set_sensitive(true);
        let request = http
            .request(self.method.clone(), self.url.clone())
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json")
            .header("client-request-id", client_request_id);
        Ok(match &self.body {
            Some(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string()),
            None => request,
        })
    }
}

impl Client {
    /// Creates a client. Nothing is read or sent before the first call.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::assemble(settings, Box::new(credential::choose), Policy::default())
    }

    fn assemble(settings: Settings, make_credential: Box<MakeCredential>, policy: Policy) -> Self {
        Self {
            inner: Arc::new(Inner {
                hosts: Shared::default(),
                settings,
                make_credential,
                policy,
                http: OnceCell::new(),
                tokens: Tokens::default(),
                gate: Gate::default(),
            }),
        }
    }

    /// Sends one request and returns the body of Graph's response; `None` if it is empty, as with 204.
    ///
    /// # Errors
    /// Any [`Error`]. After a write, [`Error::is_in_doubt`] says whether it may have been carried out anyway.
    pub async fn send(&self, call: &Call, request: Request<'_>) -> Result<Option<Value>, Error> {
        let bounds = Bounds::new(call);
        let prepared = Prepared {
            method: request.method,
            url: url(
                &self.hosts(&bounds).await?.graph,
                self.version(),
                request.segments,
            )?,
            body: request.body,
        };
        let (_, body) = self.exchange(&bounds, &prepared).await?;
        Ok(body)
    }

    /// Reads a list to its end: the elements of all its pages.
    ///
    /// # Errors
    /// Any [`Error`], also for a page in another format, a next page on another host, and a list that does not end.
    pub async fn list(&self, call: &Call, segments: &[&str]) -> Result<Vec<Value>, Error> {
        let mut listing = self.pages(call, segments).await?;
        let mut elements = Vec::new();
        while let Some(mut page) = listing.next().await? {
            elements.append(&mut page);
        }
        Ok(elements)
    }

    /// The version of the Graph API that it uses.
    #[must_use]
    pub fn version(&self) -> ApiVersion {
        self.inner.settings.version
    }

    /// The tenant that it is signed in to, if its token says so. Signs in if necessary.
    ///
    /// # Errors
    /// Those of signing in, and of the call.
    pub async fn tenant(&self, call: &Call) -> Result<Option<Uuid>, Error> {
        let token = self.token(&Bounds::new(call)).await?;
        Ok(tenant_of(token.secret().secret()))
    }

    /// How long to wait before each check of what became of a write whose response was lost.
    pub fn looks(&self) -> impl Iterator<Item = Duration> + use<> {
        self.inner.policy.looks()
    }

    /// The hosts of the cloud.
    async fn hosts(&self, bounds: &Bounds<'_>) -> Result<Hosts, Error> {
        let settings = &self.inner.settings;
        if let Some(hosts) = settings.hosts() {
            return Ok(hosts);
        }
        let ask = async {
            let Some(host) = &settings.metadata_host else {
                return Err(Error::Settings("No cloud is set.".into()));
            };
            let courier = Courier {
                http: self.http().await?.clone(),
                user_agent: settings.user_agent.clone(),
            };
            let mut attempts = self.inner.policy.attempts(Method::GET);
            let what = "asking metadata_host";
            loop {
                let error = match metadata::hosts(&courier, host, settings).await {
                    Ok(hosts) => return Ok(hosts),
                    Err(error) => error,
                };
                // Shared like a sign-in, and without a deadline of its own for the same reason.
                let wait = wait_after(&mut attempts, error, READ_TIMEOUT, what)?;
                tokio::time::sleep(wait).await;
            }
        };
        let hosts = self.inner.hosts.get(|_| true, ask);
        bounds
            .run("Asking metadata_host for the cloud's hosts", hosts)
            .await
    }

    /// Sends a request until it succeeds, is refused, or may not be repeated.
    async fn exchange(
        &self,
        bounds: &Bounds<'_>,
        prepared: &Prepared,
    ) -> Result<(Head, Option<Value>), Error> {
        let asked = prepared.asked();
        let what = asked.what();
        let mut attempts = self.inner.policy.attempts(prepared.method.clone());
        let mut signed_in_again = false;
        loop {
            self.inner
                .gate
                .pass(bounds, &what, asked.is_write())
                .await?;
            let http = self.http().await?;
            let token = self.token(bounds).await?;
            let attempt = attempt(http, prepared, token.secret(), attempts.number());
            let answered = if asked.is_write() {
                bounds.run_write(&what, attempt).await
            } else {
                bounds.run(&what, attempt).await
            };
            let error = match answered {
                Ok(answered) => return Ok(answered),
                Err(error) => error.with_token_of(token.tool),
            };
            if is_unauthorized(&error) && !signed_in_again {
                signed_in_again = true;
                tracing::info!(target: "graph", %what, "Graph refused the token; signing in again");
                let invalidate = async {
                    self.inner.tokens.invalidate(token.secret()).await;
                    Ok(())
                };
                bounds.run("Signing in", invalidate).await?;
                continue;
            }
            self.inner.gate.note(&error, asked.is_write());
            let wait = wait_after(&mut attempts, error, bounds.left(), &what)?;
            bounds.pause(&what, wait).await?;
        }
    }

    /// The token; a new one if there is no valid one.
    async fn token(&self, bounds: &Bounds<'_>) -> Result<Token, Error> {
        let http = self.http().await?;
        let hosts = self.hosts(bounds).await?;
        let sign_in = self.inner.tokens.get(self.sign_in(http, &hosts));
        bounds.run("Signing in", sign_in).await
    }

    /// Gets a new token. Runs once at a time, under the cache's lock.
    async fn sign_in(&self, http: &reqwest::Client, hosts: &Hosts) -> Result<Token, Error> {
        // azure_identity's credentials keep their token and cannot be told to drop it. A new credential has none, and
        // reads files with secrets again.
        let credential = (self.inner.make_credential)(&self.inner.settings, hosts, http)?;
        let scope = format!("{}/.default", hosts.graph);
        let mut attempts = self.inner.policy.attempts(Method::POST);
        loop {
            let started = Instant::now();
            let error = match credential::request(&credential, &scope).await {
                Ok(token) => {
                    tracing::debug!(target: "graph", duration = ?started.elapsed(), "signed in");
                    let tenant_id = self.inner.settings.sign_in.tenant_id.as_deref();
                    check_tenant(tenant_id, token.secret().secret())?;
                    return Ok(token);
                }
                Err(error) => error,
            };
            // This work is shared, so it has no deadline of its own: each call that waits for it has one.
            let wait = wait_after(&mut attempts, error, READ_TIMEOUT, "signing in")?;
            tokio::time::sleep(wait).await;
        }
    }

    async fn http(&self) -> Result<&reqwest::Client, Error> {
        let user_agent = &self.inner.settings.user_agent;
        let build = async { http::client(|builder| builder.user_agent(user_agent)) };
        self.inner.http.get_or_try_init(|| build).await
    }
}

/// The URL of a path below the version.
fn url(graph: &str, version: ApiVersion, segments: &[&str]) -> Result<Url, Error> {
    // An empty or dotted segment would name a different object than intended, usually the collection. A URL leaves out
    // tabs and line ends, so a segment that has some is another one, too.
    let is_another =
        |segment: &str| matches!(segment, "" | "." | "..") || segment.contains(['\t', '\n', '\r']);
    if let Some(segment) = segments.iter().find(|segment| is_another(segment)) {
        return Err(Error::Request(format!("{segment:?} is not an ID.")));
    }
    let invalid = || Error::Settings(format!("{graph} is not a URL."));
    let mut url = Url::parse(graph).map_err(|_| invalid())?;
    url.path_segments_mut()
        .map_err(|()| invalid())?
        .push(version.name())
        .extend(segments);
    Ok(url)
}

#[cfg(test)]
impl Client {
    /// A client that sends through `http`.
    pub(crate) fn through(settings: Settings, http: reqwest::Client) -> Self {
        let mut client = Self::new(settings);
        client.inner().http = OnceCell::new_with(Some(http));
        client
    }

    /// The same, but it waits only as long as the server says.
    pub(crate) fn in_haste(settings: Settings, http: reqwest::Client) -> Self {
        let mut client = Self::through(settings, http);
        client.inner().policy = Policy::at_once();
        client
    }

    fn inner(&mut self) -> &mut Inner {
        Arc::get_mut(&mut self.inner).expect("nobody else has it yet")
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// The wait before the next attempt, or the final error.
fn wait_after(
    attempts: &mut Attempts,
    error: Error,
    left: Duration,
    what: &str,
) -> Result<Duration, Error> {
    let attempt = attempts.number();
    match attempts.wait_after(&error, left) {
        Ok(wait) => {
            tracing::info!(target: "graph", what, reason = %error, ?wait, attempt, "waiting to try again");
            Ok(wait)
        }
        Err(End::Final) => Err(error),
        Err(end) => Err(Error::GaveUp {
            error: Box::new(error),
            attempts: attempt,
            wait: match end {
                End::Time(wait) => Some(wait),
                _ => None,
            },
        }),
    }
}

/// Sends a request once and reads the response.
async fn attempt(
    http: &reqwest::Client,
    prepared: &Prepared,
    token: &Secret,
    number: u32,
) -> Result<(Head, Option<Value>), Error> {
    let started = Instant::now();
    let client_request_id = Uuid::new_v4().to_string();
    let asked = prepared.asked();
    let failed = |error: reqwest::Error, status| {
        let failure = Failure::of(&error);
        let chain = chain(&error.without_url());
        tracing::debug!(
            target: "graph",
            method = %prepared.method,
            path = prepared.url.path(),
            duration = ?started.elapsed(),
            client_request_id,
            attempt = number,
            reason = chain,
            "not answered"
        );
        Error::Transport {
            what: asked.what(),
            chain,
            failure,
            status,
            client_request_id: client_request_id.clone(),
            in_doubt: matches!(failure, Failure::Lost | Failure::Silent) && asked.is_write(),
        }
    };
    let request = prepared.with(http, token, &client_request_id)?;
    let response = request.send().await.map_err(|error| failed(error, None))?;
    let mut head = Head::of(
        response.status(),
        response.headers(),
        &client_request_id,
        token.secret(),
    );
    let body = answer::read(response).await;
    let body = body.map_err(|error| failed(error, Some(head.status)))?;
    head.length = body.length();
    tracing::debug!(
        target: "graph",
        method = %prepared.method,
        path = prepared.url.path(),
        status = head.status,
        duration = ?started.elapsed(),
        request_id = head.request_id.as_deref().unwrap_or("none"),
        client_request_id,
        attempt = number,
        "answered"
    );
    let answer = answer::decode(&asked, &head, body, token.secret())?;
    Ok((head, answer))
}

fn is_unauthorized(error: &Error) -> bool {
    matches!(error, Error::Api(api) if api.status == 401)
}

#[cfg(test)]
mod tests;
