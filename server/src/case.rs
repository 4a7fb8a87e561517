//! What the servers of one case share.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::Sender,
    },
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use crate::{
    connection::Connection,
    door::Door,
    events::{Event, What},
    listen::Target,
    rules::Rules,
    script::{Content, Gate, ServerScript, Step, When},
    seen::Address,
    signals::Signals,
    text::Piece,
};

/// Locks, whatever happened to whoever held the lock before: every critical section leaves whole values.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One staged script.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) started: Instant,
    pub(crate) runtime: Handle,
    pub(crate) addresses: Vec<Address>,
    pub(crate) targets: Vec<Target>,
    pub(crate) servers: Vec<Server>,
    pub(crate) signals: Signals,
    gates: Mutex<Vec<(Gate, Weak<Door>)>>,
    orders: AtomicU64,
    faults: Mutex<Vec<String>>,
    narrator: Option<Sender<Event>>,
    /// All connections so far. Accepting happens under this lock, so that none is ever between the kernel's
    /// queue and this list.
    connections: Mutex<Vec<Arc<Connection>>>,
    /// Rings when a connection has come to rest while somebody waits for that.
    rest: Condvar,
    finishing: AtomicBool,
}

/// One server of it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) script: ServerScript,
    pub(crate) rules: Mutex<Rules>,
    numbers: AtomicU64,
    /// Whether what follows a request may turn out not to be HTTP.
    pub(crate) may_go_raw: bool,
    /// Whether a rule asks for a proof, so that challenges have to be remembered.
    pub(crate) challenges: bool,
    /// Whether a rule fires on accept.
    pub(crate) greets: bool,
}

impl Server {
    pub(crate) fn new(script: ServerScript) -> Self {
        let rules = &script.rules;
        Self {
            rules: Mutex::new(Rules::new(rules.len())),
            numbers: AtomicU64::new(0),
            may_go_raw: rules.iter().any(|rule| goes_raw(&rule.steps)),
            challenges: rules
                .iter()
                .any(|rule| matches!(&rule.when, When::Request(conditions) if conditions.proves.is_some())),
            greets: rules.iter().any(|rule| rule.when == When::Accept),
            script,
        }
    }

    /// The next number of a connection.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Whether the bytes that follow a request are not HTTP while these steps run.
pub(crate) fn goes_raw(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Tunnel(_) | Step::Receive(_) => true,
        Step::Reply(reply) => reply.status == 101,
        Step::Send(content) => starts_with_101(content),
        Step::Repeat { steps, .. } => goes_raw(steps),
        _ => false,
    })
}

fn starts_with_101(content: &Content) -> bool {
    match content {
        Content::Text(text) => match text.0.first() {
            Some(Piece::Bytes(bytes)) => bytes.starts_with(b"HTTP/1.1 101"),
            _ => false,
        },
        Content::Joined(members) => members.first().is_some_and(starts_with_101),
        _ => false,
    }
}

impl Case {
    pub(crate) fn new(
        runtime: Handle,
        servers: Vec<Server>,
        addresses: Vec<Address>,
        targets: Vec<Target>,
        narrator: Option<Sender<Event>>,
    ) -> Self {
        Self {
            started: Instant::now(),
            runtime,
            addresses,
            targets,
            servers,
            signals: Signals::default(),
            gates: Mutex::default(),
            orders: AtomicU64::new(0),
            faults: Mutex::default(),
            narrator,
            connections: Mutex::default(),
            rest: Condvar::new(),
            finishing: AtomicBool::new(false),
        }
    }

    /// The time since the script was staged.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The next place among all requests.
    pub(crate) fn order(&self) -> u64 {
        self.orders.fetch_add(1, Ordering::Relaxed)
    }

    /// Where the server of this name is.
    pub(crate) fn target(&self, name: &str) -> Option<&Target> {
        let index = self.addresses.iter().position(|address| address.server == name)?;
        self.targets.get(index)
    }

    /// Something went wrong on our side.
    pub(crate) fn fault(&self, server: &str, what: &str) {
        self.tell(server, None, || What::Fault(what.to_owned()));
        lock(&self.faults).push(format!("server `{server}` failed to {what}"));
    }

    pub(crate) fn take_faults(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.faults))
    }

    /// Tells the narrator, if there is one who still listens.
    pub(crate) fn tell(&self, server: &str, connection: Option<u64>, what: impl FnOnce() -> What) {
        if let Some(narrator) = &self.narrator {
            let event = Event { at: self.now(), server: server.to_owned(), connection, what: what() };
            // A narrator who has left is nobody's fault.
            drop(narrator.send(event));
        }
    }

    /// The gates open when their signals have been given.
    pub(crate) fn set_gates(&self, gates: Vec<(Gate, Weak<Door>)>) {
        for (gate, door) in &gates {
            if self.signals.count(&gate.signal) >= gate.times {
                door.upgrade().inspect(Door::open);
            }
        }
        *lock(&self.gates) = gates;
    }

    /// Gives a signal, and opens the gates that waited for it.
    pub(crate) fn signal(&self, name: &str) {
        let count = self.signals.give(name);
        for (gate, door) in &*lock(&self.gates) {
            if gate.signal == name && count >= gate.times {
                door.upgrade().inspect(Door::open);
            }
        }
    }

    pub(crate) fn connections(&self) -> MutexGuard<'_, Vec<Arc<Connection>>> {
        lock(&self.connections)
    }

    /// Whether `finish` waits for connections to come to rest.
    pub(crate) fn is_finishing(&self) -> bool {
        self.finishing.load(Ordering::SeqCst)
    }

    /// A connection has come to rest. Must not be called with a tap locked.
    pub(crate) fn rests(&self) {
        if self.is_finishing() {
            // With the lock: whoever waits has either not looked yet, or sleeps already.
            let _looked = self.connections();
            self.rest.notify_all();
        }
    }

    /// Waits until `all` connections say so, asked again whenever one has come to rest, or until `patience`
    /// has passed.
    pub(crate) fn wait_for_rest(&self, patience: Duration, mut all: impl FnMut(&[Arc<Connection>]) -> bool) {
        self.finishing.store(true, Ordering::SeqCst);
        let end = Instant::now() + patience;
        let mut connections = self.connections();
        while !all(&connections) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.rest.wait_timeout(connections, left);
            connections = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
