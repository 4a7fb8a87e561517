//! What the suite costs a client in Python, against the same calls in a loop of the client's own, in the same run.
//!
//! The yardstick is one process of the client that is handed all jobs at once and never waits for the harness; its
//! servers are staged before the clock starts, and nobody judges. Only plain cases are compared: where time is under
//! test, both sides would mostly wait. Start-up counts on both sides.

use std::{
    env,
    error::Error,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use wireproof::{
    adapter::{Driver, Folder},
    plan::{Plan, Readiness},
    run::{Lanes, Stand, run_all},
    testing::Bench,
    verdict::Word,
};
use wireproof_client::contract::{FromAdapter, ToAdapter};
use wireproof_server::Suite;

/// How often each side is measured, in turns.
const ROUNDS: usize = 5;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Time by the clock, and processor time of this process and its children.
#[derive(Clone, Copy, Default)]
struct Cost {
    wall: Duration,
    processor: Duration,
}

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-under-test/clients/urllib");
    let bench = match Bench::open("urllib") {
        Ok(bench) => bench,
        Err(error) => {
            println!("not run: {error}");
            return Ok(());
        }
    };
    let plans = comparable(&bench);
    drop(bench);
    println!("{} plain cases, {ROUNDS} rounds", plans.len());
    // The servers of all cases are staged at once for the yardstick.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let (mut suites, mut loops) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        loops.push(own_loop(&folder, &plans)?);
        suites.push(suite(&folder, &plans)?);
    }
    println!("{:24}{:>12}{:>12}", "", "clock", "processor");
    let row = |name: &str, cost: Cost| println!("{name:24}{:>12.2?}{:>12.2?}", cost.wall, cost.processor);
    let (suite, own) = (median(&mut suites), median(&mut loops));
    row("a loop of its own", own);
    row("the suite", suite);
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    println!(
        "{:24}{:>12.2}{:>12.2}",
        "ratio",
        ratio(suite.wall, own.wall),
        ratio(suite.processor, own.processor)
    );
    Ok(())
}

/// Plain cases that need no surroundings of their own, and in which the client neither hangs nor crashes: those would
/// end the yardstick.
fn comparable(bench: &Bench) -> Vec<Plan> {
    let mut answered = vec![false; bench.plans.len()];
    let lanes = Lanes::choose(None, bench.stand.driver());
    run_all(&bench.stand, &bench.plans, lanes, |index, run| {
        answered[index] = matches!(run.verdict.word, Word::Pass | Word::Lenient | Word::Survey | Word::Fail);
    });
    let mut plans = Vec::new();
    for (plan, answered) in bench.plans.iter().zip(answered) {
        // Those with an address of a server in them cannot be filled in here, and are special all the same.
        let plain = plan.surroundings.environment(&[]).is_ok_and(|variables| variables.is_empty())
            && plan.surroundings.files(&[]).is_ok_and(|files| files.is_empty());
        if answered && plan.readiness == Readiness::Ready && !plan.timed && plain {
            plans.push(plan.clone());
        }
    }
    plans
}

/// The suite, as `wireproof run` runs it.
fn suite(folder: &Path, plans: &[Plan]) -> Result<Cost> {
    let places = thread::available_parallelism()?.get();
    let clock = Clock::start()?;
    let stand = Stand::new(Driver::processes(Folder::open(folder)?, places)?)?;
    let lanes = Lanes::choose(None, stand.driver());
    let mut broken = None;
    run_all(&stand, plans, lanes, |index, run| {
        if run.verdict.word == Word::Broken {
            broken = Some(format!("{}: {:?}", plans[index].id, run.verdict.reason));
        }
    });
    stand.close();
    match broken {
        Some(broken) => Err(broken.into()),
        None => clock.stop(),
    }
}

/// The same calls by one process in a loop.
fn own_loop(folder: &Path, plans: &[Plan]) -> Result<Cost> {
    let suite = Arc::new(Suite::start(2)?);
    let mut staged = Vec::new();
    let mut lines = Vec::new();
    for plan in plans {
        let servers = suite.stage(plan.script.clone())?;
        let job = plan.job.resolve(servers.addresses(), servers.gates())?;
        serde_json::to_writer(&mut lines, &ToAdapter::Job(job))?;
        lines.push(b'\n');
        staged.push(servers);
    }
    let clock = Clock::start()?;
    let answers = drive(folder, lines)?;
    let cost = clock.stop()?;
    if answers != plans.len() {
        return Err(format!("{answers} answers to {} jobs", plans.len()).into());
    }
    for servers in staged {
        servers.finish(Duration::from_secs(1));
    }
    Ok(cost)
}

/// Starts the client, hands it all jobs, and counts its answers.
fn drive(folder: &Path, lines: Vec<u8>) -> Result<usize> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut child = Command::new("python3")
        .arg("adapter.py")
        .current_dir(PathBuf::from(folder))
        .env_clear()
        .envs([("LANG", "C.UTF-8"), ("WIREPROOF_PROTOCOL", "1")])
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("its input is piped")?;
    let writer = thread::spawn(move || input.write_all(&lines));
    let output = child.stdout.take().ok_or("its output is piped")?;
    let mut answers = 0;
    for line in BufReader::new(output).lines() {
        let line = line?;
        answers += usize::from(match serde_json::from_str(&line) {
            Ok(FromAdapter::Outcome(_) | FromAdapter::Unsupported(_) | FromAdapter::AdapterError(_)) => true,
            Ok(_) | Err(_) => false,
        });
    }
    writer.join().map_err(|_| "the writer panicked")??;
    child.wait()?;
    Ok(answers)
}

struct Clock {
    start: Instant,
    processor: Duration,
}

impl Clock {
    fn start() -> Result<Self> {
        Ok(Self { start: Instant::now(), processor: processor()? })
    }

    fn stop(self) -> Result<Cost> {
        Ok(Cost { wall: self.start.elapsed(), processor: processor()?.saturating_sub(self.processor) })
    }
}

/// Processor time, user and system, of all threads and of all children that have ended.
fn processor() -> Result<Duration> {
    let mut micros = 0;
    for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
        let usage = getrusage(who)?;
        for time in [usage.user_time(), usage.system_time()] {
            micros += time.tv_sec() * 1_000_000 + time.tv_usec();
        }
    }
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

fn median(costs: &mut [Cost]) -> Cost {
    let middle = costs.len() / 2;
    costs.sort_by_key(|cost| cost.wall);
    let wall = costs[middle].wall;
    costs.sort_by_key(|cost| cost.processor);
    Cost { wall, processor: costs[middle].processor }
}
