//! What `terraform show -json` and `tofu show -json` print of a plan: the changes of our partners in it. `review_command` calls it.
//!
//! The form is versioned, and within a major version only grows: what is not known here is passed over. Numbers and depths
//! that JSON allows and we do not matter only where they stand in a partner.

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

/// The newest minor version of format 1 that we have seen.
const KNOWN_MINOR: u32 = 2;

/// The most partners of a plan, which are compared with each other. A tenant has a few.
const MOST_PARTNERS: usize = 1000;

/// The most bytes that say what they change.
const MOST_BYTES: usize = 4 << 20;

/// A plan, as far as it is of interest.
#[derive(Debug)]
pub struct Plan {
    /// The plan as a whole.
    pub about: About,
    /// The partners, in the plan's order.
    pub changes: Vec<PartnerChange>,
}

/// What is said of a plan as a whole.
#[derive(Debug)]
pub struct About {
    /// The version of the form.
    pub format_version: String,
    /// The version of the program that made it.
    pub terraform_version: Option<String>,
    /// When it was made, if it says so.
    pub made: Option<OffsetDateTime>,
    /// What a reviewer must know.
    pub notes: Vec<String>,
}

/// What a plan does to one partner.
#[derive(Debug)]
pub struct PartnerChange {
    /// The address of the resource.
    pub address: String,
    /// The address that it had before, where it is moved.
    pub previous_address: Option<String>,
    /// The key of an object that a replacement left behind.
    pub deposed: Option<String>,
    /// What is done.
    pub action: Action,
    /// Whether the plan also takes it into state.
    pub imported: bool,
    /// Before the plan; none where it is created.
    pub prior: Option<Attributes>,
    /// After it; none where it is destroyed.
    pub planned: Option<Attributes>,
    /// The attributes whose values are not to be shown.
    pub sensitive: BTreeSet<String>,
    /// What stands for its tenant, if the plan tells that.
    pub tenant: Option<String>,
    /// Whether a replacement makes the new one first: `create_before_destroy`.
    pub new_first: bool,
}

/// What is done to a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is destroyed and made again.
    Replace,
    /// It leaves state, and stays in the tenant.
    Forget,
    /// It leaves state, stays in the tenant, and another one is made.
    ForgetAndCreate,
    /// Something that later versions do.
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
    // Nothing of it is needed: one that cannot be read tells no tenants apart.
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
    // Read only where it is ours.
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

/// What the refresh found to be otherwise than in state, by address and deposed key.
type Drift<'a> = BTreeMap<(String, Option<String>), &'a RawValue>;

impl ResourceChange<'_> {
    /// By its type: the provider has another address in each private registry and mirror.
    fn is_partner(&self) -> bool {
        self.r#type == TYPE_NAME && self.mode.as_ref().is_none_or(|mode| mode == "managed")
    }

    fn read(
        self,
        drift: &Drift<'_>,
        tenants: &Tenants,
        secrets: &mut Secrets,
    ) -> Result<PartnerChange, String> {
        // What serde says of a value can quote it, and it may be a secret.
        let no_fit = |_| {
            let address = &self.address;
            format!("has a change of {address} that cannot be understood.")
        };
        let mut change: Change = serde_json::from_str(self.change.get()).map_err(no_fit)?;
        let key = (self.address.clone(), self.deposed.clone());
        // Of what leaves the configuration, a plan tells the state before the refresh.
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
                "has values of {address} that do not fit the schema of this version of the provider."
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
            new_first: change.actions == ["create", "delete"],
            address,
        })
    }
}

/// Reads a plan.
///
/// # Errors
/// With what is wrong and what to do, as the rest of a sentence that begins with the name of the file.
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
        notes.push("The plan does not say when it was made: heartbeats are compared with the time of this review.".to_owned());
    }
    if document.errored == Some(true) {
        notes.push("Planning ended with an error: the plan is not whole.".to_owned());
    }
    let deferred = document.deferred_changes.unwrap_or_default().into_iter();
    let deferred = deferred.filter_map(|it| it.resource_change);
    let deferred = deferred.filter(ResourceChange::is_partner).count();
    if deferred > 0 {
        notes.push(format!("{deferred} more of the partners cannot be planned yet, and were not reviewed. Review again after the apply."));
    } else if document.complete == Some(false) && document.errored != Some(true) {
        notes.push("This plan is not all there is to do: review the next one as well.".to_owned());
    }
    let ours = document.resource_changes.unwrap_or_default().into_iter();
    let ours: Vec<_> = ours.filter(ResourceChange::is_partner).collect();
    let bytes: usize = ours.iter().map(|it| it.change.get().len()).sum();
    if ours.len() > MOST_PARTNERS || bytes > MOST_BYTES {
        return Err(format!(
            "changes more than can be reviewed: {MOST_PARTNERS} partners, in {} MiB. Plan some of them, with -target.",
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
    "Give review what `terraform show -json PLAN` or `tofu show -json PLAN` prints.";

fn not_a_plan(text: &str, error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        // A log of `plan -json` has an object on each line.
        Category::Syntax if text.starts_with("{\"@") => {
            format!("is the log of `plan -json`. {WHAT_TO_GIVE}")
        }
        Category::Data => format!("is JSON, but not of a plan ({place}). {WHAT_TO_GIVE}"),
        _ => format!("is not whole JSON ({place}). {WHAT_TO_GIVE}"),
    }
}

/// A note where the form is newer than we know.
fn check_version(version: &str) -> Result<Option<String>, String> {
    let number = |text: &str| text.parse::<u32>().ok();
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    match (number(major), number(minor)) {
        (Some(1), Some(minor)) if minor <= KNOWN_MINOR => Ok(None),
        (Some(1), Some(_)) => Ok(Some(format!(
            "The plan has format {version}, and this version of the provider knows 1.{KNOWN_MINOR}: what is new in it was not reviewed."
        ))),
        (Some(0), _) => {
            Err("is a plan of an old Terraform. Plan with Terraform 1.1 or later.".to_owned())
        }
        (Some(_), _) => Err(format!(
            "has format {version}, and this version of the provider knows 1.{KNOWN_MINOR}. Take a newer version of the provider."
        )),
        _ => Err("has a format_version that is no version.".to_owned()),
    }
}

/// A note where something could not be judged because it is a secret.
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
            "partner_state and last_heartbeat_date_time are sensitive in {}, and were not looked at there.",
            addresses.join(", ")
        )
    })
}
