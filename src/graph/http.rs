//! The HTTP client: its bounds in time and size. `client` makes one for everything, and `credential` another where no proxy
//! may come in between.

use std::time::Duration;

use super::error::{Error, chain};
use super::trust;

/// A host that does not answer to connecting is given up after this time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that falls silent is given up after this time. Intune takes its time over some writes.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(100);
/// No answer of Graph has headers near this.
const MAX_HEADERS: u32 = 64 * 1024;

/// An HTTP client with our bounds, and what else it is to have.
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
