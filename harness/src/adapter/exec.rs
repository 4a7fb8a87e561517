//! A program without an adapter: a process for each call, judged by its exit status and the wire.
//!
//! Exit status 0 says that the call succeeded, any other that it failed, with what was written to standard error as
//! the message; standard output is the content. Of the response nothing else is known, and of an error not its
//! class, which is what `opaque-results` declares.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{ChildStderr, ChildStdout},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use wireproof_client::{
    capabilities::{Hello, Isolation, PROTOCOL, Support},
    contract::{Answer, Unsupported},
    job::{Body, Call, Job},
    outcome::{BodySeen, CallResult, Error, Outcome},
};

use super::{
    group::Group,
    launch, limits,
    meter::Meter,
    reply::{Company, Exit, Noise, Reply},
    tail::Tail,
    template::{self, Template, TemplateError},
    terms::{Measure, Terms},
};
use crate::observation::Usage;

/// How long the rest of the output may take once the process has ended.
const GRACE: Duration = Duration::from_secs(1);

/// The classes an error may be of: all that a program can meet by itself.
const ANY_CLASS: [&str; 3] = ["failed", "timeout", "invalid-request"];

/// A program that is started anew for each call.
#[derive(Debug)]
pub struct Exec {
    template: Template,
    program: PathBuf,
    folder: PathBuf,
    variables: Vec<(String, String)>,
    hello: Hello,
}

impl Exec {
    /// A program to be started in this folder. `capabilities` are what its user says its command line can do.
    ///
    /// # Errors
    /// When no template can have one of them.
    pub fn new<'a>(
        template: Template,
        folder: &Path,
        capabilities: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TemplateError> {
        let mut able =
            BTreeMap::from(["opaque-results", "opaque-errors"].map(|name| (name.to_owned(), Support::Yes)));
        for name in capabilities {
            able.insert(name.to_owned(), template::able(name)?);
        }
        let named = Path::new(template.program());
        let client = named.file_name().unwrap_or(named.as_os_str()).to_string_lossy().into_owned();
        let program = if template.program().contains('/') { folder.join(named) } else { named.to_owned() };
        let hello = Hello {
            protocol: PROTOCOL,
            client,
            version: "of unknown version".to_owned(),
            language: "a program without adapter".to_owned(),
            capabilities: able,
            limits: BTreeMap::new(),
            per_call: Vec::new(),
            isolation: Isolation::Process,
            parallel: 1,
            recycle: 1,
        };
        Ok(Self { template, program, folder: folder.to_owned(), variables: Vec::new(), hello })
    }

    /// The same under another name and in a known language, with these variables in its environment.
    #[must_use]
    pub fn described(mut self, name: &str, language: Option<&str>, variables: Vec<(String, String)>) -> Self {
        name.clone_into(&mut self.hello.client);
        if let Some(language) = language {
            language.clone_into(&mut self.hello.language);
        }
        self.variables = variables;
        self
    }

    /// What is known of the program.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Has a job done by a process of its own. What it uses up is all that it uses up, its start included.
    pub fn ask(&self, job: &Job, terms: &Terms) -> Reply {
        let [call] = &job.calls[..] else { return unsupported(job, vec!["multi-call".to_owned()]) };
        let mut lacking = self.template.lacking(&job.options, call);
        if job.linger.is_some() {
            lacking.push("waits".to_owned());
        }
        if !lacking.is_empty() {
            return unsupported(job, lacking);
        }
        let Ended { exit, body, stderr, usage, took } = match self.run(call, terms) {
            Ok(Some(ended)) => ended,
            Ok(None) => return unsupported(job, vec!["NUL in an argument".to_owned()]),
            Err(error) => {
                return Reply::Broken(format!("`{}` could not be run: {error}", self.template.program()));
            }
        };
        let (partials, noise, company) = (Vec::new(), Noise::default(), Company::default());
        match exit {
            Some(Exit::Status(status)) => {
                let answer = answer(job, status, body, &stderr);
                Reply::Answered { answer, noise, stderr, usage, took }
            }
            Some(exit) => Reply::Crash { exit, partials, noise, stderr, usage, company },
            None => Reply::Hang { partials, noise, stderr, usage, company },
        }
    }

    /// `None` where the call cannot be put into arguments.
    fn run(&self, call: &Call, terms: &Terms) -> io::Result<Option<Ended>> {
        let content = match &call.body {
            Some(Body::Bytes(bytes)) if self.template.takes_content() => {
                let file = tempfile::NamedTempFile::new()?;
                fs::write(file.path(), bytes.to_vec())?;
                Some(file)
            }
            _ => None,
        };
        let path = content.as_ref().map(tempfile::NamedTempFile::path);
        let Some(arguments) = self.template.arguments(call, path) else { return Ok(None) };
        let variables = self.variables.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let (rooms, mut command) =
            launch::command(&self.program, arguments, &self.folder, variables, &terms.surroundings)?;
        if let Some(most) = terms.address_space {
            limits::limit_address_space(&mut command, most)?;
        }
        let running = Running::start(&mut command, rooms)?;
        running.finish(terms.deadline, terms.measure).map(Some)
    }
}

fn unsupported(job: &Job, what: Vec<String>) -> Reply {
    let reason = Some("the template has no way to ask for it".to_owned());
    let answer = Answer::Unsupported(Unsupported { id: job.id.clone(), what, reason });
    let (noise, stderr) = (Noise::default(), String::new());
    Reply::Answered { answer, noise, stderr, usage: None, took: Duration::ZERO }
}

