//! What an error says about the fate of a request: whether the object exists, whether a write was carried out, and
//! whether it may still be. `retry` and the senders of writes decide by it.

use super::{ApiError, DecodeError, Error, Failure};

/// Graph's code for an object that does not exist.
const MISSING: &str = "ResourceNotFound";

impl Error {
    /// Whether Graph says plainly that the object does not exist. Only its own error format counts: a 404 from a proxy, or
    /// for a wrong version or path, says nothing about the object.
    #[must_use]
    pub fn is_missing_object(&self) -> bool {
        self.api().is_some_and(|api| {
            api.status == 404 && api.has_code(MISSING) && !api.is_about_the_address()
        })
    }

    /// Whether Graph may mean that the object does not exist, so that the list of the objects has to decide. Parts of
    /// Intune have been seen to say so to a read with a 400, and to a DELETE with a 400 of any kind.
    #[must_use]
    pub fn may_be_missing_object(&self) -> bool {
        self.api().is_some_and(|api| {
            let may_be = match api.status {
                404 => api.references.code.is_some(),
                400 => api.has_code(MISSING) || api.method == "DELETE",
                _ => false,
            };
            may_be && !api.is_about_the_address()
        })
    }

    /// Whether a write was in progress and may have been carried out despite this error.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        match self {
            Self::Transport { in_doubt, .. }
            | Self::Cancelled { in_doubt, .. }
            | Self::TimedOut { in_doubt, .. } => *in_doubt,
            Self::Decode(decode) => decode.in_doubt,
            Self::Api(api) => api.is_in_doubt(),
            Self::GaveUp { error, .. } => error.is_in_doubt(),
            Self::Settings(_) | Self::Request(_) | Self::Credential(_) => false,
        }
    }

    /// Whether a write that is in doubt may still show up later: someone stopped waiting for it and nothing says that
    /// it has ended, or a response had begun to say that it was carried out.
    #[must_use]
    pub fn may_show_later(&self) -> bool {
        let may_it = match self {
            Self::Cancelled { .. } | Self::TimedOut { .. } => true,
            Self::Transport {
                failure, status, ..
            } => *failure == Failure::Silent || status.is_some_and(|it| (200..=299).contains(&it)),
            // A web page is from a proxy, which has not passed the request on.
            Self::Decode(decode) => decode.is_json(),
            // These are from a gateway. A 500 is from the service itself, which failed on the write.
            Self::Api(api) => api.status != 500,
            Self::GaveUp { error, .. } => error.may_show_later(),
            _ => false,
        };
        may_it && self.is_in_doubt()
    }
}

impl DecodeError {
    /// Whether it claims to be JSON, as Graph's responses do.
    fn is_json(&self) -> bool {
        self.content_type.to_ascii_lowercase().contains("json")
    }
}

impl ApiError {
    fn has_code(&self, code: &str) -> bool {
        self.references.code.as_deref() == Some(code)
    }

    /// Whether it is the URL that Graph, or the part of Intune behind it, does not know.
    pub(in crate::graph) fn is_about_the_address(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        ["invalid version", "segment", "no odata route"]
            .iter()
            .any(|words| message.contains(words))
    }

    /// Whether Graph says "not now" and has done nothing. Intune's query broker says so with a 500. A 503 that is not
    /// in Graph's error format can be from a gateway, which may have passed the request on: a second create would make
    /// a second object.
    pub(in crate::graph) fn is_throttled(&self) -> bool {
        match self.status {
            429 => true,
            503 => self.method != "POST" || self.references.code.is_some(),
            500 => self
                .message
                .to_ascii_lowercase()
                .contains("rate limit reached"),
            _ => false,
        }
    }

    /// A service that fails on a write, and a gateway that loses the response, do not say what became of the write.
    fn is_in_doubt(&self) -> bool {
        self.method != "GET" && matches!(self.status, 408 | 500 | 502..) && !self.is_throttled()
    }
}
