//! Basic authentication over sockets.

use serde_json::json;

use crate::bare::{OK, Server, accept, answer, answers, exactly, failure, head, rest, say};

const ASKED: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Newauth x=\"a, b\", Basic realm=\"r\"\r\n\
                     Content-Length: 2\r\n\r\nno";

#[test]
fn a_challenge_is_answered_once() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let mut seen = Vec::new();
        for _ in 0..2 {
            seen.push(head(&mut stream));
            exactly(&mut stream, 3);
            say(&mut stream, ASKED);
        }
        (seen, rest(&mut stream))
    });
    let call = json!({"url": server.url("/"), "method": "POST", "body": "abc"});
    let result = answer(&call, &json!({"basic-auth": {"user": "Aladdin", "password": "open sesame"}}));
    assert_eq!(result.status, Some(401));
    let (seen, rest) = server.seen();
    assert!(!seen[0].contains("Authorization"));
    assert!(seen[1].contains("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), "{}", seen[1]);
    assert!(rest.is_empty());
}

#[test]
fn control_characters_are_refused() {
    let pair = json!({"user": "u", "password": "a\u{7f}"});
    for (url, options) in [
        ("http://127.0.0.1:1/", json!({"basic-auth": pair})),
        ("http://u:a%0Ab@127.0.0.1:1/", json!({})),
        ("http://h.test/", json!({"proxy": "http://127.0.0.1:1", "proxy-auth": pair})),
        ("http://h.test/", json!({"proxy": "http://u%00:p@127.0.0.1:1"})),
    ] {
        let result = answer(&json!({"url": url}), &options);
        assert_eq!(failure(&result), ("invalid-request", "prepare"), "{url} {options}");
    }
}

#[test]
fn a_protection_space_is_remembered() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let mut seen = Vec::new();
        for said in [ASKED, OK, OK, OK] {
            seen.push(head(&mut stream).contains("Authorization: "));
            say(&mut stream, said);
        }
        seen
    });
    let url = |path: &str| server.url(path).replace("http://", "http://u%40:p@");
    let calls = json!([{"url": url("/a/b")}, {"url": url("/a/c/d")}, {"url": url("/x")}]);
    let results = answers(json!({"id": "1", "calls": calls}));
    assert!(results.iter().all(|result| result.status == Some(200)));
    assert_eq!(server.seen(), [false, true, true, false]);
}
