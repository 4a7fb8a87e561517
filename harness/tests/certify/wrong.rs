//! Clients whose adapters get something wrong: each is the reference client, but for one thing.

mod extras;

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::{Map, Value};
use wireproof_client::{
    bytes::{Bytes, Octets},
    capabilities::{Hello, Support, WITHOUT_OPTION},
    contract::{AdapterError, Answer, Client, Surroundings, Unsupported},
    job::{Body, Job, Options},
    outcome::{BodySeen, CallResult, Error, Outcome, PHASES},
    reference::Reference,
};

use self::extras::Extras;

/// All of them, but for those that take a process and those that are no fault.
pub(crate) const NAMES: [&str; 55] = [
    "cans-its-answers",
    "is-broken",
    "leaves-out-empty-bodies",
    "takes-404-for-an-error",
    "takes-bytes-for-text",
    "forgets-content-type",
    "sends-everything-by-get",
    "hashes-what-it-kept",
    "sorts-the-fields-it-sends",
    "lower-cases-the-fields-it-sends",
    "keeps-one-field-of-a-name",
    "mends-the-fields-it-sends",
    "sorts-the-fields-it-shows",
    "lower-cases-the-fields-it-shows",
    "shows-one-field-of-a-name",
    "mends-the-fields-it-shows",
    "knows-no-errors",
    "says-every-class",
    "says-every-phase",
    "makes-up-classes",
    "makes-up-phases",
    "says-six-classes",
    "takes-what-it-got",
    "does-not-recover",
    "has-no-timers",
    "strikes-late",
    "strikes-early",
    "has-no-switches",
    "turns-switches-round",
    "declares-what-it-lacks",
    "keeps-cookies-unasked",
    "announces-unasked",
    "authenticates-unasked",
    "caches-unasked",
    "ignores-its-environment",
    "makes-one-call",
    "makes-one-call-without-keepalive",
    "makes-a-session-of-each-call",
    "forgets-between-calls",
    "makes-one-call-at-a-time",
    "says-cancelled",
    "reads-to-the-end",
    "takes-ten-bytes-for-all",
    "never-has-it-all",
    "mixes-up-parts",
    "keeps-cookies",
    "keeps-connections",
    "does-the-impossible",
    "connects-before-it-refuses",
    "refuses-without-a-name",
    "refuses-by-every-name",
    "reads-short-jobs",
    "takes-silence-for-an-answer",
    "hears-and-waits",
    "makes-up-names",
];

/// Names of timers, which only those who get them wrong declare: each costs a third of a second.
const TIMERS: [&str; 5] =
    ["connect-timeout", "send-timeout", "head-timeout", "read-timeout", "total-timeout"];

/// The reference client, but for what its name says.
pub(crate) struct Wrong {
    name: &'static str,
    hello: Hello,
    reference: Reference,
    extras: Extras,
    /// For those who keep something from one job to the next.
    jar: Mutex<Option<Vec<u8>>>,
    connections: Mutex<HashMap<String, TcpStream>>,
    has_failed: AtomicBool,
}

/// The one of this name.
pub(crate) fn find(name: &'static str) -> Wrong {
    let extras = match name {
        "keeps-cookies-unasked" => Extras::unasked("cookies"),
        "authenticates-unasked" => Extras::unasked("netrc"),
        "caches-unasked" => Extras::unasked("http-cache"),
        "forgets-between-calls" => Extras::of("cookies"),
        _ => Extras::none(),
    };
    let mut wrong = Wrong::new(name, extras);
    let capabilities = &mut wrong.hello.capabilities;
    let of_timers = ["has-no-timers", "strikes-late", "strikes-early", "knows-no-errors", "says-every-phase"];
    if !of_timers.contains(&name) {
        capabilities.retain(|name, _| !TIMERS.contains(&name.as_str()));
    }
    match name {
        "declares-what-it-lacks" => {
            for lacking in ["cookies", "netrc", "http-cache"] {
                capabilities.insert(lacking.to_owned(), Support::Yes);
            }
        }
        "turns-switches-round" => {
            for of_tls in ["insecure", "insecure-host"] {
                capabilities.insert(of_tls.to_owned(), Support::Configurable);
            }
        }
        "makes-one-call-without-keepalive" | "forgets-between-calls" | "shows-no-session" => {
            capabilities.remove("keepalive");
            wrong.hello.per_call.retain(|name| name != "keepalive");
        }
        "makes-up-names" => {
            capabilities.insert("teleportation".to_owned(), Support::Yes);
        }
        _ => {}
    }
    wrong
}

