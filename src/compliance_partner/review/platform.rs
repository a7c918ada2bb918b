//! The rules about one platform of a partner: whom it reaches before and after, and which other
//! partner has it. `review` applies them.

use tf_provider::value::Value;

use super::{
    Change, Finding,
    reach::{Reach, group_named, is_everyone, named},
    rule,
};
use crate::{
    compliance_partner::{
        report::quoted,
        state::{Assignments, Attributes, Platform, Target},
    },
    words::listed,
};

/// A platform of a partner before and after.
struct Comparison<'a> {
    platform: Platform,
    was_onboarded: bool,
    /// `None` if it is not known yet.
    is_onboarded: Option<bool>,
    was_assigned: bool,
    is_assigned: bool,
    before: Reach<'a>,
    after: Reach<'a>,
}

impl<'a> Comparison<'a> {
    fn new(prior: Option<&'a Attributes>, planned: &'a Attributes, platform: Platform) -> Self {
        let (onboarded, assignments) = (
            prior.and_then(|it| it.onboarded(platform).as_option()),
            prior.map(|it| it.assignments(platform)),
        );
        Self {
            platform,
            was_onboarded: onboarded == Some(true),
            is_onboarded: planned.onboarded(platform).as_option(),
            was_assigned: assignments.is_some_and(has_elements),
            is_assigned: has_elements(planned.assignments(platform)),
            before: assignments.map(Reach::of).unwrap_or_default(),
            after: Reach::of(planned.assignments(platform)),
        }
    }

    /// Whether anyone can drop out: someone was reached before, and the platform as a whole is not offboarded.
    fn someone_can_drop_out(&self) -> bool {
        self.was_onboarded && self.is_onboarded != Some(false) && !self.before.includes.is_empty()
    }

    fn is_newly_onboarded(&self) -> bool {
        self.is_onboarded == Some(true) && !self.was_onboarded
    }

    /// The groups that are included now and were not before.
    fn new_groups(&self) -> impl Iterator<Item = &'a str> {
        let groups = self.after.groups();
        groups.filter(|group| !self.before.has_group(group))
    }

    fn about_assignments(&self, rule: &super::Rule, consequence: String, advice: &str) -> Finding {
        let attribute = self.platform.assignments_attribute();
        Finding::new(rule, attribute, consequence, advice.to_owned())
    }
}

fn has_elements(assignments: &Assignments) -> bool {
    matches!(assignments, Value::Value(elements) if !elements.is_empty())
}

