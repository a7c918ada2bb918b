//! Reads a value from a setting or a file. A file is read for each sign-in, because whatever rotates secrets rewrites
//! it.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::choice::Text;
use crate::graph::error::Error;
use crate::graph::hidden::Secret;
use crate::words::one_line;

/// What Windows editors put at the beginning of a text; it is not part of the text.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';
/// How much of a path is shown, in characters.
const PATH: usize = 200;
/// No token, secret or certificate comes near this size, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

impl Text {
    /// The text, without white space around it.
    ///
    /// # Errors
    /// [`Error::Settings`] when the file cannot be read, is empty, or differs from the setting.
    pub(super) fn read(&self) -> Result<Secret, Error> {
        let given = self.given.as_ref().map(|given| given.secret().trim());
        let Some(path) = &self.file else {
            return Ok(Secret::new(given.unwrap_or_default()));
        };
        let bytes = self.read_file(path)?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| self.wrong(path, "is not UTF-8 text"))?;
        let text = text.trim_start_matches(BYTE_ORDER_MARK).trim();
        if text.is_empty() {
            return Err(self.wrong(path, "is empty"));
        }
        match given {
            Some(given) if given != text => Err(Error::Settings(format!(
                "{} and the file from {} have different values. Remove one of the two settings.",
                self.names[0], self.names[1]
            ))),
            _ => Ok(Secret::new(text)),
        }
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`Error::Settings`] when it cannot be read.
    pub(super) fn read_file(&self, path: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        read(Path::new(path)).map_err(|error| {
            if may_be_the_secret(path, error.kind()) {
                self.is_no_path()
            } else {
                self.wrong(path, &format!("cannot be read: {error}"))
            }
        })
    }

    fn wrong(&self, path: &str, problem: &str) -> Error {
        let path = one_line(path, PATH);
        Error::Settings(format!(
            "The file {path}, from {}, {problem}.",
            self.names[1]
        ))
    }

    fn is_no_path(&self) -> Error {
        let [given, file] = self.names;
        let mut words = format!(
            "{file} is not the path of a file. Its value is not shown, because it may be a secret."
        );
        if given != file {
            let _ = write!(
                words,
                " To give the content of the file itself, set {given} instead."
            );
        }
        Error::Settings(words)
    }
}

/// Whether the path that cannot be read may be the content of the file, set by mistake in place of its path.
fn may_be_the_secret(path: &str, error: io::ErrorKind) -> bool {
    let is_text = path.contains(['\n', '\r']) || path.contains("-----BEGIN");
    // A client secret from Entra ID has 40 characters and sometimes a dot, and base64 has slashes.
    let is_like_a_file = match path.len() {
        ..=32 => path.contains(['/', '\\', '.']),
        33..=255 => path.contains(['/', '\\']),
        _ => false,
    };
    match error {
        // A token, or a file in base64.
        io::ErrorKind::InvalidFilename => true,
        io::ErrorKind::NotFound => is_text || !is_like_a_file,
        _ => is_text,
    }
}

fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    // Opening a pipe waits for a writer, and blocks everything else in this process.
    if !fs::metadata(path)?.is_file() {
        let problem = "it must be a regular file, not a folder, a pipe or a device";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    let file = fs::File::open(path)?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        let problem = format!("it is longer than {MAX_FILE} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::settings::name;
    use std::io::Write as _;

    fn text(given: Option<&str>, file: Option<&Path>) -> Text {
        Text {
            given: given.map(Secret::new),
            file: file.map(|path| path.display().to_string()),
            names: [&name::OIDC_TOKEN, &name::OIDC_TOKEN_FILE_PATH],
        }
    }

    #[test]
    fn a_file_is_read_each_time() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let text = text(None, Some(file.path()));
        let error = text.read().expect_err("empty").to_string();
        assert!(
            error.ends_with(", from oidc_token_file_path (ARM_OIDC_TOKEN_FILE_PATH), is empty.")
        );
        writeln!(file, " one").expect("written");
        assert_eq!(text.read().expect("a text"), Secret::new("one"));
        fs::write(file.path(), "two\n").expect("written");
        assert_eq!(text.read().expect("a text"), Secret::new("two"));
        fs::write(file.path(), "\u{feff}three\r\n").expect("written");
        assert_eq!(text.read().expect("a text"), Secret::new("three"));
        fs::remove_file(file.path()).expect("removed");
        let error = text.read().expect_err("gone").to_string();
        assert!(error.contains("cannot be read: No such file"), "{error}");
    }

    #[test]
    fn a_file_and_a_setting_agree() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        writeln!(file, "same").expect("written");
        let both = |given| text(Some(given), Some(file.path())).read();
        assert_eq!(both("same").expect("the same"), Secret::new("same"));
        let error = both("another").expect_err("two things").to_string();
        assert!(error.contains("have different values"), "{error}");
        assert!(!error.contains("another"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_regular_file_is_not_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        for path in [folder.path(), &socket, Path::new("/dev/zero")] {
            let error = text(None, Some(path)).read().expect_err("no file");
            let error = error.to_string();
            assert!(error.contains("must be a regular file"), "{error}");
        }
        // As Kubernetes mounts secrets.
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "one").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        let read = text(None, Some(&link)).read().expect("a text");
        assert_eq!(read, Secret::new("one"));
    }

    #[test]
    fn a_secret_in_place_of_its_path_is_not_shown() {
        let problem = |path: &str| {
            let text = text(None, Some(Path::new(path)));
            text.read().expect_err(path).to_string()
        };
        for secret in [
            "-----BEGIN PRIVATE KEY-----",
            "hunter2\n/etc",
            "hunter2",
            "abc8Q~hunter2.hunter2.hunter2.hunter2.hu",
            &"eyJ.hunter2/".repeat(500),
            &"MIIhunter2/".repeat(50),
        ] {
            assert_eq!(
                problem(secret),
                "oidc_token_file_path (ARM_OIDC_TOKEN_FILE_PATH) is not the path of a file. Its value is not shown, \
                 because it may be a secret. To give the content of the file itself, set oidc_token (ARM_OIDC_TOKEN) \
                 instead."
            );
        }
        assert!(problem("no-such.token").starts_with("The file no-such.token, from"));
        let long = problem(&format!("/{}", "no-such/".repeat(30)));
        assert!(long.contains("…, from oidc") && long.len() < 350, "{long}");
        // The platform sets this path, and there is no other setting.
        let text = Text {
            names: [&name::AKS_TOKEN_FILE; 2],
            ..text(None, Some(Path::new("hunter2")))
        };
        let problem = text.read().expect_err("no file").to_string();
        assert!(
            problem.ends_with("because it may be a secret."),
            "{problem}"
        );
    }

    #[test]
    fn what_is_no_text_or_has_no_end_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), [0xff, 0xfe]).expect("written");
        let read = || text(None, Some(file.path())).read();
        let error = read().expect_err("no text").to_string();
        assert!(error.contains("is not UTF-8 text"), "{error}");
        fs::write(file.path(), vec![b'a'; 1024 * 1024 + 1]).expect("written");
        let error = read().expect_err("too long").to_string();
        assert!(error.contains("longer than 1048576 bytes"), "{error}");
    }
}
