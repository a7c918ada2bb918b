//! Microsoft's side: everything that is said to Entra ID and to Microsoft Graph, and nothing about who asks.
//!
//! Rooms next door make a [`Client`] from [`Settings`], give every request a [`Call`] that bounds it, and get back
//! the object or one [`Error`] written for people. The way of one request:
//!
//! [`Client::send`] builds the URL -> `credential` signs in, once for all who wait -> `client` sends and `answer`
//! reads, never more than a bound -> `retry` decides whether to repeat and when -> an [`Answer`] or an [`Error`].
//! Once Graph has answered that it is too much, `gate` holds back all that was not sent yet.
//! What is not Graph is asked by `courier`: Entra ID for `credential`, and each other `service`.

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

pub use answer::Answer;
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
