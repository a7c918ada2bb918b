//! Converts stored state of any age to the current schema. `host` calls it for each stored resource.
//!
//! Core always passes on the JSON that it found in state, even if the schema version is the current one. Another
//! release of this provider may have written it, with more or fewer attributes.

use std::collections::HashMap;

use serde_json::{Map, Value};
use tf_provider::{
    AttributePath, Diagnostic, Diagnostics,
    schema::{Attribute, AttributeType, Schema},
};

/// Converts JSON that was stored with schema version `version` to JSON that has exactly the attributes of `schema`.
pub fn to_current(
    schema: &Schema,
    version: i64,
    json: &[u8],
    diagnostics: &mut Diagnostics,
) -> Option<Vec<u8>> {
    let mut refuse = |detail: String| {
        diagnostics.add_error(Diagnostic {
            summary: "The stored state cannot be read".into(),
            detail: detail.into(),
            attribute: AttributePath::root(),
        });
        None
    };
    if version != schema.version {
        return refuse(format!(
            "It was written with schema version {version}, but this release of the provider \
             supports only version {}. Use the release that wrote it, or a later one.",
            schema.version
        ));
    }
    let stored = match serde_json::from_slice(json) {
        Ok(Value::Object(stored)) => stored,
        Ok(_) => return refuse("It is not a JSON object. Restore the state from a backup.".into()),
        Err(error) => {
            return refuse(format!(
                "It is not JSON: {error}. Restore the state from a backup, or remove the \
                 resource from state and import it again."
            ));
        }
    };
    match fit(stored, &schema.block.attributes) {
        Ok(current) => Some(Value::Object(current).to_string().into_bytes()),
        Err(attribute) => refuse(format!(
            "Its attribute {attribute} does not have the type that the schema requires. Restore the state from a backup, or \
             remove the resource from state and import it again."
        )),
    }
}

/// Keeps every attribute of the schema and no other; what was not stored is null. The error is the name of an attribute
/// whose value has another type.
fn fit(
    mut stored: Map<String, Value>,
    attributes: &HashMap<String, Attribute>,
) -> Result<Map<String, Value>, String> {
    attributes
        .iter()
        .map(|(name, attribute)| {
            let value = stored.remove(name).unwrap_or_default();
            let value = fit_value(value, &attribute.attr_type).ok_or_else(|| name.clone())?;
            Ok((name.clone(), value))
        })
        .collect()
}

/// None if the value has another type.
fn fit_value(value: Value, kind: &AttributeType) -> Option<Value> {
    match (value, kind) {
        (Value::Object(object), AttributeType::AttributeSingle(attributes)) => {
            fit(object, attributes).ok().map(Value::Object)
        }
        (
            Value::Array(items),
            AttributeType::AttributeList(attributes) | AttributeType::AttributeSet(attributes),
        ) => items
            .into_iter()
            .map(|item| fit_value(item, &AttributeType::AttributeSingle(attributes.clone())))
            .collect(),
        (Value::Object(entries), AttributeType::AttributeMap(attributes)) => entries
            .into_iter()
            .map(|(key, item)| {
                let kind = AttributeType::AttributeSingle(attributes.clone());
                Some((key, fit_value(item, &kind)?))
            })
            .collect::<Option<Map<_, _>>>()
            .map(Value::Object),
        (Value::Null, _) => Some(Value::Null),
        (
            _,
            AttributeType::AttributeSingle(_)
            | AttributeType::AttributeList(_)
            | AttributeType::AttributeSet(_)
            | AttributeType::AttributeMap(_),
        ) => None,
        (value, AttributeType::String) => value.is_string().then_some(value),
        (value, AttributeType::Bool) => value.is_boolean().then_some(value),
        (value, AttributeType::Number) => value.is_number().then_some(value),
        (value, _) => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tf_provider::{
        Diagnostics, map,
        schema::{Attribute, AttributeType, Block, Schema},
    };

    use super::to_current;

    fn schema() -> Schema {
        let text = || Attribute {
            attr_type: AttributeType::String,
            ..Attribute::default()
        };
        let object = AttributeType::AttributeSet(map! { "kind" => text(), "id" => text() });
        Schema {
            version: 2,
            block: Block {
                attributes: map! {
                    "name" => text(),
                    "targets" => Attribute { attr_type: object, ..Attribute::default() },
                },
                ..Block::default()
            },
        }
    }

    fn upgraded(version: i64, json: &[u8]) -> Result<Value, String> {
        let mut diagnostics = Diagnostics::default();
        match to_current(&schema(), version, json, &mut diagnostics) {
            Some(json) => Ok(serde_json::from_slice(&json).expect("JSON")),
            None => Err(diagnostics.errors.remove(0).detail.into_owned()),
        }
    }

    #[test]
    fn attributes_that_came_later_are_null_and_those_that_went_are_dropped() {
        let stored = json!({"name": "a", "gone": 1, "targets": [{"kind": "group", "old": true}]});
        assert_eq!(
            upgraded(2, stored.to_string().as_bytes()),
            Ok(json!({"name": "a", "targets": [{"kind": "group", "id": null}]}))
        );
        assert_eq!(
            upgraded(2, b"{}"),
            Ok(json!({"name": null, "targets": null}))
        );
    }

    #[test]
    fn an_attribute_of_another_type_is_named() {
        for (attribute, stored) in [
            ("name", json!({"name": true})),
            ("targets", json!({"targets": "a"})),
            ("targets", json!({"targets": [{"kind": 1}]})),
        ] {
            let error = upgraded(2, stored.to_string().as_bytes()).expect_err(attribute);
            let words = format!("Its attribute {attribute} does not have the type");
            assert!(error.starts_with(&words), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_words() {
        for (version, json) in [(3, "{}"), (1, "{}"), (2, "[]"), (2, "{"), (2, "")] {
            let error = upgraded(version, json.as_bytes()).expect_err(json);
            assert!(error.starts_with("It "), "{error}");
        }
    }
}
