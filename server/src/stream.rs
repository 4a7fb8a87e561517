//! One socket, TCP or Unix, accepted or listening.
//!
//! Reads and writes are tried at once and wait only when the kernel says so; everything works through `&self`,
//! so that one task reads in the background while it writes, and a plain thread can drain what is left.

use std::{
    io::{self, Read as _, Write as _},
    net::Shutdown,
    task::{Context, Poll, ready},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use socket2::{SockAddr, Socket, Type};
use tokio::io::{Interest, Ready, unix::AsyncFd};

use crate::listen::Target;

/// A connection.
#[derive(Debug)]
pub(crate) struct Stream(AsyncFd<Socket>);

impl Stream {
    /// Takes a non-blocking socket. Must be called within the runtime that is to wake its tasks.
    pub(crate) fn new(socket: Socket) -> io::Result<Self> {
        match socket.set_tcp_nodelay(true) {
            // A Unix socket delays nothing.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            done => done?,
        }
        Ok(Self(register(socket, Interest::READABLE | Interest::WRITABLE)?))
    }

    /// Connects to a server of the case. Must be called within the runtime.
    pub(crate) async fn connect(target: &Target) -> io::Result<Self> {
        let address = match target {
            Target::Tcp(address) => SockAddr::from(*address),
            Target::Unix(path) => SockAddr::unix(path)?,
        };
        let socket = Socket::new(address.domain(), Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        match socket.connect(&address) {
            Err(error) if error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error()) => {}
            done => done?,
        }
        let stream = Self::new(socket)?;
        stream.0.writable().await?.retain_ready();
        match stream.0.get_ref().take_error()? {
            Some(error) => Err(error),
            None => Ok(stream),
        }
    }

    /// The socket itself, for those who do not wait.
    pub(crate) fn socket(&self) -> &Socket {
        self.0.get_ref()
    }

    /// Reads what is there by `read`, as soon as something is. `read` says how many bytes it had room for and
    /// how many came; a short read means that the kernel has no more.
    pub(crate) fn poll_read_with(
        &self,
        cx: &mut Context<'_>,
        mut read: impl FnMut(&Socket) -> io::Result<(usize, usize)>,
    ) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.0.poll_read_ready(cx))?;
            match read(guard.get_inner()) {
                Ok((room, came)) => {
                    if came > 0 && came < room {
                        guard.clear_ready();
                    }
                    return Poll::Ready(Ok(came));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => guard.clear_ready(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Becomes ready when the client's FIN or RST is there, whether or not bytes before it were read.
    /// A FIN that waits behind bytes for which there is no room is not there yet.
    pub(crate) fn poll_client_end(&self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Ok(mut guard) = ready!(self.0.poll_read_ready(cx)) else { return Poll::Ready(()) };
            if guard.ready().is_read_closed() {
                return Poll::Ready(());
            }
            guard.clear_ready_matching(Ready::READABLE);
        }
    }

    /// Calls `write` now, and again whenever there may be room, until it does not fail with `WouldBlock`.
    pub(crate) fn poll_write_with(
        &self,
        cx: &mut Context<'_>,
        mut write: impl FnMut(&Socket) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        match write(self.0.get_ref()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return Poll::Ready(done),
        }
        loop {
            let mut guard = ready!(self.0.poll_write_ready(cx))?;
            match write(guard.get_inner()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => guard.clear_ready(),
                done => return Poll::Ready(done),
            }
        }
    }

    /// FIN.
    pub(crate) fn shutdown_write(&self) -> io::Result<()> {
        self.0.get_ref().shutdown(Shutdown::Write)
    }

    /// Ends both directions at once, whoever else holds the socket.
    pub(crate) fn shutdown(&self) {
        // Fails where the client has ended it already, which is what is wanted.
        drop(self.0.get_ref().shutdown(Shutdown::Both));
    }

    /// Waits until all that was written has been sent, and with loopback that is: received by the peer's
    /// kernel. Linux hands over what was received before it reports a reset that came later (measured, and
    /// `tcp_reset` purges only the write queue), so a reset after this loses nothing.
    pub(crate) async fn delivered(&self) -> io::Result<()> {
        let socket = self.0.get_ref();
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        if !is_unix(socket) {
            // From here on the socket counts as writable only when nothing is left unsent.
            socket.set_tcp_notsent_lowat(1)?;
        }
        std::future::poll_fn(|cx| {
            self.poll_write_with(cx, |socket| {
                // Asking by poll(2) also makes the kernel tell epoll when that changes.
                let mut fds = [PollFd::new(socket, PollFlags::OUT)];
                match poll(&mut fds, Some(&Timespec::default()))? {
                    0 => Err(io::ErrorKind::WouldBlock.into()),
                    _ => Ok(0),
                }
            })
        })
        .await
        .map(drop)
    }

    /// Makes the close of the socket a reset. A Unix socket has no RST: its peer reads an end, or
    /// `ECONNRESET` where it had sent bytes that nobody read.
    pub(crate) fn reset_on_close(&self) -> io::Result<()> {
        let socket = self.0.get_ref();
        if is_unix(socket) { Ok(()) } else { socket.set_linger(Some(Duration::ZERO)) }
    }

    /// Writes what there is room for, or fails with `WouldBlock`.
    pub(crate) fn write_to(mut socket: &Socket, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match socket.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    /// Reads what is there, or fails with `WouldBlock`.
    pub(crate) fn read_from(mut socket: &Socket, buffer: &mut [u8]) -> io::Result<usize> {
        socket.read(buffer)
    }
}

/// Has the runtime watch a socket.
#[expect(unsafe_code, reason = "tokio leaves it to its callers that a descriptor stays what it is")]
pub(crate) fn register(socket: Socket, interest: Interest) -> io::Result<AsyncFd<Socket>> {
    // SAFETY: A `Socket` owns its descriptor and closes it when dropped, not before; nothing here takes the socket out of
    // the `AsyncFd` or replaces it, which hands it out by shared reference only.
    Ok(unsafe { AsyncFd::register_with_interest(socket, interest) }?)
}

fn is_unix(socket: &Socket) -> bool {
    socket.local_addr().is_ok_and(|address| address.is_unix())
}
