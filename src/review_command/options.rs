//! The command line of `review`. `review_command` calls it.

use std::{ffi::OsString, path::PathBuf};

/// What `review --help` prints.
pub const HELP: &str = "\
Usage: terraform-provider-intune review [OPTIONS] [PLAN.json | -]

Shows a reviewer what a plan can do to devices and access: a table of each Intune compliance
partner before and after, and the risks of the change. It works offline, on the output of:

    terraform plan -out=tfplan
    terraform show -json tfplan > plan.json

With OpenTofu, use `tofu` instead of `terraform`. Without a file, or with -, it reads standard
input.

Options:
  --format markdown|json|sarif  output format (default: markdown, a comment for a pull request)
  --fail-on high|low|never      lowest severity that makes the exit code 1 (default: high)
  --help                        print this help

Exit codes:
  0  no finding of that severity or higher
  1  a finding of that severity or higher
  2  the plan or an option cannot be read, or the review cannot be written
";

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Format {
    /// A comment for a pull request.
    Markdown,
    /// For programs.
    Json,
    /// For code scanning.
    Sarif,
}

/// The lowest severity for which the exit code says that something was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FailOn {
    /// High only.
    High,
    /// Any.
    Low,
    /// None.
    Never,
}

/// Where the plan is.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// On standard input.
    Stdin,
    /// In a file.
    File(PathBuf),
}

/// A command line that was understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Options {
    /// `--help`
    Help,
    /// Review a plan.
    Review {
        /// What to print.
        format: Format,
        /// What makes the review fail.
        fail_on: FailOn,
        /// What to read.
        source: Source,
    },
}

impl Options {
    /// Parses the arguments after `review`.
    ///
    /// # Errors
    /// Returns what is wrong, as a sentence.
    pub fn parse(arguments: &[OsString]) -> Result<Self, String> {
        let (mut format, mut fail_on, mut source) = (Format::Markdown, FailOn::High, None);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let text = argument.to_string_lossy();
            let (name, value) = match text.split_once('=') {
                Some((name, value)) if name.starts_with('-') => (name, Some(value.to_owned())),
                _ => (&*text, None),
            };
            let mut value = || {
                let next = || arguments.next().map(|it| it.to_string_lossy().into_owned());
                value.clone().or_else(next).unwrap_or_default()
            };
            // Terraform's options have one dash, so people may write them this way here too.
            match name {
                "--help" | "-help" | "-h" => return Ok(Self::Help),
                "--format" | "-format" => {
                    format = match value().as_str() {
                        "markdown" => Format::Markdown,
                        "json" => Format::Json,
                        "sarif" => Format::Sarif,
                        _ => return Err("--format takes markdown, json, or sarif.".to_owned()),
                    }
                }
                "--fail-on" | "-fail-on" => {
                    fail_on = match value().as_str() {
                        "high" => FailOn::High,
                        "low" => FailOn::Low,
                        "never" => FailOn::Never,
                        _ => return Err("--fail-on takes high, low, or never.".to_owned()),
                    }
                }
                option if option.starts_with('-') && option != "-" => {
                    return Err(format!("{option} is not an option of review."));
                }
                _ if source.is_some() => return Err("review takes only one plan.".to_owned()),
                "-" => source = Some(Source::Stdin),
                _ => source = Some(Source::File(PathBuf::from(argument))),
            }
        }
        Ok(Self::Review {
            format,
            fail_on,
            source: source.unwrap_or(Source::Stdin),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, path::PathBuf};

    use super::{FailOn, Format, Options, Source};

    fn parse(arguments: &[&str]) -> Result<Options, String> {
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        Options::parse(&arguments)
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let expected = Options::Review {
            format: Format::Markdown,
            fail_on: FailOn::High,
            source: Source::Stdin,
        };
        assert_eq!(parse(&[]), Ok(expected.clone()));
        assert_eq!(parse(&["-"]), Ok(expected));
    }

    #[test]
    fn options_stand_in_any_order_and_spelling() {
        let expected = Ok(Options::Review {
            format: Format::Sarif,
            fail_on: FailOn::Never,
            source: Source::File(PathBuf::from("plan.json")),
        });
        for arguments in [
            &["--format", "sarif", "--fail-on", "never", "plan.json"][..],
            &["plan.json", "--fail-on=never", "--format=sarif"],
            &["-format=sarif", "plan.json", "-fail-on", "never"],
        ] {
            assert_eq!(parse(arguments), expected, "{arguments:?}");
        }
        assert_eq!(parse(&["plan.json", "--help"]), Ok(Options::Help));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (arguments, message) in [
            (
                &["--format"][..],
                "--format takes markdown, json, or sarif.",
            ),
            (
                &["--format", "html"],
                "--format takes markdown, json, or sarif.",
            ),
            (&["--fail-on=all"], "--fail-on takes high, low, or never."),
            (&["--out", "x"], "--out is not an option of review."),
            (&["a.json", "-"], "review takes only one plan."),
        ] {
            assert_eq!(parse(arguments), Err(message.to_owned()), "{arguments:?}");
        }
    }
}
