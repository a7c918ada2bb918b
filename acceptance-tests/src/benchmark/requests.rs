//! What was asked of Entra ID and Graph, counted from the emulator's journal. Used by `commands` and `scale`; the tests hold
//! the provider to it.

use std::ops::AddAssign;

use crate::emulator::{Exchange, Kind};

/// How a list's path ends, and not that of one partner.
const COLLECTION: &str = "/complianceManagementPartners";

/// Requests by what they are for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Requests {
    /// Sign-ins.
    pub tokens: usize,
    /// Pages of lists.
    pub lists: usize,
    /// Reads of one partner.
    pub reads: usize,
    /// Creates, changes and deletes.
    pub writes: usize,
    /// How many of all these were refused because there were too many.
    pub refused: usize,
}

impl Requests {
    /// The requests of a journal.
    #[must_use]
    pub fn of(journal: &[Exchange]) -> Self {
        let mut requests = Self::default();
        for exchange in journal {
            let path = exchange.path.split('?').next().unwrap_or_default();
            requests += Self::one(exchange.kind, &exchange.method, path, exchange.status);
        }
        requests
    }

    fn one(kind: Kind, method: &str, path: &str, status: Option<u16>) -> Self {
        let mut one = Self {
            refused: usize::from(status == Some(429)),
            ..Self::default()
        };
        let counter = match (kind, method) {
            (Kind::Graph, "GET") if path.ends_with(COLLECTION) => &mut one.lists,
            (Kind::Graph, "GET") => &mut one.reads,
            (Kind::Graph, _) => &mut one.writes,
            // Whatever else there is to ask is asked on the way to a token.
            _ => &mut one.tokens,
        };
        *counter = 1;
        one
    }
}

impl AddAssign for Requests {
    fn add_assign(&mut self, other: Self) {
        self.tokens += other.tokens;
        self.lists += other.lists;
        self.reads += other.reads;
        self.writes += other.writes;
        self.refused += other.refused;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_of_one_kind() {
        let partners = format!("/v1.0/deviceManagement{COLLECTION}");
        let partner = format!("{partners}/an-id");
        let mut requests = Requests::default();
        for (kind, method, path, status) in [
            (Kind::Token, "POST", "/tenant/oauth2/v2.0/token", 200),
            (Kind::Graph, "GET", &partners, 200),
            (Kind::Graph, "GET", &partner, 404),
            (Kind::Graph, "GET", &partner, 200),
            (Kind::Graph, "POST", &partners, 429),
            (Kind::Graph, "POST", &partners, 201),
            (Kind::Graph, "PATCH", &partner, 200),
            (Kind::Graph, "DELETE", &partner, 204),
        ] {
            requests += Requests::one(kind, method, path, Some(status));
        }
        let expected = Requests {
            tokens: 1,
            lists: 1,
            reads: 2,
            writes: 4,
            refused: 1,
        };
        assert_eq!(requests, expected);
    }
}
