//! Makes the files of a release, as the registry and the mirrors of Terraform and OpenTofu require them, and installs a
//! local build into the user's plugin folder.
//!
//! `cargo package-release` puts the binary of each [`platform`] into an [`archive`], and writes the checksums and the
//! manifest beside it ([`package`]). `.ci/sign` signs the checksums separately, so that the key stays where nothing
//! gets built. `cargo mirror-release` reads these files again ([`release_files`]) and adds them to a [`mirror`]. `cargo
//! install-provider` fills the [`plugin_folder`].

pub mod archive;
pub mod command;
pub mod mirror;
pub mod options;
pub mod package;
pub mod platform;
pub mod plugin_folder;
pub mod release_files;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// The provider's package and binary.
pub const NAME: &str = "terraform-provider-intune";

/// The version of the whole workspace, and so of the provider.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The provider's address in a configuration.
pub const SOURCE: &str = "registry.terraform.io/intune-partner/intune";

/// The folder of the workspace.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn root() -> PathBuf {
    let member = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = member.parent().expect("the member is in the workspace");
    root.to_owned()
}

/// Where `cargo` builds.
///
/// # Panics
/// When the folder of the workspace cannot be read.
#[must_use]
pub fn target_folder() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or("target".into()))
}

/// Where the files of a release are made, unless somebody names another folder.
///
/// # Panics
/// When the folder of the workspace cannot be read.
#[must_use]
pub fn release_folder() -> PathBuf {
    target_folder().join("release-files")
}

/// Adds to an error the file that it is about.
pub(crate) fn about(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path).map_err(about(path))
}
