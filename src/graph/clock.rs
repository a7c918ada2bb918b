//! The times in responses: how long to wait, and how far off this machine's clock is. `answer` and `error` read them,
//! `advice` reports the clock.

use std::time::Duration;

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// Microsoft tolerates this much. Less may be the time that the response took to get here.
const TOLERANCE: time::Duration = time::Duration::minutes(5);

/// Reads a Retry-After header: seconds, or an HTTP date, which is compared with `now`.
pub(super) fn retry_after(value: &str, now: OffsetDateTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = http_date(value)?;
    Some(Duration::try_from(date - now).unwrap_or(Duration::ZERO))
}

/// Reads an HTTP date in the format that RFC 9110 requires servers to send.
pub(super) fn http_date(value: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(value.trim(), &Rfc2822).ok()
}

/// How far a clock that shows `now` is ahead of the server that wrote `date` (a Date header); negative if it is behind.
/// `None` if they agree, or `date` is not a date.
pub(super) fn offset(date: &str, now: OffsetDateTime) -> Option<time::Duration> {
    let offset = now - http_date(date)?;
    (offset.abs() > TOLERANCE).then_some(offset)
}

/// The offset as a sentence.
pub(super) fn sentence(offset: time::Duration) -> String {
    let minutes = offset.whole_minutes().unsigned_abs();
    format!(
        "This machine's clock is {} {} Microsoft's. Correct it.",
        humantime::format_duration(Duration::from_mins(minutes)),
        if offset.is_negative() {
            "behind"
        } else {
            "ahead of"
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_clock_is_off_from_five_minutes_on() {
        let now = datetime!(2024-05-01 10:00:00 UTC);
        let offset = |date| offset(date, now);
        assert_eq!(offset("Wed, 01 May 2024 10:05:00 GMT"), None);
        assert_eq!(offset("Wed, 01 May 2024 09:55:00 GMT"), None);
        assert_eq!(
            offset("Wed, 01 May 2024 10:05:01 GMT"),
            Some(time::Duration::seconds(-301))
        );
        assert_eq!(
            offset("Wed, 01 May 2024 09:54:59 GMT"),
            Some(time::Duration::seconds(301))
        );
        assert_eq!(offset("yesterday"), None);
    }

    #[test]
    fn the_sentence_says_how_much_and_in_which_direction() {
        assert_eq!(
            sentence(time::Duration::seconds(-7_399)),
            "This machine's clock is 2h 3m behind Microsoft's. Correct it."
        );
        assert_eq!(
            sentence(time::Duration::seconds(360)),
            "This machine's clock is 6m ahead of Microsoft's. Correct it."
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = datetime!(2024-05-01 10:00:00 UTC);
        let seconds = |value| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Wed, 01 May 2024 10:00:30 GMT"), Some(30));
        assert_eq!(seconds("Wed, 01 May 2024 09:00:00 GMT"), Some(0));
        for garbage in ["", "-1", "soon", "1.5"] {
            assert_eq!(seconds(garbage), None);
        }
    }
}
