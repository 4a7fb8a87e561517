//! The threads at the ends of a process: two drain it, one feeds it, one waits for it.
//!
//! Each ends when its end of the pipe, or the process, is gone. None is joined: a descendant that left the
//! process group could keep a pipe open for ever, and must not hold up the run.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::fd::AsFd,
    process::{ChildStderr, ChildStdin, ChildStdout},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender},
    },
    thread,
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::wait::{Id, WaitPidFlag, waitid},
    unistd::Pid,
};
use wireproof_client::contract::FromAdapter;

use super::{
    line::{self, LONGEST_FROM_ADAPTER, Line},
    tail::Tail,
};

/// What the threads report.
#[derive(Debug)]
pub(super) enum Event {
    /// A message.
    Said(Box<FromAdapter>),
    /// A break of the contract: a sentence without its subject.
    Wrong(String),
    /// Standard output has ended.
    Silent,
    /// Standard input takes no more.
    Deaf(io::Error),
    /// The process has ended; it still has to be reaped.
    Exited,
}

/// Takes standard output apart into messages and noise.
pub(super) fn read_output(
    output: ChildStdout,
    noise: Arc<Tail>,
    events: SyncSender<Event>,
) -> io::Result<()> {
    spawn("adapter-stdout", move || {
        let mut lines = Lines { output: BufReader::with_capacity(64 << 10, output), noise, line: Vec::new() };
        // A closed channel means that nobody is interested any more.
        while let Some(event) = lines.next_event() {
            if events.send(event).is_err() {
                return;
            }
        }
        drop(events.send(Event::Silent));
    })
}

/// Standard error: drained by a thread, and, where order matters, on demand.
#[derive(Debug)]
pub(super) struct Errors {
    pipe: Mutex<ChildStderr>,
    tail: Tail,
}

impl Errors {
    /// Takes the pipe; nothing is read yet.
    pub(super) fn new(pipe: ChildStderr) -> Arc<Self> {
        Arc::new(Self { pipe: Mutex::new(pipe), tail: Tail::default() })
    }

    /// Keeps the pipe from ever being full.
    pub(super) fn keep_draining(self: &Arc<Self>) -> io::Result<()> {
        let pipe = self.pipe().as_fd().try_clone_to_owned()?;
        // Of our end alone: the flag does not reach through the pipe.
        fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let errors = Arc::clone(self);
        spawn("adapter-stderr", move || {
            loop {
                let mut ends = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
                let ready = matches!(poll(&mut ends, PollTimeout::NONE), Ok(_) | Err(Errno::EINTR));
                if !ready || !errors.drain() {
                    return;
                }
            }
        })
    }

    /// Takes what was written before now: all that was written before a message that has been heard. Whether
    /// more can come.
    pub(super) fn drain(&self) -> bool {
        let mut pipe = self.pipe();
        let mut buffer = [0; 16 << 10];
        // No pipe holds more than 1 MiB; whoever goes on writing must not hold us up.
        for _ in 0..64 {
            match pipe.read(&mut buffer) {
                Ok(0) => return false,
                Ok(n) => self.tail.write(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.note(&format!("unreadable: {error}"));
                    return false;
                }
            }
        }
        true
    }

    fn pipe(&self) -> MutexGuard<'_, ChildStderr> {
        self.pipe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a remark of ours.
    pub(super) fn note(&self, text: &str) {
        self.tail.write(format!("\n({text})\n").as_bytes());
    }

    /// What has been taken.
    pub(super) fn tail(&self) -> &Tail {
        &self.tail
    }
}

/// Writes lines as they come, and closes standard input when no more can come.
pub(super) fn write_input(
    mut input: ChildStdin,
    lines: Receiver<Vec<u8>>,
    events: SyncSender<Event>,
) -> io::Result<()> {
    spawn("adapter-stdin", move || {
        for line in lines {
            if let Err(error) = input.write_all(&line) {
                drop(events.send(Event::Deaf(error)));
                return;
            }
        }
    })
}

/// Waits for the end of the process and leaves it unreaped, so that its group's id cannot pass to another.
pub(super) fn await_end(process: Pid, events: SyncSender<Event>) -> io::Result<()> {
    spawn("adapter-end", move || {
        while waitid(Id::Pid(process), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
        drop(events.send(Event::Exited));
    })
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).stack_size(256 << 10).spawn(body).map(drop)
}

/// The lines of standard output, in bounded memory.
struct Lines {
    output: BufReader<ChildStdout>,
    noise: Arc<Tail>,
    line: Vec<u8>,
}

/// How reading a line ended.
#[derive(PartialEq)]
enum Ended {
    Line,
    TooLong,
    Output,
}

impl Lines {
    fn next_event(&mut self) -> Option<Event> {
        loop {
            self.line.clear();
            let ended = self.read_line();
            if ended == Ended::TooLong {
                match self.too_long() {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            if ended == Ended::Output && self.line.is_empty() {
                return None;
            }
            match line::read(&self.line) {
                Line::Message(message) => return Some(Event::Said(message)),
                Line::Wrong(text) => return Some(Event::Wrong(text)),
                Line::Blank => {}
                Line::Noise => {
                    self.noise.write(&self.line);
                    self.noise.end_line();
                }
            }
        }
    }

    fn read_line(&mut self) -> Ended {
        let most = LONGEST_FROM_ADAPTER as u64 + 1;
        match self.output.by_ref().take(most).read_until(b'\n', &mut self.line) {
            Ok(_) if self.line.last() == Some(&b'\n') => {
                self.line.pop();
                Ended::Line
            }
            Ok(_) if self.line.len() as u64 == most => Ended::TooLong,
            Ok(_) => Ended::Output,
            Err(error) => {
                self.noise.write(format!("(unreadable: {error})").as_bytes());
                Ended::Output
            }
        }
    }

    /// A line over the limit: an overlong message if it looks like one, else noise without a line end.
    fn too_long(&mut self) -> Option<Event> {
        let message = self.line.trim_ascii_start().starts_with(b"{\"");
        loop {
            self.noise.write(&self.line);
            self.line.clear();
            if self.read_line() != Ended::TooLong {
                break;
            }
        }
        self.noise.write(&self.line);
        self.noise.end_line();
        let most = LONGEST_FROM_ADAPTER;
        message.then(|| Event::Wrong(format!("sent a line of more than {most} bytes")))
    }
}
