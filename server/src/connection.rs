//! One connection: its task reads in the background while its engine answers.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, OnceLock},
    task::{Context, Poll},
};

use socket2::Socket;
use tokio::{
    task::AbortHandle,
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    case::{Case, Server, lock},
    events::What,
    polite,
    script::{Engine, Reading},
    seen::{ConnectionSeen, Ended},
    stream::Stream,
    tap::Tap,
    wire,
};

/// One connection of a server.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) case: Arc<Case>,
    server: usize,
    tap: Mutex<Tap>,
    /// The socket, until its task is done with it.
    stream: Mutex<Option<Arc<Stream>>>,
    task: OnceLock<AbortHandle>,
}

/// What an engine wants done with the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    /// FIN, then read on until the client ends.
    Close,
    /// RST.
    Reset,
    /// Nothing, until the client ends.
    Stall,
}

/// How often a connection reads before others have their turn.
const READS_A_TURN: usize = 32;

impl Connection {
    /// Serves a connection. Must be called within the runtime.
    pub(crate) fn begin(case: &Arc<Case>, server: usize, stream: Stream) -> Arc<Self> {
        let stream = Arc::new(stream);
        let connection = Arc::new(Self {
            case: Arc::clone(case),
            server,
            tap: Mutex::new(Tap::new(case.now())),
            stream: Mutex::new(Some(Arc::clone(&stream))),
            task: OnceLock::new(),
        });
        if connection.server().may_go_raw {
            lock(&connection.tap).parser.set_limit(Some(1));
        }
        connection.tell(&connection.tap(), || What::Accepted);
        let task = case.runtime.spawn(Arc::clone(&connection).serve(stream));
        // Set once, here.
        drop(connection.task.set(task.abort_handle()));
        connection
    }

    pub(crate) fn server(&self) -> &Server {
        &self.case.servers[self.server]
    }

    pub(crate) fn server_index(&self) -> usize {
        self.server
    }

    pub(crate) fn name(&self) -> &str {
        &self.server().script.name
    }

