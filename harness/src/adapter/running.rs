//! A process, its pipes and its end; nothing of what is said through them.

use std::{
    io,
    process::Child,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel},
    },
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, killpg},
        wait::{Id, WaitPidFlag, WaitStatus, waitid},
    },
    unistd::Pid,
};
use tempfile::TempDir;
use wireproof_client::contract::{FromAdapter, Surroundings};

use super::{
    folder::Folder,
    launch,
    process::StartError,
    reply::{Exit, Noise},
    streams::{self, Errors, Event},
    tail::{Mark, Tail},
};

/// How long the rest of the output may take once the process has ended, and the end once the output has.
const GRACE: Duration = Duration::from_secs(1);

/// Messages that may wait. Few, as each may be long; an adapter that says more unasked has to wait.
const INBOX: usize = 4;

/// A process group of its own, with threads at its pipes. Killed and reaped when dropped.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    group: Pid,
    input: Option<Sender<Vec<u8>>>,
    events: Receiver<Event>,
    noise: Arc<Tail>,
    errors: Arc<Errors>,
    exited: bool,
    silent: bool,
    deaf: Option<io::Error>,
    exit: Option<Exit>,
    /// Home and temporary folder; removed with the process.
    _rooms: TempDir,
}

/// What was heard next.
#[derive(Debug)]
pub(super) enum Heard {
    /// A message.
    Said(Box<FromAdapter>),
    /// A break of the contract: a sentence without its subject.
    Wrong(String),
    /// The process has ended by itself, and all its output has been heard.
    Over,
    /// It closed its standard output and went on.
    Mute,
    /// The time was up.
    Late,
}

/// Where noise and errors stood at some moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    noise: Mark,
    errors: Mark,
}

impl Running {
    /// Starts the program of a folder.
    pub(super) fn start(folder: &Folder, surroundings: &Surroundings) -> Result<Self, StartError> {
        let (program, arguments) = folder.command().ok_or(StartError::NoCa)?;
        let variables = folder.environment().ok_or(StartError::NoCa)?;
        let (rooms, mut command) =
            launch::command(&program, arguments, folder.path(), variables, surroundings)
                .map_err(StartError::Prepare)?;
        let mut child = command.spawn().map_err(|source| StartError::Spawn {
            program: command.get_program().to_string_lossy().into_owned(),
            source,
        })?;
        let (input, lines) = channel();
        let (reports, events) = sync_channel(INBOX);
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else { unreachable!("all three are piped") };
        let group = Pid::from_raw(child.id().cast_signed());
        // From here on an early return kills the process again.
        let running = Self {
            child,
            group,
            input: Some(input),
            events,
            noise: Arc::new(Tail::default()),
            errors: Errors::new(stderr),
            exited: false,
            silent: false,
            deaf: None,
            exit: None,
            _rooms: rooms,
        };
        streams::await_end(group, reports.clone())
            .and_then(|()| streams::read_output(stdout, running.noise.clone(), reports.clone()))
            .and_then(|()| running.errors.keep_draining())
            .and_then(|()| streams::write_input(stdin, lines, reports))
            .map_err(StartError::Prepare)?;
        Ok(running)
    }

    /// Hands a line to the process. Returns at once, whether it reads or not.
    pub(super) fn write(&self, line: Vec<u8>) {
        // If the writer is gone it has said why by an event.
        if let Some(input) = &self.input {
            drop(input.send(line));
        }
    }

    /// No more lines will come.
    pub(super) fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits until then for something to be said.
    pub(super) fn listen(&mut self, mut until: Instant) -> Heard {
        loop {
            if self.exited && self.silent {
                return Heard::Over;
            }
            if self.exited || self.silent {
                until = until.min(Instant::now() + GRACE);
            }
            match self.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Event::Said(message)) => return Heard::Said(message),
                Ok(Event::Wrong(text)) => return Heard::Wrong(text),
                Ok(Event::Silent) => self.silent = true,
                Ok(Event::Deaf(error)) => self.deaf = Some(error),
                Ok(Event::Exited) => {
                    self.exited = true;
                    // Descendants may hold the pipes open.
                    self.kill();
                }
                Err(RecvTimeoutError::Timeout) if self.exited => return Heard::Over,
                Err(RecvTimeoutError::Timeout) if self.silent => return Heard::Mute,
                Err(RecvTimeoutError::Timeout) => return Heard::Late,
                // Only once all threads have ended, hence the process and its output too.
                Err(RecvTimeoutError::Disconnected) => return Heard::Over,
            }
        }
    }

    /// Kills the whole group and reaps the process. Tells how it ended: by itself, if it had already.
    pub(super) fn end(&mut self) -> Exit {
        if let Some(exit) = &self.exit {
            return exit.clone();
        }
        self.input = None;
        self.kill();
        let exit = match self.child.wait() {
            Ok(status) => status.into(),
            Err(error) => Exit::Unknown(error.to_string()),
        };
        self.exit = Some(exit.clone());
        exit
    }

    /// Whether the process still runs, as far as the operating system knows.
    pub(super) fn is_alive(&self) -> bool {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
        self.exit.is_none() && waitid(Id::Pid(self.group), flags) == Ok(WaitStatus::StillAlive)
    }

    /// Why the process takes no more input, if so.
    pub(super) fn deaf(&self) -> Option<&io::Error> {
        self.deaf.as_ref()
    }

    /// Where noise and errors stand.
    pub(super) fn marks(&self) -> Marks {
        self.errors.drain();
        Marks { noise: self.noise.mark(), errors: self.errors.tail().mark() }
    }

    /// The noise since then.
    pub(super) fn noise_since(&self, marks: Marks) -> Noise {
        let now = self.noise.mark();
        Noise {
            lines: now.lines - marks.noise.lines,
            bytes: now.bytes - marks.noise.bytes,
            tail: self.noise.since(marks.noise),
        }
    }

    /// All noise.
    pub(super) fn noise(&self) -> Noise {
        self.noise_since(Marks { noise: Mark::default(), errors: Mark::default() })
    }

    /// The end of what was written to standard error since then.
    pub(super) fn errors_since(&self, marks: Marks) -> String {
        self.errors.drain();
        self.errors.tail().since(marks.errors)
    }

    /// The end of all that was written to standard error.
    pub(super) fn errors(&self) -> String {
        self.errors.drain();
        self.errors.tail().all()
    }

    fn kill(&self) {
        // The leader is not reaped yet, so the group is still ours. What is left to fail: no member is
        // alive (some systems say EPERM of a group of zombies), and then nothing is to be done.
        match killpg(self.group, Signal::SIGKILL) {
            Ok(()) | Err(Errno::ESRCH | Errno::EPERM) => {}
            Err(error) => self.errors.note(&format!("not killed: {error}")),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
