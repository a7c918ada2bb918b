//! The partners of one tenant, and what the service does to them by itself: heartbeats move, and the order of assignments
//! is a different one each time. Pure: time passes when somebody looks, chance comes from a seed.
//! Called by `graph` for requests and by `Emulator` for changes behind the API's back.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::Duration;
use time::macros::datetime;

use super::date_time;
use super::schema::{self, Object};
use crate::chance::Chance;

/// Which state of the tenant a read sees.
#[derive(Clone, Copy)]
pub(super) enum View {
    Current,
    /// Each partner as it was before its last write: what a lagging replica knows.
    BeforeLastWrite,
}

#[derive(Clone)]
struct Partner {
    object: Value,
    /// A client has set the heartbeat, and so it stays: a configuration that sets it has to converge.
    heartbeat_written: bool,
}

impl Partner {
    /// Ids are GUIDs, which a request may have in other letters.
    fn has_id(&self, id: &str) -> bool {
        let own = self.object["id"].as_str();
        own.is_some_and(|own| own.eq_ignore_ascii_case(id))
    }

    /// A partner that is enabled is heard of now and then.
    fn let_time_pass(&mut self) {
        if self.heartbeat_written || self.object["partnerState"] != "enabled" {
            return;
        }
        let last = self.object[schema::HEARTBEAT].as_str();
        let next = match last.and_then(date_time::parse) {
            Some(never) if never.year() == 1 => Some(datetime!(2026-01-01 00:00 UTC)),
            Some(last) => last.checked_add(Duration::seconds(37)),
            None => None,
        };
        if let Some(next) = next {
            self.object[schema::HEARTBEAT] = json!(date_time::format(next));
        }
    }
}

/// One tenant's partners, oldest first.
pub(super) struct Store {
    partners: Vec<Partner>,
    /// By id, what each partner was before its last write; nothing if that write created it.
    before_last_write: BTreeMap<String, Option<Partner>>,
    chance: Chance,
}

impl Store {
    pub(super) fn new(seed: u64, partners: Vec<Value>) -> Self {
        let unwritten = |object| Partner {
            object,
            heartbeat_written: false,
        };
        Self {
            partners: partners.into_iter().map(unwritten).collect(),
            before_last_write: BTreeMap::new(),
            chance: Chance::new(seed),
        }
    }

    /// Up to `size` partners from `offset` on, and whether there are more.
    pub(super) fn page(&mut self, view: View, offset: usize, size: usize) -> (Vec<Value>, bool) {
        let seen = self.look(view);
        let more = seen.len() > offset.saturating_add(size);
        let page = seen.into_iter().skip(offset).take(size);
        let page: Vec<_> = page.map(|partner| partner.object.clone()).collect();
        let reordered = page.into_iter().map(|it| reorder(&mut self.chance, it));
        (reordered.collect(), more)
    }

    pub(super) fn get(&mut self, view: View, id: &str) -> Option<Value> {
        let seen = self.look(view);
        let partner = seen.into_iter().find(|partner| partner.has_id(id))?;
        let object = partner.object.clone();
        Some(reorder(&mut self.chance, object))
    }

    /// A partner that is no more, as it was.
    pub(super) fn deleted(&self, id: &str) -> Option<Value> {
        if self.position(id).is_some() {
            return None;
        }
        let last = self.before_last_write.get(&key(id))?.as_ref()?;
        Some(last.object.clone())
    }

    /// Creates the partner `id`, and answers it as a read would.
    pub(super) fn create(&mut self, id: &str, properties: Object) -> Value {
        let heartbeat_written = properties.contains_key(schema::HEARTBEAT);
        let mut object = schema::defaults();
        object.insert("id".to_owned(), json!(id));
        object.extend(properties);
        let partner = Partner {
            object: Value::Object(object.clone()),
            heartbeat_written,
        };
        self.remember(id);
        self.partners.push(partner);
        reorder(&mut self.chance, Value::Object(object))
    }

