//! The wire's values: strict decoding, and encoding as core wants it.
//!
//! Core sends MessagePack, in which an unknown value is an extension of type 0 (or 12, with
//! refinements); state that is upgraded comes as JSON. `host` decodes what a call was given
//! and encodes what it returns.

use rmpv::ValueRef;
use serde::{Deserialize, Serialize};

use super::tfplugin6::DynamicValue;

const NIL: &[u8] = &[0xc0];

/// The extension types that stand for an unknown value: without and with refinements.
const UNKNOWN: [i8; 2] = [0, 12];

/// The longest refinement that core may send, in bytes.
const MAX_REFINEMENT: usize = 1 << 10;

/// How deep a value may nest. The deepest schema here nests four levels.
const MAX_DEPTH: usize = 64;

/// Why a value on the wire cannot be understood. All of it is a bug in this provider or in
/// the caller, never a user's mistake: core checks every value against the schema first.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not MessagePack at all.
    #[error("it is not MessagePack: {0}")]
    NotMessagePack(#[from] rmpv::decode::Error),
    /// Well-formed, and followed by something.
    #[error("{0} bytes follow the value")]
    TrailingBytes(usize),
    /// An extension that is not an unknown value.
    #[error("it holds an extension of type {0}, which the protocol does not have")]
    Extension(i8),
    /// A refinement of an unknown value that is longer than the protocol allows.
    #[error("it holds a refinement of {0} bytes, and {MAX_REFINEMENT} are allowed")]
    Refinement(usize),
    /// Well-formed, and not what the schema says.
    #[error("it does not fit the schema: {0}")]
    Shape(#[from] rmp_serde::decode::Error),
    /// JSON that is garbled or not what the schema says.
    #[error("it does not fit the schema: {0}")]
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

/// Decodes private state, whose form is this provider's own; nothing counts as null.
pub fn decode_private<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    decode_msgpack(if bytes.is_empty() { NIL } else { bytes })
}

/// Encodes a value: objects as maps by attribute name, unknown as `d4 00 00`.
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

fn decode_msgpack<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    // serde's view of a value has no room for what is checked here.
    let mut rest = bytes;
    let value = rmpv::decode::read_value_ref_with_max_depth(&mut rest, MAX_DEPTH)?;
    if !rest.is_empty() {
        return Err(Error::TrailingBytes(rest.len()));
    }
    check_extensions(&value)?;
    Ok(rmp_serde::from_slice(bytes)?)
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
