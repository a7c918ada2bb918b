//! `terraform-provider-intune review`: shows those who review a pull request what a plan would do to devices and
//! access. A saved plan does not contain the warnings; this command applies the same rules. `main` calls it. It sends
//! nothing.
//!
//! - [`options`]: the command line
//! - [`source`]: reads the text of a plan
//! - [`mod@plan`], [`partner`]: pure: the partners in it
//! - [`tenants`]: pure: which of them may be in the same tenant
//! - [`verdict`]: pure: what is risky about each, by the domain's rules
//! - [`markdown`], [`json`], [`sarif`]: pure: the review as text
//! - [`visible`]: pure: makes sure that text from a plan is nothing but text

mod json;
mod markdown;
mod options;
mod partner;
mod plan;
mod sarif;
mod source;
mod tenants;
mod verdict;
mod visible;

use std::ffi::OsString;

use time::OffsetDateTime;

use self::{
    options::{FailOn, Format, HELP, Options, Source},
    verdict::Review,
};
use crate::compliance_partner::review::Severity;

/// The exit code if something was found.
const FOUND: u8 = 1;

/// The exit code if nothing could be reviewed.
const UNREADABLE: u8 = 2;

/// The output of the command, and its exit code.
#[derive(Debug)]
pub struct Answer {
    /// For stdout.
    pub output: String,
    /// For stderr.
    pub complaint: String,
    /// The exit code.
    pub code: u8,
}

impl Answer {
    fn refusal(complaint: &str) -> Self {
        Self {
            output: String::new(),
            complaint: format!("terraform-provider-intune review: {complaint}\n"),
            code: UNREADABLE,
        }
    }
}

/// Runs the command with the arguments after its name.
#[must_use]
pub fn run(arguments: &[OsString]) -> Answer {
    let (format, fail_on, source) = match Options::parse(arguments) {
        Ok(Options::Help) => {
            return Answer {
                output: HELP.to_owned(),
                complaint: String::new(),
                code: 0,
            };
        }
        Ok(Options::Review {
            format,
            fail_on,
            source,
        }) => (format, fail_on, source),
        Err(problem) => {
            return Answer::refusal(&format!("{}\n\n{HELP}", visible::visible(&problem)));
        }
    };
    let text = match source::read(&source) {
        Ok(text) => text,
        Err(problem) => return Answer::refusal(&problem),
    };
    answer(&text, &source, format, fail_on)
}

/// Reviews the text of a plan.
fn answer(text: &str, source: &Source, format: Format, fail_on: FailOn) -> Answer {
    let plan = match plan::read(text) {
        Ok(plan) => plan,
        Err(problem) => {
            let problem = format!("{} {}", source::name(source), visible::sentence(&problem));
            return Answer::refusal(&problem);
        }
    };
    let review = Review::new(plan, OffsetDateTime::now_utc);
    let output = match format {
        Format::Markdown => Ok(markdown::render(&review)),
        Format::Json => json::render(&review),
        Format::Sarif => sarif::render(&review, source),
    };
    let (high, low) = (review.count(Severity::High), review.count(Severity::Low));
    let is_found = match fail_on {
        FailOn::High => high > 0,
        FailOn::Low => high + low > 0,
        FailOn::Never => false,
    };
    match output {
        Ok(output) => Answer {
            output,
            complaint: String::new(),
            code: if is_found { FOUND } else { 0 },
        },
        Err(error) => Answer::refusal(&format!("the review cannot be written: {error}")),
    }
}

#[cfg(test)]
mod tests;
