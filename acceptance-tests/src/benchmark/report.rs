//! The figures as Markdown, for people and for README. Pure; called by [`super::run`] and [`super::run_scale`].

use std::time::Duration;

use super::Measured;
use super::commands::{Contest, Pair, Timed};
use super::scale::Step;
use super::start::Start;
use super::statistics::{self, Spread, mebibytes, milliseconds};
use super::table::{Table, absent, ratio, spread};

/// A figure of a provider that is measured at each start.
type Figure = (&'static str, &'static str, fn(&Measured) -> Option<Spread>);

const FIGURES: [Figure; 7] = [
    ("from start to the handshake line", "ms", |it| {
        it.spread(|start| milliseconds(start.handshake))
    }),
    ("from start to the schema, over mutual TLS", "ms", |it| {
        it.spread(|start| milliseconds(start.schema))
    }),
    ("processor time until then", "ms", |it| {
        it.spread(|start| milliseconds(start.taken.processor_time))
    }),
    ("resident memory then", "MiB", |it| {
        it.spread(|start| mebibytes(start.taken.resident_kib * 1024))
    }),
    ("its peak", "MiB", |it| {
        it.spread(|start| mebibytes(start.taken.peak_kib * 1024))
    }),
    ("binary", "MiB", |it| {
        Spread::of([mebibytes(it.subject.size)])
    }),
    ("zipped", "MiB", |it| {
        Spread::of([mebibytes(it.subject.zipped)])
    }),
];

impl Measured {
    fn spread(&self, of: impl Fn(&Start) -> f64) -> Option<Spread> {
        Spread::of(self.starts.iter().map(of))
    }
}

/// The first provider beside the others, with its ratio to each.
pub(super) fn starts(own: &Measured, others: &[Measured]) -> Table {
    let names = others
        .iter()
        .flat_map(|it| [it.subject.name.clone(), "ratio".to_owned()]);
    let head = [String::new(), own.subject.name.clone()];
    let mut table = Table::new(head.into_iter().chain(names));
    for (name, unit, of) in FIGURES {
        let figure = of(own);
        let mut row = vec![name.to_owned(), spread(figure, unit)];
        for other in others.iter().map(of) {
            row.push(spread(other, unit));
            row.push(ratio(ratio_of(figure, other)));
        }
        table.row(row);
    }
    table
}

fn ratio_of(own: Option<Spread>, other: Option<Spread>) -> Option<f64> {
    statistics::ratio(own?.median, other?.median)
}

/// What each command takes with partners, without any provider, and what it sends.
pub(super) fn commands(contests: &[Contest]) -> Table {
    let mut table = Table::new([
        "command",
        "partners",
        "with them",
        "with `terraform_data`",
        "difference",
        "sign-ins",
        "lists",
        "reads",
        "writes",
    ]);
    for contest in contests {
        let Some(partners) = contest.partners else {
            continue;
        };
        for timed in &contest.timed {
            let requests = timed.requests;
            let mut row = vec![
                format!("`{}`", timed.command.name()),
                partners.to_string(),
                spread(Spread::of(timed.pairs.iter().map(with)), "ms"),
                spread(Spread::of(timed.pairs.iter().map(bare)), "ms"),
                spread(over_bare(timed), "ms"),
            ];
            let counts = [
                requests.tokens,
                requests.lists,
                requests.reads,
                requests.writes,
            ];
            row.extend(counts.map(|count| count.to_string()));
            table.row(row);
        }
    }
    table
}

/// What a command takes more than Terraform alone with each other provider, and with the fewest partners; none where there
/// are no other providers' configurations.
pub(super) fn over_others(contests: &[Contest]) -> Option<Table> {
    let own = contests
        .iter()
        .filter(|it| it.partners.is_some())
        .min_by_key(|it| it.partners)?;
    let mut table = Table::new([
        "over Terraform's own time",
        own.provider.as_str(),
        "other provider",
        "",
        "ratio",
    ]);
    let mut is_empty = true;
    for other in contests.iter().filter(|it| it.partners.is_none()) {
        for theirs in &other.timed {
            let ours = own.timed.iter().find(|it| it.command == theirs.command)?;
            let (ours, difference) = (over_bare(ours), over_bare(theirs));
            table.row([
                format!("`{}`", theirs.command.name()),
                spread(ours, "ms"),
                other.provider.clone(),
                spread(difference, "ms"),
                ratio(ratio_of(ours, difference)),
            ]);
            is_empty = false;
        }
    }
    (!is_empty).then_some(table)
}

fn with(pair: &Pair) -> f64 {
    milliseconds(pair.with)
}

fn bare(pair: &Pair) -> f64 {
    milliseconds(pair.bare)
}

/// The differences within the rounds, which what else the machine does falls out of.
fn over_bare(timed: &Timed) -> Option<Spread> {
    Spread::of(timed.pairs.iter().map(|pair| with(pair) - bare(pair)))
}

/// What many partners take.
pub(super) fn scale(steps: &[Step]) -> Table {
    let mut table = Table::new([
        "command",
        "partners",
        "limits",
        "with them",
        "with `terraform_data`",
        "difference, a partner",
        "provider's processor time",
        "provider's peak memory",
        "sign-ins",
        "lists",
        "reads",
        "writes",
        "refused of these",
        "waits in the log",
    ]);
    for step in steps {
        let requests = step.requests;
        let seconds = |duration: Duration| format!("{:.1} s", duration.as_secs_f64());
        let added = milliseconds(step.took) - milliseconds(step.bare.unwrap_or_default());
        table.row([
            format!("`{}`", step.command),
            step.partners.to_string(),
            if step.is_throttled { "on" } else { "off" }.to_owned(),
            seconds(step.took),
            step.bare.map_or_else(absent, seconds),
            format!("{:.1} ms", added / count(step.partners)),
            seconds(step.processor_time),
            format!("{:.1} MiB", mebibytes(step.peak_kib * 1024)),
            requests.tokens.to_string(),
            requests.lists.to_string(),
            requests.reads.to_string(),
            requests.writes.to_string(),
            requests.refused.to_string(),
            step.waits.to_string(),
        ]);
    }
    table
}

fn count(partners: usize) -> f64 {
    // Far more partners than any tenant has.
    f64::from(u32::try_from(partners).unwrap_or(u32::MAX))
}
