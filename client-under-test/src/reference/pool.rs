//! Connections that are kept for the next request (RFC 9112 9.3).

use std::{
    collections::HashMap,
    mem,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{
    connection::HttpConnection,
    error::{Class, Error, Phase, Result},
    policy::Policy,
    timeouts::Timers,
};

/// What a connection is kept under: nobody gets one that leads elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// http or https.
    pub scheme: String,
    /// Whom the requests are for, in lower case; a plain proxy serves all hosts.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// The proxy between, if there is one: host, port, and who uses it.
    pub proxy: Option<String>,
    /// The Unix socket, if it is one.
    pub socket: Option<PathBuf>,
}

#[derive(Debug)]
struct Idle {
    connection: HttpConnection,
    since: Instant,
}

#[derive(Debug, Default)]
struct Shelves {
    idle: HashMap<Key, Vec<Idle>>,
    /// Lent or idle, by host.
    open: HashMap<Key, usize>,
    closed: bool,
}

/// The pool of a session. Threads share it.
#[derive(Debug)]
pub struct Pool {
    shelves: Mutex<Shelves>,
    freed: Condvar,
    /// The most connections to one host. None: any number.
    limit: Option<usize>,
    idle_timeout: Option<Duration>,
    policy: Arc<Policy>,
}

impl Pool {
    /// An empty pool.
    pub fn new(limit: Option<usize>, idle_timeout: Option<Duration>, policy: Arc<Policy>) -> Arc<Self> {
        Arc::new(Self {
            shelves: Mutex::default(),
            freed: Condvar::new(),
            limit: limit.filter(|_| policy.obeys_pool_limit),
            idle_timeout: idle_timeout.filter(|_| policy.obeys_idle_timeout),
            policy,
        })
    }

    /// Lends a connection: an idle one that is still good, unless `fresh`, else a new one. Waits where the
    /// limit is reached.
    ///
    /// # Errors
    /// A timeout or the cancellation of the call, in phase connect.
    pub fn lend(
        self: &Arc<Self>,
        key: Key,
        fresh: bool,
        timers: &Timers,
        new: impl FnOnce() -> HttpConnection,
    ) -> Result<Lease> {
        /// The limits of the call are looked at that often while another call has the connection.
        const LOOK: Duration = Duration::from_millis(20);
        let begun = Instant::now();
        let mut shelves = self.lock();
        let connection = loop {
            if let Some(connection) = self.take_idle(&mut shelves, &key, fresh) {
                break connection;
            }
            let open = shelves.open.entry(key.clone()).or_default();
            if self.limit.is_none_or(|limit| *open < limit) {
                *open += 1;
                break new();
            }
            let patience = timers.connecting(begun);
            patience.check().map_err(|fault| fault.error(Phase::Connect, &self.policy))?;
            shelves = self.freed.wait_timeout(shelves, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        };
        drop(shelves);
        let mut lease = Lease { connection: Some(connection), pool: Arc::clone(self), key };
        lease.connection_mut().set_timers(timers.clone());
        Ok(lease)
    }

    /// The latest idle connection that has neither been spoken to nor been idle for too long.
    fn take_idle(&self, shelves: &mut Shelves, key: &Key, fresh: bool) -> Option<HttpConnection> {
        let kept = shelves.idle.get_mut(key)?;
        let mut dropped = 0;
        let mut found = None;
        while let Some(Idle { connection, since }) = kept.pop() {
            let overdue = self.idle_timeout.is_some_and(|most| since.elapsed() >= most);
            if fresh || overdue || connection.is_stale() {
                dropped += 1;
            } else {
                found = Some(connection);
                break;
            }
        }
        if let Some(open) = shelves.open.get_mut(key) {
            *open = open.saturating_sub(dropped);
        }
        found
    }

    fn take_back(&self, key: &Key, connection: Option<HttpConnection>) {
        let mut shelves = self.lock();
        match connection {
            Some(connection) if !shelves.closed => {
                let idle = Idle { connection, since: Instant::now() };
                shelves.idle.entry(key.clone()).or_default().push(idle);
            }
            _ => {
                if let Some(open) = shelves.open.get_mut(key) {
                    *open = open.saturating_sub(1);
                }
            }
        }
        drop(shelves);
        if self.limit.is_some() {
            self.freed.notify_one();
        }
    }

    /// Closes all idle connections; those still lent are closed when they come back.
    pub fn close(&self) {
        /// So long a leaking client keeps its connections at least.
        const LEAK: Duration = Duration::from_secs(5);
        let idle = {
            let mut shelves = self.lock();
            shelves.closed = true;
            mem::take(&mut shelves.idle)
        };
        if !self.policy.closes_with_session {
            thread::spawn(move || {
                thread::sleep(LEAK);
                drop(idle);
            });
        }
    }

    /// Forgets all idle connections, though the session goes on.
    pub(super) fn clear(&self) {
        self.lock().idle.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on loan. Dropping it closes the connection.
#[derive(Debug)]
pub struct Lease {
    connection: Option<HttpConnection>,
    pool: Arc<Pool>,
    key: Key,
}

impl Lease {
    /// The connection.
    #[expect(clippy::expect_used, reason = "it is taken only where the lease ends")]
    pub fn connection(&self) -> &HttpConnection {
        self.connection.as_ref().expect("a lease that has not ended")
    }

    /// The connection.
    #[expect(clippy::expect_used, reason = "it is taken only where the lease ends")]
    pub fn connection_mut(&mut self) -> &mut HttpConnection {
        self.connection.as_mut().expect("a lease that has not ended")
    }

    /// The exchange is complete: the connection is kept if it persists.
    pub fn give_back(mut self) {
        let policy = &self.pool.policy;
        let kept =
            self.connection.take().filter(|connection| connection.is_reusable() && policy.keeps_connections);
        self.pool.take_back(&self.key, kept);
    }

    /// The exchange failed: the connection is closed, unless the policy is not to.
    pub fn give_up(mut self, error: &Error) {
        let policy = &self.pool.policy;
        let closes = if error.class.is_timeout() {
            policy.closes_after_timeout
        } else if error.class == Class::Cancelled {
            policy.closes_after_cancel
        } else {
            policy.closes_after_error
        };
        if let Some(mut connection) = self.connection.take_if(|_| !closes) {
            connection.pretend_idle();
            self.pool.take_back(&self.key, Some(connection));
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // The socket is closed before its place is given away.
            drop(connection);
            self.pool.take_back(&self.key, None);
        }
    }
}
