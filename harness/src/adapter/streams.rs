//! The threads at the ends of a process: two drain it, one feeds it, one waits for it.
//!
//! Each ends when its end of the pipe, or the process, is gone. None is joined: a descendant that left the
//! process group could keep a pipe open for ever, and must not hold up the run.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::fd::AsFd,
    process::{ChildStderr, ChildStdin, ChildStdout},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Receiver},
    thread,
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
};
use wireproof_client::contract::FromAdapter;

use super::{
    desk::Desk,
    group::Group,
    line::{self, LONGEST_FROM_ADAPTER, Line},
    tail::Tail,
};

/// Takes standard output apart into messages and noise. Whoever breaks the contract is killed: nothing more of it is
/// worth hearing.
pub(super) fn read_output(
    output: ChildStdout,
    noise: Arc<Tail>,
    desk: Arc<Desk>,
    group: Arc<Group>,
) -> io::Result<()> {
    spawn("adapter-stdout", move || {
        let mut lines = Lines { output: BufReader::with_capacity(64 << 10, output), noise, line: Vec::new() };
        while let Some(heard) = lines.next() {
            let sound = match heard {
                Ok(message) => desk.take(*message),
                Err(text) => {
                    desk.wrong(text);
                    false
                }
            };
            if !sound {
                group.kill();
            }
        }
        desk.silent();
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
    desk: Arc<Desk>,
) -> io::Result<()> {
    spawn("adapter-stdin", move || {
        for line in lines {
            if let Err(error) = input.write_all(&line) {
                desk.is_deaf(error.to_string());
                return;
            }
        }
    })
}

/// Waits for the end of the process, and then ends its descendants: they may hold the pipes open.
pub(super) fn await_end(group: Arc<Group>, desk: Arc<Desk>) -> io::Result<()> {
    spawn("adapter-end", move || {
        group.await_end();
        group.kill();
        desk.exited();
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
    /// The next message, or a break of the contract; `None` at the end.
    fn next(&mut self) -> Option<Result<Box<FromAdapter>, String>> {
        loop {
            self.line.clear();
            let ended = self.read_line();
            if ended == Ended::TooLong {
                match self.too_long() {
                    Some(text) => return Some(Err(text)),
                    None => continue,
                }
            }
            if ended == Ended::Output && self.line.is_empty() {
                return None;
            }
            match line::read(&self.line) {
                Line::Message(message) => return Some(Ok(message)),
                Line::Wrong(text) => return Some(Err(text)),
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
    fn too_long(&mut self) -> Option<String> {
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
        message.then(|| format!("sent a line of more than {most} bytes"))
    }
}
