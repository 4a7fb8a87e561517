//! Limits of time, and giving up.
//!
//! A call has one [`Timers`]. Whatever waits asks it for a [`Patience`]: until when, and what that moment is
//! called. There is no clock of its own and no thread: the limits are looked at where the client waits anyway.

use std::{
    io::{self, PipeReader, PipeWriter},
    os::fd::{AsFd, BorrowedFd},
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    error::{Class, Error, Phase},
    policy::Policy,
};

/// The limits a caller set. None: wait for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// For the name and all its addresses together.
    pub connect: Option<Duration>,
    /// For the peer to take some bytes, each time anew.
    pub send: Option<Duration>,
    /// From the end of sending to the end of the final head.
    pub head: Option<Duration>,
    /// For some bytes to come, each time anew, the head included.
    pub read: Option<Duration>,
    /// From the start of the call to the last byte.
    pub total: Option<Duration>,
}

impl Limits {
    /// One value for each operation, as `urlopen(timeout=...)` has it.
    pub fn per_operation(limit: Duration) -> Self {
        Self { connect: Some(limit), send: Some(limit), read: Some(limit), ..Self::default() }
    }

    fn obeyed(self, policy: &Policy) -> Self {
        Self {
            connect: self.connect.filter(|_| policy.obeys_connect_timeout),
            send: self.send.filter(|_| policy.obeys_send_timeout),
            head: self.head.filter(|_| policy.obeys_head_timeout),
            read: self.read.filter(|_| policy.obeys_read_timeout),
            total: self.total.filter(|_| policy.obeys_total_timeout),
        }
    }
}

/// The limits of one call, and the moments they count from.
#[derive(Debug, Clone)]
pub struct Timers {
    limits: Limits,
    start: Instant,
    /// When sending was over.
    sent: Instant,
    /// After this the caller is no longer interested whatever the limits say.
    last: Option<Instant>,
    cancellation: Option<Arc<Cancellation>>,
    policy: Arc<Policy>,
}

impl Timers {
    /// Timers that start now.
    pub fn start(limits: Limits, cancellation: Option<Arc<Cancellation>>, policy: &Arc<Policy>) -> Self {
        let now = Instant::now();
        Self {
            limits: limits.obeyed(policy),
            start: now,
            sent: now,
            last: None,
            cancellation,
            policy: Arc::clone(policy),
        }
    }

    /// Timers without limits.
    pub fn none() -> Self {
        static POLICY: LazyLock<Arc<Policy>> = LazyLock::new(Arc::default);
        Self::start(Limits::default(), None, &POLICY)
    }

    /// The same, with a last moment after which the caller is gone.
    #[must_use]
    pub fn until(mut self, last: Option<Instant>) -> Self {
        self.last = last;
        self
    }

    /// When the call started.
    pub fn started(&self) -> Instant {
        self.start
    }

    /// The total starts again, as it never should.
    pub fn restart_total(&mut self) {
        self.start = Instant::now();
    }

    /// Sending is over: the limits of the response count from here.
    pub fn sending_is_over(&mut self) {
        self.sent = Instant::now();
    }

