//! A person with Terraform: configurations, a state, and reactions to errors. Also checks that
//! nothing is wrong.

use acceptance_tests::emulator::{Emulator, Exchange, Kind, samples};
use serde_json::{Value as Json, json};
use tf_provider::{
    Diagnostics, Resource,
    value::{Value, ValueEmpty},
};
use time::{Duration, OffsetDateTime};

use super::PARTNERS;
use crate::compliance_partner::{
    CompliancePartner,
    beside::Beside,
    compare::changed_attributes,
    emulated,
    model::Partner,
    state::{Attributes, State},
};

/// What Terraform stores about a partner.
type Stored = (State, Value<Beside>);

pub struct Person<'a> {
    emulator: &'a Emulator,
    http: &'a reqwest::Client,
    configs: [Option<Attributes>; PARTNERS],
    states: [Option<Stored>; PARTNERS],
    /// What the last apply said about each partner.
    said: [Vec<String>; PARTNERS],
}

impl<'a> Person<'a> {
    pub fn new(emulator: &'a Emulator, http: &'a reqwest::Client) -> Self {
        Self {
            emulator,
            http,
            configs: Default::default(),
            states: Default::default(),
            said: Default::default(),
        }
    }

    /// Each partner keeps its display name, so that the partners cannot be mistaken for each other.
    pub fn configure(&mut self, partner: usize, config: Option<Attributes>) {
        self.configs[partner] = config.map(|config| Attributes {
            display_name: Value::Value(name(partner)),
            ..config
        });
    }

    pub fn edit(&mut self, partner: usize) {
        if let Some(id) = self.id(partner).filter(|id| self.object(id).is_some()) {
            self.emulator
                .edit_partner(samples::TENANT_ID, &id, |object| {
                    object["iosOnboarded"] = json!(true);
                    object["macOsEnrollmentAssignments"] = json!([]);
                });
        }
    }

    pub fn delete(&mut self, partner: usize) {
        if let Some(id) = self.id(partner).filter(|id| self.object(id).is_some()) {
            self.emulator.remove_partner(samples::TENANT_ID, &id);
        }
    }

    pub fn wait(&mut self) {
        self.emulator.let_writes_show(samples::TENANT_ID);
        for (_, private) in self.states.iter_mut().flatten() {
            if let Value::Value(beside) = private {
                let a_day_later = OffsetDateTime::now_utc() + Duration::days(1);
                *beside = beside.clone().created_as(&beside.clone(), a_day_later);
            }
        }
    }

    /// One run of Terraform, and checks of what must hold after it.
    pub async fn apply(&mut self) -> Result<(), String> {
        let resource = self.process();
        for partner in 0..PARTNERS {
            // Terraform reads a partner while it imports it. One that this does not find was not in state yet.
            let before = self.id(partner).filter(|_| self.was_read(partner));
            self.said[partner] = self.apply_one(&resource, partner).await;
            if let Some(id) = before
                && self.id(partner).as_ref() != Some(&id)
                && self.object(&id).is_some()
            {
                return Err(self.trace(&format!("{} left state and is still there", name(partner))));
            }
        }
        for partner in 0..PARTNERS {
            if self.objects_named(&name(partner)).len() > 1 {
                return Err(self.trace(&format!("{} is there twice", name(partner))));
            }
            self.take_advice(partner).await?;
            let is_ours = |object: &Json| object["id"].as_str() == self.id(partner).as_deref();
            if !self.objects_named(&name(partner)).iter().all(is_ours) {
                return Err(self.trace(&format!("nobody knows of {}", name(partner))));
            }
        }
        Ok(())
    }

    /// When nothing goes wrong anymore, applying until there are no errors must make everything right.
    pub async fn finish(&mut self) -> Result<(), String> {
        for _ in 0..3 {
            self.apply().await?;
            if self.said.iter().all(Vec::is_empty) {
                break;
            }
        }
        if self.said.iter().any(|said| !said.is_empty()) {
            return Err(self.trace("errors do not end"));
        }
        self.emulator.clear_journal();
        self.apply().await?;
        let is_write = |it: &Exchange| it.kind == Kind::Graph && it.method != "GET";
        if self.emulator.journal().iter().any(is_write) {
            return Err(self.trace("the next plan is not empty"));
        }
        for partner in 0..PARTNERS {
            let objects = self.objects_named(&name(partner));
            match (&self.configs[partner], &self.states[partner], &objects[..]) {
                (None, None, []) => {}
                (Some(config), Some((state, _)), [object]) => {
                    let wrong = [
                        changed_attributes(&state.partner, config),
                        changed_attributes(&attributes(object), &state.partner),
                    ]
                    .concat();
                    // A heartbeat that is not configured changes with each read.
                    let moved = "last_heartbeat_date_time";
                    if wrong.iter().any(|attribute| *attribute != moved) {
                        return Err(self.trace(&format!("{}: {wrong:?}", name(partner))));
                    }
                }
                other => return Err(self.trace(&format!("{}: {other:?}", name(partner)))),
            }
        }
        let others = self.objects_named("Somebody else's");
        if others.len() != 1 {
            return Err(self.trace("somebody else's partner is gone"));
        }
        Ok(())
    }

