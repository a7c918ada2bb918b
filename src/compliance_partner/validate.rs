//! What is wrong with a configuration: pure. `resource` and `data_source` call it when
//! Terraform validates, before anything is sent. Unknown values are not checked until they are known.

use tf_provider::{Diagnostics, value::Value};
use uuid::Uuid;

use super::{
    date_time::{self, Malformed},
    model, report,
    state::{Assignments, Attributes, Platform, State, Target, TargetType, Text},
    timeouts::{self, Settings},
};
use crate::{graph::ApiVersion, words::one_of};

/// The partner states that Graph documents, and so the ones that can be configured.
pub const PARTNER_STATES: [&str; 6] = [
    "unknown",
    "unavailable",
    "enabled",
    "terminated",
    "rejected",
    "unresponsive",
];

/// What a filter does with the devices that it matches.
pub const FILTER_TYPES: [&str; 2] = ["include", "exclude"];

/// For something that v1.0 does not have: the rest of a sentence, and another that can go on.
pub const ONLY_IN_BETA: &str = "available only in the beta version of the Graph API, but the provider uses v1.0. Set \
                                graph_api_version in the provider block, or INTUNE_GRAPH_API_VERSION, to \"beta\"";

/// Adds an error for each problem in the configuration of a partner.
pub fn config(
    State {
        partner: config,
        timeouts,
    }: &State,
    diagnostics: &mut Diagnostics,
) {
    if !config.id.is_null() {
        read_only(
            "id",
            "Graph assigns it. Remove it. To manage an existing partner, use an `import` block",
            diagnostics,
        );
    }
    if config.display_name.is_null() {
        let problem = "display_name is null, but a partner needs a name. Use the name that the admin center shows.";
        error(diagnostics, "display_name", problem.to_owned());
    }
    display_name(&config.display_name, diagnostics);
    for platform in Platform::ALL {
        assignments(platform, config.assignments(platform), diagnostics);
    }
    if let Value::Value(state) = &config.partner_state
        && !PARTNER_STATES.contains(&state.as_str())
    {
        error(
            diagnostics,
            "partner_state",
            format!(
                "{state:?} is not a partner state that Graph documents. Use {}, or leave \
                 out partner_state so that the service sets it.",
                one_of(&PARTNER_STATES, '"')
            ),
        );
    }
    if let Value::Value(heartbeat) = &config.last_heartbeat_date_time {
        last_heartbeat(heartbeat, diagnostics);
    }
    durations(timeouts, diagnostics);
}

/// Adds an error for each time limit that is not a duration.
pub fn durations<T: Settings>(timeouts: &Value<T>, diagnostics: &mut Diagnostics) {
    let Value::Value(timeouts) = timeouts else {
        return;
    };
    for operation in T::LIMITS {
        let Some(limit) = timeouts.setting(*operation) else {
            continue;
        };
        if timeouts::parse(limit).is_none() {
            error(
                diagnostics,
                "timeouts",
                format!(
                    "timeouts.{} = {limit:?} is not a duration longer than zero. Use \
                     numbers with units, such as \"90s\", \"5m\", or \"1h30m\".",
                    operation.name()
                ),
            );
        }
    }
}

/// Adds an error for each attribute that only the data source can set.
pub fn search(config: &Attributes, diagnostics: &mut Diagnostics) {
    let of_platforms = Platform::ALL.into_iter().flat_map(|platform| {
        let (onboarded, assignments) = (config.onboarded(platform), config.assignments(platform));
        [
            (platform.onboarded_attribute(), onboarded.is_null()),
            (platform.assignments_attribute(), assignments.is_null()),
        ]
    });
    let others = [
        ("partner_state", config.partner_state.is_null()),
        (
            "last_heartbeat_date_time",
            config.last_heartbeat_date_time.is_null(),
        ),
    ];
    for (attribute, is_null) in of_platforms.chain(others) {
        if !is_null {
            found(attribute, diagnostics);
        }
    }
}

/// Adds an error for an attribute that a data source sets.
pub fn found(attribute: &'static str, diagnostics: &mut Diagnostics) {
    let why = "the data source sets it. Remove it, and read its value where you need it";
    read_only(attribute, why, diagnostics);
}

