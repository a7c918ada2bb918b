//! The soak: one provider process lives long, while several users create, change, refresh, import and delete partners
//! through it and requests fail at random. It ends at the first untruth: a state that differs from the tenant, a partner
//! twice, one that nobody's state knows, one dropped from state that the tenant still has. Run by `cargo soak` for as
//! long as one likes, and by `tests/soak.rs` for a few cycles.
//!
//! [`user`] is what a person does, [`wish`] what a configuration may say, [`truth`] compares state and tenant, and
//! [`figures`] weighs the process.

pub mod figures;
mod truth;
mod user;
mod wish;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::core::schema::complete;
use crate::core::tfplugin6::Schema;
use crate::core::{Launch, Provider, Result};
use crate::emulator::{Effect, Emulator, Exchange, Kind, Options, samples};

use figures::{Figures, Sample};
use user::User;

/// How many exchanges are kept to tell what happened. More than an operation takes, with all that others do meanwhile.
const JOURNAL: usize = 4000;

/// How many of them are shown when something is wrong.
const SHOWN: usize = 80;

/// What kind of a soak it is.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// Decides what the users do and which requests fail.
    pub seed: u64,
    /// How likely it is that a request fails, from 0 to 1.
    pub probability: f64,
    /// How many users work at the same time.
    pub users: usize,
    /// When they are done.
    pub length: Length,
}

/// How long a soak is.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// Nobody begins a cycle after this time; meanwhile the process is weighed.
    Time(Duration),
    /// Each user goes through so many cycles.
    Cycles(usize),
}

/// What came of a soak in which everything was true.
#[derive(Debug)]
pub struct Outcome {
    /// What the users did.
    pub tally: Tally,
    /// The process, time by time; the last time when the users are gone. Empty where cycles were counted.
    pub samples: Vec<Sample>,
}

/// What the users did, counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Partners from the first create to the last delete.
    pub cycles: usize,
    /// Creates, changes, refreshes, imports and deletes that came to their end.
    pub operations: usize,
    /// How often a read that the emulator made stale had to be repeated.
    pub stale: usize,
    /// Partners that were imported because their create, as the error said, may have been carried out.
    pub recovered: usize,
    /// The errors, by what the provider could not do.
    pub errors: BTreeMap<String, usize>,
}

/// Where the users meet.
struct Stage {
    emulator: Emulator,
    provider: Provider,
    schema: Schema,
    tally: Mutex<Tally>,
}

