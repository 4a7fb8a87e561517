//! A server with the routes of httpbin, for those who test against the public one today.
//!
//! ```text
//! socket ──▶ witness (heads as spelled, journal, narration) ──▶ hyper ──▶ service ──▶ routes (axum) ──▶ reply
//! ```
//!
//! Paths, statuses, field names and JSON are those of [httpbin](https://httpbin.org) 0.10 unless `routes` says
//! otherwise. Unlike staged servers it lives long: nothing is remembered but the journal, within its bound.
//!
//! - `witness` reads heads off the socket as they came; `journal` keeps them; `narration` tells of them.
//! - `service` reads the content, has it answered, and adds what every answer has.
//! - `asked` is a request as routes see it; `routes` is the table of them.

mod asked;
mod auth;
mod caching;
mod cookies;
mod dynamic;
mod formats;
mod inspect;
mod journal;
mod json;
mod narration;
mod paced;
mod patience;
mod redirects;
mod reply;
mod routes;
mod service;
mod status;
mod witness;

use std::{
    fmt, io,
    net::SocketAddr,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::watch,
    task::JoinHandle,
    time,
};

use crate::listen;
pub use journal::BODY_KEPT;
use journal::Journal;
pub use narration::{Narrative, Narrator, Told, narration};
pub use service::BODY_LIMIT;

/// The name of the server in events.
const NAME: &str = "httpbin";

/// More threads than this answer no faster on any machine that tests run on.
const MOST_THREADS: usize = 4;

/// How long a client may be silent.
pub const SILENCE: Duration = Duration::from_mins(1);

/// How long accepting rests where the system has no sockets left.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(50);

/// How a server is to be.
#[derive(Debug)]
pub struct Settings {
    /// Where to listen; port 0 is a free one.
    pub address: SocketAddr,
    /// How many bytes the journal may hold; 0 is no journal.
    pub journal_bytes: usize,
    /// How long a client may be silent while a request is expected of it, or the rest of one, or while it is to take
    /// what is sent; [`SILENCE`] unless there is a reason.
    pub silence: Duration,
    /// Who is told what happens.
    pub narrator: Option<Narrator>,
}

/// A server that is listening. Dropping it closes every socket at once.
pub struct Httpbin {
    address: SocketAddr,
    stop: watch::Sender<()>,
    accepting: Option<JoinHandle<()>>,
    /// Always there; taken when dropped.
    runtime: Option<Runtime>,
}

/// What its connections share.
struct Shared {
    started: Instant,
    silence: Duration,
    local: SocketAddr,
    journal: Journal,
    narrator: Option<Narrator>,
    router: Router,
    connections: AtomicU64,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("local", &self.local).finish_non_exhaustive()
    }
}

impl fmt::Debug for Httpbin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Httpbin").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Httpbin {
    /// Binds, and serves from now on.
    ///
    /// # Errors
    /// Where the address cannot be had, or the system has no threads to give.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let (socket, address) = listen::listening(settings.address)?;
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("wireproof-httpbin")
            .enable_io()
            .enable_time()
            .build()?;
        let listener = {
            let _within = runtime.enter();
            socket.set_nonblocking(true)?;
            TcpListener::from_std(socket.into())?
        };
        let shared = Arc::new(Shared {
            started: Instant::now(),
            silence: settings.silence,
            local: address,
            journal: Journal::new(settings.journal_bytes),
            narrator: settings.narrator,
            router: routes::router(&Arc::default()),
            connections: AtomicU64::new(0),
        });
        let (stop, stopped) = watch::channel(());
        let accepting = runtime.spawn(accept(listener, shared, stopped));
        Ok(Self { address, stop, accepting: Some(accepting), runtime: Some(runtime) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more, ends idle connections, and lets replies that have begun end, for as long as `patience`.
    /// Blocks: not for use within an async runtime.
    pub fn stop(mut self, patience: Duration) {
        // Nobody accepts any more, where it fails.
        let _ = self.stop.send(());
        if let (Some(runtime), Some(accepting)) = (&self.runtime, self.accepting.take()) {
            // What has not ended by then is ended by the drop.
            drop(runtime.block_on(async { time::timeout(patience, accepting).await }));
        }
    }
}

impl Drop for Httpbin {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Accepts until it is stopped, then waits for the connections to end.
async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: watch::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                let number = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
                service::begin(Arc::clone(&shared), socket, peer, number, graceful.watcher());
            }
            Err(error) if is_the_clients(&error) => {}
            // No sockets or no memory: it will pass.
            Err(_) => time::sleep(OUT_OF_SOCKETS).await,
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Whether accepting failed because the client was gone again.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
