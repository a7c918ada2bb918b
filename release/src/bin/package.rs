//! `cargo package-release`: makes the files of a release from binaries that are already built, in target/release-files.

use std::{
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use release::{options, package, platform::Platform};

const USAGE: &str = "\
Usage: cargo package-release --binary OS_ARCH=PATH [--binary OS_ARCH=PATH]... [--notices PATH] [--output FOLDER]

Writes an archive for each binary, with LICENSE and README.md, the registry's manifest, and SHA256SUMS.

  --binary OS_ARCH=PATH  the provider, built for this platform
  --notices PATH         third-party notices for each archive, as .ci/notices makes them
  --output FOLDER        write here, and delete earlier release files. The default is target/release-files
";

type Failure = Box<dyn Error>;

#[derive(Default)]
struct Wish {
    binaries: Vec<(Platform, PathBuf)>,
    notices: Option<PathBuf>,
    output: Option<PathBuf>,
}

fn main() -> ExitCode {
    if options::help(USAGE) {
        return ExitCode::SUCCESS;
    }
    let wish = match Wish::read(env::args().skip(1)) {
        Ok(wish) => wish,
        Err(refusal) => {
            eprint!("{refusal}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match wish.fulfill() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

impl Wish {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut wish = Self::default();
        while let Some(option) = arguments.next() {
            let value = arguments
                .next()
                .ok_or(format!("{option} needs a value, or is not an option."));
            match &*option {
                "--binary" => {
                    let value = value?;
                    let (platform, path) = value
                        .split_once('=')
                        .ok_or(format!("{value:?} is not OS_ARCH=PATH."))?;
                    wish.binaries.push((platform.parse()?, path.into()));
                }
                "--notices" => wish.notices = Some(value?.into()),
                "--output" => wish.output = Some(value?.into()),
                _ => return Err(format!("{option} is not an option.")),
            }
        }
        if wish.binaries.is_empty() {
            return Err("There is no binary to pack.".to_owned());
        }
        Ok(wish)
    }

    fn fulfill(&self) -> Result<(), Failure> {
        let output = match &self.output {
            Some(output) => output.clone(),
            None => release::release_folder(),
        };
        prepare(&output)?;
        let notices = self.notices.as_ref().map(fs::read).transpose()?;
        for (platform, binary) in &self.binaries {
            package::add(&output, platform, binary, notices.as_deref())?;
        }
        let sums = package::finish(&output)?;
        eprintln!(
            "The release is in {}:\n\n{}",
            output.display(),
            fs::read_to_string(sums)?
        );
        Ok(())
    }
}

/// Creates a folder, and deletes the files of an earlier release in it. Everything else in it stays.
fn prepare(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if package::is_ours(&path) && path.is_file() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
