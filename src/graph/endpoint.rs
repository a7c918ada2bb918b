//! Reads an override of the Graph endpoint or of the authority host, for emulators, proxies and new clouds.
//!
//! Tokens and secrets are sent there, so it must be https, or plain http to this machine, and nothing but an origin.

use url::{Host, Url};

/// An endpoint that cannot be used; the message says what was found and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found} {wrong}; it must be https://host or https://host:port{and}")]
pub struct InvalidEndpoint {
    found: String,
    wrong: &'static str,
    and: &'static str,
}

/// Reads `https://host[:port]`, or a bare `host[:port]`, which means https.
///
/// # Errors
/// When it is anything else, or plain http to another machine.
pub fn parse_endpoint(text: &str) -> Result<Url, InvalidEndpoint> {
    let and = " (http:// only for localhost and loopback addresses)";
    parse_origin(text, is_loopback, and)
}

/// The same for an authority: no token is requested over plain http.
///
/// # Errors
/// When it is anything else, or plain http.
pub fn parse_authority(text: &str) -> Result<Url, InvalidEndpoint> {
    parse_origin(text, |_| false, "")
}

fn parse_origin(
    text: &str,
    may_be_plain: impl Fn(&Host<&str>) -> bool,
    and: &'static str,
) -> Result<Url, InvalidEndpoint> {
    let refuse = |wrong| InvalidEndpoint {
        found: without_user_info(text),
        wrong,
        and,
    };
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = parse_url(&with_scheme, may_be_plain).map_err(refuse)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("contains a query or fragment"));
    }
    if !matches!(url.path(), "" | "/") {
        return Err(refuse("contains a path"));
    }
    Ok(url)
}

/// Reads a URL to which a secret may be sent. The error continues a sentence that starts with the URL's name.
pub(super) fn parse_url(
    text: &str,
    may_be_plain: impl Fn(&Host<&str>) -> bool,
) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    let host = url.host().ok_or("has no host")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("contains a user name or password");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if may_be_plain(&host) => Ok(url),
        "http" => Err("uses plain http"),
        _ => Err("is not an https URL"),
    }
}

/// This machine.
pub(super) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// This machine, or a private network, where platforms keep the services that know their machines.
pub(super) fn is_nearby(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_link_local() || address.is_private() || is_loopback(host),
        _ => is_loopback(host),
    }
}

/// What was written, safe for a message: a password in front of an `@` is left out.
fn without_user_info(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, rest)) => format!("`…@{rest}`"),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_an_origin() {
        for (text, url) in [
            ("https://graph.example", "https://graph.example/"),
            ("https://graph.example/", "https://graph.example/"),
            ("graph.example:8443", "https://graph.example:8443/"),
            ("graph.example", "https://graph.example/"),
            ("http://localhost:8080", "http://localhost:8080/"),
            ("http://127.1.2.3", "http://127.1.2.3/"),
            ("http://[::1]:80", "http://[::1]/"),
        ] {
            assert_eq!(parse_endpoint(text).expect(text).as_str(), url);
        }
    }

    #[test]
    fn refuses_everything_else() {
        for (text, wrong) in [
            ("", "is not a URL"),
            ("https://", "is not a URL"),
            ("https://host:port", "is not a URL"),
            ("https://user:pw@host", "contains a user name or password"),
            ("https://host/v1.0", "contains a path"),
            ("https://host?", "contains a query or fragment"),
            ("https://host#a", "contains a query or fragment"),
            ("http://graph.example", "uses plain http"),
            ("http://localhost.example", "uses plain http"),
            ("http://[::2]", "uses plain http"),
            ("ftp://host", "is not an https URL"),
        ] {
            assert_eq!(parse_endpoint(text).expect_err(text).wrong, wrong, "{text}");
        }
    }

    #[test]
    fn nobody_is_asked_for_a_token_over_plain_http() {
        let url = parse_authority("login.example").expect("an authority");
        assert_eq!(url.as_str(), "https://login.example/");
        let error = parse_authority("http://localhost:1").expect_err("plain http");
        assert_eq!(
            error.to_string(),
            "`http://localhost:1` uses plain http; it must be https://host or https://host:port"
        );
    }

    #[test]
    fn a_password_is_not_repeated() {
        let error = parse_endpoint("https://me:hunter2@host").expect_err("user information");
        assert!(!error.to_string().contains("hunter2"));
        assert!(
            error
                .to_string()
                .starts_with("`…@host` contains a user name")
        );
    }
}
