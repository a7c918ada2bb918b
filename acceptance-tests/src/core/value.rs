//! Values as core writes them on the wire: cty's MessagePack. Tests write and compare them as JSON
//! literals, with [`UNKNOWN`] for what JSON cannot say. Used by [`super::Provider`], and by tests
//! that call the rpcs themselves.

use serde_json::{Map, Number, Value};

use super::tfplugin6::DynamicValue;
use super::{Error, Result};

/// Stands in a JSON value for a value that is not known yet, in the words of Terraform's plans.
pub const UNKNOWN: &str = "(known after apply)";

/// cty's extension types: a plain unknown value, and one of which something is known.
const UNKNOWN_TYPE: i8 = 0;
const REFINED_UNKNOWN_TYPE: i8 = 12;

/// A value in MessagePack, as core sends it.
#[must_use]
pub fn encode(value: &Value) -> DynamicValue {
    DynamicValue {
        msgpack: to_msgpack(value),
        json: Vec::new(),
    }
}

/// A value from a provider; an absent or empty one is null.
///
/// # Errors
/// When it is not a value, or more than one.
pub fn decode(value: Option<DynamicValue>) -> Result<Value> {
    match value {
        Some(DynamicValue { msgpack, .. }) if !msgpack.is_empty() => from_msgpack(&msgpack),
        Some(DynamicValue { json, .. }) if !json.is_empty() => Ok(serde_json::from_slice(&json)?),
        _ => Ok(Value::Null),
    }
}

/// The MessagePack of a value.
///
/// # Panics
/// Never: writing to memory does not fail.
#[must_use]
pub fn to_msgpack(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &from_json(value)).expect("memory takes every byte");
    bytes
}

/// The value of some MessagePack.
///
/// # Errors
/// When it is malformed, has bytes left over, or holds what cty does not know.
pub fn from_msgpack(bytes: &[u8]) -> Result<Value> {
    let mut rest = bytes;
    let value = rmpv::decode::read_value(&mut rest)?;
    if !rest.is_empty() {
        return Err(format!("{} bytes after the value", rest.len()).into());
    }
    to_json(value)
}

fn from_json(value: &Value) -> rmpv::Value {
    match value {
        Value::Null => rmpv::Value::Nil,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => from_number(number),
        Value::String(text) if text == UNKNOWN => rmpv::Value::Ext(UNKNOWN_TYPE, vec![0]),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => rmpv::Value::Array(items.iter().map(from_json).collect()),
        Value::Object(members) => rmpv::Value::Map(
            members
                .iter()
                .map(|(name, value)| (name.as_str().into(), from_json(value)))
                .collect(),
        ),
    }
}

fn from_number(number: &Number) -> rmpv::Value {
    if let Some(integer) = number.as_i64() {
        integer.into()
    } else if let Some(integer) = number.as_u64() {
        integer.into()
    } else {
        number
            .as_f64()
            .expect("a JSON number that is no integer is a float")
            .into()
    }
}

fn to_json(value: rmpv::Value) -> Result<Value> {
    Ok(match value {
        rmpv::Value::Nil => Value::Null,
        rmpv::Value::Boolean(flag) => flag.into(),
        rmpv::Value::Integer(integer) => match (integer.as_u64(), integer.as_i64()) {
            (Some(integer), _) => integer.into(),
            (None, Some(integer)) => integer.into(),
            (None, None) => return Err("an integer of more than 64 bits".into()),
        },
        rmpv::Value::F32(float) => to_number(float.into())?,
        rmpv::Value::F64(float) => to_number(float)?,
        rmpv::Value::String(text) => text.into_str().ok_or("a string that is not UTF-8")?.into(),
        rmpv::Value::Array(items) => items.into_iter().map(to_json).collect::<Result<_>>()?,
        rmpv::Value::Map(members) => Value::Object(
            members
                .into_iter()
                .map(to_member)
                .collect::<Result<Map<_, _>>>()?,
        ),
        rmpv::Value::Ext(UNKNOWN_TYPE | REFINED_UNKNOWN_TYPE, _) => UNKNOWN.into(),
        other => return Err(format!("cty has no such value: {other}").into()),
    })
}

fn to_number(float: f64) -> Result<Value> {
    Ok(Number::from_f64(float)
        .ok_or("a number that is not finite")?
        .into())
}

fn to_member((name, value): (rmpv::Value, rmpv::Value)) -> Result<(String, Value), Error> {
    let name = name
        .as_str()
        .ok_or("a key that is not a string")?
        .to_owned();
    Ok((name, to_json(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            Just(json!(UNKNOWN)),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            prop::num::f64::NORMAL.prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_back(value in any_value()) {
            prop_assert_eq!(from_msgpack(&to_msgpack(&value)).expect("it was just encoded"), value);
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>) {
            let _ = from_msgpack(&bytes);
        }
    }

    #[test]
    fn the_bytes_that_core_sends() {
        assert_eq!(to_msgpack(&json!(null)), [0xc0]);
        assert_eq!(to_msgpack(&json!(UNKNOWN)), [0xd4, 0x00, 0x00]);
        assert_eq!(to_msgpack(&json!({ "a": 1 })), [0x81, 0xa1, b'a', 0x01]);
    }

    #[test]
    fn a_refined_unknown_is_unknown() -> Result<()> {
        // Ext type 12 around {1: false}: unknown, but not null.
        assert_eq!(from_msgpack(&[0xc7, 0x03, 12, 0x81, 0x01, 0xc2])?, UNKNOWN);
        Ok(())
    }

    #[test]
    fn what_is_no_value() {
        for bytes in [
            &[][..],
            &[0xc0, 0xc0],
            &[0xd4, 0x07, 0x00],
            &[0x81, 0x01, 0x01],
            &[0xc4, 0x00],
        ] {
            assert!(from_msgpack(bytes).is_err(), "{bytes:x?}");
        }
    }

    #[test]
    fn an_absent_value_is_null() -> Result<()> {
        assert_eq!(decode(None)?, Value::Null);
        assert_eq!(decode(Some(DynamicValue::default()))?, Value::Null);
        assert_eq!(
            decode(Some(DynamicValue {
                json: b"[true]".to_vec(),
                ..Default::default()
            }))?,
            json!([true])
        );
        Ok(())
    }
}
