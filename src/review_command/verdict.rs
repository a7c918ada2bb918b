//! The findings of each partner in a plan, by the same rules that warn while planning. `mod.rs` calls it.

use time::OffsetDateTime;

use super::plan::{About, Action, PartnerChange, Plan};
use crate::compliance_partner::{
    review::{Change, Finding, Severity, review},
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

/// A plan that was looked through.
#[derive(Debug)]
pub struct Review {
    /// The plan as a whole.
    pub about: About,
    /// The partners of which there is something to tell, in the plan's order.
    pub partners: Vec<Reviewed>,
}

impl Review {
    /// Looks a plan through. `clock` is asked for a plan that does not say when it was made.
    pub fn new(plan: Plan, clock: impl FnOnce() -> OffsetDateTime) -> Self {
        let Plan { mut about, changes } = plan;
        let now = about.made.unwrap_or_else(clock);
        // All that stay, but the one at hand: it goes to the end, and the others are a slice.
        let mut stay = Vec::new();
        let mut places = Vec::new();
        for change in &changes {
            if change.action == Action::ForgetAndCreate {
                stay.extend(change.prior.clone());
            }
            let place = stays(change).map(|partner| {
                stay.push(partner.clone());
                stay.len() - 1
            });
            places.push(place);
        }
        let mut partners = Vec::new();
        for (change, place) in changes.into_iter().zip(places) {
            let last = stay.len().saturating_sub(1);
            if let Some(place) = place {
                stay.swap(place, last);
            }
            let others = &stay[..stay.len() - usize::from(place.is_some())];
            let findings = findings(&change, others, now);
            if let Some(place) = place {
                stay.swap(place, last);
            }
            if is_told(&change) {
                partners.push(Reviewed { change, findings });
            }
        }
        if partners.iter().any(|it| may_have_findings(&it.change)) {
            about.notes.push("The partners of this plan were compared with each other. Other partners of the tenant were not looked at.".to_owned());
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

/// The partner that the resource stands for, as the tenant has it when all is done.
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
        // It is gone, it comes back in this form, and it comes back as another one.
        Action::Replace => vec![(prior, None), (prior, planned), (None, planned)],
        // The one that is forgotten is among the others.
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
    findings
}
