//! Everything that can go wrong on Microsoft's side, in words for people.
//!
//! To show an [`Error`], print it (one sentence, with Graph's own words), then [`Error::effort`] and [`Error::advice`],
//! then [`Error::references`] on separate lines. If [`Error::is_in_doubt`], also say what is known about the write.

mod fate;
#[cfg(test)]
mod samples;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::time::Duration;

use azure_core::http::RawResponse;
use azure_core::http::headers::{HeaderName, RETRY_AFTER};
use serde_json::error::Category;
use time::OffsetDateTime;

use super::advice::advice;
use super::clock;
use super::credential::choice::Tool;

/// What went wrong.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The settings are incomplete or contradict each other; nothing was sent.
    #[error("{0}")]
    Settings(String),
    /// What was asked for does not make a valid request; nothing was sent.
    #[error("Cannot send the request: {0}")]
    Request(String),
    /// There is no token.
    #[error(transparent)]
    Credential(Box<CredentialError>),
    /// The connection to Graph failed.
    #[error("{what} {} Microsoft Graph: {chain}", got(*status))]
    Transport {
        /// The method and path of the request.
        what: String,
        /// The whole chain of causes.
        chain: String,
        /// Where it failed.
        failure: Failure,
        /// The status, if a response had begun.
        status: Option<u16>,
        /// The id that was sent with the request.
        client_request_id: String,
        /// It was a write and may have been carried out.
        in_doubt: bool,
    },
    /// Graph responded with an error.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// Graph's response could not be read.
    #[error(transparent)]
    Decode(Box<DecodeError>),
    /// The call was stopped.
    #[error("{doing} was canceled.")]
    Cancelled {
        /// What was in progress.
        doing: String,
        /// It was a write and may have been carried out.
        in_doubt: bool,
    },
    /// The call's deadline passed.
    #[error("{doing} timed out after {}.", for_people(*after))]
    TimedOut {
        /// How long the client had been working on the call.
        after: Duration,
        /// What was in progress.
        doing: String,
        /// It was a write and may have been carried out.
        in_doubt: bool,
    },
    /// The request could have been repeated, but not forever.
    #[error("{error}")]
    GaveUp {
        /// The error of the last attempt.
        error: Box<Error>,
        /// How many attempts there were.
        attempts: u32,
        /// The wait before the next one, if it would have outlasted the call.
        wait: Option<Duration>,
    },
}

/// Why there is no token.
#[derive(Debug, Clone, Default, thiserror::Error)]
#[error("{doing} failed: {message}")]
pub struct CredentialError {
    /// What was in progress, as the beginning of a sentence.
    pub doing: String,
    /// What the other side said, or the whole chain of causes.
    pub message: String,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// How the connection failed, if it did.
    pub failure: Option<Failure>,
    /// How long to wait, if the response said so.
    pub retry_after: Option<Duration>,
    /// How far this machine's clock is ahead of the other side's, if they disagree; negative if it is behind.
    pub clock_offset: Option<time::Duration>,
    /// What to do, if a service other than Entra ID was asked.
    pub help: Option<&'static str>,
    /// Whether the service is replaced while machines run, and then returns 404 and 410.
    pub(super) is_replaced: bool,
}

impl CredentialError {
    /// The facts in the status and headers of a response without a token.
    pub(super) fn of(answer: &RawResponse) -> Self {
        let now = OffsetDateTime::now_utc();
        let header = |name: HeaderName| answer.headers().get_str(&name).ok();
        Self {
            status: Some(answer.status().into()),
            retry_after: header(RETRY_AFTER).and_then(|value| clock::retry_after(value, now)),
            clock_offset: header(HeaderName::from_static("date"))
                .and_then(|date| clock::offset(date, now)),
            ..Self::default()
        }
    }
}

impl From<CredentialError> for Error {
    fn from(error: CredentialError) -> Self {
        Self::Credential(Box::new(error))
    }
}

/// Where a connection failed, as far as that decides what may be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection was established: nothing was sent.
    Unreachable,
    /// No connection was established in time, or the authority went silent: nothing was sent to Graph.
    ConnectTimedOut,
    /// The other side's certificate is not trusted: nothing was sent.
    Untrusted,
    /// The connection broke: the request may have arrived.
    Lost,
    /// The connection went silent: the request may have arrived and still be in progress.
    Silent,
}

/// A response from Graph that is an error.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "Microsoft Graph returned {} for {method} {path}: {message}",
    status_line(*status)
)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// What a person should read: Graph's message, without Intune's JSON around it.
    pub message: String,
    /// The request's method.
    pub method: String,
    /// The request's path.
    pub path: String,
    /// How long Graph asked to wait before the request is repeated.
    pub retry_after: Option<Duration>,
    /// How far this machine's clock is ahead of Graph's, if they disagree; negative if it is behind.
    pub clock_offset: Option<time::Duration>,
    /// What Microsoft support asks for. There is a code only if the response had Graph's error format.
    pub references: References,
    /// The tool that signed in, if one did.
    pub(super) tool: Option<Tool>,
}

