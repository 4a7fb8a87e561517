//! One running adapter, and the exchange of jobs and answers with it.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use wireproof_client::{
    capabilities::{Hello, PROTOCOL},
    contract::Surroundings,
    job::Job,
};

use super::{
    build::BuildError,
    desk::{Came, Fault, Stop},
    folder::Folder,
    line,
    meter::Meter,
    reply::{Exit, Noise, Reply},
    running::Running,
    terms::{Measure, Terms},
};
use crate::observation::Usage;

/// How long an adapter may take from its start to its hello.
const HELLO_WITHIN: Duration = Duration::from_secs(30);

/// How long an adapter may take from the end of its input to its exit.
const EXIT_WITHIN: Duration = Duration::from_secs(5);

/// One running adapter, in a process group of its own. Several threads may ask it at a time, as far as its hello allows.
/// Killed, with its whole group, when dropped.
#[derive(Debug)]
pub struct Process {
    running: Running,
    hello: Hello,
}

/// Why an adapter could not be started. Messages fit after "the adapter".
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It could not be built first.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The program could not be started: the command in `client.yaml` is wrong, or something is not installed.
    #[error("cannot be started: `{program}`: {source}")]
    Spawn {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// Its surroundings could not be made. Not the adapter's fault.
    #[error("cannot be given its surroundings: {0}")]
    Prepare(io::Error),
    /// `client.yaml` asks for `{ca}`, and this run has no certificate. Not the adapter's fault.
    #[error("asks for `{{ca}}`, and there is no certificate in this run")]
    NoCa,
    /// It ended before its hello.
    #[error("ended before its hello: {exit}{}", shown(.stderr, .noise))]
    Ended {
        /// How.
        exit: Exit,
        /// The end of what it wrote to standard error.
        stderr: String,
        /// What it printed that is not a message.
        noise: Noise,
    },
    /// It did not say hello in time, and was killed.
    #[error("did not say hello within {} s{}", .within.as_secs(), shown(.stderr, .noise))]
    Silent {
        /// How long it was given.
        within: Duration,
        /// The end of what it wrote to standard error.
        stderr: String,
        /// What it printed that is not a message.
        noise: Noise,
    },
    /// It speaks another version of the contract.
    #[error("speaks version {theirs} of the client contract, this harness version {PROTOCOL}")]
    Version {
        /// The version it speaks.
        theirs: u64,
    },
    /// Its first message is no proper hello: a sentence without its subject.
    #[error("{0}")]
    Hello(String),
    /// It failed to start three times in a row, last for this reason.
    #[error("failed to start {times} times in a row; the last time it {last}")]
    Repeatedly {
        /// How often.
        times: u32,
        /// The last time.
        last: Box<StartError>,
    },
}

impl StartError {
    /// Whether the program is not installed here.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Spawn { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::Repeatedly { last, .. } => last.is_absence(),
            _ => false,
        }
    }
}

/// How an adapter ended after its input had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// How. If it was not in time: by our signal.
    pub exit: Exit,
    /// Whether it ended by itself within 5 s.
    pub in_time: bool,
    /// All that it ever printed and that was no message.
    pub noise: Noise,
    /// The end of what it ever wrote to standard error.
    pub stderr: String,
}

impl Stopped {
    /// Whether it ended as it should: by itself, in time, with status 0.
    pub fn is_clean(&self) -> bool {
        self.in_time && self.exit == Exit::Status(0)
    }
}

impl Process {
    /// Starts the adapter of a folder and waits, at most 30 s, for its hello.
    ///
    /// # Errors
    /// When it could not be started, ended, was silent, or did not say a hello of our version.
    pub fn start(folder: &Folder, surroundings: &Surroundings) -> Result<Self, StartError> {
        Self::start_within(folder, surroundings, HELLO_WITHIN)
    }

    /// The same, with another limit on the wait for the hello.
    ///
    /// # Errors
    /// As [`Process::start`].
    pub fn start_within(
        folder: &Folder,
        surroundings: &Surroundings,
        within: Duration,
    ) -> Result<Self, StartError> {
        Self::greet(Running::start(folder, surroundings, None)?, within)
    }

    /// Starts the adapter with what the terms want it to find around it.
    ///
    /// # Errors
    /// As [`Process::start`].
    pub fn start_under(folder: &Folder, terms: &Terms) -> Result<Self, StartError> {
        Self::greet(Running::start(folder, &terms.surroundings, terms.address_space)?, HELLO_WITHIN)
    }

    fn greet(running: Running, within: Duration) -> Result<Self, StartError> {
        let hello = match running.desk().await_hello(Instant::now() + within) {
            Came::This(hello) => checked(*hello)?,
            Came::Wrong(Fault { text, .. }) => return Err(StartError::Hello(text)),
            Came::Over => {
                let exit = running.end();
                return Err(StartError::Ended { exit, stderr: running.errors(), noise: running.noise() });
            }
            Came::Mute | Came::Late | Came::Stopped(_) => {
                running.end();
                return Err(StartError::Silent { within, stderr: running.errors(), noise: running.noise() });
            }
        };
        Ok(Self { running, hello })
    }

    /// What the adapter said of its client.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Whether it can be asked: it has not been killed, nor ended by itself, nor broken the contract.
    pub fn is_alive(&self) -> bool {
        self.running.group().is_alive() && self.running.desk().fault().is_none()
    }

    /// How it broke the contract, if it did: a sentence without its subject.
    pub fn fault(&self) -> Option<String> {
        self.running.desk().fault().map(|fault| fault.text)
    }

    /// Whether a job of this id is in flight.
    pub(super) fn is_at(&self, id: &str) -> bool {
        self.running.desk().has(id)
    }

