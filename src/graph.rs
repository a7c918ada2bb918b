//! Microsoft's side: all communication with Entra ID and Microsoft Graph, and nothing about the caller.
//!
//! Other modules make a [`Client`] from [`Settings`], give every request a [`Call`] that limits it, and get back the
//! object or one [`Error`] written for people. The path of one request:
//!
//! [`Client::send`] builds the URL -> `credential` signs in, once for all waiting calls -> `client` sends the request
//! and `answer` reads the response, up to a size limit -> `retry` decides whether and when to repeat -> the JSON or an
//! [`Error`]. Once Graph has throttled a request, `gate` holds back everything that has not been sent yet. `courier`
//! sends what does not go to Graph: to Entra ID for `credential`, and to every other `service`.

mod advice;
mod answer;
mod call;
mod client;
mod clock;
mod cloud;
mod courier;
mod credential;
mod endpoint;
mod error;
mod gate;
mod hidden;
mod http;
mod metadata;
mod page;
#[cfg(any(test, fuzzing))]
pub(crate) mod recorded;
mod retry;
mod service;
mod settings;
mod shared;
mod trust;
mod version;

pub use call::Call;
pub use client::{Client, Listing, Request};
pub use cloud::Cloud;
pub use credential::choice::{Contradiction, conflict, contradiction, ways};
pub use endpoint::{InvalidEndpoint, parse_authority, parse_endpoint};
pub use error::{ApiError, CredentialError, DecodeError, Error, Failure, References};
pub use hidden::Secret;
pub use reqwest::Method;
pub use retry::may_send_again;
pub use settings::{Aks, AppService, Name, Settings, SignIn, name};
pub use version::ApiVersion;
