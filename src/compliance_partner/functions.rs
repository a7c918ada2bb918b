//! Functions for configurations: import ids, and the age of a heartbeat. Pure. `provider` offers
//! them; `plugin` hosts them.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::Serialize;
use tf_provider::{
    AttributePath, Diagnostic, Diagnostics, Function,
    schema::{Description, FunctionSchema, Parameter, Type},
};

use super::{date_time, import::NAME_PREFIX, validate};

/// `import_id`: an import id from a display name.
#[derive(Debug)]
pub struct ImportId;

/// `parse_import_id`: what an import id refers to.
#[derive(Debug)]
pub struct ParseImportId;

/// `heartbeat_age_hours`: how old a heartbeat is.
#[derive(Debug)]
pub struct HeartbeatAgeHours;

/// What an import id refers to; one of the two is null.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Parsed {
    id: Option<String>,
    display_name: Option<String>,
}

#[async_trait]
impl Function for ImportId {
    type Input<'a> = (String,);
    type Output<'a> = String;

    fn schema(&self, _diagnostics: &mut Diagnostics) -> Option<FunctionSchema> {
        Some(schema(
            "The import id of the partner with a given display name",
            vec![text(
                "display_name",
                "The name, as the admin center shows it.",
            )],
            Type::String,
        ))
    }

    async fn call<'a>(&self, diagnostics: &mut Diagnostics, (name,): (String,)) -> Option<String> {
        if name.trim().is_empty() {
            let problem = format!("{name:?} is blank. Use the name that the admin center shows");
            return refuse(diagnostics, 0, problem);
        }
        Some(format!("{NAME_PREFIX}{name}"))
    }
}

#[async_trait]
impl Function for ParseImportId {
    type Input<'a> = (String,);
    type Output<'a> = Parsed;

    fn schema(&self, _diagnostics: &mut Diagnostics) -> Option<FunctionSchema> {
        let parts = ["id", "display_name"].map(|name| (name.to_owned(), Type::String));
        Some(schema(
            "What an import id refers to, as an object with either `id` or `display_name`; the other is null",
            vec![text("import_id", "An id, or `display_name:NAME`.")],
            Type::Object(HashMap::from(parts)),
        ))
    }

    async fn call<'a>(&self, diagnostics: &mut Diagnostics, (id,): (String,)) -> Option<Parsed> {
        match id.strip_prefix(NAME_PREFIX) {
            Some(name) if !name.trim().is_empty() => Some(Parsed {
                display_name: Some(name.to_owned()),
                ..Parsed::default()
            }),
            None if validate::is_id(&id) => Some(Parsed {
                id: Some(id),
                ..Parsed::default()
            }),
            _ => {
                let problem = format!(
                    "{id:?} is not an import id. Use the id of a partner, or {NAME_PREFIX}NAME"
                );
                refuse(diagnostics, 0, problem)
            }
        }
    }
}

#[async_trait]
impl Function for HeartbeatAgeHours {
    type Input<'a> = (String, String);
    type Output<'a> = f64;

    fn schema(&self, _diagnostics: &mut Diagnostics) -> Option<FunctionSchema> {
        let heartbeat = "The `last_heartbeat_date_time` of a partner. For a partner that never \
                         sent one, the age is about two thousand years.";
        let now = "The time to compare it with, such as `plantimestamp()`.";
        Some(schema(
            "The hours from a partner's last heartbeat to a given time",
            vec![text("heartbeat", heartbeat), text("now", now)],
            Type::Number,
        ))
    }

    async fn call<'a>(
        &self,
        diagnostics: &mut Diagnostics,
        (heartbeat, now): (String, String),
    ) -> Option<f64> {
        let mut parse = |index, text: &str| {
            if let Ok(instant) = date_time::parse(text) {
                return Some(instant);
            }
            let problem = format!(
                "{text:?} is not an RFC 3339 date and time with up to 7 fractional digits of a \
                 second, such as \"2026-01-31T08:30:00Z\""
            );
            refuse(diagnostics, index, problem)
        };
        let (heartbeat, now) = (parse(0, &heartbeat)?, parse(1, &now)?);
        Some((now - heartbeat).as_seconds_f64() / 3600.0)
    }
}

fn schema(summary: &str, parameters: Vec<Parameter>, return_type: Type) -> FunctionSchema {
    FunctionSchema {
        parameters,
        return_type,
        summary: format!("{summary}."),
        description: Description::markdown(format!("{summary}.")),
        ..FunctionSchema::default()
    }
}

fn text(name: &str, description: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        param_type: Type::String,
        description: Description::markdown(description),
        ..Parameter::default()
    }
}

/// Adds an error at an argument. Terraform adds the period.
fn refuse<T>(diagnostics: &mut Diagnostics, index: i64, problem: String) -> Option<T> {
    diagnostics.add_error(Diagnostic {
        summary: problem.into(),
        detail: "".into(),
        attribute: AttributePath::function_argument(index),
    });
    None
}
