//! A review as a comment for a pull request. `review_command` calls it.
//!
//! The first line is a marker by which a job finds its comment again. The comment is no longer than GitHub allows, and
//! the most dangerous changes come first, so that they are never the ones that are left out.

mod table;

use std::{cmp::Reverse, iter};

use super::{
    plan::Action,
    verdict::{Review, Reviewed},
    visible::{block, code, prose},
};
use crate::compliance_partner::review::{Finding, Severity};

/// The first line of every comment.
pub const MARK: &str = "<!-- terraform-provider-intune review -->";

/// GitHub accepts 65,536 characters; this leaves some room for what a job adds.
const MOST: usize = 64_000;

/// The part of it that is reserved for the note at the end.
const ROOM_FOR_A_NOTE: usize = 500;

/// Renders the comment.
pub fn render(review: &Review) -> String {
    let mut text = format!("{MARK}\n## {}\n", headline(review));
    for note in &review.about.notes {
        push(&mut text, &format!("> {}", prose(note)));
    }
    let mut partners: Vec<_> = review.partners.iter().collect();
    partners.sort_by_key(|it| Reverse(it.count(Severity::High)));
    let mut left_out = 0;
    for partner in partners {
        let is_cut = left_out > 0;
        if is_cut || !section(&mut text, partner) {
            left_out += 1;
        }
    }
    if left_out > 0 {
        let all = review.partners.len();
        push(
            &mut text,
            &format!(
                "**This comment has reached its maximum length.** {left_out} of {all} partners are not shown, or only in \
                 part. `review --format json` has all of them."
            ),
        );
    }
    text
}

/// What was found, in one line.
fn headline(review: &Review) -> String {
    let partners = review.partners.len();
    let (high, low) = (review.count(Severity::High), review.count(Severity::Low));
    let changes = match partners {
        0 => return "Intune compliance partners: no changes".to_owned(),
        1 => "1 change".to_owned(),
        more => format!("{more} changes"),
    };
    let of = |count: usize, severity| {
        let findings = if count == 1 { "finding" } else { "findings" };
        (count > 0).then(|| format!("{count} {findings} of {severity} severity"))
    };
    let found: Vec<_> = [of(high, "high"), of(low, "low")]
        .into_iter()
        .flatten()
        .collect();
    let found = if found.is_empty() {
        "no findings".to_owned()
    } else {
        found.join(", ")
    };
    format!("Intune compliance partners: {changes}, {found}")
}

/// Adds a partner, as far as there is room. Returns whether all of it fit.
fn section(text: &mut String, partner: &Reviewed) -> bool {
    let change = &partner.change;
    let mut blocks = vec![format!(
        "### {}: {}",
        code(&change.address),
        action(partner)
    )];
    blocks.extend(table::around(change));
    blocks.extend(table::platforms(change));
    // The findings are one list, which can end after any of them.
    let gaps = iter::once("\n").chain(iter::repeat(""));
    let findings = gaps.zip(partner.findings.iter().map(finding));
    let blocks = iter::repeat("\n").zip(blocks).chain(findings);
    for (gap, block) in blocks {
        if text.len() + block.len() + ROOM_FOR_A_NOTE > MOST {
            return false;
        }
        text.extend([gap, &block, "\n"]);
    }
    true
}

fn action(partner: &Reviewed) -> String {
    let change = &partner.change;
    let mut words = Vec::new();
    if change.imported {
        words.push("import".to_owned());
    }
    if let Some(previous) = &change.previous_address {
        words.push(format!("moved from {}", code(previous)));
    }
    match &change.action {
        Action::NoOp => {}
        Action::Forget => words.push("forget (the tenant keeps it)".to_owned()),
        Action::ForgetAndCreate => {
            words.push("forget (the tenant keeps it) and create another".to_owned());
        }
        Action::Other(other) => words.push(code(other)),
        known => words.push(known.name().to_owned()),
    }
    if let Some(deposed) = &change.deposed {
        words.push(format!(
            "left behind by a replacement (deposed {})",
            code(deposed)
        ));
    }
    words.join(", ")
}

fn finding(finding: &Finding) -> String {
    let Finding {
        code: rule,
        severity,
        attribute,
        consequence,
        advice,
    } = finding;
    let place = if attribute.is_empty() {
        String::new()
    } else {
        format!(" ({})", code(attribute))
    };
    let (advice, to_paste) = advice.split_once("\n\n").unwrap_or((advice, ""));
    let mut text = format!(
        "- **{severity}** {}{place}: {} {}",
        code(rule),
        prose(consequence),
        prose(advice)
    );
    if !to_paste.is_empty() {
        // The indentation makes it part of the list item.
        text.push_str("\n\n  ```terraform");
        text.extend(block(to_paste).map(|line| format!("\n  {line}")));
        text.push_str("\n  ```\n");
    }
    text
}

fn push(text: &mut String, block: &str) {
    text.push('\n');
    text.push_str(block);
    text.push('\n');
}
