//! Measures how fast and how small providers start, side by side: `cargo run --release -p
//! acceptance-tests --bin measure -- [--runs N] PATH...`. A tool for people. The last binary is the
//! baseline, for instance a minimal provider in Go.
//!
//! The client's work counts, as it does for Terraform: its TLS handshake, with P-521 where the
//! provider chose it.

#![expect(clippy::print_stdout, reason = "the table is what this tool is for")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use acceptance_tests::core::{Handshake, Launch, MESSAGE_LIMIT, Result, Security, connect};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic_prost::ProstCodec;

const DEFAULT_RUNS: usize = 20;

/// What one start of a provider took.
struct Run {
    handshake: Duration,
    schema: Duration,
    resident_kib: u64,
}

/// A provider, and how its runs went.
struct Subject {
    path: PathBuf,
    size: u64,
    runs: Vec<Run>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let (runs, paths) = arguments()?;
    let mut subjects = paths
        .iter()
        .map(|path| Subject::new(path))
        .collect::<Result<Vec<_>>>()?;
    // The first run brings a binary into the page cache, and is not counted.
    for subject in &subjects {
        start(&subject.path).await?;
    }
    // Interleaved, so that whatever else the machine does falls on all alike.
    for _ in 0..runs {
        for subject in &mut subjects {
            subject.runs.push(start(&subject.path).await?);
        }
    }
    print_table(&subjects);
    Ok(())
}

fn arguments() -> Result<(usize, Vec<PathBuf>)> {
    let mut runs = DEFAULT_RUNS;
    let mut paths = Vec::new();
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--runs" {
            let number = arguments.next().ok_or("--runs needs a number")?;
            runs = number
                .to_string_lossy()
                .parse()
                .map_err(|error| format!("--runs {}: {error}", number.display()))?;
        } else {
            paths.push(argument.into());
        }
    }
    if runs == 0 || paths.is_empty() {
        return Err("usage: measure [--runs N] PATH...".into());
    }
    Ok((runs, paths))
}

/// Starts a provider, asks for its schema, and ends it.
async fn start(path: &Path) -> Result<Run> {
    let launch = Launch::new(path);
    let begin = Instant::now();
    let mut process = launch.spawn()?;
    let line = process.handshake().await?;
    let handshake = begin.elapsed();
    let server = line
        .certificate
        .as_ref()
        .ok_or("the provider serves without TLS")?;
    let security = Security::Tls {
        server,
        client: Some(process.identity()),
    };
    let channel = connect(&line.address, security).await?;
    get_schema(channel, &line).await?;
    let schema = begin.elapsed();
    let resident_kib = resident_kib(process.id().ok_or("the provider has ended")?)?;
    process.kill().await?;
    Ok(Run {
        handshake,
        schema,
        resident_kib,
    })
}

/// Asks for the schema, and skips what comes: a request without fields is empty in either protocol,
/// and decoding the answer is Terraform's cost, not the provider's.
async fn get_schema(channel: Channel, handshake: &Handshake) -> Result<()> {
    let method = match handshake.protocol {
        5 => "/tfplugin5.Provider/GetSchema",
        6 => "/tfplugin6.Provider/GetProviderSchema",
        other => return Err(format!("protocol {other} is unknown").into()),
    };
    let mut client = Grpc::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
    client.ready().await?;
    client
        .unary(
            tonic::Request::new(()),
            PathAndQuery::from_static(method),
            ProstCodec::<(), ()>::default(),
        )
        .await?;
    Ok(())
}

/// The resident memory of a process, from Linux's /proc.
fn resident_kib(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("no VmRSS in /proc")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

impl Subject {
    fn new(path: &Path) -> Result<Self> {
        // A bare file name would be looked for on PATH.
        let path = path
            .canonicalize()
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let size = std::fs::metadata(&path)?.len();
        Ok(Self {
            path,
            size,
            runs: Vec::new(),
        })
    }

    fn name(&self) -> String {
        self.path
            .file_name()
            .unwrap_or(self.path.as_os_str())
            .display()
            .to_string()
    }

    fn spread(&self, of: impl Fn(&Run) -> f64) -> Spread {
        Spread::of(self.runs.iter().map(of).collect())
    }

    /// The columns of the table.
    fn measurements(&self) -> [Spread; 4] {
        [
            self.spread(|run| milliseconds(run.handshake)),
            self.spread(|run| milliseconds(run.schema)),
            self.spread(|run| mebibytes(run.resident_kib * 1024)),
            Spread::of(vec![mebibytes(self.size)]),
        ]
    }
}

/// The middle of some numbers, and how far they lie apart.
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(mut numbers: Vec<f64>) -> Self {
        numbers.sort_by(f64::total_cmp);
        let (low, high) = (numbers[(numbers.len() - 1) / 2], numbers[numbers.len() / 2]);
        Self {
            median: f64::midpoint(low, high),
            least: numbers[0],
            most: numbers[numbers.len() - 1],
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!(
            "{:.1} ({:.1}–{:.1})",
            self.median, self.least, self.most
        ))
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nobody measures binaries of 2^53 bytes"
)]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn print_table(subjects: &[Subject]) {
    let Some(baseline) = subjects.last() else {
        return;
    };
    println!("median (least–most) of {} runs", baseline.runs.len());
    println!(
        "{:30}{:>22}{:>22}{:>22}{:>22}",
        "", "handshake ms", "schema ms", "VmRSS MiB", "binary MiB"
    );
    for subject in subjects {
        let [handshake, schema, memory, size] = subject.measurements();
        println!(
            "{:30}{handshake:>22}{schema:>22}{memory:>22}{:>22.1}",
            subject.name(),
            size.median
        );
    }
    println!("ratio to {}", baseline.name());
    for subject in &subjects[..subjects.len() - 1] {
        let own = subject.measurements();
        let ratios = own.iter().zip(baseline.measurements());
        let ratios: Vec<String> = ratios
            .map(|(own, base)| format!("{:>22.2}", own.median / base.median))
            .collect();
        println!("{:30}{}", subject.name(), ratios.concat());
    }
}