    /// Changes the given properties of the partner `id`, and answers it as a read would.
    pub(super) fn update(&mut self, id: &str, properties: Object) -> Option<Value> {
        self.let_time_pass();
        let position = self.position(id)?;
        self.remember(id);
        let partner = &mut self.partners[position];
        partner.heartbeat_written |= properties.contains_key(schema::HEARTBEAT);
        for (name, value) in properties {
            partner.object[name] = value;
        }
        let object = partner.object.clone();
        Some(reorder(&mut self.chance, object))
    }

    /// Whether there was such a partner to delete.
    pub(super) fn delete(&mut self, id: &str) -> bool {
        let Some(position) = self.position(id) else {
            return false;
        };
        self.remember(id);
        self.partners.remove(position);
        true
    }

    /// The partners as they are stored.
    pub(super) fn objects(&self) -> Vec<Value> {
        self.partners.iter().map(|it| it.object.clone()).collect()
    }

    /// Stores any object that has an id.
    pub(super) fn put(&mut self, object: Value) {
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        self.remember(&id);
        match self.partners.iter_mut().find(|it| it.has_id(&id)) {
            Some(partner) => partner.object = object,
            None => self.partners.push(Partner {
                object,
                heartbeat_written: false,
            }),
        }
    }

    /// Lets the last writes show everywhere: no replica lags behind them any more.
    pub(super) fn catch_up(&mut self) {
        self.before_last_write.clear();
    }

    /// Whether there was such a partner to edit.
    pub(super) fn edit(&mut self, id: &str, edit: impl FnOnce(&mut Value)) -> bool {
        let Some(position) = self.position(id) else {
            return false;
        };
        self.remember(id);
        edit(&mut self.partners[position].object);
        true
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.partners.iter().position(|it| it.has_id(id))
    }

    /// Every read lets time pass, for all partners alike.
    fn look(&mut self, view: View) -> Vec<&Partner> {
        self.let_time_pass();
        let current = self.partners.iter();
        match view {
            View::Current => current.collect(),
            View::BeforeLastWrite => {
                let written = |it: &&Partner| {
                    let id = it.object["id"].as_str().unwrap_or_default();
                    self.before_last_write.contains_key(&key(id))
                };
                let untouched = current.filter(|it| !written(it));
                let earlier = self.before_last_write.values().flatten();
                untouched.chain(earlier).collect()
            }
        }
    }

    fn let_time_pass(&mut self) {
        for partner in &mut self.partners {
            partner.let_time_pass();
        }
    }

    /// Called before each write that will succeed.
    fn remember(&mut self, id: &str) {
        let before = self.partners.iter().find(|it| it.has_id(id)).cloned();
        self.before_last_write.insert(key(id), before);
    }
}

/// An id, in the letters in which it is compared.
fn key(id: &str) -> String {
    id.to_ascii_lowercase()
}

