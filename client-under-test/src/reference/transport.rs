//! What carries bytes. HTTP above it does not know whether it is TCP, a Unix socket, or TLS on either.

use std::{
    fmt,
    io::{self, Read as _, Write as _},
    os::fd::AsFd,
};

use rustix::event::PollFlags;
use socket2::Socket;

use super::timeouts::{Fault, Patience};

/// A connection in both directions. Dropping it closes it.
pub trait Transport: Send + fmt::Debug {
    /// Reads what is there, waiting for the first byte. 0 is the orderly end.
    fn receive(&mut self, buffer: &mut [u8], patience: &Patience<'_>) -> Result<usize, Fault>;

    /// Writes some bytes, waiting until at least one is taken. With `listening`, stops waiting as soon as the
    /// peer says something or ends.
    fn send(&mut self, bytes: &[u8], listening: bool, patience: &Patience<'_>) -> Result<Sent, Fault>;

    /// Whether there is something to read, or the end of it, without waiting.
    fn has_input(&self) -> bool;
}

/// What came of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// So many bytes were taken.
    Bytes(usize),
    /// None was: the peer has said something, or ended.
    Heard,
}

/// A transport that is a socket. It never blocks: waiting is [`Patience`]'s.
#[derive(Debug)]
pub struct SocketTransport {
    socket: Socket,
    /// A request is mostly answered later: the first read after a write waits before it tries.
    just_sent: bool,
}

impl SocketTransport {
    /// Takes over a connected socket that does not block.
    pub fn new(socket: Socket) -> Self {
        Self { socket, just_sent: false }
    }
}

impl Transport for SocketTransport {
    fn receive(&mut self, buffer: &mut [u8], patience: &Patience<'_>) -> Result<usize, Fault> {
        if std::mem::take(&mut self.just_sent) {
            patience.wait(self.socket.as_fd(), PollFlags::IN)?;
        }
        // A peer that never pauses must not outrun the limits.
        patience.check()?;
        loop {
            match self.socket.read(buffer) {
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    patience.wait(self.socket.as_fd(), PollFlags::IN)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        }
    }

    fn send(&mut self, bytes: &[u8], listening: bool, patience: &Patience<'_>) -> Result<Sent, Fault> {
        patience.check()?;
        loop {
            if listening && self.has_input() {
                return Ok(Sent::Heard);
            }
            match self.socket.write(bytes) {
                Ok(count) => {
                    self.just_sent = true;
                    return Ok(Sent::Bytes(count));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let interest = if listening { PollFlags::OUT | PollFlags::IN } else { PollFlags::OUT };
                    patience.wait(self.socket.as_fd(), interest)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        }
    }

    fn has_input(&self) -> bool {
        use rustix::event::{PollFd, Timespec, poll};
        let mut one = [PollFd::new(&self.socket, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        // A poll that fails is no reason to trust the connection.
        poll(&mut one, Some(&now)).map_or(true, |ready| ready > 0)
    }
}
