//! Whom a set of assignments reaches, as far as the plan knows. `platform` compares two of them.

use std::collections::BTreeSet;

use tf_provider::value::Value;

use crate::{
    compliance_partner::{
        report::quoted,
        state::{Assignments, Target, TargetType, Text},
    },
    words::one_line,
};

/// Whom a set of assignments includes and excludes. Of a target in it, everything but the type can be unknown.
#[derive(Default)]
pub(super) struct Reach<'a> {
    /// The targets that include someone.
    pub(super) includes: Vec<&'a Target>,
    /// The targets that exclude someone.
    pub(super) excludes: Vec<&'a Target>,
    /// Whether there may be other targets.
    pub(super) is_open: bool,
}

impl<'a> Reach<'a> {
    /// Reads a set.
    pub(super) fn of(assignments: &'a Assignments) -> Self {
        let mut reach = Self {
            // Null means not managed, and says nothing about the targets.
            is_open: !assignments.is_value(),
            ..Self::default()
        };
        for element in assignments.as_ref_option().into_iter().flatten() {
            match element {
                Value::Value(target) if is_a(target, TargetType::ExclusionGroup) => {
                    reach.excludes.push(target);
                }
                Value::Value(target) if target.r#type.is_value() => reach.includes.push(target),
                Value::Value(_) | Value::Unknown => reach.is_open = true,
                Value::Null => {}
            }
        }
        reach
    }

    /// Whether it certainly includes no one.
    pub(super) fn includes_nobody(&self) -> bool {
        self.includes.is_empty() && !self.is_open
    }

    /// Whether it excludes someone and certainly includes no one.
    pub(super) fn only_excludes(&self) -> bool {
        self.includes_nobody() && !self.excludes.is_empty()
    }

    /// Whether a group is excluded, at least in part.
    pub(super) fn has_excluded(&self, group: &str) -> bool {
        self.excludes.iter().any(|it| names_group(it, group))
    }

    /// Whether a target of the same type is included.
    pub(super) fn has_kind_of(&self, target: &Target) -> bool {
        self.includes.iter().any(|it| it.r#type == target.r#type)
    }

    /// The groups that are included, at least in part, each once.
    pub(super) fn groups(&self) -> impl Iterator<Item = &'a str> {
        let id = |target: &'a Target| {
            let id = target.group_id.as_deref_option()?;
            is_a(target, TargetType::Group).then_some(id)
        };
        let ids = self.includes.iter().enumerate();
        ids.filter_map(move |(place, target)| {
            let is_there = |it: &&Target| id(target).is_some_and(|group| names_group(it, group));
            id(target).filter(|_| !self.includes[..place].iter().any(is_there))
        })
    }

    /// Whether a group is included, at least in part.
    pub(super) fn has_group(&self, group: &str) -> bool {
        let mut groups = self
            .includes
            .iter()
            .filter(|it| is_a(it, TargetType::Group));
        groups.any(|it| names_group(it, group))
    }

    /// Whether a group, or the part of it that a target includes, is also excluded.
    pub(super) fn contradicts_itself_about(&self, group: &str) -> bool {
        let of_group = |target: &&&Target| names_group(target, group);
        let includes = self.includes.iter().filter(of_group);
        let mut includes = includes.filter(|it| is_a(it, TargetType::Group));
        includes.any(|include| {
            let mut excludes = self.excludes.iter().filter(of_group);
            excludes.any(|exclude| leaves_in(exclude, include) == Some(true))
        })
    }

    /// The targets that are excluded here and certainly were not before.
    pub(super) fn excluded_since(&self, before: &Reach<'_>) -> impl Iterator<Item = &'a Target> {
        let excludes = self.excludes.iter().copied();
        excludes.filter(|target| {
            let mut known = before.excludes.iter();
            known.all(|it| covers(it, target) == Some(false))
        })
    }

    /// What `before` includes and this does not: the targets that may be lost, and how many of them are lost at least.
    /// A target that is not known yet may be one of those that were there.
    pub(super) fn lost_since<'b>(&self, before: &Reach<'b>) -> (Vec<&'b Target>, usize) {
        if self.is_open {
            return (Vec::new(), 0);
        }
        let stays = |target: &Target| {
            let mut includes = self.includes.iter();
            includes.any(|it| covers(it, target) == Some(true))
        };
        let gone = before.includes.iter().copied();
        let gone: Vec<_> = gone.filter(|it| !stays(it)).collect();
        let mut lost = 0;
        let mut doubtful = Vec::new();
        for target in &gone {
            let mut chances = self.chances(target).peekable();
            if chances.peek().is_none() {
                lost += 1;
            } else if !chances.any(is_everyone) {
                doubtful.push(*target);
            }
        }
        // A target that is not known yet becomes one group or one collection.
        for kind in TargetType::ALL {
            let doubtful = doubtful.iter().filter(|it| is_a(it, kind));
            let chances = doubtful.clone().flat_map(|it| self.chances(it));
            let chances: BTreeSet<_> = chances.map(std::ptr::from_ref).collect();
            let ids = doubtful.map(|it| (lowercase(&it.group_id), lowercase(&it.collection_id)));
            let ids: BTreeSet<_> = ids.collect();
            lost += ids.len().saturating_sub(chances.len());
        }
        (gone, lost)
    }

    /// The targets that may turn out to include everyone whom `target` includes.
    fn chances(&self, target: &Target) -> impl Iterator<Item = &'a Target> {
        let includes = self.includes.iter().copied();
        includes.filter(|it| covers(it, target).is_none())
    }
}

