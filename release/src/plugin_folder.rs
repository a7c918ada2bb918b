//! Where `terraform init` and `tofu init` look for a provider before they ask its registry, unless the CLI
//! configuration says otherwise. Called by `cargo install-provider`.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{SOURCE, VERSION, package, platform::Platform};

/// The user's plugin folder. Terraform and OpenTofu read the same one.
///
/// # Errors
/// When the variable that leads to it is not set.
pub fn find(
    platform: &Platform,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, String> {
    let (name, folder) = match platform.system {
        "windows" => ("APPDATA", "terraform.d"),
        _ => ("HOME", ".terraform.d"),
    };
    variable(name)
        .filter(|home| !home.is_empty())
        .map(|home| Path::new(&home).join(folder).join("plugins"))
        .ok_or_else(|| format!("{name} is not set, so the plugin folder cannot be found."))
}

/// Copies a binary into a plugin folder, replacing the one of the same version, and returns its new path.
///
/// # Errors
/// When it cannot be read, or the folder cannot be written.
pub fn install(plugins: &Path, platform: &Platform, binary: &Path) -> io::Result<PathBuf> {
    let folder = plugins
        .join(SOURCE)
        .join(VERSION)
        .join(platform.to_string());
    fs::create_dir_all(&folder)?;
    let path = folder.join(package::executable_name(platform));
    // Copied beside it first: the one in place may be running, and must not be written into.
    let fresh = folder.join("installing");
    fs::copy(binary, &fresh)?;
    fs::rename(&fresh, &path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, path::Path};

    use super::find;

    #[test]
    fn the_folder_is_the_platforms() {
        let variables = |name: &str| (name == "HOME" || name == "APPDATA").then(|| name.into());
        let folder = |platform: &str| find(&platform.parse().expect("a platform"), variables);
        let home = Path::new("HOME").join(".terraform.d").join("plugins");
        assert_eq!(folder("linux_amd64"), Ok(home.clone()));
        assert_eq!(folder("darwin_arm64"), Ok(home));
        let roaming = Path::new("APPDATA").join("terraform.d").join("plugins");
        assert_eq!(folder("windows_amd64"), Ok(roaming));
    }

    #[test]
    fn without_a_home_it_says_so() {
        let platform = "linux_amd64".parse().expect("a platform");
        for home in [None, Some(OsString::new())] {
            let refusal = find(&platform, |_| home.clone()).expect_err("a refusal");
            assert!(refusal.contains("HOME is not set"), "{refusal}");
        }
    }
}
