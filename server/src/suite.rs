//! Stages scripts: binds, serves, and hands back what was seen.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, mpsc::Sender},
    time::{Duration, Instant},
};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    case::{Case, Server},
    door::{Door, Room},
    events::Event,
    listen::{self, Bound, Held},
    script::{Gate, Script},
    seen::{Address, Seen, ServerSeen},
};

/// The runtime that serves any number of cases, one after the other or at once.
///
/// What it staged is served no more once it is dropped.
#[derive(Debug)]
pub struct Suite {
    /// Always there; taken when dropped.
    runtime: Option<Runtime>,
}

impl Suite {
    /// Starts this many worker threads, at least one.
    ///
    /// # Errors
    /// Where the operating system has no threads or no event queue to give.
    pub fn start(threads: usize) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("wireproof-server")
            .enable_io()
            .enable_time()
            .build()?;
        Ok(Self { runtime: Some(runtime) })
    }

    /// Binds everything a script names, on the caller's thread, and serves it.
    ///
    /// # Errors
    /// Where an address cannot be bound: a fixed port in use, no IPv6, no sockets left.
    pub fn stage(&self, script: Script) -> io::Result<Staged> {
        self.stage_for(script, None)
    }

    /// Like [`Suite::stage`], and tells what happens while it happens.
    ///
    /// # Errors
    /// As for [`Suite::stage`].
    pub fn stage_narrated(&self, script: Script, narrator: Sender<Event>) -> io::Result<Staged> {
        self.stage_for(script, Some(narrator))
    }

    fn stage_for(&self, script: Script, narrator: Option<Sender<Event>>) -> io::Result<Staged> {
        let runtime = self.runtime.as_ref().map(Runtime::handle).ok_or(io::ErrorKind::NotConnected)?;
        Staged::new(runtime, script, narrator)
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Not waited for: a dropped suite must not hang on a coding in full swing.
            runtime.shutdown_background();
        }
    }
}

/// The servers of one script, bound and serving. Dropping it closes every socket at once.
#[derive(Debug)]
pub struct Staged {
    case: Arc<Case>,
    doors: Vec<Arc<Door>>,
    gates: Vec<SocketAddr>,
    /// Kept for as long as the servers are.
    held: Vec<Held>,
}

impl Staged {
    fn new(runtime: &Handle, script: Script, narrator: Option<Sender<Event>>) -> io::Result<Self> {
        let mut bound = Vec::with_capacity(script.servers.len());
        for server in &script.servers {
            bound.push(Bound::new(&server.name, &server.listen)?);
        }
        let addresses = bound.iter().map(|bound| bound.address.clone()).collect();
        let targets = bound.iter().map(|bound| bound.target.clone()).collect();
        let servers = script.servers.into_iter().map(Server::new).collect();
        let case = Arc::new(Case::new(runtime.clone(), servers, addresses, targets, narrator));
        let mut staged =
            Self { case: Arc::clone(&case), doors: Vec::new(), gates: Vec::new(), held: Vec::new() };
        let _within = runtime.enter();
        for (index, bound) in bound.into_iter().enumerate() {
            for socket in bound.accepting {
                staged.doors.push(Door::new(socket, &case, Room::Server(index))?);
            }
            staged.held.push(bound.held);
        }
        staged.add_gates(script.gates)?;
        Ok(staged)
    }

    fn add_gates(&mut self, gates: Vec<Gate>) -> io::Result<()> {
        if gates.is_empty() {
            return Ok(());
        }
        let mut doors = Vec::with_capacity(gates.len());
        for gate in gates {
            let (socket, at) = listen::any_port()?;
            let door = Door::new(socket, &self.case, Room::Gate { open: false.into() })?;
            self.gates.push(at);
            doors.push((gate, Arc::downgrade(&door)));
            self.doors.push(door);
        }
        self.case.set_gates(doors);
        Ok(())
    }

    /// Where the servers are, in the order of the script.
    pub fn addresses(&self) -> &[Address] {
        &self.case.addresses
    }

    /// Where the gates are, in the order of the script.
    pub fn gates(&self) -> &[SocketAddr] {
        &self.gates
    }

    /// The moment that all times in [`Seen`] are counted from.
    pub fn started(&self) -> Instant {
        self.case.started
    }

    /// What can stop these servers while somebody waits for them.
    pub fn stopper(&self) -> Stopper {
        Stopper { case: Arc::clone(&self.case), doors: self.doors.clone() }
    }

    /// Takes what was seen, once the client has answered.
    ///
    /// Everything the client did before is in it, accepted or not, read or not. Waits until every connection
    /// has ended, but no longer than `patience`; what is still open then is [`Ended::Open`](crate::seen::Ended::Open).
    /// Blocks: not for use within an async runtime.
    pub fn finish(self, patience: Duration) -> Seen {
        let doors = &self.doors;
        for door in doors {
            door.let_in();
        }
        self.case.wait_for_rest(patience, |connections| {
            for connection in connections {
                connection.drain();
            }
            connections.iter().all(|connection| connection.tap().rests())
        });
        self.seen()
    }

    fn seen(&self) -> Seen {
        let mut servers: Vec<_> = self
            .case
            .addresses
            .iter()
            .map(|address| ServerSeen { name: address.server.clone(), connections: Vec::new() })
            .collect();
        for connection in &*self.case.connections() {
            connection.drain();
            let empty = crate::tap::Tap::new(Duration::ZERO).seen;
            let seen = std::mem::replace(&mut connection.tap().seen, empty);
            servers[connection.server_index()].connections.push(seen);
        }
        for server in &mut servers {
            // The silent ones last, in the order they were opened.
            server.connections.sort_by_key(|seen| (seen.number.unwrap_or(u64::MAX), seen.opened));
        }
        Seen { servers, faults: self.case.take_faults() }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        self.stopper().stop();
        self.case.connections().clear();
    }
}

/// Stops servers from another thread, without taking what they saw.
#[derive(Debug, Clone)]
pub struct Stopper {
    case: Arc<Case>,
    doors: Vec<Arc<Door>>,
}

impl Stopper {
    /// Closes every socket at once: whoever waits for one of these servers waits no more.
    pub fn stop(&self) {
        for door in &self.doors {
            door.close();
        }
        for connection in &*self.case.connections() {
            connection.stop();
        }
    }
}
