//! Reads what `terraform show -json` and `tofu show -json` print: the changes to our partners in a plan.
//! `review_command` calls it.
//!
//! The format is versioned and only grows within a major version, so what is not known here is ignored. Numbers and
//! depths that JSON allows but this program does not matter only inside a partner.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value as Json, error::Category, value::RawValue};
use time::OffsetDateTime;

use super::partner::{NOT_JUDGED, NoFit, Reader, Secrets};
use super::tenants::Tenants;
use crate::compliance_partner::{TYPE_NAME, date_time, state::Attributes};

/// The newest minor version of format 1 that this program knows.
const KNOWN_MINOR: u32 = 2;

/// The most partners in a plan. They are all compared with each other. A tenant has only a few.
const MOST_PARTNERS: usize = 1000;

/// The most bytes of the changes to the partners.
const MOST_BYTES: usize = 4 << 20;

/// The parts of a plan that matter here.
#[derive(Debug)]
pub struct Plan {
    /// The plan as a whole.
    pub about: About,
    /// The partners, in the plan's order.
    pub changes: Vec<PartnerChange>,
}

/// The plan as a whole.
#[derive(Debug)]
pub struct About {
    /// The version of the format.
    pub format_version: String,
    /// The version of the program that made it.
    pub terraform_version: Option<String>,
    /// When it was made, if the plan says so.
    pub made: Option<OffsetDateTime>,
    /// What a reviewer must know.
    pub notes: Vec<String>,
}

/// What a plan does to one partner.
#[derive(Debug)]
pub struct PartnerChange {
    /// The address of the resource.
    pub address: String,
    /// Its previous address, if it is moved.
    pub previous_address: Option<String>,
    /// The key of a deposed object, which a replacement left behind.
    pub deposed: Option<String>,
    /// What is done.
    pub action: Action,
    /// Whether the plan also imports it.
    pub imported: bool,
    /// The partner before the change; `None` if it is created.
    pub prior: Option<Attributes>,
    /// The partner after the change; `None` if it is destroyed.
    pub planned: Option<Attributes>,
    /// The attributes whose values must not be shown.
    pub sensitive: BTreeSet<String>,
    /// What identifies its tenant, if the plan says so.
    pub tenant: Option<String>,
    /// Whether that is a key of `for_each`.
    pub tenant_is_a_key: bool,
    /// Whether a replacement creates the new partner first: `create_before_destroy`.
    pub new_first: bool,
}

/// What is done to a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is created.
    Create,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is destroyed and created again.
    Replace,
    /// It leaves state, but stays in the tenant.
    Forget,
    /// It leaves state, but stays in the tenant, and another one is created.
    ForgetAndCreate,
    /// Something that only later versions do.
    Other(String),
}

impl Action {
    fn new(actions: &[String]) -> Self {
        match actions.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["no-op" | "read"] => Self::NoOp,
            ["create"] => Self::Create,
            ["update"] => Self::Update,
            ["delete"] => Self::Delete,
            ["delete", "create"] | ["create", "delete"] => Self::Replace,
            ["forget"] => Self::Forget,
            ["forget", "create"] | ["create", "forget"] => Self::ForgetAndCreate,
            _ => Self::Other(actions.join(" and ")),
        }
    }

    /// The word for people and programs.
    pub fn name(&self) -> &str {
        match self {
            Self::NoOp => "no-op",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "destroy",
            Self::Replace => "replace",
            Self::Forget => "forget",
            Self::ForgetAndCreate => "forget and create",
            Self::Other(name) => name,
        }
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    format_version: Option<String>,
    terraform_version: Option<String>,
    timestamp: Option<String>,
    errored: Option<bool>,
    complete: Option<bool>,
    planned_values: Option<IgnoredAny>,
    #[serde(borrow)]
    resource_changes: Option<Vec<ResourceChange<'a>>>,
    #[serde(borrow)]
    resource_drift: Option<Vec<ResourceChange<'a>>>,
    #[serde(borrow)]
    deferred_changes: Option<Vec<Deferred<'a>>>,
    // It is optional: if it cannot be read, tenants are not distinguished.
    #[serde(borrow)]
    configuration: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Deferred<'a> {
    #[serde(borrow)]
    resource_change: Option<ResourceChange<'a>>,
}

