//! Tells the user what went wrong: what was tried, on which partner, what Graph said, and what
//! to do. `resource`, `data_source`, and others call it.

use std::borrow::Cow;

use serde_json::Value as Json;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

use super::{
    TYPE_NAME,
    error::{Error, Finding, NotConfigured},
};
use crate::{graph, words::one_line};

/// The most characters that are shown of a value that Graph returned.
const MAX_VALUE: usize = 1000;

/// The most characters that are shown of a name or an id.
pub const MAX_NAME: usize = 200;

/// The next step after a write whose outcome is not known.
const LOOK_FOR_IT: &str = "Before anything else, plan again and check the admin center \
                           (Tenant administration > Connectors and tokens > Partner compliance \
                           management). If a new partner was created, import it.";

/// The next step after a read whose response was not the partner.
const MAY_BE_A_PROXY: &str = "Try again. If the response stays the same, a proxy may have responded instead of Microsoft \
                              Graph: check HTTPS_PROXY, NO_PROXY and graph_endpoint (INTUNE_GRAPH_ENDPOINT).";

/// What to do when two resources would have the same display name.
pub const TELL_APART: &str = "give one of the two a different display_name, add a `moved` block if only the resource \
                              address has changed, or remove create_before_destroy";

/// Why Terraform may ignore the blocks that [`imports`] returns.
pub const IN_STATE: &str = "(Terraform ignores an `import` block if its address is still in state. First run `terraform apply \
                            -refresh-only` if the partner in state is gone, or `terraform state rm` if it is deposed.)";

/// Adds an error. `tried` completes "Cannot …", such as `read compliance partner "id"`.
pub fn failure(diagnostics: &mut Diagnostics, tried: &str, error: &Error) {
    problem(diagnostics, tried, detail(error));
}

fn detail(error: &Error) -> String {
    match error {
        Error::NotConfigured(NotConfigured::NotYet) => {
            "The provider is not configured: Terraform did not send a provider block.".to_owned()
        }
        Error::NotConfigured(NotConfigured::Unknown { settings }) => format!(
            "The provider block is not fully known yet: {} {} a value only during the apply. Use \
             settings that are known during the plan, or apply in two steps with -target.",
            settings.join(", "),
            if settings.len() == 1 { "gets" } else { "get" },
        ),
        Error::Graph(error) => paragraphs(error, None),
        Error::NoPartner(problem) => format!("{problem}\n\n{MAY_BE_A_PROXY}"),
        Error::NameTaken {
            ids,
            is_managed: true,
        } => format!(
            "A partner with this display_name is already in Terraform's state (id {}). Nothing was created. To fix this, \
             {TELL_APART}.",
            ids.join(", ")
        ),
        Error::NameTaken { ids, .. } => format!(
            "The tenant already has {} with this display_name. Nothing was created. To manage an existing partner, import \
             it, unless another resource already has it in state. In that case, {TELL_APART}. {IN_STATE}\n\n{}",
            if ids.len() == 1 {
                "a partner"
            } else {
                "partners"
            },
            imports(ids)
        ),
        Error::Lost { error, finding } => match &**error {
            Error::Graph(error) => paragraphs(error, Some(finding)),
            Error::NoPartner(problem) => format!("{problem}\n\n{}", found(finding)),
            other => format!("{}\n\n{}", detail(other), found(finding)),
        },
    }
}

/// What is known about a write whose response was lost, and what to do.
fn found(finding: &Finding) -> String {
    match finding {
        Finding::Gone => "The partner was deleted after the plan was made, or created so recently that Graph does not \
                          show it everywhere yet. Plan again: if it is gone, Terraform plans to create it."
            .to_owned(),
        Finding::NotDone(1) => "The request was not carried out. The tenant is unchanged.".to_owned(),
        Finding::NotDone(sent) => {
            format!(
                "The request was sent {sent} times but never carried out. The tenant is unchanged."
            )
        }
        Finding::NotSeen => format!(
            "It is not known whether the request will still be carried out. So far, the tenant is unchanged.\n\n{LOOK_FOR_IT}"
        ),
        Finding::Unclear(ids) => format!(
            "The request was apparently carried out, but it is not certain which partner it created. If it \
             is {}, import it. If not, use the admin center to delete any partner that nobody needs:\n\n{}",
            if ids.len() == 1 {
                "this one"
            } else {
                "one of these"
            },
            imports(ids)
        ),
        Finding::Unreadable(error) => format!(
            "It is not known whether the request was carried out, because the tenant could not be read: \
             {}\n\n{LOOK_FOR_IT}",
            sentence(error)
        ),
    }
}

/// An untrusted name or id, in quotes and on one line. White space that looks like a plain space is escaped.
pub fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_NAME).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// `import` blocks to paste.
pub fn imports(ids: &[String]) -> String {
    let block = |id| format!("import {{\n  to = {TYPE_NAME}.NAME\n  id = {id:?}\n}}");
    ids.iter().map(block).collect::<Vec<_>>().join("\n")
}

/// Why an operation failed, without the parts that only an error needs.
pub fn sentence(error: &Error) -> String {
    match error {
        Error::Graph(error) => error.to_string(),
        Error::NoPartner(problem) => problem.clone(),
        other => detail(other),
    }
}

/// What Graph says, what was found out about it, what to do, and what support asks for.
fn paragraphs(error: &graph::Error, finding: Option<&Finding>) -> String {
    // A finding has its own advice, unless it says that the write was not carried out.
    let is_settled = matches!(finding, None | Some(Finding::NotDone(_)));
    let advice = error.advice().filter(|_| is_settled);
    let references: Vec<_> = error
        .references()
        .into_iter()
        .map(|(name, fact)| format!("{name}: {fact}"))
        .collect();
    [
        Some(error.to_string()),
        error.effort(),
        finding.map(found),
        advice.map(Cow::into_owned),
        Some(references.join("\n")).filter(|references| !references.is_empty()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("\n\n")
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

/// Adds an error for a property that Graph returned with a different value than was sent.
/// `next` says what to do about it.
pub fn kept(
    diagnostics: &mut Diagnostics,
    name: &'static str,
    returned: &Json,
    sent: &Json,
    next: &str,
) {
    let returned = one_line(&hcl(returned), MAX_VALUE);
    attribute(
        diagnostics,
        name,
        format!("Graph kept {name} = {returned}"),
        format!(
            "The plan has {name} = {}. Graph accepted the request, but returned the partner \
             with the value above. State has the value that Graph returned.\n\n{next}",
            hcl(sent)
        ),
    );
}

/// Adds an error for a property that was not sent, and that Graph returned with a different value than planned.
pub fn changed_by_others(
    diagnostics: &mut Diagnostics,
    name: &'static str,
    returned: &Json,
    planned: &Json,
) {
    let returned = one_line(&hcl(returned), MAX_VALUE);
    attribute(
        diagnostics,
        name,
        format!("{name} was changed outside Terraform after the plan was made"),
        format!(
            "The plan has {name} = {}, but Graph returned {name} = {returned}. The planned changes were sent and carried \
             out; this attribute was not one of them. State has the value that Graph returned.\n\nPlan again to see what is \
             left to change.",
            hcl(planned)
        ),
    );
}

/// A value as it would be written in a configuration.
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

/// Adds an error that does not come from a request. `tried` completes "Cannot …".
pub fn problem(diagnostics: &mut Diagnostics, tried: &str, problem: String) {
    diagnostics.add_error(Diagnostic {
        summary: format!("Cannot {tried}").into(),
        detail: problem.into(),
        attribute: AttributePath::root(),
    });
}
