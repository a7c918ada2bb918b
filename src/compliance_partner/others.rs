//! The tenant's partners beside the one that changes, for the review of a plan. `risk` asks.

use std::time::Duration;

use super::{api::Api, model::Partner, report, state::Attributes};

/// The tenant's partners beside the one that changes.
#[derive(Debug)]
pub struct Others {
    /// The id of the tenant, if the token says it.
    pub tenant: Option<String>,
    /// The one whose place the new one takes.
    pub replaced: Option<Attributes>,
    /// Those in Terraform's state that have the display name of the one that is created: it takes their place, or is refused.
    pub namesakes: Vec<Attributes>,
    /// All that stay beside it.
    pub rest: Vec<Attributes>,
}

impl Api {
    /// The partners that the tenant has beside one that changes, or why they cannot be read. One that is created has the
    /// display name `created`, and takes the place of the one with the id `replaced`, where there is one. One list serves
    /// every change of this process, and the creates too: it says who was there before them.
    pub(super) async fn others(
        &self,
        created: Option<&str>,
        replaced: Option<&str>,
        limit: Duration,
    ) -> Result<Others, String> {
        let operation = self
            .begin(limit)
            .map_err(|error| report::sentence(&error))?;
        operation.note_for_review().await?;
        let tenant = operation.tenant_id().await;
        let roster = &operation.tenant.roster;
        let is_replaced = |it: &&Partner| replaced.is_some_and(|id| it.has_id(id));
        let is_namesake = |it: &&Partner| roster.name_of(it).as_deref() == created;
        let (_, others) = roster.namesakes_and_others(created);
        if let Some(name) = created
            && others.iter().any(|it| is_namesake(it) && !is_replaced(it))
        {
            // Notes which of them are gone. What cannot be looked at is there, as the list says.
            drop(operation.holders(name).await);
        }
        let (namesakes, others) = roster.namesakes_and_others(created);
        let attributes = |it: &Partner| Attributes {
            display_name: roster.name_of(it).into(),
            ..it.to_attributes(&Attributes::with_id(it.id.clone()))
        };
        let without_it = |partners: &[&Partner]| {
            let partners = partners.iter().filter(|it| !is_replaced(it));
            partners.map(|it| attributes(it)).collect()
        };
        Ok(Others {
            tenant: tenant.unwrap_or_default(),
            namesakes: without_it(&namesakes),
            rest: without_it(&others),
            replaced: namesakes
                .into_iter()
                .chain(others)
                .find(is_replaced)
                .map(attributes),
        })
    }
}
