//! Errors for tests.

use super::{ApiError, DecodeError, Error, References};

impl ApiError {
    /// An error response to a read. Without a code, it is not from Graph.
    pub(crate) fn of_a_read(status: u16, code: Option<&str>, message: &str) -> Self {
        Self {
            status,
            message: message.into(),
            method: "GET".into(),
            path: "/v1.0/x".into(),
            retry_after: None,
            clock_offset: None,
            references: References {
                code: code.map(Into::into),
                request_id: code.map(|_| "r".into()),
                ..References::default()
            },
            tool: None,
        }
    }
}

impl DecodeError {
    /// A response of this type that is not JSON.
    pub(in crate::graph) fn of_type(content_type: &str, in_doubt: bool) -> Error {
        Error::Decode(Box::new(Self {
            what: String::new(),
            status: 200,
            content_type: content_type.into(),
            expected: "JSON",
            excerpt: String::new(),
            references: References::default(),
            in_doubt,
        }))
    }
}
