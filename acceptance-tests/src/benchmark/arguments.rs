//! What `cargo benchmark` is told. Pure; called by `bin/benchmark.rs`.

use std::path::PathBuf;

use crate::core::Result;

/// How it is used.
pub const USAGE: &str = "\
usage: cargo benchmark [--scale] [options]

It builds the provider as a release is built, starts it many times beside other providers, runs
Terraform with it over an emulated tenant, and prints tables in Markdown.

  --scale                      many partners in one configuration, in place of all else
  --provider PATH              this binary, in place of one that is built now
  --floor PATH                 a provider that does nothing, to compare with
  --other NAME=PATH            another provider to compare with; as often as you like
  --configuration NAME=FOLDER  a configuration for that provider, whose NAME is its source address
                               then, and whose file is called terraform-provider-TYPE
  --runs N                     how often each is started (20)
  --rounds N                   how often each command is run (5)
  --partners N,N,…             how many there are (1,20,200; with --scale 250,500,1000)
  --write FILE                 the tables also into FILE: all of it, or between the lines
                               <!-- benchmark:begin --> and <!-- benchmark:end --> (with --scale:
                               benchmark-scale), if it has them";

/// What is to be measured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Arguments {
    /// Whether it is many partners, and nothing else.
    pub is_scale: bool,
    /// The provider, where it is not to be built.
    pub provider: Option<PathBuf>,
    /// What it is compared with.
    pub others: Vec<Other>,
    /// How often each provider is started.
    pub runs: usize,
    /// How often each command is run.
    pub rounds: usize,
    /// How many partners there are, one configuration after the other.
    pub partners: Vec<usize>,
    /// Where the tables go besides stdout.
    pub write: Option<PathBuf>,
}

/// Another provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Other {
    /// What it is called in the tables; its source address, where it has a configuration.
    pub name: String,
    /// Its binary.
    pub binary: PathBuf,
    /// The folder of a configuration to validate and to plan.
    pub configuration: Option<PathBuf>,
}

impl Arguments {
    /// Reads the command line, without the program's name.
    ///
    /// # Errors
    /// What is wrong with it, and how it is used.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        Self::read(arguments.into_iter()).map_err(|error| format!("{error}\n\n{USAGE}").into())
    }

    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut parsed = Self {
            is_scale: false,
            provider: None,
            others: Vec::new(),
            runs: 20,
            rounds: 5,
            partners: Vec::new(),
            write: None,
        };
        let mut configurations = Vec::new();
        while let Some(argument) = arguments.next() {
            if argument == "--scale" {
                parsed.is_scale = true;
                continue;
            }
            let value = arguments.next();
            let value = value.ok_or_else(|| format!("{argument} is unknown, or needs a value"))?;
            match argument.as_str() {
                "--provider" => parsed.provider = Some(value.into()),
                "--floor" => parsed.others.insert(0, Other::new("floor", &value)),
                "--other" => {
                    let (name, path) = pair(&argument, &value)?;
                    parsed.others.push(Other::new(name, path));
                }
                "--configuration" => configurations.push(value),
                "--runs" => parsed.runs = number(&argument, &value)?,
                "--rounds" => parsed.rounds = number(&argument, &value)?,
                "--partners" => {
                    let counts = value.split(',');
                    let counts = counts.map(|count| number(&argument, count));
                    parsed.partners = counts.collect::<Result<_>>()?;
                }
                "--write" => parsed.write = Some(value.into()),
                _ => return Err(format!("{argument} is unknown").into()),
            }
        }
        for configuration in configurations {
            parsed.configure(&configuration)?;
        }
        if parsed.partners.is_empty() {
            parsed.partners = parsed.usual_partners();
        }
        Ok(parsed)
    }

    fn configure(&mut self, configuration: &str) -> Result<()> {
        let (name, folder) = pair("--configuration", configuration)?;
        let other = self.others.iter_mut().find(|other| other.name == name);
        let other = other.ok_or_else(|| format!("--configuration {name}: no --other {name}"))?;
        if !name.contains('/') {
            return Err(format!(
                "--configuration {name}: name it by its source address, such as hashicorp/{name}"
            )
            .into());
        }
        other.configuration = Some(folder.into());
        Ok(())
    }

    fn usual_partners(&self) -> Vec<usize> {
        if self.is_scale {
            vec![250, 500, 1000]
        } else {
            vec![1, 20, 200]
        }
    }
}

impl Other {
    fn new(name: &str, binary: &str) -> Self {
        Self {
            name: name.to_owned(),
            binary: binary.into(),
            configuration: None,
        }
    }
}

fn pair<'value>(argument: &str, value: &'value str) -> Result<(&'value str, &'value str)> {
    let pair = value.split_once('=');
    Ok(pair.ok_or_else(|| format!("{argument} {value}: NAME=PATH is expected"))?)
}

fn number(argument: &str, value: &str) -> Result<usize> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{argument} {value}: a number from 1 on is expected").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    fn refusal(line: &str) -> String {
        let text = parse(line).expect_err("it is wrong").to_string();
        let (problem, usage) = text.split_once("\n\n").expect("the usage follows");
        assert!(usage.starts_with("usage: "), "{usage}");
        problem.to_owned()
    }

    #[test]
    fn without_arguments_it_is_the_usual_course() {
        let usual = parse("").expect("nothing is needed");
        assert_eq!((usual.runs, usual.rounds), (20, 5));
        assert_eq!(usual.partners, [1, 20, 200]);
        assert!(!usual.is_scale && usual.others.is_empty() && usual.provider.is_none());
        let scale = parse("--scale").expect("it is known");
        assert!(scale.is_scale);
        assert_eq!(scale.partners, [250, 500, 1000]);
    }

    #[test]
    fn everything_can_be_said_in_any_order() {
        let line = "--configuration a/b=folder --runs 3 --other a/b=there --floor here --rounds 2 \
                    --partners 5,6 --write README.md --provider it";
        let expected = Arguments {
            is_scale: false,
            provider: Some("it".into()),
            others: vec![
                Other::new("floor", "here"),
                Other {
                    configuration: Some("folder".into()),
                    ..Other::new("a/b", "there")
                },
            ],
            runs: 3,
            rounds: 2,
            partners: vec![5, 6],
            write: Some("README.md".into()),
        };
        assert_eq!(parse(line).expect("it is right"), expected);
    }

    #[test]
    fn what_is_wrong_is_said_before_how_it_is_used() {
        for (line, problem) in [
            ("--fast 1", "--fast is unknown"),
            ("--runs", "--runs is unknown, or needs a value"),
            ("--runs 0", "--runs 0: a number from 1 on is expected"),
            (
                "--partners 1,x",
                "--partners x: a number from 1 on is expected",
            ),
            ("--other path", "--other path: NAME=PATH is expected"),
            (
                "--configuration a/b=x",
                "--configuration a/b: no --other a/b",
            ),
            (
                "--other b=x --configuration b=y",
                "--configuration b: name it by its source address, such as hashicorp/b",
            ),
        ] {
            assert_eq!(refusal(line), problem);
        }
    }
}