/// Whether `wide` includes everyone whom `narrow` includes; `None` if that is not known yet.
fn covers(wide: &Target, narrow: &Target) -> Option<bool> {
    let covers_place = if is_a(wide, TargetType::AllDevices) {
        Some(true)
    } else if is_a(wide, TargetType::AllLicensedUsers) {
        Some(is_a(narrow, TargetType::Group) || is_a(narrow, TargetType::AllLicensedUsers))
    } else {
        let ids = [
            same(&wide.group_id, &narrow.group_id),
            same(&wide.collection_id, &narrow.collection_id),
        ];
        and(Some(wide.r#type == narrow.r#type), and(ids[0], ids[1]))
    };
    and(covers_place, leaves_in(wide, narrow))
}

/// Whether the filter of `wide` leaves in everyone whom the filter of `narrow` does; `None` if that is not known yet.
/// One filter says nothing about what another leaves in.
fn leaves_in(wide: &Target, narrow: &Target) -> Option<bool> {
    let has_none = match (&wide.filter_id, &wide.filter_type) {
        (Value::Value(_), _) | (_, Value::Value(_)) => Some(false),
        (Value::Null, _) | (_, Value::Null) => Some(true),
        (Value::Unknown, Value::Unknown) => None,
    };
    let is_same = and(
        same(&wide.filter_id, &narrow.filter_id),
        same(&wide.filter_type, &narrow.filter_type),
    );
    or(has_none, is_same)
}

fn same(a: &Text, b: &Text) -> Option<bool> {
    match (a, b) {
        (Value::Unknown, _) | (_, Value::Unknown) => None,
        (a, b) => Some(lowercase(a) == lowercase(b)),
    }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    and(a.map(|it| !it), b.map(|it| !it)).map(|it| !it)
}

/// Ids are GUIDs, which Graph may return in a different letter case.
fn lowercase(id: &Text) -> Option<String> {
    id.as_deref_option().map(str::to_ascii_lowercase)
}

fn names_group(target: &Target, group: &str) -> bool {
    let id = target.group_id.as_deref_option();
    id.is_some_and(|id| id.eq_ignore_ascii_case(group))
}

fn is_a(target: &Target, kind: TargetType) -> bool {
    target.r#type.as_deref_option() == Some(kind.name())
}

fn names_a_group(target: &Target) -> bool {
    is_a(target, TargetType::Group) || is_a(target, TargetType::ExclusionGroup)
}

/// Whether the target means all devices or all licensed users.
pub(super) fn is_everyone(target: &Target) -> bool {
    is_a(target, TargetType::AllDevices) || is_a(target, TargetType::AllLicensedUsers)
}

/// A target for use in a sentence.
pub(super) fn named(target: &Target) -> String {
    let kind = target.r#type.as_deref_option().unwrap_or_default();
    let (group, collection) = (
        target.group_id.as_deref_option(),
        target.collection_id.as_deref_option(),
    );
    let name = match (group, collection) {
        _ if is_everyone(target) => kind.replace('_', " "),
        (Some(group), _) if names_a_group(target) => group_named(group),
        (None, _) if names_a_group(target) => "a group that is not known yet".to_owned(),
        (None, Some(collection)) => format!("collection {}", quoted(collection)),
        _ => format!("the target of type {}", quoted(kind)),
    };
    match (&target.filter_type, &target.filter_id) {
        (Value::Value(kind), Value::Value(filter)) => {
            format!("{name} ({} filter {})", one_line(kind, 20), quoted(filter))
        }
        _ => name,
    }
}

/// A group for use in a sentence.
pub(super) fn group_named(group: &str) -> String {
    format!("group {}", quoted(group))
}
