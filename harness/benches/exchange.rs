//! What a plain case costs, against a bare exchange on the same sockets in the same run: bind, connect, one
//! request, one reply, close. In processor time of the whole process, because the machines are shared.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use criterion::{
    Criterion, criterion_group, criterion_main,
    measurement::{Measurement, ValueFormatter, WallTime},
};
use nix::sys::resource::{UsageWho, getrusage};
use wireproof::{plan::Plan, testing::Bench};

/// Processor time, user and system, of all threads.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        spent()
    }

    fn end(&self, start: Duration) -> Duration {
        spent().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn spent() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system tells what a process used");
    let of = |time: nix::sys::time::TimeVal| {
        let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    };
    of(usage.user_time()) + of(usage.system_time())
}

/// The yardstick: a server of two reads and writes on a thread that waits for connections, a client on this one.
fn bare_exchange() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    client.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")?;
    let (mut server, _) = listener.accept()?;
    let mut request = [0; 1024];
    let _ = server.read(&mut request)?;
    server.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
    let mut reply = [0; 1024];
    let _ = client.read(&mut reply)?;
    drop(client);
    let _ = server.read(&mut request)?;
    Ok(())
}

/// The same with the server on a thread of its own, as any server that is not the client has to be.
fn bare_exchange_of_two_threads() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || -> io::Result<()> {
        let (mut server, _) = listener.accept()?;
        let mut request = [0; 1024];
        let _ = server.read(&mut request)?;
        server.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
        let _ = server.read(&mut request)?;
        Ok(())
    });
    let mut client = TcpStream::connect(address)?;
    client.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")?;
    let mut reply = [0; 1024];
    let _ = client.read(&mut reply)?;
    drop(client);
    server.join().map_err(|_| io::Error::other("the server panicked"))?
}

fn exchange(criterion: &mut Criterion<CpuTime>) {
    let bench = Bench::open("reference").expect("the cases are valid");
    let chosen = plain_case(&bench);
    let mut group = criterion.benchmark_group("exchange");
    group.bench_function("bare", |b| b.iter(|| bare_exchange().expect("loopback works")));
    group.bench_function("bare, two threads", |b| {
        b.iter(|| bare_exchange_of_two_threads().expect("loopback works"));
    });
    let scenario = &bench.scenarios
        [bench.plans.iter().position(|plan| plan.id == chosen.id).expect("it is one of them")];
    let hello = bench.stand.driver().hello();
    group.bench_function("plain case", |b| {
        b.iter(|| {
            let plan = Plan::new(scenario, hello, wireproof::plan::Scale::ONE);
            let run = bench.stand.run(&plan);
            assert_eq!(run.verdict.word, wireproof::verdict::Word::Pass);
        });
    });
    group.finish();
}

/// One request, one reply with a length.
fn plain_case(bench: &Bench) -> &Plan {
    let plain = |plan: &&Plan| plan.id.starts_with("status/") && plan.id.ends_with("/200");
    bench.plans.iter().find(plain).expect("there is a plain case")
}

criterion_group! {
    name = exchanges;
    config = Criterion::default().with_measurement(CpuTime).measurement_time(Duration::from_secs(8));
    targets = exchange
}
criterion_main!(exchanges);
