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
    process::{Child, ChildStderr, ChildStdout},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, killpg},
        wait::{Id, WaitPidFlag, waitid},
    },
    unistd::Pid,
};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use wireproof_client::{
    capabilities::{Hello, Isolation, PROTOCOL, Support},
    contract::{Answer, Surroundings, Unsupported},
    job::{Body, Call, Job},
    outcome::{BodySeen, CallResult, Error, Outcome},
};

use super::{
    launch,
    reply::{Exit, Noise, Reply},
    tail::Tail,
    template::{self, Template, TemplateError},
};

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

    /// Has a job done by a process of its own.
    pub fn ask(&self, job: &Job, surroundings: &Surroundings, deadline: Duration) -> Reply {
        let [call] = &job.calls[..] else { return unsupported(job, vec!["multi-call".to_owned()]) };
        let mut lacking = self.template.lacking(&job.options, call);
        if job.linger.is_some() {
            lacking.push("waits".to_owned());
        }
        if !lacking.is_empty() {
            return unsupported(job, lacking);
        }
        match self.run(call, surroundings, deadline) {
            Ok(Some(Ended { exit: Some(Exit::Status(status)), body, stderr })) => {
                answered(job, status, body, stderr)
            }
            Ok(Some(Ended { exit: Some(exit), stderr, .. })) => {
                Reply::Crash { exit, partials: Vec::new(), noise: Noise::default(), stderr }
            }
            Ok(Some(Ended { exit: None, stderr, .. })) => {
                Reply::Hang { partials: Vec::new(), noise: Noise::default(), stderr }
            }
            Ok(None) => unsupported(job, vec!["NUL in an argument".to_owned()]),
            Err(error) => Reply::Broken(format!("`{}` could not be run: {error}", self.template.program())),
        }
    }

    /// `None` where the call cannot be put into arguments.
    fn run(&self, call: &Call, surroundings: &Surroundings, deadline: Duration) -> io::Result<Option<Ended>> {
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
            launch::command(&self.program, arguments, &self.folder, variables, surroundings)?;
        let running = Running::start(&mut command, rooms)?;
        Ok(Some(running.finish(Instant::now() + deadline)))
    }
}

fn unsupported(job: &Job, what: Vec<String>) -> Reply {
    let reason = Some("the template has no way to ask for it".to_owned());
    answer(Answer::Unsupported(Unsupported { id: job.id.clone(), what, reason }), String::new())
}

fn answered(job: &Job, status: i32, body: BodySeen, stderr: String) -> Reply {
    let error = (status != 0).then(|| Error {
        class: ANY_CLASS.map(str::to_owned).to_vec(),
        phase: Vec::new(),
        kind: Some(format!("exit status {status}")),
        text: Some(stderr.trim_end().to_owned()).filter(|text| !text.is_empty()),
        causes: Vec::new(),
    });
    let result = CallResult { body: Some(body), error, ..CallResult::default() };
    answer(Answer::Outcome(Outcome { id: job.id.clone(), calls: vec![result] }), stderr)
}

fn answer(answer: Answer, stderr: String) -> Reply {
    Reply::Answered { answer, noise: Noise::default(), stderr, first: false }
}

/// How a process ended and what it wrote.
struct Ended {
    /// `None`: not by the deadline; it has been killed.
    exit: Option<Exit>,
    body: BodySeen,
    stderr: String,
}

/// What the threads at a process report.
enum Event {
    Exited,
    Output(BodySeen),
    ErrorsEnded,
}

/// A process group of its own, with threads at its pipes.
struct Running {
    child: Child,
    group: Pid,
    events: Receiver<Event>,
    errors: Arc<Tail>,
    /// Home and temporary folder; removed with the process.
    _rooms: TempDir,
}

impl Running {
    fn start(command: &mut std::process::Command, rooms: TempDir) -> io::Result<Self> {
        let mut child = command.spawn()?;
        let group = Pid::from_raw(child.id().cast_signed());
        // Nothing is said on standard input: it has ended when the program looks.
        drop(child.stdin.take());
        let (sender, events) = channel();
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            unreachable!("both are piped")
        };
        let errors = Arc::new(Tail::default());
        // From here on an early return kills the process again.
        let running = Self { child, group, events, errors: Arc::clone(&errors), _rooms: rooms };
        await_end(group, sender.clone())?;
        read_content(stdout, sender.clone())?;
        read_errors(stderr, errors, sender)?;
        Ok(running)
    }

    fn finish(mut self, deadline: Instant) -> Ended {
        let mut body = None;
        let (mut exited, mut errors_ended) = (false, false);
        let mut until = deadline;
        while !(exited && errors_ended && body.is_some()) {
            match self.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Event::Exited) => {
                    exited = true;
                    // Descendants may hold the pipes open.
                    self.kill();
                    until = Instant::now() + GRACE;
                }
                Ok(Event::Output(seen)) => body = Some(seen),
                Ok(Event::ErrorsEnded) => errors_ended = true,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        self.kill();
        let exit = match self.child.wait() {
            Ok(status) => Exit::from(status),
            Err(error) => Exit::Unknown(error.to_string()),
        };
        let body = body.unwrap_or(BodySeen::Bytes(Vec::new()));
        Ended { exit: exited.then_some(exit), body, stderr: self.errors.all() }
    }

    fn kill(&self) {
        // The leader is not reaped yet, so the group is still ours. What is left to fail: no member is alive.
        match killpg(self.group, Signal::SIGKILL) {
            Ok(()) | Err(Errno::ESRCH | Errno::EPERM) => {}
            Err(error) => self.errors.write(format!("not killed: {error}\n").as_bytes()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A process that was waited for is no more; its number may be another's by now.
        if let Ok(None) = self.child.try_wait() {
            self.kill();
            drop(self.child.wait());
        }
    }
}

fn await_end(process: Pid, events: Sender<Event>) -> io::Result<()> {
    spawn("program-end", move || {
        while waitid(Id::Pid(process), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
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
