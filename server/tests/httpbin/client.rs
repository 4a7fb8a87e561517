//! A server for all tests, and a bare client.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::LazyLock,
    time::Duration,
};

use serde_json::Value;
use wireproof_server::httpbin::{Httpbin, SILENCE, Settings};

/// Longer than anything here takes; tests that pass never wait for it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Without a journal, which tests at once would share.
static SERVER: LazyLock<Httpbin> = LazyLock::new(|| start(0));

pub(crate) fn start(journal_bytes: usize) -> Httpbin {
    let address = (Ipv4Addr::LOCALHOST, 0).into();
    Httpbin::start(Settings { address, journal_bytes, silence: SILENCE, narrator: None }).unwrap()
}

/// A response, without chunked framing.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The sizes of its chunks, the last one too.
    pub(crate) chunks: Vec<usize>,
}

impl Response {
    /// All lines of this name, joined by commas.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let of_name = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        let values: Vec<&str> = self.fields.iter().filter(of_name).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.field("content-type").as_deref(), Some("application/json"), "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Where the server of all tests is.
pub(crate) fn server() -> SocketAddr {
    SERVER.address()
}

/// Asks with these field lines, each ended by CRLF.
pub(crate) fn get(path: &str, fields: &str) -> Response {
    ask("GET", path, fields, b"")
}

pub(crate) fn ask(method: &str, path: &str, fields: &str, body: &[u8]) -> Response {
    ask_of(server(), method, path, fields, body)
}

/// Asks on a connection of its own, which is closed after it.
pub(crate) fn ask_of(server: SocketAddr, method: &str, path: &str, fields: &str, body: &[u8]) -> Response {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {server}\r\n{fields}{length}Connection: close\r\n\r\n");
    let mut socket = connect(server);
    socket.write_all(&[head.as_bytes(), body].concat()).unwrap();
    read(&mut socket)
}

pub(crate) fn connect(server: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Reads to the end.
pub(crate) fn read(socket: &mut TcpStream) -> Response {
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).unwrap();
    parse(&bytes)
}

/// The last response of these bytes.
fn parse(bytes: &[u8]) -> Response {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| {
        panic!("no response: {}", String::from_utf8_lossy(bytes));
    });
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let rest = &bytes[end + 4..];
    if status < 200 {
        return parse(rest);
    }
    let split = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    let mut response =
        Response { status, fields: lines.map(split).collect(), body: rest.to_vec(), chunks: Vec::new() };
    if response.field("transfer-encoding").as_deref() == Some("chunked") {
        (response.body, response.chunks) = unchunked(rest);
    } else if let Some(length) = response.field("content-length")
        && !rest.is_empty()
    {
        assert_eq!(rest.len().to_string(), length);
    }
    response
}

fn unchunked(mut rest: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let (mut body, mut chunks) = (Vec::new(), Vec::new());
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").expect("the chunks end with one of size 0");
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        chunks.push(size);
        let data = &rest[line + 2..];
        body.extend_from_slice(&data[..size]);
        assert_eq!(&data[size..size + 2], b"\r\n");
        rest = &data[size + 2..];
        if size == 0 {
            assert!(rest.is_empty());
            return (body, chunks);
        }
    }
}
