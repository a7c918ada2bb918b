//! The files of a release, as the registry and the mirrors of Terraform and OpenTofu want them, and
//! the way of a local build into the user's plugin folder.
//!
//! `cargo package-release` puts the binary of each [`platform`] into an [`archive`], and writes the sums
//! and the manifest beside it ([`package`]). `.ci/sign` signs the sums, so that the key is where nothing
//! gets built. `cargo install-provider` fills the [`plugin_folder`].

pub mod archive;
pub mod command;
pub mod package;
pub mod platform;
pub mod plugin_folder;

use std::path::{Path, PathBuf};

/// The provider's package and binary.
pub const NAME: &str = "terraform-provider-intune";

/// The version of all of the workspace, and so of the provider.
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
