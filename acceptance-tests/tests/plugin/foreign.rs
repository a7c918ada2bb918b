//! The token goes to no other host than the one it is for, wherever an answer points to.

use std::fs;

use acceptance_tests::{
    core::{ApplyRequest, Diagnostic, ReadRequest},
    emulator::{Effect, Emulator, Fault, Options, samples},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::fixture::{Fixture, PARTNER, Result};

const PARTNERS: &str = "/v1.0/deviceManagement/complianceManagementPartners";

/// A provider that trusts another host as much as Graph's: only its own sense keeps it from going there.
struct Tempted {
    fixture: Fixture,
    foreign: Emulator,
    _bundle: TempDir,
}

impl Tempted {
    async fn start() -> Result<Self> {
        let foreign = Emulator::start(Options::default()).await?;
        let folder = TempDir::new()?;
        let bundle = folder.path().join("bundle.pem");
        let fixture =
            Fixture::start_with(&[("SSL_CERT_FILE", bundle.display().to_string())]).await?;
        // It is read at the first request.
        let authorities = [&foreign, &fixture.emulator].map(|it| fs::read(it.ca_pem_path()));
        fs::write(
            bundle,
            authorities
                .into_iter()
                .collect::<Result<Vec<_>, _>>()?
                .concat(),
        )?;
        Ok(Self {
            fixture,
            foreign,
            _bundle: folder,
        })
    }

    fn state(&self, name: &str) -> Value {
        self.fixture
            .value(json!({ "id": samples::KANDJI, "display_name": name }))
    }

    async fn read(&self) -> Result<Vec<Diagnostic>> {
        let state = self.state("Kandji");
        let request = ReadRequest {
            state,
            ..ReadRequest::default()
        };
        Ok(self
            .fixture
            .provider
            .read(PARTNER, request)
            .await?
            .diagnostics)
    }

    async fn apply(&self, prior: Value, planned: Value) -> Result<Vec<Diagnostic>> {
        let request = ApplyRequest {
            prior,
            config: planned.clone(),
            planned,
            ..ApplyRequest::default()
        };
        Ok(self
            .fixture
            .provider
            .apply(PARTNER, request)
            .await?
            .diagnostics)
    }

    /// The error of a list whose next page is said to be there.
    async fn list_that_goes_on_at(&self, url: &str) -> Result<String> {
        let link = Effect::NextLink(url.to_owned());
        self.fixture.emulator.fail(Fault::new(link).method("GET"));
        let imported = self
            .fixture
            .provider
            .import(PARTNER, "display_name:Fleet")
            .await?;
        let [error] = &imported.diagnostics[..] else {
            return Err(format!("{:?}", imported.diagnostics).into());
        };
        Ok(error.detail.clone())
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_whatever_the_method() -> Result<()> {
    let tempted = Tempted::start().await?;
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        let redirect = Effect::Redirect(format!("{}{PARTNERS}", tempted.foreign.url()));
        let fault = Fault::new(redirect).method(method);
        tempted.fixture.emulator.fail(fault);
        let (kandji, iru) = (tempted.state("Kandji"), tempted.state("Iru"));
        let diagnostics = match method {
            "GET" => tempted.read().await?,
            "POST" => tempted.apply(Value::Null, iru).await?,
            "PATCH" => tempted.apply(kandji, iru).await?,
            _ => tempted.apply(kandji, Value::Null).await?,
        };
        let [error] = &diagnostics[..] else {
            panic!("{method}: {diagnostics:?}");
        };
        assert!(
            error.detail.contains(
                "it redirects to host localhost, and the provider does not follow redirects"
            ),
            "{error}"
        );
        assert_eq!(tempted.fixture.emulator.pending_faults(), 0, "{method}");
    }
    assert_eq!(tempted.foreign.journal().len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_next_page_on_another_port_is_not_asked_for() -> Result<()> {
    let tempted = Tempted::start().await?;
    let url = tempted.foreign.url();
    let error = tempted
        .list_that_goes_on_at(&format!("{url}{PARTNERS}"))
        .await?;
    assert!(
        error.contains(&format!("its next page is on another host, {url}")),
        "{error}"
    );
    assert_eq!(tempted.foreign.journal().len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_next_page_on_another_host_is_not_asked_for() -> Result<()> {
    let tempted = Tempted::start().await?;
    let own = tempted.fixture.emulator.url();
    // The same machine and port by another name.
    let other = own.replace("localhost", "127.0.0.1");
    let error = tempted
        .list_that_goes_on_at(&format!("{other}/elsewhere"))
        .await?;
    assert!(
        error.contains(&format!("its next page is on another host, {other}")),
        "{error}"
    );
    let mut journal = tempted.fixture.emulator.journal().into_iter();
    assert!(journal.all(|exchange| exchange.path != "/elsewhere"));
    Ok(())
}

#[tokio::test]
async fn a_next_page_without_tls_is_not_asked_for() -> Result<()> {
    let tempted = Tempted::start().await?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://localhost:{}", listener.local_addr()?.port());
    let error = tempted
        .list_that_goes_on_at(&format!("{url}{PARTNERS}"))
        .await?;
    assert!(
        error.contains(&format!("its next page is on another host, {url}")),
        "{error}"
    );
    tokio::select! {
        biased;
        connection = listener.accept() => panic!("{connection:?}"),
        () = tokio::task::yield_now() => {}
    }
    Ok(())
}