fn answer(job: &Job, status: i32, body: BodySeen, stderr: &str) -> Answer {
    let error = (status != 0).then(|| Error {
        class: ANY_CLASS.map(str::to_owned).to_vec(),
        phase: Vec::new(),
        kind: Some(format!("exit status {status}")),
        text: Some(stderr.trim_end().to_owned()).filter(|text| !text.is_empty()),
        causes: Vec::new(),
    });
    let result = CallResult { body: Some(body), error, ..CallResult::default() };
    Answer::Outcome(Outcome { id: job.id.clone(), calls: vec![result] })
}

/// How a process ended and what it wrote.
struct Ended {
    /// `None`: not by the deadline; it has been killed.
    exit: Option<Exit>,
    body: BodySeen,
    stderr: String,
    usage: Option<Usage>,
    took: Duration,
}

/// What the threads at a process report.
enum Event {
    Exited,
    /// It is ended for what it did to the machine: a sentence without its subject.
    Excess(String),
    Output(BodySeen),
    ErrorsEnded,
}

/// A process group of its own, with threads at its pipes.
struct Running {
    group: Arc<Group>,
    begun: Instant,
    sender: Sender<Event>,
    events: Receiver<Event>,
    errors: Arc<Tail>,
    /// Home and temporary folder; removed with the process.
    _rooms: TempDir,
}

impl Running {
    fn start(command: &mut std::process::Command, rooms: TempDir) -> io::Result<Self> {
        let begun = Instant::now();
        let mut child = command.spawn()?;
        // Nothing is said on standard input: it has ended when the program looks.
        drop(child.stdin.take());
        let (sender, events) = channel();
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            unreachable!("both are piped")
        };
        let (group, errors) = (Arc::new(Group::of(child)), Arc::new(Tail::default()));
        // From here on an early return kills the process again.
        let running = Self {
            group: Arc::clone(&group),
            begun,
            sender: sender.clone(),
            events,
            errors: Arc::clone(&errors),
            _rooms: rooms,
        };
        await_end(group, sender.clone())?;
        read_content(stdout, sender.clone())?;
        read_errors(stderr, errors, sender)?;
        Ok(running)
    }

    fn finish(self, deadline: Duration, measure: Option<Measure>) -> io::Result<Ended> {
        let meter = measure.map(|measure| self.meter(measure)).transpose()?;
        let (mut body, mut excess) = (None, None);
        let (mut exited, mut errors_ended) = (false, false);
        let mut until = self.begun + deadline;
        while !(exited && errors_ended && body.is_some()) {
            match self.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Event::Exited) => {
                    exited = true;
                    until = Instant::now() + GRACE;
                }
                Ok(Event::Excess(why)) => excess = Some(Exit::Stopped(why)),
                Ok(Event::Output(seen)) => body = Some(seen),
                Ok(Event::ErrorsEnded) => errors_ended = true,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        let took = self.begun.elapsed();
        let usage = meter.map(Meter::read);
        let exit = self.group.end();
        Ok(Ended {
            exit: exited.then(|| excess.unwrap_or(exit)),
            body: body.unwrap_or(BodySeen::Bytes(Vec::new())),
            stderr: self.errors.all(),
            usage,
            took,
        })
    }

    fn meter(&self, measure: Measure) -> io::Result<Meter> {
        let events = self.sender.clone();
        let on_excess = move |held: u64| drop(events.send(Event::Excess(measure.excess(held))));
        Meter::start(Arc::clone(&self.group), measure.ceiling, on_excess)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.group.end();
    }
}

/// Waits for the end of the program, and then ends its descendants: they may hold the pipes open.
fn await_end(group: Arc<Group>, events: Sender<Event>) -> io::Result<()> {
    spawn("program-end", move || {
        group.await_end();
        group.kill();
        drop(events.send(Event::Exited));
    })
}

/// Reads content in bounded memory.
fn read_content(mut output: ChildStdout, events: Sender<Event>) -> io::Result<()> {
    spawn("program-stdout", move || {
        let (mut kept, mut length, mut hash) = (Vec::new(), 0_u64, Sha256::new());
        each_piece(&mut output, |piece| {
            let room = (BodySeen::LARGEST + 1).saturating_sub(kept.len());
            kept.extend_from_slice(&piece[..piece.len().min(room)]);
            length += piece.len() as u64;
            hash.update(piece);
        });
        let seen = if kept.len() > BodySeen::LARGEST {
            let mut sha256 = String::new();
            for byte in hash.finalize() {
                // Writing to a string cannot fail.
                let _ = write!(sha256, "{byte:02x}");
            }
            BodySeen::Digest { length, sha256 }
        } else {
            BodySeen::Bytes(kept)
        };
        drop(events.send(Event::Output(seen)));
    })
}

fn read_errors(mut pipe: ChildStderr, errors: Arc<Tail>, events: Sender<Event>) -> io::Result<()> {
    spawn("program-stderr", move || {
        each_piece(&mut pipe, |piece| errors.write(piece));
        drop(events.send(Event::ErrorsEnded));
    })
}

fn each_piece(pipe: &mut impl Read, mut take: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => take(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A pipe that cannot be read has nothing more to say.
            Err(_) => return,
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).stack_size(256 << 10).spawn(body).map(drop)
}
