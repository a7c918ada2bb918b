//! `terraform init` installs the provider from a folder, as people without a registry do.

use std::env::consts;
use std::fs;
use std::path::Path;

use acceptance_tests::cli::{SOURCE, Workspace};
use acceptance_tests::emulator::Options;
use acceptance_tests::provider_binary::provider_binary;
use tempfile::TempDir;

use crate::fixture::{Session, cli, partner};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The name of this platform as Terraform writes it.
fn platform() -> String {
    let system = match consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{architecture}")
}

/// Puts the provider where a mirror has it.
fn fill(mirror: &Path) {
    let folder = mirror.join(SOURCE).join(VERSION).join(platform());
    fs::create_dir_all(&folder).expect("the mirror can be written");
    let name = format!("terraform-provider-intune_v{VERSION}{}", consts::EXE_SUFFIX);
    fs::copy(provider_binary(), folder.join(name)).expect("the provider can be copied");
}

#[tokio::test(flavor = "multi_thread")]
async fn init_installs_the_provider_from_a_mirror() {
    let mirror = TempDir::new().expect("a temporary folder");
    fill(mirror.path());
    let workspace = Workspace::with_mirror(cli(), mirror.path());
    let session = Session::in_workspace(Options::default(), workspace).await;
    session.configure(&partner("display_name = \"Fleet\""));

    session.succeed(&["init", "-input=false"]).await;
    let lock = fs::read_to_string(session.workspace.path().join(".terraform.lock.hcl"));
    let lock = lock.expect("a lock file");
    assert!(lock.contains(VERSION), "{lock}");
    session.apply().await;
    session.assert_no_changes().await;
}
