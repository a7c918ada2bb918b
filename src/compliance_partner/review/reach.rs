//! Who a set of assignments reaches, as far as the plan knows. `platform` compares two of them.

use tf_provider::value::Value;

use crate::{
    compliance_partner::{
        report::quoted,
        state::{Assignments, Target, TargetType},
    },
    words::one_line,
};

/// Who a set of assignments includes and excludes.
#[derive(Default)]
pub(super) struct Reach<'a> {
    /// The targets that include somebody.
    pub(super) includes: Vec<&'a Target>,
    /// The groups that are excluded.
    pub(super) excludes: Vec<&'a str>,
    /// The types of including targets that name something which is not known yet.
    unknown_includes: Vec<&'a str>,
    /// How many excluded groups are not known yet.
    pub(super) unknown_excludes: usize,
    /// Whether there may be anything else.
    pub(super) is_open: bool,
}

impl<'a> Reach<'a> {
    /// Reads a set.
    pub(super) fn of(assignments: &'a Assignments) -> Self {
        let mut reach = Self {
            // Null is not managed, and says nothing.
            is_open: !assignments.is_value(),
            ..Self::default()
        };
        for element in assignments.as_ref_option().into_iter().flatten() {
            reach.add(element);
        }
        reach
    }

    fn add(&mut self, element: &'a Value<Target>) {
        let target = match element {
            Value::Value(target) => target,
            Value::Unknown => return self.is_open = true,
            Value::Null => return,
        };
        let Value::Value(kind) = &target.r#type else {
            return self.is_open = true;
        };
        let is_exclusion = kind == TargetType::ExclusionGroup.name();
        match (is_exclusion, target.is_known()) {
            (true, true) => self.excludes.extend(target.group_id.as_deref_option()),
            (true, false) => self.unknown_excludes += 1,
            (false, true) => self.includes.push(target),
            (false, false) => self.unknown_includes.push(kind),
        }
    }

    /// Whether it certainly includes nobody.
    pub(super) fn includes_nobody(&self) -> bool {
        self.includes.is_empty() && self.unknown_includes.is_empty() && !self.is_open
    }

    /// Whether it excludes somebody and certainly includes nobody.
    pub(super) fn only_excludes(&self) -> bool {
        self.includes_nobody() && self.excludes.len() + self.unknown_excludes > 0
    }

    /// Whether a group is excluded.
    pub(super) fn has_excluded(&self, group: &str) -> bool {
        self.excludes
            .iter()
            .any(|it| it.eq_ignore_ascii_case(group))
    }

    /// Whether a target of the same type is included.
    pub(super) fn has_kind_of(&self, target: &Target) -> bool {
        self.includes.iter().any(|it| it.r#type == target.r#type)
    }

    /// The groups that are included.
    pub(super) fn groups(&self) -> impl Iterator<Item = &'a str> {
        let groups = self
            .includes
            .iter()
            .filter(|it| is_a(it, TargetType::Group));
        groups.filter_map(|it| it.group_id.as_deref_option())
    }

    /// Whether a group is included.
    pub(super) fn has_group(&self, group: &str) -> bool {
        self.groups().any(|it| it.eq_ignore_ascii_case(group))
    }

    /// What `before` includes and this certainly does not: the targets that may be meant, and how many of them at least.
    /// Each that is not known yet may be one of those that were there.
    pub(super) fn lost_since<'b>(&self, before: &Reach<'b>) -> (Vec<&'b Target>, usize) {
        if self.is_open {
            return (Vec::new(), 0);
        }
        let gone = before.includes.iter().copied();
        let gone: Vec<_> = gone
            .filter(|target| !self.includes.iter().any(|it| covers(it, target)))
            .collect();
        let mut most_known_again = 0;
        for kind in TargetType::ALL {
            let unknown = self.unknown_includes.iter();
            let unknown = unknown.filter(|name| **name == kind.name()).count();
            let candidates = gone.iter().filter(|target| is_a(target, kind)).count();
            most_known_again += unknown.min(candidates);
        }
        let lost = gone.len() - most_known_again;
        (gone, lost)
    }
}

/// Whether whoever `narrow` includes is included by `wide` too.
fn covers(wide: &Target, narrow: &Target) -> bool {
    wide.means(narrow)
        || (!is_filtered(wide)
            && (is_a(wide, TargetType::AllDevices)
                || (is_a(wide, TargetType::AllLicensedUsers) && is_a(narrow, TargetType::Group))
                || wide.means(&without_filter(narrow))))
}

/// Whether a filter leaves somebody out.
fn is_filtered(target: &Target) -> bool {
    target.filter_id.is_value()
}

fn without_filter(target: &Target) -> Target {
    Target {
        filter_id: Value::Null,
        filter_type: Value::Null,
        ..target.clone()
    }
}

fn is_a(target: &Target, kind: TargetType) -> bool {
    target.r#type.as_deref_option() == Some(kind.name())
}

/// Whether it stands for all devices or all licensed users.
pub(super) fn is_everyone(target: &Target) -> bool {
    is_a(target, TargetType::AllDevices) || is_a(target, TargetType::AllLicensedUsers)
}

/// A target in a sentence.
pub(super) fn named(target: &Target) -> String {
    let kind = target.r#type.as_deref_option().unwrap_or_default();
    let (group, collection) = (
        target.group_id.as_deref_option(),
        target.collection_id.as_deref_option(),
    );
    let name = match (group, collection) {
        _ if is_everyone(target) => kind.replace('_', " "),
        (Some(group), _) if is_a(target, TargetType::Group) => group_named(group),
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

/// A group in a sentence.
pub(super) fn group_named(group: &str) -> String {
    format!("group {}", quoted(group))
}
