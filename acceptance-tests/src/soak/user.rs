//! One user of a soak, who does to one partner after the other what people do with Terraform: an error is followed by
//! another refresh and apply, or by an import where it says that the partner may be there. After every operation the
//! user looks whether it is true what Terraform now believes. Started by `soak`.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::truth::differences;
use super::{Course, Length, Stage, wish};
use crate::chance::Chance;
use crate::core::schema::complete;
use crate::core::{ApplyRequest, Diagnostic, PlanRequest, ReadRequest, Result, Severity};
use crate::emulator::samples;

pub(super) const PARTNER: &str = "intune_compliance_partner";

/// How many times a user tries before the provider is thought to be broken: some of the requests fail, not all.
const TRIES: usize = 20;

/// How many partners of each user were there before Terraform.
const FOUND: usize = 5;

/// The partners that a user finds in the tenant.
pub(super) fn found_by(number: usize) -> impl Iterator<Item = Value> {
    (0..FOUND).map(move |found| {
        let id = format!("00000000-0000-4000-8000-{number:06}{found:06}");
        samples::never_set_up(&id, &found_name(number, found))
    })
}

fn found_name(number: usize, found: usize) -> String {
    format!("Found {number} {found}")
}

/// A user, and the partner that is in the user's state.
pub(super) struct User {
    stage: Arc<Stage>,
    number: usize,
    chance: Chance,
    cycle: usize,
    found: usize,
    name: String,
    config: Value,
    /// The configuration that was applied last, null before the first.
    applied: Value,
    state: Value,
    private: Vec<u8>,
}

impl User {
    pub(super) fn new(stage: Arc<Stage>, number: usize, course: &Course) -> Self {
        let seed = course.seed.wrapping_mul(1000).wrapping_add(number as u64);
        Self {
            stage,
            number,
            chance: Chance::new(seed),
            cycle: 0,
            found: 0,
            name: String::new(),
            config: Value::Null,
            applied: Value::Null,
            state: Value::Null,
            private: Vec::new(),
        }
    }

    /// Goes through cycles until it is time to end.
    pub(super) async fn work(mut self, length: Length, begun: Instant) -> Result<()> {
        loop {
            let done = match length {
                Length::Time(time) => begun.elapsed() >= time,
                Length::Cycles(cycles) => self.cycle == cycles,
            };
            if done {
                return Ok(());
            }
            self.cycle().await.map_err(|error| self.explain(&error))?;
            self.cycle += 1;
            self.stage.tally().cycles += 1;
        }
    }

    fn explain(&self, problem: &dyn Display) -> String {
        let Self {
            number,
            cycle,
            name,
            state,
            config,
            ..
        } = self;
        format!(
            "user {number}, cycle {cycle}, partner {name:?}: {problem}\nstate: {state}\nconfiguration: {config}"
        )
    }

    /// One partner, from its create (or import) to its delete.
    async fn cycle(&mut self) -> Result<()> {
        self.name = self.next_name();
        self.applied = Value::Null;
        self.wish();
        self.converge().await?;
        for _ in 0..=self.chance.below(3) {
            self.wish();
            self.converge().await?;
        }
        if self.chance.one_in(4) {
            let id = self.id()?;
            self.forget();
            self.import(&id).await?;
            self.converge().await?;
        }
        if self.chance.one_in(3) {
            self.destroy().await?;
            self.applied = Value::Null;
            self.converge().await?;
        }
        self.destroy().await
    }

    /// Now and then the name of a partner that is there already.
    fn next_name(&mut self) -> String {
        if self.found < FOUND && self.chance.one_in(8) {
            self.found += 1;
            return found_name(self.number, self.found - 1);
        }
        format!("User {} {}", self.number, self.cycle)
    }

    fn wish(&mut self) {
        self.config = complete(&self.stage.schema, wish::any(&mut self.chance, &self.name));
    }

    /// Applies until it succeeds; then a refresh shows the truth, and there is nothing left to do.
    async fn converge(&mut self) -> Result<()> {
        for _ in 0..TRIES {
            let since = self.stage.emulator.requests();
            let errors = self.apply().await?;
            if errors.is_empty() {
                self.applied = self.config.clone();
                self.hold_true("apply")?;
                self.refresh().await?;
                return self.hold_nothing_left().await;
            }
            if self.state.is_null() {
                self.recover(&errors, since).await?;
            } else {
                self.refresh().await?;
            }
        }
        Err(format!("no apply succeeded in {TRIES}").into())
    }

