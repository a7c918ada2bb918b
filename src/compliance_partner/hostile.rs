//! What must hold for any bytes at all, whoever sent them. The targets in `fuzz/` call the three functions with the
//! fuzzer's input; the tests below call them with the fuzzer's corpus and with mutations of it.
//!
//! Nothing panics. Memory stays below a multiple of the input, whatever sizes the input announces. A message is short
//! and on one line, whatever it quotes. What can be read survives being written and read again, and a PATCH erases
//! nothing that Graph returned.

use std::{
    fmt::Debug,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Duration,
};

use allocation_counter::measure;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value as Json, json};
use tf_provider::{Diagnostics, value::Value};

use super::{
    api,
    beside::Beside,
    compare::changed_attributes,
    error::Error,
    model::{Partner, Unmodelled, patch_body},
    state::{Attributes, Platform, State, Target},
    validate,
};
use crate::{
    graph::{self, ApiVersion, Method, recorded},
    plugin::value,
};

/// The most characters that a message may have.
const LONGEST_MESSAGE: usize = 1_500;

/// The bytes of memory that any input may take.
const ANY_INPUT: usize = 64 << 10;

/// The bytes of memory that each byte of input may take. A tree of small values is far larger than its text.
const PER_BYTE: usize = 400;

/// Any bytes as a value of the resource and as its private state, from Terraform.
///
/// # Panics
/// If something that this file promises does not hold. The same goes for the other two functions.
pub fn message_pack(bytes: &[u8]) {
    if let Some(state) = survives(read_state, bytes) {
        validate::config(&state, &mut Diagnostics::default());
    }
    survives(read_private, bytes);
}

/// Any bytes as a successful response from Graph: one partner, and a page of them.
///
/// # Panics
/// As [`message_pack`].
pub fn graph_json(bytes: &[u8]) {
    let answer = recorded::Recorded::ok(bytes);
    match within_memory(bytes.len(), || answer.answer(&Method::GET)) {
        Ok(body) => any_partner(bytes.len(), body.as_ref()),
        Err(error) => is_for_people(&error),
    }
    match within_memory(bytes.len(), || answer.page()) {
        Ok((partners, next)) => {
            for partner in partners {
                any_partner(bytes.len(), Some(&partner));
            }
            let stays = |next: url::Url| next.origin() == recorded::url().origin();
            assert!(next.is_none_or(stays), "the token goes nowhere else");
        }
        Err(error) => is_for_people(&error),
    }
}

/// Any bytes as a status, headers, and a body from Graph, in the form of `graph::recorded`.
///
/// # Panics
/// As [`message_pack`].
pub fn error_body(bytes: &[u8]) {
    let Some(answer) = recorded::Recorded::parse(bytes) else {
        return;
    };
    for method in [Method::GET, Method::POST] {
        let Err(error) = within_memory(bytes.len(), || answer.answer(&method)) else {
            continue;
        };
        is_for_people(&error);
        let left = Duration::from_mins(1);
        let wait = recorded::wait_after(&error, method, left);
        assert!(wait.is_none_or(|wait| wait < left), "{wait:?}");
    }
}

fn read_state(bytes: &[u8]) -> Result<State, value::Error> {
    value::decode(Some(&value::dynamic(bytes.to_vec())))
}

fn read_private(bytes: &[u8]) -> Result<Value<Beside>, value::Error> {
    value::decode_private(bytes)
}

/// The value, if it is valid. Then it must be the same after it is written and read again.
fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    read: fn(&[u8]) -> Result<T, value::Error>,
    bytes: &[u8],
) -> Option<T> {
    match within_memory(bytes.len(), || read(bytes)) {
        Ok(value) => {
            let written = value::encode(&value).expect("what was read can be written");
            let again = read(&written).expect("what was written can be read");
            assert_eq!(again, value);
            Some(value)
        }
        Err(error) => {
            is_short_and_on_one_line(&error.to_string());
            None
        }
    }
}

/// Any JSON that Graph sends as a partner, in a response of `length` bytes.
fn any_partner(length: usize, body: Option<&Json>) {
    for version in [ApiVersion::V1, ApiVersion::Beta] {
        any_partner_of(version, length, body.cloned());
    }
}

fn any_partner_of(version: ApiVersion, length: usize, body: Option<Json>) {
    let raw = body.clone().unwrap_or_default();
    let parsed = within_memory(length, || {
        let partner = api::parse(version, body)?;
        let attributes = partner.to_attributes(&Attributes::with_id(String::new()));
        let unmodelled = partner.unmodelled();
        Ok((partner, attributes, unmodelled))
    });
    match parsed {
        Ok((partner, attributes, unmodelled)) => {
            is_stable(&partner, &attributes);
            is_stored(&attributes, &unmodelled);
            let is_bare = raw.get("id").is_some();
            let raw = if is_bare { &raw } else { &raw["value"] };
            is_not_erased(version, raw, &attributes, &unmodelled);
        }
        Err(Error::NoPartner(message)) => is_short_and_on_one_line(&message),
        Err(error) => panic!("{error:?}"),
    }
}

