//! `cargo quickstart` as a newcomer runs it. Whether each command does what the text claims, it
//! checks itself.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

fn quickstart(temporary: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command.env("TMPDIR", temporary);
    command
}

fn assert_empty(folder: &Path) {
    let left: Vec<_> = fs::read_dir(folder).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_whole_story() {
    let temporary = TempDir::new().expect("a temporary folder");
    let output = quickstart(temporary.path()).output().expect("a run");
    let text = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{complaint}");
    for line in [
        "│ Apply complete! Resources: 1 added, 0 changed, 0 destroyed.",
        "│ No changes. Your infrastructure matches the configuration.",
        "→ PATCH  complianceManagementPartners/",
        "│ Apply complete! Resources: 1 imported, 0 added, 0 changed, 0 destroyed.",
        "│ Destroy complete! Resources: 1 destroyed.",
        "DeviceManagementServiceConfig.ReadWrite.All",
        "docs/guides/first-partner.md",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    let (_, advice) = text
        .split_once("for your own tenant")
        .expect("how to leave the emulator");
    let applies = advice.lines().any(|line| line.ends_with(" apply"));
    assert!(!applies, "an apply in a real tenant:\n{advice}");
    assert!(!text.contains('\x1b'), "colours, though nobody sees them");
    assert_empty(temporary.path());
}

#[test]
fn without_a_cli_it_says_where_to_get_one() {
    let temporary = TempDir::new().expect("a temporary folder");
    let output = quickstart(temporary.path())
        .env("PATH", temporary.path())
        .env_remove("TF_ACC_TERRAFORM_PATH")
        .output()
        .expect("a run");
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("https://opentofu.org/"), "{complaint}");
}

#[cfg(unix)]
#[test]
fn interrupted_it_leaves_nothing_behind() {
    let temporary = TempDir::new().expect("a temporary folder");
    let mut child = quickstart(temporary.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a run");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let is_there = lines.any(|line| line.expect("text").contains("apply -auto-approve"));
    assert!(is_there, "it never applied");
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status();
    assert!(kill.expect("kill").success());
    // Reading on, or else it would fail for want of a reader.
    assert!(!lines.any(|line| line.expect("text").contains("destroy")));
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert_empty(temporary.path());
}
