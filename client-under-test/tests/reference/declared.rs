//! What the client declares and no other test needs: each of these is true.

use std::{net::TcpListener, os::unix::net::UnixListener, thread};

use serde_json::json;

use crate::bare::{OK, Server, accept, answer, body, failure, head, say};

#[test]
fn a_range_is_asked_for_and_its_part_handed_over() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let seen = head(&mut stream);
        say(
            &mut stream,
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/4\r\nContent-Length: 2\r\n\r\nok",
        );
        seen
    });
    let result = answer(&json!({"url": server.url("/"), "fields": [["Range", "bytes=1-2"]]}), &json!({}));
    assert_eq!((result.status, body(&result)), (Some(206), &b"ok"[..]));
    assert!(result.fields.unwrap().contains(&("Content-Range".to_owned(), "bytes 1-2/4".into())));
    assert!(server.seen().contains("\r\nRange: bytes=1-2\r\n"));
}

#[test]
fn names_are_resolved_as_told() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let seen = head(&mut stream);
        say(&mut stream, OK);
        seen
    });
    let (port, url) = (server.port, format!("http://origin.invalid:{}/", server.port));
    let options = json!({"resolve": [["Origin.invalid", port, ["127.0.0.1"]]]});
    assert_eq!(answer(&json!({"url": url}), &options).status, Some(200));
    assert!(server.seen().contains(&format!("\r\nHost: origin.invalid:{port}\r\n")));
    let elsewhere = json!({"resolve": [["origin.invalid", 1, ["127.0.0.1"]]]});
    assert_eq!(failure(&answer(&json!({"url": url}), &elsewhere)), ("dns", "connect"));
}

/// All of 127.0.0.0/8 is local on Linux only.
#[cfg(target_os = "linux")]
#[test]
fn connections_come_from_the_local_address() {
    let server = Server::start(|listener| {
        let (mut stream, peer) = listener.accept().unwrap();
        head(&mut stream);
        say(&mut stream, OK);
        peer.ip()
    });
    let result = answer(&json!({"url": server.url("/")}), &json!({"local-address": "127.0.0.7"}));
    assert_eq!(result.status, Some(200));
    assert_eq!(server.seen().to_string(), "127.0.0.7");
}

#[test]
fn a_unix_socket_takes_the_place_of_the_host() {
    let path = std::env::temp_dir().join(format!("wireproof-{}.sock", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        let mut byte = [0];
        while !seen.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
            seen.push(byte[0]);
        }
        stream.write_all(OK.as_bytes()).unwrap();
        String::from_utf8(seen).unwrap()
    });
    let result = answer(&json!({"url": "http://origin.invalid/a"}), &json!({"unix-socket": path}));
    std::fs::remove_file(&path).unwrap();
    assert_eq!((result.status, body(&result)), (Some(200), &b"ok"[..]));
    assert!(server.join().unwrap().starts_with("GET /a HTTP/1.1\r\nHost: origin.invalid\r\n"));
}

#[test]
fn only_addresses_of_the_wanted_kind_are_tried() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        say(&mut stream, OK);
    });
    let url = format!("http://both.invalid:{}/", server.port);
    let options = |version: u8| json!({"ip-version": version, "resolve": [["both.invalid", server.port, ["127.0.0.1"]]]});
    assert_eq!(failure(&answer(&json!({"url": url}), &options(6))), ("dns", "connect"));
    assert_eq!(answer(&json!({"url": url}), &options(4)).status, Some(200));
    server.seen();
    // Where there is no IPv6 there is nothing to try.
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let mut stream = accept(&listener);
        head(&mut stream);
        say(&mut stream, OK);
    });
    let both = json!([["both.invalid", port, ["127.0.0.1", "::1"]]]);
    let call = json!({"url": format!("http://both.invalid:{port}/")});
    assert_eq!(answer(&call, &json!({"ip-version": 6, "resolve": both})).status, Some(200));
    server.join().unwrap();
}

#[test]
fn text_is_decoded_by_its_charset() {
    for (media_type, content, text) in [
        ("text/plain; charset=ISO-8859-1", &b"caf\xe9"[..], "caf\u{e9}"),
        ("text/plain; Charset=\"utf-8\"", "caf\u{e9}".as_bytes(), "caf\u{e9}"),
        ("text/plain; charset=koi8-r", b"\xc1", "\u{430}"),
    ] {
        let server = Server::start(move |listener| {
            use std::io::Write;
            let mut stream = accept(listener);
            head(&mut stream);
            let length = content.len();
            say(
                &mut stream,
                &format!("HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"),
            );
            stream.write_all(content).unwrap();
        });
        let result = answer(&json!({"url": server.url("/"), "read": {"as": "text"}}), &json!({}));
        assert_eq!((result.text.as_deref(), body(&result)), (Some(text), content), "{media_type}");
        server.seen();
    }
}
