//! One instant in its many spellings. `validate` and `plan` ask whether a date-time is
//! well-formed and whether two of them are the same moment.
//!
//! Graph's DateTimeOffset is RFC 3339 with up to 7 fractional digits of a second (ticks of 100 ns) and
//! any offset, and is returned in a different spelling than was sent.

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// The fractional digits of a second that Graph keeps.
const MAX_DIGITS: usize = 7;

/// Why a text is not a date-time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Malformed {
    /// Not RFC 3339.
    Form,
    /// Not between the first of year 1 and the end of year 9999 in UTC, or a leap second.
    Range,
    /// More fractional digits than Graph keeps: the value would come back changed.
    Digits,
}

/// Reads a date-time.
pub fn parse(text: &str) -> Result<OffsetDateTime, Malformed> {
    let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| Malformed::Form)?;
    let utc = instant.checked_to_offset(UtcOffset::UTC);
    let is_of_the_type = utc.is_some_and(|utc| (1..=9999).contains(&utc.year()));
    // `time` reads a leap second as the instant before it; Graph has no leap seconds.
    if !is_of_the_type || is_leap_second(text) {
        return Err(Malformed::Range);
    }
    let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if digits > MAX_DIGITS {
        Err(Malformed::Digits)
    } else {
        Ok(instant)
    }
}

/// Whether the seconds, after the second colon, are 60.
fn is_leap_second(text: &str) -> bool {
    let seconds = text.splitn(3, ':').nth(2);
    seconds.is_some_and(|seconds| seconds.starts_with("60"))
}

/// Whether two date-times are the same moment. Texts that are not date-times are the same if they
/// are equal.
pub fn same_instant(a: &str, b: &str) -> bool {
    a == b || matches!((parse(a), parse(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

    use super::{Malformed, parse, same_instant};

    #[test]
    fn the_spellings_of_one_instant_are_the_same() {
        let written = "2016-12-31T23:59:37.9174975-08:00";
        for same in [
            "2017-01-01T07:59:37.9174975Z",
            "2017-01-01T07:59:37.9174975+00:00",
            "2017-01-01T09:59:37.9174975+02:00",
        ] {
            assert!(same_instant(written, same), "{same}");
        }
        for other in [
            "2017-01-01T07:59:37.9174974Z",
            "2017-01-01T07:59:37Z",
            "",
            "now",
        ] {
            assert!(!same_instant(written, other), "{other}");
        }
        assert!(same_instant(
            "2017-01-01T00:00:00Z",
            "2017-01-01T00:00:00.0000000Z"
        ));
        assert!(
            same_instant("never", "never"),
            "what cannot be read is compared as it is"
        );
    }

    #[test]
    fn the_edges_of_the_type_can_be_read() {
        for edge in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z"] {
            assert!(parse(edge).is_ok(), "{edge}");
        }
    }

    #[test]
    fn malformed_date_times_are_told_apart() {
        for text in [
            "",
            "2016-12-31",
            "2016-12-31T23:59:37",
            "2016-13-31T00:00:00Z",
            "yesterday",
        ] {
            assert_eq!(parse(text), Err(Malformed::Form), "{text}");
        }
        for text in [
            "2016-12-31T23:59:60Z",
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00",
            "0000-12-31T23:59:59Z",
        ] {
            assert_eq!(parse(text), Err(Malformed::Range), "{text}");
        }
        assert_eq!(
            parse("2016-12-31T23:59:37.12345678Z"),
            Err(Malformed::Digits)
        );
    }

    proptest! {
        #[test]
        fn an_instant_is_itself_in_every_offset_and_nothing_else(
            ticks in -62_135_596_800_i64 * 10_000_000..253_402_300_799_i64 * 10_000_000,
            minutes in -14 * 60..=14 * 60_i32,
            shift in 1..10_000_i64,
        ) {
            let at = |ticks: i64| OffsetDateTime::from_unix_timestamp_nanos(i128::from(ticks) * 100);
            let offset = UtcOffset::from_whole_seconds(minutes * 60).expect("an offset");
            let spell = |ticks, offset| {
                let moved = at(ticks).ok()?.checked_to_offset(offset)?;
                // RFC 3339 has four digits for a year.
                (0..=9999).contains(&moved.year()).then(|| moved.format(&Rfc3339).ok())?
            };
            if let (Some(utc), Some(other)) = (spell(ticks, UtcOffset::UTC), spell(ticks, offset)) {
                prop_assert!(same_instant(&utc, &other), "{utc} {other}");
                if let Some(later) = spell(ticks + shift, offset) {
                    prop_assert!(!same_instant(&utc, &later), "{utc} {later}");
                }
            }
        }

        #[test]
        fn no_text_is_a_panic(text in ".*") {
            let _ = parse(&text);
        }
    }
}