/// The object with its assignments in another order.
fn reorder(chance: &mut Chance, mut object: Value) -> Value {
    for name in schema::ASSIGNMENTS {
        if let Some(assignments) = object.get_mut(name).and_then(Value::as_array_mut) {
            for last in (1..assignments.len()).rev() {
                assignments.swap(last, chance.below(last + 1));
            }
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Store, View};
    use crate::emulator::schema::Object;

    fn object(value: Value) -> Object {
        serde_json::from_value(value).expect("an object")
    }

    fn heartbeat(store: &mut Store, id: &str) -> Value {
        let partner = store.get(View::Current, id).expect("the partner");
        partner["lastHeartbeatDateTime"].clone()
    }

    #[test]
    fn a_new_partner_has_the_defaults() {
        let created = Store::new(0, vec![]).create("a", object(json!({"displayName": "A"})));
        let expected = json!({
            "id": "a",
            "displayName": "A",
            "partnerState": "unknown",
            "lastHeartbeatDateTime": "0001-01-01T00:00:00Z",
            "androidOnboarded": false,
            "iosOnboarded": false,
            "macOsOnboarded": false,
            "androidEnrollmentAssignments": [],
            "iosEnrollmentAssignments": [],
            "macOsEnrollmentAssignments": [],
        });
        assert_eq!(created, expected);
    }

    #[test]
    fn only_the_heartbeat_of_an_enabled_partner_moves() {
        let mut store = Store::new(0, vec![]);
        store.create("off", Object::new());
        store.create("on", object(json!({"partnerState": "enabled"})));
        assert_eq!(heartbeat(&mut store, "off"), "0001-01-01T00:00:00Z");
        let first = heartbeat(&mut store, "on");
        assert_ne!(first, "0001-01-01T00:00:00Z");
        assert_ne!(heartbeat(&mut store, "on"), first);
    }

    #[test]
    fn a_heartbeat_that_was_written_stays() {
        let written =
            json!({"partnerState": "enabled", "lastHeartbeatDateTime": "2026-01-02T03:04:05Z"});
        let mut store = Store::new(0, vec![]);
        store.create("a", object(written));
        store.update("a", object(json!({"iosOnboarded": true})));
        assert_eq!(heartbeat(&mut store, "a"), "2026-01-02T03:04:05Z");
    }

    #[test]
    fn the_order_of_assignments_changes_with_the_seed_and_the_read() {
        let orders = |seed| -> Vec<Value> {
            let numbers: Vec<u8> = (0..9).collect();
            let partner = json!({"id": "a", "iosEnrollmentAssignments": numbers});
            let mut store = Store::new(seed, vec![partner]);
            let mut read = || store.get(View::Current, "a").expect("the partner");
            vec![read(), read()]
        };
        assert_eq!(orders(1), orders(1));
        assert_ne!(orders(1), orders(2));
        assert_ne!(orders(1)[0], orders(1)[1]);
    }

    #[test]
    fn pages_cover_every_partner_once() {
        let partners = ["a", "b", "c"].map(|id| json!({"id": id})).to_vec();
        let mut store = Store::new(0, partners.clone());
        assert_eq!(
            store.page(View::Current, 0, 2),
            (partners[..2].to_vec(), true)
        );
        assert_eq!(
            store.page(View::Current, 2, 2),
            (partners[2..].to_vec(), false)
        );
        assert_eq!(store.page(View::Current, 9, 2), (vec![], false));
    }

    #[test]
    fn a_lagging_replica_knows_each_partner_as_it_was_before_its_last_write() {
        let mut store = Store::new(0, vec![json!({"id": "a", "n": 1}), json!({"id": "b"})]);
        store.update("a", object(json!({"n": 2})));
        store.delete("b");
        store.create("c", Object::new());
        let stale = |store: &mut Store, id| store.get(View::BeforeLastWrite, id);
        assert_eq!(stale(&mut store, "a"), Some(json!({"id": "a", "n": 1})));
        assert_eq!(stale(&mut store, "b"), Some(json!({"id": "b"})));
        assert_eq!(stale(&mut store, "c"), None);
        assert_eq!(store.page(View::BeforeLastWrite, 0, 9).0.len(), 2);
        store.catch_up();
        assert_eq!(stale(&mut store, "a"), Some(json!({"id": "a", "n": 2})));
        assert_eq!(stale(&mut store, "b"), None);
        assert!(stale(&mut store, "c").is_some());
    }

    #[test]
    fn what_is_deleted_is_remembered_as_it_was() {
        let mut store = Store::new(0, vec![json!({"id": "a", "n": 1})]);
        store.update("a", object(json!({"n": 2})));
        assert_eq!(store.deleted("a"), None, "it is there");
        store.delete("a");
        assert_eq!(store.update("a", object(json!({"n": 3}))), None);
        assert!(!store.edit("a", |_| {}) && !store.delete("a"));
        assert_eq!(store.deleted("a"), Some(json!({"id": "a", "n": 2})));
        assert_eq!(store.deleted("b"), None);
    }

    #[test]
    fn anything_can_be_put_and_edited_behind_the_back() {
        let mut store = Store::new(0, vec![]);
        store.put(json!({"id": "a", "partnerState": "notSetUp"}));
        assert!(store.edit("a", |partner| partner["extra"] = json!(1)));
        assert!(!store.edit("b", |_| {}));
        let expected = json!({"id": "a", "partnerState": "notSetUp", "extra": 1});
        assert_eq!(store.objects(), [expected]);
        assert!(store.delete("a"));
        assert!(!store.delete("a"));
    }
}