    pub(crate) fn tap(&self) -> MutexGuard<'_, Tap> {
        lock(&self.tap)
    }

    pub(crate) fn tell(&self, tap: &Tap, what: impl FnOnce() -> What) {
        self.case.tell(self.name(), tap.seen.number, what);
    }

    /// Something went wrong on our side.
    pub(crate) fn fault(&self, what: &str) {
        self.case.fault(self.name(), what);
    }

    async fn serve(self: Arc<Self>, stream: Arc<Stream>) {
        let mut reader = Reader::default();
        let finish = match self.server().script.engine {
            Engine::Wire => self.alongside(&stream, &mut reader, wire::serve(&self, &stream)).await,
            Engine::Polite => self.alongside(&stream, &mut reader, polite::serve(&self, &stream)).await,
        };
        match finish {
            Finish::Reset => self.reset(stream),
            Finish::Close | Finish::Stall => {
                if finish == Finish::Close {
                    self.set_reading(Reading::Eager);
                    self.send_fin(&stream);
                }
                let client_ends =
                    std::future::poll_fn(
                        |_| if self.tap().input_over { Poll::Ready(()) } else { Poll::Pending },
                    );
                self.alongside(&stream, &mut reader, client_ends).await;
                lock(&self.stream).take();
            }
        }
        let mut tap = self.tap();
        tap.done = true;
        tap.unsettled = false;
        drop(tap);
        self.case.rests();
    }

    /// Runs `engine` while reading goes on, in this task: reading first, so that the engine knows what came.
    async fn alongside<T>(&self, stream: &Stream, reader: &mut Reader, engine: impl Future<Output = T>) -> T {
        let mut engine = pin!(engine);
        std::future::poll_fn(|cx| {
            loop {
                let reading = self.tap().reading;
                reader.poll(self, stream, reading, cx);
                if let Poll::Ready(done) = engine.as_mut().poll(cx) {
                    return Poll::Ready(done);
                }
                if self.tap().reading == reading {
                    break;
                }
            }
            self.settle();
            Poll::Pending
        })
        .await
    }

    /// The engine has looked at all that came.
    fn settle(&self) {
        let mut tap = self.tap();
        if std::mem::take(&mut tap.unsettled) && tap.seen.ended != Ended::Open {
            drop(tap);
            self.case.rests();
        }
    }

    /// How bytes are read from now on.
    pub(crate) fn set_reading(&self, reading: Reading) {
        self.tap().reading = reading;
    }

    /// FIN.
    pub(crate) fn send_fin(&self, stream: &Stream) {
        let mut tap = self.tap();
        // Fails where the client has reset the connection, which reading reports.
        drop(stream.shutdown_write());
        self.end(&mut tap, Ended::Server);
    }

    fn end(&self, tap: &mut Tap, who: Ended) {
        if tap.end(who, self.case.now()) {
            self.tell(tap, || What::Ended(who));
        }
    }

    fn reset(&self, stream: Arc<Stream>) {
        // Not under one lock: who drains locks the socket first, then the tap.
        self.end(&mut self.tap(), Ended::ServerReset);
        if let Err(error) = stream.reset_on_close() {
            self.fault(&format!("reset a connection: {error}"));
        }
        drop(stream);
        lock(&self.stream).take();
    }

    /// Reads at most `most` bytes into the tap; room and bytes that came.
    fn read(&self, socket: &Socket, most: usize) -> io::Result<(usize, usize)> {
        let mut tap = self.tap();
        let read = tap.receive(most, |buffer| Stream::read_from(socket, buffer));
        match &read {
            Ok((_, 0)) => self.input_ends(&mut tap, Ended::Client),
            Ok(_) => self.absorb(&mut tap),
            Err(error) => self.input_fails(&mut tap, error.kind()),
        }
        read
    }

    /// Reads and throws away; how many bytes came.
    fn discard(&self, socket: &Socket) -> io::Result<(usize, usize)> {
        let mut scratch = [0; 4096];
        let mut tap = self.tap();
        let read = Stream::read_from(socket, &mut scratch);
        match &read {
            Ok(0) => self.input_ends(&mut tap, Ended::Client),
            Ok(_) => {}
            Err(error) => self.input_fails(&mut tap, error.kind()),
        }
        read.map(|came| (scratch.len(), came))
    }

    fn input_fails(&self, tap: &mut Tap, kind: io::ErrorKind) {
        match kind {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => {}
            // The reset followed a FIN.
            io::ErrorKind::BrokenPipe => self.input_ends(tap, Ended::Client),
            _ => self.input_ends(tap, Ended::ClientReset),
        }
    }

    fn input_ends(&self, tap: &mut Tap, who: Ended) {
        tap.input_over = true;
        tap.unsettled = true;
        self.end(tap, who);
    }

    /// Reads requests in what came.
    pub(crate) fn absorb(&self, tap: &mut Tap) {
        if tap.seen.number.is_none() {
            tap.seen.number = Some(self.server().number());
        }
        let now = self.case.now();
        let (known, complete) =
            (tap.seen.requests.len(), tap.seen.requests.last().is_some_and(|last| last.complete));
        let Tap { seen: ConnectionSeen { received, requests, .. }, parser, .. } = tap;
        parser.advance(received, now, requests);
        for request in &mut requests[known..] {
            request.order = self.case.order();
        }
        let first = if complete { known } else { known.saturating_sub(1) };
        for (index, request) in tap.seen.requests.iter().enumerate().skip(first) {
            if index >= known {
                let line = tap.seen.received[request.head.clone()].split(|byte| *byte == b'\n').next();
                self.tell(tap, || What::Head(line.unwrap_or_default().trim_ascii_end().to_vec()));
            }
            if request.complete {
                self.tell(tap, || What::Complete(request.body.len() as u64));
            }
        }
        if tap.seen.requests.len() > known {
            self.case.signals.ring();
        }
    }

    /// Writes all of `bytes`; `answers` is the request whose answer they are part of.
    ///
    /// An error says that the client has gone.
    pub(crate) async fn write(
        &self,
        stream: &Stream,
        mut bytes: &[u8],
        answers: Option<usize>,
    ) -> Result<(), Gone> {
        while !bytes.is_empty() {
            let wrote = std::future::poll_fn(|cx| self.poll_write(stream, cx, bytes, answers)).await?;
            bytes = &bytes[wrote..];
        }
        Ok(())
    }

    /// Writes what there is room for.
    pub(crate) fn poll_write(
        &self,
        stream: &Stream,
        cx: &mut Context<'_>,
        bytes: &[u8],
        answers: Option<usize>,
    ) -> Poll<Result<usize, Gone>> {
        stream
            .poll_write_with(cx, |socket| {
                let mut tap = self.tap();
                let wrote = Stream::write_to(socket, bytes)?;
                tap.sent(&bytes[..wrote]);
                if let (Some(request), true) = (answers, wrote == bytes.len()) {
                    tap.answered(request, self.case.now());
                }
                Ok(wrote)
            })
            .map_err(|error| {
                let mut tap = self.tap();
                // EPIPE: a FIN came before the reset, read or not, or this end was noticed already.
                let reset = error.kind() == io::ErrorKind::ConnectionReset;
                self.end(&mut tap, if reset { Ended::ClientReset } else { Ended::Client });
                Gone
            })
    }

    /// Takes what waits in the kernel, from a plain thread, while the task may be doing the same.
    pub(crate) fn drain(&self) {
        let slot = lock(&self.stream);
        let Some(stream) = slot.as_ref() else { return };
        let unread = self.tap().reading == Reading::None;
        let read =
            |socket: &Socket| if unread { self.discard(socket) } else { self.read(socket, usize::MAX) };
        while !self.tap().input_over {
            match read(stream.socket()) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Ends everything at once.
    pub(crate) fn stop(&self) {
        if let Some(stream) = lock(&self.stream).take() {
            stream.shutdown();
        }
        if let Some(task) = self.task.get().filter(|_| !self.tap().done) {
            task.abort();
        }
    }
}

/// The client has gone: nothing can be written any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// The reading side of a task.
#[derive(Debug, Default)]
struct Reader {
    pause: Option<Pin<Box<Sleep>>>,
    /// Nothing was read although something may be there, so the socket will not say again that it is ready.
    unread: bool,
    over: bool,
}

impl Reader {
    fn poll(&mut self, connection: &Connection, stream: &Stream, reading: Reading, cx: &mut Context<'_>) {
        for _ in 0..READS_A_TURN {
            if self.over || self.poll_once(connection, stream, reading, cx).is_pending() {
                return;
            }
        }
        cx.waker().wake_by_ref();
    }

    fn poll_once(
        &mut self,
        connection: &Connection,
        stream: &Stream,
        reading: Reading,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let read = match reading {
            Reading::Eager => self.poll_read(connection, stream, usize::MAX, cx),
            Reading::None => {
                self.unread = true;
                if stream.poll_client_end(cx).is_pending() {
                    return Poll::Pending;
                }
                stream.poll_read_with(cx, |socket| connection.discard(socket))
            }
            Reading::Slow { by, every } => {
                if let Some(pause) = &mut self.pause {
                    if pause.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    self.pause = None;
                }
                let most = usize::try_from(by).unwrap_or(usize::MAX).max(1);
                let read = self.poll_read(connection, stream, most, cx);
                if read.is_ready() {
                    self.pause = Some(Box::pin(sleep_until(Instant::now() + every)));
                }
                read
            }
        };
        read.map(|came| self.over = !matches!(came, Ok(1..)))
    }

    fn poll_read(
        &mut self,
        connection: &Connection,
        stream: &Stream,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        // Until the kernel has no more: what is left over announces itself no more than what was there.
        if self.unread {
            match connection.read(stream.socket(), most) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.unread = false,
                done => return Poll::Ready(done.map(|(_, came)| came)),
            }
        }
        stream.poll_read_with(cx, |socket| connection.read(socket, most))
    }
}
