//! Sends every request that does not go to Graph: to Entra ID for azure_identity, and to the services that `service`
//! asks.
//!
//! This is the one place that knows a request's secrets, so it removes them from the response in case they are repeated
//! there. It also reads the response, up to a size limit.

use std::borrow::Cow;

use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, Headers, USER_AGENT};
use azure_core::http::request::{Body, Request};
use azure_core::http::{AsyncRawResponse, HttpClient, RawResponse, StatusCode};
use url::form_urlencoded;

use super::credential::refused;
use super::hidden::without;

/// No response to a sign-in comes near this size, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;
/// The form fields and the headers that are secrets.
const FIELDS: [&str; 2] = ["client_secret", "client_assertion"];
const HEADERS: [HeaderName; 2] = [HeaderName::from_static("authorization"), IDENTITY_HEADER];
/// The header by which App Service recognizes its own processes.
pub(super) const IDENTITY_HEADER: HeaderName = HeaderName::from_static("x-identity-header");

/// A client that sends the requests of a sign-in.
#[derive(Debug, Clone)]
pub(super) struct Courier {
    pub(super) http: reqwest::Client,
    /// Replaces azure_identity's own.
    pub(super) user_agent: String,
}

impl Courier {
    /// Sends a request and reads the response, whatever its status.
    pub(super) async fn send(&self, request: &Request) -> azure_core::Result<RawResponse> {
        let failed = |mut error: reqwest::Error| {
            // Where it should have gone is worth knowing; the query is nobody's business.
            if let Some(url) = error.url_mut() {
                url.set_query(None);
            }
            azure_core::Error::with_error(ErrorKind::Io, error, "no response")
        };
        let method = reqwest::Method::from_bytes(request.method().as_ref().as_bytes())
            .map_err(|error| azure_core::Error::new(ErrorKind::Other, error))?;
        let mut builder = self.http.request(method, request.url().clone());
        for (name, value) in request.headers().iter() {
            if *name != USER_AGENT {
                builder = builder.header(name.as_str(), value.as_str());
            }
        }
        if !self.user_agent.is_empty() {
            builder = builder.header("user-agent", &self.user_agent);
        }
        let body = match request.body() {
            Body::Bytes(bytes) => bytes.clone(),
            // Sign-ins send forms.
            Body::SeekableStream(_) => {
                return Err(azure_core::Error::with_message(
                    ErrorKind::Other,
                    "a stream is not a form",
                ));
            }
        };
        let secrets = secrets(request, &body);
        let mut response = builder.body(body).send().await.map_err(failed)?;
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if answer.len() + chunk.len() > MAX_ANSWER {
                return Err(azure_core::Error::with_message(
                    ErrorKind::DataConversion,
                    format!("the response is longer than {MAX_ANSWER} bytes"),
                ));
            }
            answer.extend_from_slice(&chunk);
        }
        let mut headers = Headers::new();
        for (name, value) in response.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers.insert(
                HeaderName::from(name.as_str().to_owned()),
                discreet(&secrets, &value).into_owned(),
            );
        }
        let answer = match discreet(&secrets, &String::from_utf8_lossy(&answer)) {
            Cow::Owned(safe) => safe.into_bytes(),
            Cow::Borrowed(_) => answer,
        };
        let status = StatusCode::from(response.status().as_u16());
        Ok(RawResponse::from_bytes(status, headers, answer))
    }
}

#[async_trait::async_trait]
impl HttpClient for Courier {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let answer = self.send(request).await?;
        if !answer.status().is_success() {
            return Err(refused(&answer));
        }
        let (status, headers, body) = answer.deconstruct();
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}

/// What is sent and must not be shown.
fn secrets(request: &Request, body: &[u8]) -> Vec<String> {
    let fields = form_urlencoded::parse(body)
        .filter(|(name, _)| FIELDS.contains(&name.as_ref()))
        .map(|(_, value)| value.into_owned());
    let headers = HEADERS
        .into_iter()
        .filter_map(|name| request.headers().get_optional_string(&name))
        .map(|value| value.trim_start_matches("Bearer ").to_owned());
    fields.chain(headers).collect()
}

/// The text without the secrets; borrowed if there are none in it.
fn discreet<'a>(secrets: &[String], words: &'a str) -> Cow<'a, str> {
    secrets.iter().fold(Cow::Borrowed(words), |words, secret| {
        let safe = without(secret, &words);
        if *words == safe {
            words
        } else {
            Cow::Owned(safe)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::http::{Method, Url};

    fn request() -> Request {
        let url = Url::parse("https://login.example").expect("a URL");
        let mut request = Request::new(url, Method::Post);
        request.insert_header("authorization", "Bearer of-the-job");
        request.insert_header(IDENTITY_HEADER, "of-the-app");
        request
    }

    #[test]
    fn what_an_answer_repeats_is_hidden() {
        let body = b"client_id=a&client_secret=hunter%7E2&client_assertion=e.y.J";
        let secrets = secrets(&request(), body);
        let words = "a hunter~2 hunter%7E2 e.y.J Bearer of-the-job of-the-app";
        assert_eq!(
            discreet(&secrets, words),
            "a (hidden) (hidden) (hidden) Bearer (hidden) (hidden)"
        );
        assert!(matches!(discreet(&secrets, "a"), Cow::Borrowed("a")));
    }
}