    /// One plan and its apply. What comes back are the errors.
    async fn apply(&mut self) -> Result<Vec<Diagnostic>> {
        let provider = &self.stage.provider;
        let invalid = provider.validate_resource(PARTNER, &self.config).await?;
        if let Some(problem) = invalid.first() {
            return Err(problem.to_string().into());
        }
        let plan = self.ask_for_a_plan(self.config.clone()).await?;
        if plan.diagnostics.iter().any(is_error) {
            // Nothing but a name that is taken refuses a plan of these, and only that of a create.
            if self.state.is_null() {
                return Ok(self.count(plan.diagnostics));
            }
            return Err(format!("a plan failed: {:?}", plan.diagnostics).into());
        }
        if plan.planned == self.state {
            return Ok(Vec::new());
        }
        let request = ApplyRequest {
            prior: self.state.clone(),
            planned: plan.planned,
            config: self.config.clone(),
            private: plan.private,
            identity: None,
        };
        let applied = provider.apply(PARTNER, request).await?;
        self.state = applied.state;
        self.private = applied.private;
        Ok(self.count(applied.diagnostics))
    }

    /// A plan that nothing is wrong with.
    async fn plan(&self, config: Value) -> Result<crate::core::Plan> {
        let plan = self.ask_for_a_plan(config).await?;
        match plan.diagnostics.iter().find(|it| is_error(it)) {
            Some(problem) => Err(format!("a plan failed: {problem}").into()),
            None => Ok(plan),
        }
    }

    async fn ask_for_a_plan(&self, config: Value) -> Result<crate::core::Plan> {
        let request = PlanRequest {
            prior: self.state.clone(),
            proposed: config.clone(),
            config,
            private: self.private.clone(),
            identity: None,
        };
        self.stage.provider.plan(PARTNER, request).await
    }

    async fn hold_nothing_left(&self) -> Result<()> {
        let planned = self.plan(self.config.clone()).await?.planned;
        if planned == self.state {
            return Ok(());
        }
        Err(format!("after an apply and a refresh there is something to do: {planned}").into())
    }

    /// Refreshes until Graph answers, and holds the answer against the tenant.
    async fn refresh(&mut self) -> Result<()> {
        let id = self.id()?;
        for _ in 0..TRIES {
            let since = self.stage.emulator.requests();
            let request = ReadRequest {
                state: self.state.clone(),
                private: self.private.clone(),
                identity: None,
            };
            let read = self.stage.provider.read(PARTNER, request).await?;
            if !self.count(read.diagnostics).is_empty() {
                continue;
            }
            let wrong = self.untruths(&id, &read.state);
            if wrong.is_empty() {
                self.state = read.state;
                self.private = read.private;
                return Ok(());
            }
            if !self.stage.was_stale(since, &id) {
                return Err(format!("untrue after a refresh: {wrong:?}").into());
            }
            // What comes of it is Graph's fault until the next refresh. One that finds nothing is not believed.
            self.stage.tally().stale += 1;
            if !read.state.is_null() {
                self.state = read.state;
                self.private = read.private;
            }
        }
        Err(format!("no refresh succeeded in {TRIES}").into())
    }

    /// What a user does after a create that failed: looks whether the partner is there, if the error does not exclude it.
    async fn recover(&mut self, errors: &[Diagnostic], since: usize) -> Result<()> {
        let text: Vec<_> = errors.iter().map(ToString::to_string).collect();
        let text = text.join("\n");
        let mut candidates = ids_to_import(&text);
        if candidates.is_empty() && text.contains("is not known") {
            // Somebody who looks into the admin center takes longer than a request that was cut off.
            self.stage.emulator.caught_up().await;
            candidates = self.ids_of_that_name();
        }
        match candidates.as_slice() {
            [] => Ok(()),
            [id] if self.ids_of_that_name() == candidates => {
                self.stage.tally().recovered += 1;
                self.import(&id.clone()).await
            }
            [id] if self.stage.was_stale(since, id) => {
                self.stage.tally().stale += 1;
                Ok(())
            }
            _ => {
                let real = self.ids_of_that_name();
                Err(
                    format!("the tenant has {real:?} of that name, and the error is: {text}")
                        .into(),
                )
            }
        }
    }

