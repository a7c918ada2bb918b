//! Microsoft Graph's `deviceManagement/complianceManagementPartners`, as the wire shows it: who is let in, what a path
//! leads to, and how success looks; `graph_error` says how errors do. Called by `server`.

use std::time::Instant;

use axum::http::{Method, StatusCode};
use base64::prelude::{BASE64_STANDARD, Engine};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use url::form_urlencoded;
use uuid::Uuid;

use super::entra::Caller;
use super::faults::Effect;
use super::graph_error::Refusal;
use super::message::{Answer, Call, Payload};
use super::schema::{self, Object, Version};
use super::store::{Store, View};
use super::{World, cloud, lock};

const COLLECTION: &str = "deviceManagement/complianceManagementPartners";

/// Any of these permits to read.
const READ_PERMISSIONS: [&str; 4] = [
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
];

/// Any of these permits to write.
const WRITE_PERMISSIONS: [&str; 2] = [
    "DeviceManagementServiceConfig.ReadWrite.All",
    "DeviceManagementConfiguration.ReadWrite.All",
];

/// Answers a request to Graph.
pub(super) fn answer(world: &World, call: &Call, effect: Option<&Effect>) -> Answer {
    let answer = respond(world, call, effect).unwrap_or_else(|refusal| refusal.answer(call));
    stamp(answer, call)
}

/// Refuses a request that is not even looked at.
pub(super) fn refuse(call: &Call, refusal: Refusal) -> Answer {
    stamp(refusal.answer(call), call)
}

fn stamp(answer: Answer, call: &Call) -> Answer {
    answer
        .header("request-id", &call.request_id)
        .header("client-request-id", call.client_request_id())
}

/// What a path leads to.
enum Target {
    Partners,
    Partner(String),
}

fn respond(world: &World, call: &Call, effect: Option<&Effect>) -> Result<Answer, Refusal> {
    let mut segments = call.path().split('/').skip(1);
    let version = segments.next().unwrap_or_default();
    let version = Version::named(version).ok_or_else(|| Refusal::no_such_version(version))?;
    let caller = let_in(world, call)?;
    let target = target(&segments.collect::<Vec<_>>())?;
    authorize(call, &caller)?;

    let mut stores = lock(&world.stores);
    let store = stores
        .get_mut(&caller.tenant)
        .expect("a token's tenant has a store");
    let view = match effect {
        Some(Effect::StaleRead) => View::BeforeLastWrite,
        _ => View::Current,
    };
    let origin = cloud::origin(&world.url, &call.host);
    match (&call.method, target) {
        (&Method::GET, Target::Partners) => list(world, call, version, store, view),
        (&Method::POST, Target::Partners) => {
            let properties = heeded(schema::create(version, &body(call)?), effect)?;
            let created = store.create(&Uuid::new_v4().to_string(), properties);
            Ok(one(&origin, version, StatusCode::CREATED, created))
        }
        (&Method::GET, Target::Partner(id)) => {
            let mut partner = store.get(view, &id);
            if let Some(Effect::Ghost) = effect {
                partner = partner.or_else(|| store.deleted(&id));
            }
            let partner = partner.ok_or_else(|| Refusal::no_such_partner(&id))?;
            Ok(one(&origin, version, StatusCode::OK, partner))
        }
        (&Method::PATCH, Target::Partner(id)) => {
            let properties = heeded(schema::update(version, &id, &body(call)?), effect)?;
            let updated = store.update(&id, properties);
            let updated = updated.ok_or_else(|| Refusal::no_such_partner(&id))?;
            Ok(one(&origin, version, StatusCode::OK, updated))
        }
        (&Method::DELETE, Target::Partner(id)) if store.delete(&id) => {
            Ok(Answer::new(StatusCode::NO_CONTENT, Payload::Empty))
        }
        (&Method::DELETE, Target::Partner(id)) => Err(Refusal::no_such_partner(&id)),
        _ => {
            let message = "Specified HTTP method is not allowed for the request target.";
            let status = StatusCode::METHOD_NOT_ALLOWED;
            Err(Refusal::new(status, "BadRequest", message))
        }
    }
}

