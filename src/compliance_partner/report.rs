//! What went wrong, for the person at the terminal: what was tried, on which partner, what
//! Graph said, and what to do. `resource` and `data_source` call it.

use std::fmt::Write as _;

use serde_json::Value as Json;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

use super::api::{Error, NotConfigured};

/// Adds an error. `tried` completes "Cannot …", such as `read compliance partner "id"`.
pub fn failure(diagnostics: &mut Diagnostics, tried: &str, error: &Error) {
    let detail = match error {
        Error::NotConfigured(NotConfigured::NotYet) => {
            "The provider is not configured: Terraform sent no provider block.".to_owned()
        }
        Error::NotConfigured(NotConfigured::Unknown { settings }) => format!(
            "The provider block is not known yet: {} {} a value during the apply. Give the \
             provider settings that are known while planning, or apply in two steps with -target.",
            settings.join(", "),
            if settings.len() == 1 { "gets" } else { "get" },
        ),
        Error::Graph(error) => graph(error),
        Error::NoPartner(problem) => problem.clone(),
    };
    diagnostics.add_error(Diagnostic {
        summary: format!("Cannot {tried}").into(),
        detail: detail.into(),
        attribute: AttributePath::root(),
    });
}

fn graph(error: &crate::graph::Error) -> String {
    let mut detail = error.to_string();
    let advice = if error.is_missing_object() {
        Some(
            "It was deleted after the plan was made. Plan again: Terraform then offers to create it."
                .into(),
        )
    } else {
        error.advice()
    };
    if let Some(advice) = advice {
        let _ = write!(detail, "\n\n{advice}");
    }
    let references = error.references();
    if !references.is_empty() {
        detail.push('\n');
        for (name, fact) in references {
            let _ = write!(detail, "\n{name}: {fact}");
        }
    }
    detail
}

/// Adds an error at an attribute.
pub fn attribute(
    diagnostics: &mut Diagnostics,
    attribute: &'static str,
    summary: String,
    detail: String,
) {
    diagnostics.add_error(Diagnostic {
        summary: summary.into(),
        detail: detail.into(),
        attribute: AttributePath::new(attribute),
    });
}

/// Adds an error for a property that Graph returned with another value than it was sent.
/// `next` says what to do about it.
pub fn kept(
    diagnostics: &mut Diagnostics,
    name: &'static str,
    returned: &Json,
    sent: &Json,
    next: &str,
) {
    attribute(
        diagnostics,
        name,
        format!("Graph kept {name} = {}", hcl(returned)),
        format!(
            "The plan has {name} = {}. Graph accepted the request, and returned the partner \
             with the value above. State holds what Graph returned.\n\n{next}",
            hcl(sent)
        ),
    );
}

/// A value as it would stand in a configuration.
fn hcl(value: &Json) -> String {
    match value {
        Json::Array(items) => {
            format!("[{}]", items.iter().map(hcl).collect::<Vec<_>>().join(", "))
        }
        Json::Object(object) => {
            let set = object.iter().filter(|(_, value)| !value.is_null());
            let set = set.map(|(name, value)| format!("{name} = {}", hcl(value)));
            format!("{{ {} }}", set.collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}

/// Adds an error that no request has to do with. `tried` completes "Cannot …".
pub fn problem(diagnostics: &mut Diagnostics, tried: &str, problem: String) {
    diagnostics.add_error(Diagnostic {
        summary: format!("Cannot {tried}").into(),
        detail: problem.into(),
        attribute: AttributePath::root(),
    });
}