/// One who gets nothing wrong, and can what the reference client cannot.
pub(crate) fn able() -> Wrong {
    Wrong::new("able", Extras::all())
}

impl Wrong {
    fn new(name: &'static str, extras: Extras) -> Self {
        let reference = Reference::default();
        let mut hello = reference.hello();
        extras.declare(&mut hello);
        hello.per_call.retain(|name| !TIMERS.contains(&name.as_str()));
        Self {
            name,
            hello,
            reference,
            extras,
            jar: Mutex::default(),
            connections: Mutex::default(),
            has_failed: AtomicBool::new(false),
        }
    }

    /// What is answered without the client being asked.
    fn instead(&self, job: &Job) -> Option<Answer> {
        let error = |text: &str| {
            Some(Answer::AdapterError(AdapterError { id: Some(job.id.clone()), text: text.to_owned() }))
        };
        let all = |result: CallResult| Some(outcome(job, vec![result; job.calls.len()]));
        let said = |body: &str| CallResult {
            status: Some(200),
            body: Some(BodySeen::Bytes(body.as_bytes().to_vec())),
            ..CallResult::default()
        };
        match self.name {
            "cans-its-answers" => all(said("ok")),
            "is-broken" => error("a slip"),
            "takes-silence-for-an-answer" if job.id.ends_with("/hang") => all(said("")),
            "does-not-recover" if self.has_failed.load(Ordering::Relaxed) => error("still unwell"),
            "reads-short-jobs" if is_long(job) => error("line too long"),
            "refuses-without-a-name" if needs_nonsense(job) => {
                let (what, id) = (vec!["something".to_owned()], job.id.clone());
                Some(Answer::Unsupported(Unsupported { id, what, reason: None }))
            }
            "refuses-by-every-name" if needs_nonsense(job) => {
                let known = Options::NAMES.iter().chain(WITHOUT_OPTION).map(|name| (*name).to_owned());
                let (what, id) = (job.needs.iter().cloned().chain(known).collect(), job.id.clone());
                Some(Answer::Unsupported(Unsupported { id, what, reason: None }))
            }
            "hears-and-waits" if job.id.ends_with("/hang") => {
                let error = Error { class: vec!["total-timeout".to_owned()], ..Error::default() };
                all(CallResult { status: Some(200), error: Some(error), ..CallResult::default() })
            }
            "says-cancelled" if job.calls[0].cancel.is_some() => {
                self.leave_alone(job);
                let error = Error { class: vec!["cancelled".to_owned()], ..Error::default() };
                all(CallResult { error: Some(error), ..CallResult::default() })
            }
            "keeps-connections" => self.on_kept_connection(job),
            _ => None,
        }
    }

    /// What is asked of the client in place of the job.
    fn asked(&self, mut job: Job, surroundings: &mut Surroundings) -> Job {
        for call in &mut job.calls {
            let fields = &mut call.fields;
            match self.name {
                "forgets-content-type" => {
                    fields.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
                }
                "sends-everything-by-get" => "GET".clone_into(&mut call.method),
                "sorts-the-fields-it-sends" => fields.sort_by_key(|(name, _)| name.to_lowercase()),
                "lower-cases-the-fields-it-sends" => {
                    for (name, _) in fields {
                        name.make_ascii_lowercase();
                    }
                }
                "keeps-one-field-of-a-name" => fields.dedup_by_key(|(name, _)| name.to_lowercase()),
                "mends-the-fields-it-sends" => {
                    for value in fields.iter_mut().filter_map(|(_, value)| value.as_mut()) {
                        *value = mended(&value.to_vec().into()).0.into();
                    }
                }
                "announces-unasked" if call.body.is_some() => {
                    fields.push(("Expect".to_owned(), Some("100-continue".into())));
                }
                "reads-to-the-end" => call.read.bytes = None,
                "mixes-up-parts" => {
                    if let Some(Body::Stream(stream)) = &mut call.body {
                        stream.stream.reverse();
                    }
                }
                "keeps-cookies" => {
                    let kept = self.jar.lock().unwrap().clone();
                    fields.extend(kept.map(|cookie| ("Cookie".to_owned(), Some(Bytes::from(cookie)))));
                }
                _ => {}
            }
        }
        match self.name {
            "has-no-timers" => change(&mut job.options, |name, _| !TIMERS.contains(&name)),
            "strikes-late" => times(&mut job.options, |ms| ms * 4),
            "strikes-early" => times(&mut job.options, |ms| ms / 3),
            "has-no-switches" => change(&mut job.options, |_, value| !value.is_boolean()),
            "turns-switches-round" => change(&mut job.options, |_, value| {
                if let Value::Bool(on) = value {
                    *on = !*on;
                }
                true
            }),
            "declares-what-it-lacks" => {
                let lacking = ["cookies", "netrc", "http-cache"];
                job.needs.retain(|name| !lacking.contains(&name.as_str()));
                change(&mut job.options, |name, _| !lacking.contains(&name));
            }
            "makes-one-call" | "makes-one-call-without-keepalive" => job.calls.truncate(1),
            "makes-one-call-at-a-time" => job.concurrent = false,
            "ignores-its-environment" => surroundings.environment.clear(),
            "does-the-impossible" => job.needs.retain(|name| !name.starts_with("x-")),
            "connects-before-it-refuses" if needs_nonsense(&job) => drop(connect(&job)),
            _ => {}
        }
        job
    }