/// Adds an error for an attribute that must not be set. Terraform leaves this check to the provider.
fn read_only(attribute: &'static str, why: &str, diagnostics: &mut Diagnostics) {
    let detail = format!("{attribute} is set, but it is read-only: {why}.");
    error(diagnostics, attribute, detail);
}

/// Adds an error for everything that this version of Graph's API does not have, and returns whether there is nothing. A
/// version that is not known yet may have everything, and a value that is not known yet may become null.
pub fn version(
    config: &Attributes,
    version: Option<ApiVersion>,
    diagnostics: &mut Diagnostics,
) -> bool {
    if version != Some(ApiVersion::V1) {
        return true;
    }
    let before = diagnostics.errors.len();
    let mut needs_beta = |attribute, what: &str| {
        let detail = format!("{what} {ONLY_IN_BETA}, or remove it.");
        error(diagnostics, attribute, detail);
    };
    for platform in Platform::ALL {
        let (onboarded, assignments) = (config.onboarded(platform), config.assignments(platform));
        if !platform.is_in(ApiVersion::V1) {
            let name = platform.name();
            if onboarded.is_value() {
                needs_beta(platform.onboarded_attribute(), &format!("{name} is"));
            }
            if assignments.is_value() {
                needs_beta(platform.assignments_attribute(), &format!("{name} is"));
            }
            continue;
        }
        let targets = assignments.as_deref_option().unwrap_or_default().iter();
        for target in targets.filter_map(Value::as_ref_option) {
            if target.filter_id.is_value() || target.filter_type.is_value() {
                let what = format!("The filter of the element {} is", describe(target));
                needs_beta(platform.assignments_attribute(), &what);
            }
        }
    }
    diagnostics.errors.len() == before
}

/// Whether a text can be the last segment of a URL's path, which cannot hold the line end that a file adds.
pub fn is_id(text: &str) -> bool {
    !text.trim().is_empty() && text != "." && text != ".." && !text.contains(char::is_control)
}

/// Whether a text is the id of an object in Entra ID or Intune, in its usual form.
pub fn is_guid(text: &str) -> bool {
    // Without the check of the length, braces would be accepted, and missing hyphens.
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// An id must name a partner: an empty one would name the whole collection.
pub fn id(id: &Text, diagnostics: &mut Diagnostics) {
    if let Value::Value(id) = id
        && !is_id(id)
    {
        error(
            diagnostics,
            "id",
            format!(
                "{id:?} is not the id of a partner. Use the id that Graph shows, or use display_name."
            ),
        );
    }
}

/// A display name must not be blank: Graph refuses an empty one, and data sources and
/// imports find a partner by it.
pub fn display_name(name: &Text, diagnostics: &mut Diagnostics) {
    if let Value::Value(name) = name
        && name.trim().is_empty()
    {
        error(
            diagnostics,
            "display_name",
            format!("{name:?} is blank. Use the name that the admin center shows."),
        );
    }
}

fn last_heartbeat(heartbeat: &str, diagnostics: &mut Diagnostics) {
    let problem = match date_time::parse(heartbeat) {
        Ok(_) => return,
        Err(Malformed::Form) => "is not an RFC 3339 date and time",
        Err(Malformed::Range) => {
            "is a moment that Graph cannot keep: it accepts the years 1 to 9999 in UTC, and no leap seconds"
        }
        Err(Malformed::Digits) => {
            "has more than 7 fractional digits of a second, the most that Graph keeps"
        }
    };
    error(
        diagnostics,
        "last_heartbeat_date_time",
        format!(
            "{heartbeat:?} {problem}. Use a form like \"2026-01-31T08:30:00Z\" or \
             \"2026-01-31T00:30:00.1234567-08:00\", or leave it out: the service updates it."
        ),
    );
}

/// Targets must be complete and must not occur twice.
pub fn assignments(platform: Platform, assignments: &Assignments, diagnostics: &mut Diagnostics) {
    let Value::Value(targets) = assignments else {
        return;
    };
    let attribute = platform.assignments_attribute();
    let mut seen: Vec<&Target> = Vec::new();
    for element in targets {
        let target = match element {
            Value::Value(target) => target,
            Value::Unknown => continue,
            Value::Null => {
                error(
                    diagnostics,
                    attribute,
                    "An element is null. Remove it.".to_owned(),
                );
                continue;
            }
        };
        let before = diagnostics.errors.len();
        self::target(attribute, target, diagnostics);
        if !target.is_known() || diagnostics.errors.len() > before {
            continue;
        }
        if seen.iter().any(|it| it.means(target)) {
            error(
                diagnostics,
                attribute,
                format!(
                    "The element {} occurs twice. Remove one of them.",
                    describe(target)
                ),
            );
        }
        seen.push(target);
    }
}

/// The path ends at the root attribute, and the detail names the element: Terraform cannot
/// point into a set and would show the header of the resource instead.
fn target(attribute: &'static str, target: &Target, diagnostics: &mut Diagnostics) {
    let names = TargetType::ALL.map(TargetType::name);
    let kind = match &target.r#type {
        Value::Unknown => return,
        Value::Null => None,
        Value::Value(name) => TargetType::ALL.into_iter().find(|kind| kind.name() == name),
    };
    let element = describe(target);
    let Some(kind) = kind else {
        let problem = match &target.r#type {
            Value::Null => "has no type",
            _ => "has a type that is not supported",
        };
        let detail = format!(
            "The element {element} {problem}. Use {}.",
            one_of(&names, '"')
        );
        return error(diagnostics, attribute, detail);
    };
    for (name, id) in [
        ("group_id", &target.group_id),
        ("collection_id", &target.collection_id),
    ] {
        let wanted = kind.id_attribute() == Some(name);
        let kind = kind.name();
        let problem = match id {
            Value::Null if wanted => {
                format!("has no {name}. A target of type {kind:?} needs one")
            }
            Value::Value(id) if wanted && id.trim().is_empty() => {
                format!("has an empty {name}. A target of type {kind:?} needs one")
            }
            Value::Value(_) if !wanted => {
                format!("has a {name}, but a target of type {kind:?} cannot have one. Remove it")
            }
            Value::Value(id) if name == "group_id" && !is_guid(id) => {
                "has a group_id that is not an object id. Use the id of the group, a GUID, which `az ad group show --group \
                 NAME --query id` prints"
                    .to_owned()
            }
            _ => continue,
        };
        error(
            diagnostics,
            attribute,
            format!("The element {element} {problem}."),
        );
    }
    if let Some(problem) = filter(target) {
        error(
            diagnostics,
            attribute,
            format!("The element {element} {problem}."),
        );
    }
}

