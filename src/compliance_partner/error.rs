//! Why an operation has no result. `api` and `write` find out, `report` tells the person at the terminal.

use crate::graph;

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

/// Why an operation has no result.
#[derive(Debug)]
pub enum Error {
    /// There is no client to send it.
    NotConfigured(NotConfigured),
    /// Graph, the network or the sign-in.
    Graph(graph::Error),
    /// Graph answered, and not with the partner that was asked for.
    NoPartner(String),
    /// The tenant has partners of that display name, and nothing was created.
    NameTaken {
        /// Their ids.
        ids: Vec<String>,
        /// Whether one of them is in Terraform's state.
        is_managed: bool,
    },
    /// A write has no result, and the tenant was looked at for the reason.
    Lost {
        /// What came instead of the result.
        error: Box<Error>,
        /// What was found by reading.
        finding: Finding,
    },
}

/// What is known of a write without a result.
#[derive(Debug)]
pub enum Finding {
    /// The partner that it was for is gone.
    Gone,
    /// It was not carried out, although it was sent so many times.
    NotDone(u32),
    /// There is nothing to be seen of it, but it may still be under way.
    NotSeen,
    /// Any of these partners, by id, may be the one that it made.
    Unclear(Vec<String>),
    /// It could not be read.
    Unreadable(Box<Error>),
}

impl From<graph::Error> for Error {
    fn from(error: graph::Error) -> Self {
        Self::Graph(error)
    }
}

impl Error {
    /// Whether Graph says that the partner does not exist.
    pub fn is_missing_object(&self) -> bool {
        matches!(self, Self::Graph(error) if error.is_missing_object())
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

    /// The status of Graph's answer, if it is an error of Graph.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Graph(error) => error.status(),
            _ => None,
        }
    }
}