    /// What is told in place of a result.
    fn told(&self, result: &mut CallResult) {
        match self.name {
            "leaves-out-empty-bodies" if result.body == Some(BodySeen::Bytes(Vec::new())) => {
                result.body = None;
            }
            "takes-404-for-an-error" if result.status == Some(404) => {
                let class = vec!["other".to_owned()];
                *result =
                    CallResult { error: Some(Error { class, ..Error::default() }), ..CallResult::default() };
            }
            "takes-bytes-for-text" => {
                if let Some(BodySeen::Bytes(bytes)) = &mut result.body {
                    *bytes = String::from_utf8_lossy(bytes).into_owned().into_bytes();
                }
            }
            "hashes-what-it-kept" => {
                if let Some(BodySeen::Digest { length, .. }) = &mut result.body {
                    *length = BodySeen::LARGEST as u64;
                }
            }
            "sorts-the-fields-it-shows" => {
                result
                    .fields
                    .iter_mut()
                    .for_each(|fields| fields.sort_by_key(|(name, _)| name.to_lowercase()));
            }
            "lower-cases-the-fields-it-shows" => {
                result.fields.iter_mut().flatten().for_each(|(name, _)| name.make_ascii_lowercase());
            }
            "shows-one-field-of-a-name" => {
                let fields = result.fields.iter_mut();
                fields.for_each(|fields| fields.dedup_by_key(|(name, _)| name.to_lowercase()));
            }
            "mends-the-fields-it-shows" => {
                result.fields.iter_mut().flatten().for_each(|(_, value)| *value = mended(value));
            }
            "knows-no-errors" => {
                result.error.iter_mut().for_each(|error| error.class = vec!["other".to_owned()]);
            }
            "says-every-class" => {
                let five = ["refused", "truncated", "malformed", "dns", "closed"];
                result.error.iter_mut().for_each(|error| error.class = five.map(str::to_owned).to_vec());
            }
            "says-every-phase" => {
                let all = PHASES.iter().map(|phase| (*phase).to_owned());
                result.error.iter_mut().for_each(|error| error.phase = all.clone().collect());
            }
            "makes-up-classes" => {
                result.error.iter_mut().for_each(|error| error.class.push("exploded".to_owned()));
            }
            "makes-up-phases" => {
                result.error.iter_mut().for_each(|error| error.phase.push("lunch".to_owned()));
            }
            "says-six-classes" => {
                let five = ["unreachable", "tls", "proxy", "auth", "bad-redirect"].map(str::to_owned);
                result.error.iter_mut().for_each(|error| error.class.extend(five.clone()));
            }
            "takes-what-it-got" => {
                result.error.take_if(|error| error.class == ["truncated"]);
            }
            "takes-ten-bytes-for-all" => {
                result.complete = result.complete.map(|_| true);
            }
            "never-has-it-all" => result.complete = Some(false),
            "does-not-recover" => {
                self.has_failed.fetch_or(result.error.is_some(), Ordering::Relaxed);
            }
            "keeps-cookies" => {
                let fields = result.fields.iter().flatten();
                if let Some((_, value)) = fields.into_iter().find(|(name, _)| name == "Set-Cookie") {
                    *self.jar.lock().unwrap() = Some(value.to_vec());
                }
            }
            _ => {}
        }
    }

    /// Has the job done by a thread that nobody waits for: its connection is open while the servers are.
    fn leave_alone(&self, job: &Job) {
        let mut job = job.clone();
        job.calls[0].cancel = None;
        let reference = self.reference.clone();
        thread::spawn(move || reference.answer(&job, &Surroundings::default()));
    }

