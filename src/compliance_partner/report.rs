//! What went wrong, for the person at the terminal: what was tried, on which partner, what
//! Graph said, and what to do. `resource` and `data_source` call it.

use std::borrow::Cow;

use serde_json::Value as Json;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

use super::{
    TYPE_NAME,
    error::{Error, Finding, NotConfigured},
};
use crate::{graph, words::one_line};

/// How much is shown of a value that Graph returned, in characters.
const MAX_VALUE: usize = 1000;

/// How much is shown of a name or an id, in characters.
pub const MAX_NAME: usize = 200;

/// The next step after a write of which nobody knows what became.
const LOOK_FOR_IT: &str = "Plan again before anything else, and look for it in the admin center \
                           (Tenant administration, Connectors and tokens, Partner compliance \
                           management). If it made a new partner, import that.";

/// What to do where two resources would have one display name.
pub const TELL_APART: &str = "give one of the two another display_name, add a `moved` block if only the address of its \
                              resource has changed, or do without create_before_destroy";

/// Why Terraform may ignore the block that [`imports`] gives.
pub const IN_STATE: &str = "(Terraform ignores an `import` block to an address that is in state still: run `terraform apply \
                            -refresh-only` first if the one in state is gone, or `terraform state rm` if it is deposed.)";

/// Adds an error. `tried` completes "Cannot …", such as `read compliance partner "id"`.
pub fn failure(diagnostics: &mut Diagnostics, tried: &str, error: &Error) {
    problem(diagnostics, tried, detail(error));
}

fn detail(error: &Error) -> String {
    match error {
        Error::NotConfigured(NotConfigured::NotYet) => {
            "The provider is not configured: Terraform sent no provider block.".to_owned()
        }
        Error::NotConfigured(NotConfigured::Unknown { settings }) => format!(
            "The provider block is not known yet: {} {} a value during the apply. Give the \
             provider settings that are known while planning, or apply in two steps with -target.",
            settings.join(", "),
            if settings.len() == 1 { "gets" } else { "get" },
        ),
        Error::Graph(error) => paragraphs(error, None),
        Error::NoPartner(problem) => problem.clone(),
        Error::NameTaken {
            ids,
            is_managed: true,
        } => format!(
            "A partner of this display_name is in Terraform's state already (id {}), and nothing was created: \
             {TELL_APART}.",
            ids.join(", ")
        ),
        Error::NameTaken { ids, .. } => format!(
            "The tenant has {} of this display_name already, and nothing was created. To manage it, import it, unless \
             another resource has it in its state: then {TELL_APART}. {IN_STATE}\n\n{}",
            if ids.len() == 1 {
                "a partner"
            } else {
                "partners"
            },
            imports(ids)
        ),
        Error::Lost { error, finding } => match &**error {
            Error::Graph(error) => paragraphs(error, Some(finding)),
            other => format!("{}\n\n{}", detail(other), found(finding)),
        },
    }
}

/// What is known of a write whose answer was lost, and what to do.
fn found(finding: &Finding) -> String {
    match finding {
        Finding::Gone => "It was deleted after the plan was made, or created so shortly before that Graph does not \
                          show it everywhere yet. Plan again: if it is gone, Terraform offers to create it."
            .to_owned(),
        Finding::NotDone(1) => "It was not carried out: the tenant is as it was.".to_owned(),
        Finding::NotDone(sent) => {
            format!("It was sent {sent} times and never carried out: the tenant is as it was.")
        }
        Finding::NotSeen => format!(
            "Whether it is carried out is not known: so far the tenant is as it was.\n\n{LOOK_FOR_IT}"
        ),
        Finding::Unclear(ids) => format!(
            "It was carried out, it seems, but which partner it made is not certain. If it is \
             {}, import it; if not, delete what nobody needs in the admin center:\n\n{}",
            if ids.len() == 1 {
                "this one"
            } else {
                "one of these"
            },
            imports(ids)
        ),
        Finding::Unreadable(error) => format!(
            "Whether it was carried out is not known, for the tenant could not be read: {}\n\n\
             {LOOK_FOR_IT}",
            sentence(error)
        ),
    }
}

/// A name or an id that strangers wrote, in quotes and on one line. Space that looks like other space is written out.
pub fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_NAME).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// Blocks to paste.
pub fn imports(ids: &[String]) -> String {
    let block = |id| format!("import {{\n  to = {TYPE_NAME}.NAME\n  id = {id:?}\n}}");
    ids.iter().map(block).collect::<Vec<_>>().join("\n")
}

/// Why something has no result, without what only an error needs.
pub fn sentence(error: &Error) -> String {
    match error {
        Error::Graph(error) => error.to_string(),
        other => detail(other),
    }
}

/// What Graph's side says, what was found out about it, what to do, and what support asks for.
fn paragraphs(error: &graph::Error, finding: Option<&Finding>) -> String {
    // What was found brings its own advice, unless it is that nothing came of it all.
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

/// Adds an error for a property that Graph returned with another value than it was sent.
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
            "The plan has {name} = {}. Graph accepted the request, and returned the partner \
             with the value above. State holds what Graph returned.\n\n{next}",
            hcl(sent)
        ),
    );
}

/// Adds an error for a property that Graph returned with another value than the plan has, and was not sent.
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
            "The plan has {name} = {}, and Graph returned {name} = {returned}. What the plan changes was sent and carried \
             out; this attribute was not part of it. State holds what Graph returned.\n\nPlan again to see what is left to \
             do.",
            hcl(planned)
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