    /// Has a job done, beside others that it may be at. Unless the reply is an answer, the process and its whole group
    /// are dead afterwards (but for a job that cannot be sent, of which the process never heard).
    pub fn ask(&self, job: &Job, deadline: Duration) -> Reply {
        self.exchange(job, line::write(job), deadline, || None)
    }

    /// The same, with the message spelled by the caller: the job, and keys beside it that no adapter has to know.
    pub fn ask_spelled(&self, job: &Job, message: &serde_json::Value, deadline: Duration) -> Reply {
        self.exchange(job, line::spell(message), deadline, || None)
    }

    /// The same, and measures what the processes of the group use up meanwhile. Nothing else should be in flight.
    pub fn ask_measured(&self, job: &Job, deadline: Duration, measure: Measure) -> Reply {
        let desk = Arc::clone(self.running.desk());
        let on_excess = move |held: u64| desk.stop(Stop::ForAll(measure.excess(held)));
        match Meter::start(Arc::clone(self.running.group()), measure.ceiling, on_excess) {
            Ok(meter) => self.exchange(job, line::write(job), deadline, || Some(meter.read())),
            Err(error) => Reply::Broken(format!("cannot be measured: {error}")),
        }
    }

    /// Has a plain job done that counts for nothing.
    pub(super) fn warm_up(&self, job: &Job, deadline: Duration) -> Reply {
        let reply = self.ask(job, deadline);
        self.running.desk().begin_anew();
        reply
    }

    fn exchange(
        &self,
        job: &Job,
        line: Result<Vec<u8>, String>,
        deadline: Duration,
        usage: impl FnOnce() -> Option<Usage>,
    ) -> Reply {
        let desk = self.running.desk();
        let line = match line {
            Ok(line) => line,
            Err(text) => return Reply::Broken(format!("could not be asked: {text}")),
        };
        if let Err(text) = desk.enter(job) {
            return Reply::Broken(text);
        }
        let marks = self.running.marks();
        let asked = Instant::now();
        self.running.write(line);
        let came = desk.await_answer(&job.id, asked + deadline);
        let took = asked.elapsed();
        let usage = usage();
        let noise = || self.running.noise_since(marks);
        if let Came::This(answer) = came {
            let stderr = self.running.errors_since(marks);
            return Reply::Answered { answer, noise: noise(), stderr, usage, took };
        }
        let (partials, company) = desk.clear(&job.id);
        let crash = |exit: Exit| Reply::Crash {
            exit,
            partials: partials.clone(),
            noise: noise(),
            stderr: self.running.errors(),
            usage,
            company,
        };
        let with_prints =
            |text: String| format!("{text}{}", shown(&self.running.errors_since(marks), &noise()));
        let lost = |text: String| {
            // Who was alone in the process has no other to thank for it.
            if company.is_none() { Reply::Broken(with_prints(text)) } else { Reply::Lost(text) }
        };
        match came {
            Came::This(_) => unreachable!("returned above"),
            Came::Over => crash(self.running.end()),
            Came::Late if desk.deaf().is_none() => {
                desk.stop(Stop::ForAnother(format!(
                    "was ended, as job `{}` had no answer by its deadline",
                    job.id
                )));
                self.running.end();
                let stderr = self.running.errors();
                Reply::Hang { partials, noise: noise(), stderr, usage, company }
            }
            Came::Late => {
                self.running.end();
                lost(format!("stopped reading its standard input: {}", desk.deaf().unwrap_or_default()))
            }
            Came::Mute => {
                self.running.end();
                lost("closed its standard output and went on".to_owned())
            }
            Came::Stopped(Stop::ForAll(why)) => {
                self.running.end();
                crash(Exit::Stopped(why))
            }
            Came::Stopped(Stop::ForAnother(why)) => {
                self.running.end();
                Reply::Lost(why)
            }
            Came::Wrong(Fault { text, job: guilty }) => {
                self.running.end();
                let is_guilty = guilty.as_deref() == Some(job.id.as_str());
                if is_guilty { Reply::Broken(with_prints(text)) } else { lost(text) }
            }
        }
    }

    /// Ends its input and waits, at most 5 s, for its exit.
    pub fn stop(self) -> Stopped {
        self.stop_within(EXIT_WITHIN)
    }

    /// The same, with another limit on the wait.
    pub(super) fn stop_within(self, within: Duration) -> Stopped {
        self.running.end_input();
        let in_time = matches!(self.running.desk().await_end(Instant::now() + within), Came::Over);
        let exit = self.running.end();
        Stopped { exit, in_time, noise: self.running.noise(), stderr: self.running.errors() }
    }
}

fn checked(hello: Hello) -> Result<Hello, StartError> {
    if hello.protocol != PROTOCOL {
        return Err(StartError::Version { theirs: hello.protocol });
    }
    if hello.parallel == 0 || hello.recycle == 0 {
        return Err(StartError::Hello("said hello with `parallel` or `recycle` of 0".to_owned()));
    }
    Ok(hello)
}

/// What a process printed before it failed, for the message.
pub(super) fn shown(stderr: &str, noise: &Noise) -> String {
    let mut text = String::new();
    for (name, printed) in [("standard error", stderr), ("standard output", noise.tail.as_str())] {
        let printed = printed.trim();
        if !printed.is_empty() {
            text.push_str("; its ");
            text.push_str(name);
            text.push_str(" ends: ");
            text.push_str(last_lines(printed));
        }
    }
    text
}

/// At most the last ten lines, and at most about two thousand characters of them.
fn last_lines(text: &str) -> &str {
    let lines = text.rmatch_indices('\n').nth(9).map_or(0, |(at, _)| at + 1);
    let least = text.len().saturating_sub(2000);
    let characters = (least..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[lines.max(characters)..]
}
