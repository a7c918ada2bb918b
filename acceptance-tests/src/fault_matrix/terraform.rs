//! A person with Terraform, call by call: a provider's process and the state that goes through it.
//! `cell` makes them do things.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    core::{
        ApplyRequest, Diagnostic, Launch, PlanRequest, Provider, ReadRequest, Result,
        schema::complete,
        tfplugin6::{Schema, get_provider_schema::Response},
    },
    emulator::Emulator,
};

const PARTNER: &str = "intune_compliance_partner";
const PARTNERS: &str = "intune_compliance_partners";

/// What Terraform holds of a partner between two calls; null is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Held {
    pub(super) state: Value,
    private: Vec<u8>,
}

/// What came of a call.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) errors: Vec<Diagnostic>,
    pub(super) held: Held,
}

impl Came {
    /// What is held after a call that must not fail.
    pub(super) fn without_errors(self, call: &str) -> Result<Held> {
        match self.errors.first() {
            Some(error) => Err(format!("{call} fails: {error}").into()),
            None => Ok(self.held),
        }
    }
}

/// One run of Terraform: a process of the provider, configured for a tenant.
pub(super) struct Terraform {
    provider: Provider,
    schemas: Response,
}

impl Terraform {
    pub(super) async fn start(binary: &Path, emulator: &Emulator) -> Result<Self> {
        let variables = emulator.environment().iter();
        let launch = variables.fold(Launch::new(binary), |launch, (name, value)| {
            launch.env(*name, value)
        });
        // A plan here is a step on the way to the operation. What it can do without is no matter of the table.
        let launch = launch.env("INTUNE_RISKY_CHANGES", "allow");
        let provider = launch.start().await?;
        let schemas = provider.schema().await?;
        let block = schemas.provider.as_ref().ok_or("no provider schema")?;
        let configured = provider.configure(&complete(block, json!({}))).await?;
        match configured.first() {
            Some(error) => Err(error.to_string().into()),
            None => Ok(Self { provider, schemas }),
        }
    }

    pub(super) async fn refresh(&self, held: Held) -> Result<Came> {
        let request = ReadRequest {
            state: held.state,
            private: held.private,
            identity: None,
        };
        let read = self.provider.read(PARTNER, request).await?;
        Ok(Came {
            errors: read.diagnostics,
            held: Held {
                state: read.state,
                private: read.private,
            },
        })
    }

    /// Imports, and reads what was imported.
    pub(super) async fn import(&self, id: &str) -> Result<Came> {
        let imported = self.provider.import(PARTNER, id).await?;
        let Some(resource) = imported.resources.into_iter().next() else {
            return Ok(Came {
                errors: imported.diagnostics,
                held: Held::default(),
            });
        };
        let held = Held {
            state: resource.state,
            private: resource.private,
        };
        let came = self.refresh(held).await?;
        // An import that cannot be read leaves nothing.
        Ok(if came.errors.is_empty() {
            came
        } else {
            Came {
                held: Held::default(),
                ..came
            }
        })
    }

    /// The data source of all partners.
    pub(super) async fn list(&self) -> Result<Came> {
        let schema = &self.schemas.data_source_schemas[PARTNERS];
        let config = complete(schema, json!({}));
        let read = self.provider.read_data(PARTNERS, &config).await?;
        Ok(Came {
            errors: read.diagnostics,
            held: Held {
                state: read.state,
                private: Vec::new(),
            },
        })
    }

    /// Whether there is nothing to do.
    pub(super) async fn plans_nothing(&self, held: &Held, config: Value) -> Result<bool> {
        let planned = self.plan(held, &self.complete(config)).await?;
        Ok(planned.held.state == held.state)
    }

    /// Plans and applies.
    pub(super) async fn apply(&self, held: Held, config: Value) -> Result<Came> {
        let config = self.complete(config);
        let planned = self.plan(&held, &config).await?;
        let request = ApplyRequest {
            prior: held.state,
            planned: planned.held.state,
            config,
            private: planned.held.private,
            identity: None,
        };
        let applied = self.provider.apply(PARTNER, request).await?;
        Ok(Came {
            errors: applied.diagnostics,
            held: Held {
                state: applied.state,
                private: applied.private,
            },
        })
    }

    async fn plan(&self, held: &Held, config: &Value) -> Result<Came> {
        let request = PlanRequest {
            prior: held.state.clone(),
            proposed: config.clone(),
            config: config.clone(),
            private: held.private.clone(),
            identity: None,
        };
        let plan = self.provider.plan(PARTNER, request).await?;
        match plan.diagnostics.first() {
            Some(error) => Err(format!("the plan fails: {error}").into()),
            None => Ok(Came {
                errors: Vec::new(),
                held: Held {
                    state: plan.planned,
                    private: plan.private,
                },
            }),
        }
    }

    fn complete(&self, config: Value) -> Value {
        complete(self.schema(), config)
    }

    fn schema(&self) -> &Schema {
        &self.schemas.resource_schemas[PARTNER]
    }
}
