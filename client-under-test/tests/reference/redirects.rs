//! Redirects over sockets; their rules are tested where they are.

use serde_json::json;

use crate::bare::{OK, Server, accept, answer, exactly, failure, head, rest, say};

/// Answers every request on one connection so, and tells how many there were.
fn always(said: &'static str) -> Server<usize> {
    Server::start(move |listener| {
        let mut stream = accept(listener);
        let mut count = 0;
        while !head(&mut stream).is_empty() {
            count += 1;
            say(&mut stream, said);
        }
        count
    })
}

#[test]
fn endless_redirects_end() {
    let server = always("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    let result = answer(&json!({"url": server.url("/")}), &json!({}));
    assert_eq!(failure(&result), ("too-many-redirects", "head"));
    assert_eq!(server.seen(), 21);
    let server = always("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    answer(&json!({"url": server.url("/")}), &json!({"max-redirects": 2}));
    assert_eq!(server.seen(), 3);
}

#[test]
fn what_is_not_followed_is_handed_over() {
    for (said, status) in [
        ("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", 302),
        ("HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n", 304),
        ("HTTP/1.1 300 Multiple Choices\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 300),
    ] {
        let server = always(said);
        assert_eq!(answer(&json!({"url": server.url("/")}), &json!({})).status, Some(status));
        assert_eq!(server.seen(), 1);
    }
    let server = always("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(answer(&json!({"url": server.url("/")}), &json!({"redirects": false})).status, Some(302));
    assert_eq!(server.seen(), 1);
}

#[test]
fn a_source_that_was_used_up_is_not_sent_again() {
    for (replay, status) in [(false, 307), (true, 200)] {
        let server = Server::start(move |listener| {
            let mut stream = accept(listener);
            head(&mut stream);
            exactly(&mut stream, 13);
            say(&mut stream, "HTTP/1.1 307 Temporary Redirect\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
            if replay {
                head(&mut stream);
                exactly(&mut stream, 13);
                say(&mut stream, OK);
            }
            rest(&mut stream)
        });
        let call =
            json!({"url": server.url("/"), "method": "POST", "body": {"stream": ["abc"], "replay": replay}});
        assert_eq!(answer(&call, &json!({})).status, Some(status));
        assert!(server.seen().is_empty());
    }
}

#[test]
fn another_origin_sees_no_credentials() {
    let there = Server::start(|listener| {
        let mut stream = accept(listener);
        let seen = head(&mut stream);
        say(&mut stream, OK);
        seen
    });
    let location = there.url("/");
    let here = Server::start(move |listener| {
        let mut stream = accept(listener);
        let seen = head(&mut stream);
        say(&mut stream, &format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"));
        seen
    });
    let call =
        json!({"url": here.url("/"), "fields": [["Cookie", "a=1"], ["X-Own", "1"], ["Host", "own.test"]]});
    assert_eq!(answer(&call, &json!({"bearer": "secret"})).status, Some(200));
    let (first, second) = (here.seen(), there.seen());
    assert!(first.contains("Authorization: Bearer secret") && first.contains("Host: own.test"), "{first}");
    assert!(second.contains("X-Own: 1") && !second.contains("secret"), "{second}");
    assert!(!second.contains("Cookie") && !second.contains("own.test"), "{second}");
}
