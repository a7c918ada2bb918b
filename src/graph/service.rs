//! A service other than Graph and Entra ID's token endpoint that is asked on the way to a token: how to ask it, and how
//! to report its failures. `credential` and `metadata` use it.

use azure_core::http::Url;
use azure_core::http::request::Request;
use serde::de::DeserializeOwned;
use url::Host;

use super::courier::Courier;
use super::endpoint;
use super::error::{CredentialError, Error, Failure, about_json, causes, chain};
use super::settings::Name;
use crate::words::one_line;

/// How much of another service's text is shown, in characters.
pub(super) const MESSAGE: usize = 1000;

/// A service and what to do about its failures.
pub(super) struct Service {
    /// Its name in a sentence.
    pub(super) name: &'static str,
    /// What to check when it refuses or cannot be reached.
    pub(super) help: &'static str,
    /// Whether it is replaced while machines run, and then returns 404 and 410.
    pub(super) is_replaced: bool,
}

impl Service {
    /// Sends a request and reads the response.
    ///
    /// # Errors
    /// [`Error::Credential`], which says who failed and what to do.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        courier: &Courier,
        request: &Request,
    ) -> Result<T, Error> {
        let host = request.url().origin().ascii_serialization();
        let who = format!("{} ({host})", self.name);
        let failed = |facts, message| CredentialError {
            message,
            help: Some(self.help),
            is_replaced: self.is_replaced,
            ..facts
        };
        let answer = courier.send(request).await.map_err(|error| {
            let transport = causes(&error).find_map(|it| it.downcast_ref::<reqwest::Error>());
            let facts = CredentialError {
                failure: transport.map(Failure::of),
                ..CredentialError::default()
            };
            let message = match transport {
                Some(transport) => format!("{who} did not respond: {}", chain(transport)),
                None => format!("{who} gave no usable response: {}", chain(&error)),
            };
            failed(facts, message)
        })?;
        let status = u16::from(answer.status());
        if (200..300).contains(&status) {
            let read = serde_json::from_slice(answer.body());
            return read.map_err(|error| {
                let found = about_json(&error);
                let message = format!("{who} sent an unexpected response ({found})");
                failed(CredentialError::default(), message).into()
            });
        }
        let reason = match one_line(&String::from_utf8_lossy(answer.body()), MESSAGE) {
            silent if silent.is_empty() => " without a reason".to_owned(),
            words => format!(": {words}"),
        };
        let message = format!("{who} returned {status}{reason}");
        Err(failed(CredentialError::of(&answer), message).into())
    }
}

/// The URL of a service, from a setting.
///
/// # Errors
/// [`Error::Settings`] when it is not a URL, or plain http to a host that `may_be_plain` does not allow.
pub(super) fn url(
    name: &Name,
    text: &str,
    may_be_plain: impl Fn(&Host<&str>) -> bool,
    allowed: &str,
) -> Result<Url, Error> {
    endpoint::parse_url(text, may_be_plain).map_err(|wrong| {
        Error::Settings(format!(
            "{name} {wrong}. It must be an https URL, or an http URL to {allowed}."
        ))
    })
}
