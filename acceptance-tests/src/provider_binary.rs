//! The provider's binary, built from the sources next to the test that asks for it, so that no test
//! drives a stale one. Used by every test of the whole provider and by the quick start.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

const NAME: &str = "terraform-provider-intune";

/// The path of the provider's binary; the first call in a process builds it. If that fails, every later call fails at once.
///
/// # Panics
/// When cargo cannot build it. The compiler's messages are then on stderr.
pub fn provider_binary() -> PathBuf {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
        // The whole workspace, as `cargo test --workspace` builds it: with one package alone the
        // dependencies would get other features, and be built anew.
        let whole = ["--workspace", "--bins"];
        let release: &[&str] = if cfg!(debug_assertions) {
            &[]
        } else {
            &["--release"]
        };
        build(&[&whole, release].concat())
    });
    BINARY.clone()
}

/// The path of the provider's binary as users have it, which this builds: optimized, and with no feature that only a test
/// needs.
///
/// # Panics
/// When cargo cannot build it. The compiler's messages are then on stderr.
#[must_use]
pub fn release_binary() -> PathBuf {
    build(&["--release", "--package", NAME])
}

fn build(arguments: &[&str]) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit());
    // What the cargo that runs this test says of it would be taken for ring's own: its build script
    // looks at these, and ring would be built anew each time, with all that depends on it.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || text == "OUT_DIR"
        {
            cargo.env_remove(name);
        }
    }
    let output = cargo
        .output()
        .expect("cargo, which built this test, can be run");
    assert!(
        output.status.success(),
        "the tests need {NAME}, and {cargo:?} failed ({}): see above",
        output.status
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|message| serde_json::from_str(message).ok())
        .find_map(|message| executable(&message))
        .unwrap_or_else(|| panic!("{cargo:?} built no {NAME}"))
}

/// The binary's path, if this message of cargo's is the one about it.
fn executable(message: &Value) -> Option<PathBuf> {
    let is_ours = message["target"]["name"] == NAME;
    is_ours.then(|| message["executable"].as_str().map(PathBuf::from))?
}

/// The variable that tells an instrumented binary where its coverage goes, if the tests have it. Processes that start
/// with an environment of their own get it too.
#[must_use]
pub fn coverage() -> Option<(&'static str, OsString)> {
    const VARIABLE: &str = "LLVM_PROFILE_FILE";
    env::var_os(VARIABLE).map(|path| (VARIABLE, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_message_about_the_binary() {
        let message =
            |name, executable| json!({ "target": { "name": name }, "executable": executable });
        let library = message(NAME, Value::Null);
        let binary = message(NAME, "/target/it".into());
        let other = message("x", "/target/x".into());
        assert_eq!(executable(&library), None);
        assert_eq!(executable(&binary), Some("/target/it".into()));
        assert_eq!(executable(&other), None);
    }
}
