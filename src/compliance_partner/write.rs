//! Writes a partner, and finds out what happened when the response to a write is lost. `resource` calls it. `delete`
//! has what only a delete needs.
//!
//! A connection may break, a gateway may give up, or a proxy may return its own page or another partner. Then it is
//! not known whether Graph carried out the write. The provider does not guess: it reads the tenant, and sends the
//! write again only if it left no trace.

mod delete;

use std::time::Duration;

use serde_json::Value as Json;
use tracing::info;

use super::{
    api::{Operation, about_another},
    compare::changed_attributes,
    error::{Error, Finding},
    model::{Partner, post_body},
    state::Attributes,
};
use crate::graph::{self, Call, Method};

/// The most time that a write reserves, of the operation's time, for finding out what happened to it.
const SPARE: Duration = Duration::from_secs(15);

/// The outcome of a write that was not refused.
enum Written {
    /// Graph carried it out and returned this.
    Answered(Option<Json>),
    /// It is not known whether Graph carried it out.
    Lost(Error),
}

/// What the tenant shows after a create.
#[derive(Debug)]
enum Made {
    This(Box<Partner>),
    Nothing,
    /// Nothing so far, but there was no time for every look.
    NothingYet,
    AnyOf(Vec<String>),
}

impl Operation {
    /// Creates a partner.
    pub(super) async fn create(&self, planned: &Attributes) -> Result<Partner, Error> {
        let roster = &self.tenant.roster;
        let name = planned.display_name.as_deref_option().unwrap_or_default();
        let turn = async { Ok(roster.turn(name).await) };
        let waiting = "Waiting for another create with this display_name";
        let _turn = self.call.within(waiting, turn).await?;
        self.note().await?;
        let taken = self.holders(name).await?;
        if !taken.is_empty() {
            let is_managed = taken.iter().any(|id| roster.is_managed(id));
            return Err(Error::NameTaken {
                ids: taken,
                is_managed,
            });
        }
        let posted = self.post(planned).await;
        match &posted {
            Ok(partner) => roster.has_named(&partner.id, name),
            Err(error) if error.may_have_created() => roster.may_be_taken(name),
            Err(_) => {}
        }
        posted
    }

    /// The ids of the partners that have a display name. If there are any in the noted list, or there may be one since
    /// because of a create whose outcome is not known, the list is read again: it may have been behind, or someone may
    /// have deleted, renamed, or created a partner since. The new list may be behind as well, and a name that is wrongly
    /// taken for free makes a second partner. So a partner counts as gone only if a read of it confirms that. A delete
    /// that is under way is waited for, because a resource whose address has changed is deleted and created at the same
    /// time.
    pub(super) async fn holders(&self, display_name: &str) -> Result<Vec<String>, Error> {
        let roster = &self.tenant.roster;
        for id in roster.named(display_name) {
            let deleted = async { Ok(roster.turn_to_delete(&id).await) };
            let waiting = "Waiting for the delete of a partner with this display_name";
            drop(self.call.within(waiting, deleted).await?);
        }
        let noted = roster.named(display_name);
        if noted.is_empty() && !roster.is_doubtful(display_name) {
            return Ok(noted);
        }
        let listed = self.list(&self.call).await?;
        let is_holder = |it: &&Partner| {
            roster.name_of(it).as_deref() == Some(display_name) && !roster.is_deleted(&it.id)
        };
        let holders = listed.iter().filter(is_holder).map(|it| it.id.clone());
        let mut holders: Vec<_> = holders.collect();
        for id in noted {
            if listed.iter().any(|partner| partner.has_id(&id)) {
                continue;
            }
            if self.get(&self.call, &id).await?.is_some() {
                holders.push(id);
            } else {
                roster.deleted(&id);
            }
        }
        Ok(holders)
    }

