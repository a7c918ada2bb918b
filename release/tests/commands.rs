//! `cargo package-release` and `cargo install-provider`, as a person or a pipeline runs them.

use std::{
    collections::BTreeSet,
    fs,
    io::{Cursor, Read as _},
    path::Path,
    process::{Command, Output},
};

use release::{SOURCE, VERSION, package, platform::PLATFORMS, platform::Platform};
use tempfile::TempDir;
use zip::ZipArchive;

const PACKAGE: &str = env!("CARGO_BIN_EXE_package");
const MIRROR: &str = env!("CARGO_BIN_EXE_mirror");
const INSTALL: &str = env!("CARGO_BIN_EXE_install");

/// Makes the files of a release, with a binary for each platform that holds the platform's name instead of code.
fn packaged(folder: &Path) {
    let mut command = Command::new(PACKAGE);
    for platform in PLATFORMS {
        let binary = folder.join(format!("built-for-{platform}"));
        fs::write(&binary, platform.to_string()).expect("the folder can be written");
        command.arg("--binary");
        command.arg(format!("{platform}={}", binary.display()));
    }
    let notices = folder.join("notices");
    fs::write(&notices, "of others").expect("the folder can be written");
    command.arg("--notices").arg(notices);
    let output = folder.join("out");
    succeed(command.arg("--output").arg(output));
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the command can be run");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    output
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    entries
        .map(|entry| entry.expect("the folder can be read").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_release_has_the_files_that_the_registry_wants() {
    let folder = TempDir::new().expect("a temporary folder");
    packaged(folder.path());
    let output = folder.path().join("out");
    let start = format!("terraform-provider-intune_{VERSION}");
    let expected = [
        "SHA256SUMS",
        "darwin_amd64.zip",
        "darwin_arm64.zip",
        "linux_amd64.zip",
        "linux_arm64.zip",
        "manifest.json",
        "windows_amd64.zip",
        "windows_arm64.zip",
    ];
    let expected = expected.map(|rest| format!("{start}_{rest}"));
    assert_eq!(names(&output), BTreeSet::from(expected));

    let manifest = fs::read(output.join(format!("{start}_manifest.json"))).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let expected =
        serde_json::json!({ "version": 1, "metadata": { "protocol_versions": ["6.0"] } });
    assert_eq!(manifest, expected);

    let sums = fs::read_to_string(output.join(format!("{start}_SHA256SUMS"))).expect("sums");
    assert_eq!(sums.lines().count(), PLATFORMS.len() + 1, "{sums}");
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").expect("a sum and a name");
        let content = fs::read(output.join(name)).expect("the file that the sum is of");
        assert_eq!(sum, package::sum(&content), "{name}");
    }
}

#[test]
fn what_is_not_of_a_release_stays_in_its_folder() {
    let folder = TempDir::new().expect("a temporary folder");
    packaged(folder.path());
    let output = folder.path().join("out");
    let expected = names(&output);
    let old = "terraform-provider-intune_0.0.1_linux_amd64.zip";
    for name in [old, "notes.txt", "photos.zip"] {
        fs::write(output.join(name), name).expect("the folder can be written");
    }
    packaged(folder.path());
    let mut left = names(&output);
    assert!(left.remove("notes.txt") && left.remove("photos.zip"));
    assert_eq!(left, expected);
    let sums = fs::read_to_string(output.join(package::file_name("SHA256SUMS"))).expect("sums");
    assert!(!sums.contains("photos"), "{sums}");
}

#[test]
fn an_archive_has_the_executable_and_what_its_licences_ask_for() {
    let folder = TempDir::new().expect("a temporary folder");
    packaged(folder.path());
    for platform in PLATFORMS {
        let name = package::archive_name(&platform);
        let archive = fs::read(folder.path().join("out").join(name)).expect("an archive");
        let mut archive = ZipArchive::new(Cursor::new(archive)).expect("an archive");
        let others: Vec<_> = (1..archive.len())
            .map(|index| {
                let mut file = archive.by_index(index).expect("a file");
                let mut text = String::new();
                file.read_to_string(&mut text).expect("its content");
                (file.name().expect("a name").into_owned(), text)
            })
            .collect();
        let read = |name: &str| {
            let text = fs::read_to_string(release::root().join(name));
            (name.to_owned(), text.expect("a file of the repository"))
        };
        let notices = ("THIRD-PARTY-NOTICES.txt".to_owned(), "of others".to_owned());
        let expected = [read("LICENSE"), read("README.md"), notices];
        assert_eq!(others, expected, "{platform}");
        let mut file = archive.by_index(0).expect("a file");
        let suffix = if platform.system == "windows" {
            ".exe"
        } else {
            ""
        };
        let name = format!("terraform-provider-intune_v{VERSION}{suffix}");
        assert_eq!(file.name().expect("a name"), name);
        let mut content = String::new();
        file.read_to_string(&mut content).expect("its content");
        assert_eq!(content, platform.to_string());
    }
}

#[test]
fn the_same_binaries_give_the_same_bytes() {
    let folders = [(); 2].map(|()| TempDir::new().expect("a temporary folder"));
    let sums = folders.each_ref().map(|folder| {
        packaged(folder.path());
        let sums = package::file_name("SHA256SUMS");
        fs::read_to_string(folder.path().join("out").join(sums)).expect("sums")
    });
    assert_eq!(sums[0], sums[1]);
}

#[test]
fn what_a_release_cannot_have_is_refused() {
    for (arguments, complaint) in [
        (&["--binary", "linux_386=it"][..], "linux_386"),
        (&["--binary", "linux_amd64"], "OS_ARCH=PATH"),
        (&[], "no binary to pack"),
        (&["--output"], "--output needs a value"),
        (&["--hlep"], "Usage: cargo package-release"),
    ] {
        let output = Command::new(PACKAGE).args(arguments).output();
        let output = output.expect("the command can be run");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(printed.contains(complaint), "{printed}");
    }
}

#[test]
fn each_command_tells_how_it_is_used() {
    for (program, start) in [
        (PACKAGE, "Usage: cargo package-release --binary"),
        (MIRROR, "Usage: cargo mirror-release --into"),
        (INSTALL, "Usage: cargo install-provider ["),
    ] {
        // Wherever it appears, nothing else is done.
        for arguments in [&["--help"][..], &["-h"], &["--output", "--help"]] {
            let output = succeed(Command::new(program).args(arguments));
            let printed = String::from_utf8_lossy(&output.stdout);
            assert!(printed.starts_with(start), "{printed}");
        }
    }
}

#[test]
fn a_local_build_is_installed_where_init_looks() {
    let home = TempDir::new().expect("a temporary folder");
    let here = Platform::here().expect("a release has a binary for this platform");
    let binary = home.path().join("built");
    // Twice: a newer build replaces the previous one.
    for content in ["one", "two"] {
        fs::write(&binary, content).expect("the folder can be written");
        let mut install = Command::new(INSTALL);
        install.arg("--binary").arg(&binary);
        succeed(install.env("HOME", home.path()).env("APPDATA", home.path()));
        let plugins = match here.system {
            "windows" => home.path().join("terraform.d").join("plugins"),
            _ => home.path().join(".terraform.d").join("plugins"),
        };
        let folder = plugins.join(SOURCE).join(VERSION).join(here.to_string());
        let name = package::executable_name(&here);
        assert_eq!(names(&folder), BTreeSet::from([name.clone()]));
        let installed = fs::read_to_string(folder.join(name)).expect("the provider");
        assert_eq!(installed, content);
    }
}
