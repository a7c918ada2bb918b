//! Diagnostics as a test wants to read them. Made by [`super::Provider`] from the wire's.

use std::fmt;

use super::tfplugin6;
use tfplugin6::attribute_path::step::Selector;

pub use tfplugin6::diagnostic::Severity;

/// One warning or error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it is an error.
    pub severity: Severity,
    /// The line in bold.
    pub summary: String,
    /// The text below it.
    pub detail: String,
    /// What it points at, as [`path_text`] writes it; empty when it points at nothing.
    pub attribute: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            severity,
            summary,
            detail,
            attribute,
        } = self;
        write!(
            f,
            "{}: {summary} [{attribute}]\n{detail}",
            severity.as_str_name()
        )
    }
}

impl From<tfplugin6::Diagnostic> for Diagnostic {
    fn from(wire: tfplugin6::Diagnostic) -> Self {
        Self {
            severity: wire.severity(),
            attribute: wire.attribute.as_ref().map(path_text).unwrap_or_default(),
            summary: wire.summary,
            detail: wire.detail,
        }
    }
}

/// A path as one would write it in a configuration: `assignments[0].type`, `tags["a"]`.
#[must_use]
pub fn path_text(path: &tfplugin6::AttributePath) -> String {
    let mut text = String::new();
    for step in &path.steps {
        let step = match &step.selector {
            Some(Selector::AttributeName(name)) if text.is_empty() => name.clone(),
            Some(Selector::AttributeName(name)) => format!(".{name}"),
            Some(Selector::ElementKeyString(key)) => format!("[{key:?}]"),
            Some(Selector::ElementKeyInt(index)) => format!("[{index}]"),
            // Core panics on a step that selects nothing; a test must see it.
            None => "[nothing]".into(),
        };
        text.push_str(&step);
    }
    text
}
