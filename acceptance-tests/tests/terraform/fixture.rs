//! A person with Terraform at work in a tenant: what every test here starts with.

use std::collections::BTreeSet;
use std::fs;

use acceptance_tests::cli::{Cli, Run, SOURCE, Workspace};
use acceptance_tests::emulator::{Effect, Emulator, Exchange, Fault, Kind, Options, samples};
use acceptance_tests::provider_binary::provider_binary;
use serde_json::Value;

/// The address of the resource that [`partner`] writes.
pub(crate) const PARTNER: &str = "intune_compliance_partner.it";

/// A sign-in, as [`Session::requests`] lists it.
pub(crate) const TOKEN: &str = "token";

/// What [`Plan::changes`] is of a plan without changes.
pub(crate) const NO_CHANGES: [&str; 0] = [];

/// What [`Session::requests`] is where nothing was sent.
pub(crate) const NO_REQUESTS: [&str; 0] = [];

const COLLECTION: &str = "/v1.0/deviceManagement/complianceManagementPartners";

/// The requests of a partner, as [`Session::requests`] lists them.
pub(crate) fn list() -> String {
    format!("GET {COLLECTION}")
}
pub(crate) fn get(id: &str) -> String {
    format!("GET {COLLECTION}/{id}")
}
pub(crate) fn post() -> String {
    format!("POST {COLLECTION}")
}
/// What it takes to plan new partners, however many: a sign-in, and a look at who is there.
pub(crate) fn planned() -> Vec<String> {
    vec![TOKEN.to_owned(), list()]
}
/// What it takes to carry out such a plan: another process signs in and looks, and each partner takes a request.
pub(crate) fn created_as_planned(partners: usize) -> Vec<String> {
    [planned(), vec![post(); partners]].concat()
}
/// What it takes to plan and to create these many partners.
pub(crate) fn created(partners: usize) -> Vec<String> {
    [planned(), created_as_planned(partners)].concat()
}
pub(crate) fn patch(id: &str) -> String {
    format!("PATCH {COLLECTION}/{id}")
}
pub(crate) fn delete(id: &str) -> String {
    format!("DELETE {COLLECTION}/{id}")
}

/// The configuration of one partner with these attributes.
pub(crate) fn partner(attributes: &str) -> String {
    format!("resource \"intune_compliance_partner\" \"it\" {{\n{attributes}\n}}\n")
}

/// A partner and a block that imports the existing one with this id into it.
pub(crate) fn imported(id: &str, attributes: &str) -> String {
    format!(
        "import {{\n  to = {PARTNER}\n  id = {id:?}\n}}\n{}",
        partner(attributes)
    )
}

/// A tenant, and a folder with a configuration of the provider for it.
pub(crate) struct Session {
    pub(crate) emulator: Emulator,
    pub(crate) workspace: Workspace,
}

impl Session {
    pub(crate) async fn start() -> Self {
        Self::with(one_page()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let workspace = Workspace::new(cli(), &provider_binary());
        Self::in_workspace(options, workspace).await
    }

    pub(crate) async fn in_workspace(options: Options, mut workspace: Workspace) -> Self {
        let emulator = Emulator::start(options).await.expect("a free port");
        workspace.set_environment(emulator.environment());
        Self {
            emulator,
            workspace,
        }
    }

    /// A session of somebody who finds and trusts the tenant's services, and has nothing to sign in with.
    pub(crate) async fn of_nobody() -> Self {
        let emulator = Emulator::start(one_page()).await.expect("a free port");
        let mut workspace = Workspace::new(cli(), &provider_binary());
        workspace.set_environment(emulator.endpoints());
        Self {
            emulator,
            workspace,
        }
    }

    /// A session in which a partner with these attributes is applied, and its requests forgotten.
    pub(crate) async fn with_applied(attributes: &str) -> Self {
        let session = Self::start().await;
        session.configure(&partner(attributes));
        session.apply().await;
        session.forget_requests();
        session
    }

    /// A session in which an existing partner is imported and applied, and its requests forgotten.
    pub(crate) async fn with_imported(id: &str, attributes: &str) -> Self {
        let session = Self::start().await;
        session.configure(&imported(id, attributes));
        session.apply().await;
        session.forget_requests();
        session
    }

    /// Sets a variable of the environment for the commands to come.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.workspace.set_environment(&[(name, value.to_owned())]);
    }

