//! How many requests on kept connections `Httpbin` answers, against a hello world of axum under the same load in the
//! same run: `cargo bench -p wireproof-server --bench httpbin`.
//!
//! They take turns, so that whatever else the machine does falls on all. Requests a second (the median of the rounds)
//! depend on that all the same; processor time of the server's threads for one request (the least of the rounds, since
//! disturbance only adds) does so less.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use rustix::time::{ClockId, clock_gettime};
use wireproof_server::httpbin::{Httpbin, SILENCE, Settings, narration};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);
const THREADS: usize = 2;
/// Of each thread: all are written to, then all are read.
const CONNECTIONS: usize = 16;
const JOURNAL: usize = 1024 * 1024;

/// What a round came to.
#[derive(Clone, Copy)]
struct Load {
    a_second: f64,
    /// Of the server's threads, for one request.
    processor: Duration,
}

fn main() -> io::Result<()> {
    let hello = hello_world()?;
    let (narrator, narrative) = narration(1024);
    // As the command does, which tells people no more than this.
    thread::spawn(move || {
        while narrative.next().is_some() {
            std::iter::from_fn(|| narrative.try_next()).take(1023).for_each(drop);
            thread::sleep(Duration::from_millis(100));
        }
    });
    let start = |journal_bytes, narrator| {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        Httpbin::start(Settings { address, journal_bytes, silence: SILENCE, narrator })
    };
    let plain = start(0, None)?;
    let journal = start(JOURNAL, None)?;
    let narrated = start(JOURNAL, Some(narrator))?;
    let servers = [
        ("axum hello world", hello, "/"),
        ("no journal", plain.address(), "/status/200"),
        ("journal", journal.address(), "/status/200"),
        ("journal, narrated", narrated.address(), "/status/200"),
    ];
    let mut rounds = vec![Vec::new(); servers.len()];
    for _ in 0..ROUNDS {
        for ((_, address, path), loads) in servers.iter().zip(&mut rounds) {
            loads.push(load(*address, path)?);
        }
    }
    let loads: Vec<Load> = rounds.iter().map(|loads| typical(loads)).collect();
    println!("{:<20} {:>10} {:>7} {:>12} {:>7}", "", "requests/s", "ratio", "processor", "ratio");
    for ((name, ..), load) in servers.iter().zip(&loads) {
        let (rate, processor) = (
            load.a_second / loads[0].a_second,
            load.processor.as_secs_f64() / loads[0].processor.as_secs_f64(),
        );
        let processor_time = format!("{:.1} µs", load.processor.as_secs_f64() * 1e6);
        println!("{name:<20} {:>10.0} {rate:>7.2} {processor_time:>12} {processor:>7.2}", load.a_second);
    }
    Ok(())
}

/// The yardstick.
fn hello_world() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    thread::spawn(move || -> io::Result<()> {
        runtime.block_on(async {
            use axum::serve::ListenerExt as _;
            let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|socket| {
                drop(socket.set_nodelay(true));
            });
            axum::serve(listener, Router::new().route("/", get(async || "Hello, World!"))).await
        })
    });
    Ok(address)
}

/// Asks for a round.
fn load(address: SocketAddr, path: &str) -> io::Result<Load> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let (done, loads) = mpsc::channel();
    let (started, before) = (Instant::now(), clock(ClockId::ProcessCPUTime));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let (done, request) = (done.clone(), request.as_bytes());
            scope.spawn(move || drop(done.send(ask(address, request, started + ROUND))));
        }
    });
    drop(done);
    let (passed, all) = (started.elapsed(), clock(ClockId::ProcessCPUTime).saturating_sub(before));
    let (mut requests, mut own) = (0, Duration::ZERO);
    for load in loads {
        let (count, processor) = load?;
        requests += count;
        own += processor;
    }
    Ok(Load {
        a_second: f64::from(requests) / passed.as_secs_f64(),
        processor: all.saturating_sub(own) / requests.max(1),
    })
}

/// How many requests were answered until then, and the processor time that asking took.
fn ask(address: SocketAddr, request: &[u8], until: Instant) -> io::Result<(u32, Duration)> {
    let mut connections =
        (0..CONNECTIONS).map(|_| TcpStream::connect(address)).collect::<io::Result<Vec<_>>>()?;
    let mut count = 0;
    let mut buffer = [0; 1024];
    while Instant::now() < until {
        for connection in &mut connections {
            connection.write_all(request)?;
        }
        for connection in &mut connections {
            // Every answer here is a head and a short content, written at once.
            let came = connection.read(&mut buffer)?;
            if !buffer[..came].starts_with(b"HTTP/1.1 200 OK\r\n") {
                return Err(io::Error::other("another answer than 200 OK"));
            }
            count += 1;
        }
    }
    Ok((count, clock(ClockId::ThreadCPUTime)))
}

fn clock(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::try_from(time).unwrap_or_default()
}

fn typical(loads: &[Load]) -> Load {
    let mut rates: Vec<f64> = loads.iter().map(|load| load.a_second).collect();
    rates.sort_by(f64::total_cmp);
    let processor = loads.iter().map(|load| load.processor).min().unwrap_or_default();
    Load { a_second: rates[rates.len() / 2], processor }
}
