//! What the service accepts as a compliance management partner, and the form in which it keeps it. Pure. Stricter than a
//! client would like: whatever the documentation does not allow is refused, so that a test fails where a tenant might.
//! Called by `graph` for every body, and by `store` for what a new partner is born with.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::date_time;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// The collections whose order means nothing.
pub(super) const ASSIGNMENTS: [&str; 4] = [
    "androidEnrollmentAssignments",
    "iosEnrollmentAssignments",
    "macOsEnrollmentAssignments",
    "linuxEnrollmentAssignments",
];
const ONBOARDED: [&str; 4] = [
    "androidOnboarded",
    "iosOnboarded",
    "macOsOnboarded",
    "linuxOnboarded",
];

/// The properties that v1.0 does not know.
const OF_BETA: [&str; 2] = ["linuxOnboarded", "linuxEnrollmentAssignments"];

/// A target's filter, which v1.0 does not know either.
const FILTER_ID: &str = "deviceAndAppManagementAssignmentFilterId";
const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";
const FILTER_TYPES: [&str; 3] = ["none", "include", "exclude"];

/// A version of the API.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Version {
    V1,
    Beta,
}

impl Version {
    /// The version of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::V1, Self::Beta]
            .into_iter()
            .find(|version| version.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }

    /// A stored partner as this version shows it. What was put there behind the API's back is shown, unless only the
    /// other version has it.
    pub(super) fn show(self, mut partner: Value) -> Value {
        if let Value::Object(partner) = &mut partner {
            match self {
                Self::V1 => partner.retain(|name, _| !OF_BETA.contains(&name.as_str())),
                Self::Beta => {
                    partner.entry(OF_BETA[0]).or_insert(json!(false));
                    partner.entry(OF_BETA[1]).or_insert(json!([]));
                }
            }
            for name in ASSIGNMENTS {
                let items = partner.get_mut(name).and_then(Value::as_array_mut);
                let targets = items.into_iter().flatten();
                for target in targets.filter_map(|item| item["target"].as_object_mut()) {
                    match self {
                        Self::V1 => {
                            target.retain(|name, _| name != FILTER_ID && name != FILTER_TYPE);
                        }
                        Self::Beta => {
                            target.entry(FILTER_ID).or_insert(Value::Null);
                            target.entry(FILTER_TYPE).or_insert(json!("none"));
                        }
                    }
                }
            }
        }
        partner
    }
}

/// The property that moves by itself.
pub(super) const HEARTBEAT: &str = "lastHeartbeatDateTime";

const ENTITY: &str = "complianceManagementPartner";
const ASSIGNMENT: &str = "complianceManagementPartnerAssignment";

/// The documented values of `deviceManagementPartnerTenantState`.
pub(crate) const STATES: [&str; 6] = [
    "unknown",
    "unavailable",
    "enabled",
    "terminated",
    "rejected",
    "unresponsive",
];

/// Each concrete target type, and the property it cannot be without.
const TARGETS: [(&str, Option<&str>); 5] = [
    ("groupAssignmentTarget", Some("groupId")),
    ("exclusionGroupAssignmentTarget", Some("groupId")),
    ("allLicensedUsersAssignmentTarget", None),
    ("allDevicesAssignmentTarget", None),
    (
        "configurationManagerCollectionAssignmentTarget",
        Some("collectionId"),
    ),
];

/// What a partner is created with where the request says nothing; beta shows more.
pub(super) fn defaults() -> Object {
    let mut object = Object::from_iter([
        ("displayName".to_owned(), Value::Null),
        ("partnerState".to_owned(), json!("unknown")),
        (HEARTBEAT.to_owned(), json!("0001-01-01T00:00:00Z")),
    ]);
    let of_v1 = |name: &&str| !OF_BETA.contains(name);
    for name in ONBOARDED.into_iter().filter(of_v1) {
        object.insert(name.to_owned(), json!(false));
    }
    for name in ASSIGNMENTS.into_iter().filter(of_v1) {
        object.insert(name.to_owned(), json!([]));
    }
    object
}

/// The properties that the body of a create sets. The service gives the id, and a person needs a name to find the partner by.
pub(super) fn create(version: Version, body: &Value) -> Result<Object, String> {
    let object = properties(version, body)?;
    if object.contains_key("id") {
        return Err("The property 'id' cannot be set on create.".to_owned());
    }
    if !object.contains_key("displayName") {
        return Err("The property 'displayName' is required.".to_owned());
    }
    Ok(object)
}

/// The properties that the body of an update of the partner `id` sets.
pub(super) fn update(version: Version, id: &str, body: &Value) -> Result<Object, String> {
    let mut object = properties(version, body)?;
    match object.remove("id") {
        Some(other) if other != id => {
            Err("The 'id' in the body is not the one in the URL.".to_owned())
        }
        _ => Ok(object),
    }
}

fn properties(version: Version, body: &Value) -> Result<Object, String> {
    let body = body
        .as_object()
        .ok_or("The request body must be a JSON object.")?;
    let mut object = Object::new();
    for (name, value) in body {
        let value = match name.as_str() {
            "@odata.type" => {
                expect_type(value, ENTITY)?;
                continue;
            }
            _ if version == Version::V1 && OF_BETA.contains(&name.as_str()) => {
                return Err(unknown_property(name, ENTITY));
            }
            "id" | "displayName" => text(name, value)?,
            "partnerState" => state(value)?,
            HEARTBEAT => date_time(name, value)?,
            _ if ONBOARDED.contains(&name.as_str()) => boolean(name, value)?,
            _ if ASSIGNMENTS.contains(&name.as_str()) => assignments(version, name, value)?,
            _ => return Err(unknown_property(name, ENTITY)),
        };
        object.insert(name.clone(), value);
    }
    Ok(object)
}

