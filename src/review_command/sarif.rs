//! A review as SARIF 2.1.0, for code scanning. `review_command` calls it.
//!
//! A plan does not say which file a resource is in, so the location of a result is the resource's address and the
//! plan's file: GitHub accepts no result without a file. GitHub would take results of the same rule there for one alert,
//! and an alert that somebody dismissed would hide the next partner's, so each result has a fingerprint of its own.

use std::path::Path;

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{options::Source, verdict::Review, visible};
use crate::{
    compliance_partner::review::{Finding, Rule, Severity, rule},
    provider::VERSION,
};

/// Renders the document.
///
/// # Errors
/// If it cannot be written as JSON, which would be a bug in this program.
pub fn render(review: &Review, source: &Source) -> serde_json::Result<String> {
    let file = file(source);
    let partners = review.partners.iter();
    let results: Vec<_> = partners
        .flat_map(|it| {
            it.findings
                .iter()
                .map(|finding| (&it.change.address, finding))
        })
        .map(|(address, finding)| result(address, finding, &file))
        .collect();
    let notes = review.about.notes.iter();
    let notes =
        notes.map(|it| json!({ "level": "note", "message": { "text": visible::sarif(it) } }));
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "terraform-provider-intune review",
                "version": VERSION,
                "rules": rule::ALL.iter().map(described).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notes.collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let text = serde_json::to_string_pretty(&document)?;
    Ok(visible::json(&text) + "\n")
}

fn described(rule: &Rule) -> Json {
    let help = format!(
        "{} Each result says what can happen and what to do. The review only reads the plan and sends nothing.",
        rule.when
    );
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.when },
        "help": { "text": help },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Low => "warning",
    }
}

fn result(address: &str, finding: &Finding, file: &str) -> Json {
    let place = if finding.attribute.is_empty() {
        address.to_owned()
    } else {
        format!("{address}.{}", finding.attribute)
    };
    let location = json!({
        "logicalLocations": [{ "fullyQualifiedName": place, "kind": "resource" }],
        "physicalLocation": {
            "artifactLocation": { "uri": file },
            "region": { "startLine": 1 },
        },
    });
    let fingerprint = fingerprint(&format!("{place}\n{}", finding.consequence));
    let sentences = format!("{address}: {} {}", finding.consequence, finding.advice);
    let mut result = json!({
        "ruleId": finding.code,
        "level": level(finding.severity),
        "message": { "text": visible::sarif(&sentences) },
        "locations": [location],
        // The only name that GitHub reads.
        "partialFingerprints": { "primaryLocationLineHash": fingerprint },
    });
    if let Some(index) = rule::ALL.iter().position(|it| it.code == finding.code) {
        result["ruleIndex"] = json!(index);
    }
    result
}

fn fingerprint(text: &str) -> String {
    let hash = Sha256::digest(text);
    let first = hash.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

/// The file name for a plan that has no file.
const NO_FILE: &str = "plan.json";

/// The plan's file as a URI, which is relative if its path is.
fn file(source: &Source) -> String {
    let relative = |path: &Path| {
        let mut url = Url::parse("file:///").ok()?;
        let names = path.iter().map(|name| name.to_string_lossy());
        url.path_segments_mut().ok()?.clear().extend(names);
        Some(url.path().trim_start_matches('/').to_owned())
    };
    let uri = match source {
        Source::File(path) => match Url::from_file_path(path) {
            Ok(url) => Some(url.into()),
            Err(()) => relative(path),
        },
        Source::Stdin => None,
    };
    uri.unwrap_or_else(|| NO_FILE.to_owned())
}
