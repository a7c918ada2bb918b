//! A test's view of the emulator: a client that is signed in, and a word for each request. Used by every test here.

use std::error::Error;

use acceptance_tests::emulator::samples::{CLIENT_ID, CLIENT_SECRET, TENANT_ID};
use acceptance_tests::emulator::{Effect, Emulator, Fault, Options};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Certificate, Client, ClientBuilder, Method, RequestBuilder, redirect};
use serde_json::Value;
use url::form_urlencoded;

pub(crate) type TestResult = Result<(), Box<dyn Error>>;

pub(crate) const PARTNERS: &str = "/v1.0/deviceManagement/complianceManagementPartners";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// An emulator, and a client that trusts it and nobody else.
pub(crate) struct Session {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
    pub(crate) token: String,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Session {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Result<Self, Box<dyn Error>> {
        let emulator = Emulator::start(options).await?;
        let mut session = Self {
            client: client_for(&emulator)?.build()?,
            emulator,
            token: String::new(),
        };
        session.token = session
            .token_for(TENANT_ID, CLIENT_ID, CLIENT_SECRET)
            .await?;
        session.emulator.clear_journal();
        Ok(session)
    }

    /// The same with a client that does not speak HTTP/2.
    pub(crate) async fn start_with_http_1() -> Result<Self, Box<dyn Error>> {
        let mut session = Self::start().await?;
        session.client = client_for(&session.emulator)?.http1_only().build()?;
        Ok(session)
    }

    pub(crate) async fn token_for(
        &self,
        tenant: &str,
        client_id: &str,
        secret: &str,
    ) -> Result<String, Box<dyn Error>> {
        let scope = format!("{}/.default", self.emulator.url());
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", secret),
            ("scope", &scope),
        ];
        let reply = self.sign_in(tenant, FORM, &fields).await?;
        let token = reply.body["access_token"].as_str();
        Ok(token.ok_or("no token")?.to_owned())
    }

    pub(crate) async fn sign_in(
        &self,
        tenant: &str,
        content_type: &str,
        fields: &[(&str, &str)],
    ) -> Result<Reply, Box<dyn Error>> {
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.emulator.url());
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self.client.post(url).header(CONTENT_TYPE, content_type);
        reply(request.body(form)).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.emulator.url());
        self.client.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Reply, Box<dyn Error>> {
        reply(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, body: &Value) -> Result<Reply, Box<dyn Error>> {
        reply(self.request(Method::POST, PARTNERS).json(body)).await
    }

    pub(crate) async fn patch(&self, id: &str, body: &Value) -> Result<Reply, Box<dyn Error>> {
        reply(self.request(Method::PATCH, &path_of(id)).json(body)).await
    }

    pub(crate) async fn delete(&self, id: &str) -> Result<Reply, Box<dyn Error>> {
        reply(self.request(Method::DELETE, &path_of(id))).await
    }

    /// Disturbs the next request.
    pub(crate) fn fail(&self, effect: Effect) {
        self.emulator.fail(Fault::new(effect));
    }

    /// The journal, one line per exchange.
    pub(crate) fn exchanges(&self) -> Vec<String> {
        let journal = self.emulator.journal();
        journal.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn stored(&self, id: &str) -> Option<Value> {
        let mut partners = self.emulator.partners(TENANT_ID).into_iter();
        partners.find(|partner| partner["id"] == id)
    }
}

pub(crate) fn client_for(emulator: &Emulator) -> Result<ClientBuilder, Box<dyn Error>> {
    // Another test in this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ca = Certificate::from_pem(&std::fs::read(emulator.ca_pem_path())?)?;
    Ok(Client::builder()
        .tls_certs_only([ca])
        .redirect(redirect::Policy::none())
        .no_proxy())
}

pub(crate) async fn reply(request: RequestBuilder) -> Result<Reply, Box<dyn Error>> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Reply {
        status,
        headers,
        body,
    })
}

/// The message that Intune puts into Graph's message.
pub(crate) fn inner_message(body: &Value) -> Result<String, Box<dyn Error>> {
    let text = body["error"]["message"].as_str().ok_or("no message")?;
    let inner: Value = serde_json::from_str(text)?;
    Ok(inner["Message"].as_str().ok_or("no Message")?.to_owned())
}

pub(crate) fn path_of(id: &str) -> String {
    format!("{PARTNERS}/{id}")
}
