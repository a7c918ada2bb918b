//! The archive of one platform. The same binary gives the same bytes, wherever and whenever it is
//! packed. Called by `package`.

use std::io::{self, Cursor, Write as _};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// An archive with one executable file.
///
/// # Errors
/// When the file cannot be packed.
pub fn pack(name: &str, executable: &[u8]) -> io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        // 1980, the first moment that the format knows, and not when somebody built it.
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, options)?;
    archive.write_all(executable)?;
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use zip::ZipArchive;

    use super::pack;

    #[test]
    fn an_archive_says_nothing_of_its_maker() {
        let archive = pack("it_v1.exe", b"code").expect("an archive");
        assert_eq!(archive, pack("it_v1.exe", b"code").expect("an archive"));

        let mut archive = ZipArchive::new(Cursor::new(archive)).expect("an archive");
        assert_eq!(archive.len(), 1);
        let mut file = archive.by_index(0).expect("a file");
        assert_eq!(file.name().expect("a name"), "it_v1.exe");
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let time = file.last_modified().expect("a time");
        assert_eq!(time.to_string(), "1980-01-01 00:00:00");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("its content");
        assert_eq!(content, b"code");
    }
}
