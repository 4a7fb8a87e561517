//! How connections end, and that it is remembered who ended them.

use std::{io, io::Write};

use crate::stage::*;
use wireproof_server::{
    script::{After, Await, End, Rule, Step},
    seen::{Answer, Ended},
};

#[test]
fn a_plain_exchange() {
    let staged = stage(vec![any(vec![ok()])]);
    let mut client = asking(&staged, GET);
    expect(&mut client, OK);
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!(seen.number, Some(1));
    assert_eq!(seen.received, GET.as_bytes());
    assert_eq!((seen.sent, &seen.sent_bytes[..]), (OK.len() as u64, OK.as_bytes()));
    assert_eq!(seen.ended, Ended::Client);
    let [request] = seen.requests.as_slice() else { panic!("one request") };
    assert_eq!(request.answer, Answer::Rule(0));
    assert!(request.complete);
    assert!(request.head_at <= request.answered_at.unwrap());
    assert!(seen.ended_at.unwrap() >= request.answered_at.unwrap());
}

#[test]
fn a_reset_is_a_reset_and_loses_nothing() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    for _ in 0..50 {
        let staged = stage(vec![any(vec![send(head), Step::End(End::Reset)])]);
        let mut client = asking(&staged, GET);
        let (text, end) = read_to_end(&mut client);
        assert_eq!(text, head);
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(only(staged.finish(PATIENCE)).ended, Ended::ServerReset);
    }
}

#[test]
fn close_while_the_body_still_comes_provokes_no_reset() {
    let rule =
        Rule { after: After::Head, ..any(vec![send("HTTP/1.1 413 No\r\n\r\n"), Step::End(End::Close)]) };
    let staged = stage(vec![rule]);
    let mut client = asking(&staged, "POST / HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n");
    let (text, end) = read_to_end(&mut client);
    assert_eq!(text, "HTTP/1.1 413 No\r\n\r\n");
    end.unwrap();
    client.write_all(&vec![b'x'; 8_000_000]).unwrap();
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!(seen.ended, Ended::Server);
    assert_eq!(seen.requests[0].body.len(), 8_000_000);
    assert!(seen.requests[0].complete);
}

#[test]
fn half_close_goes_on_reading() {
    let steps = vec![
        send("HTTP/1.1 200 OK\r\n\r\n"),
        Step::End(End::HalfClose),
        Step::Await(Await::Close),
        Step::Signal("client has ended".into()),
    ];
    let staged = stage(vec![any(steps)]);
    let mut client = asking(&staged, GET);
    let (_, end) = read_to_end(&mut client);
    end.unwrap();
    client.write_all(GET.as_bytes()).unwrap();
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!(seen.ended, Ended::Server);
    assert_eq!(seen.requests.len(), 2);
    assert_eq!(seen.requests[1].answer, Answer::None);
}

#[test]
fn a_stalled_connection_ends_with_the_client() {
    let staged = stage(vec![any(vec![send("HTTP/1.1 200"), Step::End(End::Stall)])]);
    let mut client = asking(&staged, GET);
    expect(&mut client, "HTTP/1.1 200");
    client.write_all(GET.as_bytes()).unwrap();
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!((seen.ended, seen.requests.len()), (Ended::Client, 2));
    assert_eq!(seen.requests[1].answer, Answer::None);
}
