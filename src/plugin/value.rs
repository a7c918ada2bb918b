//! Values on the wire: strict decoding, and encoding as core expects it.
//!
//! Core sends MessagePack, in which an unknown value is an extension of type 0 (or 12, with refinements); state to
//! upgrade comes as JSON. `host` decodes what a call was given and encodes what it returns.

use rmpv::ValueRef;
use serde::{Deserialize, Serialize};

use super::tfplugin6::DynamicValue;
use crate::words::one_line;

const NIL: &[u8] = &[0xc0];

const UNKNOWN_VALUE: &[u8] = &[0xd4, 0x00, 0x00];

/// The extension types that stand for an unknown value: without and with refinements.
const UNKNOWN: [i8; 2] = [0, 12];

/// The longest refinement that core may send, in bytes.
const MAX_REFINEMENT: usize = 1 << 10;

/// How deep a value may nest. A schema nests a few levels, but private state may hold any JSON, of which `serde_json`
/// reads up to 128 levels. rmpv counts each level twice.
const MAX_DEPTH: usize = 2 * (128 + 8);

/// How much of the reason is shown, in characters: it may quote the value.
const MAX_REASON: usize = 500;

/// Why a value on the wire cannot be understood. Each reason is a bug in this provider or in the caller, never a user's
/// mistake: core checks every value against the schema first.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not MessagePack at all.
    #[error("it is not MessagePack: {0}")]
    NotMessagePack(#[from] rmpv::decode::Error),
    /// Well-formed, but followed by more bytes.
    #[error("{0} bytes follow the value")]
    TrailingBytes(usize),
    /// An extension that is not an unknown value.
    #[error("it contains an extension of type {0}, which the protocol does not define")]
    Extension(i8),
    /// A refinement of an unknown value that is longer than the protocol allows.
    #[error("it contains a refinement of {0} bytes, but only {MAX_REFINEMENT} are allowed")]
    Refinement(usize),
    /// Well-formed, but not what the schema says.
    #[error("it does not fit the schema: {}", one_line(&.0.to_string(), MAX_REASON))]
    Shape(#[from] rmp_serde::decode::Error),
    /// JSON that is malformed or not what the schema says.
    #[error("it does not fit the schema: {}", one_line(&.0.to_string(), MAX_REASON))]
    Json(#[from] serde_json::Error),
    /// A value that must be there is null.
    #[error("it is null")]
    Null,
}

/// Whether there is no value: an absent or empty one counts as null.
pub fn is_null(value: Option<&DynamicValue>) -> bool {
    value.is_none_or(
        |value| match (value.msgpack.as_slice(), value.json.as_slice()) {
            ([], []) => true,
            ([], json) => json.trim_ascii() == b"null",
            (msgpack, _) => msgpack == NIL,
        },
    )
}

/// Whether nothing at all is known about a value.
pub fn is_unknown(value: Option<&DynamicValue>) -> bool {
    let value = value.map(|value| {
        rmpv::decode::read_value_ref_with_max_depth(&mut value.msgpack.as_slice(), MAX_DEPTH)
    });
    matches!(value, Some(Ok(ValueRef::Ext(kind, _))) if UNKNOWN.contains(&kind))
}

/// Decodes a value that must be there.
pub fn decode<'a, T: Deserialize<'a>>(value: Option<&'a DynamicValue>) -> Result<T, Error> {
    let value = value
        .filter(|value| !is_null(Some(*value)))
        .ok_or(Error::Null)?;
    decode_nullable(Some(value))
}

/// Decodes a value into a type that has a form for null.
pub fn decode_nullable<'a, T: Deserialize<'a>>(
    value: Option<&'a DynamicValue>,
) -> Result<T, Error> {
    match value {
        Some(value) if !value.msgpack.is_empty() => decode_msgpack(&value.msgpack),
        Some(value) if !value.json.is_empty() => Ok(serde_json::from_slice(&value.json)?),
        _ => decode_msgpack(NIL),
    }
}

/// Decodes private state, whose format is this provider's own. No bytes count as null.
pub fn decode_private<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    decode_msgpack(if bytes.is_empty() { NIL } else { bytes })
}

/// Encodes a value: objects as maps by attribute name, unknown as an extension of type 0.
pub fn encode(value: &impl Serialize) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    rmp_serde::to_vec_named(value)
}

