//! What the service accepts as a compliance management partner, and the form in which it keeps it. Pure. Stricter than a
//! client would like: whatever the documentation does not allow is refused, so that a test fails where a tenant might.
//! Called by `graph` for every body, and by `store` for what a new partner is born with.

use serde_json::{Map, Value, json};

use super::date_time;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// The collections whose order means nothing.
pub(super) const ASSIGNMENTS: [&str; 3] = [
    "androidEnrollmentAssignments",
    "iosEnrollmentAssignments",
    "macOsEnrollmentAssignments",
];

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

/// What a partner is created with where the request says nothing.
pub(super) fn defaults() -> Object {
    let mut object = Object::from_iter([
        ("displayName".to_owned(), Value::Null),
        ("partnerState".to_owned(), json!("unknown")),
        (HEARTBEAT.to_owned(), json!("0001-01-01T00:00:00Z")),
    ]);
    for name in ["androidOnboarded", "iosOnboarded", "macOsOnboarded"] {
        object.insert(name.to_owned(), json!(false));
    }
    for name in ASSIGNMENTS {
        object.insert(name.to_owned(), json!([]));
    }
    object
}

/// The properties that the body of a create sets. The service gives the id, and a person needs a name to find the partner by.
pub(super) fn create(body: &Value) -> Result<Object, String> {
    let object = properties(body)?;
    if object.contains_key("id") {
        return Err("The property 'id' cannot be set on create.".to_owned());
    }
    if !object.contains_key("displayName") {
        return Err("The property 'displayName' is required.".to_owned());
    }
    Ok(object)
}

/// The properties that the body of an update of the partner `id` sets.
pub(super) fn update(id: &str, body: &Value) -> Result<Object, String> {
    let mut object = properties(body)?;
    match object.remove("id") {
        Some(other) if other != id => {
            Err("The 'id' in the body is not the one in the URL.".to_owned())
        }
        _ => Ok(object),
    }
}

fn properties(body: &Value) -> Result<Object, String> {
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
            "id" | "displayName" => text(name, value)?,
            "androidOnboarded" | "iosOnboarded" | "macOsOnboarded" => boolean(name, value)?,
            "partnerState" => state(value)?,
            HEARTBEAT => date_time(name, value)?,
            _ if ASSIGNMENTS.contains(&name.as_str()) => assignments(name, value)?,
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

fn assignments(name: &str, value: &Value) -> Result<Value, String> {
    let items = value
        .as_array()
        .ok_or_else(|| wrong_type(name, "Collection"))?;
    items.iter().map(|item| assignment(name, item)).collect()
}

fn assignment(collection: &str, value: &Value) -> Result<Value, String> {
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
    Ok(json!({"target": target(given)?}))
}

/// Keeps a target with the `#` that Graph answers with, whether or not it was sent.
fn target(given: &Object) -> Result<Object, String> {
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
        if required == Some(name.as_str()) {
            target.insert(name.clone(), text(name, value)?);
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
mod tests {
    use serde_json::{Value, json};

    use super::{create, update};

    fn with_target(target: &Value) -> Value {
        let mut body = json!({"displayName": "Jamf"});
        body["iosEnrollmentAssignments"] = json!([{"target": target}]);
        body
    }

    #[test]
    fn keeps_what_the_documentation_allows() {
        let object = create(&json!({
            "@odata.type": "#microsoft.graph.complianceManagementPartner",
            "displayName": "Jamf",
            "macOsOnboarded": true,
            "partnerState": "enabled",
            "lastHeartbeatDateTime": "2026-05-04T10:15:30.5000000+02:00",
            "macOsEnrollmentAssignments": [],
        }));
        let expected = json!({
            "displayName": "Jamf",
            "macOsOnboarded": true,
            "partnerState": "enabled",
            "lastHeartbeatDateTime": "2026-05-04T08:15:30.5Z",
            "macOsEnrollmentAssignments": [],
        });
        assert_eq!(object.map(Value::Object), Ok(expected));
    }

    #[test]
    fn keeps_every_target_with_a_hash() {
        for target in [
            json!({"@odata.type": "microsoft.graph.groupAssignmentTarget", "groupId": "g"}),
            json!({"@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": "g"}),
            json!({"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}),
            json!({"@odata.type": "microsoft.graph.allDevicesAssignmentTarget"}),
            json!({
                "@odata.type": "#microsoft.graph.configurationManagerCollectionAssignmentTarget",
                "collectionId": "c",
            }),
        ] {
            let object = create(&with_target(&target)).expect("a documented target");
            let kept = &object["iosEnrollmentAssignments"][0]["target"];
            let name = target["@odata.type"].as_str().expect("a type");
            let expected = format!("#{}", name.trim_start_matches('#'));
            assert_eq!(kept["@odata.type"], json!(expected));
            assert_eq!(kept["groupId"], target["groupId"]);
            assert_eq!(kept["collectionId"], target["collectionId"]);
        }
    }

    #[test]
    fn refuses_what_the_documentation_does_not_allow() {
        for body in [
            json!([]),
            json!({}),
            json!({"displayName": ""}),
            json!({"displayName": null}),
            json!({"displayName": 1}),
            json!({"displayName": "Jamf", "id": "mine"}),
            json!({"displayName": "Jamf", "linuxOnboarded": true}),
            json!({"displayName": "Jamf", "@odata.context": "x"}),
            json!({"displayName": "Jamf", "@odata.type": "microsoft.graph.deviceManagementPartner"}),
            json!({"displayName": "Jamf", "macOsOnboarded": "true"}),
            json!({"displayName": "Jamf", "macOsOnboarded": null}),
            json!({"displayName": "Jamf", "partnerState": "notSetUp"}),
            json!({"displayName": "Jamf", "partnerState": "Enabled"}),
            json!({"displayName": "Jamf", "lastHeartbeatDateTime": "yesterday"}),
            json!({"displayName": "Jamf", "iosEnrollmentAssignments": null}),
            json!({"displayName": "Jamf", "iosEnrollmentAssignments": [{}]}),
            json!({"displayName": "Jamf", "iosEnrollmentAssignments": ["group"]}),
            json!({"displayName": "Jamf", "iosEnrollmentAssignments": [{"target": null}]}),
            with_target(&json!({})),
            with_target(&json!({"groupId": "g"})),
            with_target(&json!({"@odata.type": "groupAssignmentTarget", "groupId": "g"})),
            with_target(&json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget"})),
            with_target(
                &json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": ""}),
            ),
            with_target(
                &json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "collectionId": "c"}),
            ),
            with_target(
                &json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget", "groupId": "g"}),
            ),
            with_target(
                &json!({"@odata.type": "#microsoft.graph.scopeTagGroupAssignmentTarget", "groupId": "g"}),
            ),
        ] {
            assert!(create(&body).is_err(), "{body}");
        }
    }

    #[test]
    fn an_update_may_repeat_the_id_but_not_change_it() {
        let unchanged = update("mine", &json!({"id": "mine", "iosOnboarded": true}));
        let expected = json!({"iosOnboarded": true});
        assert_eq!(unchanged.map(Value::Object), Ok(expected));
        assert!(update("mine", &json!({"id": "other"})).is_err());
        assert!(update("mine", &json!({"displayName": null})).is_err());
    }
}
