//! The options of the commands in this crate, each of which is a path, and how the commands end. Used by `cargo
//! install-provider` and `cargo mirror-release`; every command with options uses [`help`].

use std::{env, error::Error, path::PathBuf, process::ExitCode};

/// Prints the usage of a command, if it was asked for. The command is then done.
#[expect(clippy::print_stdout, reason = "the usage is what was asked for")]
#[must_use]
pub fn help(usage: &str) -> bool {
    let is_asked = env::args().skip(1).any(|it| it == "--help" || it == "-h");
    if is_asked {
        println!("{}", usage.trim_end());
    }
    is_asked
}

/// Reads options with a path each. Returns the paths in the order of `names`, with `None` for an option that is not
/// given.
///
/// # Errors
/// The usage, when there is anything else.
pub fn paths<const N: usize>(
    names: [&str; N],
    usage: &str,
    mut arguments: impl Iterator<Item = String>,
) -> Result<[Option<PathBuf>; N], String> {
    let mut paths = [const { None }; N];
    while let Some(option) = arguments.next() {
        let place = names.iter().position(|name| *name == option);
        let (Some(place), Some(path)) = (place, arguments.next()) else {
            return Err(usage.to_owned());
        };
        paths[place] = Some(PathBuf::from(path));
    }
    Ok(paths)
}

/// Says on stderr what went wrong, if anything did.
#[must_use]
pub fn end(outcome: Result<(), Box<dyn Error>>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::paths;

    fn read(arguments: &[&str]) -> Result<[Option<PathBuf>; 2], String> {
        let arguments = arguments.iter().map(|it| (*it).to_owned());
        paths(["--from", "--into"], "usage", arguments)
    }

    #[test]
    fn each_option_has_a_path() {
        assert_eq!(read(&["--into", "a"]), Ok([None, Some("a".into())]));
        assert_eq!(read(&[]), Ok([None, None]));
        for wrong in [&["--into"][..], &["--to", "a"], &["a"]] {
            assert_eq!(read(wrong), Err("usage".to_owned()));
        }
    }
}
