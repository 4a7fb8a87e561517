//! One running adapter, and the exchange of jobs and answers with it.

use std::{
    collections::BTreeMap,
    io,
    time::{Duration, Instant},
};

use wireproof_client::{
    capabilities::{Hello, PROTOCOL},
    contract::{Answer, FromAdapter, Partial, Surroundings},
    job::Job,
};

use super::{
    folder::Folder,
    line,
    reply::{self, Exit, Noise, Reply},
    running::{Heard, Marks, Running},
};

/// How long an adapter may take from its start to its hello.
const HELLO_WITHIN: Duration = Duration::from_secs(30);

/// How long an adapter may take from the end of its input to its exit.
const EXIT_WITHIN: Duration = Duration::from_secs(5);

/// One running adapter, in a process group of its own. Killed, with its whole group, when dropped.
#[derive(Debug)]
pub struct Process {
    running: Running,
    hello: Hello,
    jobs: u64,
}

/// Why an adapter could not be started. Messages fit after "the adapter".
#[derive(Debug, thiserror::Error)]
pub enum StartError {
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
        let mut running = Running::start(folder, surroundings)?;
        let hello = match running.listen(Instant::now() + within) {
            Heard::Said(message) => match *message {
                FromAdapter::Hello(hello) => checked(*hello)?,
                other => return Err(StartError::Hello(format!("began with {other:?}, not with a hello"))),
            },
            Heard::Wrong(text) => return Err(StartError::Hello(text)),
            Heard::Over => {
                let exit = running.end();
                return Err(StartError::Ended { exit, stderr: running.errors(), noise: running.noise() });
            }
            Heard::Mute | Heard::Late => {
                running.end();
                return Err(StartError::Silent { within, stderr: running.errors(), noise: running.noise() });
            }
        };
        Ok(Self { running, hello, jobs: 0 })
    }

    /// What the adapter said of its client.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// How many jobs it has been sent.
    pub fn jobs(&self) -> u64 {
        self.jobs
    }

    /// Whether it can be asked: it has not been killed, nor ended by itself.
    pub fn is_alive(&self) -> bool {
        self.running.is_alive()
    }

    /// Has a job done. Unless the reply is an answer, the process and its whole group are dead afterwards
    /// (but for a job that is too long to be sent, of which the process never heard).
    pub fn ask(&mut self, job: &Job, deadline: Duration) -> Reply {
        let line = match line::write(job) {
            Ok(line) => line,
            Err(text) => return Reply::Broken(format!("could not be asked: {text}")),
        };
        let until = Instant::now() + deadline;
        let mut exchange = Exchange { job, marks: self.running.marks(), partials: BTreeMap::new() };
        self.jobs += 1;
        self.running.write(line);
        loop {
            let answer = match self.running.listen(until) {
                Heard::Said(message) => exchange.take(*message),
                Heard::Wrong(text) => Err(text),
                Heard::Over => return self.crashed(exchange),
                Heard::Mute => Err("closed its standard output and went on".to_owned()),
                Heard::Late => match self.running.deaf() {
                    Some(error) => Err(format!("stopped reading its standard input: {error}")),
                    None => return self.hung(exchange),
                },
            };
            match answer {
                Ok(Some(answer)) => return self.answered(answer, exchange.marks),
                Ok(None) => {}
                Err(text) => {
                    self.running.end();
                    return Reply::Broken(text);
                }
            }
        }
    }

    /// Ends its input and waits, at most 5 s, for its exit.
    pub fn stop(mut self) -> Stopped {
        self.running.end_input();
        let until = Instant::now() + EXIT_WITHIN;
        let in_time = loop {
            match self.running.listen(until) {
                Heard::Said(_) | Heard::Wrong(_) => {}
                Heard::Over => break true,
                Heard::Mute | Heard::Late => break false,
            }
        };
        let exit = self.running.end();
        Stopped { exit, in_time, noise: self.running.noise(), stderr: self.running.errors() }
    }

    fn answered(&self, answer: Answer, marks: Marks) -> Reply {
        Reply::Answered {
            answer,
            noise: self.running.noise_since(marks),
            stderr: self.running.errors_since(marks),
            first: self.jobs == 1,
        }
    }

    fn hung(&mut self, exchange: Exchange<'_>) -> Reply {
        self.running.end();
        Reply::Hang {
            noise: self.running.noise_since(exchange.marks),
            stderr: self.running.errors(),
            partials: exchange.partials.into_values().collect(),
        }
    }

    fn crashed(&mut self, exchange: Exchange<'_>) -> Reply {
        Reply::Crash {
            exit: self.running.end(),
            noise: self.running.noise_since(exchange.marks),
            stderr: self.running.errors(),
            partials: exchange.partials.into_values().collect(),
        }
    }
}

/// One job being done.
struct Exchange<'a> {
    job: &'a Job,
    marks: Marks,
    partials: BTreeMap<usize, Partial>,
}

impl Exchange<'_> {
    /// Takes a message: an answer, nothing yet, or a break of the contract.
    fn take(&mut self, message: FromAdapter) -> Result<Option<Answer>, String> {
        let answer = match message {
            FromAdapter::Outcome(outcome) => Answer::Outcome(outcome),
            FromAdapter::Unsupported(unsupported) => Answer::Unsupported(unsupported),
            FromAdapter::AdapterError(error) => Answer::AdapterError(error),
            FromAdapter::Partial(partial) => return self.keep(partial).map(|()| None),
            FromAdapter::Bye { .. } => return Ok(None),
            FromAdapter::Hello(_) => return Err("said hello a second time".to_owned()),
        };
        reply::check(&answer, self.job).map(|()| Some(answer))
    }

    fn keep(&mut self, partial: Partial) -> Result<(), String> {
        if partial.id != self.job.id || partial.call >= self.job.calls.len() {
            let (id, call) = (&partial.id, partial.call);
            return Err(format!("sent a part of call {call} of job `{id}`, which is not at hand"));
        }
        self.partials.insert(partial.call, partial);
        Ok(())
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

/// What a process printed before it failed to start, for the message.
fn shown(stderr: &str, noise: &Noise) -> String {
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
