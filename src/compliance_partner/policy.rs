//! What happens to risky changes, according to the provider's setting: pure. `risk` asks.

use crate::graph::Name;

/// The name of the setting.
pub const RISKY_CHANGES: Name = Name {
    attribute: "risky_changes",
    variables: &["INTUNE_RISKY_CHANGES"],
};

/// What happens to a change that has findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RiskyChanges {
    /// Findings are warnings, and the change is planned.
    #[default]
    Warn,
    /// Findings of high severity are errors.
    Deny,
    /// Changes are not reviewed.
    Allow,
}

impl RiskyChanges {
    /// The values by their names in a configuration.
    pub const NAMES: [(&str, Self); 3] = [
        ("warn", Self::Warn),
        ("deny", Self::Deny),
        ("allow", Self::Allow),
    ];
}