#[derive(Deserialize)]
struct ResourceChange<'a> {
    address: String,
    previous_address: Option<String>,
    #[serde(borrow)]
    mode: Option<Cow<'a, str>>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    deposed: Option<String>,
    // Parsed only for our partners.
    #[serde(borrow)]
    change: &'a RawValue,
}

#[derive(Deserialize)]
struct Change {
    actions: Vec<String>,
    #[serde(default)]
    before: Json,
    #[serde(default)]
    after: Json,
    #[serde(default)]
    after_unknown: Json,
    #[serde(default)]
    before_sensitive: Json,
    #[serde(default)]
    after_sensitive: Json,
    importing: Option<IgnoredAny>,
}

/// What the refresh found to differ from state, by address and deposed key.
type Drift<'a> = BTreeMap<(String, Option<String>), &'a RawValue>;

impl ResourceChange<'_> {
    /// Decides by type: the provider has a different address in each private registry and mirror.
    fn is_partner(&self) -> bool {
        self.r#type == TYPE_NAME && self.mode.as_ref().is_none_or(|mode| mode == "managed")
    }

    fn read(
        self,
        drift: &Drift<'_>,
        tenants: &Tenants,
        secrets: &mut Secrets,
    ) -> Result<PartnerChange, String> {
        // An error from serde can quote the value, which may be a secret.
        let no_fit = |_| {
            let address = &self.address;
            format!("has a change to {address} that cannot be understood.")
        };
        let mut change: Change = serde_json::from_str(self.change.get()).map_err(no_fit)?;
        let key = (self.address.clone(), self.deposed.clone());
        // For a resource that leaves the configuration, a plan has the state before the refresh.
        if let Some(found) = drift.get(&key).filter(|_| change.after.is_null()) {
            let found: Change = serde_json::from_str(found.get()).map_err(no_fit)?;
            if !found.after.is_null() {
                (change.before, change.after_sensitive) = (found.after, found.after_sensitive);
            }
        }
        let address = self.address;
        let marks = [&change.before_sensitive, &change.after_sensitive];
        let mut reader = Reader::new(secrets, marks);
        let no_schema = |NoFit| {
            format!(
                "has values for {address} that do not fit the schema of this version of the provider."
            )
        };
        let prior = reader.read(&change.before, &Json::Null);
        let planned = reader.read(&change.after, &change.after_unknown);
        let (prior, planned) = (prior.map_err(no_schema)?, planned.map_err(no_schema)?);
        Ok(PartnerChange {
            previous_address: self.previous_address.filter(|it| *it != address),
            deposed: self.deposed,
            action: Action::new(&change.actions),
            imported: change.importing.is_some(),
            prior,
            planned,
            sensitive: reader.sensitive,
            tenant: tenants.get(&address),
            tenant_is_a_key: tenants.is_by_key(&address),
            new_first: change.actions == ["create", "delete"],
            address,
        })
    }
}

