//! `cargo mirror-release`: adds the files of a release to a network mirror.

use std::{env, error::Error, path::Path, process::ExitCode};

use release::{NAME, mirror, options, release_files::ReleaseFiles};

const USAGE: &str = "\
Usage: cargo mirror-release --into FOLDER [--from FOLDER]

Adds the archives of a release to a network mirror: a folder that any web server can serve over HTTPS,
and that also works as a filesystem mirror. Versions that are already in it stay as they are.

  --into FOLDER  the mirror; it is created if it does not exist
  --from FOLDER  the files of the release: archives and SHA256SUMS. The default is target/release-files
";

fn main() -> ExitCode {
    if options::help(USAGE) {
        return ExitCode::SUCCESS;
    }
    options::end(run(env::args().skip(1)))
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let [into, from] = options::paths(["--into", "--from"], USAGE, arguments)?;
    let into = into.ok_or(USAGE)?;
    let from = from.unwrap_or_else(release::release_folder);
    let release = ReleaseFiles::read(&from)?;
    let folder = mirror::add(&into, &release)?;
    report(&release, &folder, &into);
    Ok(())
}

fn report(release: &ReleaseFiles, folder: &Path, mirror: &Path) {
    let platforms = release.archives.iter().map(|it| it.platform.to_string());
    eprintln!(
        "{NAME} {} for {} is in {}\n\nServe {} over HTTPS. In the CLI configuration, set the url of \
         network_mirror to its URL, with a slash at the end.",
        release.version,
        platforms.collect::<Vec<_>>().join(", "),
        folder.display(),
        mirror.display()
    );
}
