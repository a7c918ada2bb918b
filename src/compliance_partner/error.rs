//! Why an operation failed. `api` and `write` find out; `report` tells the user.

use crate::graph;

/// Why there is no Graph client.
#[derive(Clone, Debug, PartialEq)]
pub enum NotConfigured {
    /// Terraform has not configured the provider yet.
    NotYet,
    /// Settings of the provider block get their values only during the apply.
    Unknown {
        /// The names of the settings.
        settings: Vec<&'static str>,
    },
}

/// Why an operation failed.
#[derive(Debug)]
pub enum Error {
    /// There is no client to send the request.
    NotConfigured(NotConfigured),
    /// Graph, the network, or the sign-in failed.
    Graph(graph::Error),
    /// Graph answered, but not with the requested partner.
    NoPartner(String),
    /// The tenant already has partners with that display name, so nothing was created.
    NameTaken {
        /// Their ids.
        ids: Vec<String>,
        /// Whether one of them is in Terraform's state.
        is_managed: bool,
    },
    /// A write has no result, so the tenant was read to find out what happened.
    Lost {
        /// What came instead of the result.
        error: Box<Error>,
        /// What was found by reading.
        finding: Finding,
    },
}

/// What is known about a write without a result.
#[derive(Debug)]
pub enum Finding {
    /// The partner to write is gone.
    Gone,
    /// It was not carried out, although it was sent this many times.
    NotDone(u32),
    /// It has left no trace, but it may still be under way.
    NotSeen,
    /// Any of these partners, by id, may be the one that it created.
    Unclear(Vec<String>),
    /// The tenant could not be read.
    Unreadable(Box<Error>),
}

impl From<graph::Error> for Error {
    fn from(error: graph::Error) -> Self {
        Self::Graph(error)
    }
}

impl Error {
    /// Whether Graph may mean that the partner does not exist.
    pub fn may_be_missing_object(&self) -> bool {
        matches!(self, Self::Graph(error) if error.may_be_missing_object())
    }

    /// Whether a create may have made a partner that is not known here.
    pub fn may_have_created(&self) -> bool {
        match self {
            Self::Lost { finding, .. } => !matches!(finding, Finding::NotDone(_)),
            _ => false,
        }
    }

    /// Whether a write found its partner gone.
    pub fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::Lost {
                finding: Finding::Gone,
                ..
            }
        )
    }
}
