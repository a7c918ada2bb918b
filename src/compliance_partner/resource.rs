//! The lifecycle of a partner: the resource `intune_compliance_partner`. `provider` offers it; `plugin` hosts it.

use std::time::Duration;

use async_trait::async_trait;
use tf_provider::{
    AttributePath, Diagnostics, Resource,
    schema::Schema,
    value::{Value, ValueEmpty},
};
use time::OffsetDateTime;

use super::{
    api::{Api, Operation},
    beside::{Beside, Private, Stored},
    compare::changed_attributes,
    import,
    model::{Partner, patch_body},
    plan,
    policy::RiskyChanges,
    report,
    returned::{as_planned, keep_as_planned, report_kept, stored},
    risk::{self, Planned::Destroy},
    schema,
    state::{Attributes, State},
    timeouts::Limit,
    validate,
};
use crate::graph::ApiVersion;

/// The resource.
#[derive(Debug)]
pub struct CompliancePartner {
    pub(super) api: Api,
}

impl CompliancePartner {
    /// Manages the partners of `api`.
    #[must_use]
    pub fn new(api: Api) -> Self {
        Self { api }
    }

    /// The version of Graph that is in use, if known. If the configuration needs more than that version has, adds an
    /// error and returns `None`.
    #[expect(
        clippy::option_option,
        reason = "`None` means an error, as everywhere here"
    )]
    fn version_of(
        &self,
        config: &Attributes,
        diagnostics: &mut Diagnostics,
    ) -> Option<Option<ApiVersion>> {
        let version = self.api.version();
        validate::version(config, version, diagnostics).then_some(version)
    }

    /// Plans a new partner. `replaced` is the id of the partner that it replaces, if Terraform says so.
    pub(super) async fn plan_new(
        &self,
        diagnostics: &mut Diagnostics,
        config: State,
        replaced: Option<&str>,
    ) -> Option<State> {
        let version = self.version_of(&config.partner, diagnostics)?;
        let partner = plan::create(&config.partner, version);
        let planned = risk::Planned::Create {
            partner: &partner,
            replaced,
        };
        risk::tell(&self.api, planned, diagnostics).await;
        Some(State {
            partner,
            timeouts: config.timeouts,
        })
    }

    /// Reads a moved partner, of which state has only the id so far, to review its destroy.
    async fn read_moved(&self, diagnostics: &mut Diagnostics, state: &State) -> Option<Attributes> {
        let id = state.partner.id.as_deref_option().unwrap_or_default();
        let limit = Limit::Read.of(&state.timeouts);
        match self.api.get(id, limit).await {
            Ok(partner) => partner.map(|partner| partner.to_attributes(&state.partner)),
            Err(error) => {
                report::failure(diagnostics, &format!("read {}", describe(state)), &error);
                None
            }
        }
    }

    /// Begins an operation on a partner, and returns the id of the tenant with it. If that is not the partner's tenant,
    /// this is an error: the partner would not be found there and would be taken for deleted.
    async fn begin(
        &self,
        diagnostics: &mut Diagnostics,
        tried: &str,
        earlier: &Beside,
        limit: Duration,
    ) -> Option<(Operation, Option<String>)> {
        let begun = async {
            let operation = self.api.begin(limit)?;
            let tenant = operation.tenant_id().await?;
            Ok((operation, tenant))
        };
        let (operation, tenant) = begun
            .await
            .map_err(|error| report::failure(diagnostics, tried, &error))
            .ok()?;
        if let Some(home) = earlier.is_elsewhere(tenant.as_deref()) {
            let problem = format!(
                "The partner is in tenant {home}, but the provider is signed in to tenant {}. Nothing was changed. Check \
                 tenant_id (ARM_TENANT_ID), the other sign-in settings, and which `provider` the resource uses. To stop \
                 managing the partner, remove it from state with `terraform state rm`.",
                tenant.unwrap_or_default()
            );
            report::problem(diagnostics, tried, problem);
            return None;
        }
        Some((operation, tenant))
    }
}

#[async_trait]
impl Resource for CompliancePartner {
    type State<'a> = State;
    type PrivateState<'a> = Private;
    type ProviderMetaState<'a> = ValueEmpty;

    fn schema(&self, _diagnostics: &mut Diagnostics) -> Option<Schema> {
        Some(schema::resource())
    }

