//! What `finish` and drop owe: nothing that the client did is missed, and nothing stays.

use std::{io, net::TcpStream, time::Duration};

use crate::stage::*;
use wireproof_server::{
    script::{Rule, Script, Step, When},
    seen::{Answer, Ended},
};

#[test]
fn silent_connects_are_seen_and_have_no_number() {
    for _ in 0..50 {
        let staged = stage(vec![any(vec![ok()])]);
        let clients: Vec<_> = (0..3).map(|_| connect(&staged)).collect();
        let seen = staged.finish(Duration::ZERO);
        assert_eq!(seen.servers[0].connections.len(), 3);
        for connection in &seen.servers[0].connections {
            assert_eq!((connection.number, connection.ended), (None, Ended::Open));
        }
        drop(clients);
    }
}

#[test]
fn connects_that_end_at_once_are_seen() {
    for _ in 0..50 {
        let staged = stage(vec![any(vec![ok()])]);
        drop(asking(&staged, GET));
        drop(connect(&staged));
        let seen = staged.finish(PATIENCE);
        let [first, silent] = seen.servers[0].connections.as_slice() else { panic!("two connections") };
        assert_eq!((first.number, silent.number), (Some(1), None));
        assert_eq!(first.requests[0].answer, Answer::Rule(0));
        assert_eq!(silent.ended, Ended::Client);
    }
}

#[test]
fn no_connection_is_none() {
    let staged = stage(vec![]);
    assert_eq!(staged.finish(PATIENCE).servers[0].connections, []);
}

#[test]
fn an_open_connection_is_open_and_closed_then() {
    let staged = stage(vec![any(vec![ok()])]);
    let mut client = asking(&staged, GET);
    expect(&mut client, OK);
    let seen = only(staged.finish(Duration::ZERO));
    assert_eq!((seen.ended, seen.ended_at), (Ended::Open, None));
    assert!(seen.requests[0].answered_at.is_some());
    assert_eq!(read_to_end(&mut client).0, "");
}

#[test]
fn dropping_refuses_at_once() {
    for _ in 0..50 {
        let staged = stage(vec![any(vec![ok()])]);
        let at = client_address(&staged);
        let mut client = asking(&staged, GET);
        expect(&mut client, OK);
        drop(staged);
        assert_eq!(TcpStream::connect(at).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(read_to_end(&mut client).0, "");
    }
}

fn client_address(staged: &wireproof_server::Staged) -> (String, u16) {
    let address = &staged.addresses()[0];
    (address.ip.clone(), address.port)
}

#[test]
fn finish_returns_when_the_last_one_ends() {
    let staged = stage(vec![any(vec![ok()])]);
    let mut client = asking(&staged, GET);
    expect(&mut client, OK);
    let (go, gone) = std::sync::mpsc::channel();
    let closing = std::thread::spawn(move || {
        gone.recv().unwrap();
        drop(client);
    });
    go.send(()).unwrap();
    assert_eq!(only(staged.finish(PATIENCE)).ended, Ended::Client);
    closing.join().unwrap();
}

#[test]
fn our_faults_are_told_apart() {
    let staged = stage(vec![any(vec![Step::Tunnel("nobody".into())])]);
    let mut client = asking(&staged, GET);
    assert_eq!(read_to_end(&mut client).0, "");
    let seen = staged.finish(PATIENCE);
    assert_eq!(seen.faults, ["server `origin` failed to tunnel: no server is named `nobody`"]);
}

#[test]
fn what_happens_is_told() {
    let (narrator, told) = std::sync::mpsc::channel();
    let script = Script { servers: vec![server("origin", vec![any(vec![ok()])])], gates: Vec::new() };
    let staged = SUITE.stage_narrated(script, narrator).unwrap();
    let mut client = asking(&staged, "GET /x HTTP/1.1\r\n\r\n");
    expect(&mut client, OK);
    drop(client);
    drop(staged.finish(PATIENCE));
    let mut told: Vec<_> =
        told.into_iter().map(|event| format!("{:?} {:?}", event.connection, event.what)).collect();
    // A client that has its answer may end before the list that gave it does.
    told[4..].sort();
    assert_eq!(
        told,
        [
            "None Accepted",
            "Some(1) Head([71, 69, 84, 32, 47, 120, 32, 72, 84, 84, 80, 47, 49, 46, 49])",
            "Some(1) Complete(0)",
            "Some(1) Fired(0)",
            "Some(1) Answered(40)",
            "Some(1) Ended(Client)",
        ]
    );
}

#[test]
fn an_accept_rule_gives_a_number() {
    let accept = Rule { when: When::Accept, times: Some(1), ..any(vec![send("hello ")]) };
    let staged = stage(vec![accept, any(vec![ok()])]);
    let mut first = connect(&staged);
    expect(&mut first, "hello ");
    let mut second = asking(&staged, GET);
    expect(&mut second, OK);
    drop((first, second));
    let seen = staged.finish(PATIENCE);
    let numbers: Vec<_> = seen.servers[0].connections.iter().map(|seen| (seen.number, seen.sent)).collect();
    assert_eq!(numbers, [(Some(1), 6), (Some(2), OK.len() as u64)]);
}