    /// For making a connection that was begun at this moment.
    pub fn connecting(&self, begun: Instant) -> Patience<'_> {
        self.patience([deadline(begun, self.limits.connect, Class::ConnectTimeout), self.total()])
    }

    /// For the next bytes to be taken.
    pub fn sending(&self) -> Patience<'_> {
        let total = self.total().filter(|_| self.policy.total_timeout_covers_sending);
        self.patience([deadline(Instant::now(), self.limits.send, Class::SendTimeout), total])
    }

    /// For the next bytes of a head.
    pub fn head(&self) -> Patience<'_> {
        let head_from = if self.policy.head_timeout_is_absolute { self.sent } else { Instant::now() };
        let read = self.read().filter(|_| self.policy.read_timeout_covers_head);
        self.patience([deadline(head_from, self.limits.head, Class::HeadTimeout), read, self.total()])
    }

    /// For the next bytes of content.
    pub fn content(&self) -> Patience<'_> {
        let total = self.total().filter(|_| self.policy.total_timeout_covers_content);
        let head = deadline(self.sent, self.limits.head, Class::HeadTimeout);
        self.patience([head.filter(|_| !self.policy.head_timeout_ends_with_head), self.read(), total])
    }

    /// For anything else that is waited for on the way: only the total counts.
    pub fn anything(&self) -> Patience<'_> {
        self.patience([self.total()])
    }

    fn read(&self) -> Option<(Instant, Class)> {
        let from = if self.policy.read_timeout_restarts { Instant::now() } else { self.start };
        deadline(from, self.limits.read, Class::ReadTimeout)
    }

    fn total(&self) -> Option<(Instant, Class)> {
        deadline(self.start, self.limits.total, Class::TotalTimeout)
    }

    fn patience<const N: usize>(&self, deadlines: [Option<(Instant, Class)>; N]) -> Patience<'_> {
        let last = self.last.map(|last| (last, Class::Other));
        Patience {
            until: deadlines.into_iter().flatten().chain(last).min_by_key(|(moment, _)| *moment),
            cancellation: self.cancellation.as_deref(),
        }
    }
}

fn deadline(from: Instant, limit: Option<Duration>, class: Class) -> Option<(Instant, Class)> {
    limit.and_then(|limit| from.checked_add(limit)).map(|moment| (moment, class))
}

/// How long something may be waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience<'a> {
    /// The nearest limit, and the class of error it makes. None: for ever.
    pub until: Option<(Instant, Class)>,
    cancellation: Option<&'a Cancellation>,
}

impl Patience<'_> {
    /// Whether the wait can be cut short at all.
    pub fn is_limited(&self) -> bool {
        self.until.is_some() || self.cancellation.is_some()
    }

    /// The same, but not beyond this moment, which is of this class.
    #[must_use]
    pub fn no_longer_than(mut self, moment: Instant, class: Class) -> Self {
        if self.until.is_none_or(|(until, _)| moment < until) {
            self.until = Some((moment, class));
        }
        self
    }

    /// Fails if it is over already.
    pub fn check(&self) -> Result<(), Fault> {
        if self.cancellation.is_some_and(Cancellation::is_cancelled) {
            return Err(Fault::Cancelled);
        }
        match self.until {
            Some((moment, class)) if Instant::now() >= moment => Err(Fault::Expired(class)),
            _ => Ok(()),
        }
    }

    /// Waits until the descriptor is ready for what is asked.
    pub fn wait(&self, descriptor: BorrowedFd<'_>, interest: PollFlags) -> Result<PollFlags, Fault> {
        loop {
            self.check()?;
            let timeout =
                self.until.map(|(moment, _)| timespec(moment.saturating_duration_since(Instant::now())));
            let ready = match self.cancellation {
                Some(cancellation) => {
                    let mut both = [
                        PollFd::from_borrowed_fd(descriptor, interest),
                        PollFd::from_borrowed_fd(cancellation.reader.as_fd(), PollFlags::IN),
                    ];
                    poll(&mut both, timeout.as_ref()).map(|_| both[0].revents())
                }
                None => {
                    let mut one = [PollFd::from_borrowed_fd(descriptor, interest)];
                    poll(&mut one, timeout.as_ref()).map(|_| one[0].revents())
                }
            };
            match ready {
                Ok(flags) if !flags.is_empty() => return Ok(flags),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(Fault::Io(error.into())),
            }
        }
    }

    /// Sleeps, at most as long as this.
    pub fn sleep(&self, duration: Duration) -> Result<(), Fault> {
        let wake = Instant::now() + duration;
        let Some(cancellation) = self.cancellation else {
            let until = self.until.map_or(wake, |(moment, _)| moment.min(wake));
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
            return if until < wake { self.check() } else { Ok(()) };
        };
        let shorter = Patience { cancellation: None, ..self.no_longer_than(wake, Class::Caller) };
        match shorter.wait(cancellation.reader.as_fd(), PollFlags::IN) {
            Err(Fault::Expired(Class::Caller)) => Ok(()),
            Ok(_) => Err(Fault::Cancelled),
            Err(fault) => Err(fault),
        }
    }
}

