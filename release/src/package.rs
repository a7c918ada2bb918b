//! The files of a release in one folder: an archive for each platform, the manifest that the registry reads, and the
//! checksums of both. Called by `cargo package-release`, and by the tests that install what it makes.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::{NAME, VERSION, archive, platform::Platform};

/// The manifest in the repository.
const MANIFEST: &[u8] = include_bytes!("../../terraform-registry-manifest.json");

/// What each archive has besides the binary.
const LICENSE: (&str, &[u8]) = ("LICENSE", include_bytes!("../../LICENSE"));
const README: (&str, &[u8]) = ("README.md", include_bytes!("../../README.md"));

/// The name of the third-party notices in an archive.
const NOTICES: &str = "THIRD-PARTY-NOTICES.txt";

/// The name of a file of the release, with `rest` after the version.
#[must_use]
pub fn file_name(rest: &str) -> String {
    format!("{NAME}_{VERSION}_{rest}")
}

/// The name of a platform's archive.
#[must_use]
pub fn archive_name(platform: &Platform) -> String {
    file_name(&format!("{platform}.zip"))
}

/// The name of the executable, in an archive and in a plugin folder.
#[must_use]
pub fn executable_name(platform: &Platform) -> String {
    format!("{NAME}_v{VERSION}{}", platform.suffix())
}

/// Whether a path has the name of a file of a release.
#[must_use]
pub fn is_ours(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(&format!("{NAME}_"))
}

/// Puts a binary into its platform's archive in `folder`, with the license and the README, and with the notices that
/// the licenses of others require, as `.ci/notices` makes them.
///
/// # Errors
/// When the binary cannot be read, or the archive cannot be written.
pub fn add(
    folder: &Path,
    platform: &Platform,
    binary: &Path,
    notices: Option<&[u8]>,
) -> io::Result<()> {
    let notices = notices.map(|text| (NOTICES, text));
    let beside: Vec<_> = [LICENSE, README].into_iter().chain(notices).collect();
    let archive = archive::pack(&executable_name(platform), &crate::read(binary)?, &beside)?;
    fs::write(folder.join(archive_name(platform)), archive)
}

/// Writes the manifest and the checksums beside the archives, and returns the path of the checksums.
///
/// # Errors
/// When the folder cannot be read or written.
pub fn finish(folder: &Path) -> io::Result<PathBuf> {
    let manifest = file_name("manifest.json");
    fs::write(folder.join(&manifest), MANIFEST)?;
    // Exactly these: HCP Terraform refuses a release whose manifest has no checksum.
    let mut summed = vec![manifest];
    for entry in fs::read_dir(folder)? {
        let path = PathBuf::from(entry?.file_name());
        if is_ours(&path) && path.extension().is_some_and(|it| it == "zip") {
            summed.push(path.to_string_lossy().into_owned());
        }
    }
    summed.sort();
    let mut sums = String::new();
    for name in summed {
        let sum = sum(&fs::read(folder.join(&name))?);
        let _ = writeln!(sums, "{sum}  {name}");
    }
    let path = folder.join(file_name("SHA256SUMS"));
    fs::write(&path, sums)?;
    Ok(path)
}

/// The SHA-256 of these bytes, in lowercase hexadecimal digits.
#[must_use]
pub fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
