//! What identifies a partner, and what Terraform uses it for: import by identity, moves from
//! another resource type, and generated configuration. `plugin` calls it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tf_provider::{Diagnostics, schema::Schema, value::Value};

use super::{
    beside::Stored,
    configuration, import, moved, report,
    resource::CompliancePartner,
    schema,
    state::{State, Text},
    validate,
};
use crate::plugin::{Managed, MoveSource};

/// The identity of a partner: its id, which is unique in its tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub id: Text,
}

#[async_trait]
impl Managed for CompliancePartner {
    type Identity = Identity;

    fn identity_schema(&self) -> Schema {
        schema::identity()
    }

    fn identity(&self, state: &State) -> Option<Identity> {
        let id = state.partner.id.clone();
        id.is_value().then_some(Identity { id })
    }

    async fn import_by_identity<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        identity: Identity,
    ) -> Option<Stored> {
        match identity.id {
            Value::Value(id) if validate::is_id(&id) => {
                import::by_id(&self.api, diagnostics, id).await
            }
            id => {
                let id = id.as_deref_option().unwrap_or_default();
                let problem = format!(
                    "{id:?} is not the id of a partner. In the identity, use the id that Graph shows, \
                     or import by name with id = \"display_name:NAME\" instead of an identity."
                );
                report::problem(diagnostics, "import a compliance partner", problem);
                None
            }
        }
    }

    async fn plan_replacement<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        config: Self::State<'a>,
        replaced: Self::PrivateState<'a>,
    ) -> Option<(Self::State<'a>, Self::PrivateState<'a>)> {
        let id = replaced.as_ref_option().and_then(|it| it.id.as_deref());
        let state = self.plan_new(diagnostics, config, id).await?;
        // Terraform destroys the replaced partner with this private state, too.
        Some((state, replaced))
    }

    fn move_from<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        source: &MoveSource<'_>,
    ) -> Option<(Self::State<'a>, Self::PrivateState<'a>)> {
        moved::id(source)
            .map(import::starting_from)
            .map_err(|problem| {
                let tried = "move to a compliance partner";
                report::problem(diagnostics, tried, problem);
            })
            .ok()
    }

    fn configuration<'a>(&self, state: Self::State<'a>) -> Self::State<'a> {
        configuration::of(state)
    }
}