/// What Graph asks of each request, wherever it leads.
fn let_in(world: &World, call: &Call) -> Result<Caller, Refusal> {
    let origin = cloud::origin(&world.url, &call.host);
    let caller = lock(&world.directory).caller(call.bearer_token(), &origin);
    let caller = caller.map_err(Refusal::bad_token)?;
    let is_write = call.method != Method::GET;
    let admitted = world.turnstile.admit(&caller, is_write, Instant::now());
    admitted.map_err(|throttled| Refusal::too_many_requests(call, throttled.retry_after))?;
    Ok(caller)
}

/// What it takes to get from Graph to Intune, and to have a say there.
fn authorize(call: &Call, caller: &Caller) -> Result<(), Refusal> {
    if !caller.licensed {
        return Err(Refusal::no_intune());
    }
    let sufficient = match call.method {
        Method::GET => READ_PERMISSIONS.as_slice(),
        _ => WRITE_PERMISSIONS.as_slice(),
    };
    let mut granted = caller.permissions.iter();
    if granted.any(|granted| sufficient.contains(&granted.as_str())) {
        Ok(())
    } else {
        Err(Refusal::forbidden(call, sufficient))
    }
}

fn target(segments: &[&str]) -> Result<Target, Refusal> {
    match segments {
        ["deviceManagement", "complianceManagementPartners"] => Ok(Target::Partners),
        ["deviceManagement", "complianceManagementPartners", id] => {
            let id = percent_decode_str(id).decode_utf8_lossy();
            Ok(Target::Partner(id.into_owned()))
        }
        [
            "deviceManagement",
            "complianceManagementPartners",
            _,
            unknown,
            ..,
        ]
        | ["deviceManagement", unknown, ..]
        | [unknown, ..] => Err(Refusal::no_such_segment(unknown)),
        [] => Err(Refusal::bad_request("Empty path.")),
    }
}

fn body(call: &Call) -> Result<Value, Refusal> {
    match call.media_type() {
        Some("application/json") => call.json().map_err(|_| {
            Refusal::bad_request(
                "Unable to read JSON request payload. \
                 Please ensure Content-Type header is set and payload is of valid JSON format.",
            )
        }),
        Some(other) => {
            let message = format!("Unsupported content type '{other}'.");
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            Err(Refusal::new(status, "UnsupportedMediaType", message))
        }
        None => Err(Refusal::bad_request(
            "A missing or empty content type header was found when trying to read a message.",
        )),
    }
}

/// The properties that the service will write, if it accepts the body.
fn heeded(properties: Result<Object, String>, effect: Option<&Effect>) -> Result<Object, Refusal> {
    let mut properties = properties.map_err(|message| Refusal::bad_property(&message))?;
    if let Some(Effect::IgnoreProperty(name)) = effect {
        properties.remove(name);
    }
    Ok(properties)
}

fn one(origin: &str, version: Version, status: StatusCode, partner: Value) -> Answer {
    let mut partner = version.show(partner);
    let version = version.name();
    partner["@odata.context"] = json!(format!("{origin}/{version}/$metadata#{COLLECTION}/$entity"));
    Answer::json(status, partner)
}

fn list(
    world: &World,
    call: &Call,
    version: Version,
    store: &mut Store,
    view: View,
) -> Result<Answer, Refusal> {
    let offset = match call.query("$skiptoken") {
        None => 0,
        Some(token) => {
            read_skip_token(&token).ok_or_else(|| Refusal::bad_request("Invalid $skiptoken."))?
        }
    };
    let origin = cloud::origin(&world.url, &call.host);
    let (partners, more) = store.page(view, offset, world.page_size);
    let partners: Vec<_> = partners.into_iter().map(|it| version.show(it)).collect();
    let version = version.name();
    let mut page = json!({
        "@odata.context": format!("{origin}/{version}/$metadata#{COLLECTION}"),
        "value": partners,
    });
    if more {
        let token = skip_token(offset + world.page_size);
        let link = format!("{origin}/{version}/{COLLECTION}?$skiptoken={token}");
        page["@odata.nextLink"] = json!(link);
    }
    Ok(Answer::json(StatusCode::OK, page))
}

/// Where the next page begins. Like the service's it is encoded twice, so that a client that meddles with the link breaks it.
fn skip_token(offset: usize) -> String {
    let token = BASE64_STANDARD.encode(format!("offset={offset}"));
    form_urlencoded::byte_serialize(token.as_bytes()).collect()
}

fn read_skip_token(token: &str) -> Option<usize> {
    let token = String::from_utf8(BASE64_STANDARD.decode(token).ok()?).ok()?;
    token.strip_prefix("offset=")?.parse().ok()
}
