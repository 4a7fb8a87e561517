//! What a plain case costs, against the same exchange on bare sockets. Prints CPU time a case.
//!
//! `cargo run --release -p wireproof-server --example cost`
#![expect(clippy::unwrap_used, reason = "a measurement that fails has nothing to say")]

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use wireproof_server::{
    Suite,
    script::{After, Conditions, Engine, Framing, Ip, Listen, Reply, Rule, Script, ServerScript, Step, When},
};

const CASES: u32 = 5_000;
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn main() {
    let suite = Suite::start(1).unwrap();
    for round in 1..=3 {
        println!("round {round}");
        measure("bare sockets", bare_on_a_thread());
        measure("wire engine", |_| staged(&suite, Engine::Wire));
        measure("polite engine", |_| staged(&suite, Engine::Polite));
    }
}

fn measure(name: &str, mut case: impl FnMut(u32)) {
    let (cpu, wall) = (cpu_time(), Instant::now());
    (0..CASES).for_each(&mut case);
    let (cpu, wall) = (cpu_time().saturating_sub(cpu), wall.elapsed());
    println!("  {name:14} {:?} CPU, {:?} wall", cpu / CASES, wall / CASES);
}

/// User and system time of all threads of this process, from `/proc/self/schedstat` of each.
fn cpu_time() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let nanoseconds = tasks.map(|task| {
        let schedstat = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        schedstat.split(' ').next().unwrap().parse::<u64>().unwrap()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// A server thread that binds, accepts, answers and closes once a case.
fn bare_on_a_thread() -> impl FnMut(u32) {
    let (bound, binds) = std::sync::mpsc::channel::<TcpListener>();
    let (done, finished) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for listener in binds {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_nodelay(true).unwrap();
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).unwrap();
            stream.write_all(OK).unwrap();
            let _ = stream.read(&mut buffer).unwrap();
            drop(stream);
            drop(listener);
            done.send(()).unwrap();
        }
    });
    move |_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        bound.send(listener).unwrap();
        ask(at.port());
        finished.recv().unwrap();
    }
}

fn staged(suite: &Suite, engine: Engine) {
    let reply = Reply {
        status: 200,
        reason: None,
        fields: Vec::new(),
        body: "ok".into(),
        framing: Framing::Length,
        chunk: None,
        trailers: Vec::new(),
    };
    let rule = Rule {
        when: When::Request(Conditions { request: Some("GET /".into()), ..Conditions::default() }),
        times: None,
        after: After::Body,
        steps: vec![Step::Reply(reply)],
    };
    let listen = Listen::Tcp { ip: Ip::V4, port: None };
    let servers = vec![ServerScript { name: "origin".into(), listen, engine, rules: vec![rule] }];
    let staged = suite.stage(Script { servers, gates: Vec::new() }).unwrap();
    ask(staged.addresses()[0].port);
    let seen = staged.finish(Duration::from_secs(5));
    assert_eq!(seen.servers[0].connections[0].requests.len(), 1);
}

fn ask(port: u16) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(GET).unwrap();
    let mut answer = [0; 64];
    let mut came = 0;
    while came < OK.len() {
        came += stream.read(&mut answer[came..]).unwrap();
    }
    stream.shutdown(Shutdown::Both).unwrap();
}
