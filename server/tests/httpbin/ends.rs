//! Bounds, and how connections and the server end.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use socket2::{Domain, Socket, Type};
use wireproof_server::{
    What,
    httpbin::{BODY_LIMIT, Httpbin, Narrative, Settings, Told, narration},
};

use crate::client::{PATIENCE, ask, connect, read, server, start};

#[test]
fn too_much_content_is_413() {
    let content = vec![b'x'; BODY_LIMIT + 1];
    let response = ask("POST", "/post", "", &content);
    assert_eq!(response.status, 413);
    assert_eq!(ask("POST", "/status/200", "", &content[1..]).status, 200);
}

#[test]
fn who_asks_before_sending_too_much_is_told_at_once() {
    let mut socket = connect(server());
    let head = format!(
        "POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        BODY_LIMIT + 1
    );
    socket.write_all(head.as_bytes()).unwrap();
    let response = read(&mut socket);
    assert_eq!((response.status, response.field("connection").as_deref()), (413, Some("close")));
}

#[test]
fn chunks_without_end_are_413() {
    let mut socket = connect(server());
    socket.write_all(b"POST /post HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    let chunk = [b"100000\r\n".as_slice(), &vec![b'x'; 1 << 20], b"\r\n"].concat();
    for _ in 0..17 {
        socket.write_all(&chunk).unwrap();
    }
    socket.write_all(b"0\r\n\r\n").unwrap();
    assert_eq!(read(&mut socket).status, 413);
}

#[test]
fn too_long_a_head_is_431() {
    let mut socket = connect(server());
    // hyper looks at what came before it looks at how much it is. What is written after the refusal may fail.
    let head = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(256 * 1024));
    drop(socket.write_all(head.as_bytes()));
    let mut begin = [0; 12];
    socket.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 431");
}

#[test]
fn content_that_breaks_off_is_400() {
    let mut socket = connect(server());
    socket.write_all(b"POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab").unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut all = Vec::new();
    socket.read_to_end(&mut all).unwrap();
    assert!(all.is_empty() || all.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&all));
}

#[test]
fn connections_are_kept() {
    let mut socket = connect(server());
    for _ in 0..3 {
        // Content that no route asks for does not stand in the way of the next request.
        socket.write_all(b"POST /status/200 HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n").unwrap();
        socket.write_all(&vec![b'x'; 100_000]).unwrap();
        assert!(head_of(&mut socket).starts_with("HTTP/1.1 200 OK\r\n"));
    }
    socket.write_all(b"GET /status/204 HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(read(&mut socket).status, 204);
}

/// The next head of a response without content.
fn head_of(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

#[test]
fn stopping_lets_replies_end_and_idle_connections_go() {
    let server = start(0);
    let address = server.address();
    let mut idle = connect(address);
    idle.write_all(b"GET /status/200 HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    head_of(&mut idle);
    let mut busy = connect(address);
    busy.write_all(b"GET /drip?numbytes=2&duration=0.6 HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let mut first = head_of(&mut busy);
    // Its first byte has come: it is being answered.
    let mut byte = [0];
    busy.read_exact(&mut byte).unwrap();
    first.push(char::from(byte[0]));
    assert!(first.ends_with("\r\n\r\n*"));
    server.stop(PATIENCE);
    let mut rest = Vec::new();
    busy.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"*");
    idle.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"*");
    assert!(TcpStream::connect(address).is_err());
}

/// A server that soon loses patience.
fn impatient() -> (Httpbin, Narrative) {
    let (narrator, narrative) = narration(100);
    let settings = Settings {
        address: (Ipv4Addr::LOCALHOST, 0).into(),
        journal_bytes: 0,
        silence: Duration::from_millis(200),
        narrator: Some(narrator),
    };
    (Httpbin::start(settings).unwrap(), narrative)
}

#[test]
fn silent_clients_are_let_go() {
    let (server, _narrative) = impatient();
    let ends = |sent: &[u8]| {
        let mut socket = connect(server.address());
        socket.write_all(sent).unwrap();
        let mut all = Vec::new();
        socket.read_to_end(&mut all).unwrap();
        String::from_utf8(all).unwrap()
    };
    let idle = ends(b"GET /status/204 HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(idle.starts_with("HTTP/1.1 204 No Content\r\n") && idle.ends_with("\r\n\r\n"), "{idle}");
    // What is said to who stops within a head is hyper's to decide.
    ends(b"GET /status/204 HTT");
    let within_content = ends(b"POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
    assert!(within_content.starts_with("HTTP/1.1 408 "), "{within_content}");
}

#[test]
fn who_takes_nothing_is_let_go() {
    let (server, narrative) = impatient();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&server.address().into()).unwrap();
    let mut socket = TcpStream::from(socket);
    // Content that finds its end goes out as fast as it is taken.
    for _ in 0..8 {
        socket.write_all(b"GET /drip?numbytes=10485760&duration=0 HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    }
    let ended = |told| matches!(told, Told::Event(event) if matches!(event.what, What::Ended(_)));
    assert!(std::iter::from_fn(|| narrative.next()).any(ended));
}
