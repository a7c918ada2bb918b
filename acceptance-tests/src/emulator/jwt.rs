//! JSON Web Tokens: what is in one, and what one is made of. Read by `entra`, written by `issuer`.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::Value;

/// A token that has been taken apart. Nothing about it is verified.
pub(super) struct Jwt<'token> {
    header: Value,
    claims: Value,
    /// What is signed.
    pub(super) message: &'token str,
    pub(super) signature: Vec<u8>,
}

impl<'token> Jwt<'token> {
    /// Takes a token apart; nothing if it is none.
    pub(super) fn read(token: &'token str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let object = |text| -> Option<Value> {
            let json: Value = serde_json::from_slice(&decode(text)?).ok()?;
            json.is_object().then_some(json)
        };
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            message,
            signature: decode(signature)?,
        })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// The certificates that came along as DER, the signer's first; nothing if they cannot be read.
    pub(super) fn certificates(&self) -> Option<Vec<Vec<u8>>> {
        let Some(chain) = self.header.get("x5c") else {
            return Some(Vec::new());
        };
        let chain = chain.as_array()?.iter();
        chain
            .map(|one| BASE64_STANDARD.decode(one.as_str()?).ok())
            .collect()
    }

    pub(super) fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim that is a point in time, in seconds since 1970.
    pub(super) fn time(&self, name: &str) -> Option<i64> {
        self.claims.get(name)?.as_i64()
    }
}

/// The part of a token that is to be signed.
pub(super) fn message(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    )
}

pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{Jwt, encode};

    #[test]
    fn takes_apart_nothing_but_a_token() {
        let object = encode(b"{}");
        assert!(Jwt::read(&format!("{object}.{object}.")).is_some());
        let array = encode(b"[]");
        for token in [
            String::new(),
            "..".to_owned(),
            object.clone(),
            format!("{object}.{object}"),
            format!("{object}.{array}."),
            format!("{array}.{object}."),
            format!("{object}.{object}.{object}.{object}"),
            format!("{object}.{object}.+"),
            format!("{object}=.{object}."),
        ] {
            assert!(Jwt::read(&token).is_none(), "{token}");
        }
    }
}
