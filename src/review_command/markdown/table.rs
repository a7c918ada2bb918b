//! One partner before and after, for the comment: what stays is plain, and what changes is marked.

use tf_provider::value::{Value, ValueBool};

use super::super::{plan::PartnerChange, visible::code};
use crate::compliance_partner::state::{
    Assignments, Attributes, Platform, Target, TargetType, Text,
};

const UNKNOWN: &str = "(known after apply)";
const SENSITIVE: &str = "(sensitive value)";

/// The most targets that a cell shows.
const MOST_TARGETS: usize = 20;

/// The attributes that do not belong to a platform: the name, and others that change.
pub fn around(change: &PartnerChange) -> Option<String> {
    let line = |label: &str, attribute: &str, of: fn(&Attributes) -> &Text, is_always: bool| {
        let side = |partner: &Option<Attributes>| partner.as_ref().map(|it| text(of(it)));
        let (before, after) = (side(&change.prior), side(&change.planned));
        let shown = if change.sensitive.contains(attribute) {
            SENSITIVE.to_owned()
        } else {
            arrow(before.as_deref(), after.as_deref())
        };
        let known = change.planned.as_ref().is_some_and(|it| of(it).is_value());
        let is_changed = known && before.is_some() && before != after;
        (is_always || is_changed).then(|| format!("{label}: {shown}"))
    };
    let lines = [
        line("Display name", "display_name", |it| &it.display_name, true),
        line("State", "partner_state", |it| &it.partner_state, false),
        line(
            "Last heartbeat",
            "last_heartbeat_date_time",
            |it| &it.last_heartbeat_date_time,
            false,
        ),
    ];
    let lines: Vec<_> = lines.into_iter().flatten().collect();
    (!lines.is_empty()).then(|| lines.join("  \n"))
}

/// A row for each platform that the partner says something about.
pub fn platforms(change: &PartnerChange) -> Option<String> {
    let rows: Vec<_> = Platform::ALL
        .into_iter()
        .filter_map(|it| row(change, it))
        .collect();
    (!rows.is_empty()).then(|| {
        format!(
            "| platform | onboarded | included | excluded |\n|---|---|---|---|\n{}",
            rows.join("\n")
        )
    })
}

fn row(change: &PartnerChange, platform: Platform) -> Option<String> {
    let sides = || change.prior.iter().chain(&change.planned);
    // For a new partner, unknown only means not configured.
    let is_new = change.prior.is_none();
    let says_something = |it: &Attributes| {
        let (flag, targets) = (it.onboarded(platform), it.assignments(platform));
        let no_targets = targets.as_deref_option().is_some_and(<[_]>::is_empty);
        *flag == Value::Value(true)
            || (flag.is_unknown() && !is_new)
            || !(targets.is_null() || no_targets || (targets.is_unknown() && is_new))
    };
    if !sides().any(says_something) {
        return None;
    }
    let side =
        |partner: &Option<Attributes>| partner.as_ref().map(|it| flag(*it.onboarded(platform)));
    let (before, after) = (side(&change.prior), side(&change.planned));
    let onboarded = if change.sensitive.contains(platform.onboarded_attribute()) {
        SENSITIVE.to_owned()
    } else {
        arrow(before, after)
    };
    let targets = |is_excluded| {
        if change.sensitive.contains(platform.assignments_attribute()) {
            return SENSITIVE.to_owned();
        }
        let side = |partner: &Option<Attributes>| {
            partner
                .as_ref()
                .map(|it| Side::new(it.assignments(platform), is_excluded))
        };
        cell(side(&change.prior), side(&change.planned))
    };
    Some(format!(
        "| {} | {onboarded} | {} | {} |",
        platform.name(),
        targets(false),
        targets(true)
    ))
}

/// The targets of a platform that are on one side: included or excluded.
struct Side {
    is_unknown: bool,
    targets: Vec<Value<Target>>,
}

