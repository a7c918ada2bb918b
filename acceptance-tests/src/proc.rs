//! What a process takes of the machine, as Linux's /proc tells it. Used by the soak and by the benchmark.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::core::Result;

/// What a process has taken so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// Resident memory.
    pub resident_kib: usize,
    /// The most that was resident at once.
    pub peak_kib: usize,
    /// The time that its threads, those that are still there, were on a processor.
    pub processor_time: Duration,
}

/// Says that /proc is needed where there is none.
///
/// # Errors
/// On every system but Linux.
pub fn require() -> Result<()> {
    if cfg!(target_os = "linux") {
        Ok(())
    } else {
        Err("This reads /proc, which only Linux has. Run it on Linux.".into())
    }
}

/// What this process has taken so far.
///
/// # Errors
/// When there is no such process.
pub fn taken(process: u32) -> Result<Taken> {
    let status = status(process)?;
    Ok(Taken {
        resident_kib: number(&status, "VmRSS:")?,
        peak_kib: number(&status, "VmHWM:")?,
        processor_time: processor_time(process)?,
    })
}

/// The processes that run this binary, which is named by its canonical path; none where there is no /proc.
#[must_use]
pub fn running(binary: &Path) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    // One that has ended meanwhile, or that belongs to somebody else, has no link to read.
    entries
        .filter_map(std::result::Result::ok)
        .filter(|entry| fs::read_link(entry.path().join("exe")).is_ok_and(|it| it == binary))
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

pub(crate) fn status(process: u32) -> Result<String> {
    Ok(fs::read_to_string(format!("/proc/{process}/status"))?)
}

/// A number of a status, by its name with the colon.
pub(crate) fn number(status: &str, name: &str) -> Result<usize> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|line| line.split_whitespace().next());
    let value = value.ok_or_else(|| format!("no {name} in /proc"))?;
    Ok(value.parse()?)
}

/// The scheduler counts in nanoseconds; the fields of `stat` only in hundredths of a second.
fn processor_time(process: u32) -> Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread that has ended since the directory was read is not counted.
        if let Ok(statistics) = fs::read_to_string(thread?.path().join("schedstat")) {
            nanoseconds += on_processor(&statistics)?;
        }
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The first field is the time on a processor, the others are waiting and time slices.
fn on_processor(statistics: &str) -> Result<u64> {
    let first = statistics.split_whitespace().next();
    Ok(first.ok_or("schedstat is empty")?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::{number, on_processor};

    #[test]
    fn a_number_is_found_by_its_name() {
        let status = "Name:\tx\nVmHWM:\t    1234 kB\nVmRSS:\t     999 kB\nThreads:\t3\n";
        assert_eq!(number(status, "VmHWM:").expect("it is there"), 1234);
        assert_eq!(number(status, "VmRSS:").expect("it is there"), 999);
        assert_eq!(number(status, "Threads:").expect("it is there"), 3);
        assert!(number(status, "VmSwap:").is_err());
    }

    #[test]
    fn the_first_field_is_the_time_on_a_processor() {
        assert_eq!(
            on_processor("1499461 7216372 3\n").expect("it has fields"),
            1_499_461
        );
        assert!(on_processor("\n").is_err());
    }
}