    /// Does what an error says about a partner that is not in state: imports the one in the block that it shows, or, if
    /// the error says that it is not known, looks in the tenant and imports what is there.
    async fn take_advice(&mut self, partner: usize) -> Result<(), String> {
        let said = self.said[partner].join("\n");
        if self.states[partner].is_some() {
            return Ok(());
        }
        let shown = said
            .split_once("id = \"")
            .and_then(|(_, rest)| rest.split('"').next().map(str::to_owned));
        let seen = || {
            let is_to_be_looked_for = said.contains("is not known");
            let mut here = self.objects_named(&name(partner)).into_iter();
            let object = here.next().filter(|_| is_to_be_looked_for)?;
            object["id"].as_str().map(str::to_owned)
        };
        let Some(id) = shown.or_else(seen) else {
            return Ok(());
        };
        let mut diagnostics = Diagnostics::default();
        let resource = self.process();
        self.states[partner] = Resource::import(&resource, &mut diagnostics, id).await;
        if !diagnostics.errors.is_empty() || self.states[partner].is_none() {
            return Err(self.trace("the import that an error asks for fails"));
        }
        Ok(())
    }

    /// Reads, plans, and applies one partner, as Terraform core does. Returns the errors.
    async fn apply_one(&mut self, resource: &CompliancePartner, partner: usize) -> Vec<String> {
        let mut diagnostics = Diagnostics::default();
        let config = self.configs[partner].clone().map(|partner| State {
            partner,
            timeouts: Value::Null,
        });
        if let Some((state, private)) = self.states[partner].clone() {
            let read = resource
                .read(&mut diagnostics, state, private, ValueEmpty::default())
                .await;
            if !diagnostics.errors.is_empty() {
                return texts(&diagnostics);
            }
            self.states[partner] = read;
        }
        match (config, self.states[partner].clone()) {
            (None, None) => {}
            (None, Some((state, private))) => {
                let destroyed = resource
                    .destroy(&mut diagnostics, state, private, ValueEmpty::default())
                    .await;
                if destroyed.is_some() && diagnostics.errors.is_empty() {
                    self.states[partner] = None;
                }
            }
            (Some(config), None) => {
                self.states[partner] = create(resource, &mut diagnostics, config).await;
            }
            (Some(config), Some((state, private))) => {
                let updated = update(resource, &mut diagnostics, config, state, private).await;
                if updated.is_some() {
                    self.states[partner] = updated;
                }
            }
        }
        texts(&diagnostics)
    }

    /// A new process, which knows nothing yet.
    fn process(&self) -> CompliancePartner {
        CompliancePartner::new(emulated::api(self.emulator, self.http))
    }

    fn id(&self, partner: usize) -> Option<String> {
        let (state, _) = self.states[partner].as_ref()?;
        state.partner.id.as_deref_option().map(str::to_owned)
    }

    fn was_read(&self, partner: usize) -> bool {
        let stored = self.states[partner].as_ref();
        stored.is_some_and(|(_, private)| private.is_value())
    }

    fn object(&self, id: &str) -> Option<Json> {
        let objects = self.emulator.partners(samples::TENANT_ID);
        objects.into_iter().find(|object| object["id"] == id)
    }

    fn objects_named(&self, name: &str) -> Vec<Json> {
        let mut objects = self.emulator.partners(samples::TENANT_ID);
        objects.retain(|object| object["displayName"] == name);
        objects
    }

    /// What is wrong, and everything that led to it.
    fn trace(&self, problem: &str) -> String {
        let requests = self.emulator.journal();
        let requests: Vec<_> = requests.iter().map(ToString::to_string).collect();
        format!(
            "{problem}\n\nsaid: {:#?}\n\nrequests: {requests:#?}\n\nthe tenant: {:#}",
            self.said,
            Json::from(self.emulator.partners(samples::TENANT_ID))
        )
    }
}

fn name(partner: usize) -> String {
    format!("Partner {partner}")
}

fn attributes(object: &Json) -> Attributes {
    let partner: Partner = serde_json::from_value(object.clone()).expect("a partner");
    partner.to_attributes(&Attributes::with_id(String::new()))
}

fn texts(diagnostics: &Diagnostics) -> Vec<String> {
    let text = |it: &tf_provider::Diagnostic| format!("{}\n{}", it.summary, it.detail);
    diagnostics.errors.iter().map(text).collect()
}

async fn create(
    resource: &CompliancePartner,
    diagnostics: &mut Diagnostics,
    config: State,
) -> Option<Stored> {
    let meta = ValueEmpty::default;
    let (planned, private) = resource
        .plan_create(diagnostics, config.clone(), config.clone(), meta())
        .await?;
    resource
        .create(diagnostics, planned, config, private, meta())
        .await
}

async fn update(
    resource: &CompliancePartner,
    diagnostics: &mut Diagnostics,
    config: State,
    state: State,
    private: Value<Beside>,
) -> Option<Stored> {
    let meta = ValueEmpty::default;
    let (planned, planned_private, _) = resource
        .plan_update(
            diagnostics,
            state.clone(),
            config.clone(),
            config.clone(),
            private.clone(),
            meta(),
        )
        .await?;
    if planned == state {
        return Some((state, private));
    }
    resource
        .update(diagnostics, state, planned, config, planned_private, meta())
        .await
}