/// A null on the wire.
pub fn null() -> DynamicValue {
    dynamic(NIL.to_vec())
}

/// An encoded value on the wire.
pub fn dynamic(msgpack: Vec<u8>) -> DynamicValue {
    DynamicValue {
        msgpack,
        json: Vec::new(),
    }
}

/// An unknown value on the wire.
pub fn unknown() -> DynamicValue {
    dynamic(UNKNOWN_VALUE.to_vec())
}

/// Checks that this is one value, in MessagePack.
pub fn check(value: &DynamicValue) -> Result<(), Error> {
    check_msgpack(&value.msgpack)
}

/// Combines values in MessagePack into one array.
pub fn sequence(values: &[DynamicValue]) -> Vec<u8> {
    // An array of up to 2^32 values.
    let length = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let values = values.iter().flat_map(|value| &value.msgpack);
    [0xdd]
        .into_iter()
        .chain(length.to_be_bytes())
        .chain(values.copied())
        .collect()
}

fn decode_msgpack<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    check_msgpack(bytes)?;
    Ok(rmp_serde::from_slice(bytes)?)
}

/// Checks what serde does not see of a value.
fn check_msgpack(mut bytes: &[u8]) -> Result<(), Error> {
    let value = rmpv::decode::read_value_ref_with_max_depth(&mut bytes, MAX_DEPTH)?;
    if !bytes.is_empty() {
        return Err(Error::TrailingBytes(bytes.len()));
    }
    check_extensions(&value)
}

