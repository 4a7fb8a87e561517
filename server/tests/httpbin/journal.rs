//! The journal, and what is told while it happens.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
};

use serde_json::{Value, json};
use wireproof_server::{
    What,
    httpbin::{Httpbin, SILENCE, Settings, Told, narration},
    seen::Ended,
};

use crate::client::{ask_of, connect, read, start};

fn journal(server: SocketAddr) -> Value {
    ask_of(server, "GET", "/__journal", "", b"").json()
}

#[test]
fn requests_as_they_came() {
    let server = start(1 << 20);
    let address = server.address();
    ask_of(address, "PUT", "/status/204?a", "X-b: \u{e9}\r\nx-A:  1 \r\n", b"hello");
    let mut socket = connect(address);
    socket
        .write_all(
            b"GET /get HTTP/1.1\r\nhOST: h\r\n\r\nPOST /post HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\
              Connection: close\r\n\r\n1\r\na\r\n1\r\n\xff\r\n0\r\nT: u\r\n\r\n",
        )
        .unwrap();
    read_both(&mut socket);
    let told = journal(address);
    let requests = told["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 3, "{told}");
    let [put, get, post] = [&requests[0], &requests[1], &requests[2]];
    assert_eq!(put["request-line"], "PUT /status/204?a HTTP/1.1");
    assert_eq!(put["fields"][1], json!(["X-b", "\u{e9}"]));
    assert_eq!(put["fields"][2], json!(["x-A", "1"]));
    assert!(put["head"].as_str().unwrap().contains("\r\nx-A:  1 \r\n"));
    assert_eq!(
        (&put["body"], &put["body-bytes"], &put["body-cut"]),
        (&json!("hello"), &json!(5), &json!(false))
    );
    assert_eq!(
        (&put["status"], &put["complete"], &put["connection"]),
        (&json!(204), &json!(true), &json!(1))
    );
    assert_eq!((&get["fields"], &get["connection"]), (&json!([["hOST", "h"]]), &json!(2)));
    assert_eq!((&post["connection"], &post["status"]), (&json!(2), &json!(200)));
    assert_eq!((&post["body"], &post["trailers"]), (&json!({"base64": "Yf8="}), &json!([["T", "u"]])));
    assert_eq!(told["dropped"], json!({"requests": 0, "bytes": 0}));
    assert_eq!(ask_of(address, "DELETE", "/__journal", "", b"").status, 204);
    assert_eq!(journal(address)["requests"], json!([]));
}

/// Two responses on one connection, of which only the second says that it is the last.
fn read_both(socket: &mut std::net::TcpStream) {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(socket, &mut bytes).unwrap();
    assert_eq!(bytes.windows(17).filter(|window| window == b"HTTP/1.1 200 OK\r\n").count(), 2);
}

#[test]
fn what_is_not_http_is_there_too() {
    let server = start(1 << 20);
    let address = server.address();
    let mut socket = connect(address);
    socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n").unwrap();
    assert_eq!(read(&mut socket).status, 400);
    let told = journal(address);
    let request = &told["requests"][0];
    assert_eq!(request["malformed"], "Content-Length is not a number");
    assert_eq!((&request["status"], &request["complete"]), (&Value::Null, &json!(false)));
}

#[test]
fn it_is_bounded() {
    let server = start(4096);
    let address = server.address();
    for _ in 0..40 {
        assert_eq!(ask_of(address, "POST", "/status/200", "", &[b'x'; 300]).status, 200);
    }
    let told = journal(address);
    let kept = told["requests"].as_array().unwrap().len() as u64;
    assert!(told["bytes"].as_u64().unwrap() <= 4096 && kept > 2, "{told}");
    assert_eq!(told["dropped"]["requests"].as_u64().unwrap(), 40 - kept);
    assert!(told["dropped"]["bytes"].as_u64().unwrap() > 300 * (40 - kept));
}

#[test]
fn none_at_all() {
    let server = start(0);
    let address = server.address();
    assert_eq!(ask_of(address, "GET", "/headers", "x-lower: 1\r\n", b"").json()["headers"]["x-lower"], "1");
    let expected = json!({"limit": 0, "bytes": 0, "dropped": {"requests": 0, "bytes": 0}, "requests": []});
    assert_eq!(journal(address), expected);
}

#[test]
fn narrated() {
    let (narrator, narrative) = narration(100);
    let address = (Ipv4Addr::LOCALHOST, 0).into();
    let settings = Settings { address, journal_bytes: 0, silence: SILENCE, narrator: Some(narrator) };
    let server = Httpbin::start(settings).unwrap();
    let mut socket = connect(server.address());
    socket.write_all(b"POST /status/418 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc").unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read(&mut socket).status, 418);
    let expected = [What::Accepted, What::Head(b"POST /status/418 HTTP/1.1".to_vec()), What::Complete(3)];
    let mut told = Vec::new();
    while told.len() < 5 {
        match narrative.next() {
            Some(Told::Event(event)) => {
                assert_eq!((event.server.as_str(), event.connection), ("httpbin", Some(1)));
                told.push(event.what);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told[..3], expected);
    // Which of the two is noticed first is chance.
    assert!(told.contains(&What::Replied(418)) && told.contains(&What::Ended(Ended::Client)), "{told:?}");
    server.stop(crate::client::PATIENCE);
    assert_eq!(narrative.next(), None);
}
