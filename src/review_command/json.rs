//! A review as JSON, for programs. `review_command` calls it. docs/guides/plan-review-ci.md describes the format.
//! `schema_version` increases when something in it is removed or changes its meaning.

use serde::Serialize;
use serde_json::Value as Json;

use super::{
    partner,
    plan::PartnerChange,
    verdict::{Review, Reviewed},
    visible,
};
use crate::{
    compliance_partner::{
        review::{Finding, Severity},
        state::Attributes,
    },
    provider::VERSION,
};

const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    provider_version: &'static str,
    plan: About<'a>,
    notes: &'a [String],
    summary: Summary,
    partners: Vec<Partner<'a>>,
}

#[derive(Serialize)]
struct About<'a> {
    format_version: &'a str,
    terraform_version: Option<&'a str>,
}

#[derive(Serialize)]
struct Summary {
    partners: usize,
    high: usize,
    low: usize,
}

#[derive(Serialize)]
struct Partner<'a> {
    address: &'a str,
    previous_address: Option<&'a str>,
    deposed: Option<&'a str>,
    action: &'a str,
    imported: bool,
    changes: Vec<Change>,
    findings: Vec<Said<'a>>,
}

#[derive(Serialize)]
struct Change {
    attribute: String,
    before: Json,
    after: Json,
    after_unknown: bool,
    sensitive: bool,
}

#[derive(Serialize)]
struct Said<'a> {
    code: &'a str,
    severity: Severity,
    attribute: &'a str,
    consequence: &'a str,
    advice: &'a str,
}

/// Renders the document.
///
/// # Errors
/// If it cannot be written as JSON, which would be a bug in this program.
pub fn render(review: &Review) -> serde_json::Result<String> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        provider_version: VERSION,
        plan: About {
            format_version: &review.about.format_version,
            terraform_version: review.about.terraform_version.as_deref(),
        },
        notes: &review.about.notes,
        summary: Summary {
            partners: review.partners.len(),
            high: review.count(Severity::High),
            low: review.count(Severity::Low),
        },
        partners: review.partners.iter().map(described).collect(),
    };
    let text = serde_json::to_string_pretty(&document)?;
    Ok(visible::json(&text) + "\n")
}

fn described(partner: &Reviewed) -> Partner<'_> {
    let Reviewed { change, findings } = partner;
    Partner {
        address: &change.address,
        previous_address: change.previous_address.as_deref(),
        deposed: change.deposed.as_deref(),
        action: change.action.name(),
        imported: change.imported,
        changes: changes(change),
        findings: findings.iter().map(said).collect(),
    }
}

fn said(finding: &Finding) -> Said<'_> {
    Said {
        code: finding.code,
        severity: finding.severity,
        attribute: finding.attribute,
        consequence: &finding.consequence,
        advice: &finding.advice,
    }
}

/// The attributes that differ before and after.
fn changes(change: &PartnerChange) -> Vec<Change> {
    let side = |partner: &Option<Attributes>| {
        let none = Attributes::with_id(String::new());
        let is_there = partner.is_some();
        let members = partner::members(partner.as_ref().unwrap_or(&none)).into_iter();
        members.map(move |(name, value)| {
            let (value, is_unknown) = partner::json(&value);
            // A partner that does not exist has an id here only so that it can be written.
            let value = if is_there { value } else { Json::Null };
            (name, value, is_unknown)
        })
    };
    let both = side(&change.prior).zip(side(&change.planned));
    let changed =
        both.filter(|((_, before, _), (_, after, is_unknown))| before != after || *is_unknown);
    let described = changed.map(|((attribute, before, _), (_, after, after_unknown))| {
        let sensitive = change.sensitive.contains(&attribute);
        let shown = |value| if sensitive { Json::Null } else { value };
        Change {
            before: shown(before),
            after: shown(after),
            after_unknown,
            sensitive,
            attribute,
        }
    });
    described.collect()
}
