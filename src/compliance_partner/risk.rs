//! Turns the findings of a review into warnings or errors of a plan, as the provider's setting says.
//! `resource` calls it for each change that it plans.

use std::time::Duration;

use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use time::OffsetDateTime;

use super::{
    api::Api,
    others::Others,
    policy::{RISKY_CHANGES, RiskyChanges},
    report,
    review::{Change, Finding, Severity, asks_for_others, review, rule},
    state::Attributes,
};

/// How long a plan waits for the list of the tenant's partners. It can do without the list.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is planned for one partner.
#[derive(Clone, Copy)]
pub enum Planned<'a> {
    /// It is created.
    Create {
        /// The new partner.
        partner: &'a Attributes,
        /// The id of the partner that it replaces, if Terraform says so.
        replaced: Option<&'a str>,
    },
    /// It is changed, from the first to the second.
    Update(&'a Attributes, &'a Attributes),
    /// It is destroyed.
    Destroy(&'a Attributes),
}

/// Reviews a change, and adds its findings as diagnostics.
pub async fn tell(api: &Api, it: Planned<'_>, diagnostics: &mut Diagnostics) {
    let policy = api.risky_changes();
    if policy == RiskyChanges::Allow {
        return;
    }
    let (prior, planned, replaced) = match it {
        Planned::Create { partner, replaced } => (None, Some(partner), replaced),
        Planned::Update(prior, planned) => (Some(prior), Some(planned), None),
        Planned::Destroy(prior) => (Some(prior), None, None),
    };
    let created = planned.filter(|_| prior.is_none());
    let created = created.and_then(|partner| partner.display_name.as_deref_option());
    let mut change = Change {
        prior,
        planned,
        others: None,
        now: OffsetDateTime::now_utc(),
    };
    let mut others = None;
    if replaced.is_some() || asks_for_others(&change) {
        match api.others(created, replaced, PATIENCE).await {
            Ok(read) => others = Some(read),
            // Terraform shows no warnings for a replacement, and only the list tells what is destroyed.
            Err(reason) if replaced.is_some() && policy == RiskyChanges::Deny => {
                diagnostics.add_error(unjudged(&reason));
                return;
            }
            Err(reason) => diagnostics.add_warning(unchecked(&reason)),
        }
    }
    let mut findings = Vec::new();
    if let Some(others) = &others {
        change.others = Some(&others.rest);
        findings = replacements(others, change.now);
    }
    findings.extend(review(&change));
    let (errors, warnings): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| is_refused(finding, policy));
    let tenant = others.as_ref().and_then(|it| it.tenant.as_deref());
    let name = prior.or(planned).map(|it| named(it, tenant));
    let name = name.unwrap_or_default();
    if let Some(mut refusal) = told(&errors, &format!("Refused change of {name}")) {
        if errors.iter().any(|it| it.code != rule::DUPLICATE_NAME.code) {
            let why = format!(
                "\n\n{RISKY_CHANGES} is \"deny\". If you want this change, replace \"deny\" with \"warn\" where it is set, \
                 then plan and apply. The provider block overrides the environment."
            );
            refusal.detail.to_mut().push_str(&why);
        }
        diagnostics.add_error(refusal);
    }
    if let Some(warning) = told(&warnings, &format!("Review the change of {name}")) {
        diagnostics.add_warning(warning);
    }
}

/// Whether destroying a partner has the same findings in one state of it and in the other.
pub fn is_same_destroy(one: &Attributes, other: &Attributes) -> bool {
    let now = OffsetDateTime::now_utc();
    let found = |partner| {
        let findings = review(&destroy(partner, now)).into_iter();
        let about = findings.map(|it| (it.code, it.attribute));
        about.collect::<Vec<_>>()
    };
    found(one) == found(other)
}

fn destroy(partner: &Attributes, now: OffsetDateTime) -> Change<'_> {
    Change {
        prior: Some(partner),
        planned: None,
        others: None,
        now,
    }
}

