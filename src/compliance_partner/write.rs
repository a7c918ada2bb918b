//! The writes of a partner, and what became of them when their answer is lost. `api` calls it.
//!
//! A connection may break, a gateway may give up, a proxy may put its page or another partner in between: then
//! nobody has said whether Graph carried a write out. It is not guessed: the tenant is read, and the
//! write is sent again only if it left no trace.

use std::time::Duration;

use serde_json::Value as Json;
use tracing::info;

use super::{
    api::{Doubts, Operation, about_another},
    compare::changed_attributes,
    error::{Error, Finding},
    model::{Partner, post_body},
    state::Attributes,
};
use crate::graph::{self, Call, Method};

/// What a write leaves of the operation's time, at most, to look what became of it.
const SPARE: Duration = Duration::from_secs(15);

/// What came of a write that was not refused.
enum Written {
    /// Graph carried it out, and answered this.
    Answered(Option<Json>),
    /// Whether Graph carried it out is not known.
    Lost(Error),
}

/// What a tenant shows of a create.
#[derive(Debug)]
enum Made {
    This(Box<Partner>),
    Nothing,
    AnyOf(Vec<String>),
}

impl Operation {
    /// Creates a partner.
    pub(super) async fn create(&self, planned: &Attributes) -> Result<Partner, Error> {
        let roster = &self.tenant.roster;
        let name = planned.display_name.as_deref_option().unwrap_or_default();
        let turn = async { Ok(roster.turn(name).await) };
        let waiting = "Waiting for another partner of this display_name";
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
        let partner = self.post(planned).await?;
        roster.has_named(&partner.id, name);
        Ok(partner)
    }

    /// The partners that have a display name, if one had it when the list was read. Then the list is read once more, for
    /// it may have been behind, and somebody else may have deleted, renamed or created one since. This one may be behind
    /// as well, and a name that is thought free makes a second partner: so one is gone only if a read of it says so too.
    /// One whose delete is under way is waited for: a resource whose address has changed is deleted and created at once.
    pub(super) async fn holders(&self, display_name: &str) -> Result<Vec<String>, Error> {
        let roster = &self.tenant.roster;
        for id in roster.named(display_name) {
            let deleted = async { Ok(roster.turn_to_delete(&id).await) };
            let waiting = "Waiting for the delete of a partner of this display_name";
            drop(self.call.within(waiting, deleted).await?);
        }
        let noted = roster.named(display_name);
        if noted.is_empty() {
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
            let error = match self.write(Method::POST, None, Some(&body)).await? {
                Written::Answered(body) => match self.parse(body) {
                    // What was there before was not made now.
                    Ok(partner) if !self.tenant.roster.is_unknown(&partner.id) => {
                        about_another(&partner)
                    }
                    Ok(partner) => return Ok(partner),
                    Err(error) => error,
                },
                Written::Lost(error) => error,
            };
            let finding = match self.look_for_new(planned, &error).await {
                Ok(Made::This(partner)) => {
                    info!(
                        id = partner.id,
                        "the answer was lost, and the new partner is found"
                    );
                    return Ok(*partner);
                }
                // A change and a delete may come twice. A create that comes late would make a second partner.
                Ok(Made::Nothing)
                    if self.may_send_again(&error, sent) && !may_show_later(&error) =>
                {
                    continue;
                }
                Ok(Made::Nothing) => nothing(&error, sent),
                Ok(Made::AnyOf(candidates)) => Finding::Unclear(candidates),
                Err(error) => Finding::Unreadable(Box::new(error)),
            };
            return Err(lost(error, finding));
        }
    }