    async fn post(&self, planned: &Attributes) -> Result<Partner, Error> {
        let body = post_body(planned);
        let mut sent = 0;
        loop {
            sent += 1;
            let error = match self.write(Method::POST, None, Some(&body)).await {
                Ok(Written::Answered(body)) => match self.parse(body) {
                    // A partner that was there before is not the new one.
                    Ok(partner) if !self.tenant.roster.is_unknown(&partner.id) => {
                        about_another(&partner)
                    }
                    Ok(partner) => return Ok(partner),
                    Err(error) => error,
                },
                Ok(Written::Lost(error)) => error,
                // The reason can be that the first one was carried out after all.
                Err(error) if sent > 1 => return Err(lost(error, Finding::NotSeen)),
                Err(error) => return Err(error),
            };
            let finding = match self.look_for_new(planned, &error).await {
                Ok(Made::This(partner)) => {
                    info!(
                        id = partner.id,
                        "the response was lost, but the new partner was found"
                    );
                    return Ok(*partner);
                }
                // An update and a delete can be sent twice. A create that is carried out late would make a second
                // partner.
                Ok(Made::Nothing)
                    if self.may_send_again(&error, sent) && !may_show_later(&error) =>
                {
                    continue;
                }
                Ok(Made::Nothing) => nothing(&error, sent),
                Ok(Made::NothingYet) => Finding::NotSeen,
                Ok(Made::AnyOf(candidates)) => Finding::Unclear(candidates),
                Err(error) => Finding::Unreadable(Box::new(error)),
            };
            return Err(lost(error, finding));
        }
    }

    /// Updates a partner. `is_done` tells whether a partner already is as `body` would make it.
    pub(super) async fn update(
        &self,
        id: &str,
        body: &Json,
        is_done: impl Fn(&Partner) -> bool,
    ) -> Result<Partner, Error> {
        let partner = self.patch(id, body, is_done).await?;
        if let Some(name) = &partner.display_name {
            self.tenant.roster.has_named(&partner.id, name);
        }
        Ok(partner)
    }

    async fn patch(
        &self,
        id: &str,
        body: &Json,
        is_done: impl Fn(&Partner) -> bool,
    ) -> Result<Partner, Error> {
        let mut sent = 0;
        loop {
            sent += 1;
            let error = match self.write(Method::PATCH, Some(id), Some(body)).await {
                Ok(Written::Answered(Some(body))) => match self.parse_one(id, Some(body)) {
                    Ok(partner) => return Ok(partner),
                    Err(error) => error,
                },
                Ok(Written::Answered(None)) => return self.read_back(id, is_done).await,
                Ok(Written::Lost(error)) => error,
                Err(error) if self.is_refused_as_gone(id, &error).await => {
                    return Err(lost(error, Finding::Gone));
                }
                Err(error) => return Err(error),
            };
            let finding = match self.look_at(id, &error).await {
                Ok(Some(partner)) if is_done(&partner) => {
                    info!(id, "the response was lost, but the change was made");
                    return Ok(partner);
                }
                Ok(Some(_)) if self.may_send_again(&error, sent) => continue,
                Ok(Some(_)) => nothing(&error, sent),
                Ok(None) => Finding::Gone,
                Err(error) => Finding::Unreadable(Box::new(error)),
            };
            return Err(lost(error, finding));
        }
    }

    /// Whether Graph refused a write because its partner is gone. After a stop, too, there is a moment to find out.
    async fn is_refused_as_gone(&self, id: &str, error: &Error) -> bool {
        let call = self.call.afterwards();
        self.is_missing(&call, id, error).await
    }

    fn may_send_again(&self, error: &Error, sent: u32) -> bool {
        let is_repeatable = matches!(error, Error::Graph(it) if graph::may_send_again(it, sent));
        is_repeatable && asked(error) < self.call.left() && !self.call.stop.is_cancelled()
    }

