//! What becomes of risky changes, as the provider's setting says: pure. `risk` asks.

use crate::graph::Name;

/// The name of the setting.
pub const RISKY_CHANGES: Name = Name {
    attribute: "risky_changes",
    variables: &["INTUNE_RISKY_CHANGES"],
};

/// What becomes of a change that a review has something to say of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RiskyChanges {
    /// It is told, and planned.
    #[default]
    Warn,
    /// What is of high severity is an error.
    Deny,
    /// Nobody asks.
    Allow,
}

impl RiskyChanges {
    /// The names in a configuration.
    pub const NAMES: [(&str, Self); 3] = [
        ("warn", Self::Warn),
        ("deny", Self::Deny),
        ("allow", Self::Allow),
    ];
}
