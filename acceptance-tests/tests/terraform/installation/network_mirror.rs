//! `terraform init` over HTTPS, from a folder that `cargo mirror-release` filled and that a web server serves.
//!
//! The server's certificate is by an authority that `SSL_CERT_FILE` names. Terraform heeds it on Linux: elsewhere Go asks the
//! system, in which a test has nothing to install.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};

use acceptance_tests::cli::{Run, SOURCE, Workspace, required_providers};
use acceptance_tests::emulator::{Emulator, FileServer};
use acceptance_tests::provider_binary::provider_binary;
use release::VERSION;
use release::archive;
use release::package;
use release::release_files::{Archive, ReleaseFiles};
use serde_json::Value;
use tempfile::TempDir;

use super::{assert_locks, assert_works, forge, here, mirror, placeholder, release_files};
use crate::fixture::{Session, cli, one_page};

/// A company with a mirror, and somebody there with a folder for a configuration.
struct Company {
    release: TempDir,
    mirror: TempDir,
    server: FileServer,
    session: Session,
}

impl Company {
    async fn with(program: &Path) -> Self {
        let release = release_files(program);
        let mirror = mirror(release.path());
        let emulator = Emulator::start(one_page()).await.expect("a free port");
        let server = emulator.serve_files(mirror.path()).await;
        let server = server.expect("a free port");
        let mut workspace = Workspace::with_network_mirror(cli(), server.url());
        workspace.set_environment(emulator.environment());
        workspace.write("main.tf", &required_providers());
        let session = Session {
            emulator,
            workspace,
        };
        Self {
            release,
            mirror,
            server,
            session,
        }
    }

    /// The folder of the session.
    fn folder(&self) -> &Path {
        self.session.workspace.path()
    }

    /// What the mirror says of the release's archives.
    fn version_file(&self) -> PathBuf {
        let name = format!("{VERSION}.json");
        self.mirror.path().join(SOURCE).join(name)
    }

    /// Where `init` puts the provider. (OpenTofu has a lock of its own beside.)
    fn installed(&self) -> PathBuf {
        let providers = self.folder().join(".terraform/providers").join(SOURCE);
        providers.join(VERSION).join(here().to_string())
    }

    async fn init(&self) -> Run {
        self.session.run(&["init", "-input=false"]).await
    }

    /// Holds that `init` refuses what it got, by hashes from there, and leaves nothing of it.
    async fn assert_refused(&self, hashes: &str) {
        let run = self.init().await;
        assert_ne!(run.code, 0, "{}", run.stdout);
        let words: Vec<_> = run.stderr.split_whitespace().collect();
        assert!(words.join(" ").contains(hashes), "{}", run.stderr);
        assert!(!self.installed().exists(), "{}", run.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn init_installs_the_archives_from_a_network_mirror() {
    let company = Company::with(&provider_binary()).await;
    // Whatever the order in which versions came, the newest is installed.
    let older = ReleaseFiles {
        version: "0.0.1".to_owned(),
        archives: vec![Archive {
            platform: here(),
            name: "older.zip".to_owned(),
            content: archive::pack("older", b"a program of long ago", &[]).expect("an archive"),
        }],
    };
    mirror::add(company.mirror.path(), &older).expect("the mirror can be written");
    assert_works(&company.session).await;
    let from = format!("-net-mirror={}", company.server.url());
    assert_locks(&company.session, &from, company.release.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hash_of_a_mirror_is_one_that_terraform_finds() {
    let company = Company::with(&placeholder()).await;
    let path = company.version_file();
    let version = fs::read(&path).expect("the mirror has the version");
    let version: Value = serde_json::from_slice(&version).expect("the version is JSON");
    // One hash that fits is enough for Terraform, so it gets one at a time.
    for scheme in ["h1:", "zh:"] {
        let mut version = version.clone();
        let hashes = &mut version["archives"][here().to_string()]["hashes"];
        let hashes = hashes.as_array_mut().expect("the archive has hashes");
        hashes.retain(|hash| hash.as_str().is_some_and(|it| it.starts_with(scheme)));
        assert_eq!(hashes.len(), 1);
        fs::write(&path, version.to_string()).expect("the mirror can be written");
        let _ = company.init().await.success();
        fs::remove_dir_all(company.folder().join(".terraform")).expect("what init made");
        fs::remove_file(company.folder().join(".terraform.lock.hcl")).expect("a lock file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_not_the_mirrors_is_refused() {
    let company = Company::with(&placeholder()).await;
    forge(&company.mirror.path().join(SOURCE));
    company.assert_refused("expected checksums").await;
    assert!(!company.folder().join(".terraform.lock.hcl").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_not_the_one_that_was_locked_is_refused() {
    let company = Company::with(&placeholder()).await;
    let _ = company.init().await.success();
    assert!(company.installed().exists());

    // Whoever can write the mirror can take an archive away, and have the hashes fit another one.
    forge(company.release.path());
    package::finish(company.release.path()).expect("sums");
    let forged = ReleaseFiles::read(company.release.path()).expect("a release");
    for archive in &forged.archives {
        let published = company.mirror.path().join(SOURCE).join(&archive.name);
        fs::remove_file(published).expect("the archive is in the mirror");
    }
    mirror::add(company.mirror.path(), &forged).expect("the mirror can be written");
    fs::remove_dir_all(company.folder().join(".terraform")).expect("what init made");
    company
        .assert_refused("checksums previously recorded in the dependency lock file")
        .await;
}
