//! The HTTP client, with its limits in time and size. `client` creates one for everything, and `credential` another one
//! where no proxy may be in between.

use std::time::Duration;

use super::error::{Error, chain};
use super::trust;

/// How long a host may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may stay silent. Intune takes its time with some writes.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(100);
/// No response from Graph has headers near this size.
const MAX_HEADERS: u32 = 64 * 1024;

/// An HTTP client with our limits, to which `finish` adds the rest.
pub(super) fn client(
    finish: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .http2_max_header_list_size(MAX_HEADERS)
        .redirect(reqwest::redirect::Policy::none());
    finish(builder).build().map_err(|error| {
        let unreadable = trust::unreadable().map(|it| format!(" {it}"));
        Error::Settings(format!(
            "The HTTP client cannot be created: {}.{}",
            chain(&error),
            unreadable.unwrap_or_default()
        ))
    })
}
