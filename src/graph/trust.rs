//! The files that replace the system's store of trusted authorities. On Linux, TLS skips one that cannot be read and
//! trusts no authority from it, so `advice` and `http` name it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use crate::words::one_line;

/// How much of a path is shown, in characters.
const PATH: usize = 200;

/// What the environment names but cannot be read, as a sentence.
pub(super) fn unreadable() -> Option<String> {
    cfg!(target_os = "linux")
        .then(|| unreadable_in(|name| env::var_os(name)))
        .flatten()
}

fn unreadable_in(variable: impl Fn(&str) -> Option<OsString>) -> Option<String> {
    let file = variable("SSL_CERT_FILE").map(PathBuf::from);
    let folders = variable("SSL_CERT_DIR").unwrap_or_default();
    let file = file
        .into_iter()
        .map(|path| ("SSL_CERT_FILE", fs::read(&path).err(), path));
    let folders =
        env::split_paths(&folders).map(|path| ("SSL_CERT_DIR", fs::read_dir(&path).err(), path));
    let mut paths = file
        .chain(folders)
        .filter(|(_, _, path)| !path.as_os_str().is_empty());
    paths.find_map(|(name, error, path)| {
        let path = one_line(&path.to_string_lossy(), PATH);
        Some(format!(
            "{name} names {path}, which cannot be read ({}). Correct the path, or remove it.",
            error?
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().display().to_string();
        let file = format!("{here}/ca.pem");
        fs::write(&file, "").expect("written");
        let with = |file: &str, folders: &str| {
            unreadable_in(|name| {
                let value = if name == "SSL_CERT_FILE" {
                    file
                } else {
                    folders
                };
                Some(value.into())
            })
        };
        assert_eq!(unreadable_in(|_| None), None);
        assert_eq!(with("", ""), None);
        assert_eq!(with(&file, &format!("{here}:{here}")), None);
        assert_eq!(
            with("/no/such.pem", &here).as_deref(),
            Some(
                "SSL_CERT_FILE names /no/such.pem, which cannot be read (No such file or directory (os error 2)). Correct the path, or remove it."
            )
        );
        let told = with(&file, &format!("{here}:/no/such")).expect("a sentence");
        assert!(
            told.starts_with("SSL_CERT_DIR names /no/such, which"),
            "{told}"
        );
    }
}
