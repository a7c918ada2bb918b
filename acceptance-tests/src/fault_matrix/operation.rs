//! The columns of the matrix: what Terraform does with a partner. `cell` performs them.

use serde_json::{Value, json};

use super::{
    tenant::{EXCLUDED, FLEET, NAME, STAFF},
    terraform::{Came, Held, Terraform},
};
use crate::core::Result;

/// What Terraform does with a partner, or with all of them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Operation {
    Refresh,
    Import,
    List,
    Create,
    Update,
    Delete,
}

impl Operation {
    pub(super) const ALL: [Self; 6] = [
        Self::Refresh,
        Self::Import,
        Self::List,
        Self::Create,
        Self::Update,
        Self::Delete,
    ];
    pub(super) const READING: [Self; 3] = [Self::Refresh, Self::Import, Self::List];
    pub(super) const WRITING: [Self; 3] = [Self::Create, Self::Update, Self::Delete];

    /// The head of its column.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Import => "import by name",
            Self::List => "data source, all partners",
            Self::Create => "create",
            Self::Update => "change",
            Self::Delete => "destroy",
        }
    }

    /// The method of the request that a fault happens to.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Refresh | Self::Import | Self::List => "GET",
            Self::Create => "POST",
            Self::Update => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether it is about a partner in state.
    pub(super) fn has_state(self) -> bool {
        matches!(self, Self::Refresh | Self::Update | Self::Delete)
    }

    /// Whether the partner is meant to exist before it.
    pub(super) fn has_partner(self) -> bool {
        self != Self::Create
    }

    /// The configuration that it is to bring about; null: there is to be no partner.
    pub(super) fn config(self) -> Value {
        let group = |kind, id| json!({"type": kind, "group_id": id});
        let mut config = json!({
            "display_name": NAME,
            "ios_onboarded": true,
            "ios_enrollment_assignments": [
                group("group", STAFF),
                group("exclusion_group", EXCLUDED),
            ],
        });
        match self {
            Self::Delete => Value::Null,
            Self::Update => {
                config["macos_onboarded"] = true.into();
                config["ios_enrollment_assignments"] = json!([group("group", STAFF)]);
                config
            }
            _ => config,
        }
    }

    pub(super) async fn perform(self, terraform: &Terraform, held: Held) -> Result<Came> {
        match self {
            Self::Refresh => terraform.refresh(held).await,
            Self::Import => terraform.import(&format!("display_name:{NAME}")).await,
            Self::List => terraform.list().await,
            Self::Create | Self::Update | Self::Delete => {
                terraform.apply(held, self.config()).await
            }
        }
    }

    /// What state holds before it.
    pub(super) async fn prepare(self, terraform: &Terraform) -> Result<Held> {
        if !self.has_state() {
            return Ok(Held::default());
        }
        let came = terraform.import(FLEET).await?;
        came.without_errors("the preparation")
    }
}