impl Stage {
    async fn build(binary: &Path, course: &Course) -> Result<Self> {
        let mut options = Options {
            // A list is one page: with several, what others delete meanwhile moves the later ones.
            page_size: 100,
            seed: course.seed,
            // The provider renews a token five minutes before its end, so it signs in twice a minute.
            token_lifetime: Duration::from_secs(330),
            ..Options::default()
        };
        let partners = (0..course.users).flat_map(user::found_by);
        options.tenants[0].partners.extend(partners);
        let emulator = Emulator::start(options).await?;
        let launch = Launch::new(binary);
        let launch = emulator
            .environment()
            .iter()
            .fold(launch, |launch, (name, value)| launch.env(*name, value));
        let provider = launch.start().await?;
        let schemas = provider.schema().await?;
        let schema = schemas.resource_schemas[user::PARTNER].clone();
        let block = complete(schemas.provider.as_ref().ok_or("no schema")?, json!({}));
        if let Some(problem) = provider.configure(&block).await?.first() {
            return Err(problem.to_string().into());
        }
        emulator.fail_randomly(course.seed, course.probability, faults());
        Ok(Self {
            emulator,
            provider,
            schema,
            tally: Mutex::default(),
        })
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The partners that the tenant has.
    fn partners(&self) -> Vec<Value> {
        self.emulator.partners(samples::TENANT_ID)
    }

    /// Whether a read of the partner `id`, or of the list, was made to show the past after the request `since`: the
    /// tenant as it was before the last write, or a partner that is gone. (A new partner can be missing at first, so a
    /// read that then shows it is believed, even if a delete that failed has been carried out.)
    fn was_stale(&self, since: usize, id: &str) -> bool {
        let journal = self.emulator.journal();
        let mut later = journal.iter().filter(|it| it.sequence > since);
        later.any(|it| {
            it.method == "GET"
                && matches!(it.fault.as_deref(), Some("StaleRead" | "Ghost"))
                && (it.path.ends_with(id) || it.path.ends_with("Partners"))
        })
    }

    /// The last requests, for whoever has to find out what went wrong.
    fn last_requests(&self) -> String {
        let journal = self.emulator.journal();
        let shown = &journal[journal.len().saturating_sub(SHOWN)..];
        shown.iter().map(line).collect()
    }
}

fn line(exchange: &Exchange) -> String {
    let name = exchange
        .request
        .as_ref()
        .and_then(|body| body["displayName"].as_str())
        .filter(|_| exchange.kind == Kind::Graph)
        .unwrap_or_default();
    let fault = exchange.fault.as_deref().unwrap_or_default();
    let sequence = exchange.sequence;
    let fault: String = fault.chars().take(100).collect();
    format!("{sequence:>8} {exchange} {name} {fault}\n")
}

/// What goes wrong now and then between the provider and a tenant.
fn faults() -> Vec<Effect> {
    vec![
        Effect::status(429),
        Effect::retry_after(429, "0"),
        Effect::retry_after(429, "1"),
        Effect::rate_limit_500(),
        Effect::status(500),
        Effect::status(502),
        Effect::status(503),
        Effect::retry_after(503, "1"),
        Effect::status(504),
        Effect::status(409),
        Effect::status(412),
        Effect::ExpiredToken,
        Effect::wrong_version_404(),
        Effect::ResetBeforeEffect,
        Effect::ResetAfterEffect,
        Effect::Delay(Duration::from_millis(50)),
        Effect::TruncatedBody,
        Effect::Trickle {
            bytes: 64,
            every: Duration::from_millis(2),
            endless: false,
        },
        Effect::Html,
        Effect::EmptyAnswer204,
        Effect::WrapInValue,
        Effect::StaleRead,
        Effect::Ghost,
    ]
}

/// Lets users work through one provider process. `weighed` is told each sample.
///
/// # Errors
/// What the provider did wrong, with the seed and the last requests; also when it cannot be started.
pub async fn run(
    binary: &Path,
    course: Course,
    mut weighed: impl FnMut(&Sample),
) -> Result<Outcome> {
    let stage = Arc::new(Stage::build(binary, &course).await?);
    let begun = Instant::now();
    let mut users = JoinSet::new();
    for number in 0..course.users {
        let user = User::new(Arc::clone(&stage), number, &course);
        users.spawn(user.work(course.length, begun));
    }
    let process = stage
        .provider
        .process
        .id()
        .ok_or("the provider has ended")?;
    let mut figures = Figures::of(process, begun);
    let mut ticks = ticks();
    let mut samples = Vec::new();
    loop {
        tokio::select! {
            done = users.join_next() => match done {
                None => break,
                Some(done) => done?.map_err(|error| explain(&error, course.seed, &stage))?,
            },
            _ = ticks.tick() => {
                stage.emulator.trim_journal(JOURNAL);
                if let (Length::Time(_), Some(sample)) = (course.length, figures.due(&stage)?) {
                    weighed(&sample);
                    samples.push(sample);
                }
            }
        }
    }
    if matches!(course.length, Length::Time(_)) {
        // What nobody uses any more is let go by now: idle threads after ten seconds.
        tokio::time::sleep(Duration::from_secs(15)).await;
        let sample = figures.sample(&stage)?;
        weighed(&sample);
        samples.push(sample);
    }
    let tally = stage.tally().clone();
    Ok(Outcome { tally, samples })
}

fn ticks() -> Interval {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn explain(error: &crate::core::Error, seed: u64, stage: &Stage) -> crate::core::Error {
    let requests = stage.last_requests();
    format!("{error}\nseed {seed}; the last requests of all users:\n{requests}").into()
}
