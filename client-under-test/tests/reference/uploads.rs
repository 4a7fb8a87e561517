//! Request content: whole, in pieces, awaited, interrupted.

use std::sync::mpsc;

use serde_json::json;

use crate::bare::{OK, Server, accept, answer, body, exactly, failure, head, rest, say};

const CHUNKED: &str = "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";

#[test]
fn unknown_length_is_chunked() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let seen = head(&mut stream);
        let content = exactly(&mut stream, CHUNKED.len());
        say(&mut stream, OK);
        (seen, content)
    });
    let call = json!({"url": server.url("/"), "method": "POST", "body": {"stream": ["one", "", "two"]}});
    assert_eq!(answer(&call, &json!({})).status, Some(200));
    let (seen, content) = server.seen();
    assert!(seen.contains("Transfer-Encoding: chunked\r\n") && !seen.contains("Content-Length"), "{seen}");
    assert_eq!(content, CHUNKED.as_bytes());
}

#[test]
fn pieces_are_sent_when_they_come() {
    let (seen, was_seen) = mpsc::channel::<()>();
    let gate = Server::start(move |listener| {
        let _held = accept(listener);
        was_seen.recv().unwrap();
    });
    let server = Server::start(move |listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        exactly(&mut stream, 8);
        // Only now does the second piece come.
        seen.send(()).unwrap();
        exactly(&mut stream, CHUNKED.len() - 8);
        say(&mut stream, OK);
    });
    let pieces = json!(["one", {"gate": format!("127.0.0.1:{}", gate.port)}, "two"]);
    let call = json!({"url": server.url("/"), "method": "POST", "body": {"stream": pieces}});
    assert_eq!(answer(&call, &json!({})).status, Some(200));
    server.seen();
    gate.seen();
}

#[test]
fn a_failing_source_leaves_the_content_open() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        rest(&mut stream)
    });
    let call =
        json!({"url": server.url("/"), "method": "POST", "body": {"stream": ["one", {"fail": "oops"}]}});
    assert_eq!(failure(&answer(&call, &json!({}))), ("caller", "send"));
    assert_eq!(server.seen(), b"3\r\none\r\n");
}

#[test]
fn an_announced_length_has_to_be_true() {
    for (pieces, seen) in [(json!(["one"]), &b"one"[..]), (json!(["one", "three"]), b"one")] {
        let server = Server::start(|listener| {
            let mut stream = accept(listener);
            head(&mut stream);
            rest(&mut stream)
        });
        let call = json!({"url": server.url("/"), "method": "POST", "body": {"stream": pieces, "length": 6}});
        assert_eq!(failure(&answer(&call, &json!({}))), ("caller", "send"));
        assert_eq!(server.seen(), seen);
    }
}

#[test]
fn content_waits_for_100() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let seen = head(&mut stream);
        say(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n");
        let content = exactly(&mut stream, 7);
        say(&mut stream, OK);
        (seen, content)
    });
    let call = json!({"url": server.url("/"), "method": "POST", "body": "payload"});
    let result = answer(&call, &json!({"expect-continue": true}));
    assert_eq!((result.status, result.interim.unwrap()[0].status), (Some(200), 100));
    let (seen, content) = server.seen();
    assert!(seen.contains("Expect: 100-continue\r\n"));
    assert_eq!(content, b"payload");
}

#[test]
fn a_final_status_keeps_the_content_back_and_417_is_asked_again() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        say(&mut stream, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
        let unsent = rest(&mut stream);
        let mut other = accept(listener);
        let again = head(&mut other);
        exactly(&mut other, 7);
        say(&mut other, OK);
        (unsent, again)
    });
    let call = json!({"url": server.url("/"), "method": "POST", "body": "payload"});
    assert_eq!(answer(&call, &json!({"expect-continue": true})).status, Some(200));
    let (unsent, again) = server.seen();
    assert!(unsent.is_empty() && !again.contains("Expect"), "{again}");
}

#[test]
fn an_early_answer_ends_the_sending() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        exactly(&mut stream, 1000);
        say(&mut stream, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch");
        rest(&mut stream).len()
    });
    let call = json!({"url": server.url("/"), "method": "POST", "body": {"repeat": "0123456789", "times": 4_000_000}});
    let result = answer(&call, &json!({}));
    assert_eq!((result.status, body(&result)), (Some(413), &b"much"[..]));
    assert!(server.seen() < 39_000_000);
}

#[test]
fn trailers_follow_the_last_chunk() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let seen = head(&mut stream);
        let content = exactly(&mut stream, "3\r\nabc\r\n0\r\nSum: 1\r\n\r\n".len());
        say(&mut stream, OK);
        (seen, String::from_utf8(content).unwrap())
    });
    let call = json!({"url": server.url("/"), "method": "PUT", "body": "abc", "trailers": [["Sum", "1"]]});
    assert_eq!(answer(&call, &json!({})).status, Some(200));
    let (seen, content) = server.seen();
    assert!(seen.contains("Trailer: Sum\r\n"), "{seen}");
    assert_eq!(content, "3\r\nabc\r\n0\r\nSum: 1\r\n\r\n");
}

#[test]
fn what_would_be_another_line_is_refused() {
    for call in [
        json!({"url": "http://127.0.0.1:1/", "fields": [["X-A", "a\r\nX-B: b"]]}),
        json!({"url": "http://127.0.0.1:1/", "fields": [["X-A", "a\u{0}b"]]}),
        json!({"url": "http://127.0.0.1:1/", "fields": [["X-A\r\nX-B", "b"]]}),
        json!({"url": "http://127.0.0.1:1/", "method": "GET / HTTP/1.1\r\nX: y"}),
        json!({"url": "http://127.0.0.1:1/", "target": "/ HTTP/1.1\r\nX: y"}),
        json!({"url": "http://127.0.0.1:1/a b"}),
        json!({"url": "http://127.0.0.1:1/", "body": "abc", "fields": [["Content-Length", "4"]]}),
    ] {
        assert_eq!(failure(&answer(&call, &json!({}))), ("invalid-request", "prepare"), "{call}");
    }
}