    /// Sends a write, and reserves some of the operation's time.
    async fn write(
        &self,
        method: Method,
        id: Option<&str>,
        body: Option<&Json>,
    ) -> Result<Written, Error> {
        let call = self.call.sparing(SPARE.min(self.call.left() / 4));
        match self.send(&call, method, id, body.cloned()).await {
            Ok(body) => Ok(Written::Answered(body)),
            Err(error) if error.is_in_doubt() => Ok(Written::Lost(error.into())),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the partner after an update whose response did not include it.
    async fn read_back(
        &self,
        id: &str,
        is_done: impl Fn(&Partner) -> bool,
    ) -> Result<Partner, Error> {
        let call = self.call.afterwards();
        let mut last = None;
        for pause in self.tenant.client.looks() {
            call.pause("Waiting for the change to appear", pause)
                .await?;
            last = self.get(&call, id).await?;
            if last.as_ref().is_some_and(&is_done) {
                break;
            }
        }
        last.ok_or_else(|| {
            let problem = "Graph accepted the change, but no longer finds the partner.";
            lost(Error::NoPartner(problem.to_owned()), Finding::Gone)
        })
    }

    /// Looks for the partner that a POST created whose response was lost.
    async fn look_for_new(&self, planned: &Attributes, error: &Error) -> Result<Made, Error> {
        let call = self.call.afterwards();
        let roster = &self.tenant.roster;
        pause_as_asked(&call, error).await?;
        for (look, pause) in self.tenant.client.looks().enumerate() {
            match call.pause("Looking for the new partner", pause).await {
                Err(error) if look == 0 => return Err(error.into()),
                Err(_) => return Ok(Made::NothingYet),
                Ok(()) => {}
            }
            let mut partners = self.list(&call).await?;
            partners.retain(|partner| roster.is_unknown(&partner.id));
            match recognize(partners, planned) {
                Made::Nothing => {}
                made => return Ok(made),
            }
        }
        Ok(Made::Nothing)
    }

    async fn look_at(&self, id: &str, error: &Error) -> Result<Option<Partner>, Error> {
        let call = self.call.afterwards();
        pause_as_asked(&call, error).await?;
        self.get(&call, id).await
    }
}

/// Waits as Graph asked, unless that would leave no time to look.
async fn pause_as_asked(call: &Call, error: &Error) -> Result<(), graph::Error> {
    let asked = asked(error);
    if asked >= call.left() {
        return Ok(());
    }
    call.pause("Waiting as Graph asked", asked).await
}

/// How long Graph asked to wait.
fn asked(error: &Error) -> Duration {
    let asked = match error {
        Error::Graph(error) => error.retry_after(),
        _ => None,
    };
    asked.unwrap_or_default()
}

/// Which of the previously unknown partners a create has made.
fn recognize(unknown: Vec<Partner>, planned: &Attributes) -> Made {
    let name = planned.display_name.as_deref_option().unwrap_or_default();
    // A partner of that name that differs from what was sent may be ours too: the service may have kept its own value.
    let (same, alike): (Vec<_>, Vec<_>) = unknown
        .into_iter()
        .filter(|partner| is_named(partner, name))
        .partition(|partner| is_as_planned(partner, planned));
    match <[Partner; 1]>::try_from(same) {
        Ok([partner]) => Made::This(Box::new(partner)),
        Err(same) if same.is_empty() && alike.is_empty() => Made::Nothing,
        Err(same) => Made::AnyOf(same.into_iter().chain(alike).map(|it| it.id).collect()),
    }
}

fn is_named(partner: &Partner, name: &str) -> bool {
    let theirs = partner.display_name.as_deref().unwrap_or_default();
    theirs.trim().eq_ignore_ascii_case(name.trim())
}

/// Whether a partner has everything that is planned.
fn is_as_planned(partner: &Partner, planned: &Attributes) -> bool {
    changed_attributes(&partner.to_attributes(planned), planned).is_empty()
}

fn may_show_later(error: &Error) -> bool {
    matches!(error, Error::Graph(error) if error.may_show_later())
}

/// What is known about a write that left no trace.
fn nothing(error: &Error, sent: u32) -> Finding {
    if may_show_later(error) || matches!(error, Error::NoPartner(_)) {
        Finding::NotSeen
    } else {
        Finding::NotDone(sent)
    }
}

fn lost(error: Error, finding: Finding) -> Error {
    Error::Lost {
        error: Box::new(error),
        finding,
    }
}

#[cfg(test)]
mod tests;