fn text(name: &str, value: &Value) -> Result<Value, String> {
    match value.as_str() {
        Some("") => Err(format!("The property '{name}' must not be empty.")),
        Some(_) => Ok(value.clone()),
        None => Err(wrong_type(name, "Edm.String")),
    }
}

/// The id of something in Entra ID or Intune, with hyphens and in letters of any size.
fn guid(name: &str, value: &Value) -> Result<Value, String> {
    let text = text(name, value)?;
    let given = text.as_str().unwrap_or_default();
    let is_guid = given.len() == 36 && Uuid::try_parse(given).is_ok();
    is_guid
        .then(|| text.clone())
        .ok_or_else(|| wrong_type(name, "Edm.Guid"))
}

fn boolean(name: &str, value: &Value) -> Result<Value, String> {
    let boolean = value.is_boolean().then(|| value.clone());
    boolean.ok_or_else(|| wrong_type(name, "Edm.Boolean"))
}

fn date_time(name: &str, value: &Value) -> Result<Value, String> {
    let instant = value.as_str().and_then(date_time::parse);
    let instant = instant.ok_or_else(|| wrong_type(name, "Edm.DateTimeOffset"))?;
    Ok(json!(date_time::format(instant)))
}

fn state(value: &Value) -> Result<Value, String> {
    let known = value.as_str().is_some_and(|state| STATES.contains(&state));
    known.then(|| value.clone()).ok_or_else(|| {
        format!(
            "Requested value {value} was not found in 'microsoft.graph.deviceManagementPartnerTenantState'."
        )
    })
}

fn assignments(version: Version, name: &str, value: &Value) -> Result<Value, String> {
    let items = value
        .as_array()
        .ok_or_else(|| wrong_type(name, "Collection"))?;
    items
        .iter()
        .map(|item| assignment(version, name, item))
        .collect()
}

fn assignment(version: Version, collection: &str, value: &Value) -> Result<Value, String> {
    let assignment = value
        .as_object()
        .ok_or_else(|| wrong_type(collection, ASSIGNMENT))?;
    for (name, value) in assignment {
        match name.as_str() {
            "@odata.type" => expect_type(value, ASSIGNMENT)?,
            "target" => {}
            _ => return Err(unknown_property(name, ASSIGNMENT)),
        }
    }
    let given = assignment.get("target").and_then(Value::as_object);
    let given = given.ok_or_else(|| format!("An assignment in '{collection}' has no target."))?;
    Ok(json!({"target": target(version, given)?}))
}

/// Keeps a target with the `#` that Graph answers with, whether or not it was sent.
fn target(version: Version, given: &Object) -> Result<Object, String> {
    let type_name = given.get("@odata.type").and_then(type_name);
    let (type_name, required) = TARGETS
        .into_iter()
        .find(|(known, _)| type_name == Some(*known))
        .ok_or("A target's @odata.type is missing, or names no type that a target can have.")?;
    let mut target = Object::from_iter([(
        "@odata.type".to_owned(),
        json!(format!("#microsoft.graph.{type_name}")),
    )]);
    for (name, value) in given {
        let is_filter = version == Version::Beta && name == FILTER_ID;
        if is_filter || required == Some(name.as_str()) {
            // A collection of Configuration Manager has an id of another form.
            let id = if name == "collectionId" { text } else { guid };
            target.insert(name.clone(), id(name, value)?);
        } else if version == Version::Beta && name == FILTER_TYPE {
            let known = value.as_str().is_some_and(|it| FILTER_TYPES.contains(&it));
            if !known {
                return Err(wrong_type(
                    name,
                    "deviceAndAppManagementAssignmentFilterType",
                ));
            }
            target.insert(name.clone(), value.clone());
        } else if name != "@odata.type" {
            return Err(unknown_property(name, type_name));
        }
    }
    match required {
        Some(name) if !target.contains_key(name) => {
            Err(format!("A target of type '{type_name}' needs '{name}'."))
        }
        _ => Ok(target),
    }
}

/// The name in an `@odata.type`, which the documentation writes with `#` here and without it there.
fn type_name(value: &Value) -> Option<&str> {
    let name = value.as_str()?;
    name.strip_prefix('#')
        .unwrap_or(name)
        .strip_prefix("microsoft.graph.")
}

fn expect_type(value: &Value, expected: &str) -> Result<(), String> {
    if type_name(value) == Some(expected) {
        return Ok(());
    }
    Err(format!(
        "The type {value} is not 'microsoft.graph.{expected}'."
    ))
}

fn unknown_property(name: &str, type_name: &str) -> String {
    format!(
        "The property '{name}' does not exist on type 'microsoft.graph.{type_name}'. \
         Make sure to only use property names that are defined by the type."
    )
}

fn wrong_type(name: &str, expected: &str) -> String {
    format!("Cannot convert the value of the property '{name}' to the expected type '{expected}'.")
}

#[cfg(test)]
mod tests;
