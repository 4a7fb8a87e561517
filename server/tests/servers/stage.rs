//! Scripts in few words, and a bare client.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::LazyLock,
    time::Duration,
};

use wireproof_server::{
    Staged, Suite,
    script::{
        After, Conditions, Content, Engine, Field, Framing, Ip, Listen, Reply, Rule, Script, ServerScript,
        Step, When,
    },
    seen::{ConnectionSeen, Seen},
};

/// One runtime for all tests, as for all cases.
pub(crate) static SUITE: LazyLock<Suite> = LazyLock::new(|| Suite::start(2).unwrap());

/// Longer than anything here takes; tests that pass never wait for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn server(name: &str, rules: Vec<Rule>) -> ServerScript {
    let listen = Listen::Tcp { ip: Ip::V4, port: None };
    ServerScript { name: name.into(), listen, engine: Engine::Wire, rules }
}

pub(crate) fn stage(rules: Vec<Rule>) -> Staged {
    stage_all(vec![server("origin", rules)])
}

pub(crate) fn stage_all(servers: Vec<ServerScript>) -> Staged {
    SUITE.stage(Script { servers, gates: Vec::new() }).unwrap()
}

/// Any request, these steps.
pub(crate) fn any(steps: Vec<Step>) -> Rule {
    Rule { when: When::Request(Conditions::default()), times: None, after: After::Body, steps }
}

/// Requests like this, these steps.
pub(crate) fn on(request: &str, steps: Vec<Step>) -> Rule {
    let conditions = Conditions { request: Some(request.into()), ..Conditions::default() };
    Rule { when: When::Request(conditions), ..any(steps) }
}

pub(crate) fn send(text: &str) -> Step {
    Step::Send(text.into())
}

pub(crate) fn reply(status: u16, body: impl Into<Content>) -> Reply {
    Reply {
        status,
        reason: None,
        fields: Vec::new(),
        body: body.into(),
        framing: Framing::Length,
        chunk: None,
        trailers: Vec::new(),
    }
}

pub(crate) fn ok() -> Step {
    Step::Reply(reply(200, "ok"))
}

pub(crate) fn field(name: &str, value: &str) -> Field {
    Field { name: name.into(), value: value.into() }
}

pub(crate) fn connect(staged: &Staged) -> TcpStream {
    connect_to(staged, 0)
}

pub(crate) fn connect_to(staged: &Staged, server: usize) -> TcpStream {
    let address = &staged.addresses()[server];
    let stream = TcpStream::connect((address.ip.as_str(), address.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A client that has sent this.
pub(crate) fn asking(staged: &Staged, bytes: &str) -> TcpStream {
    let mut stream = connect(staged);
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

pub(crate) const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// Everything up to the end, and the end.
pub(crate) fn read_to_end(stream: &mut TcpStream) -> (String, io::Result<()>) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).map(drop);
    (String::from_utf8_lossy(&bytes).into_owned(), end)
}

/// Exactly this many bytes.
pub(crate) fn read_exact(stream: &mut TcpStream, count: usize) -> String {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Exactly these bytes.
#[track_caller]
pub(crate) fn expect(stream: &mut TcpStream, text: &str) {
    assert_eq!(read_exact(stream, text.len()), text);
}

pub(crate) fn half_close(stream: &TcpStream) {
    stream.shutdown(Shutdown::Write).unwrap();
}

/// The only connection of the first server; nothing may have gone wrong.
#[track_caller]
pub(crate) fn only(seen: Seen) -> ConnectionSeen {
    assert_eq!(seen.faults, Vec::<String>::new());
    let mut connections = seen.servers.into_iter().next().unwrap().connections;
    assert_eq!(connections.len(), 1);
    connections.remove(0)
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
