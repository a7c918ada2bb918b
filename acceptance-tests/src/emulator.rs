//! An emulator of Entra ID and Microsoft Graph, so that the whole provider can be driven without a tenant: real TLS, real
//! HTTP/2, real tokens and paging, and answers as strict as the service's. Tests start one each and ask it afterwards
//! what was sent ([`Emulator::journal`]) and what is stored ([`Emulator::partners`]); `cargo emulator` starts one for people.
//!
//! A request comes in through `server` (over `tls`), is noted by `journal`, may be disturbed by `faults` or held at a `gate`,
//! and is answered by one of the services: `entra` (tokens), `graph` (partners), `workload` (what pipelines get tokens from),
//! `machine` (managed identities) or `metadata`. `cloud` knows which hosts belong together. `graph` counts requests with
//! `throttle`, judges bodies with `schema` and keeps partners in `store`, all of them pure; `graph_error` is how it refuses.
//! `files` is a web server beside it all.
//! `issuer` signs federated tokens, which `workload` hands out and `entra` checks; `jwt` reads and writes them. `options` is
//! what an emulator is started with, and `sign_in` what a provider needs to sign in to it.

mod cloud;
mod date_time;
mod entra;
mod faults;
mod files;
mod gate;
mod graph;
mod graph_error;
mod issuer;
mod journal;
mod jwt;
mod machine;
mod message;
mod metadata;
mod options;
pub mod samples;
mod schema;
mod server;
mod sign_in;
mod store;
mod throttle;
mod tls;
mod workload;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

pub use faults::{Effect, Fault};
pub use files::FileServer;
pub use gate::Gate;
pub use journal::{Exchange, Kind, RequestHeaders};
pub use options::{App, Machine, Options, Proof, TOKEN_EXCHANGE, Tenant};
pub(crate) use schema::STATES;
pub use sign_in::SignIn;
pub use throttle::Throttle;

use entra::Directory;
use faults::{Faults, Random};
use issuer::Issuer;
use journal::Journal;
use store::Store;
use throttle::Turnstile;
use tls::Identity;
use workload::Secrets;

/// Everything a request may read or change.
struct World {
    url: String,
    page_size: usize,
    seed: u64,
    directory: Mutex<Directory>,
    issuer: Issuer,
    machine: Machine,
    secrets: Secrets,
    /// By tenant id: no tenant sees another's partners.
    stores: Mutex<BTreeMap<String, Store>>,
    turnstile: Turnstile,
    journal: Journal,
    faults: Faults,
}

impl World {
    fn new(url: String, options: Options) -> Self {
        let stores = options
            .tenants
            .iter()
            .map(|tenant| {
                let store = Store::new(options.seed, tenant.partners.clone());
                (tenant.id.clone(), store)
            })
            .collect();
        Self {
            directory: Mutex::new(Directory::new(
                &url,
                options.tenants,
                options.token_lifetime,
            )),
            issuer: Issuer::new(&url),
            url,
            page_size: options.page_size.max(1),
            seed: options.seed,
            machine: options.machine,
            secrets: Secrets::new(),
            stores: Mutex::new(stores),
            turnstile: Turnstile::new(options.throttle),
            journal: Journal::default(),
            faults: Faults::default(),
        }
    }
}

/// Locks, and does not mind a test that panicked while it held the lock: that test has its failure already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running emulator. It serves until it is dropped, and takes its files with it.
pub struct Emulator {
    world: Arc<World>,
    identity: Identity,
    environment: Vec<(&'static str, String)>,
    /// The first, which [`Emulator::sign_in`] speaks of.
    tenant: Option<Tenant>,
    serving: JoinHandle<()>,
}

impl Emulator {
    /// Starts to serve on 127.0.0.1.
    ///
    /// # Errors
    /// The port is taken, or the certificate authority's file cannot be written.
    pub async fn start(options: Options) -> io::Result<Self> {
        let identity = Identity::generate()?;
        let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let tenant = options.tenants.first().cloned();
        let environment = environment(&url, identity.ca_pem_path(), tenant.as_ref());
        let world = Arc::new(World::new(url, options));
        let serving = server::serve(listener, identity.acceptor(), Arc::clone(&world));
        Ok(Self {
            world,
            identity,
            environment,
            tenant,
            serving: tokio::spawn(serving),
        })
    }

