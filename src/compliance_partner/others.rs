//! The tenant's partners beside the one that changes, for the review of a plan. `risk` calls it.

use std::time::Duration;

use super::{api::Api, model::Partner, report, state::Attributes};

/// The tenant's partners beside the one that changes.
#[derive(Debug)]
pub struct Others {
    /// The id of the tenant, if the token has it.
    pub tenant: Option<String>,
    /// The partner that the new one replaces.
    pub replaced: Option<Attributes>,
    /// Partners in Terraform's state with the display name of the new one, which replaces them or is refused.
    pub namesakes: Vec<Attributes>,
    /// All partners that stay beside it.
    pub rest: Vec<Attributes>,
}

impl Api {
    /// The partners that the tenant has beside the one that changes, or why they cannot be read. A partner that is
    /// created has the display name `created`, and replaces the one with the id `replaced`, if any. One list serves
    /// every change in this process, and the creates too: it shows which partners were there before them.
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
            // Notes which of them are gone. If that cannot be found out, the list counts, and they are there.
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
