//! Reads the files of a release from their folder, as `package` made them or as somebody downloaded them. Called by
//! `cargo mirror-release`, and by the tests that install from a mirror.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    NAME, about, package,
    platform::{PLATFORMS, Platform},
};

/// A release, with those of its archives that are there.
#[derive(Debug)]
pub struct ReleaseFiles {
    /// Its version, which may differ from the one of this workspace.
    pub version: String,
    /// At most one for each platform. Each one matches its checksum.
    pub archives: Vec<Archive>,
}

/// The archive of one platform.
#[derive(Debug)]
pub struct Archive {
    /// The platform of the program in it.
    pub platform: Platform,
    /// The name of the file.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl ReleaseFiles {
    /// Reads the release in a folder. Not all of its archives have to be there.
    ///
    /// # Errors
    /// When the folder has no release, or several; when an archive does not match its checksum, or there is no archive.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let (version, path) = sums(folder)?;
        let sums = fs::read_to_string(&path).map_err(about(&path))?;
        let mut archives = Vec::new();
        for platform in PLATFORMS {
            let name = format!("{NAME}_{version}_{platform}.zip");
            let archive = folder.join(&name);
            let content = match crate::read(&archive) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                content => content?,
            };
            if sum_of(&name, &sums) != Some(&package::sum(&content)) {
                return Err(io::Error::other(format!(
                    "{} is not the archive whose checksum is in {}. Get the files of the release again.",
                    archive.display(),
                    path.display()
                )));
            }
            archives.push(Archive {
                platform,
                name,
                content,
            });
        }
        if archives.is_empty() {
            return Err(io::Error::other(format!(
                "There is no archive of {version} in {}.",
                folder.display()
            )));
        }
        Ok(Self { version, archives })
    }
}

/// The version in a folder, and the path of its checksums.
fn sums(folder: &Path) -> io::Result<(String, PathBuf)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(about(folder))? {
        let entry = entry?;
        if let Some(version) = version_of(&entry.file_name().to_string_lossy()) {
            found.push((version.to_owned(), entry.path()));
        }
    }
    let number = found.len();
    match found.pop() {
        Some(only) if number == 1 => Ok(only),
        _ => Err(io::Error::other(format!(
            "{} has {number} files named {NAME}_VERSION_SHA256SUMS; the folder of a release has one.",
            folder.display()
        ))),
    }
}

/// The version in the name of a file of checksums; `None` for another file.
fn version_of(name: &str) -> Option<&str> {
    name.strip_prefix(NAME)?
        .strip_prefix('_')?
        .strip_suffix("_SHA256SUMS")
}

/// The checksum of the file with this name.
fn sum_of<'sums>(name: &str, sums: &'sums str) -> Option<&'sums str> {
    sums.lines()
        .filter_map(|line| line.split_once("  "))
        .find_map(|(sum, summed)| (summed == name).then_some(sum))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use tempfile::TempDir;

    use super::{ReleaseFiles, sum_of, version_of};
    use crate::{VERSION, package, platform::Platform};

    /// A folder with a release for these platforms.
    fn release(platforms: &[&str]) -> TempDir {
        let folder = TempDir::new().expect("a temporary folder");
        for platform in platforms {
            add(folder.path(), platform, "code");
        }
        package::finish(folder.path()).expect("sums");
        folder
    }

    fn add(folder: &Path, platform: &str, code: &str) {
        let binary = TempDir::new().expect("a temporary folder");
        let binary = binary.path().join("binary");
        fs::write(&binary, code).expect("a binary");
        let platform = platform.parse().expect("a platform");
        package::add(folder, &platform, &binary, None).expect("an archive");
    }

    fn refusal(folder: &Path) -> String {
        let refusal = ReleaseFiles::read(folder).expect_err("a refusal");
        refusal.to_string()
    }

    #[test]
    fn the_archives_that_are_there_are_read() {
        let folder = release(&["windows_amd64", "linux_amd64", "linux_arm64"]);
        let linux: Platform = "linux_arm64".parse().expect("a platform");
        fs::remove_file(folder.path().join(package::archive_name(&linux))).expect("an archive");

        let release = ReleaseFiles::read(folder.path()).expect("a release");
        assert_eq!(release.version, VERSION);
        let platforms = release.archives.iter().map(|it| it.platform.to_string());
        assert_eq!(
            platforms.collect::<Vec<_>>(),
            ["linux_amd64", "windows_amd64"]
        );
        for archive in release.archives {
            assert_eq!(archive.name, package::archive_name(&archive.platform));
            let content = fs::read(folder.path().join(archive.name)).expect("an archive");
            assert_eq!(archive.content, content);
        }
    }

    #[test]
    fn an_archive_that_does_not_fit_its_sum_is_refused() {
        let folder = release(&["linux_amd64"]);
        add(folder.path(), "linux_amd64", "other code");
        let refusal = refusal(folder.path());
        assert!(refusal.contains("linux_amd64.zip is not"), "{refusal}");
    }

    #[test]
    fn an_archive_without_a_sum_is_refused() {
        let folder = release(&["linux_amd64"]);
        add(folder.path(), "darwin_arm64", "code");
        let refusal = refusal(folder.path());
        assert!(refusal.contains("darwin_arm64.zip is not"), "{refusal}");
    }

    #[test]
    fn a_folder_without_one_release_is_refused() {
        let folder = release(&[]);
        assert!(refusal(folder.path()).contains("no archive of"));

        let other = folder
            .path()
            .join(format!("{}_9.9.9_SHA256SUMS", crate::NAME));
        fs::write(other, "").expect("sums");
        assert!(refusal(folder.path()).contains("has 2 files"));

        let empty = TempDir::new().expect("a temporary folder");
        assert!(refusal(empty.path()).contains("has 0 files"));
        assert!(refusal(&empty.path().join("none")).contains("none: "));
    }

    #[test]
    fn sums_are_found_by_name() {
        let sums = "aa  it.zip\nbb  it.zip.old\n";
        assert_eq!(sum_of("it.zip", sums), Some("aa"));
        assert_eq!(sum_of("it.zip.old", sums), Some("bb"));
        assert_eq!(sum_of("zip", sums), None);
    }

    #[test]
    fn a_name_says_the_version() {
        let version =
            |rest| version_of(&format!("terraform-provider-intune{rest}")).map(str::to_owned);
        assert_eq!(
            version("_1.2.3-rc.1_SHA256SUMS").as_deref(),
            Some("1.2.3-rc.1")
        );
        assert_eq!(version("_1.2.3_SHA256SUMS.sig"), None);
        assert_eq!(version("-beta_1.2.3_SHA256SUMS"), None);
    }
}
