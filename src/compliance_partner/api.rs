//! The five requests for a partner, typed. `resource`, `data_source`, and `list` call it; it calls the
//! Graph client that the provider block configured. What a write needs besides its request is in
//! `write`.

use std::{
    collections::HashSet,
    fmt,
    future::{Future, pending},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use serde_json::Value as Json;
use tokio::{sync::OnceCell, time::Instant};

use super::{
    error::{Error, NotConfigured},
    model::Partner,
    policy::RiskyChanges,
    report,
    roster::Roster,
    state::Attributes,
};
use crate::{
    graph::{self, ApiVersion, Call, Client, Listing, Method, Request},
    plugin::Context,
    words::one_line,
};

/// The path of the collection, below the version.
pub(super) const COLLECTION: [&str; 2] = ["deviceManagement", "complianceManagementPartners"];

/// What an operation does while another one reads the list for both of them.
const WAITING_FOR_THE_LIST: &str = "Waiting for the list of the tenant's partners";

/// The most characters that are shown of the reason why a response is not a partner: it may quote the response.
const MAX_REASON: usize = 500;

/// The partners of the tenant that the provider block names. Clones share one client.
#[derive(Clone)]
pub struct Api {
    tenant: Arc<RwLock<Result<Arc<Tenant>, NotConfigured>>>,
    risky_changes: Arc<RwLock<RiskyChanges>>,
    context: Context,
}

/// A tenant, and what this process knows about it.
pub(super) struct Tenant {
    pub(super) client: Client,
    pub(super) roster: Roster,
    /// Whether the partners could be noted for a review, or why not.
    reviewed: OnceCell<Result<(), String>>,
}

/// An operation that is under way: its tenant, and its limits.
pub(super) struct Operation {
    pub(super) tenant: Arc<Tenant>,
    pub(super) call: Call,
}

/// Reasons to doubt what Graph says about whether a partner exists.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Doubts {
    /// It was just created, so Graph may not show it yet.
    pub is_new: bool,
    /// A write found it missing, so Graph may still show it although it is deleted.
    pub was_missing: bool,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

impl Api {
    /// Nothing can be sent before [`Self::configure`] is called.
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self {
            tenant: Arc::new(RwLock::new(Err(NotConfigured::NotYet))),
            risky_changes: Arc::default(),
            context,
        }
    }

    /// Sets the client of the provider block, or the reason why there is none.
    pub fn configure(&self, client: Result<Client, NotConfigured>) {
        let tenant = client.map(|client| {
            Arc::new(Tenant {
                client,
                roster: Roster::default(),
                reviewed: OnceCell::new(),
            })
        });
        *self.tenant.write().unwrap_or_else(PoisonError::into_inner) = tenant;
    }

    /// Whether settings of the provider block get their values only during the apply.
    #[must_use]
    pub fn awaits_configuration(&self) -> bool {
        let tenant = self.tenant.read().unwrap_or_else(PoisonError::into_inner);
        matches!(&*tenant, Err(NotConfigured::Unknown { .. }))
    }

    /// Sets what happens to risky changes.
    pub fn set_risky_changes(&self, policy: RiskyChanges) {
        *self
            .risky_changes
            .write()
            .unwrap_or_else(PoisonError::into_inner) = policy;
    }

    /// What happens to risky changes.
    pub(super) fn risky_changes(&self) -> RiskyChanges {
        *self
            .risky_changes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a partner that is in Terraform's state.
    pub(super) fn manages(&self, id: &str) {
        let tenant = self.tenant.read().unwrap_or_else(PoisonError::into_inner);
        if let Ok(tenant) = &*tenant {
            tenant.roster.managed(id);
        }
    }

    /// Notes that a partner is planned to be destroyed, and its state at that time.
    pub(super) fn plans_destroy(&self, id: &str, state: &Attributes) {
        let tenant = self.tenant.read().unwrap_or_else(PoisonError::into_inner);
        if let Ok(tenant) = &*tenant {
            tenant.roster.plans_destroy(id, state.clone());
        }
    }

    /// The version of Graph that is in use, if known.
    pub(super) fn version(&self) -> Option<ApiVersion> {
        let tenant = self.tenant.read().unwrap_or_else(PoisonError::into_inner);
        tenant.as_ref().ok().map(|tenant| tenant.client.version())
    }

    /// One partner that is not in state yet; `None` if there is no partner with that id.
    pub(super) async fn get(&self, id: &str, limit: Duration) -> Result<Option<Partner>, Error> {
        let operation = self.begin(limit)?;
        operation.read(id, Doubts::default()).await
    }

    /// All partners.
    pub(super) async fn list(&self, limit: Duration) -> Result<Vec<Partner>, Error> {
        self.begin(limit)?.all().await
    }

    /// Begins an operation that may take up to `limit`, with the current client.
    pub(super) fn begin(&self, limit: Duration) -> Result<Operation, Error> {
        let tenant = self
            .tenant
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Ok(Operation {
            tenant: tenant.map_err(Error::NotConfigured)?,
            call: Call {
                deadline: Instant::now() + limit,
                stop: self.context.stop_token(),
            },
        })
    }
}

/// Partners page by page.
pub(super) struct PartnerPages {
    listing: Listing,
    version: ApiVersion,
}

impl PartnerPages {
    /// The next page; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Partner>>, Error> {
        let page = Box::pin(self.listing.next()).await?;
        let parse = |partner| parse(self.version, Some(partner));
        page.map(|page| page.into_iter().map(parse).collect())
            .transpose()
    }
}

