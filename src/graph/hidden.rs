//! Takes our secrets out of what servers and proxies say: some repeat what they were sent. `answer` and `credential` pass
//! everything through here that is to be shown.

/// What stands where a secret stood.
const HIDDEN: &str = "(hidden)";

/// The words without the secret, as it is or in the form of a request's body.
pub(super) fn without(secret: &str, words: &str) -> String {
    if secret.is_empty() {
        return words.to_owned();
    }
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    words.replace(secret, HIDDEN).replace(&encoded, HIDDEN)
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn a_secret_is_hidden_in_either_form() {
        assert_eq!(
            without("p~s/s+", "sent: p~s/s+ and client_secret=p%7Es%2Fs%2B&x"),
            "sent: (hidden) and client_secret=(hidden)&x"
        );
        assert_eq!(without("", "a"), "a");
    }
}
