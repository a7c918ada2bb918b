//! What a reviewer must know about a planned change before it is sent: what it can do to devices and
//! access. Pure. `risk` shows it in a plan.
//!
//! Only changes have findings: what was already so and stays so is not reported again. Unknown values
//! raise no alarm, but known values beside them do. An inferred consequence is one that "can" happen.
//!
//! - `partner`: the rules that look at the partner as a whole
//! - `platform`: those that look at one platform
//! - `reach`: whom a set of assignments reaches

mod partner;
mod platform;
#[cfg(test)]
mod properties;
mod reach;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod truth;

use std::fmt;

use serde::Serialize;
use time::OffsetDateTime;

use super::{
    plan,
    state::{Attributes, Platform},
};

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// People can be locked out, or the apply fails.
    High,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::High => "high",
        })
    }
}

/// A kind of finding: its code, which never changes, and its severity.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable code.
    pub code: &'static str,
    /// How serious it is.
    pub severity: Severity,
    /// When there is such a finding, in a sentence or two.
    pub when: &'static str,
}

/// The kinds of findings. Only `risk` has [`rule::NAME_IN_STATE`]: a plan's JSON shows each partner in full.
pub mod rule {
    use super::{Rule, Severity};

    macro_rules! rules {
        ($($constant:ident = $code:literal, $severity:ident, $when:literal;)+) => {
            $(
                #[doc = concat!("`", $code, "`")]
                pub const $constant: Rule = Rule { code: $code, severity: Severity::$severity, when: $when };
            )+

            /// All of them, in the order in which findings are reported.
            pub const ALL: &[Rule] = &[$($constant),+];
        };
    }

    rules! {
        ACTIVE_PARTNER_DESTROYED = "active-partner-destroyed", High,
            "A partner is destroyed that is enabled or whose last heartbeat is less than 7 days old.";
        PARTNER_DISABLED = "partner-disabled", High,
            "The configuration gives an enabled partner a different state.";
        PLATFORM_OFFBOARDED = "platform-offboarded", High,
            "A platform is no longer onboarded, or the partner that it is onboarded for is destroyed.";
        LAST_INCLUDE_REMOVED = "last-include-removed", High,
            "An onboarded platform loses the last assignment that includes anyone.";
        INCLUDE_REMOVED = "include-removed", High,
            "An onboarded platform loses an assignment that includes someone, and no remaining assignment covers it.";
        EXCLUSION_ADDED = "exclusion-added", High,
            "A group, or more of a group because of its filter, is newly excluded from an onboarded platform.";
        EXCLUSION_ONLY = "exclusion-only", Low,
            "A platform excludes groups but includes no one.";
        EVERYONE_ASSIGNED = "everyone-assigned", Low,
            "All devices or all licensed users are assigned, which some vendors' connections reject.";
        INCLUDED_AND_EXCLUDED = "included-and-excluded", Low,
            "A group is both included and excluded on the same platform. The exclusion wins.";
        ASSIGNED_NOT_ONBOARDED = "assigned-not-onboarded", Low,
            "A platform has assignments but is not onboarded.";
        PLATFORM_SHARED = "platform-shared", High,
            "A platform is onboarded that another partner in the tenant already has. Intune allows one partner per platform.";
        GROUP_SHARED = "group-shared", Low,
            "A group is assigned that another partner in the tenant already has on the same platform.";
        PARTNER_UNHEALTHY = "partner-unhealthy", Low,
            "A partner is changed that is terminated, rejected, or unresponsive, or that has been silent for 7 days.";
        DUPLICATE_NAME = "duplicate-name", High,
            "A partner is created with a display name that the tenant already has.";
        NAME_IN_STATE = "name-in-state", Low,
            "A partner is created with the display name of a partner in Terraform's state.";
    }
}

/// A finding about a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The stable code of the rule.
    pub code: &'static str,
    /// How serious it is.
    pub severity: Severity,
    /// The attribute that it is about.
    pub attribute: &'static str,
    /// What can happen, in a sentence or two.
    pub consequence: String,
    /// What to do. A block to paste may follow, after an empty line.
    pub advice: String,
}

impl Finding {
    pub(crate) fn new(
        rule: &Rule,
        attribute: &'static str,
        consequence: String,
        advice: String,
    ) -> Self {
        Self {
            code: rule.code,
            severity: rule.severity,
            attribute,
            consequence,
            advice,
        }
    }
}

/// A change to one partner.
pub struct Change<'a> {
    /// The partner as it is; `None` if it is created.
    pub prior: Option<&'a Attributes>,
    /// The partner as planned; `None` if it is destroyed.
    pub planned: Option<&'a Attributes>,
    /// The tenant's other partners, if they were read.
    pub others: Option<&'a [Attributes]>,
    /// The time of the review.
    pub now: OffsetDateTime,
}

impl<'a> Change<'a> {
    /// Whether anything may be sent.
    fn is_one(&self) -> bool {
        match (self.prior, self.planned) {
            (Some(prior), Some(planned)) => plan::may_change(prior, planned),
            _ => true,
        }
    }

    /// The other partners, without the one that changes.
    fn others(&self) -> impl Iterator<Item = &'a Attributes> + Clone {
        let id = self.prior.and_then(|prior| prior.id.as_deref_option());
        let others = self.others.into_iter().flatten();
        let is_it = move |other: &Attributes| {
            let other = other.id.as_deref_option();
            // Ids are GUIDs, which Graph may return in a different letter case.
            other
                .zip(id)
                .is_some_and(|(other, id)| other.eq_ignore_ascii_case(id))
        };
        others.filter(move |other| !is_it(other))
    }
}

/// The findings about a change, in the order of [`rule::ALL`] and then of the platforms.
#[must_use]
pub fn review(change: &Change<'_>) -> Vec<Finding> {
    if !change.is_one() {
        return Vec::new();
    }
    let mut findings = partner::findings(change);
    if let Some(planned) = change.planned {
        for platform in Platform::ALL {
            findings.extend(platform::findings(change, planned, platform));
        }
    }
    let position = |finding: &Finding| rule::ALL.iter().position(|it| it.code == finding.code);
    // The sort is stable, so the platforms keep their order.
    findings.sort_by_key(position);
    findings
}

/// Whether the review of a change can depend on the tenant's other partners.
#[must_use]
pub fn asks_for_others(change: &Change<'_>) -> bool {
    let Some(planned) = change.planned.filter(|_| change.is_one()) else {
        return false;
    };
    (change.prior.is_none() && planned.display_name.is_value())
        || Platform::ALL
            .iter()
            .any(|platform| platform::asks_for_others(change, planned, *platform))
}
