//! The five requests of a partner, typed. `resource` and `data_source` call it; it calls the
//! Graph client that the provider block configured.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use serde_json::Value as Json;
use tokio::time::Instant;

use super::model::Partner;
use crate::{
    graph::{self, Call, Client, Method, Request},
    plugin::Context,
    words::one_line,
};

/// The path of the collection, below the version.
const COLLECTION: [&str; 2] = ["deviceManagement", "complianceManagementPartners"];

/// How much of the reason is shown why an answer is no partner, in characters: it may quote the answer.
const MAX_REASON: usize = 500;

/// Why there is no Graph client.
#[derive(Clone, Debug, PartialEq)]
pub enum NotConfigured {
    /// Terraform has not configured the provider.
    NotYet,
    /// Settings of the provider block get their value during the apply.
    Unknown {
        /// The names of the settings.
        settings: Vec<&'static str>,
    },
}

/// The partners of the tenant that the provider block names. Clones share one client.
#[derive(Clone)]
pub struct Api {
    client: Arc<RwLock<Result<Client, NotConfigured>>>,
    context: Context,
}

/// Why a request has no result.
#[derive(Debug)]
pub enum Error {
    /// There is no client to send it.
    NotConfigured(NotConfigured),
    /// Graph, the network or the sign-in.
    Graph(graph::Error),
    /// Graph answered, and not with a partner.
    NoPartner(String),
}

impl From<graph::Error> for Error {
    fn from(error: graph::Error) -> Self {
        Self::Graph(error)
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

impl Api {
    /// Nothing can be sent until [`Self::configure`].
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self {
            client: Arc::new(RwLock::new(Err(NotConfigured::NotYet))),
            context,
        }
    }

    /// Takes the client of the provider block, or why there is none.
    pub fn configure(&self, client: Result<Client, NotConfigured>) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// GET of one partner. None: there is no partner of that id.
    pub(super) async fn get(&self, id: &str, limit: Duration) -> Result<Option<Partner>, Error> {
        match self.send(Method::GET, Some(id), None, limit).await {
            Ok(body) => parse(body).map(Some),
            Err(Error::Graph(error)) if error.is_missing_object() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// GET of the collection, page by page.
    pub(super) async fn list(&self, limit: Duration) -> Result<Vec<Partner>, Error> {
        let (client, call) = self.begin(limit)?;
        let partners = client.list(&call, &COLLECTION).await?;
        partners
            .into_iter()
            .map(|partner| parse(Some(partner)))
            .collect()
    }

    /// POST of a new partner.
    pub(super) async fn create(&self, body: Json, limit: Duration) -> Result<Partner, Error> {
        parse(self.send(Method::POST, None, Some(body), limit).await?)
    }

    /// PATCH of a partner. Where Graph answers without the object, it is read back.
    pub(super) async fn update(
        &self,
        id: &str,
        body: Json,
        limit: Duration,
    ) -> Result<Partner, Error> {
        let deadline = Instant::now() + limit;
        let updated = self
            .send(Method::PATCH, Some(id), Some(body), limit)
            .await?;
        if updated.is_some() {
            return parse(updated);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        parse(self.send(Method::GET, Some(id), None, left).await?)
    }

    /// DELETE of a partner. One that is gone already counts as deleted.
    pub(super) async fn delete(&self, id: &str, limit: Duration) -> Result<(), Error> {
        match self.send(Method::DELETE, Some(id), None, limit).await {
            Err(Error::Graph(error)) if error.is_missing_object() => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn send(
        &self,
        method: Method,
        id: Option<&str>,
        body: Option<Json>,
        limit: Duration,
    ) -> Result<Option<Json>, Error> {
        let (client, call) = self.begin(limit)?;
        let segments: Vec<_> = COLLECTION.into_iter().chain(id).collect();
        let answer = client
            .send(
                &call,
                Request {
                    method,
                    segments: &segments,
                    body,
                },
            )
            .await?;
        Ok(answer.body)
    }

    fn begin(&self, limit: Duration) -> Result<(Client, Call), Error> {
        let client = self
            .client
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let call = Call {
            deadline: Instant::now() + limit,
            stop: self.context.stop_token(),
        };
        Ok((client.map_err(Error::NotConfigured)?, call))
    }
}

/// A partner. Graph's documentation shows one wrapped in `value` too.
pub(super) fn parse(body: Option<Json>) -> Result<Partner, Error> {
    let Some(mut body) = body else {
        return Err(Error::NoPartner("The answer has no body.".to_owned()));
    };
    if body.get("id").is_none()
        && let Some(inner) = body.get_mut("value").filter(|inner| inner.is_object())
    {
        body = inner.take();
    }
    serde_json::from_value(body).map_err(|error| {
        Error::NoPartner(format!(
            "The answer is not a complianceManagementPartner: {}.",
            one_line(&error.to_string(), MAX_REASON)
        ))
    })
}
