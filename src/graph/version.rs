//! The versions of Microsoft Graph's API. The settings choose one by name; `client` puts it into every URL.

use std::str::FromStr;

/// A version of Graph's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
pub enum ApiVersion {
    /// What Microsoft supports in production.
    #[default]
    V1,
    /// What is to come, and may change or go at any time.
    Beta,
}

impl ApiVersion {
    /// The names of the versions, as they stand in URLs.
    pub const NAMES: [&str; 2] = ["v1.0", "beta"];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => Self::NAMES[0],
            Self::Beta => Self::NAMES[1],
        }
    }
}

/// A name that is none of [`ApiVersion::NAMES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such version")]
pub struct UnknownVersion;

impl FromStr for ApiVersion {
    type Err = UnknownVersion;

    fn from_str(name: &str) -> Result<Self, UnknownVersion> {
        [Self::V1, Self::Beta]
            .into_iter()
            .find(|version| version.name() == name)
            .ok_or(UnknownVersion)
    }
}