impl Operation {
    /// The id of the tenant that the provider is signed in to, if its token says so.
    pub(super) async fn tenant_id(&self) -> Result<Option<String>, Error> {
        let tenant = self.tenant.client.tenant(&self.call).await?;
        Ok(tenant.map(|id| id.to_string()))
    }

    /// All partners.
    pub(super) async fn all(&self) -> Result<Vec<Partner>, Error> {
        self.list(&self.call).await
    }

    /// All partners, page by page.
    pub(super) async fn pages(&self) -> Result<PartnerPages, Error> {
        let client = &self.tenant.client;
        let listing = Box::pin(client.pages(&self.call, &COLLECTION)).await?;
        Ok(PartnerPages {
            listing,
            version: client.version(),
        })
    }

    /// One partner; `None` if there is no partner with that id. If there are doubts, this looks again, and the list
    /// decides.
    pub(super) async fn read(&self, id: &str, doubts: Doubts) -> Result<Option<Partner>, Error> {
        let looks = self.tenant.client.looks();
        for pause in looks.take(if doubts.is_new { usize::MAX } else { 1 }) {
            self.call
                .pause("Waiting for the new partner to appear", pause)
                .await?;
            if let Some(partner) = self.get(&self.call, id).await? {
                let is_gone = doubts.was_missing && !self.is_listed(&self.call, id).await?;
                return Ok((!is_gone).then_some(partner));
            }
        }
        if !doubts.is_new {
            return Ok(None);
        }
        let listed = self.list(&self.call).await?;
        Ok(listed.into_iter().find(|partner| partner.has_id(id)))
    }

    /// Notes the partners in the tenant: one operation reads the list, and the others wait for it.
    pub(super) async fn note(&self) -> Result<(), Error> {
        let note = self.tenant.roster.note(Box::pin(self.all()));
        self.share(WAITING_FOR_THE_LIST, note).await?
    }

    /// The same for a review, but only once: many changes ask, and a failure counts for all of them.
    pub(super) async fn note_for_review(&self) -> Result<(), String> {
        let note = async {
            let noted = self.note().await;
            noted.map_err(|error| report::sentence(&error))
        };
        let reviewed = self.tenant.reviewed.get_or_init(|| note);
        let reviewed = self.share(WAITING_FOR_THE_LIST, reviewed).await;
        reviewed.map_err(|error| error.to_string())?.clone()
    }

    /// Waits for what one operation does for many, but not beyond the limit of this one: the other one has its own
    /// limit.
    async fn share<T>(
        &self,
        doing: &str,
        shared: impl Future<Output = T>,
    ) -> Result<T, graph::Error> {
        tokio::select! {
            // In this order: if this operation does the work itself, that future knows better what was not done in
            // time.
            biased;
            done = shared => Ok(done),
            end = self.call.within(doing, pending()) => end,
        }
    }

