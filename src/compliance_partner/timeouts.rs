//! How long an operation may take: the `timeouts` attribute and its defaults. `resource` and `data_source` ask
//! for the limit of an operation; `validate` checks the attribute.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tf_provider::value::Value;

/// The `timeouts` attribute of the resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    pub create: Value<String>,
    pub read: Value<String>,
    pub update: Value<String>,
    pub delete: Value<String>,
}

/// The `timeouts` attribute of a data source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadTimeouts {
    pub read: Value<String>,
}

/// The limit of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    Create,
    Read,
    Update,
    Delete,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Update, Self::Delete];

    /// Its name in the attribute.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// The limit if the configuration sets none: time for a request and for the waits that a
    /// throttled tenant imposes.
    pub fn by_default(self) -> Duration {
        match self {
            Self::Read => Duration::from_mins(5),
            Self::Create | Self::Update | Self::Delete => Duration::from_mins(10),
        }
    }

    /// The limit with this attribute.
    pub fn of<T: Settings>(self, timeouts: &Value<T>) -> Duration {
        timeouts
            .as_ref_option()
            .and_then(|timeouts| timeouts.setting(self))
            // Validation has already refused everything that cannot be parsed.
            .and_then(parse)
            .unwrap_or(self.by_default())
            .min(LONGEST)
    }
}

/// A `timeouts` attribute.
pub trait Settings {
    /// The limits that it can set.
    const LIMITS: &[Limit];

    /// The text that a configuration gives for an operation, if it is known.
    fn setting(&self, limit: Limit) -> Option<&str>;
}

impl Settings for Timeouts {
    const LIMITS: &[Limit] = &Limit::ALL;

    fn setting(&self, limit: Limit) -> Option<&str> {
        let text = match limit {
            Limit::Create => &self.create,
            Limit::Read => &self.read,
            Limit::Update => &self.update,
            Limit::Delete => &self.delete,
        };
        text.as_deref_option()
    }
}

impl Settings for ReadTimeouts {
    const LIMITS: &[Limit] = &[Limit::Read];

    fn setting(&self, limit: Limit) -> Option<&str> {
        let text = (limit == Limit::Read).then_some(&self.read);
        text.and_then(Value::as_deref_option)
    }
}

/// A century: the system's clock cannot represent a much later deadline.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

/// Reads a duration such as `90s`, `5m`, or `1h30m`; `None` if it is not a duration, or zero, in which
/// no operation can finish.
pub fn parse(text: &str) -> Option<Duration> {
    humantime::parse_duration(text)
        .ok()
        .filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tf_provider::value::Value;

    use super::{Limit, ReadTimeouts, Timeouts, parse};

    const NONE: Value<Timeouts> = Value::Null;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("1h30m", 5_400), ("2h", 7_200)] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "5", "five minutes", "-5m", "0s", "5 parsecs"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_not_set_has_a_default() {
        let update = Value::Value("90s".to_owned());
        let timeouts = Value::Value(Timeouts {
            create: Value::Null,
            read: Value::Null,
            update,
            delete: Value::Null,
        });
        assert_eq!(Limit::Update.of(&timeouts), Duration::from_secs(90));
        for operation in Limit::ALL {
            assert_eq!(operation.of(&NONE), operation.by_default());
        }
        assert_eq!(Limit::Delete.of(&timeouts), Limit::Delete.by_default());
        let read = Value::Value("90s".to_owned());
        let timeouts = Value::Value(ReadTimeouts { read });
        assert_eq!(Limit::Read.of(&timeouts), Duration::from_secs(90));
        assert_eq!(Limit::Update.of(&timeouts), Limit::Update.by_default());
    }

    #[test]
    fn the_clock_can_count_to_any_limit() {
        let ages = || Value::Value("584542046090y".to_owned());
        let timeouts = Value::Value(Timeouts {
            create: ages(),
            read: ages(),
            update: ages(),
            delete: ages(),
        });
        for operation in Limit::ALL {
            let limit = operation.of(&timeouts);
            assert!(Instant::now().checked_add(limit).is_some(), "{limit:?}");
        }
    }
}