/// Rounded up, so that a wait never ends just before its limit.
fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

/// Why a wait came to nothing.
#[derive(Debug)]
pub enum Fault {
    /// The system said so.
    Io(io::Error),
    /// A limit struck.
    Expired(Class),
    /// The call was given up.
    Cancelled,
}

impl Fault {
    /// The error it makes in this phase.
    pub fn error(self, phase: Phase, policy: &Policy) -> Error {
        match self {
            Self::Io(cause) => io_error(cause, phase, policy),
            Self::Cancelled if !policy.names_cancellation => closed(phase),
            Self::Cancelled => {
                Error::new(Class::Cancelled, phase, "CancelledError", "cancelled by the caller")
            }
            Self::Expired(Class::Other) => {
                Error::new(Class::Other, phase, "TimeoutError", "the caller stopped waiting")
            }
            Self::Expired(_) if !policy.names_timeouts => closed(phase),
            Self::Expired(class) => {
                let limit = class.word().replace('-', " ");
                Error::new(class, phase, "TimeoutError", format!("timed out ({limit})"))
            }
        }
    }
}

fn closed(phase: Phase) -> Error {
    Error::new(Class::Closed, phase, "RemoteDisconnected", "Remote end closed connection without response")
}

fn io_error(cause: io::Error, phase: Phase, policy: &Policy) -> Error {
    use io::ErrorKind as Kind;
    let class = match cause.kind() {
        Kind::ConnectionReset | Kind::BrokenPipe | Kind::ConnectionAborted | Kind::NotConnected => {
            if policy.tells_end_from_reset { Class::Reset } else { Class::Closed }
        }
        Kind::TimedOut => Class::ConnectTimeout,
        Kind::HostUnreachable | Kind::NetworkUnreachable => Class::Unreachable,
        _ => Class::Other,
    };
    let name = if phase == Phase::Send { "URLError" } else { "ConnectionResetError" };
    Error::new(class, phase, name, cause.to_string()).because(cause)
}

/// The means to give up a call from elsewhere. Also wakes whoever waits for something else.
#[derive(Debug)]
pub struct Cancellation {
    cancelled: AtomicBool,
    reader: PipeReader,
    writer: Mutex<Option<PipeWriter>>,
}

impl Cancellation {
    /// Nothing is cancelled yet.
    pub fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { cancelled: AtomicBool::new(false), reader, writer: Mutex::new(Some(writer)) })
    }

    /// Gives up the call, wherever it is.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        // The end of the pipe is what wakes a poll.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Whether the call was given up.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_limit_gives_its_name() {
        let limits = Limits {
            read: Some(Duration::from_secs(5)),
            head: Some(Duration::from_secs(3)),
            total: Some(Duration::from_secs(4)),
            ..Limits::default()
        };
        let timers = Timers::start(limits, None, &Arc::default());
        assert_eq!(timers.head().until.unwrap().1, Class::HeadTimeout);
        assert_eq!(timers.content().until.unwrap().1, Class::TotalTimeout);
        assert!(!Timers::none().content().is_limited());
    }

    #[test]
    fn cancelling_ends_a_sleep() {
        let cancellation = Arc::new(Cancellation::new().unwrap());
        let timers = Timers::start(Limits::default(), Some(Arc::clone(&cancellation)), &Arc::default());
        std::thread::scope(|scope| {
            let sleeper = scope.spawn(|| timers.anything().sleep(Duration::from_mins(1)));
            cancellation.cancel();
            assert!(matches!(sleeper.join().unwrap(), Err(Fault::Cancelled)));
        });
    }
}
