//! Completes a value by its schema: core sends objects with every attribute, and a test should only
//! write those that it is about. Used by tests.

use serde_json::{Map, Value, json};

use super::tfplugin6::Schema;
use super::tfplugin6::schema::{Attribute, Block, NestedBlock, nested_block, object};

/// The value with everything that the schema has, at every depth: an attribute that is left out
/// becomes null, a repeatable block that is left out an empty collection. What is no object where
/// one belongs is kept, since core may send null or unknown there, and a test may send nonsense.
///
/// # Panics
/// When the schema is malformed: it has no block, or a type that is not JSON. Core panics too.
#[must_use]
pub fn complete(schema: &Schema, value: Value) -> Value {
    complete_block(schema.block.as_ref(), value)
}

fn complete_block(block: Option<&Block>, value: Value) -> Value {
    let block = block.expect("core panics on a schema without its block");
    with_members(value, |members| {
        complete_attributes(&block.attributes, members);
        for nested in &block.block_types {
            complete_member(members, &nested.type_name, |value| {
                complete_nested_block(nested, value)
            });
        }
    })
}

fn complete_nested_block(nested: &NestedBlock, value: Value) -> Value {
    use nested_block::NestingMode::{Group, Invalid, List, Map, Set, Single};
    let complete = |value| complete_block(nested.block.as_ref(), value);
    match (nested.nesting(), value) {
        (List | Set, Value::Null) => json!([]),
        (Map, Value::Null) => json!({}),
        (Group, Value::Null) => complete(json!({})),
        (List | Set | Map, value) => each(value, complete),
        (Single | Group | Invalid, value) => complete(value),
    }
}

fn complete_attributes(attributes: &[Attribute], members: &mut Map<String, Value>) {
    for attribute in attributes {
        complete_member(members, &attribute.name, |value| {
            complete_attribute(attribute, value)
        });
    }
}

fn complete_attribute(attribute: &Attribute, value: Value) -> Value {
    use object::NestingMode::{Invalid, List, Map, Set, Single};
    let Some(nested) = &attribute.nested_type else {
        let r#type = serde_json::from_slice(&attribute.r#type)
            .expect("core panics on a type that is not JSON");
        return complete_type(&r#type, value);
    };
    let complete = |value| {
        with_members(value, |members| {
            complete_attributes(&nested.attributes, members);
        })
    };
    match nested.nesting() {
        List | Set | Map => each(value, complete),
        Single | Invalid => complete(value),
    }
}

/// A type is a name, or an array of its kind and what it is made of: `["set", ["object", {"name":
/// "string"}]]`.
fn complete_type(r#type: &Value, value: Value) -> Value {
    match (r#type[0].as_str(), &r#type[1]) {
        (Some("list" | "set" | "map"), element) => {
            each(value, |value| complete_type(element, value))
        }
        (Some("object"), Value::Object(attributes)) => with_members(value, |members| {
            for (name, r#type) in attributes {
                complete_member(members, name, |value| complete_type(r#type, value));
            }
        }),
        _ => value,
    }
}

fn complete_member(
    members: &mut Map<String, Value>,
    name: &str,
    complete: impl FnOnce(Value) -> Value,
) {
    let member = members.entry(name).or_insert(Value::Null);
    *member = complete(member.take());
}

fn with_members(mut value: Value, complete: impl FnOnce(&mut Map<String, Value>)) -> Value {
    if let Value::Object(members) = &mut value {
        complete(members);
    }
    value
}

/// Completes each element of a list, a set or a map.
fn each(value: Value, complete: impl Fn(Value) -> Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(complete).collect(),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(key, value)| (key, complete(value)))
                .collect(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tfplugin6::schema::Object;
    use super::super::value::UNKNOWN;
    use super::*;

    fn attribute(name: &str, r#type: &Value) -> Attribute {
        Attribute {
            name: name.into(),
            r#type: r#type.to_string().into(),
            ..Attribute::default()
        }
    }

    fn schema() -> Schema {
        let target = Object {
            attributes: vec![
                attribute("type", &json!("string")),
                attribute("group", &json!("string")),
            ],
            nesting: object::NestingMode::Set.into(),
            ..Object::default()
        };
        let timeouts = json!(["object", { "create": "string", "read": "string" }]);
        let block = Block {
            attributes: vec![
                attribute("name", &json!("string")),
                attribute("timeouts", &timeouts),
                Attribute {
                    name: "targets".into(),
                    nested_type: Some(target),
                    ..Attribute::default()
                },
            ],
            block_types: vec![NestedBlock {
                type_name: "rule".into(),
                block: Some(Block {
                    attributes: vec![attribute("key", &json!("string"))],
                    ..Block::default()
                }),
                nesting: nested_block::NestingMode::List.into(),
                ..NestedBlock::default()
            }],
            ..Block::default()
        };
        Schema {
            version: 0,
            block: Some(block),
        }
    }

    #[test]
    fn what_is_left_out_is_null_or_empty() {
        assert_eq!(
            complete(&schema(), json!({ "name": "a" })),
            json!({ "name": "a", "timeouts": null, "targets": null, "rule": [] })
        );
    }

    #[test]
    fn at_every_depth() {
        let value = json!({
            "timeouts": { "read": "5m" },
            "targets": [{ "type": "group" }, UNKNOWN],
            "rule": [{}],
        });
        assert_eq!(
            complete(&schema(), value),
            json!({
                "name": null,
                "timeouts": { "create": null, "read": "5m" },
                "targets": [{ "type": "group", "group": null }, UNKNOWN],
                "rule": [{ "key": null }],
            })
        );
    }

    #[test]
    fn what_is_no_object_is_kept() {
        assert_eq!(complete(&schema(), Value::Null), Value::Null);
        assert_eq!(complete(&schema(), json!({ "targets": 7 }))["targets"], 7);
    }
}
