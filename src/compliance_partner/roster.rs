//! Which partners the tenant had before this process created any. This distinguishes a partner that
//! one of our requests created from those that were there before: Graph accepts no idempotency key, and
//! a partner does not say when it was created. `write` keeps it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Mutex as AsyncMutex, OnceCell, OwnedMutexGuard};

use super::{model::Partner, state::Attributes};

/// The partners that this process knows about, in one tenant.
#[derive(Default)]
pub struct Roster {
    /// The partners that were there before the first create, by id.
    before: OnceCell<BTreeMap<String, Partner>>,
    since: Mutex<Since>,
}

/// What this process has done.
#[derive(Default)]
struct Since {
    /// The display names that creates and changes of this process gave, by id.
    names: BTreeMap<String, String>,
    /// The display names of creates whose outcome is not known.
    doubtful: BTreeSet<String>,
    deleted: BTreeSet<String>,
    /// The partners that are in Terraform's state.
    managed: BTreeSet<String>,
    /// The partners that are planned to be destroyed, with their state at that time.
    destroys: BTreeMap<String, Attributes>,
    /// The writes that other writes wait for.
    turns: HashMap<Turn, Arc<AsyncMutex<()>>>,
}

/// A write that runs only one at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Turn {
    /// A create with this display name.
    Create(String),
    /// The delete of the partner with this id.
    Delete(String),
}

impl Roster {
    /// Notes which partners are there, once, however many creates begin at the same time.
    pub async fn note<E>(
        &self,
        list: impl Future<Output = Result<Vec<Partner>, E>>,
    ) -> Result<(), E> {
        let note = async {
            let partners = list.await?;
            Ok(partners
                .into_iter()
                .map(|partner| (key(&partner.id), partner))
                .collect())
        };
        self.before.get_or_try_init(|| note).await.map(drop)
    }

    /// Waits until no other create with this display name is under way. If two were, no one could tell which
    /// of them a new partner comes from.
    pub async fn turn(&self, display_name: &str) -> OwnedMutexGuard<()> {
        self.take(Turn::Create(display_name.to_owned())).await
    }

    /// Waits until no delete of this partner is under way. Whoever deletes it holds the guard until the delete is done.
    pub async fn turn_to_delete(&self, id: &str) -> OwnedMutexGuard<()> {
        self.take(Turn::Delete(key(id))).await
    }

    async fn take(&self, turn: Turn) -> OwnedMutexGuard<()> {
        let turn = {
            let turns = &mut self.since().turns;
            // Drop the turns that no one else holds, which are over: a long-lived process would collect many of them.
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(turn).or_default())
        };
        turn.lock_owned().await
    }

    /// The ids of the partners that had this display name before or were given it since, and are not deleted.
    pub fn named(&self, display_name: &str) -> Vec<String> {
        let since = self.since();
        let before = self.before.get().into_iter().flatten();
        let before = before.filter(|(id, partner)| {
            partner.display_name.as_deref() == Some(display_name)
                && !since.deleted.contains(*id)
                && !since.names.contains_key(*id)
        });
        let named = since.names.iter().filter(|(_, name)| *name == display_name);
        let before = before.map(|(_, partner)| &partner.id);
        before.chain(named.map(|(id, _)| id)).cloned().collect()
    }

    /// The display name of a listed partner. If this process gave it one, that counts: the list may be out of date.
    pub fn name_of(&self, listed: &Partner) -> Option<String> {
        let given = self.since().names.get(&key(&listed.id)).cloned();
        given.or_else(|| listed.display_name.clone())
    }

    /// Whether a partner is in Terraform's state, as far as this process knows: it was read, or it was created here.
    pub fn is_managed(&self, id: &str) -> bool {
        let id = key(id);
        let since = self.since();
        since.managed.contains(&id) || since.names.contains_key(&id)
    }

    /// The partners that were there before and are not deleted: first those with this display name that are in
    /// Terraform's state, and then all others.
    pub fn namesakes_and_others(&self, name: Option<&str>) -> (Vec<&Partner>, Vec<&Partner>) {
        let since = self.since();
        let before = self.before.get().into_iter().flatten();
        before
            .filter(|(id, _)| !since.deleted.contains(*id))
            .map(|(_, partner)| partner)
            .partition(|partner| {
                let given = since.names.get(&key(&partner.id));
                name.is_some()
                    && given.or(partner.display_name.as_ref()).map(String::as_str) == name
                    && since.managed.contains(&key(&partner.id))
            })
    }

    /// Notes a partner that is in Terraform's state.
    pub fn managed(&self, id: &str) {
        self.since().managed.insert(key(id));
    }

    /// Notes that a partner is planned to be destroyed, and its state at that time.
    pub fn plans_destroy(&self, id: &str, state: Attributes) {
        self.since().destroys.insert(key(id), state);
    }

    /// The state of a partner when its destroy was planned. Returns it once.
    pub fn planned_destroy(&self, id: &str) -> Option<Attributes> {
        self.since().destroys.remove(&key(id))
    }

    /// Whether this partner was not known yet.
    pub fn is_unknown(&self, id: &str) -> bool {
        let id = key(id);
        let before = self.before.get();
        let since = self.since();
        !before.is_some_and(|before| before.contains_key(&id))
            && !since.names.contains_key(&id)
            && !since.deleted.contains(&id)
    }

    /// Notes the display name that this process gave a partner: it created or changed it.
    pub fn has_named(&self, id: &str, display_name: &str) {
        let names = &mut self.since().names;
        names.insert(key(id), display_name.to_owned());
    }

    /// Notes a display name that a create has sent, but whose outcome is not known.
    pub fn may_be_taken(&self, display_name: &str) {
        self.since().doubtful.insert(display_name.to_owned());
    }

    /// Whether a partner may have this display name because of such a create.
    pub fn is_doubtful(&self, display_name: &str) -> bool {
        self.since().doubtful.contains(display_name)
    }

    /// Notes a partner that this process deleted.
    pub fn deleted(&self, id: &str) {
        let id = key(id);
        let mut since = self.since();
        since.names.remove(&id);
        since.deleted.insert(id);
    }

    /// Whether this process deleted a partner. A list that is behind still shows it.
    pub fn is_deleted(&self, id: &str) -> bool {
        self.since().deleted.contains(&key(id))
    }

    fn since(&self) -> MutexGuard<'_, Since> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An id in the form for comparisons: it is a GUID, which Graph may return in a different letter case.
