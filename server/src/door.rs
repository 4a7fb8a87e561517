//! A listening socket and what becomes of those who knock.
//!
//! There is no accept task: the runtime's wake-up of the socket accepts by itself. That saves a task, two
//! wake-ups and two thread switches a case, which is as much as the rest of a plain case costs.

use std::{
    io,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use socket2::Socket;
use tokio::io::{Interest, unix::AsyncFd};

use crate::{case::Case, connection::Connection, listen, stream, stream::Stream};

/// A listening socket.
#[derive(Debug)]
pub(crate) struct Door {
    listener: AsyncFd<Socket>,
    case: Weak<Case>,
    leads_to: Room,
    waker: Waker,
}

/// Where a door leads to.
#[derive(Debug)]
pub(crate) enum Room {
    /// To the server with this index.
    Server(usize),
    /// Nowhere: who comes waits in the queue until the gate is open, and is then let go.
    Gate { open: AtomicBool },
}

struct Bell(Weak<Door>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        if let Some(door) = self.0.upgrade() {
            door.watch();
        }
    }
}

impl Door {
    /// Opens a door. Must be called within the runtime.
    pub(crate) fn new(listener: Socket, case: &Arc<Case>, leads_to: Room) -> io::Result<Arc<Self>> {
        let listener = stream::register(listener, Interest::READABLE)?;
        let door = Arc::new_cyclic(|me| Self {
            listener,
            case: Arc::downgrade(case),
            leads_to,
            waker: Arc::new(Bell(Weak::clone(me))).into(),
        });
        door.watch();
        Ok(door)
    }

    /// Lets in who waits, and asks to be woken for the next.
    fn watch(&self) {
        let mut cx = Context::from_waker(&self.waker);
        // An error here says that the runtime is gone, and with it the case.
        while let Poll::Ready(Ok(mut guard)) = self.listener.poll_read_ready(&mut cx) {
            if guard.ready().is_read_closed() {
                // The door was closed, which would be news for ever.
                return;
            }
            self.let_in();
            guard.clear_ready();
        }
    }

    /// Accepts until nobody waits.
    pub(crate) fn let_in(&self) {
        let Some(case) = self.case.upgrade() else { return };
        match &self.leads_to {
            Room::Server(server) => self.let_in_to(&case, *server),
            Room::Gate { open } if open.load(Ordering::SeqCst) => {
                while let Some(socket) = self.accept(&case, "gate") {
                    drop(socket);
                }
            }
            Room::Gate { .. } => {}
        }
    }

    fn let_in_to(&self, case: &Arc<Case>, server: usize) {
        let _within = case.runtime.enter();
        let name = &case.servers[server].script.name;
        let mut connections = case.connections();
        while let Some(socket) = self.accept(case, name) {
            match Stream::new(socket) {
                Ok(stream) => connections.push(Connection::begin(case, server, stream)),
                Err(error) => case.fault(name, &format!("serve a connection: {error}")),
            }
        }
    }

    fn accept(&self, case: &Case, name: &str) -> Option<Socket> {
        loop {
            match listen::accept(self.listener.get_ref()) {
                Ok(socket) => return Some(socket),
                Err(error) => match error.kind() {
                    // Nobody waits, or the door was closed in this moment.
                    io::ErrorKind::WouldBlock | io::ErrorKind::InvalidInput => return None,
                    // The client was quicker.
                    io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                    _ => {
                        case.fault(name, &format!("accept: {error}"));
                        return None;
                    }
                },
            }
        }
    }

    /// Opens a gate.
    pub(crate) fn open(self: &Arc<Self>) {
        if let Room::Gate { open } = &self.leads_to {
            open.store(true, Ordering::SeqCst);
            self.let_in();
        }
    }

    /// Refuses from now on, whoever else holds the door in this moment.
    pub(crate) fn close(&self) {
        // Only Linux ends a listening socket this way; elsewhere dropping it does.
        drop(self.listener.get_ref().shutdown(std::net::Shutdown::Both));
    }
}
