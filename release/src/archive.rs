//! The archive of one platform. The same files give the same bytes, wherever and whenever they are packed. Called by
//! `package`, and by `mirror` for the hashes by which Terraform knows an archive.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Cursor, Read as _, Write as _},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::package;

/// Packs an archive with one executable file and, beside it, files to read, by name.
///
/// # Errors
/// When the files cannot be packed.
pub fn pack(name: &str, executable: &[u8], beside: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        // 1980, the earliest time in this format, and not the time of the build.
        .last_modified_time(DateTime::default());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, options.unix_permissions(0o755))?;
    archive.write_all(executable)?;
    for (name, text) in beside {
        archive.start_file(*name, options.unix_permissions(0o644))?;
        archive.write_all(text)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The hashes by which a lock file knows an archive: of its content (`h1:`) and of its bytes (`zh:`).
///
/// # Errors
/// When this is not an archive.
pub fn hashes(archive: &[u8]) -> io::Result<[String; 2]> {
    Ok([
        content_hash(archive)?,
        format!("zh:{}", package::sum(archive)),
    ])
}

/// The hash of the names and bytes of the files, however they are packed: Go's `dirhash.Hash1`.
fn content_hash(archive: &[u8]) -> io::Result<String> {
    let mut archive = ZipArchive::new(Cursor::new(archive))?;
    let mut sums = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        sums.insert(file.name()?.into_owned(), package::sum(&content));
    }
    let mut list = String::new();
    for (name, sum) in sums {
        let _ = writeln!(list, "{sum}  {name}");
    }
    Ok(format!(
        "h1:{}",
        BASE64_STANDARD.encode(Sha256::digest(list))
    ))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _, Write as _};

    use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

    use super::{hashes, pack};

    #[test]
    fn an_archive_says_nothing_of_its_maker() {
        let pack = || pack("it_v1.exe", b"code", &[("LICENSE", b"text")]).expect("an archive");
        let archive = pack();
        assert_eq!(archive, pack());

        let mut archive = ZipArchive::new(Cursor::new(archive)).expect("an archive");
        assert_eq!(archive.len(), 2);
        for (index, (name, mode, expected)) in [
            ("it_v1.exe", 0o755, &b"code"[..]),
            ("LICENSE", 0o644, b"text"),
        ]
        .into_iter()
        .enumerate()
        {
            let mut file = archive.by_index(index).expect("a file");
            assert_eq!(file.name().expect("a name"), name);
            assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(mode));
            let time = file.last_modified().expect("a time");
            assert_eq!(time.to_string(), "1980-01-01 00:00:00");
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("its content");
            assert_eq!(content, expected);
        }
    }

    /// The constant is what `sha256sum` says: `sha256sum a b | sha256sum | xxd -r -p | base64`.
    #[test]
    fn the_content_is_hashed_in_the_order_of_its_names() {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["b", "a"] {
            let options = SimpleFileOptions::default();
            archive.start_file(name, options).expect("a file");
            archive.write_all(name.as_bytes()).expect("its content");
        }
        let archive = archive.finish().expect("an archive").into_inner();
        let [content, bytes] = hashes(&archive).expect("hashes");
        assert_eq!(content, "h1:yxP0ANy2GOQA0PfVT3zbMw03oHJyy5mhAWzaWDChBVY=");
        assert!(bytes.starts_with("zh:"), "{bytes}");
    }

    #[test]
    fn what_is_no_archive_has_no_hashes() {
        hashes(b"code").expect_err("a refusal");
    }
}
