//! What is said of requests and their content.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::client::{ask, connect, get, read, server};

fn with(told: &mut Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("an object") };
    for (name, value) in changes {
        told[name] = value;
    }
    told.clone()
}

#[test]
fn names_as_spelled_and_keys_sorted() {
    let response = get("/get?b=1&a=x+y&b=2&c", "X-lower: 1\r\nx-LOWER: 2\r\nX-Request-Id: 3\r\n");
    let address = server();
    let expected = format!(
        "{{\n  \"args\": {{\n    \"a\": \"x y\",\n    \"b\": [\n      \"1\",\n      \"2\"\n    ],\n    \"c\": \"\"\n  \
         }},\n  \"headers\": {{\n    \"Connection\": \"close\",\n    \"Host\": \"{address}\",\n    \"X-lower\": \
         \"1,2\"\n  }},\n  \"origin\": \"127.0.0.1\",\n  \"url\": \"http://{address}/get?b=1&a=x+y&b=2&c\"\n}}\n"
    );
    assert_eq!(response.text(), expected);
    let shown = get("/headers?show_env=1", "X-Request-Id: 3\r\nX-B: \u{e9}\r\n").json();
    assert_eq!(shown["headers"]["X-Request-Id"], "3");
    // Latin-1, as WSGI has it: no byte is lost.
    assert_eq!(shown["headers"]["X-B"], "\u{c3}\u{a9}");
}

#[test]
fn who_asks() {
    assert_eq!(get("/ip", "").json(), json!({"origin": "127.0.0.1"}));
    assert_eq!(get("/ip", "X-Forwarded-For: 1.2.3.4\r\n").json(), json!({"origin": "1.2.3.4"}));
    assert_eq!(get("/user-agent", "User-Agent: me/1\r\n").json(), json!({"user-agent": "me/1"}));
    assert_eq!(get("/user-agent", "").json(), json!({"user-agent": null}));
    let url = |fields| get("/get", fields).json()["url"].clone();
    assert_eq!(url("X-Forwarded-Proto: https\r\n"), format!("https://{}/get", server()));
}

const MULTIPART: &str = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
    --x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
    --x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n2\r\n--x--\r\n";

#[test]
fn content_by_its_type() {
    let nothing = json!({"form": {}, "files": {}, "data": "", "json": null});
    let contents: &[(&str, &[u8], Value)] = &[
        ("", b"", json!({})),
        ("", b"\x00\xff", json!({"data": "data:application/octet-stream;base64,AP8="})),
        ("text/plain", "hé".as_bytes(), json!({"data": "hé"})),
        ("application/json", b"{\"b\": [1, {}]}", json!({"data": "{\"b\": [1, {}]}", "json": {"b": [1, {}]}})),
        ("application/json", b"{", json!({"data": "{"})),
        (
            "Application/X-WWW-Form-Urlencoded; charset=utf-8",
            b"a=1&b=%C3%A9+&a=2",
            json!({"form": {"a": ["1", "2"], "b": "é "}}),
        ),
        (
            "multipart/form-data; boundary=x",
            MULTIPART.as_bytes(),
            json!({"form": {"a": ["1", "2"]}, "files": {"f": "hello"}}),
        ),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=g; filename=g\r\nContent-Type: a/b\r\n\r\n\xff\r\n--x--\r\n",
            json!({"files": {"g": "data:a/b;base64,/w=="}}),
        ),
    ];
    for (method, path) in [
        ("POST", "/post"),
        ("PUT", "/put"),
        ("PATCH", "/patch"),
        ("DELETE", "/delete"),
        ("POST", "/anything/x"),
    ] {
        for (media_type, content, changes) in contents {
            let field =
                if media_type.is_empty() { String::new() } else { format!("Content-Type: {media_type}\r\n") };
            let response = ask(method, path, &field, content);
            let mut expected = with(&mut nothing.clone(), changes.clone());
            let told = response.json();
            let whole = json!({
                "args": {},
                "headers": told["headers"],
                "origin": "127.0.0.1",
                "url": format!("http://{}{path}", server()),
            });
            let mut expected = with(&mut expected, whole);
            if path.starts_with("/anything") {
                expected = with(&mut expected, json!({ "method": method }));
            }
            assert_eq!(told, expected, "{method} {path} {media_type}");
        }
    }
    let delayed = ask("POST", "/delay/0", "", b"x").json();
    assert_eq!((&delayed["data"], delayed.get("json")), (&json!("x"), None));
}

#[test]
fn a_broken_multipart_is_400() {
    let response = ask("POST", "/post", "Content-Type: multipart/form-data; boundary=x\r\n", b"--x\r\n");
    assert_eq!(response.status, 400);
    let response = ask("POST", "/post", "Content-Type: multipart/form-data\r\n", b"--x--\r\n");
    assert_eq!(response.status, 400);
}

#[test]
fn chunked_content_and_a_continue() {
    let mut socket = connect(server());
    let head = "POST /post HTTP/1.1\r\nHost: h\r\ntransfer-ENCODING: chunked\r\nExpect: 100-continue\r\n\
        Connection: close\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    std::io::Read::read_exact(&mut socket, &mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nA: b\r\n\r\n").unwrap();
    let told = read(&mut socket).json();
    assert_eq!((&told["data"], &told["url"]), (&json!("abcde"), &json!("http://h/post")));
    assert_eq!(told["headers"]["transfer-ENCODING"], "chunked");
}