    /// Changes a partner. `is_done` says whether a partner is as `body` makes it.
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
                Err(error) if error.is_missing_object() => return Err(lost(error, Finding::Gone)),
                Err(error) => return Err(error),
            };
            let finding = match self.look_at(id, &error).await {
                Ok(Some(partner)) if is_done(&partner) => {
                    info!(id, "the answer was lost, and the change is there");
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

    /// Deletes a partner. One that is gone already counts as deleted.
    pub(super) async fn delete(&self, id: &str, doubts: Doubts) -> Result<(), Error> {
        let turn = async { Ok(self.tenant.roster.turn_to_delete(id).await) };
        let waiting = "Waiting for another delete of this partner";
        let _turn = self.call.within(waiting, turn).await?;
        match self.delete_and_see(id).await {
            Err(error) if error.is_missing_object() => {
                if doubts.is_new {
                    self.delete_once_it_shows(id, error).await?;
                }
            }
            done => done?,
        }
        self.tenant.roster.deleted(id);
        Ok(())
    }

    /// Deletes a partner that a DELETE did not find: Graph may not show a new one everywhere yet. The list decides.
    async fn delete_once_it_shows(&self, id: &str, mut missing: Error) -> Result<(), Error> {
        let mut sent = 1;
        let mut is_listed = false;
        for pause in self.tenant.client.looks() {
            self.call
                .pause("Waiting for the new partner", pause)
                .await?;
            is_listed = self.is_listed(&self.call, id).await?;
            if !is_listed {
                continue;
            }
            sent += 1;
            match self.delete_and_see(id).await {
                Err(error) if error.is_missing_object() => missing = error,
                done => return done,
            }
        }
        if is_listed {
            Err(lost(missing, Finding::NotDone(sent)))
        } else {
            Ok(())
        }
    }

    async fn delete_and_see(&self, id: &str) -> Result<(), Error> {
        let mut sent = 0;
        loop {
            sent += 1;
            let error = match self.write(Method::DELETE, Some(id), None).await {
                Ok(Written::Answered(_)) => return Ok(()),
                Ok(Written::Lost(error)) => error,
                // Elsewhere in Intune this is the answer to the DELETE of what is gone.
                Err(error) if error.status() == Some(400) => {
                    return match self.is_there(id, &error).await {
                        Ok(false) => Ok(()),
                        _ => Err(error),
                    };
                }
                Err(error) => return Err(error),
            };
            let finding = match self.is_there(id, &error).await {
                Ok(false) => {
                    info!(id, "the answer was lost, and the partner is gone");
                    return Ok(());
                }
                Ok(true) if self.may_send_again(&error, sent) => continue,
                Ok(true) => nothing(&error, sent),
                Err(error) => Finding::Unreadable(Box::new(error)),
            };
            return Err(lost(error, finding));
        }
    }

    fn may_send_again(&self, error: &Error, sent: u32) -> bool {
        let is_repeatable = matches!(error, Error::Graph(it) if graph::may_send_again(it, sent));
        is_repeatable && asked(error) < self.call.left()
    }

    /// Sends a write, and leaves some of the operation's time.
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

    /// The partner after a change that Graph answered without it.
    async fn read_back(
        &self,
        id: &str,
        is_done: impl Fn(&Partner) -> bool,
    ) -> Result<Partner, Error> {
        let mut last = None;
        for pause in self.tenant.client.looks() {
            self.call.pause("Waiting for the change", pause).await?;
            last = self.get(&self.call, id).await?;
            if last.as_ref().is_some_and(&is_done) {
                break;
            }
        }
        last.ok_or_else(|| {
            Error::NoPartner("After the change there is no such partner.".to_owned())
        })
    }

    /// The partner that a POST with a lost answer made.
    async fn look_for_new(&self, planned: &Attributes, error: &Error) -> Result<Made, Error> {
        let call = self.call.afterwards();
        let roster = &self.tenant.roster;
        pause_as_asked(&call, error).await?;
        for (look, pause) in self.tenant.client.looks().enumerate() {
            match call.pause("Looking for the new partner", pause).await {
                Err(error) if look == 0 => return Err(error.into()),
                Err(_) => break,
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

    /// Whether the partner exists. The list says it: a GET may still show what is deleted, and a GET that is behind may
    /// not show what is there.
    async fn is_there(&self, id: &str, error: &Error) -> Result<bool, Error> {
        let call = self.call.afterwards();
        pause_as_asked(&call, error).await?;
        self.is_listed(&call, id).await
    }
}

/// Waits as Graph asked, unless no time would be left to look.
async fn pause_as_asked(call: &Call, error: &Error) -> Result<(), graph::Error> {
    let asked = asked(error);
    if asked >= call.left() {
        return Ok(());
    }
    call.pause("Waiting as Graph asked", asked).await
}

/// How long Graph asked to be left alone.
fn asked(error: &Error) -> Duration {
    let asked = match error {
        Error::Graph(error) => error.retry_after(),
        _ => None,
    };
    asked.unwrap_or_default()
}

/// Which of the partners that nobody knew of a create has made.
fn recognize(unknown: Vec<Partner>, planned: &Attributes) -> Made {
    let name = planned.display_name.as_deref_option().unwrap_or_default();
    // One of that name which is not all that was sent may be ours, too: the service may have kept a value of its own.
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

/// Whether a partner has all that is planned.
fn is_as_planned(partner: &Partner, planned: &Attributes) -> bool {
    changed_attributes(&partner.to_attributes(planned), planned).is_empty()
}

fn may_show_later(error: &Error) -> bool {
    matches!(error, Error::Graph(error) if error.may_show_later())
}

/// What is known of a write that left no trace.
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
