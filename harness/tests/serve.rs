//! `wireproof serve` without a case, as a process.
#![expect(clippy::unwrap_used, reason = "what tests are built of fails like they do")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

/// A server, stopped at the end of the test.
struct Served {
    child: Child,
    output: BufReader<ChildStdout>,
    ready: Value,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wireproof"))
            .arg("serve")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        Self { child, output, ready: serde_json::from_str(&line).unwrap() }
    }

    fn address(&self) -> SocketAddr {
        self.ready["url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap()
    }

    fn get(&self, path: &str) -> String {
        let mut socket = TcpStream::connect(self.address()).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        socket.read_to_string(&mut response).unwrap();
        response
    }

    /// Ctrl-C; the rest of what it said, and how it ended.
    fn stop(&mut self) -> (String, ExitStatus) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Fails where it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn it_says_where_it_is_and_what_came() {
    let mut served = Served::start(&[]);
    assert_eq!(served.ready["ready"], true);
    assert!(served.address().ip().is_loopback());
    assert!(served.get("/status/418").starts_with("HTTP/1.1 418 "));
    let journal = served.ready["journal"].as_str().unwrap();
    assert_eq!(journal, format!("http://{}/__journal", served.address()));
    assert!(served.get("/__journal").contains("\"request-line\": \"GET /status/418 HTTP/1.1\""));
    // The first line may come any time after the ready line; the end of the last connection comes before the end of all.
    let mut told = Vec::new();
    while !told.iter().any(|line: &String| line.contains("> GET /status/418 HTTP/1.1")) {
        let mut line = String::new();
        assert_ne!(served.output.read_line(&mut line).unwrap(), 0, "{told:?}");
        told.push(line);
    }
    assert!(told[0].contains("httpbin #1 accepted a connection"), "{told:?}");
    let (_, status) = served.stop();
    assert!(status.success());
}

#[test]
fn quiet_with_a_journal_of_a_size() {
    let mut served = Served::start(&["--quiet", "--journal-bytes", "2 KiB", "--bind", "127.0.0.1"]);
    served.get("/get");
    assert!(served.get("/__journal").contains("\"limit\": 2048"));
    let (rest, status) = served.stop();
    assert_eq!(rest, "");
    assert!(status.success());
}

#[test]
fn what_cannot_be_served_is_a_fault_of_usage() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, why) in [
        (["--port", &port], "failed to listen on 127.0.0.1:"),
        (["--journal-bytes", "1 pint"], "a size in bytes or with a unit"),
        (["--cases", "x"], "required"),
    ] {
        let ended =
            Command::new(env!("CARGO_BIN_EXE_wireproof")).arg("serve").args(arguments).output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.contains(why), "{said}");
    }
}
