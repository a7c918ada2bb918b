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

/// An import id from a display name: `import_id`.
#[derive(Debug)]
pub struct ImportId;

/// What an import id says: `parse_import_id`.
#[derive(Debug)]
pub struct ParseImportId;

/// How old a heartbeat is: `heartbeat_age_hours`.
#[derive(Debug)]
pub struct HeartbeatAgeHours;

/// One of both is null.
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
            "The import id of the partner with a display name",
            vec![text(
                "display_name",
                "The name, as the admin center shows it.",
            )],
            Type::String,
        ))
    }

    async fn call<'a>(&self, diagnostics: &mut Diagnostics, (name,): (String,)) -> Option<String> {
        if name.trim().is_empty() {
            let problem = format!("{name:?} is blank. Give the name that the admin center shows");
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
            "What an import id names, as an object: the `id` or the `display_name`; the other one is null",
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
                    "{id:?} is not an import id. Give the id of a partner, or {NAME_PREFIX}NAME"
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
        let heartbeat = "The `last_heartbeat_date_time` of a partner. A partner that never sent \
                         one is some two thousand years old.";
        let now = "The time to compare with, such as `plantimestamp()`.";
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
                "{text:?} is not an RFC 3339 date-time with up to 7 digits of a second, like \
                 \"2026-01-31T08:30:00Z\""
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

/// An error at an argument. Terraform ends the sentence.
fn refuse<T>(diagnostics: &mut Diagnostics, index: i64, problem: String) -> Option<T> {
    diagnostics.add_error(Diagnostic {
        summary: problem.into(),
        detail: "".into(),
        attribute: AttributePath::function_argument(index),
    });
    None
}