/// The findings about the partners that a new one replaces. Terraform does not ask for a plan of their destroy, only
/// for one of the create.
fn replacements(others: &Others, now: OffsetDateTime) -> Vec<Finding> {
    let id =
        |partner: &Attributes| report::quoted(partner.id.as_deref_option().unwrap_or_default());
    let destroyed = |partner, place: String| {
        let mut findings = review(&destroy(partner, now));
        for finding in &mut findings {
            finding.attribute = "display_name";
            finding.consequence.insert_str(0, &place);
        }
        findings
    };
    let replaced = others.replaced.iter().flat_map(|partner| {
        let place = format!(
            "This partner replaces the one with the id {}. ",
            id(partner)
        );
        destroyed(partner, place)
    });
    let namesakes = others.namesakes.iter().flat_map(|partner| {
        let place = format!(
            "A partner with this display_name is in Terraform's state (id {}). If it is destroyed first, this one replaces it. \
             Otherwise, the apply will refuse this one.",
            id(partner)
        );
        let moved = "If only the resource address has changed, add a `moved` block.";
        let mut findings = destroyed(partner, format!("{place} "));
        for finding in &mut findings {
            finding.advice = format!("{} {moved}", finding.advice);
        }
        if findings.is_empty() {
            let advice = format!("{moved} If they are two partners, give each its own display_name.");
            findings.push(Finding::new(&rule::NAME_IN_STATE, "display_name", place, advice));
        }
        findings
    });
    replaced.chain(namesakes).collect()
}

/// Whether a finding is an error. What the apply would refuse is refused in the plan.
fn is_refused(finding: &Finding, policy: RiskyChanges) -> bool {
    let is_denied = policy == RiskyChanges::Deny && finding.severity == Severity::High;
    is_denied || finding.code == rule::DUPLICATE_NAME.code
}

/// All findings in one diagnostic. Its summary names the partner: Terraform shows only one warning for each summary.
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
            "{reason}\n\nThe plan continues, but does not check whether another partner has the same display_name, is \
             onboarded for the same platform, or has the same groups."
        )
        .into(),
        attribute: AttributePath::root(),
    }
}

fn unjudged(reason: &str) -> Diagnostic {
    Diagnostic {
        summary: "Refused replacement of a compliance partner: the tenant's partners could not be read".into(),
        detail: format!(
            "{reason}\n\n{RISKY_CHANGES} is \"deny\", and without the tenant's partners it is not known what this \
             replacement destroys. Plan again, or plan with \"warn\"."
        )
        .into(),
        attribute: AttributePath::new("display_name"),
    }
}

/// A partner by its name and its id, or by its tenant while it has no id: other tenants may have one of the same name.
fn named(partner: &Attributes, tenant: Option<&str>) -> String {
    let id = match (partner.id.as_deref_option(), tenant) {
        (Some(id), _) => format!(" (id {})", report::quoted(id)),
        (None, Some(tenant)) => format!(" in tenant {tenant}"),
        (None, None) => String::new(),
    };
    match partner.display_name.as_deref_option() {
        Some(name) => format!("compliance partner {}{id}", report::quoted(name)),
        None => format!("a compliance partner{id}"),
    }
}

#[cfg(test)]
mod tests {
    use tf_provider::value::Value;

    use super::{Attributes, is_same_destroy};
    use crate::compliance_partner::state::Platform;

    #[test]
    fn the_destroy_of_one_platform_is_not_the_destroy_of_another() {
        let onboarded = |platform| {
            let mut partner = Attributes::with_id("p".to_owned());
            *partner.onboarded_mut(platform) = Value::Value(true);
            partner
        };
        let [android, ios] = [Platform::Android, Platform::Ios].map(onboarded);
        assert!(is_same_destroy(&android, &android));
        assert!(!is_same_destroy(&android, &ios));
    }
}
