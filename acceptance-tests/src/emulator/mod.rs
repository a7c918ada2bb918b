//! An emulator of Entra ID and Microsoft Graph, so that the whole provider can be driven without a tenant: real TLS, real
//! HTTP/2, real tokens and paging, and answers as strict as the service's. Tests start one each and ask it afterwards
//! what was sent ([`Emulator::journal`]) and what is stored ([`Emulator::partners`]); `cargo emulator` starts one for people.
//!
//! A request comes in through `server` (over `tls`), is noted by `journal`, may be disturbed by `faults` or held at a `gate`,
//! and is answered by `entra` (tokens) or `graph` (partners). `graph` counts requests with `throttle`, judges bodies with
//! `schema` and keeps partners in `store`, all of them pure; `graph_error` is how it refuses.

mod date_time;
mod entra;
mod faults;
mod gate;
mod graph;
mod graph_error;
mod journal;
mod message;
pub mod samples;
mod schema;
mod server;
mod store;
mod throttle;
mod tls;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

pub use faults::{Effect, Fault};
pub use gate::Gate;
pub use journal::{Exchange, Kind, RequestHeaders};
pub(crate) use schema::STATES;
pub use throttle::Throttle;

use entra::Directory;
use faults::{Faults, Random};
use journal::Journal;
use store::Store;
use throttle::Turnstile;
use tls::Identity;

/// What an emulator is started with. [`Options::default`] suits most tests.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port to listen on; 0 lets the system choose.
    pub port: u16,
    /// The tenants of this cloud. [`Emulator::environment`] speaks of the first.
    pub tenants: Vec<Tenant>,
    /// How many partners a page of a list holds. The default of 2 makes every list a matter of several pages.
    pub page_size: usize,
    /// Decides the order in which assignments are returned.
    pub seed: u64,
    /// How long a token is good for. Zero: it is expired when it arrives.
    pub token_lifetime: Duration,
    /// How many requests Graph lets through; any number if this is none.
    pub throttle: Option<Throttle>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            tenants: vec![Tenant {
                partners: samples::partners(),
                ..Tenant::new(
                    samples::TENANT_ID,
                    samples::CLIENT_ID,
                    samples::CLIENT_SECRET,
                )
            }],
            page_size: 2,
            seed: 0,
            token_lifetime: Duration::from_secs(3599),
            throttle: None,
        }
    }
}

impl Options {
    /// Adds a tenant to those there are.
    #[must_use]
    pub fn with_tenant(mut self, tenant: Tenant) -> Self {
        self.tenants.push(tenant);
        self
    }
}

/// A tenant of Entra ID, its applications and the partners it starts with.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The tenant's id, as it stands in the token endpoint's path.
    pub id: String,
    /// Who may ask for a token.
    pub apps: Vec<App>,
    /// The partners as stored, which need not be such as the service would accept.
    pub partners: Vec<Value>,
    /// Whether it has a license for Intune, without which Graph knows no partners.
    pub licensed: bool,
}

impl Tenant {
    /// A tenant with a license, no partners, and one application that may read and write them.
    #[must_use]
    pub fn new(id: &str, client_id: &str, client_secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            apps: vec![App {
                client_id: client_id.to_owned(),
                client_secret: client_secret.to_owned(),
                permissions: vec!["DeviceManagementConfiguration.ReadWrite.All".to_owned()],
            }],
            partners: Vec::new(),
            licensed: true,
        }
    }
}

/// An application registered in a tenant.
#[derive(Clone, Debug)]
pub struct App {
    /// The application's id.
    pub client_id: String,
    /// The one secret it has.
    pub client_secret: String,
    /// The application permissions that its tokens carry, such as `DeviceManagementConfiguration.Read.All`.
    pub permissions: Vec<String>,
}

/// Everything a request may read or change.
struct World {
    url: String,
    page_size: usize,
    seed: u64,
    directory: Mutex<Directory>,
    /// By tenant id: no tenant sees another's partners.
    stores: Mutex<BTreeMap<String, Store>>,
    turnstile: Turnstile,
    journal: Journal,
    faults: Faults,
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
        let environment = environment(&url, identity.ca_pem_path(), options.tenants.first());
        let stores = options
            .tenants
            .iter()
            .map(|tenant| {
                let store = Store::new(options.seed, tenant.partners.clone());
                (tenant.id.clone(), store)
            })
            .collect();
        let world = Arc::new(World {
            directory: Mutex::new(Directory::new(
                &url,
                options.tenants,
                options.token_lifetime,
            )),
            url,
            page_size: options.page_size.max(1),
            seed: options.seed,
            stores: Mutex::new(stores),
            turnstile: Turnstile::new(options.throttle),
            journal: Journal::default(),
            faults: Faults::default(),
        });
        let serving = server::serve(listener, identity.acceptor(), Arc::clone(&world));
        Ok(Self {
            world,
            identity,
            environment,
            serving: tokio::spawn(serving),
        })
    }

    /// Where both Entra ID and Graph are: `https://localhost:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.world.url
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
            variables.push(("ARM_CLIENT_SECRET", app.client_secret.clone()));
        }
    }
    variables
}