/// The findings about a platform.
pub(super) fn findings(
    change: &Change<'_>,
    planned: &Attributes,
    platform: Platform,
) -> Vec<Finding> {
    let it = Comparison::new(change.prior, planned, platform);
    let last = last_include_removed(&it);
    // The loss of everyone makes the smaller losses redundant.
    let of_some = last.is_none();
    [
        offboarded(&it),
        last,
        of_some.then(|| include_removed(&it)).flatten(),
        of_some.then(|| exclusion_added(&it)).flatten(),
        exclusion_only(&it),
        everyone_assigned(&it),
        included_and_excluded(&it),
        assigned_not_onboarded(&it),
        platform_shared(&it, change),
        group_shared(&it, change),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether the findings about a platform can depend on the tenant's other partners.
pub(super) fn asks_for_others(
    change: &Change<'_>,
    planned: &Attributes,
    platform: Platform,
) -> bool {
    let it = Comparison::new(change.prior, planned, platform);
    it.is_newly_onboarded() || it.new_groups().next().is_some()
}

fn offboarded(it: &Comparison<'_>) -> Option<Finding> {
    if !it.was_onboarded || it.is_onboarded != Some(false) {
        return None;
    }
    let (name, attribute) = (it.platform.name(), it.platform.onboarded_attribute());
    Some(Finding::new(
        &rule::PLATFORM_OFFBOARDED,
        attribute,
        format!(
            "{name} is no longer onboarded. Its devices can lose their compliant status, and Conditional Access can \
             lock out their users."
        ),
        format!(
            "First move its users to another partner or to Intune, or keep {attribute} = true."
        ),
    ))
}

fn last_include_removed(it: &Comparison<'_>) -> Option<Finding> {
    if !it.someone_can_drop_out() || !it.after.includes_nobody() {
        return None;
    }
    let consequence = format!(
        "{} is onboarded but no longer includes anyone. All its devices can lose their compliant status, and \
         Conditional Access can lock out their users.",
        it.platform.name()
    );
    let advice = format!(
        "Keep an assignment for everyone who should stay, or set {} = false if no one should.",
        it.platform.onboarded_attribute()
    );
    Some(it.about_assignments(&rule::LAST_INCLUDE_REMOVED, consequence, &advice))
}

fn include_removed(it: &Comparison<'_>) -> Option<Finding> {
    if !it.someone_can_drop_out() {
        return None;
    }
    let (gone, lost) = it.after.lost_since(&it.before);
    if lost == 0 {
        return None;
    }
    let at_least = if lost < gone.len() {
        format!("at least {lost} of ")
    } else {
        String::new()
    };
    // Because of a filter, only part of a group may be left.
    let name = |target: &Target| match target.group_id.as_deref_option() {
        Some(group) if it.after.has_group(group) => format!("all of {}", named(target)),
        _ => named(target),
    };
    let names = listed(gone.into_iter().map(name).collect());
    let consequence = format!(
        "{} no longer includes {at_least}{names}. Anyone whom no other assignment includes drops out: devices can lose \
         their compliant status, and Conditional Access can lock out their users.",
        it.platform.name()
    );
    let advice = "First make sure that everyone who should stay is in another assignment.";
    Some(it.about_assignments(&rule::INCLUDE_REMOVED, consequence, advice))
}

fn exclusion_added(it: &Comparison<'_>) -> Option<Finding> {
    if !it.someone_can_drop_out() {
        return None;
    }
    // Because of a filter, only part of a group may have been excluded before.
    let name = |target: &Target| match target.group_id.as_deref_option() {
        Some(group) if it.before.has_excluded(group) => format!("more of {}", named(target)),
        _ => named(target),
    };
    let new = it.after.excluded_since(&it.before);
    let mut names: Vec<_> = new.map(name).collect();
    names.dedup();
    if names.is_empty() {
        return None;
    }
    let consequence = format!(
        "{} now excludes {}. Members who were included drop out: devices can lose their compliant status, and \
         Conditional Access can lock out their users.",
        it.platform.name(),
        listed(names)
    );
    let advice = "First make sure that the members do not need the partner.";
    Some(it.about_assignments(&rule::EXCLUSION_ADDED, consequence, advice))
}

fn exclusion_only(it: &Comparison<'_>) -> Option<Finding> {
    if it.before.only_excludes() || !it.after.only_excludes() {
        return None;
    }
    let consequence = format!(
        "{} excludes groups but includes no one, so there is nothing to exclude them from.",
        it.platform.name()
    );
    let advice = "Include a group, or remove the exclusions.";
    Some(it.about_assignments(&rule::EXCLUSION_ONLY, consequence, advice))
}

fn everyone_assigned(it: &Comparison<'_>) -> Option<Finding> {
    let new = it.after.includes.iter().filter(|it| is_everyone(it));
    let new = new.filter(|target| !it.before.has_kind_of(target));
    let names: Vec<_> = new.map(|it| named(it)).collect();
    if names.is_empty() {
        return None;
    }
    let consequence = format!(
        "{} is assigned to {}, which some vendors reject. Jamf, for example, can then fail to connect.",
        it.platform.name(),
        listed(names)
    );
    let advice = "Assign groups instead, unless the vendor's documentation asks for everyone.";
    Some(it.about_assignments(&rule::EVERYONE_ASSIGNED, consequence, advice))
}

fn included_and_excluded(it: &Comparison<'_>) -> Option<Finding> {
    let groups = it.after.groups().filter(|group| {
        it.after.contradicts_itself_about(group) && !it.before.contradicts_itself_about(group)
    });
    let names: Vec<_> = groups.map(group_named).collect();
    if names.is_empty() {
        return None;
    }
    let consequence = format!(
        "{} both includes and excludes {}. The exclusion wins: the members are left out.",
        it.platform.name(),
        listed(names)
    );
    let advice = "Keep only one of the two.";
    Some(it.about_assignments(&rule::INCLUDED_AND_EXCLUDED, consequence, advice))
}

fn assigned_not_onboarded(it: &Comparison<'_>) -> Option<Finding> {
    let was_so = !it.was_onboarded && it.was_assigned;
    if was_so || it.is_onboarded != Some(false) || !it.is_assigned {
        return None;
    }
    let (name, attribute) = (it.platform.name(), it.platform.onboarded_attribute());
    let consequence =
        format!("{name} has assignments but is not onboarded, so they might have no effect.");
    let advice = format!(
        "Set {attribute} = true, or {} = [].",
        it.platform.assignments_attribute()
    );
    Some(it.about_assignments(&rule::ASSIGNED_NOT_ONBOARDED, consequence, &advice))
}

fn platform_shared(it: &Comparison<'_>, change: &Change<'_>) -> Option<Finding> {
    if !it.is_newly_onboarded() {
        return None;
    }
    let onboarded = change
        .others()
        .filter(|other| other.onboarded(it.platform).as_option() == Some(true));
    let names: Vec<_> = onboarded.map(partner_named).collect();
    if names.is_empty() {
        return None;
    }
    let (platform, others) = (it.platform.name(), listed(names));
    Some(Finding::new(
        &rule::PLATFORM_SHARED,
        it.platform.onboarded_attribute(),
        format!(
            "{platform} is also onboarded for {others}, but Intune allows one partner per platform. Devices of any \
             of these partners can lose their compliant status."
        ),
        format!("Keep {platform} onboarded for only one partner."),
    ))
}

fn group_shared(it: &Comparison<'_>, change: &Change<'_>) -> Option<Finding> {
    let others: Vec<_> = change
        .others()
        .map(|other| (other, Reach::of(other.assignments(it.platform))))
        .collect();
    let shared = it.new_groups().flat_map(|group| {
        let sharing = others
            .iter()
            .filter(move |(_, reach)| reach.has_group(group));
        sharing.map(move |(other, _)| format!("{} ({})", group_named(group), partner_named(other)))
    });
    let shared: Vec<_> = shared.collect();
    if shared.is_empty() {
        return None;
    }
    let consequence = format!(
        "{} includes what another partner also includes: {}. It can be uncertain which of the two its devices report through.",
        it.platform.name(),
        listed(shared)
    );
    let advice = "Assign each group to only one partner.";
    Some(it.about_assignments(&rule::GROUP_SHARED, consequence, advice))
}

/// A partner for use in a sentence, by the name that the admin center shows.
fn partner_named(partner: &Attributes) -> String {
    let (name, id) = (
        partner.display_name.as_deref_option(),
        partner.id.as_deref_option(),
    );
    match name.or(id) {
        Some(name) => format!("partner {}", quoted(name)),
        None => "another partner".to_owned(),
    }
}