/// Reads a plan.
///
/// # Errors
/// Returns what is wrong and what to do, as the rest of a sentence that begins with the name of the file.
pub fn read(text: &str) -> Result<Plan, String> {
    let document: Document =
        serde_json::from_str(text).map_err(|error| not_a_plan(text, &error))?;
    let version = document.format_version.unwrap_or_default();
    let is_plan = document.planned_values.is_some() || document.resource_changes.is_some();
    if version.is_empty() || !is_plan {
        return Err(format!("is not a plan. {WHAT_TO_GIVE}"));
    }
    let mut notes = Vec::new();
    notes.extend(check_version(&version)?);
    let made = document.timestamp.as_deref();
    let made = made.and_then(|text| date_time::parse(text).ok());
    if made.is_none() {
        notes.push("The plan does not say when it was made, so heartbeats are compared with the time of this review.".to_owned());
    }
    if document.errored == Some(true) {
        notes.push("Planning ended with an error, so the plan is incomplete.".to_owned());
    }
    let deferred = document.deferred_changes.unwrap_or_default().into_iter();
    let deferred = deferred.filter_map(|it| it.resource_change);
    let deferred = deferred.filter(ResourceChange::is_partner).count();
    if deferred > 0 {
        notes.push(format!("{deferred} more of the partners cannot be planned yet and were not reviewed. Review again after the apply."));
    } else if document.complete == Some(false) && document.errored != Some(true) {
        notes.push("More changes remain after this plan. Review the next plan as well.".to_owned());
    }
    let ours = document.resource_changes.unwrap_or_default().into_iter();
    let ours: Vec<_> = ours.filter(ResourceChange::is_partner).collect();
    let bytes: usize = ours.iter().map(|it| it.change.get().len()).sum();
    if ours.len() > MOST_PARTNERS || bytes > MOST_BYTES {
        return Err(format!(
            "changes more than can be reviewed (at most {MOST_PARTNERS} partners, in {} MiB). Plan only some of them, with \
             -target.",
            MOST_BYTES >> 20
        ));
    }
    let drift = document.resource_drift.unwrap_or_default().into_iter();
    let drift = drift.filter(ResourceChange::is_partner);
    let drift = drift.map(|it| ((it.address, it.deposed), it.change));
    let (drift, mut secrets) = (drift.collect(), Secrets::default());
    let configuration = document.configuration.map(RawValue::get);
    let configuration = configuration.and_then(|json| serde_json::from_str(json).ok());
    let tenants = Tenants::of(&configuration.unwrap_or_default());
    let changes: Vec<_> = ours
        .into_iter()
        .map(|it| it.read(&drift, &tenants, &mut secrets))
        .collect::<Result<_, _>>()?;
    notes.extend(hidden(&changes));
    Ok(Plan {
        about: About {
            format_version: version,
            terraform_version: document.terraform_version,
            made,
            notes,
        },
        changes,
    })
}

const WHAT_TO_GIVE: &str =
    "Give review the output of `terraform show -json PLAN` or `tofu show -json PLAN`.";

fn not_a_plan(text: &str, error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        // The log of `plan -json` has one object on each line.
        Category::Syntax if text.starts_with("{\"@") => {
            format!("is the log of `plan -json`. {WHAT_TO_GIVE}")
        }
        Category::Data => format!("is JSON, but not a plan ({place}). {WHAT_TO_GIVE}"),
        _ => format!("is not complete JSON ({place}). {WHAT_TO_GIVE}"),
    }
}

/// A note if the format is newer than this program knows.
fn check_version(version: &str) -> Result<Option<String>, String> {
    let number = |text: &str| text.parse::<u32>().ok();
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    match (number(major), number(minor)) {
        (Some(1), Some(minor)) if minor <= KNOWN_MINOR => Ok(None),
        (Some(1), Some(_)) => Ok(Some(format!(
            "The plan has format {version}, but this version of the provider knows 1.{KNOWN_MINOR}. What is new in the format was not reviewed."
        ))),
        (Some(0), _) => Err(
            "is a plan from an old version of Terraform. Plan with Terraform 1.1 or later."
                .to_owned(),
        ),
        (Some(_), _) => Err(format!(
            "has format {version}, but this version of the provider knows 1.{KNOWN_MINOR}. Use a newer version of the provider."
        )),
        _ => Err("has a format_version that is not a version.".to_owned()),
    }
}

/// A note if something could not be judged because it is a secret.
fn hidden(changes: &[PartnerChange]) -> Option<String> {
    let is_hidden =
        |change: &&PartnerChange| NOT_JUDGED.iter().any(|it| change.sensitive.contains(*it));
    let addresses = changes
        .iter()
        .filter(is_hidden)
        .map(|it| it.address.as_str());
    let addresses: Vec<_> = addresses.collect();
    (!addresses.is_empty()).then(|| {
        format!(
            "Sensitive values of partner_state and last_heartbeat_date_time were not reviewed in {}.",
            addresses.join(", ")
        )
    })
}
