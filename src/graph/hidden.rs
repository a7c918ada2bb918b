//! Keeps secrets hidden: those in the settings, and those in responses from servers and proxies, some of which repeat
//! what they were sent. `answer` and `courier` pass everything that is to be shown through here.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// What replaces a secret.
const HIDDEN: &str = "(hidden)";

/// A secret from the settings. It is not shown, and is wiped from memory when it is dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// The secret itself.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The text without the secret, as it is or in the encodings that requests use.
pub(super) fn without(secret: &str, words: &str) -> String {
    if secret.is_empty() {
        return words.to_owned();
    }
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    [secret, &encoded, &STANDARD.encode(secret)]
        .iter()
        .fold(words.to_owned(), |words, form| words.replace(form, HIDDEN))
}

#[cfg(test)]
mod tests {
    use super::{Secret, without};

    #[test]
    fn a_secret_is_hidden_in_each_form() {
        assert_eq!(
            without(
                "p~s/s+",
                "sent: p~s/s+ and client_secret=p%7Es%2Fs%2B&x, cH5zL3Mr"
            ),
            "sent: (hidden) and client_secret=(hidden)&x, (hidden)"
        );
        assert_eq!(without("", "a"), "a");
    }

    #[test]
    fn a_secret_has_no_debug() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret");
    }
}
