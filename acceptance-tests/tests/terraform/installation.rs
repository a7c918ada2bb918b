//! `terraform init` installs the provider from folders, as people without its registry do: the archives
//! of a release, and a local build.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use acceptance_tests::cli::{SOURCE, Workspace, required_providers};
use acceptance_tests::emulator::Options;
use acceptance_tests::provider_binary::provider_binary;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use release::VERSION;
use release::package;
use release::platform::Platform;
use release::plugin_folder;
use ring::digest::{SHA256, digest};
use tempfile::TempDir;

use crate::fixture::{Session, cli, partner};

fn here() -> Platform {
    Platform::here().expect("a release has a binary for this platform")
}

/// Another platform, whose binary only gets stored here.
fn elsewhere() -> Platform {
    let name = if here().system == "windows" {
        "linux_arm64"
    } else {
        "windows_arm64"
    };
    name.parse().expect("a platform")
}

/// The files of a release in a folder; the archive of the other platform has no program in it.
fn release_files() -> TempDir {
    let files = TempDir::new().expect("a temporary folder");
    package::add(files.path(), &here(), &provider_binary()).expect("an archive");
    let other = files.path().join("other");
    fs::write(&other, "for another platform").expect("the folder can be written");
    package::add(files.path(), &elsewhere(), &other).expect("an archive");
    fs::remove_file(other).expect("the folder can be written");
    package::finish(files.path()).expect("sums");
    files
}

/// A filesystem mirror of a release, which is nothing but its archives in a folder of that name.
fn mirror(release: &Path) -> TempDir {
    let mirror = TempDir::new().expect("a temporary folder");
    let folder = mirror.path().join(SOURCE);
    fs::create_dir_all(&folder).expect("the mirror can be written");
    for platform in [here(), elsewhere()] {
        let name = package::archive_name(&platform);
        fs::copy(release.join(&name), folder.join(&name)).expect("an archive can be copied");
    }
    mirror
}

/// What a lock file calls an archive: by its bytes.
fn zip_hash(archive: &[u8]) -> String {
    format!("zh:{}", package::sum(archive))
}

/// What a lock file calls what is in an archive: by the names and the bytes of its files.
fn content_hash(platform: &Platform, executable: &[u8]) -> String {
    let list = format!(
        "{}  {}\n",
        package::sum(executable),
        package::executable_name(platform)
    );
    let sum = digest(&SHA256, list.as_bytes());
    format!("h1:{}", BASE64_STANDARD.encode(sum))
}

/// The hashes that the content of the two archives has.
fn content_hashes() -> BTreeSet<String> {
    let binary = fs::read(provider_binary()).expect("the provider can be read");
    BTreeSet::from([
        content_hash(&here(), &binary),
        content_hash(&elsewhere(), b"for another platform"),
    ])
}

/// The hashes in the lock file of a folder.
fn locked(folder: &Path) -> BTreeSet<String> {
    let lock = fs::read_to_string(folder.join(".terraform.lock.hcl")).expect("a lock file");
    assert!(lock.contains(&format!("version = {VERSION:?}")), "{lock}");
    let quoted = lock
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"'));
    let hashes = quoted.filter_map(|line| line.split('"').next());
    hashes.map(ToOwned::to_owned).collect()
}

/// Has the session install, and use what it installed.
async fn assert_works(session: &Session) {
    session.configure(&partner("display_name = \"Fleet\""));
    session.succeed(&["init", "-input=false"]).await;
    session.apply().await;
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn init_installs_a_local_build_from_the_plugin_folder() {
    let mut workspace = Workspace::at_home(cli());
    let home = workspace.path().to_owned();
    let plugins = plugin_folder::find(&here(), |_| Some(home.clone().into()))
        .expect("the home folder has one");
    plugin_folder::install(&plugins, &here(), &provider_binary()).expect("it can be installed");
    workspace.set_environment(&[("APPDATA", home.display().to_string())]);

    let session = Session::in_workspace(Options::default(), workspace).await;
    assert_works(&session).await;
    let binary = fs::read(provider_binary()).expect("the provider can be read");
    let hash = content_hash(&here(), &binary);
    assert_eq!(locked(session.workspace.path()), BTreeSet::from([hash]));
}

#[tokio::test(flavor = "multi_thread")]
async fn init_installs_the_archives_from_a_filesystem_mirror() {
    let files = release_files();
    let mirror = mirror(files.path());
    let workspace = Workspace::with_mirror(cli(), mirror.path());
    let session = Session::in_workspace(Options::default(), workspace).await;
    assert_works(&session).await;

    // Only this platform's content, because nobody has signed what a mirror has.
    let hashes = locked(session.workspace.path());
    let content = content_hashes();
    assert!(
        hashes.iter().any(|hash| content.contains(hash)),
        "{hashes:?}"
    );

    let from = format!("-fs-mirror={}", mirror.path().display());
    let platforms = [here(), elsewhere()].map(|platform| format!("-platform={platform}"));
    session
        .succeed(&["providers", "lock", &from, &platforms[0], &platforms[1]])
        .await;
    let hashes = locked(session.workspace.path());
    assert!(hashes.is_superset(&content), "{hashes:?}");
    for hash in hashes.difference(&content) {
        let sums = [here(), elsewhere()].map(|platform| {
            let archive = fs::read(files.path().join(package::archive_name(&platform)));
            zip_hash(&archive.expect("an archive"))
        });
        assert!(sums.contains(hash), "{hash} is no archive's");
    }
    // What is locked is what a fresh folder gets.
    fs::remove_dir_all(session.workspace.path().join(".terraform")).expect("what init made");
    session
        .succeed(&["init", "-input=false", "-lockfile=readonly"])
        .await;
    session.assert_no_changes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_tampered_with_is_refused() {
    let files = release_files();
    let mirror = mirror(files.path());
    let workspace = Workspace::with_mirror(cli(), mirror.path());
    workspace.write("main.tf", &required_providers());
    let run = workspace.run(&["init", "-input=false"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);

    let forged = mirror.path().join("forged");
    fs::write(&forged, "something else").expect("the mirror can be written");
    package::add(&mirror.path().join(SOURCE), &here(), &forged).expect("an archive");
    fs::remove_dir_all(workspace.path().join(".terraform")).expect("what init made");
    let run = workspace.run(&["init", "-input=false"]).await;
    assert_ne!(run.code, 0, "{}", run.stdout);
    assert!(run.stderr.contains("checksum"), "{}", run.stderr);
}
