//! Date-times as the services write them. Called by `schema` and `store` (properties), `graph` and `entra` (errors).

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

const SECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
const ENTRA: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");

/// An `Edm.DateTimeOffset`: RFC 3339 with at most seven fractional digits and any offset, in the years the service knows.
pub(super) fn parse(text: &str) -> Option<OffsetDateTime> {
    let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let instant = OffsetDateTime::parse(text, &Rfc3339)
        .ok()?
        .checked_to_offset(UtcOffset::UTC)?;
    (digits <= 7 && (1..=9999).contains(&instant.year())).then_some(instant)
}

/// As Graph answers: UTC, with the fractional digits that say something.
pub(super) fn format(instant: OffsetDateTime) -> String {
    let fraction = format!("{:07}", instant.nanosecond() / 100);
    let fraction = match fraction.trim_end_matches('0') {
        "" => String::new(),
        digits => format!(".{digits}"),
    };
    format!("{}{fraction}Z", write(instant, SECONDS))
}

/// Now, as Graph dates an error: without an offset.
pub(super) fn now_for_graph_error() -> String {
    write(OffsetDateTime::now_utc(), SECONDS)
}

/// Now, as Entra ID dates an error.
pub(super) fn now_for_entra_error() -> String {
    write(OffsetDateTime::now_utc(), ENTRA)
}

fn write(instant: OffsetDateTime, format: &[BorrowedFormatItem<'_>]) -> String {
    instant
        .to_offset(UtcOffset::UTC)
        .format(format)
        .expect("every date-time has these components")
}

#[cfg(test)]
mod tests {
    use super::{format, parse};

    #[test]
    fn writes_the_instant_in_utc_with_the_digits_it_needs() {
        for (given, expected) in [
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("2026-05-04T10:15:30+02:00", "2026-05-04T08:15:30Z"),
            ("2026-05-04T08:15:30.1230000Z", "2026-05-04T08:15:30.123Z"),
            (
                "9999-12-31T23:59:59.9999999Z",
                "9999-12-31T23:59:59.9999999Z",
            ),
        ] {
            assert_eq!(parse(given).map(format).as_deref(), Some(expected));
        }
    }

    #[test]
    fn refuses_what_the_service_cannot_hold() {
        for given in [
            "",
            "2026-05-04",
            "2026-05-04T08:15:30",
            "2026-02-30T00:00:00Z",
            "2026-05-04T08:15:30.12345678Z",
            "0001-01-01T00:00:00+01:00",
        ] {
            assert_eq!(parse(given), None, "{given}");
        }
    }
}