/// Reading the same partner again must not be a change.
fn is_stable(partner: &Partner, attributes: &Attributes) {
    let again = partner.to_attributes(attributes);
    assert_eq!(changed_attributes(&again, attributes), Vec::<&str>::new());
}

/// Terraform must be able to store it and pass it back.
fn is_stored(attributes: &Attributes, unmodelled: &Unmodelled) {
    let state = State {
        partner: attributes.clone(),
        timeouts: Value::Null,
    };
    let written = value::encode(&state).expect("state can be written");
    assert_eq!(read_state(&written).expect("state can be read"), state);
    let private = Value::Value(Beside::of(
        "it".to_owned(),
        Some("its tenant".to_owned()),
        unmodelled.clone(),
    ));
    let written = value::encode(&private).expect("private state can be written");
    assert_eq!(
        read_private(&written).expect("private state can be read"),
        private
    );
}

/// A PATCH that adds a target to each collection must send back everything in it, and must mean what was planned.
fn is_not_erased(version: ApiVersion, raw: &Json, prior: &Attributes, unmodelled: &Unmodelled) {
    let mut planned = prior.clone();
    let platforms = || Platform::ALL.into_iter().filter(|it| it.is_in(version));
    for platform in platforms() {
        let added = Value::Value(Target {
            r#type: Value::Value("group".to_owned()),
            group_id: Value::Value("one more".to_owned()),
            collection_id: Value::Null,
            filter_id: Value::Null,
            filter_type: Value::Null,
        });
        let known = prior.assignments(platform).as_deref_option();
        let more = known.unwrap_or_default().iter().cloned().chain([added]);
        *planned.assignments_mut(platform) = Value::Value(more.collect());
    }
    let Some(body) = patch_body(prior, &planned, unmodelled) else {
        return;
    };
    let kept = json!(unmodelled);
    for property in platforms().map(Platform::assignments_property) {
        if let Some(sent) = body[property].as_array() {
            for raw in items(&raw[property]) {
                let is_sent = sent.iter().any(|sent| bare(sent) == bare(raw));
                let has_twin = || {
                    items(&kept[property])
                        .iter()
                        .any(|kept| ids(kept) == ids(raw))
                };
                assert!(is_sent || has_twin(), "{raw} is not among {sent:?}");
            }
            for kept in items(&kept[property]) {
                assert!(sent.contains(kept), "{kept} is not among {sent:?}");
            }
        }
    }
    // Graph keeps what is not in the body.
    let mut returned = raw.clone();
    for (property, value) in body.as_object().expect("a body is an object") {
        returned[property] = value.clone();
    }
    let returned = api::parse(version, Some(returned)).expect("it is a partner");
    let returned = returned.to_attributes(&planned);
    assert_eq!(changed_attributes(&returned, &planned), Vec::<&str>::new());
}

fn items(list: &Json) -> &[Json] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// An assignment without what has no meaning: its own type, and the # before the type of its target.
fn bare(assignment: &Json) -> Json {
    let mut bare = assignment.clone();
    if let Some(assignment) = bare.as_object_mut() {
        assignment.remove("@odata.type");
    }
    if let Some(Json::String(kind)) = bare.pointer_mut("/target/@odata.type") {
        *kind = kind.trim_start_matches('#').to_owned();
    }
    // In beta, no filter is a filter of type none.
    if let Some(Json::Object(target)) = bare.get_mut("target") {
        target.retain(|name, value| {
            !name.starts_with("deviceAndAppManagementAssignmentFilter")
                || !(value.is_null() || value == "none")
        });
    }
    bare
}

fn ids(assignment: &Json) -> [Option<String>; 2] {
    ["groupId", "collectionId"]
        .map(|id| Some(assignment["target"][id].as_str()?.to_ascii_lowercase()))
}

/// Everything that users see of an error.
fn is_for_people(error: &graph::Error) {
    is_short_and_on_one_line(&error.to_string());
    for (_, fact) in error.references() {
        is_short_and_on_one_line(fact);
    }
    is_short_and_on_one_line(&error.advice().unwrap_or_default());
}

fn is_short_and_on_one_line(message: &str) {
    let length = message.chars().count();
    assert!(length <= LONGEST_MESSAGE, "{length} characters");
    assert!(!message.contains(char::is_control), "{message:?}");
}

/// Does the work and checks its peak memory, for an input of `length` bytes.
fn within_memory<T>(length: usize, work: impl FnOnce() -> T) -> T {
    let mut outcome = None;
    // A panic must not pass through the measurement, which would then never end.
    let measured = measure(|| outcome = Some(catch_unwind(AssertUnwindSafe(work))));
    let done = outcome.expect("it was called");
    let done = done.unwrap_or_else(|panic| resume_unwind(panic));
    let used = measured.bytes_max;
    assert!(
        used <= (ANY_INPUT + PER_BYTE * length) as u64,
        "{length} bytes of input take {used} bytes of memory"
    );
    done
}

#[cfg(test)]
mod tests;