fn key(id: &str) -> String {
    id.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use serde_json::json;

    use super::{Partner, Roster};

    fn partner(id: &str, name: &str) -> Partner {
        serde_json::from_value(json!({"id": id, "displayName": name})).expect("a partner")
    }

    async fn note(roster: &Roster, partners: Vec<Partner>) {
        let list = async { Ok::<_, Infallible>(partners) };
        roster.note(list).await.expect("a list");
    }

    #[tokio::test]
    async fn what_was_there_is_noted_once() {
        let roster = Roster::default();
        roster
            .note(async { Err("no answer") })
            .await
            .expect_err("no list");
        assert!(roster.is_unknown("a"));
        note(&roster, vec![partner("a", "A")]).await;
        note(&roster, vec![partner("b", "B")]).await;
        assert!(!roster.is_unknown("a"));
        assert!(roster.is_unknown("b"));
        roster.has_named("b", "B");
        assert!(!roster.is_unknown("b"));
    }

    #[tokio::test]
    async fn an_id_in_other_letters_is_the_same() {
        let roster = Roster::default();
        note(&roster, vec![partner("aa-1", "A"), partner("BB-2", "B")]).await;
        roster.has_named("cc-3", "C");
        for id in ["AA-1", "bb-2", "CC-3"] {
            assert!(!roster.is_unknown(id), "{id}");
            roster.managed(id);
        }
        for name in ["A", "B"] {
            assert_eq!(roster.namesakes_and_others(Some(name)).0.len(), 1, "{name}");
        }
        for (id, name) in [("AA-1", "A"), ("bb-2", "B"), ("CC-3", "C")] {
            assert!(roster.is_managed(id));
            assert_eq!(roster.named(name).len(), 1, "{name}");
            roster.deleted(id);
            assert!(roster.is_deleted(&id.to_uppercase()) && roster.named(name).is_empty());
        }
    }

    /// A partner that was imported because the response to its create was lost, and then deleted: a list that is behind
    /// still shows it.
    #[tokio::test]
    async fn what_was_deleted_is_not_taken_for_new() {
        let roster = Roster::default();
        note(&roster, vec![]).await;
        assert!(roster.is_unknown("a"));
        roster.deleted("a");
        assert!(!roster.is_unknown("a"));
    }

    #[tokio::test]
    async fn a_name_is_taken_by_what_was_there_until_it_is_deleted() {
        let roster = Roster::default();
        note(&roster, vec![partner("a", "A"), partner("b", "B")]).await;
        assert_eq!(roster.named("A"), ["a"]);
        roster.deleted("a");
        assert!(roster.named("A").is_empty());
        roster.has_named("c", "C");
        assert_eq!(roster.named("C"), ["c"]);
        assert!(roster.is_managed("c") && !roster.is_managed("b"));
        roster.deleted("c");
        assert!(roster.named("C").is_empty());

        // A replacement: deleted before the first create, but a list that is behind still shows it.
        let roster = Roster::default();
        roster.deleted("a");
        note(&roster, vec![partner("a", "A")]).await;
        assert!(roster.named("A").is_empty());
    }

    #[tokio::test]
    async fn a_managed_partner_of_the_name_is_no_other_one() {
        let roster = Roster::default();
        note(&roster, vec![partner("a", "A"), partner("b", "B")]).await;
        let ids = |partners: Vec<&Partner>| {
            let ids = partners.into_iter().map(|it| it.id.as_str());
            ids.collect::<Vec<_>>().join(" ")
        };
        let split = |created| {
            let (namesakes, others) = roster.namesakes_and_others(created);
            format!("{}|{}", ids(namesakes), ids(others))
        };
        assert_eq!(split(Some("A")), "|a b");
        roster.managed("a");
        assert_eq!(split(Some("A")), "a|b");
        assert_eq!(split(Some("B")), "|a b");
        assert_eq!(split(None), "|a b");
        roster.deleted("b");
        assert_eq!(split(None), "|a");
        roster.deleted("a");
        assert_eq!(split(Some("A")), "|");
    }

    #[tokio::test]
    async fn creates_of_one_name_take_turns_and_others_do_not_wait() {
        let roster = Roster::default();
        let first = roster.turn("A").await;
        let _other = roster.turn("B").await;
        let mut second = Box::pin(roster.turn("A"));
        tokio::select! {
            biased;
            _ = &mut second => panic!("two at once"),
            () = std::future::ready(()) => {}
        }
        drop(first);
        drop(second.await);
        let _last = roster.turn("C").await;
        assert_eq!(roster.since().turns.len(), 2, "the turns of B and C");
    }
}