fn check_extensions(value: &ValueRef<'_>) -> Result<(), Error> {
    match value {
        ValueRef::Ext(kind, _) if !UNKNOWN.contains(kind) => Err(Error::Extension(*kind)),
        ValueRef::Ext(_, data) if data.len() > MAX_REFINEMENT => Err(Error::Refinement(data.len())),
        ValueRef::Array(items) => items.iter().try_for_each(check_extensions),
        ValueRef::Map(entries) => entries.iter().try_for_each(|(key, value)| {
            check_extensions(key)?;
            check_extensions(value)
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};
    use serde::{Deserialize, Serialize};
    use tf_provider::value::Value;

    use super::{
        DynamicValue, Error, MAX_DEPTH, MAX_REASON, MAX_REFINEMENT, decode, decode_nullable,
        decode_private, dynamic, encode, is_null, null,
    };

    /// One of each kind of attribute.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        text: Value<String>,
        flag: Value<bool>,
        set: Value<Vec<Value<Element>>>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Element {
        id: Value<String>,
    }

    fn value<T: Clone + std::fmt::Debug + 'static>(
        known: impl Strategy<Value = T> + 'static,
    ) -> impl Strategy<Value = Value<T>> {
        option::of(option::of(known)).prop_map(|value| match value {
            Some(Some(value)) => Value::Value(value),
            Some(None) => Value::Unknown,
            None => Value::Null,
        })
    }

    fn sample() -> impl Strategy<Value = Sample> {
        let element = value(".*").prop_map(|id| Element { id });
        (
            value(".*"),
            value(any::<bool>()),
            value(vec(value(element), 0..4)),
        )
            .prop_map(|(text, flag, set)| Sample { text, flag, set })
    }

    fn bytes(sample: &Sample) -> Vec<u8> {
        encode(sample).expect("it encodes")
    }

    fn read(msgpack: &[u8]) -> Result<Sample, Error> {
        decode(Some(&dynamic(msgpack.to_vec())))
    }

    /// An object of which only `text` is of interest.
    fn with_text(text: &[u8]) -> Vec<u8> {
        let mut object = vec![0x83, 0xa4];
        object.extend_from_slice(b"text");
        object.extend_from_slice(text);
        object.extend_from_slice(b"\xa4flag\xc0\xa3set\xc0");
        object
    }

    #[test]
    fn unknown_is_an_extension_and_read_with_refinements() {
        let sample = Sample {
            text: Value::Unknown,
            flag: Value::Null,
            set: Value::Null,
        };
        // An extension of type 0. Core writes one byte of data, which means nothing.
        assert_eq!(bytes(&sample), with_text(&[0xc7, 0x00, 0x00]));
        for unknown in [
            &b"\xd4\x00\x00"[..],
            b"\xc7\x03\x0c\x81\x01\xc3",
            b"\xc7\x00\x00",
        ] {
            assert!(
                read(&with_text(unknown)).is_ok_and(|it| it.text.is_unknown()),
                "{unknown:?}"
            );
        }
    }

    #[test]
    fn no_value_is_null() {
        let json = |json: &[u8]| DynamicValue {
            msgpack: vec![],
            json: json.to_vec(),
        };
        for value in [
            None,
            Some(&null()),
            Some(&json(b"")),
            Some(&json(b" null ")),
        ] {
            assert!(is_null(value), "{value:?}");
            assert!(
                matches!(decode::<Sample>(value), Err(Error::Null)),
                "{value:?}"
            );
            assert_eq!(
                decode_nullable::<Value<String>>(value).expect("null"),
                Value::Null
            );
        }
        assert_eq!(
            decode_private::<Value<String>>(b"").expect("null"),
            Value::Null
        );
    }

    #[test]
    fn json_is_read_too() {
        let json = DynamicValue {
            msgpack: vec![],
            json: br#"{"text": "a", "flag": null, "set": [{"id": null}]}"#.to_vec(),
        };
        let sample: Sample = decode(Some(&json)).expect("a sample");
        assert_eq!(sample.text, Value::Value("a".to_owned()));
    }

    #[test]
    fn what_the_protocol_does_not_have_is_refused() {
        let deep = [vec![0x91; MAX_DEPTH + 1], vec![0xc0]].concat();
        let long = [&[0xc8, 0x04, 0x01, 0x0c][..], &[0; MAX_REFINEMENT + 1]].concat();
        let null = Sample {
            text: Value::Null,
            flag: Value::Null,
            set: Value::Null,
        };
        let trailing = [bytes(&null), vec![0xc0]].concat();
        let refused = [
            (with_text(b"\xd4\x01\x00"), "an extension of type 1"),
            (with_text(&long), "a refinement of 1025 bytes"),
            (with_text(&deep), "not MessagePack"),
            (trailing, "1 bytes follow"),
            (b"\x80".to_vec(), "does not fit the schema"),
            (b"\x93\xc0\xc0".to_vec(), "not MessagePack"),
            (with_text(b"\x01"), "does not fit the schema"),
            (b"\xdf\xff\xff\xff\xff".to_vec(), "not MessagePack"),
        ];
        for (bytes, words) in refused {
            let error = read(&bytes).expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn private_state_nests_as_deep_as_json() {
        let deep = |levels: usize| {
            let text = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            serde_json::from_str::<serde_json::Value>(&text)
        };
        let deepest = (1..).map_while(|levels| deep(levels).ok()).last();
        let bytes = encode(&deepest).expect("it encodes");
        assert_eq!(decode_private(&bytes).ok(), Some(deepest));
    }

    #[test]
    fn a_reason_is_short_whatever_it_quotes() {
        let name = "a\n".repeat(1 << 16);
        let object = serde_json::json!({ name: null });
        let json = DynamicValue {
            msgpack: vec![],
            json: object.to_string().into_bytes(),
        };
        for value in [json, dynamic(encode(&object).expect("it encodes"))] {
            let error = decode::<Element>(Some(&value)).expect_err("no element");
            let error = error.to_string();
            assert!(error.contains("unknown field `a a a"), "{error}");
            assert!(error.chars().count() < 2 * MAX_REASON, "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_value_survives_the_wire(sample in sample()) {
            prop_assert_eq!(read(&bytes(&sample)).expect("a sample"), sample);
        }

        #[test]
        fn no_bytes_are_a_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn a_broken_value_is_an_error_or_another_value_and_no_panic(
            sample in sample(),
            place in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut bytes = bytes(&sample);
            let place = place.index(bytes.len());
            bytes[place] = byte;
            let _ = read(&bytes);
            bytes.truncate(place);
            prop_assert!(read(&bytes).is_err(), "half a value is none");
        }
    }
}
