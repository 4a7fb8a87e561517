//! Which connections are used again, and which are not.

use std::{net::TcpStream, sync::mpsc};

use serde_json::{Value, json};

use crate::bare::{OK, Server, accept, answers, body, failure, head, rest, say};

fn two(first: &Value, second: &Value) -> Value {
    json!({"id": "1", "calls": [first, second], "deadline": 10000})
}

/// The first connection answers so; the second answers properly.
fn second_on_a_new_connection(first: &'static str, method: &str) {
    let server = Server::start(move |listener| {
        let mut one = accept(listener);
        head(&mut one);
        say(&mut one, first);
        let mut other = accept(listener);
        let seen = head(&mut other);
        say(&mut other, OK);
        seen
    });
    let calls = two(&json!({"url": server.url("/a"), "method": method}), &json!({"url": server.url("/b")}));
    let results = answers(calls);
    assert_eq!(results[0].status, Some(200), "{first:?}");
    assert_eq!((results[1].status, body(&results[1])), (Some(200), &b"ok"[..]), "{first:?}");
    assert!(server.seen().starts_with("GET /b "));
}

#[test]
fn what_ends_a_connection() {
    for first in [
        "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
    ] {
        second_on_a_new_connection(first, "GET");
    }
    second_on_a_new_connection("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HEAD");
}

#[test]
fn a_close_of_the_callers_ends_the_connection() {
    let server = Server::start(|listener| {
        let mut one = accept(listener);
        head(&mut one);
        say(&mut one, OK);
        let behind = rest(&mut one);
        let mut other = accept(listener);
        head(&mut other);
        say(&mut other, OK);
        behind
    });
    let first = json!({"url": server.url("/a"), "fields": [["Connection", "x, Close"]]});
    let results = answers(two(&first, &json!({"url": server.url("/b")})));
    assert!(results.iter().all(|result| result.status == Some(200)));
    assert!(server.seen().is_empty());
}

#[test]
fn a_stale_connection_is_replaced() {
    let server = Server::start(|listener| {
        let mut one = accept(listener);
        head(&mut one);
        say(&mut one, OK);
        let again = head(&mut one);
        drop(one);
        let mut other = accept(listener);
        let third = head(&mut other);
        say(&mut other, OK);
        (again, third)
    });
    let results = answers(two(&json!({"url": server.url("/a")}), &json!({"url": server.url("/b")})));
    assert_eq!(results[1].status, Some(200));
    let (again, third) = server.seen();
    assert!(again.starts_with("GET /b ") && third.starts_with("GET /b "));
}

#[test]
fn a_post_is_never_repeated() {
    let server = Server::start(|listener| {
        let mut one = accept(listener);
        head(&mut one);
        say(&mut one, OK);
        head(&mut one);
        drop(one);
        listener.set_nonblocking(true).unwrap();
        listener.accept().is_err()
    });
    let call = json!({"url": server.url("/b"), "method": "POST", "body": "x"});
    let results = answers(two(&json!({"url": server.url("/a")}), &call));
    assert!(matches!(failure(&results[1]).0, "closed" | "reset"));
    assert!(server.seen(), "it was sent again");
}

#[test]
fn bytes_on_an_idle_connection_are_no_answer() {
    let (poisoned, told) = mpsc::channel::<()>();
    let gate = Server::start(move |listener| {
        let _held = accept(listener);
        told.recv().unwrap();
    });
    let server = Server::start(move |listener| {
        let mut one = accept(listener);
        head(&mut one);
        say(&mut one, OK);
        say(&mut one, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
        poisoned.send(()).unwrap();
        let mut other = accept(listener);
        head(&mut other);
        say(&mut other, OK);
    });
    let second = json!({"url": server.url("/b"), "before": {"gate": format!("127.0.0.1:{}", gate.port)}});
    let results = answers(two(&json!({"url": server.url("/a")}), &second));
    assert_eq!(body(&results[1]), b"ok");
    server.seen();
    gate.seen();
}

#[test]
fn unread_content_is_dropped_with_its_connection() {
    let server = Server::start(|listener| {
        let mut one = accept(listener);
        head(&mut one);
        say(&mut one, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789");
        let mut other = accept(listener);
        head(&mut other);
        say(&mut other, OK);
        rest(&mut one)
    });
    let first = json!({"url": server.url("/a"), "read": {"bytes": 10}});
    let results = answers(two(&first, &json!({"url": server.url("/b")})));
    assert_eq!((body(&results[0]), results[0].complete), (&b"0123456789"[..], Some(false)));
    assert_eq!(body(&results[1]), b"ok");
    assert!(server.seen().is_empty());
}

#[test]
fn calls_at_once_have_connections_of_their_own() {
    let server = Server::start(|listener| {
        let mut both: Vec<TcpStream> = (0..2).map(|_| accept(listener)).collect();
        for stream in &mut both {
            let path = head(stream).split(' ').nth(1).unwrap().to_owned();
            say(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{path}"));
        }
    });
    let job = json!({"id": "1", "concurrent": true, "calls": [{"url": server.url("/a")}, {"url": server.url("/b")}]});
    let results = answers(job);
    assert_eq!((body(&results[0]), body(&results[1])), (&b"/a"[..], &b"/b"[..]));
    server.seen();
}

#[test]
fn a_pool_limit_makes_calls_wait() {
    let server = Server::start(|listener| {
        let mut only = accept(listener);
        for _ in 0..3 {
            head(&mut only);
            say(&mut only, OK);
        }
    });
    let calls: Vec<Value> = (0..3).map(|_| json!({"url": server.url("/")})).collect();
    let results =
        answers(json!({"id": "1", "concurrent": true, "options": {"pool-limit": 1}, "calls": calls}));
    assert!(results.iter().all(|result| result.status == Some(200)));
    server.seen();
}

#[test]
fn a_switched_connection_is_the_callers() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        say(&mut stream, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foobar\r\n\r\nearly");
        let ping = crate::bare::exactly(&mut stream, 4);
        say(&mut stream, "pong");
        ping
    });
    let call = json!({
        "url": server.url("/"), "fields": [["Connection", "upgrade"], ["Upgrade", "foobar"]],
        "upgrade": {"send": "ping", "read": 9},
    });
    let result = crate::bare::answer(&call, &json!({}));
    assert_eq!((result.status, result.upgraded), (Some(101), Some("earlypong".into())));
    assert_eq!(server.seen(), b"ping");
}
