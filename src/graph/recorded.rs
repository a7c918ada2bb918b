//! Graph responses written as text, so that any bytes can be read as one without a network. The property tests with
//! hostile bytes call it; it is not part of a release.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::answer::{self, Asked, Body, Head};
use super::error::Error;
use super::page;
use super::retry::Policy;

/// What is never shown.
const TOKEN: &str = "our token";

/// A status, headers and a body.
pub struct Recorded<'a> {
    status: StatusCode,
    headers: HeaderMap,
    body: &'a [u8],
}

impl<'a> Recorded<'a> {
    /// A success with nothing but a body.
    pub fn ok(body: &'a [u8]) -> Self {
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body,
        }
    }

    /// Reads the status on a line, `name: value` on further lines, an empty line, and the body. Lines that are not
    /// headers are left out; without a status, it is not a response.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let (head, body) = match text.windows(2).position(|pair| pair == b"\n\n") {
            Some(end) => (&text[..end], &text[end + 2..]),
            None => (text, &[][..]),
        };
        let mut lines = head.split(|byte| *byte == b'\n');
        let status = StatusCode::from_bytes(lines.next()?).ok()?;
        let headers = lines.filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = HeaderName::from_bytes(&line[..colon]).ok()?;
            let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
            Some((name, value))
        });
        Some(Self {
            status,
            headers: headers.collect(),
            body,
        })
    }

    /// What the client makes of it.
    pub fn answer(&self, method: &Method) -> Result<Option<Value>, Error> {
        let (head, url) = (self.head(), url());
        let asked = Asked {
            method: method.as_str(),
            url: &url,
        };
        answer::decode(&asked, &head, Body::Whole(self.body.to_vec()), TOKEN)
    }

    /// The elements of a page, and whether there is a next one.
    pub fn page(&self) -> Result<(Vec<Value>, Option<Url>), Error> {
        let (head, url) = (self.head(), url());
        let asked = Asked {
            method: "GET",
            url: &url,
        };
        let body = answer::decode(&asked, &head, Body::Whole(self.body.to_vec()), TOKEN)?;
        page::read_page(&url, body)
            .map_err(|found| answer::unexpected(&asked, &head, "a page of a list", &found))
    }

    fn head(&self) -> Head {
        Head::of(self.status, &self.headers, "our id", TOKEN)
    }
}

/// The wait before the request is repeated.
pub fn wait_after(error: &Error, method: Method, left: Duration) -> Option<Duration> {
    Policy::default()
        .attempts(method)
        .wait_after(error, left)
        .ok()
}

/// The URL that every response comes from.
pub fn url() -> Url {
    Url::parse("https://graph.example/v1.0/deviceManagement/complianceManagementPartners")
        .expect("a URL")
}
