//! The partners of an emulated tenant, for tests of what is sent and what the responses lead to.

use std::{fs, time::Duration};

use acceptance_tests::emulator::{Effect, Emulator, Exchange, Fault, Kind, Options, samples};
use serde_json::Value as Json;

use super::{Api, api::Operation};
use crate::{
    graph::{Client, Secret, Settings, SignIn, parse_endpoint},
    plugin::Context,
};

/// A client that trusts the emulator.
pub fn http(emulator: &Emulator) -> reqwest::Client {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let pem = fs::read(emulator.ca_pem_path()).expect("the emulator has written it");
    let authority = reqwest::Certificate::from_pem(&pem).expect("it is a certificate");
    reqwest::Client::builder()
        .tls_certs_only([authority])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}

/// The partners as a new process sees them. It waits only as long as the emulator says.
pub fn api(emulator: &Emulator, http: &reqwest::Client) -> Api {
    with(Client::in_haste(settings(emulator), http.clone()))
}

fn with(client: Client) -> Api {
    let api = Api::new(Context::default());
    api.configure(Ok(client));
    api
}

fn settings(emulator: &Emulator) -> Settings {
    let url = parse_endpoint(emulator.url()).expect("a URL");
    Settings {
        graph_endpoint: Some(url.clone()),
        authority_host: Some(url),
        sign_in: SignIn {
            tenant_id: Some(samples::TENANT_ID.to_owned()),
            client_id: Some(samples::CLIENT_ID.to_owned()),
            client_secret: Some(Secret::new(samples::CLIENT_SECRET)),
            ..SignIn::default()
        },
        ..Settings::default()
    }
}

/// A tenant, and a process that works in it.
pub struct Emulated {
    pub emulator: Emulator,
    pub api: Api,
}

impl Emulated {
    /// The sample tenant, with a list of one page.
    pub async fn start() -> Self {
        let options = Options {
            page_size: 100,
            ..Options::default()
        };
        let emulator = Emulator::start(options).await.expect("a free port");
        let api = api(&emulator, &http(&emulator));
        Self { emulator, api }
    }

    /// The same tenant, for a process that takes its time.
    pub fn without_haste(self) -> Self {
        let client = Client::through(settings(&self.emulator), http(&self.emulator));
        Self {
            api: with(client),
            ..self
        }
    }

    /// An operation with a limit that is never reached.
    pub fn begin(&self) -> Operation {
        let operation = self.api.begin(Duration::from_mins(1));
        operation.expect("it is configured")
    }

    /// A partner as the tenant has it.
    pub fn stored(&self, id: &str) -> Option<Json> {
        let partners = self.emulator.partners(samples::TENANT_ID);
        partners.into_iter().find(|partner| partner["id"] == id)
    }

    /// Disturbs the next request of this method for partners.
    pub fn fail(&self, method: &str, effect: Effect) {
        let fault = Fault::new(effect).method(method);
        self.emulator
            .fail(fault.path("/complianceManagementPartners"));
    }

    /// The requests for partners since the last call, in brief.
    pub fn requests(&self) -> String {
        let mut exchanges = self.emulator.journal();
        self.emulator.clear_journal();
        exchanges.retain(|exchange| exchange.kind == Kind::Graph);
        let word = |exchange: &Exchange| match exchange.method.as_str() {
            "GET" if exchange.path.ends_with("Partners") => "list".to_owned(),
            method => method.to_owned(),
        };
        let words: Vec<_> = exchanges.iter().map(word).collect();
        words.join(", ")
    }
}
