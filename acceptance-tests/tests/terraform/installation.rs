//! `terraform init` installs the provider as people without its registry do: the archives of a release
//! from folders and from a web server, and a local build.

mod network_mirror;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use acceptance_tests::cli::{SOURCE, Workspace, required_providers};
use acceptance_tests::emulator::Options;
use acceptance_tests::provider_binary::provider_binary;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use release::VERSION;
use release::mirror;
use release::package;
use release::platform::Platform;
use release::plugin_folder;
use release::release_files::ReleaseFiles;
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

/// What gets installed and is never started, for which it takes no program: the provider takes seconds to pack.
fn placeholder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")
}

/// The files of a release in a folder, with this program for this platform.
fn release_files(program: &Path) -> TempDir {
    let files = TempDir::new().expect("a temporary folder");
    package::add(files.path(), &here(), program, None).expect("an archive");
    package::add(files.path(), &elsewhere(), &placeholder(), None).expect("an archive");
    package::finish(files.path()).expect("sums");
    files
}

/// A mirror of a release, for `init` from its folder or over the network.
fn mirror(release: &Path) -> TempDir {
    let mirror = TempDir::new().expect("a temporary folder");
    let release = ReleaseFiles::read(release).expect("a release");
    mirror::add(mirror.path(), &release).expect("the mirror can be written");
    mirror
}

/// Puts an archive with another program in place of the one for this platform.
fn forge(folder: &Path) {
    let forged = folder.join("forged");
    fs::write(&forged, "something else").expect("the folder can be written");
    package::add(folder, &here(), &forged, None).expect("an archive");
    fs::remove_file(forged).expect("the folder can be written");
}

/// What a lock file calls an archive: by its bytes.
fn zip_hash(archive: &[u8]) -> String {
    format!("zh:{}", package::sum(archive))
}

/// What a lock file calls these files: by their names, in whose order they are, and their bytes.
fn content_hash(files: &[(String, Vec<u8>)]) -> String {
    let lines = files
        .iter()
        .map(|(name, content)| format!("{}  {name}\n", package::sum(content)));
    let sum = digest(&SHA256, lines.collect::<String>().as_bytes());
    format!("h1:{}", BASE64_STANDARD.encode(sum))
}

/// The executable, as it is named for this platform.
fn executable(platform: &Platform, program: &Path) -> (String, Vec<u8>) {
    let content = fs::read(program).expect("the program can be read");
    (package::executable_name(platform), content)
}

/// The hashes that the content of the two archives has, of which one is the provider's.
fn content_hashes() -> BTreeSet<String> {
    let of_archive = |platform: &Platform, program: &Path| {
        let text = |name: &str| {
            let text = fs::read(release::root().join(name));
            (name.to_owned(), text.expect("a file of the repository"))
        };
        let program = executable(platform, program);
        content_hash(&[text("LICENSE"), text("README.md"), program])
    };
    BTreeSet::from([
        of_archive(&here(), &provider_binary()),
        of_archive(&elsewhere(), &placeholder()),
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

/// Has the session, which has installed, lock what a mirror has for both platforms, and install what is locked.
async fn assert_locks(session: &Session, mirror: &str, release: &Path) {
    // Only this platform's content so far, because nobody has signed what a mirror has.
    let hashes = locked(session.workspace.path());
    let content = content_hashes();
    assert!(
        hashes.iter().any(|hash| content.contains(hash)),
        "{hashes:?}"
    );

    let platforms = [here(), elsewhere()].map(|platform| format!("-platform={platform}"));
    session
        .succeed(&["providers", "lock", mirror, &platforms[0], &platforms[1]])
        .await;
    let hashes = locked(session.workspace.path());
    assert!(hashes.is_superset(&content), "{hashes:?}");
    for hash in hashes.difference(&content) {
        let sums = [here(), elsewhere()].map(|platform| {
            let archive = fs::read(release.join(package::archive_name(&platform)));
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
async fn init_installs_a_local_build_from_the_plugin_folder() {
    let mut workspace = Workspace::at_home(cli());
    let home = workspace.path().to_owned();
    let plugins = plugin_folder::find(&here(), |_| Some(home.clone().into()))
        .expect("the home folder has one");
    plugin_folder::install(&plugins, &here(), &provider_binary()).expect("it can be installed");
    workspace.set_environment(&[("APPDATA", home.display().to_string())]);

    let session = Session::in_workspace(Options::default(), workspace).await;
    assert_works(&session).await;
    let hash = content_hash(&[executable(&here(), &provider_binary())]);
    assert_eq!(locked(session.workspace.path()), BTreeSet::from([hash]));
}

#[tokio::test(flavor = "multi_thread")]
async fn init_installs_the_archives_from_a_filesystem_mirror() {
    let files = release_files(&provider_binary());
    let mirror = mirror(files.path());
    let workspace = Workspace::with_mirror(cli(), mirror.path());
    let session = Session::in_workspace(Options::default(), workspace).await;
    assert_works(&session).await;
    let from = format!("-fs-mirror={}", mirror.path().display());
    assert_locks(&session, &from, files.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_tampered_with_is_refused() {
    let files = release_files(&placeholder());
    let mirror = mirror(files.path());
    let workspace = Workspace::with_mirror(cli(), mirror.path());
    workspace.write("main.tf", &required_providers());
    let run = workspace.run(&["init", "-input=false"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);

    forge(&mirror.path().join(SOURCE));
    fs::remove_dir_all(workspace.path().join(".terraform")).expect("what init made");
    let run = workspace.run(&["init", "-input=false"]).await;
    assert_ne!(run.code, 0, "{}", run.stdout);
    assert!(run.stderr.contains("checksum"), "{}", run.stderr);
}
