//! Reads the text of a plan from a file or standard input, up to a maximum size. `review_command` calls it.

use std::{
    fs::File,
    io::{self, IsTerminal as _, Read},
};

use super::{options::Source, visible::visible};

/// The largest plan that is read. A plan with ten thousand resources has about 50 MiB.
const MOST: u64 = 256 << 20;

/// Reads a plan.
///
/// # Errors
/// Returns why it cannot be read and what to do, as sentences.
pub fn read(source: &Source) -> Result<String, String> {
    let bytes = match source {
        Source::Stdin if io::stdin().is_terminal() => {
            return Err(
                "there is no plan. Name a file with the output of `terraform show -json`."
                    .to_owned(),
            );
        }
        Source::Stdin => bounded(io::stdin().lock(), MOST),
        Source::File(path) => File::open(path).and_then(|file| bounded(file, MOST)),
    };
    let name = name(source);
    text(bytes.map_err(|error| format!("{name} cannot be read: {error}."))?)
        .map_err(|problem| format!("{name} {problem}"))
}

/// The name of a plan for an error message.
pub fn name(source: &Source) -> String {
    match source {
        Source::Stdin => "standard input".to_owned(),
        Source::File(path) => visible(&path.to_string_lossy()),
    }
}

fn bounded(reader: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let problem = format!("it is larger than {} MiB", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(bytes)
}

/// Decodes UTF-8, and the UTF-16 that Windows PowerShell redirects into a file.
fn text(bytes: Vec<u8>) -> Result<String, String> {
    let no_text = || "is not text.".to_owned();
    let wide = |unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes[2..].as_chunks::<2>();
        let units: Vec<_> = pairs.iter().copied().map(unit).collect();
        let text = String::from_utf16(&units).ok();
        text.filter(|_| rest.is_empty()).ok_or_else(no_text)
    };
    match bytes.as_slice() {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).map_err(|_| no_text()),
        // A saved plan is a ZIP archive.
        [b'P', b'K', 3, 4, ..] => Err(
            "is a saved plan. Give review the output of `terraform show -json PLAN` for it."
                .to_owned(),
        ),
        _ => String::from_utf8(bytes).map_err(|_| no_text()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Source, bounded, read, text};

    #[test]
    fn every_shell_writes_a_text_that_can_be_read() {
        let wide = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
            let units = "{ü".encode_utf16().flat_map(unit);
            mark.into_iter().chain(units).collect::<Vec<_>>()
        };
        for bytes in [
            "{ü".as_bytes().to_vec(),
            "\u{feff}{ü".as_bytes().to_vec(),
            wide([0xff, 0xfe], u16::to_le_bytes),
            wide([0xfe, 0xff], u16::to_be_bytes),
        ] {
            assert_eq!(text(bytes), Ok("{ü".to_owned()));
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [
            b"\xff\xfe\x00".to_vec(),
            b"\xff\xfe\x00\xd8".to_vec(),
            b"\x80".to_vec(),
            b"PK\x03\x04".to_vec(),
        ] {
            assert!(text(bytes).is_err());
        }
    }

    #[test]
    fn a_plan_that_is_too_long_is_not_held_in_memory() {
        assert!(bounded(std::io::repeat(b' '), 1 << 20).is_err());
        assert!(bounded(&b"1234"[..], 4).is_ok());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let problem = read(&Source::File(PathBuf::from("no-such-plan.json")));
        let problem = problem.expect_err("there is no such file");
        assert!(
            problem.starts_with("no-such-plan.json cannot be read: "),
            "{problem}"
        );
    }
}
