//! How far this machine's clock is off: Microsoft's answers carry the time. `answer` and `credential` measure it,
//! `advice` tells it.

use time::{Duration, OffsetDateTime};

use super::retry::http_date;

/// Microsoft puts up with this much. Less may be the answer's way to us.
const TOLERANCE: Duration = Duration::minutes(5);

/// How far a clock that shows `now` is ahead of the server that wrote `date` (a Date header); negative when it is behind.
/// `None` when they agree, or `date` is no date.
pub(super) fn offset(date: &str, now: OffsetDateTime) -> Option<Duration> {
    let offset = now - http_date(date)?;
    (offset.abs() > TOLERANCE).then_some(offset)
}

/// The offset in words.
pub(super) fn sentence(offset: Duration) -> String {
    let minutes = offset.whole_minutes().unsigned_abs();
    format!(
        "This machine's clock is {} {} Microsoft's: set it right.",
        humantime::format_duration(std::time::Duration::from_mins(minutes)),
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
            Some(Duration::seconds(-301))
        );
        assert_eq!(
            offset("Wed, 01 May 2024 09:54:59 GMT"),
            Some(Duration::seconds(301))
        );
        assert_eq!(offset("yesterday"), None);
    }

    #[test]
    fn the_sentence_says_how_much_and_in_which_direction() {
        assert_eq!(
            sentence(Duration::seconds(-7_399)),
            "This machine's clock is 2h 3m behind Microsoft's: set it right."
        );
        assert_eq!(
            sentence(Duration::seconds(360)),
            "This machine's clock is 6m ahead of Microsoft's: set it right."
        );
    }
}
