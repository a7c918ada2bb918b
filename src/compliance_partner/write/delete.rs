//! How a partner is deleted, and what counts as deleted.

use tracing::info;

use super::{Written, lost, nothing, pause_as_asked};
use crate::{
    compliance_partner::{
        api::{Doubts, Operation},
        error::{Error, Finding},
    },
    graph::Method,
};

impl Operation {
    /// Deletes a partner. A partner that is already gone counts as deleted.
    pub(in crate::compliance_partner) async fn delete(
        &self,
        id: &str,
        doubts: Doubts,
    ) -> Result<(), Error> {
        let turn = async { Ok(self.tenant.roster.turn_to_delete(id).await) };
        let waiting = "Waiting for another delete of this partner";
        let _turn = self.call.within(waiting, turn).await?;
        match self.delete_and_see(id, doubts).await {
            Err(error) if self.is_refused_as_gone(id, &error).await => {
                if doubts.is_new {
                    self.delete_once_it_shows(id, doubts, error).await?;
                }
            }
            done => done?,
        }
        self.tenant.roster.deleted(id);
        Ok(())
    }

    /// Deletes a new partner that a DELETE did not find: Graph may not show it everywhere yet. The list decides.
    async fn delete_once_it_shows(
        &self,
        id: &str,
        doubts: Doubts,
        mut missing: Error,
    ) -> Result<(), Error> {
        let mut sent = 1;
        let mut is_listed = false;
        for pause in self.tenant.client.looks() {
            self.call
                .pause("Waiting for the new partner to appear", pause)
                .await?;
            is_listed = self.is_listed(&self.call, id).await?;
            if !is_listed {
                continue;
            }
            sent += 1;
            match self.delete_and_see(id, doubts).await {
                Err(error) if error.may_be_missing_object() => missing = error,
                done => return done,
            }
        }
        if is_listed {
            Err(lost(missing, Finding::NotDone(sent)))
        } else {
            Ok(())
        }
    }

    pub(super) async fn delete_and_see(&self, id: &str, doubts: Doubts) -> Result<(), Error> {
        let mut sent = 0;
        loop {
            sent += 1;
            let error = match self.write(Method::DELETE, Some(id), None).await {
                Ok(Written::Answered(_)) => return Ok(()),
                Ok(Written::Lost(error)) => error,
                Err(error) => return Err(error),
            };
            let finding = match self.is_there(id, doubts, &error).await {
                Ok(false) => {
                    info!(id, "the response was lost, but the partner is gone");
                    return Ok(());
                }
                Ok(true) if self.may_send_again(&error, sent) => continue,
                Ok(true) => nothing(&error, sent),
                Err(error) => Finding::Unreadable(Box::new(error)),
            };
            return Err(lost(error, finding));
        }
    }

    /// Whether the partner exists. The list decides: a GET may still show a partner that is deleted, and a GET that is
    /// behind may not show one that exists. The list may not show a new partner yet either, so it is read again.
    async fn is_there(&self, id: &str, doubts: Doubts, error: &Error) -> Result<bool, Error> {
        let call = self.call.afterwards();
        pause_as_asked(&call, error).await?;
        let looks = self.tenant.client.looks();
        for pause in looks.take(if doubts.is_new { usize::MAX } else { 1 }) {
            call.pause("Looking whether the partner is gone", pause)
                .await?;
            if self.is_listed(&call, id).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