    /// Writes a configuration whose provider block is empty: its settings come from the environment.
    pub(crate) fn configure(&self, resources: &str) {
        self.configure_all(&format!("provider \"intune\" {{}}\n{resources}"));
    }

    /// Writes a configuration that brings its own provider blocks.
    pub(crate) fn configure_all(&self, configuration: &str) {
        let required = format!(
            "terraform {{\n  required_providers {{\n    intune = {{ source = {SOURCE:?} }}\n  }}\n}}\n"
        );
        self.workspace
            .write("main.tf", &format!("{required}{configuration}"));
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Run {
        self.workspace.run(arguments).await
    }

    /// Runs a command that has to succeed.
    pub(crate) async fn succeed(&self, arguments: &[&str]) -> Run {
        self.run(arguments).await.success()
    }

    pub(crate) async fn apply(&self) {
        self.succeed(&["apply", "-auto-approve", "-input=false"])
            .await;
    }

    pub(crate) async fn destroy(&self) {
        self.succeed(&["destroy", "-auto-approve", "-input=false"])
            .await;
    }

    pub(crate) async fn plan(&self) -> Plan {
        self.succeed(&["plan", "-input=false", "-out=saved.tfplan"])
            .await;
        Plan(
            self.succeed(&["show", "-json", "saved.tfplan"])
                .await
                .json(),
        )
    }

    pub(crate) async fn apply_saved_plan(&self) {
        self.succeed(&["apply", "-input=false", "saved.tfplan"])
            .await;
    }

    /// Holds that there is nothing to do.
    pub(crate) async fn assert_no_changes(&self) {
        self.succeed(&["plan", "-input=false", "-detailed-exitcode"])
            .await;
    }

    /// The attributes of a resource or data source in state.
    pub(crate) fn state(&self, address: &str) -> Value {
        self.find_in_state(address)
            .unwrap_or_else(|| panic!("{address} is not in state"))
    }

    /// The same, if it is there. Read from the file, which saves a command.
    pub(crate) fn find_in_state(&self, address: &str) -> Option<Value> {
        let state: Value = serde_json::from_slice(&self.state_file()?).expect("state is JSON");
        let (mode, address) = match address.strip_prefix("data.") {
            Some(rest) => ("data", rest),
            None => ("managed", address),
        };
        let resources = state["resources"].as_array()?.iter();
        let named = resources.filter(|it| {
            it["mode"] == mode && format!("{}.{}", text(it, "type"), text(it, "name")) == address
        });
        let mut instances = named.filter_map(|it| it["instances"].as_array()).flatten();
        instances
            .next()
            .map(|instance| instance["attributes"].clone())
    }

    pub(crate) fn state_file(&self) -> Option<Vec<u8>> {
        let state = fs::read(self.workspace.path().join("terraform.tfstate")).ok();
        // To lock a state that is not written yet, the CLI makes an empty file.
        state.filter(|state| !state.is_empty())
    }

    /// The id of [`PARTNER`] in state.
    pub(crate) fn id(&self) -> String {
        text(&self.state(PARTNER), "id").to_owned()
    }

    /// The partner as the tenant of the emulator has it.
    pub(crate) fn stored(&self, id: &str) -> Value {
        let partners = self.emulator.partners(samples::TENANT_ID).into_iter();
        let mut found = partners.filter(|partner| partner["id"] == id);
        found.next().expect("the tenant has the partner")
    }

    /// Changes a partner behind Terraform's back.
    pub(crate) fn edit(&self, id: &str, property: &str, value: Value) {
        self.emulator
            .edit_partner(samples::TENANT_ID, id, |partner| partner[property] = value);
    }

    /// Disturbs the next request of this method to the partners.
    pub(crate) fn fail(&self, method: &str, effect: Effect) {
        self.emulator
            .fail(Fault::new(effect).method(method).path(COLLECTION));
    }

    pub(crate) fn forget_requests(&self) {
        self.emulator.clear_journal();
    }

    /// What was sent since the last look, in the order of arrival.
    pub(crate) fn requests(&self) -> Vec<String> {
        let exchanges = self.emulator.journal();
        self.emulator.clear_journal();
        exchanges.iter().map(line).collect()
    }

    /// The body of the one write since the last look.
    pub(crate) fn body_of_the_write(&self) -> Value {
        let mut exchanges = self.emulator.journal();
        self.emulator.clear_journal();
        exchanges.retain(|it| it.kind == Kind::Graph && it.method != "GET");
        let [write] = &exchanges[..] else {
            panic!("one write is expected: {exchanges:?}");
        };
        write.request.clone().expect("a write has a body")
    }
}

/// A tenant whose partners fit on a page, as they do in life: a list is one request.
pub(crate) fn one_page() -> Options {
    Options {
        page_size: 100,
        ..Options::default()
    }
}

/// The CLI under test.
pub(crate) fn cli() -> Cli {
    Cli::find().unwrap_or_else(|error| panic!("{error}"))
}

/// A text in a JSON object; empty where there is none.
pub(crate) fn text<'json>(json: &'json Value, name: &str) -> &'json str {
    json[name].as_str().unwrap_or_default()
}

