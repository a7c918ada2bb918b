//! Reads the attributes of a partner from the JSON of a plan: the values, which of them are not known yet, and which
//! are secrets. `plan` calls it.
//!
//! A plan's JSON marks unknown values beside the values, in a tree of the same shape. The two are combined into what
//! Terraform would send the provider, so that the provider's own types can read it. Secrets are left out: a secret name
//! or id becomes a number that is the same wherever the value occurs, so that changes to it can still be judged.

use std::collections::{BTreeMap, BTreeSet};

use rmpv::Value as Wire;
use serde::Serialize;
use serde_json::Value as Json;

use crate::compliance_partner::state::{Attributes, Platform, Target, TargetType};

/// The attributes that are not judged if they are secrets: their value is a word or a date, and a finding would reveal
/// it.
pub const NOT_JUDGED: [&str; 2] = ["partner_state", "last_heartbeat_date_time"];

/// The values do not fit the schema. It does not say which value, because that could be a secret.
#[derive(Debug)]
pub struct NoFit;

/// The secrets of a plan, and the numbers that replace them.
#[derive(Default)]
pub struct Secrets(BTreeMap<String, usize>);

/// Reads the partners of one change.
pub struct Reader<'a> {
    /// The attributes that are secrets before or after.
    pub sensitive: BTreeSet<String>,
    secrets: &'a mut Secrets,
}

impl<'a> Reader<'a> {
    /// A reader that respects these marks of what is sensitive.
    pub fn new(secrets: &'a mut Secrets, marks: [&Json; 2]) -> Self {
        let is_marked = |name: &str| {
            let marked = |marks: &&Json| is_true(marks) || has_true(&marks[name]);
            marks.iter().any(marked)
        };
        let names = names(&Attributes::with_id(String::new()));
        Self {
            sensitive: names.into_iter().filter(|it| is_marked(it)).collect(),
            secrets,
        }
    }

    /// The partner with these values; `None` if there is no partner.
    pub fn read(&mut self, values: &Json, unknown: &Json) -> Result<Option<Attributes>, NoFit> {
        if values.is_null() && !is_true(unknown) {
            return Ok(None);
        }
        if !values.is_object() {
            return Err(NoFit);
        }
        let lists = Platform::ALL.map(Platform::assignments_attribute);
        let names = names(&Attributes::with_id(String::new()));
        let members = names.into_iter().map(|name| {
            let (mut value, mut unknown) = (values[&name].clone(), unknown[&name].clone());
            if self.sensitive.contains(&name) {
                if NOT_JUDGED.contains(&name.as_str()) {
                    unknown = Json::Bool(true);
                }
                self.secrets.hide(&mut value, &name);
            }
            let wire = if lists.contains(&name.as_str()) {
                targets(&value, &unknown)
            } else {
                plain(&value, &unknown)
            };
            (Wire::from(name), wire)
        });
        let wire = Wire::Map(members.collect());
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, &wire).map_err(|_| NoFit)?;
        rmp_serde::from_slice(&bytes).map(Some).map_err(|_| NoFit)
    }
}

impl Secrets {
    /// Replaces texts with numbers. Ids that differ only in letter case get the same number. The types of a target and
    /// of its filter stay: they reveal no more than the finding does.
    fn hide(&mut self, value: &mut Json, name: &str) {
        match value {
            Json::String(text) => {
                let is_word = match name {
                    "type" => TargetType::ALL.iter().any(|it| it.name() == text),
                    "filter_type" => matches!(text.as_str(), "include" | "exclude"),
                    _ => false,
                };
                if !is_word {
                    let next = self.0.len() + 1;
                    let key = match name {
                        "display_name" => text.clone(),
                        _ => text.to_lowercase(),
                    };
                    let number = self.0.entry(key).or_insert(next);
                    *text = format!("(sensitive value {number})");
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.hide(item, name)),
            Json::Object(members) => {
                for (name, value) in members {
                    self.hide(value, name);
                }
            }
            _ => {}
        }
    }
}

fn targets(value: &Json, unknown: &Json) -> Wire {
    let Some(items) = value.as_array().filter(|_| !is_true(unknown)) else {
        return plain(value, unknown);
    };
    let marks = |index: usize| unknown.get(index).unwrap_or(&Json::Null);
    let items = items.iter().enumerate();
    let items = items.map(|(index, item)| target(item, marks(index)));
    Wire::Array(items.collect())
}

/// An element of a set of assignments. What the provider version of the plan did not have is null.
fn target(value: &Json, unknown: &Json) -> Wire {
    if !value.is_object() || is_true(unknown) {
        return plain(value, unknown);
    }
    let names = names(&Target::default());
    let members = names.into_iter().map(|name| {
        let wire = plain(&value[&name], &unknown[&name]);
        (Wire::from(name), wire)
    });
    Wire::Map(members.collect())
}

fn plain(value: &Json, unknown: &Json) -> Wire {
    match value {
        _ if is_true(unknown) => Wire::Ext(0, vec![0]),
        Json::Null => Wire::Nil,
        Json::Bool(flag) => Wire::Boolean(*flag),
        Json::String(text) => Wire::from(text.as_str()),
        // The schema has no other types. An empty object fits none of them, so it is refused.
        _ => Wire::Map(Vec::new()),
    }
}

fn is_true(mark: &Json) -> bool {
    *mark == Json::Bool(true)
}

fn has_true(mark: &Json) -> bool {
    match mark {
        Json::Bool(is_marked) => *is_marked,
        Json::Array(items) => items.iter().any(has_true),
        Json::Object(members) => members.values().any(has_true),
        _ => false,
    }
}

/// The known part of a value as JSON, and whether some of it is unknown, which is null in the JSON.
pub fn json(wire: &Wire) -> (Json, bool) {
    match wire {
        Wire::Boolean(flag) => (Json::Bool(*flag), false),
        Wire::String(text) => (Json::from(text.as_str().unwrap_or_default()), false),
        Wire::Array(items) => {
            let (items, unknown): (Vec<_>, Vec<_>) = items.iter().map(json).unzip();
            (Json::Array(items), unknown.contains(&true))
        }
        Wire::Map(members) => {
            let mut is_unknown = false;
            let members = members.iter().map(|(name, value)| {
                let (value, unknown) = json(value);
                is_unknown |= unknown;
                (name.as_str().unwrap_or_default().to_owned(), value)
            });
            (Json::Object(members.collect()), is_unknown)
        }
        other => (Json::Null, other.is_ext()),
    }
}

/// A value as Terraform would send it, with the names of its attributes.
pub fn members(value: &impl Serialize) -> Vec<(String, Wire)> {
    let bytes = rmp_serde::to_vec_named(value).unwrap_or_default();
    match rmpv::decode::read_value(&mut bytes.as_slice()) {
        Ok(Wire::Map(members)) => {
            let name = |name: Wire| name.as_str().unwrap_or_default().to_owned();
            members
                .into_iter()
                .map(|(it, value)| (name(it), value))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The names of an object in Terraform, in the order of its fields.
fn names(value: &impl Serialize) -> Vec<String> {
    members(value).into_iter().map(|(name, _)| name).collect()
}
