//! What becomes of the findings of a review: warnings or errors of a plan, as the provider's setting
//! says. `resource` calls it for each change that it plans.

use std::{str::FromStr, time::Duration};

use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use time::OffsetDateTime;

use super::{
    api::Api,
    report,
    review::{Change, Finding, Severity, asks_for_others, review, rule},
    state::Attributes,
};
use crate::graph::Name;

/// The name of the setting.
pub const RISKY_CHANGES: Name = Name {
    attribute: "risky_changes",
    variables: &["INTUNE_RISKY_CHANGES"],
};

/// How long a plan waits for the list of the tenant's partners, which it can do without.
const PATIENCE: Duration = Duration::from_secs(30);

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
    pub const NAMES: [&str; 3] = ["warn", "deny", "allow"];
}

impl FromStr for RiskyChanges {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "warn" => Ok(Self::Warn),
            "deny" => Ok(Self::Deny),
            "allow" => Ok(Self::Allow),
            _ => Err(()),
        }
    }
}

/// Reviews a change, and tells of it.
pub async fn tell(
    api: &Api,
    prior: Option<&Attributes>,
    planned: Option<&Attributes>,
    diagnostics: &mut Diagnostics,
) {
    let policy = api.risky_changes();
    if policy == RiskyChanges::Allow {
        return;
    }
    let mut change = Change {
        prior,
        planned,
        others: None,
        now: OffsetDateTime::now_utc(),
    };
    let mut others = None;
    if asks_for_others(&change) {
        match api.others(prior, planned, PATIENCE).await {
            Ok(read) => others = Some(read),
            Err(reason) => diagnostics.add_warning(unchecked(&reason)),
        }
    }
    let mut findings = Vec::new();
    if let Some(others) = &others {
        change.others = Some(&others.others);
        findings = replacements(&others.replaced, change.now);
    }
    findings.extend(review(&change));
    let (errors, warnings): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| is_refused(finding, policy));
    let name = prior.or(planned).map(named).unwrap_or_default();
    if let Some(mut refusal) = told(&errors, &format!("Refused change of {name}")) {
        if errors.iter().any(|it| it.code != rule::DUPLICATE_NAME.code) {
            refusal.detail += "\n\nThe provider's risky_changes is \"deny\". If the change is wanted, plan and apply it with \
                               \"warn\".";
        }
        diagnostics.add_error(refusal);
    }
    if let Some(warning) = told(&warnings, &format!("Review the change of {name}")) {
        diagnostics.add_warning(warning);
    }
}

/// What there is to say of the partners that a new one takes the place of. Terraform plans no destroy of them: it asks for
/// a create in their place.
fn replacements(replaced: &[Attributes], now: OffsetDateTime) -> Vec<Finding> {
    let findings = |partner| {
        let destroyed = Change {
            prior: Some(partner),
            planned: None,
            others: None,
            now,
        };
        let id = partner.id.as_deref_option().unwrap_or_default();
        let place = format!(
            "A partner of this display_name is in Terraform's state (id {}), and this one takes its place. ",
            report::quoted(id)
        );
        let told = move |mut finding: Finding| {
            finding.attribute = "display_name";
            finding.consequence.insert_str(0, &place);
            finding.advice +=
                " If only the address of its resource has changed, add a `moved` block.";
            finding
        };
        review(&destroyed).into_iter().map(told)
    };
    replaced.iter().flat_map(findings).collect()
}

/// What the apply would refuse is refused at once.
fn is_refused(finding: &Finding, policy: RiskyChanges) -> bool {
    let is_denied = policy == RiskyChanges::Deny && finding.severity == Severity::High;
    is_denied || finding.code == rule::DUPLICATE_NAME.code
}

/// All findings in one diagnostic. Its summary is the partner's own: Terraform shows but one warning of a summary.
fn told(findings: &[Finding], of: &str) -> Option<Diagnostic> {
    let first = findings.first()?;
    let mut codes: Vec<_> = findings.iter().map(|it| it.code).collect();
    codes.dedup();
    let paragraphs = findings.iter().map(|it| {
        format!(
            "[{}] {}: {} {}",
            it.severity, it.code, it.consequence, it.advice
        )
    });
    Some(Diagnostic {
        summary: format!("{of}: {}", codes.join(", ")).into(),
        detail: paragraphs.collect::<Vec<_>>().join("\n\n").into(),
        attribute: AttributePath::new(first.attribute),
    })
}

fn unchecked(reason: &str) -> Diagnostic {
    Diagnostic {
        summary: "The tenant's other partners could not be read".into(),
        detail: format!(
            "{reason}\n\nThe plan goes on. Not checked is whether another partner has the same display_name, is onboarded on \
             the same platform, or has the same groups."
        )
        .into(),
        attribute: AttributePath::root(),
    }
}

fn named(partner: &Attributes) -> String {
    match partner.display_name.as_deref_option() {
        Some(name) => format!("compliance partner {}", report::quoted(name)),
        None => "a compliance partner".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::RiskyChanges;

    #[test]
    fn every_name_can_be_read() {
        let read = RiskyChanges::NAMES.map(str::parse);
        let all = [RiskyChanges::Warn, RiskyChanges::Deny, RiskyChanges::Allow];
        assert_eq!(read, all.map(Ok));
        assert_eq!("Deny".parse::<RiskyChanges>(), Err(()));
    }
}
