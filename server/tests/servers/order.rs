//! Order across connections: signals, heads, gates.

use std::{io::Write, net::TcpStream, time::Duration};

use crate::stage::*;
use wireproof_server::script::{After, Await, Gate, Reading, Reply, Rule, Script, Step};

#[test]
fn a_signal_across_connections() {
    let waits = vec![Step::Await(Await::Signal { name: "go".into(), times: 2 }), ok()];
    let staged = stage(vec![
        on("GET /waits", waits),
        any(vec![Step::Signal("go".into()), Step::Reply(reply(200, "go"))]),
    ]);
    let mut waiting = asking(&staged, "GET /waits HTTP/1.1\r\n\r\n");
    let mut other = asking(&staged, GET);
    expect(&mut other, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ngo");
    waiting.set_nonblocking(true).unwrap();
    let blocked = std::io::Read::read(&mut waiting, &mut [0]).unwrap_err();
    assert_eq!(blocked.kind(), std::io::ErrorKind::WouldBlock);
    waiting.set_nonblocking(false).unwrap();
    other.write_all(GET.as_bytes()).unwrap();
    expect(&mut waiting, OK);
}

#[test]
fn a_head_on_another_connection() {
    let waits = vec![Step::Await(Await::Request("GET /oth*".into())), ok()];
    let staged = stage(vec![on("GET /waits", waits), any(vec![ok()])]);
    let mut waiting = asking(&staged, "GET /waits HTTP/1.1\r\n\r\n");
    let mut other = asking(&staged, "GET /other HTTP/1.1\r\n\r\n");
    expect(&mut waiting, OK);
    expect(&mut other, OK);
}

#[test]
fn a_gate_ends_when_its_signal_was_given() {
    let gate = |signal: &str, times| Gate { signal: signal.into(), times };
    let servers = vec![server("origin", vec![any(vec![Step::Signal("seen".into()), ok()])])];
    let gates = vec![gate("seen", 1), gate("never", 0), gate("seen", 2)];
    let staged = SUITE.stage(Script { servers, gates }).unwrap();
    let [first, always, second] = staged.gates() else { panic!("three gates") };
    let mut waiting = TcpStream::connect(first).unwrap();
    let mut shut = TcpStream::connect(second).unwrap();
    assert_eq!(read_to_end(&mut TcpStream::connect(always).unwrap()).0, "");
    expect(&mut asking(&staged, GET), OK);
    let (text, end) = read_to_end(&mut waiting);
    assert_eq!(text, "");
    end.unwrap();
    let (_, late) = read_to_end(&mut TcpStream::connect(first).unwrap());
    late.unwrap();
    shut.set_nonblocking(true).unwrap();
    let blocked = std::io::Read::read(&mut shut, &mut [0]).unwrap_err();
    assert_eq!(blocked.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn waits_for_the_body() {
    let interim = Step::Reply(Reply { status: 100, ..reply(100, "") });
    let steps = vec![interim, Step::Await(Await::Bytes(2)), send("A"), Step::Await(Await::Body), ok()];
    let staged = stage(vec![Rule { after: After::Head, ..any(steps) }]);
    let mut client = asking(&staged, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n");
    expect(&mut client, "HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(b"12").unwrap();
    expect(&mut client, "A");
    client.write_all(b"34").unwrap();
    expect(&mut client, OK);
}

#[test]
fn waiting_for_the_end_is_not_waiting_for_time() {
    let staged = stage(vec![
        on("GET /held", vec![Step::Await(Await::Close), Step::Signal("gone".into())]),
        any(vec![Step::Await(Await::Signal { name: "gone".into(), times: 1 }), ok()]),
    ]);
    let held = asking(&staged, "GET /held HTTP/1.1\r\n\r\n");
    let mut other = asking(&staged, GET);
    drop(held);
    expect(&mut other, OK);
}

#[test]
fn reading_nothing_holds_the_client_up() {
    let steps =
        vec![Step::Reading(Reading::None), send("x"), Step::End(wireproof_server::script::End::Stall)];
    let staged = stage(vec![Rule { after: After::Head, ..any(steps) }]);
    let mut client = asking(&staged, "POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n");
    expect(&mut client, "x");
    client.set_nonblocking(true).unwrap();
    let block = vec![0; 1 << 20];
    let mut blocked = false;
    for _ in 0..100 {
        blocked |= client.write_all(&block).is_err();
    }
    assert!(blocked, "100 MB went into a connection that nobody reads");
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert!(seen.received.len() < 1000);
    assert_ne!(seen.ended, wireproof_server::seen::Ended::Open);
}

#[test]
fn reading_is_taken_up_again_after_a_pause() {
    let slow = Reading::Slow { by: 1 << 20, every: Duration::ZERO };
    let go_on = Await::Signal { name: "go on".into(), times: 1 };
    let steps = vec![
        Step::Reading(Reading::None),
        send("x"),
        Step::Await(go_on),
        Step::Reading(slow),
        Step::Await(Await::Body),
        ok(),
    ];
    let rule = Rule { after: After::Head, ..on("POST /", steps) };
    let staged = stage(vec![rule, on("GET /go-on", vec![Step::Signal("go on".into()), ok()])]);
    let mut client = asking(&staged, "POST / HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n");
    expect(&mut client, "x");
    let mut sender = client.try_clone().unwrap();
    let sending = std::thread::spawn(move || sender.write_all(&vec![0; 50_000_000]));
    expect(&mut asking(&staged, "GET /go-on HTTP/1.1\r\n\r\n"), OK);
    sending.join().unwrap().unwrap();
    expect(&mut client, OK);
}

#[test]
fn slow_reading_reads_it_all() {
    let slow = Reading::Slow { by: 3, every: Duration::from_millis(1) };
    let steps = vec![Step::Reading(slow), Step::Await(Await::Body), ok()];
    let staged = stage(vec![Rule { after: After::Head, ..any(steps) }]);
    let mut client = asking(&staged, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n");
    client.write_all(b"0123456789").unwrap();
    expect(&mut client, OK);
    drop(client);
    assert_eq!(only(staged.finish(PATIENCE)).requests[0].body, b"0123456789");
}
