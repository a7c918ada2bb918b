//! What is stored beside state, as the private state of the resource: what state cannot hold, and
//! what the next read must take into account. `resource` keeps it.

use serde::{Deserialize, Serialize};
use tf_provider::value::Value;
use time::{Duration, OffsetDateTime};

use super::{api::Doubts, model::Unmodelled, state::State};

/// How long Graph may take to show a new partner everywhere.
const NEW: Duration = Duration::minutes(2);

/// The private state, which is stored beside state.
pub type Private = Value<Beside>;

/// State and private state.
pub type Stored = (State, Private);

/// The private state of a partner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Beside {
    /// Its id. When Terraform plans a replacement, this private state is all that it passes on about the replaced
    /// partner.
    pub id: Option<String>,
    /// The id of the tenant in which it was found, if known.
    pub tenant: Option<String>,
    /// Assignments that state cannot hold completely.
    pub unmodelled: Unmodelled,
    /// When it was created, in seconds since 1970, for as long as that matters.
    created: Option<i64>,
    /// Whether the last write found it missing.
    was_missing: bool,
}

impl Beside {
    /// The private state of a partner that was read.
    pub fn of(id: String, tenant: Option<String>, unmodelled: Unmodelled) -> Self {
        Self {
            id: Some(id),
            tenant,
            unmodelled,
            ..Self::default()
        }
    }

    /// The same for a partner that was just created.
    pub fn created(self, now: OffsetDateTime) -> Self {
        Self {
            created: Some(now.unix_timestamp()),
            ..self
        }
    }

    /// The same for a partner that was created at the time that `earlier` has.
    pub fn created_as(self, earlier: &Self, now: OffsetDateTime) -> Self {
        Self {
            created: earlier.created.filter(|_| earlier.is_new(now)),
            ..self
        }
    }

    /// The same for a partner that a write found missing, unless it is too new to be found
    /// everywhere.
    pub fn missing(self, now: OffsetDateTime) -> Self {
        Self {
            was_missing: !self.is_new(now),
            ..self
        }
    }

    /// The tenant of the partner, if it is certain that `tenant` is a different one.
    pub fn is_elsewhere(&self, tenant: Option<&str>) -> Option<&str> {
        let home = self.tenant.as_deref()?;
        (home != tenant?).then_some(home)
    }

    /// The doubts that a read must have.
    pub fn doubts(&self, now: OffsetDateTime) -> Doubts {
        Doubts {
            is_new: self.is_new(now),
            was_missing: self.was_missing,
        }
    }

    fn is_new(&self, now: OffsetDateTime) -> bool {
        self.created.is_some_and(|created| {
            // A clock that has been set back since must not make it new forever.
            let age = now.unix_timestamp().abs_diff(created);
            age < NEW.whole_seconds().unsigned_abs()
        })
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{Beside, Doubts, NEW};

    #[test]
    fn a_partner_is_new_for_a_while() {
        let then = datetime!(2026-01-01 00:00 UTC);
        let new = Beside::default().created(then);
        for now in [then, then + NEW / 2, then - NEW / 2] {
            assert!(new.doubts(now).is_new);
            assert!(Beside::default().created_as(&new, now).doubts(now).is_new);
        }
        for now in [then + NEW, then - NEW] {
            assert_eq!(new.doubts(now), Doubts::default());
            assert_eq!(Beside::default().created_as(&new, now), Beside::default());
        }
    }

    #[test]
    fn only_a_tenant_that_is_known_to_be_another_is_elsewhere() {
        let of = |tenant: Option<&str>| Beside {
            tenant: tenant.map(str::to_owned),
            ..Beside::default()
        };
        assert_eq!(of(Some("a")).is_elsewhere(Some("b")), Some("a"));
        for (home, tenant) in [(Some("a"), Some("a")), (Some("a"), None), (None, Some("a"))] {
            assert_eq!(of(home).is_elsewhere(tenant), None);
        }
    }

    #[test]
    fn one_that_is_new_is_not_thought_missing() {
        let then = datetime!(2026-01-01 00:00 UTC);
        let missing = |it: Beside| it.missing(then).doubts(then).was_missing;
        assert!(missing(Beside::default()));
        assert!(!missing(Beside::default().created(then)));
    }
}