    async fn validate<'a>(&self, diagnostics: &mut Diagnostics, config: State) -> Option<()> {
        validate::config(&config, diagnostics);
        Some(())
    }

    async fn read<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        state: State,
        private: Private,
        _meta: ValueEmpty,
    ) -> Option<Stored> {
        let id = state.partner.id.as_deref_option().unwrap_or_default();
        let limit = Limit::Read.of(&state.timeouts);
        let earlier = private.as_option().unwrap_or_default();
        let now = OffsetDateTime::now_utc();
        let tried = format!("read {}", describe(&state));
        let (operation, tenant) = self.begin(diagnostics, &tried, &earlier, limit).await?;
        match operation.read(id, earlier.doubts(now)).await {
            Ok(Some(partner)) => {
                let roster = &operation.tenant.roster;
                roster.managed(&partner.id);
                let planned = roster.planned_destroy(&partner.id);
                let (state, beside) = stored(&partner, &state, tenant);
                // If a resource has left the configuration, Terraform 1.11 plans its destroy before it refreshes it.
                if planned.is_some_and(|planned| !risk::is_same_destroy(&planned, &state.partner)) {
                    risk::tell(&self.api, Destroy(&state.partner), diagnostics).await;
                }
                Some((state, Value::Value(beside.created_as(&earlier, now))))
            }
            Ok(None) => None,
            Err(error) => {
                report::failure(diagnostics, &tried, &error);
                None
            }
        }
    }

    async fn plan_create<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        _proposed: State,
        config: State,
        _meta: ValueEmpty,
    ) -> Option<Stored> {
        let state = self.plan_new(diagnostics, config, None).await?;
        Some((state, Value::Null))
    }

    async fn plan_update<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        prior: State,
        _proposed: State,
        config: State,
        private: Private,
        _meta: ValueEmpty,
    ) -> Option<(State, Private, Vec<AttributePath>)> {
        if was_never_read(&prior, &private) {
            let problem = "The partner was moved here and has not been read yet. State has only its id, so its changes cannot be \
                           determined or reviewed. Plan without -refresh=false.";
            let tried = format!("plan {}", describe(&prior));
            report::problem(diagnostics, &tried, problem.to_owned());
            return None;
        }
        let version = self.version_of(&config.partner, diagnostics)?;
        let partner = plan::update(&prior.partner, &config.partner, version);
        self.api
            .manages(prior.partner.id.as_deref_option().unwrap_or_default());
        let planned = risk::Planned::Update(&prior.partner, &partner);
        risk::tell(&self.api, planned, diagnostics).await;
        // Every property can be changed in place, so nothing ever requires a replacement.
        Some((
            State {
                partner,
                timeouts: config.timeouts,
            },
            private,
            Vec::new(),
        ))
    }

    async fn plan_destroy<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        prior: State,
        private: Private,
        _meta: ValueEmpty,
    ) -> Option<Private> {
        if self.api.risky_changes() == RiskyChanges::Allow {
            return Some(private);
        }
        let partner = if was_never_read(&prior, &private) {
            self.read_moved(diagnostics, &prior).await
        } else {
            let id = prior.partner.id.as_deref_option().unwrap_or_default();
            self.api.plans_destroy(id, &prior.partner);
            Some(prior.partner)
        };
        if let Some(partner) = partner {
            risk::tell(&self.api, Destroy(&partner), diagnostics).await;
        }
        Some(private)
    }

    async fn create<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        planned: State,
        _config: State,
        _private: Private,
        _meta: ValueEmpty,
    ) -> Option<Stored> {
        let limit = Limit::Create.of(&planned.timeouts);
        let tried = format!("create {}", describe(&planned));
        // Begin first, so that nothing can fail between the creation of the partner and its way into state.
        let new = Beside::default();
        let (operation, tenant) = self.begin(diagnostics, &tried, &new, limit).await?;
        match operation.create(&planned.partner).await {
            Ok(partner) => {
                let (state, beside) = stored(&partner, &planned, tenant);
                let next = format!(
                    "The partner exists (id {}), but Terraform marks it as tainted: the next \
                     apply would delete it and create it again. To keep it, run `terraform untaint` \
                     on it. If the service sets the attribute, leave it out of the configuration.",
                    partner.id
                );
                let all = |_: &str| true;
                report_kept(diagnostics, &state.partner, &planned.partner, all, &next);
                let beside = beside.created(OffsetDateTime::now_utc());
                Some((state, Value::Value(beside)))
            }
            Err(error) => {
                report::failure(diagnostics, &tried, &error);
                None
            }
        }
    }

    async fn update<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        prior: State,
        planned: State,
        config: State,
        private: Private,
        _meta: ValueEmpty,
    ) -> Option<Stored> {
        let earlier = private.as_ref_option().cloned().unwrap_or_default();
        let unmodelled = &earlier.unmodelled;
        let Some(body) = patch_body(&prior.partner, &planned.partner, unmodelled) else {
            // Only the timeouts differ, which Graph never sees, or what this version of Graph does not have.
            let state = State {
                partner: as_planned(prior.partner, &planned.partner),
                timeouts: planned.timeouts,
            };
            return Some((state, private));
        };
        let id = prior.partner.id.as_deref_option().unwrap_or_default();
        let limit = Limit::Update.of(&planned.timeouts);
        let sent = changed_attributes(&prior.partner, &planned.partner);
        let is_done = |partner: &Partner| {
            let theirs = partner.to_attributes(&planned.partner);
            let left = changed_attributes(&theirs, &planned.partner);
            !left.iter().any(|attribute| sent.contains(attribute))
        };
        let now = OffsetDateTime::now_utc();
        let tried = format!("update {}", describe(&prior));
        let (operation, tenant) = self.begin(diagnostics, &tried, &earlier, limit).await?;
        match operation.update(id, &body, is_done).await {
            Ok(partner) => {
                let (mut state, beside) = stored(&partner, &planned, tenant);
                keep_as_planned(&mut state.partner, &planned.partner, &config.partner, &sent);
                let next = "Plan again to see what is left to change. If the service sets the \
                            attribute itself, leave it out of the configuration.";
                let sent = |attribute: &str| sent.contains(&attribute);
                report_kept(diagnostics, &state.partner, &planned.partner, sent, next);
                Some((state, Value::Value(beside.created_as(&earlier, now))))
            }
            Err(error) => {
                report::failure(diagnostics, &tried, &error);
                // State stays as it is, but the next read knows that the partner may be gone.
                error
                    .is_gone()
                    .then(|| (prior, Value::Value(earlier.missing(now))))
            }
        }
    }

    async fn destroy<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        prior: State,
        private: Private,
        _meta: ValueEmpty,
    ) -> Option<()> {
        let id = prior.partner.id.as_deref_option().unwrap_or_default();
        let limit = Limit::Delete.of(&prior.timeouts);
        let earlier = private.as_option().unwrap_or_default();
        let tried = format!("delete {}", describe(&prior));
        // Terraform plans every other change again during the apply, but not a destroy.
        if self.api.risky_changes() == RiskyChanges::Deny {
            risk::tell(&self.api, Destroy(&prior.partner), diagnostics).await;
            if !diagnostics.errors.is_empty() {
                return None;
            }
        }
        let (operation, _) = self.begin(diagnostics, &tried, &earlier, limit).await?;
        let doubts = earlier.doubts(OffsetDateTime::now_utc());
        match operation.delete(id, doubts).await {
            Ok(()) => Some(()),
            Err(error) => {
                report::failure(diagnostics, &tried, &error);
                None
            }
        }
    }

    async fn import<'a>(&self, diagnostics: &mut Diagnostics, id: String) -> Option<Stored> {
        import::start(&self.api, diagnostics, &id).await
    }
}

/// Whether a partner is exactly as an import or a move leaves it.
fn was_never_read(state: &State, private: &Private) -> bool {
    private.is_null() && state.partner.display_name.is_null()
}

/// The partner for a message: its name and, if it has one, its id.
fn describe(state: &State) -> String {
    let name = state.partner.display_name.as_deref_option();
    let id = state.partner.id.as_deref_option();
    match (name, id) {
        (Some(name), Some(id)) => format!("compliance partner {name:?} (id {id})"),
        (Some(name), None) => format!("compliance partner {name:?}"),
        (None, Some(id)) => format!("the compliance partner with id {id}"),
        (None, None) => "a compliance partner".to_owned(),
    }
}
