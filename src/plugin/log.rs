//! Writes tracing events as hclog lines: one JSON object per line on stderr, as Terraform expects from a plugin. Called
//! by `main`, once.

use std::{
    env,
    fmt::{self, Debug},
    io::{self, Write as _},
    panic,
};

use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use tracing::{
    Event, Level, Subscriber, error,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    layer::{Context, SubscriberExt as _},
};

/// go-plugin drops lines that are longer than 64 KiB. With this limit on a field, lines stay far below that.
const MAX_FIELD: usize = 4 << 10;

/// RFC 3339 with exactly six fractional digits: core panics on a timestamp that it cannot parse.
const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Sends what the process logs to stderr, as much of it as `TF_LOG_PROVIDER` or `TF_LOG` asks for, and reports panics
/// the same way. `own` are the program's own targets. From its libraries, only warnings and errors are logged, except
/// at TRACE, where each HTTP/2 frame is, for example.
pub fn install(own: &[&'static str]) {
    let level = level(|name| env::var(name).ok());
    let subscriber = Registry::default().with(Hclog.with_filter(filter(level, own)));
    // An error means that one is installed already, and there is only this one.
    let _ = tracing::subscriber::set_global_default(subscriber);
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        error!(
            place,
            "panic: {}",
            panic.payload_as_str().unwrap_or("without a message")
        );
    }));
}

/// What to log, by the variables that Terraform itself uses. If none is set, only what must be known when the process
/// dies.
fn level(variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let wish = ["TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|wish| !wish.is_empty()))
        .unwrap_or_default();
    match wish.to_ascii_uppercase().as_str() {
        "" | "OFF" | "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        // For Terraform, JSON means everything, in another format, and so does any word that it does not know.
        _ => LevelFilter::TRACE,
    }
}

/// What is logged at a level, by target.
fn filter(level: LevelFilter, own: &[&'static str]) -> Targets {
    let others = if level == LevelFilter::TRACE {
        level
    } else {
        level.min(LevelFilter::WARN)
    };
    let own = own.iter().map(|target| (*target, level));
    Targets::new().with_default(others).with_targets(own)
}

/// Writes each event as one line.
struct Hclog;

impl<S: Subscriber> Layer<S> for Hclog {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut line = line(event, OffsetDateTime::now_utc());
        line.push('\n');
        // One write per line, so that the lines of several tasks cannot mix. A log need not care whether anybody still
        // reads it.
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }
}

fn line(event: &Event<'_>, now: OffsetDateTime) -> String {
    let mut fields = Fields::default();
    event.record(&mut fields);
    let level = match *event.metadata().level() {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    // The values of the four names with an @ must be strings: core panics on anything else. They are added last, so
    // that no field can replace them.
    let mut object = fields.others;
    let mut header = |name: &str, value: String| object.insert(name.to_owned(), value.into());
    header("@level", level.to_owned());
    header("@message", fields.message);
    header(
        "@module",
        format!("provider.{}", event.metadata().target().replace("::", ".")),
    );
    header("@timestamp", now.format(STAMP).unwrap_or_default());
    Value::Object(object).to_string()
}

/// An event's message and its other fields.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.others.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = bounded(format_args!("{value:?}"));
        if field.name() == "message" {
            self.message = text;
        } else {
            self.put(field, text.into());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message = bounded(format_args!("{value}"));
        } else {
            self.put(field, bounded(format_args!("{value}")).into());
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
}

fn bounded(text: fmt::Arguments<'_>) -> String {
    let mut text = text.to_string();
    if text.len() > MAX_FIELD {
        text.truncate(text.floor_char_boundary(MAX_FIELD));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use time::macros::datetime;
    use tracing::{Event, Level, Subscriber, info, level_filters::LevelFilter, subscriber, warn};
    use tracing_subscriber::{
        Layer, Registry,
        layer::{Context, SubscriberExt as _},
    };

    use super::{MAX_FIELD, filter, level, line};

    #[derive(Clone, Default)]
    struct Capture(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Capture {
        fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
            let line = line(event, datetime!(2026-11-24 15:30:00.5 UTC));
            self.0.lock().expect("no panic holds it").push(line);
        }
    }

    fn lines(log: impl FnOnce()) -> Vec<String> {
        let capture = Capture::default();
        subscriber::with_default(Registry::default().with(capture.clone()), log);
        let lines = capture.0.lock().expect("no panic holds it");
        lines.clone()
    }

    #[test]
    fn an_event_is_one_hclog_line() {
        let lines = lines(|| warn!(target: "client", attempt = 2, wait = "3s", "waiting\nfor it"));
        insta::assert_snapshot!(
            lines.join("\n"),
            @r#"{"@level":"warn","@message":"waiting\nfor it","@module":"provider.client","@timestamp":"2026-11-24T15:30:00.500000Z","attempt":2,"wait":"3s"}"#
        );
    }

    #[test]
    fn a_long_field_is_cut_and_the_line_stays_short() {
        let lines = lines(|| info!(body = "ß".repeat(MAX_FIELD), "long"));
        assert!(lines[0].len() < 2 * MAX_FIELD, "{}", lines[0].len());
        let parsed: Value = serde_json::from_str(&lines[0]).expect("JSON");
        assert!(parsed["body"].as_str().expect("a string").ends_with('…'));
    }

    #[test]
    fn libraries_are_heard_at_trace_alone() {
        let heard =
            |level, target: &str, of: Level| filter(level, &["client"]).would_enable(target, &of);
        assert!(heard(LevelFilter::DEBUG, "client", Level::DEBUG));
        assert!(heard(LevelFilter::DEBUG, "client::send", Level::DEBUG));
        assert!(!heard(LevelFilter::DEBUG, "h2::codec", Level::DEBUG));
        assert!(!heard(LevelFilter::DEBUG, "h2::codec", Level::INFO));
        assert!(heard(LevelFilter::DEBUG, "h2::codec", Level::WARN));
        assert!(heard(LevelFilter::TRACE, "h2::codec", Level::TRACE));
        assert!(!heard(LevelFilter::ERROR, "h2::codec", Level::WARN));
    }

    #[test]
    fn the_level_is_the_one_that_terraform_was_given() {
        let given = |name: &'static str, value: &'static str| {
            level(move |wanted| (wanted == name).then(|| value.to_owned()))
        };
        assert_eq!(given("TF_LOG", "trace"), LevelFilter::TRACE);
        assert_eq!(given("TF_LOG", "JSON"), LevelFilter::TRACE);
        assert_eq!(given("TF_LOG_PROVIDER", "INFO"), LevelFilter::INFO);
        assert_eq!(given("TF_LOG_CORE", "TRACE"), LevelFilter::ERROR);
        assert_eq!(given("TF_LOG", "off"), LevelFilter::ERROR);
        assert_eq!(given("TF_LOG", "1"), LevelFilter::TRACE);
        let empty = |wanted: &str| Some(if wanted == "TF_LOG" { "debug" } else { "" }.to_owned());
        assert_eq!(level(empty), LevelFilter::DEBUG);
        assert_eq!(level(|_| None), LevelFilter::ERROR);
    }
}
