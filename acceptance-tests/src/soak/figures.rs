//! What a process takes of the machine, from Linux's /proc, and whether it takes more and more. `soak` samples it while
//! users work; `bin/soak.rs` prints and judges it.
//!
//! The provider does not tell how many tasks its runtime has. A task that is never done shows in what it holds: a
//! connection, a descriptor, a thread, memory.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use super::Stage;
use crate::core::Result;
use crate::proc::{number, status};

/// How long it is from sample to sample.
pub const EVERY: Duration = Duration::from_secs(10);

/// A process at one time.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// How long the soak had lasted.
    pub at: Duration,
    /// Resident memory.
    pub resident_kib: usize,
    /// Open file descriptors.
    pub descriptors: usize,
    /// Threads.
    pub threads: usize,
    /// Established connections over TCP, which are those to the tenant.
    pub connections: usize,
    /// Requests to the tenant in a minute, since the sample before.
    pub requests_per_minute: usize,
}

impl Sample {
    /// The line over [`Sample`]s.
    pub const HEADER: &str =
        "   minute   VmRSS KiB  descriptors  threads  connections  requests/min";
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>9.2} {:>11} {:>12} {:>8} {:>12} {:>13}",
            self.at.as_secs_f64() / 60.0,
            self.resident_kib,
            self.descriptors,
            self.threads,
            self.connections,
            self.requests_per_minute
        )
    }
}

/// Samples one process.
pub(super) struct Figures {
    process: u32,
    begun: Instant,
    last: (Instant, usize),
}

impl Figures {
    pub(super) fn of(process: u32, begun: Instant) -> Self {
        Self {
            process,
            begun,
            last: (begun, 0),
        }
    }

    /// A sample, if it is time for one.
    pub(super) fn due(&mut self, stage: &Stage) -> Result<Option<Sample>> {
        if self.last.0.elapsed() < EVERY {
            return Ok(None);
        }
        self.sample(stage).map(Some)
    }

    pub(super) fn sample(&mut self, stage: &Stage) -> Result<Sample> {
        let (then, before) = self.last;
        let (now, requests) = (Instant::now(), stage.emulator.requests());
        self.last = (now, requests);
        let status = status(self.process)?;
        let links = links(self.process)?;
        let milliseconds = usize::try_from((now - then).as_millis())?.max(1);
        Ok(Sample {
            at: now - self.begun,
            resident_kib: number(&status, "VmRSS:")?,
            descriptors: links.len(),
            threads: number(&status, "Threads:")?,
            connections: established(&links)?,
            requests_per_minute: (requests - before) * 60_000 / milliseconds,
        })
    }
}

/// Where the descriptors of a process lead.
fn links(process: u32) -> Result<Vec<String>> {
    let mut links = Vec::new();
    for entry in fs::read_dir(format!("/proc/{process}/fd"))? {
        // One that was closed since the directory was read is none.
        if let Ok(link) = fs::read_link(entry?.path()) {
            links.push(link.display().to_string());
        }
    }
    Ok(links)
}

/// How many of these descriptors are established connections over TCP.
fn established(links: &[String]) -> Result<usize> {
    const ESTABLISHED: &str = "01";
    let inode = |link: &String| {
        let inode = link.strip_prefix("socket:[")?.strip_suffix(']')?;
        Some(inode.to_owned())
    };
    let ours: HashSet<_> = links.iter().filter_map(inode).collect();
    let mut count = 0;
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let table = fs::read_to_string(table)?;
        let rows = table.lines().skip(1);
        let rows = rows.map(|row| row.split_whitespace().collect::<Vec<_>>());
        count += rows
            .filter(|row| row.get(3) == Some(&ESTABLISHED))
            .filter(|row| row.get(9).is_some_and(|inode| ours.contains(*inode)))
            .count();
    }
    Ok(count)
}

/// What grew from the second quarter of the samples to the last, in words. The first quarter warms up.
#[must_use]
pub fn growth(samples: &[Sample]) -> Vec<String> {
    let quarter = samples.len() / 4;
    if quarter == 0 {
        return vec!["there are too few samples to tell".to_owned()];
    }
    let (second, last) = (
        &samples[quarter..2 * quarter],
        &samples[samples.len() - quarter..],
    );
    let compare = |name: &str, allowed: fn(usize) -> usize, of: fn(&Sample) -> usize| {
        let (before, after) = (median(second, of), median(last, of));
        let grew = after > allowed(before);
        grew.then(|| format!("{name} grew from {before} to {after}"))
    };
    [
        compare(
            "VmRSS in KiB",
            |before| before + before / 10 + 2048,
            |it| it.resident_kib,
        ),
        compare("descriptors", |before| before + 2, |it| it.descriptors),
        compare("threads", |before| before + 2, |it| it.threads),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn median(samples: &[Sample], of: fn(&Sample) -> usize) -> usize {
    let mut numbers: Vec<_> = samples.iter().map(of).collect();
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::{Duration, Sample, growth};

    fn samples(resident_kib: [usize; 8], descriptors: [usize; 8]) -> Vec<Sample> {
        let sample = |(resident_kib, descriptors)| Sample {
            at: Duration::ZERO,
            resident_kib,
            descriptors,
            threads: 3,
            connections: 1,
            requests_per_minute: 0,
        };
        resident_kib
            .into_iter()
            .zip(descriptors)
            .map(sample)
            .collect()
    }

    #[test]
    fn warming_up_and_going_up_and_down_is_no_growth() {
        let memory = [1000, 9000, 20_000, 20_100, 21_000, 20_500, 23_000, 22_000];
        let descriptors = [3, 12, 14, 12, 15, 13, 12, 14];
        assert_eq!(growth(&samples(memory, descriptors)), [""; 0]);
    }

    #[test]
    fn what_goes_up_is_growth() {
        let memory = [
            20_000, 20_000, 20_000, 20_000, 21_000, 22_000, 24_100, 24_100,
        ];
        let descriptors = [10, 10, 12, 12, 14, 14, 16, 17];
        assert_eq!(
            growth(&samples(memory, descriptors)),
            [
                "VmRSS in KiB grew from 20000 to 24100",
                "descriptors grew from 12 to 17"
            ]
        );
        assert_eq!(growth(&[]), ["there are too few samples to tell"]);
    }
}