    /// Each call of a job as a job of its own.
    fn one_by_one(&self, job: &Job, surroundings: &Surroundings) -> Answer {
        let mut results = Vec::new();
        for call in &job.calls {
            match self.answer(&Job { calls: vec![call.clone()], ..job.clone() }, surroundings) {
                Answer::Outcome(outcome) => results.extend(outcome.calls),
                other => return other,
            }
        }
        outcome(job, results)
    }

    /// A plain GET on whatever connection there is to that server, of whichever job.
    fn on_kept_connection(&self, job: &Job) -> Option<Answer> {
        if !job.id.ends_with("/isolation") {
            return None;
        }
        let (authority, path) = split(job);
        let mut connections = self.connections.lock().unwrap();
        let stream =
            connections.entry(authority.clone()).or_insert_with(|| TcpStream::connect(&authority).unwrap());
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: {authority}\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        let mut byte = [0];
        while !answer.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            answer.extend(byte);
        }
        let head = String::from_utf8(answer).unwrap().to_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).unwrap();
        let body = Some(BodySeen::Bytes(body));
        Some(outcome(job, vec![CallResult { status: Some(200), body, ..CallResult::default() }]))
    }
}

impl Client for Wrong {
    fn hello(&self) -> Hello {
        self.hello.clone()
    }

    fn answer(&self, job: &Job, surroundings: &Surroundings) -> Answer {
        if let Some(answer) = self.instead(job) {
            return answer;
        }
        let a_session_each = ["makes-a-session-of-each-call", "forgets-between-calls", "shows-no-session"];
        if a_session_each.contains(&self.name) && job.calls.len() > 1 && !job.concurrent {
            return self.one_by_one(job, surroundings);
        }
        if !self.hello.capabilities.contains_key("keepalive")
            && let Some(unsupported) = self.hello.lacking(job)
        {
            return Answer::Unsupported(unsupported);
        }
        let mut surroundings = surroundings.clone();
        let asked = self.asked(job.clone(), &mut surroundings);
        let mut answer = self.extras.answer(&self.hello, &self.reference, asked, &surroundings);
        if let Answer::Outcome(outcome) = &mut answer {
            outcome.calls.iter_mut().for_each(|result| self.told(result));
            while outcome.calls.len() < job.calls.len() {
                outcome.calls.push(outcome.calls[0].clone());
            }
            if self.name == "leaves-connections-open" && surroundings.environment.is_empty() {
                // One that nobody ever closes, to a server that is still there.
                if let Ok(stream) = connect(job) {
                    self.connections.lock().unwrap().insert(job.id.clone(), stream);
                }
            }
        }
        answer
    }
}

fn outcome(job: &Job, calls: Vec<CallResult>) -> Answer {
    Answer::Outcome(Outcome { id: job.id.clone(), calls })
}

fn needs_nonsense(job: &Job) -> bool {
    job.needs.iter().any(|name| name.starts_with("x-"))
}

fn is_long(job: &Job) -> bool {
    job.calls.iter().any(|call| match &call.body {
        Some(Body::Bytes(Bytes::Plain(bytes))) => bytes.len() > 512 << 10,
        _ => false,
    })
}

/// Host and port, and the path without its slash.
fn split(job: &Job) -> (String, String) {
    let url = String::from_utf8(job.calls[0].url.to_vec()).unwrap();
    let rest = url.strip_prefix("http://").unwrap_or(&url);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    (authority.to_owned(), path.to_owned())
}

fn connect(job: &Job) -> std::io::Result<TcpStream> {
    let (authority, _) = split(job);
    // No name is looked up here: only addresses are written so.
    let address: std::net::SocketAddr = authority.parse().map_err(std::io::Error::other)?;
    TcpStream::connect(address)
}

/// What is left of bytes that went through a string.
fn mended(value: &Octets) -> Octets {
    Octets::from(String::from_utf8_lossy(value).into_owned())
}

/// Changes options by name, and keeps those that are wanted.
fn change(options: &mut Options, mut wanted: impl FnMut(&str, &mut Value) -> bool) {
    let spelled: Map<String, Value> =
        serde_json::from_value(serde_json::to_value(&*options).unwrap()).unwrap();
    let mut kept = Map::new();
    for (name, mut value) in spelled {
        if wanted(&name, &mut value) {
            kept.insert(name, value);
        }
    }
    *options = serde_json::from_value(Value::Object(kept)).unwrap();
}

fn times(options: &mut Options, of: impl Fn(u64) -> u64) {
    change(options, |name, value| {
        if let Some(ms) = value.as_u64().filter(|_| TIMERS.contains(&name)) {
            *value = of(ms).into();
        }
        true
    });
}