/// What is wrong with the filter of a target.
fn filter(target: &Target) -> Option<String> {
    let (id, kind) = (&target.filter_id, &target.filter_type);
    match (id, kind) {
        (Value::Value(id), _) if id.trim().is_empty() => {
            Some("has an empty filter_id. Use the id of an assignment filter, or remove it".into())
        }
        (Value::Value(id), _) if !is_guid(id) => Some(
            "has a filter_id that is not an id. Use the id of the assignment filter, a GUID, which is in the URL of its page \
             in the admin center"
                .into(),
        ),
        (Value::Value(id), _) if id == model::NO_FILTER_ID => {
            Some("has the filter_id that stands for no filter. Remove filter_id and filter_type".into())
        }
        (_, Value::Value(kind)) if !FILTER_TYPES.contains(&kind.as_str()) => Some(format!(
            "has a filter_type that is not supported. Use {}, or, for no filter, remove filter_id and filter_type",
            one_of(&FILTER_TYPES, '"')
        )),
        (Value::Value(_), Value::Null) => Some(format!(
            "has filter_id but no filter_type. Set filter_type to {}",
            one_of(&FILTER_TYPES, '"')
        )),
        (Value::Null, Value::Value(_)) => {
            Some("has filter_type but no filter_id. Set filter_id to the id of the assignment filter".into())
        }
        _ => None,
    }
}

/// An element as it may be written in the configuration.
fn describe(target: &Target) -> String {
    let parts = target.parts().into_iter();
    let parts = parts.filter_map(|(name, value)| match value {
        Value::Value(value) => Some(format!("{name} = {value:?}")),
        Value::Unknown => Some(format!("{name} = (known after apply)")),
        Value::Null => None,
    });
    match parts.collect::<Vec<_>>().join(", ") {
        nothing if nothing.is_empty() => "{}".to_owned(),
        parts => format!("{{ {parts} }}"),
    }
}

/// Adds an error for an invalid value.
pub fn error(diagnostics: &mut Diagnostics, attribute: &'static str, detail: String) {
    report::attribute(
        diagnostics,
        attribute,
        format!("Invalid {attribute}"),
        detail,
    );
}