    /// Imports by id or by name until that succeeds, and refreshes.
    async fn import(&mut self, id: &str) -> Result<()> {
        for _ in 0..TRIES {
            let since = self.stage.emulator.requests();
            let given = if self.chance.one_in(2) {
                id.to_owned()
            } else {
                format!("display_name:{}", self.name)
            };
            let imported = self.stage.provider.import(PARTNER, &given).await?;
            if !self.count(imported.diagnostics).is_empty() {
                continue;
            }
            let resource = imported.resources.into_iter().next();
            let resource = resource.ok_or("an import without an error and without a partner")?;
            if resource.state["id"] != *id {
                if self.stage.was_stale(since, id) {
                    continue;
                }
                return Err(format!("{given:?} is not {}", resource.state["id"]).into());
            }
            self.state = resource.state;
            self.private = resource.private;
            return self.refresh().await;
        }
        Err(format!("no import succeeded in {TRIES}").into())
    }

    async fn destroy(&mut self) -> Result<()> {
        let id = self.id()?;
        for _ in 0..TRIES {
            let since = self.stage.emulator.requests();
            let plan = self.plan(Value::Null).await?;
            let request = ApplyRequest {
                prior: self.state.clone(),
                private: plan.private,
                ..ApplyRequest::default()
            };
            let applied = self.stage.provider.apply(PARTNER, request).await?;
            if !self.count(applied.diagnostics).is_empty() {
                self.refresh().await?;
                if self.state.is_null() {
                    return self.hold_true("destroy");
                }
                continue;
            }
            let wrong = self.untruths(&id, &applied.state);
            if wrong.is_empty() {
                self.forget();
                return self.hold_true("destroy");
            }
            if !self.stage.was_stale(since, &id) {
                return Err(format!("untrue after a destroy: {wrong:?}").into());
            }
            self.stage.tally().stale += 1;
        }
        Err(format!("no destroy succeeded in {TRIES}").into())
    }

    /// Holds that state is the truth, and that the tenant has nothing of this user's beside it.
    fn hold_true(&self, operation: &str) -> Result<()> {
        let wrong = self.untruths(self.state["id"].as_str().unwrap_or_default(), &self.state);
        if !wrong.is_empty() {
            return Err(format!("untrue after an {operation}: {wrong:?}").into());
        }
        let made_by_me = format!("User {} ", self.number);
        let partners = self.stage.partners();
        let mine = partners.iter().filter(|it| {
            let name = it["displayName"].as_str().unwrap_or_default();
            name == self.name || name.starts_with(&made_by_me)
        });
        let unknown: Vec<_> = mine.filter(|it| it["id"] != self.state["id"]).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(format!("after {operation} the tenant has what no state knows: {unknown:?}").into())
    }

    /// What a state of the partner `id` says that is not so.
    fn untruths(&self, id: &str, state: &Value) -> Vec<String> {
        let partners = self.stage.partners();
        match (partners.iter().find(|it| it["id"] == *id), state) {
            (None, Value::Null) => Vec::new(),
            (None, _) => vec!["the tenant has no such partner".to_owned()],
            (Some(_), Value::Null) => vec!["it is dropped, and the tenant has it".to_owned()],
            (Some(partner), state) => differences(state, partner, &self.applied),
        }
    }

    fn ids_of_that_name(&self) -> Vec<String> {
        let partners = self.stage.partners();
        let named = partners.iter().filter(|it| it["displayName"] == *self.name);
        let ids = named.filter_map(|it| it["id"].as_str());
        ids.map(str::to_owned).collect()
    }

    fn id(&self) -> Result<String> {
        let id = self.state["id"].as_str();
        Ok(id.ok_or("the partner is gone from state")?.to_owned())
    }

    fn forget(&mut self) {
        self.state = Value::Null;
        self.private = Vec::new();
    }

    /// Counts an operation or its errors, which come back.
    fn count(&self, mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        diagnostics.retain(is_error);
        let mut tally = self.stage.tally();
        if diagnostics.is_empty() {
            tally.operations += 1;
        }
        for error in &diagnostics {
            let kind: Vec<_> = error.summary.split(' ').take(2).collect();
            *tally.errors.entry(kind.join(" ")).or_default() += 1;
        }
        diagnostics
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

/// The ids in the import blocks that an error offers.
fn ids_to_import(text: &str) -> Vec<String> {
    let ids = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("id = \""));
    ids.filter_map(|rest| rest.strip_suffix('"'))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ids_to_import;

    #[test]
    fn ids_are_those_of_import_blocks() {
        let text = "Import it:\n\nimport {\n  to = a.b\n  id = \"x\"\n}\nimport {\n  to = a.b\n  id = \"y\"\n}";
        assert_eq!(ids_to_import(text), ["x", "y"]);
        assert_eq!(ids_to_import("request-id: 1"), [""; 0]);
    }
}