/// A response that is not what Graph should have sent.
#[derive(Debug, Clone, thiserror::Error)]
#[error("The response to {what} (status {status}, {content_type}) is not {expected}: {excerpt}")]
pub struct DecodeError {
    /// The method and path of the request.
    pub what: String,
    /// The HTTP status.
    pub status: u16,
    /// The response's content type.
    pub content_type: String,
    /// What was expected.
    pub expected: &'static str,
    /// The beginning of what arrived, or what is wrong with it.
    pub excerpt: String,
    /// What Microsoft support asks for.
    pub references: References,
    /// It was a write; it may have been carried out.
    pub in_doubt: bool,
}

/// What Microsoft support needs to find a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Graph's error code.
    pub code: Option<String>,
    /// The id that Graph gave the request.
    pub request_id: Option<String>,
    /// The id that we gave the request.
    pub client_request_id: Option<String>,
    /// When Graph responded, as Graph writes it.
    pub date: Option<String>,
}

impl Error {
    /// How long Graph asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.api()?.retry_after
    }

    /// How many attempts there were, if there could have been another one.
    #[must_use]
    pub fn effort(&self) -> Option<String> {
        let Self::GaveUp { attempts, wait, .. } = self else {
            return None;
        };
        let attempts = match attempts {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            many => format!("{many} times"),
        };
        Some(match wait {
            Some(wait) => format!(
                "Tried {attempts}. The next attempt would have to wait {}, which is longer than the time left.",
                for_people(*wait)
            ),
            None => format!("Tried {attempts}."),
        })
    }

    /// Graph's response, if that is the error.
    fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(api) => Some(api),
            Self::GaveUp { error, .. } => error.api(),
            _ => None,
        }
    }

    /// What to show below the sentence so that Microsoft support can find the request, as name and value.
    #[must_use]
    pub fn references(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Api(api) => api.references.list(),
            Self::Decode(decode) => decode.references.list(),
            Self::Transport {
                client_request_id, ..
            } => vec![("client-request-id", client_request_id)],
            Self::GaveUp { error, .. } => error.references(),
            _ => Vec::new(),
        }
    }

    /// The same error, for a request that this tool signed in for.
    pub(super) fn with_token_of(mut self, tool: Option<Tool>) -> Self {
        if let Self::Api(api) = &mut self {
            api.tool = tool;
        }
        self
    }

    /// The next step, if it is known.
    #[must_use]
    pub fn advice(&self) -> Option<Cow<'static, str>> {
        advice(self)
    }
}

impl References {
    fn list(&self) -> Vec<(&'static str, &str)> {
        [
            ("code", &self.code),
            ("request-id", &self.request_id),
            ("client-request-id", &self.client_request_id),
            ("date", &self.date),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .collect()
    }
}

impl Failure {
    /// Where reqwest's error happened.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let chain = chain(error);
        // The words are rustls's, and a test checks them: its error is inside an io::Error, which hides it
        // from `source()`.
        if chain.contains("invalid peer certificate") {
            Self::Untrusted
        } else {
            match (error.is_connect(), error.is_timeout()) {
                (true, true) => Self::ConnectTimedOut,
                (true, false) => Self::Unreachable,
                (false, true) => Self::Silent,
                (false, false) => Self::Lost,
            }
        }
    }
}

/// An error and all its causes on one line. A cause that an error repeats in its own text appears only once.
pub(super) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error).skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An error and all its causes, the outermost first.
pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// What is wrong with JSON, and where. serde's own message quotes the content, which may be a token.
pub(super) fn about_json(error: &serde_json::Error) -> String {
    let found = match error.classify() {
        Category::Data => "JSON with an unexpected structure",
        Category::Eof => "incomplete JSON",
        Category::Syntax | Category::Io => "not JSON",
    };
    format!(
        "{found}, at line {} column {}",
        error.line(),
        error.column()
    )
}

/// A duration for people: without nanoseconds, and with a limit of 2 s shown as 2 s even if a millisecond is missing.
fn for_people(time: Duration) -> humantime::FormattedDuration {
    let millis = time.saturating_add(Duration::from_micros(500)).as_millis();
    let seconds = time.saturating_add(Duration::from_millis(500)).as_secs();
    humantime::format_duration(match u64::try_from(millis) {
        Ok(millis @ ..1000) => Duration::from_millis(millis),
        _ => Duration::from_secs(seconds),
    })
}

/// How much of a response arrived.
fn got(status: Option<u16>) -> String {
    match status {
        Some(status) => format!(
            "got only the beginning of a response ({}) from",
            status_line(status)
        ),
        None => "got no response from".to_owned(),
    }
}

fn status_line(status: u16) -> String {
    let reason = reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    match reason {
        Some(reason) => format!("{status} {reason}"),
        None => status.to_string(),
    }
}

#[cfg(test)]
mod tests;