    /// Where both Entra ID and Graph are: `https://localhost:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.world.url
    }

    /// Serves the files of a folder, on a port of their own, to clients that trust this emulator.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn serve_files(&self, folder: &Path) -> io::Result<FileServer> {
        FileServer::start(folder, self.identity.acceptor()).await
    }

    /// The certificate authority that a client has to trust, as a PEM file.
    #[must_use]
    pub fn ca_pem_path(&self) -> &Path {
        self.identity.ca_pem_path()
    }

    /// The variables with which a provider process finds, trusts and signs in to the emulator's first tenant.
    #[must_use]
    pub fn environment(&self) -> &[(&'static str, String)] {
        &self.environment
    }

    /// Those of them with which a process finds and trusts it, and nothing to sign in with.
    #[must_use]
    pub fn endpoints(&self) -> &[(&'static str, String)] {
        &self.environment[..ENDPOINTS]
    }

    /// The variables with which a provider process signs in this way as the first application of the first tenant, or as an
    /// identity of the machine. They come in addition to [`Emulator::endpoints`]. What they need in files is made anew with
    /// each call, in a folder that goes with the emulator.
    ///
    /// # Panics
    /// There is no such tenant or application, it has no secret where one is asked for, or a file cannot be written.
    #[must_use]
    pub fn sign_in(&self, way: SignIn) -> Vec<(&'static str, String)> {
        let tenant = self.tenant.as_ref().expect("a tenant to sign in to");
        sign_in::variables(way, &self.world, tenant, self.identity.folder())
    }

    /// An access token for the Graph of this origin, such as a tool prints to whom somebody has signed in.
    ///
    /// # Panics
    /// There is no tenant or no application.
    #[must_use]
    pub fn access_token(&self, graph: &str) -> String {
        lock(&self.world.directory).issue_to_first(graph)
    }

    /// A token about this subject by the emulator's OIDC issuer, for Entra ID, good for ten minutes.
    #[must_use]
    pub fn federated_token(&self, subject: &str) -> String {
        self.world.issuer.token(subject, TOKEN_EXCHANGE)
    }

    /// The same, but its time is over.
    #[must_use]
    pub fn expired_federated_token(&self, subject: &str) -> String {
        self.world.issuer.expired_token(subject, TOKEN_EXCHANGE)
    }

    /// Everything handed out or received so far that nobody but its holder may see, for tests that look for it where it must
    /// not be: access tokens, federated tokens, client assertions, and what the token services ask for.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = lock(&self.world.directory).secrets();
        secrets.extend(self.world.issuer.tokens());
        secrets.extend(self.world.secrets.all());
        secrets
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn journal(&self) -> Vec<Exchange> {
        self.world.journal.exchanges()
    }

    /// How many requests there were so far, forgotten ones included: the sequence number of the last.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.world.journal.last_sequence()
    }

    /// Forgets the requests so far.
    pub fn clear_journal(&self) {
        self.world.journal.clear();
    }

    /// Forgets the requests so far but for the last ones, when nobody will ever ask for all.
    pub fn trim_journal(&self, kept: usize) {
        self.world.journal.trim(kept);
    }

    /// Each exchange from now on, as soon as it is answered.
    #[must_use]
    pub fn watch(&self) -> UnboundedReceiver<Exchange> {
        self.world.journal.watch()
    }

    /// Completes when each request that has arrived so far has its effect, if it is to have one, also where the client
    /// did not wait for it.
    pub async fn caught_up(&self) {
        self.world.journal.caught_up().await;
    }

    /// Disturbs requests to come. Where several faults are due, the one that was added first takes effect.
    pub fn fail(&self, fault: Fault) {
        self.world.faults.add(fault);
    }

    /// Disturbs each request to come with this probability, from 0 to 1, by one of these effects, unless a fault is meant for
    /// it. The seed decides; but for what it decides to meet the same requests, they have to come one after the other.
    pub fn fail_randomly(&self, seed: u64, probability: f64, effects: Vec<Effect>) {
        let random = Random::new(seed, probability, effects);
        self.world.faults.draw(random);
    }

    /// Forgets the faults, those that have not happened as well.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// How many faults have not yet met all the requests they are meant for; one that goes on forever never has.
    #[must_use]
    pub fn pending_faults(&self) -> usize {
        self.world.faults.pending()
    }

    /// Puts a tenant back to these partners, and forgets faults, journal and what counts towards a throttle, so that one
    /// emulator serves many tests in turn. Tokens stay good, and requests that are held or delayed still take effect: let
    /// none be under way.
    ///
    /// # Panics
    /// The emulator has no such tenant.
    pub fn reset(&self, tenant: &str, partners: Vec<Value>) {
        let store = Store::new(self.world.seed, partners);
        self.with_store(tenant, |old| *old = store);
        self.world.turnstile.clear();
        self.clear_faults();
        self.clear_journal();
    }

    /// Ends the life of every token handed out so far, as when an administrator revokes an application's sessions.
    pub fn expire_tokens(&self) {
        lock(&self.world.directory).expire_tokens();
    }

    /// Every token handed out so far, for tests that look for them where they must not be.
    #[must_use]
    pub fn access_tokens(&self) -> Vec<String> {
        lock(&self.world.directory).tokens()
    }

    /// The partners of a tenant as they are stored, without what a read would do to them.
    ///
    /// # Panics
    /// The emulator has no such tenant.
    #[must_use]
    pub fn partners(&self, tenant: &str) -> Vec<Value> {
        self.with_store(tenant, |store| store.objects())
    }

    /// Stores a partner behind the API's back: a new one, or in place of the one with the same id. Nothing is checked, so
    /// that a client can be shown what the documentation does not know.
    ///
    /// # Panics
    /// The emulator has no such tenant, or the partner has no `id`.
    pub fn put_partner(&self, tenant: &str, partner: Value) {
        assert!(partner["id"].is_string(), "a partner needs an id");
        self.with_store(tenant, |store| store.put(partner));
    }

    /// Edits a stored partner behind the API's back, unchecked.
    ///
    /// # Panics
    /// The emulator has no such tenant or partner.
    pub fn edit_partner(&self, tenant: &str, id: &str, edit: impl FnOnce(&mut Value)) {
        let found = self.with_store(tenant, |store| store.edit(id, edit));
        assert!(found, "no partner {id} in tenant {tenant}");
    }

    /// Lets the writes so far show everywhere, as they do after a while: a stale read shows what they made.
    ///
    /// # Panics
    /// The emulator has no such tenant.
    pub fn let_writes_show(&self, tenant: &str) {
        self.with_store(tenant, Store::catch_up);
    }

    /// Removes a stored partner behind the API's back.
    ///
    /// # Panics
    /// The emulator has no such tenant or partner.
    pub fn remove_partner(&self, tenant: &str, id: &str) {
        let found = self.with_store(tenant, |store| store.delete(id));
        assert!(found, "no partner {id} in tenant {tenant}");
    }

    fn with_store<T>(&self, tenant: &str, work: impl FnOnce(&mut Store) -> T) -> T {
        let mut stores = lock(&self.world.stores);
        let store = stores.get_mut(tenant);
        work(store.unwrap_or_else(|| panic!("no tenant {tenant}")))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// How many of the variables say where the emulator is.
const ENDPOINTS: usize = 3;

fn environment(url: &str, ca: &Path, tenant: Option<&Tenant>) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("INTUNE_GRAPH_ENDPOINT", url.to_owned()),
        ("AZURE_AUTHORITY_HOST", url.to_owned()),
        ("SSL_CERT_FILE", ca.display().to_string()),
    ];
    if let Some(tenant) = tenant {
        variables.push(("ARM_TENANT_ID", tenant.id.clone()));
        if let Some(app) = tenant.apps.first() {
            variables.push(("ARM_CLIENT_ID", app.client_id.clone()));
            if let Some(secret) = app.secret() {
                variables.push(("ARM_CLIENT_SECRET", secret.to_owned()));
            }
        }
    }
    variables
}
