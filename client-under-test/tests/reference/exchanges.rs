//! Plain exchanges: what goes out, byte for byte, and what comes of the answers.

use std::net::TcpListener;

use serde_json::json;

use crate::bare::{OK, Server, accept, answer, answers, body, exactly, failure, get, head, rest, say};

#[test]
fn a_plain_get() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let head = head(&mut stream);
        say(&mut stream, OK);
        head
    });
    let (url, port) = (server.url("/a%20b?q#f"), server.port);
    let result = get(&url);
    assert_eq!((result.status, body(&result)), (Some(200), &b"ok"[..]));
    assert_eq!(result.url, Some(url.as_str().into()));
    let expected = format!(
        "GET /a%20b?q HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\
         User-Agent: wireproof-reference/0.1\r\n\r\n"
    );
    assert_eq!(server.seen(), expected);
}

#[test]
fn a_post_and_its_connection() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let mut seen = String::new();
        for _ in 0..2 {
            seen.push_str(&head(&mut stream));
            seen.push_str(&String::from_utf8(exactly(&mut stream, 3)).unwrap());
            say(
                &mut stream,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: 1\r\n\r\n",
            );
        }
        (seen, rest(&mut stream))
    });
    let call = json!({"url": server.url("/"), "method": "POST", "body": "abc", "fields": [["X-A", "1"], ["x-a", "2"]]});
    let results = answers(json!({"id": "1", "calls": [call.clone(), call]}));
    for result in &results {
        assert_eq!((result.status, body(result)), (Some(200), &b"ok"[..]));
        assert_eq!(result.trailers, Some(vec![("T".to_owned(), "1".into())]));
    }
    let (seen, rest) = server.seen();
    assert_eq!(seen.matches("Content-Length: 3\r\n").count(), 2, "{seen}");
    assert!(seen.contains("\r\nX-A: 1\r\nx-a: 2\r\n\r\nabc"), "{seen}");
    assert!(rest.is_empty());
}

#[test]
fn a_redirected_form() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let mut seen = vec![head(&mut stream)];
        exactly(&mut stream, 3);
        say(&mut stream, "HTTP/1.1 303 See Other\r\nLocation: done?x#y\r\nContent-Length: 4\r\n\r\nmove");
        seen.push(head(&mut stream));
        say(&mut stream, OK);
        seen
    });
    let call = json!({"url": server.url("/a/b"), "method": "POST", "body": {"form": [["a", "1"]]}});
    let result = answer(&call, &json!({}));
    assert_eq!((result.status, result.url), (Some(200), Some(server.url("/a/done?x#y").into())));
    assert_eq!(result.history.unwrap()[0].status, 303);
    let seen = server.seen();
    assert!(seen[0].contains("Content-Type: application/x-www-form-urlencoded\r\n"));
    assert!(
        seen[1].starts_with("GET /a/done?x HTTP/1.1\r\n") && !seen[1].contains("Content-"),
        "{}",
        seen[1]
    );
}

#[test]
fn faults_have_their_class_and_phase() {
    for (answer, expected) in [
        ("", ("closed", "head")),
        ("HTTP/1.1 200 OK\r\nA: ", ("closed", "head")),
        ("garbage", ("malformed", "head")),
        ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", ("malformed", "head")),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", ("truncated", "body")),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ("truncated", "body")),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", ("malformed", "body")),
        ("HTTP/1.1 101 Switching\r\n\r\n", ("malformed", "head")),
    ] {
        let server = Server::start(move |listener| {
            let mut stream = accept(listener);
            head(&mut stream);
            say(&mut stream, answer);
        });
        let result = get(&server.url("/"));
        assert_eq!(failure(&result), expected, "{answer:?}");
        if expected.0 == "truncated" {
            assert!(b"hello".starts_with(body(&result)) && !body(&result).is_empty());
        }
        server.seen();
    }
}

#[test]
fn a_refused_connection_names_its_target_and_no_password() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let result = get(&format!("http://bob:secret@127.0.0.1:{port}/"));
    assert_eq!(failure(&result), ("refused", "connect"));
    let text = result.error.unwrap().text.unwrap();
    assert!(text.contains(&format!("127.0.0.1:{port}")) && !text.contains("secret"), "{text}");
}
