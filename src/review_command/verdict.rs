//! The findings about each partner in a plan, by the same rules as the warnings during a plan. `review_command` calls
//! it.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::plan::{About, Action, PartnerChange, Plan};
use crate::compliance_partner::{
    review::{Change, Finding, Severity, review, rule},
    state::Attributes,
};

/// What a plan does to one partner, and what is risky about it.
#[derive(Debug)]
pub struct Reviewed {
    /// What it does.
    pub change: PartnerChange,
    /// What is risky.
    pub findings: Vec<Finding>,
}

/// A plan that was reviewed.
#[derive(Debug)]
pub struct Review {
    /// The plan as a whole.
    pub about: About,
    /// The partners that there is something to report about, in the plan's order.
    pub partners: Vec<Reviewed>,
}

impl Review {
    /// Reviews a plan. `clock` gives the time for a plan that does not say when it was made.
    pub fn new(plan: Plan, clock: impl FnOnce() -> OffsetDateTime) -> Self {
        let Plan { mut about, changes } = plan;
        let now = about.made.unwrap_or_else(clock);
        let tenants: BTreeSet<_> = changes.iter().map(|it| it.tenant.as_deref()).collect();
        let mut findings: Vec<_> = changes.iter().map(|_| Vec::new()).collect();
        for tenant in &tenants {
            for (place, found) in findings_in(*tenant, &changes, now) {
                findings[place] = found;
            }
        }
        let several = tenants.iter().flatten().count() > 1;
        let keys = changes.iter().filter(|it| it.tenant_is_a_key);
        let keys: BTreeSet<_> = keys.filter_map(|it| it.tenant.clone()).collect();
        let partners: Vec<_> = changes
            .into_iter()
            .zip(findings)
            .filter(|(change, _)| is_told(change))
            .map(|(change, findings)| Reviewed { change, findings })
            .collect();
        if partners.iter().any(|it| may_have_findings(&it.change)) {
            let compared = if keys.len() > 1 {
                "The partners in this plan were compared with each other, separately for each provider block or tenant_id. Of a provider block with for_each, partners with different keys were taken for partners of different tenants. Other partners in the tenants were not checked."
            } else if several {
                "The partners in this plan were compared with each other, separately for each provider block or tenant_id. Other partners in the tenants were not checked."
            } else {
                "The partners in this plan were compared with each other. Other partners in the tenant were not checked."
            };
            about.notes.push(compared.to_owned());
        }
        Self { about, partners }
    }

    /// How many findings of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.partners.iter().map(|it| it.count(severity)).sum()
    }
}

impl Reviewed {
    /// How many findings of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        let severities = self.findings.iter().map(|it| it.severity);
        severities.filter(|it| *it == severity).count()
    }
}

fn is_told(change: &PartnerChange) -> bool {
    change.action != Action::NoOp || change.imported || change.previous_address.is_some()
}

fn may_have_findings(change: &PartnerChange) -> bool {
    !matches!(change.action, Action::NoOp | Action::Forget)
}

/// The findings about the partners in a tenant, with their positions in the plan. A partner whose tenant is not known
/// may be in any tenant.
fn findings_in(
    tenant: Option<&str>,
    changes: &[PartnerChange],
    now: OffsetDateTime,
) -> Vec<(usize, Vec<Finding>)> {
    let is_here = |it: &PartnerChange| it.tenant.as_deref() == tenant;
    let may_be_here = |it: &PartnerChange| tenant.is_none() || it.tenant.is_none() || is_here(it);
    // All partners that stay. The one under review is swapped to the end, so that the others are a slice.
    let mut stay = Vec::new();
    let mut here = Vec::new();
    for (number, change) in changes.iter().enumerate() {
        if !may_be_here(change) {
            continue;
        }
        if change.action == Action::ForgetAndCreate {
            stay.extend(change.prior.clone());
        }
        let place = stays(change).map(|partner| {
            stay.push(partner.clone());
            stay.len() - 1
        });
        if is_here(change) {
            here.push((number, change, place));
        }
    }
    let last = stay.len().saturating_sub(1);
    let found = here.into_iter().map(|(number, change, place)| {
        if let Some(place) = place {
            stay.swap(place, last);
        }
        let others = &stay[..stay.len() - usize::from(place.is_some())];
        let found = findings(change, others, now);
        if let Some(place) = place {
            stay.swap(place, last);
        }
        (number, found)
    });
    found.collect()
}

/// The partner of the resource as the tenant has it after the apply; `None` if it is gone.
fn stays(change: &PartnerChange) -> Option<&Attributes> {
    match change.action {
        Action::Delete => None,
        Action::Forget => change.prior.as_ref(),
        _ => change.planned.as_ref(),
    }
}

fn findings(change: &PartnerChange, others: &[Attributes], now: OffsetDateTime) -> Vec<Finding> {
    let (prior, planned) = (change.prior.as_ref(), change.planned.as_ref());
    let steps = match change.action {
        Action::NoOp | Action::Forget => vec![],
        // Three reviews: as destroyed, as changed to the new form, and as a new partner.
        Action::Replace => vec![(prior, None), (prior, planned), (None, planned)],
        // The partner that is forgotten is one of the others.
        Action::ForgetAndCreate => vec![(None, planned)],
        _ => vec![(prior, planned)],
    };
    let mut findings: Vec<Finding> = Vec::new();
    for (prior, planned) in steps {
        let step = review(&Change {
            prior,
            planned,
            others: Some(others),
            now,
        });
        let is_said = |it: &Finding| {
            let same = |said: &Finding| (said.code, said.attribute) == (it.code, it.attribute);
            findings.iter().any(same)
        };
        let new: Vec<_> = step.into_iter().filter(|it| !is_said(it)).collect();
        findings.extend(new);
    }
    findings.extend(second_of_its_name(change));
    findings.extend(destroyed_unread(change));
    findings
}

/// A `moved` block takes a partner over with only its id, and with `-refresh=false` the plan has no more than that.
fn destroyed_unread(change: &PartnerChange) -> Option<Finding> {
    let prior = change.prior.as_ref()?;
    let id = prior.id.as_deref_option().unwrap_or_default();
    let is_unread = *prior == Attributes::with_id(id.to_owned());
    (is_unread && change.action == Action::Delete).then(|| {
        Finding::new(
            &rule::ACTIVE_PARTNER_DESTROYED,
            "id",
            "The partner may be active: it was moved here and has not been read, so the plan has only its id. If it is, the \
             devices that report through it can lose their compliant status, and Conditional Access can lock out their users."
                .to_owned(),
            "Plan without -refresh=false.".to_owned(),
        )
    })
}

/// A replacement that creates the new partner first would need two partners with the same name.
fn second_of_its_name(change: &PartnerChange) -> Option<Finding> {
    let name = |partner: &Option<Attributes>| {
        let name = partner.as_ref()?.display_name.as_deref_option()?;
        Some(name.to_owned())
    };
    let name_of_both = name(&change.prior).filter(|it| Some(it) == name(&change.planned).as_ref());
    let is_refused = change.new_first && name_of_both.is_some();
    is_refused.then(|| {
        Finding::new(
            &rule::DUPLICATE_NAME,
            "display_name",
            "The new partner would be created before the old one is destroyed, and the apply will refuse a second one with \
             this display_name. The old one would be left in state as deposed."
                .to_owned(),
            "Remove create_before_destroy, both here and from everything that depends on this resource.".to_owned(),
        )
    })
}
