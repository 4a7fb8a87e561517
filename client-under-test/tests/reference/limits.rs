//! Limits of time and size, and giving up.

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::bare::{OK, Server, accept, answer, answers, body, failure, head, rest, say};

/// The server says this and then nothing; the client ends the connection.
fn silent_after(said: &'static str, options: &Value) -> (String, String, Duration) {
    let server = Server::start(move |listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        say(&mut stream, said);
        rest(&mut stream)
    });
    let begun = Instant::now();
    let result = answer(&json!({"url": server.url("/")}), options);
    let took = begun.elapsed();
    assert!(server.seen().is_empty());
    let (class, phase) = failure(&result);
    (class.to_owned(), phase.to_owned(), took)
}

#[test]
fn each_limit_strikes_under_its_name() {
    let head_begun = "HTTP/1.1 200 OK\r\n";
    let body_begun = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
    for (said, options, class, phase) in [
        ("", json!({"head-timeout": 100}), "head-timeout", "head"),
        (head_begun, json!({"read-timeout": 100}), "read-timeout", "head"),
        (body_begun, json!({"read-timeout": 100, "total-timeout": 5000}), "read-timeout", "body"),
        (body_begun, json!({"total-timeout": 1000, "read-timeout": 5000}), "total-timeout", "body"),
    ] {
        let (seen_class, seen_phase, took) = silent_after(said, &options);
        assert_eq!((seen_class.as_str(), seen_phase.as_str()), (class, phase), "{options}");
        assert!((Duration::from_millis(100)..Duration::from_secs(4)).contains(&took), "{options}: {took:?}");
    }
}

#[test]
fn a_server_that_takes_nothing_runs_into_the_limit_of_sending() {
    for (options, class) in
        [(json!({"send-timeout": 300}), "send-timeout"), (json!({"total-timeout": 1500}), "total-timeout")]
    {
        let server = Server::start(|listener| {
            let mut stream = accept(listener);
            head(&mut stream);
            stream
        });
        let call = json!({"url": server.url("/"), "method": "POST", "body": {"repeat": "0123456789", "times": 2_000_000}});
        assert_eq!(failure(&answer(&call, &options)), (class, "send"));
        drop(server.seen());
    }
}

#[test]
fn a_late_answer_is_nobodys() {
    let server = Server::start(|listener| {
        let mut one = accept(listener);
        head(&mut one);
        let mut other = accept(listener);
        head(&mut other);
        say(&mut other, OK);
        rest(&mut one)
    });
    let calls =
        json!([{"url": server.url("/a"), "options": {"read-timeout": 100}}, {"url": server.url("/b")}]);
    let results = answers(json!({"id": "1", "calls": calls}));
    assert_eq!(failure(&results[0]), ("read-timeout", "head"));
    assert_eq!(body(&results[1]), b"ok");
    assert!(server.seen().is_empty());
}

#[test]
fn a_call_is_given_up_from_elsewhere() {
    let (begun, was_begun) = mpsc::channel::<()>();
    let gate = Server::start(move |listener| {
        let _held = accept(listener);
        was_begun.recv().unwrap();
    });
    let server = Server::start(move |listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        begun.send(()).unwrap();
        rest(&mut stream)
    });
    let cancel = json!({"gate": format!("127.0.0.1:{}", gate.port)});
    let result = answer(&json!({"url": server.url("/"), "cancel": cancel}), &json!({}));
    assert_eq!(failure(&result), ("cancelled", "head"));
    assert!(server.seen().is_empty());
    gate.seen();
}

#[test]
fn calls_are_given_up() {
    for (cancel, said, phase) in [
        (json!({"on": "head"}), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "body"),
        (json!({"bytes": 3}), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "body"),
    ] {
        let server = Server::start(move |listener| {
            let mut stream = accept(listener);
            head(&mut stream);
            say(&mut stream, said);
            rest(&mut stream)
        });
        let result = answer(&json!({"url": server.url("/"), "cancel": cancel}), &json!({}));
        assert_eq!(failure(&result), ("cancelled", phase), "{cancel}");
        if cancel.get("bytes").is_some() {
            assert_eq!(body(&result), b"hel");
        }
        assert!(server.seen().is_empty());
    }
}

#[test]
fn limits_of_size() {
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\nX-A: 0123456789\r\n\r\n01234567890123456789";
    for (options, expected) in
        [(json!({"max-body": 10}), ("too-large", "body")), (json!({"max-head": 40}), ("too-large", "head"))]
    {
        let server = Server::start(move |listener| {
            let mut stream = accept(listener);
            head(&mut stream);
            say(&mut stream, long);
            rest(&mut stream);
        });
        assert_eq!(failure(&answer(&json!({"url": server.url("/")}), &options)), expected);
        server.seen();
    }
}

#[test]
fn endless_answers_end() {
    for (said, options, expected) in [
        ("HTTP/1.1 102 Processing\r\n\r\n", json!({}), ("too-large", "head")),
        ("HTTP/1.1 200 OK\r\nX-A: b\r\n", json!({}), ("too-large", "head")),
        ("x", json!({}), ("malformed", "head")),
    ] {
        let server = Server::start(move |listener| {
            use std::io::Write as _;
            let mut stream = accept(listener);
            head(&mut stream);
            while stream.write_all(said.as_bytes()).is_ok() {}
        });
        assert_eq!(failure(&answer(&json!({"url": server.url("/")}), &options)), expected, "{said:?}");
        server.seen();
    }
}
