//! Bare servers. Each is a thread that does what its closure says and returns what it was sent.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

use serde_json::{Value, json};
use wireproof_client::{
    contract::{Answer, Client, Surroundings},
    job::Job,
    mutants,
    outcome::{BodySeen, CallResult},
    reference::Reference,
};

pub(crate) struct Server<T> {
    pub(crate) port: u16,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Server<T> {
    pub(crate) fn start(script: impl FnOnce(&TcpListener) -> T + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { port, thread: thread::spawn(move || script(&listener)) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn seen(self) -> T {
        self.thread.join().unwrap()
    }
}

pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    listener.accept().unwrap().0
}

/// Up to the end of the head.
pub(crate) fn head(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            break;
        }
        seen.push(byte[0]);
    }
    String::from_utf8(seen).unwrap()
}

pub(crate) fn exactly(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut seen = vec![0; count];
    stream.read_exact(&mut seen).unwrap();
    seen
}

pub(crate) fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
}

/// Whatever comes until the client ends the connection.
pub(crate) fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut seen = Vec::new();
    // A reset ends it as well.
    let _ended = stream.read_to_end(&mut seen);
    seen
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

pub(crate) fn answers(job: Value) -> Vec<CallResult> {
    let job = serde_json::from_value(job).unwrap();
    answers_in(&job, &Surroundings::default())
}

/// The same, in an environment.
pub(crate) fn answers_in(job: &Job, surroundings: &Surroundings) -> Vec<CallResult> {
    answers_of(&Reference::default(), job, surroundings)
}

/// What the mutant of this name makes of a job.
pub(crate) fn mutant_answers(name: &str, job: Value) -> Vec<CallResult> {
    let client = mutants::find(name).expect("a mutant").client();
    answers_of(&client, &serde_json::from_value(job).unwrap(), &Surroundings::default())
}

fn answers_of(client: &Reference, job: &Job, surroundings: &Surroundings) -> Vec<CallResult> {
    match client.answer(job, surroundings) {
        Answer::Outcome(outcome) => outcome.calls,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn answer(call: &Value, options: &Value) -> CallResult {
    answers(json!({"id": "1", "calls": [call], "options": options, "deadline": 10000})).remove(0)
}

pub(crate) fn get(url: &str) -> CallResult {
    answer(&json!({"url": url}), &json!({}))
}

pub(crate) fn body(result: &CallResult) -> &[u8] {
    match &result.body {
        Some(BodySeen::Bytes(bytes)) => bytes,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn failure(result: &CallResult) -> (&str, &str) {
    let error = result.error.as_ref().expect("an error");
    (&error.class[0], &error.phase[0])
}
