//! Checks the properties with the corpus of the fuzzer, with mutations of it, and with long inputs.

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*, sample::Index};

use super::{error_body, graph_json, message_pack};

type Property = fn(&[u8]);

/// By the names of the fuzz targets.
const PROPERTIES: [(&str, Property); 3] = [
    ("message_pack", message_pack),
    ("graph_json", graph_json),
    ("error_body", error_body),
];

/// The files of a target's corpus, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut seeds: Vec<_> = fs::read_dir(folder.join(target))
        .expect("every target has a corpus")
        .map(|entry| {
            let path = entry.expect("the corpus can be read").path();
            let bytes = fs::read(&path).expect("a seed is a file");
            (path.display().to_string(), bytes)
        })
        .collect();
    seeds.sort();
    seeds
}

#[test]
fn the_corpus_holds() {
    for (target, property) in PROPERTIES {
        for (name, bytes) in corpus(target) {
            // Printed only if it fails.
            eprintln!("{name}");
            property(&bytes);
        }
    }
}

/// A piece of a seed, and what takes its place.
#[derive(Clone, Debug)]
struct Edit {
    start: Index,
    length: usize,
    new: New,
}

#[derive(Clone, Debug)]
enum New {
    Bytes(Vec<u8>),
    /// A piece of another seed.
    Piece {
        seed: Index,
        start: Index,
        length: usize,
    },
}

fn edit() -> impl Strategy<Value = Edit> {
    let piece = (any::<Index>(), any::<Index>(), 0..64_usize).prop_map(|(seed, start, length)| {
        New::Piece {
            seed,
            start,
            length,
        }
    });
    let new = prop_oneof![vec(any::<u8>(), 0..5).prop_map(New::Bytes), piece];
    (any::<Index>(), 0..16_usize, new).prop_map(|(start, length, new)| Edit { start, length, new })
}

fn piece(bytes: &[u8], start: Index, length: usize) -> std::ops::Range<usize> {
    let start = start.index(bytes.len() + 1);
    start..bytes.len().min(start + length)
}

fn mutated(seeds: &[(String, Vec<u8>)], seed: Index, edits: Vec<Edit>) -> Vec<u8> {
    let mut bytes = seed.get(seeds).1.clone();
    for edit in edits {
        let new = match edit.new {
            New::Bytes(bytes) => bytes,
            New::Piece {
                seed,
                start,
                length,
            } => {
                let other = &seed.get(seeds).1;
                other[piece(other, start, length)].to_vec()
            }
        };
        let old = piece(&bytes, edit.start, edit.length);
        bytes.splice(old, new);
    }
    bytes
}

#[test]
fn mutations_of_the_corpus_hold() {
    for (target, property) in PROPERTIES {
        let seeds = corpus(target);
        proptest!(|(seed in any::<Index>(), edits in vec(edit(), 1..8))| {
            property(&mutated(&seeds, seed, edits));
        });
    }
}

/// 16 KiB of the same, between a beginning and an end.
fn flood(beginning: &[u8], repeated: &[u8], end: &[u8]) -> Vec<u8> {
    [beginning, &repeated.repeat((1 << 14) / repeated.len()), end].concat()
}

#[test]
fn a_flood_of_small_values_takes_a_multiple_of_its_length() {
    for (beginning, repeated, end) in [
        (&b"["[..], &b"0,"[..], &b"0]"[..]),
        (b"[", b"[0],", b"0]"),
        (b"[", b"{\"\":0},", b"0]"),
        (b"{\"value\":[", b"{\"\":0},", b"0]}"),
        (
            b"{\"id\":\"\",\"iosEnrollmentAssignments\":[",
            b"0,",
            b"0]}",
        ),
        (
            b"{\"id\":\"\",\"iosEnrollmentAssignments\":[",
            b"[],",
            b"0]}",
        ),
        (b"{\"id\":\"\",\"x\":\"", b"\\n", b"\"}"),
        (b"{\"id\":{\"", b"\\u0000", b"\":0}}"),
    ] {
        graph_json(&flood(beginning, repeated, end));
    }
    // Arrays and maps with as many elements as they announce, as value and as private state.
    for (beginning, repeated) in [
        (&b"\xdd\x00\x00\x40\x00"[..], &b"\xc0"[..]),
        (b"\xdd\x00\x00\x20\x00", b"\x91\xc0"),
        (b"\xdf\x00\x00\x20\x00", b"\xa0\xc0"),
        (b"\x81\xa1x\xdd\x00\x00\x40\x00", b"\xc0"),
        (b"\x81\xa1x\xdd\x00\x00\x20\x00", b"\x91\xc0"),
        (b"\x81\xa1x\xdd\x00\x00\x15\x55", b"\x81\xa0\xc0"),
        (b"\xda\xff\xff", b"a"),
    ] {
        message_pack(&flood(beginning, repeated, b""));
    }
    error_body(&flood(
        b"400\n\n{\"error\":{\"message\":\"",
        b"a\\n",
        b"\"}}",
    ));
    error_body(&flood(b"400\n\n{\"error\":{\"code\":\"", b"ab", b"\"}}"));
    error_body(&flood(b"400\n\n", b"\xff\n", b""));
    error_body(&flood(b"302\nlocation: https://", b"a.", b"example\n\n"));
}