impl Side {
    fn new(assignments: &Assignments, is_excluded: bool) -> Self {
        let targets = assignments.as_deref_option().unwrap_or_default().iter();
        let is_here = |target: &&Value<Target>| {
            let kind = target
                .as_ref_option()
                .and_then(|it| it.r#type.as_deref_option());
            (kind == Some(TargetType::ExclusionGroup.name())) == is_excluded
        };
        Self {
            is_unknown: assignments.is_unknown(),
            targets: targets.filter(is_here).cloned().collect(),
        }
    }

    fn has(&self, target: &Value<Target>) -> bool {
        let means = |it: &Value<Target>| match (it, target) {
            (Value::Value(a), Value::Value(b)) => a.is_known() && b.is_known() && a.means(b),
            _ => false,
        };
        self.targets.iter().any(means)
    }
}

fn cell(before: Option<Side>, after: Option<Side>) -> String {
    let lines: Vec<_> = match (before, after) {
        (Some(before), Some(after)) if after.is_unknown => {
            let lines = before.targets.iter().map(label);
            lines.chain([format!("→ **{UNKNOWN}**")]).collect()
        }
        (Some(before), Some(after)) => {
            let new = after.targets.iter().map(|it| {
                let mark = if before.has(it) { "" } else { "**added** " };
                format!("{mark}{}", label(it))
            });
            let gone = before.targets.iter().filter(|it| !after.has(it));
            let gone = gone.map(|it| format!("**removed** {}", label(it)));
            // Changes come first, so that they are not what is left out.
            let mut lines: Vec<_> = new.chain(gone).collect();
            lines.sort_by_key(|line| !line.starts_with("**"));
            lines
        }
        (Some(only), None) | (None, Some(only)) if only.is_unknown => vec![UNKNOWN.to_owned()],
        (Some(only), None) | (None, Some(only)) => only.targets.iter().map(label).collect(),
        (None, None) => vec![],
    };
    let more = lines.len().saturating_sub(MOST_TARGETS);
    let more = (more > 0).then(|| format!("and {more} more"));
    let lines: Vec<_> = lines.into_iter().take(MOST_TARGETS).chain(more).collect();
    lines.join("<br>")
}

/// A target in words. Attributes that refine it follow, with their names.
fn label(target: &Value<Target>) -> String {
    let Value::Value(target) = target else {
        return format!("a target {UNKNOWN}");
    };
    let mut words = match target.r#type.as_deref_option() {
        Some("group" | "exclusion_group") => "group".to_owned(),
        Some("all_devices") => "all devices".to_owned(),
        Some("all_licensed_users") => "all licensed users".to_owned(),
        Some("configuration_manager_collection") => "collection".to_owned(),
        Some(other) => code(other),
        None => format!("a type {UNKNOWN}"),
    };
    for (name, value) in target.parts() {
        let value = match value {
            Value::Value(text) => code(text),
            Value::Unknown => UNKNOWN.to_owned(),
            Value::Null => continue,
        };
        match name {
            "type" => {}
            "group_id" | "collection_id" => words.extend([" ", value.as_str()]),
            other => words.extend([", ", other, " ", value.as_str()]),
        }
    }
    words
}

fn text(text: &Text) -> String {
    match text {
        Value::Value(text) => code(text),
        Value::Null => "none".to_owned(),
        Value::Unknown => UNKNOWN.to_owned(),
    }
}

fn flag(flag: ValueBool) -> &'static str {
    match flag {
        Value::Value(true) => "yes",
        Value::Value(false) => "no",
        Value::Null => "not set",
        Value::Unknown => UNKNOWN,
    }
}

/// Before and after, or the only one there is; the new value is bold.
fn arrow(before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (Some(before), Some(after)) if before != after => format!("{before} → **{after}**"),
        (Some(only), _) | (None, Some(only)) => only.to_owned(),
        (None, None) => String::new(),
    }
}