/// The elements of a set, whatever order the CLI keeps them in.
pub(crate) fn elements(set: &Value) -> BTreeSet<String> {
    let elements = set.as_array().into_iter().flatten();
    elements.map(ToString::to_string).collect()
}

fn line(exchange: &Exchange) -> String {
    match exchange.kind {
        Kind::Token => TOKEN.to_owned(),
        _ => format!("{} {}", exchange.method, exchange.path),
    }
}

/// A plan, as `show -json` tells it.
pub(crate) struct Plan(Value);

impl Plan {
    /// What is to be done, like `update intune_compliance_partner.it`, in the order of the addresses. A replacement is
    /// `delete+create`.
    pub(crate) fn changes(&self) -> Vec<String> {
        let changes = self.0["resource_changes"].as_array().into_iter().flatten();
        let changes = changes.map(|it| {
            let actions = it["change"]["actions"].as_array().into_iter().flatten();
            let actions: Vec<_> = actions.filter_map(Value::as_str).collect();
            format!("{} {}", actions.join("+"), text(it, "address"))
        });
        changes
            .filter(|change| !change.starts_with("no-op "))
            .collect()
    }

    /// The attribute of [`PARTNER`] before and after, and whether it is only known after the apply.
    pub(crate) fn before(&self, attribute: &str) -> &Value {
        &self.change_of_the_partner()["before"][attribute]
    }
    pub(crate) fn after(&self, attribute: &str) -> &Value {
        &self.change_of_the_partner()["after"][attribute]
    }
    pub(crate) fn is_unknown(&self, attribute: &str) -> bool {
        let unknown = &self.change_of_the_partner()["after_unknown"][attribute];
        *unknown == Value::Bool(true)
    }

    /// The attributes of [`PARTNER`] that the plan changes or that are only known after the apply.
    pub(crate) fn changed_attributes(&self) -> Vec<&str> {
        let change = self.change_of_the_partner();
        let after = change["after"].as_object().into_iter().flatten();
        let changed = after.filter(|(name, after)| change["before"][name.as_str()] != **after);
        let unknown = change["after_unknown"].as_object().into_iter().flatten();
        let unknown = unknown.filter(|(_, unknown)| **unknown == Value::Bool(true));
        let mut names: Vec<_> = changed
            .chain(unknown)
            .map(|(name, _)| name.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn change_of_the_partner(&self) -> &Value {
        let changes = self.0["resource_changes"].as_array().into_iter().flatten();
        let mut found = changes.filter(|it| it["address"] == PARTNER);
        &found.next().expect("the partner is in the plan")["change"]
    }
}