    /// Gets one partner; `None` if there is no partner with that id.
    pub(super) async fn get(&self, call: &Call, id: &str) -> Result<Option<Partner>, Error> {
        let error = match self.send(call, Method::GET, Some(id), None).await {
            Ok(body) => return self.parse_one(id, body).map(Some),
            Err(error) => error.into(),
        };
        if self.is_missing(call, id, &error).await {
            Ok(None)
        } else {
            Err(error)
        }
    }

    /// Whether Graph refused a request because there is no partner with this id. If it does not say so plainly, the list
    /// decides (seen: <https://github.com/microsoft/terraform-provider-msgraph/issues/61>).
    pub(super) async fn is_missing(&self, call: &Call, id: &str, error: &Error) -> bool {
        let Error::Graph(error) = error else {
            return false;
        };
        error.is_missing_object()
            || (error.may_be_missing_object()
                && matches!(self.is_listed(call, id).await, Ok(false)))
    }

    /// Gets the collection, page by page.
    pub(super) async fn list(&self, call: &Call) -> Result<Vec<Partner>, Error> {
        let partners = Box::pin(self.tenant.client.list(call, &COLLECTION)).await?;
        let partners = partners
            .into_iter()
            .map(|partner| self.parse(Some(partner)));
        let mut partners = partners.collect::<Result<Vec<_>, _>>()?;
        // If a partner appears or disappears between two pages, another one can move from the first page to the second.
        let mut seen = HashSet::new();
        partners.retain(|partner| seen.insert(partner.id.to_ascii_lowercase()));
        Ok(partners)
    }

    /// Parses a partner as the version of Graph that is in use has it.
    pub(super) fn parse(&self, body: Option<Json>) -> Result<Partner, Error> {
        parse(self.tenant.client.version(), body)
    }

    /// Parses the partner with this id. A different one would be updated or deleted in its place.
    pub(super) fn parse_one(&self, id: &str, body: Option<Json>) -> Result<Partner, Error> {
        let partner = self.parse(body)?;
        if partner.has_id(id) {
            Ok(partner)
        } else {
            Err(about_another(&partner))
        }
    }

    /// Whether the collection has a partner with this id.
    pub(super) async fn is_listed(&self, call: &Call, id: &str) -> Result<bool, Error> {
        let partners = self.list(call).await?;
        Ok(partners.iter().any(|partner| partner.has_id(id)))
    }

    /// Sends one request; `None` if the response has no body.
    pub(super) async fn send(
        &self,
        call: &Call,
        method: Method,
        id: Option<&str>,
        body: Option<Json>,
    ) -> Result<Option<Json>, graph::Error> {
        let segments: Vec<_> = COLLECTION.into_iter().chain(id).collect();
        let request = Request {
            method,
            segments: &segments,
            body,
        };
        // Boxed: the future is large, and other futures contain it.
        Box::pin(self.tenant.client.send(call, request)).await
    }
}

/// The error for a response with a different partner.
pub(super) fn about_another(partner: &Partner) -> Error {
    let id = report::quoted(&partner.id);
    Error::NoPartner(format!(
        "The response is about a different partner (id {id})."
    ))
}

/// Parses a partner. Graph's documentation also shows one wrapped in `value`.
pub(super) fn parse(version: ApiVersion, body: Option<Json>) -> Result<Partner, Error> {
    let Some(mut body) = body else {
        return Err(Error::NoPartner("The response has no body.".to_owned()));
    };
    if body.get("id").is_none()
        && let Some(inner) = body.get_mut("value").filter(|inner| inner.is_object())
    {
        body = inner.take();
    }
    let partner: Partner = serde_json::from_value(body).map_err(|error| {
        Error::NoPartner(format!(
            "The response is not a complianceManagementPartner: {}.",
            one_line(&error.to_string(), MAX_REASON)
        ))
    })?;
    Ok(partner.of(version))
}

#[cfg(test)]
mod tests;
