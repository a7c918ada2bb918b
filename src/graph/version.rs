//! The versions of Microsoft Graph's API. The settings choose one by name; `client` puts it into every URL.

/// A version of Graph's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
pub enum ApiVersion {
    /// What Microsoft supports in production.
    #[default]
    V1,
    /// What is to come; it may change or be removed at any time.
    Beta,
}

impl ApiVersion {
    /// The names of the versions, as they appear in URLs.
    pub const NAMES: [(&str, Self); 2] = [("v1.0", Self::V1), ("beta", Self::Beta)];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => Self::NAMES[0].0,
            Self::Beta => Self::NAMES[1].0,
        }
    }
}
