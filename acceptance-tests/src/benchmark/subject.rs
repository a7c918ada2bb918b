//! A provider's binary that is measured, and its size. Made from the arguments; `start` and `commands` run it.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::core::Result;

/// A provider's binary under a name.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) name: String,
    /// Canonical: a bare file name would be looked for on PATH.
    pub(super) binary: PathBuf,
    pub(super) size: usize,
    /// The size of a zip with the binary in it, packed as a release packs it.
    pub(super) zipped: usize,
}

impl Subject {
    pub(super) fn new(name: &str, binary: &Path) -> Result<Self> {
        let explain = |error| format!("{}: {error}", binary.display());
        let binary = binary.canonicalize().map_err(explain)?;
        let bytes = fs::read(&binary).map_err(explain)?;
        Ok(Self {
            name: name.to_owned(),
            size: bytes.len(),
            zipped: zip(&bytes)?.len(),
            binary,
        })
    }
}

fn zip(bytes: &[u8]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9));
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("terraform-provider", options)?;
    archive.write_all(bytes)?;
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::{Subject, zip};

    #[test]
    fn a_zip_is_smaller_than_what_repeats() {
        let zipped = zip(&vec![7; 100_000]).expect("it can be packed");
        assert!(zipped.len() < 1000, "{}", zipped.len());
    }

    #[test]
    fn a_binary_that_is_not_there_is_named() {
        let error = Subject::new("x", "no/such/file".as_ref()).expect_err("there is none");
        assert!(error.to_string().starts_with("no/such/file: "), "{error}");
    }
}
