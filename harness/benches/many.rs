//! What a case costs among ten thousand, against what it costs among one thousand, and how much memory a run of them
//! takes: `cargo bench -p wireproof --bench many`.
//!
//! Each run is a process of `wireproof run` on generated pages, so that its peak of memory is its own. Time is processor
//! time, because the machines are shared.

use std::{
    fmt::Write as _,
    fs, io,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use nix::sys::resource::{UsageWho, getrusage};

const ROUNDS: usize = 5;
const FEW: usize = 1_000;
const MANY: usize = 10_000;
/// A page has at most 1 MiB, and authors write smaller ones.
const PAGE: usize = 500;

/// What a run took.
#[derive(Clone, Copy)]
struct Cost {
    processor: Duration,
    /// The highest peak of all runs so far, in KiB.
    peak: i64,
}

fn main() -> io::Result<()> {
    let (few, many) = (generated(FEW)?, generated(MANY)?);
    // The smaller runs first: the system tells the highest peak of all children only.
    let few = median(FEW, &rounds(few.path())?);
    let many = median(MANY, &rounds(many.path())?);
    println!("{:>7} {:>14} {:>7} {:>10}", "cases", "for each case", "ratio", "peak");
    for (count, cost) in [(FEW, few), (MANY, many)] {
        let ratio = cost.processor.as_secs_f64() / few.processor.as_secs_f64();
        let micros = format!("{:.0} µs", cost.processor.as_secs_f64() * 1e6);
        println!("{count:>7} {micros:>14} {ratio:>7.2} {:>6} MiB", cost.peak / 1024);
    }
    Ok(())
}

/// A folder of pages with so many plain cases in all.
fn generated(count: usize) -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let chapter = folder.path().join("generated");
    fs::create_dir(&chapter)?;
    for first in (0..count).step_by(PAGE) {
        let mut page = String::from(HEAD);
        for number in first..count.min(first + PAGE) {
            let _ = writeln!(page, "      - {{ nr: {number} }}");
        }
        page.push_str(REST);
        fs::write(chapter.join(format!("page-{first}.yaml")), page)?;
    }
    Ok(folder)
}

const HEAD: &str = r#"about: Plain exchanges, generated
spec: RFC 9110 15
level: should
calls:
  - GET {origin}/{nr}

cases:
  - id: "{nr}"
    about: Number {nr} is answered
    covers: [s0.status.01]
    kills: [takes-100-as-final]
    each:
"#;

const REST: &str = r#"    servers:
      origin:
        - when: GET /{nr}
          reply: { body: "this is number {nr}" }
    expect:
      outcome: { status: 200, body: "this is number {nr}" }
      origin: ["GET /{nr}"]
"#;

fn rounds(folder: &Path) -> io::Result<Vec<Cost>> {
    (0..ROUNDS).map(|_| run(folder)).collect()
}

/// Runs all cases of a folder.
fn run(folder: &Path) -> io::Result<Cost> {
    let before = spent()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_wireproof"));
    let status = command.arg("run").arg("--cases").arg(folder).stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("the run ended with {status}")));
    }
    let after = spent()?;
    Ok(Cost { processor: after.processor.saturating_sub(before.processor), peak: after.peak })
}

/// By all children that have ended.
fn spent() -> io::Result<Cost> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let of = |time: nix::sys::time::TimeVal| {
        let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    };
    Ok(Cost { processor: of(usage.user_time()) + of(usage.system_time()), peak: usage.max_rss() })
}

/// For each case, in the middle of the rounds.
fn median(count: usize, costs: &[Cost]) -> Cost {
    let mut times: Vec<Duration> = costs.iter().map(|cost| cost.processor).collect();
    times.sort_unstable();
    let processor = times[times.len() / 2].div_f64(u32::try_from(count).map_or(1.0, f64::from));
    Cost { processor, peak: costs.iter().map(|cost| cost.peak).max().unwrap_or(0) }
}
