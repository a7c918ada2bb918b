//! What a reviewer must know of a planned change before it is sent: what it can do to devices and to
//! access. Pure. `risk` shows it in a plan.
//!
//! Only a change has findings: what was so before and stays so is not said again. What is not known
//! yet raises no alarm, but what is known beside it does. A consequence that is inferred "can" happen.
//!
//! - `partner`: the rules that look at the partner as a whole
//! - `platform`: those that look at one platform
//! - `reach`: who a set of assignments reaches

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

/// How bad it can become.
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

/// A kind of finding: its name, which never changes, and how bad it can become.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable code.
    pub code: &'static str,
    /// How bad it can become.
    pub severity: Severity,
    /// When there is such a finding, as a sentence.
    pub when: &'static str,
}

/// The kinds of findings. [`rule::NAME_IN_STATE`] is of `risk` alone: a plan's JSON has its partners whole.
pub mod rule {
    use super::{Rule, Severity};

    macro_rules! rules {
        ($($constant:ident = $code:literal, $severity:ident, $when:literal;)+) => {
            $(
                #[doc = concat!("`", $code, "`")]
                pub const $constant: Rule = Rule { code: $code, severity: Severity::$severity, when: $when };
            )+

            /// All of them, in the order in which findings are told.
            pub const ALL: &[Rule] = &[$($constant),+];
        };
    }

    rules! {
        ACTIVE_PARTNER_DESTROYED = "active-partner-destroyed", High,
            "A partner is destroyed that is enabled, or whose last heartbeat is younger than 7 days.";
        PARTNER_DISABLED = "partner-disabled", High,
            "A configuration gives a partner that is enabled another state.";
        PLATFORM_OFFBOARDED = "platform-offboarded", High,
            "A platform is no longer onboarded, or the partner that has it is destroyed.";
        LAST_INCLUDE_REMOVED = "last-include-removed", High,
            "An onboarded platform loses the last assignment that includes somebody.";
        INCLUDE_REMOVED = "include-removed", High,
            "An onboarded platform loses an assignment that includes somebody, and none that is left covers it.";
        EXCLUSION_ADDED = "exclusion-added", High,
            "A group, or more of it by its filter, is newly excluded from an onboarded platform.";
        EXCLUSION_ONLY = "exclusion-only", Low,
            "A platform excludes groups and includes nobody.";
        EVERYONE_ASSIGNED = "everyone-assigned", Low,
            "All devices or all licensed users are assigned, which some vendors' connections refuse.";
        INCLUDED_AND_EXCLUDED = "included-and-excluded", Low,
            "One group is included and excluded on the same platform: the exclusion wins.";
        ASSIGNED_NOT_ONBOARDED = "assigned-not-onboarded", Low,
            "A platform has assignments and is not onboarded.";
        PLATFORM_SHARED = "platform-shared", High,
            "A platform is onboarded that another partner of the tenant has: Intune takes one partner per platform.";
        GROUP_SHARED = "group-shared", Low,
            "A group is assigned that another partner of the tenant has on the same platform.";
        PARTNER_UNHEALTHY = "partner-unhealthy", Low,
            "A partner is changed that is terminated, rejected or unresponsive, or silent for 7 days.";
        DUPLICATE_NAME = "duplicate-name", High,
            "A partner is created whose display name the tenant has already.";
        NAME_IN_STATE = "name-in-state", Low,
            "A partner is created whose display name a partner in Terraform's state has.";
    }
}

/// What there is to say of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The stable name of the rule.
    pub code: &'static str,
    /// How bad it can become.
    pub severity: Severity,
    /// The attribute that it is about.
    pub attribute: &'static str,
    /// One sentence: what can happen.
    pub consequence: String,
    /// One sentence: what to do. A block to paste may follow it.
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

/// A change of one partner.
pub struct Change<'a> {
    /// The partner as it is. None: it is created.
    pub prior: Option<&'a Attributes>,
    /// The partner as it is planned. None: it is destroyed.
    pub planned: Option<&'a Attributes>,
    /// The tenant's other partners, when they were read.
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
            // Ids are GUIDs, which Graph may return in other letters.
            other
                .zip(id)
                .is_some_and(|(other, id)| other.eq_ignore_ascii_case(id))
        };
        others.filter(move |other| !is_it(other))
    }
}

/// What there is to say of a change, in the order of [`rule::ALL`] and of the platforms.
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
    // A stable sort: the platforms keep their order.
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
