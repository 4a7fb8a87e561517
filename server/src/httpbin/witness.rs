//! What comes and goes on one connection, seen below HTTP.
//!
//! hyper forgets how field names were spelled and in which order different ones came, so heads are read here once
//! more, by the parser of the tap. Nothing is kept but what has not been answered: the rest is the journal's.

use std::{
    collections::VecDeque,
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::{
    Shared,
    journal::{From, More},
};
use crate::{case::lock, events::What, parser::Parser, seen::Ended, seen::RequestSeen};

/// Where the control interface begins; its requests are not in the journal.
pub(super) const CONTROL: &[u8] = b"/__journal";

/// The head of a request, as it came.
#[derive(Debug)]
pub(super) struct Head {
    /// The target, as sent.
    pub(super) target: Vec<u8>,
    /// The field lines in order, names as spelled.
    pub(super) fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// Its number in the journal, if it has one.
    pub(super) number: Option<u64>,
}

/// The record of a connection.
#[derive(Debug)]
pub(super) struct Witness {
    shared: Arc<Shared>,
    from: From,
    parser: Parser,
    /// What came and is not read yet.
    received: Vec<u8>,
    /// The request that is coming.
    coming: Vec<RequestSeen>,
    /// The number of that request in the journal, once its head was kept.
    number: Option<u64>,
    /// Whether the head of that request was taken.
    begun: bool,
    /// How much of its content came.
    content: u64,
    /// What follows cannot be read as HTTP; hyper ends the connection.
    lost: bool,
    heads: VecDeque<Head>,
    ended: bool,
}

impl Witness {
    pub(super) fn new(shared: Arc<Shared>, from: From) -> Self {
        let witness = Self {
            shared,
            from,
            parser: Parser::default(),
            received: Vec::new(),
            coming: Vec::new(),
            number: None,
            begun: false,
            content: 0,
            lost: false,
            heads: VecDeque::new(),
            ended: false,
        };
        witness.tell(|| What::Accepted);
        witness
    }

    /// The head of the request that hyper has read next. There is none where the two did not agree on what a request is.
    pub(super) fn next_head(&mut self) -> Option<Head> {
        self.heads.pop_front()
    }

    /// Remembers with which status a request is being answered.
    pub(super) fn replies(&self, number: Option<u64>, status: u16) {
        if let Some(number) = number {
            self.shared.journal.answered(number, status);
        }
        self.tell(|| What::Replied(status));
    }

    fn tell(&self, what: impl FnOnce() -> What) {
        if let Some(narrator) = &self.shared.narrator {
            narrator.tell(self.shared.started.elapsed(), self.from.connection, what);
        }
    }

    /// Reads on.
    fn came(&mut self, bytes: &[u8]) {
        if self.lost {
            return;
        }
        let now = self.shared.started.elapsed();
        self.received.extend_from_slice(bytes);
        self.parser.advance(&self.received, now, &mut self.coming);
        // Taken for the loop only: their memory serves all requests of the connection.
        let (mut received, mut coming) =
            (std::mem::take(&mut self.received), std::mem::take(&mut self.coming));
        for request in &mut coming {
            self.request(&received, request);
        }
        received.drain(..self.parser.forget());
        let over = if self.begun { coming.len() - 1 } else { coming.len() };
        coming.drain(..over);
        (self.received, self.coming) = (received, coming);
    }

    /// Takes what there is of a request.
    fn request(&mut self, received: &[u8], request: &mut RequestSeen) {
        let more = More {
            content: &request.body,
            trailers: std::mem::take(&mut request.trailers),
            complete: request.complete,
            malformed: request.malformed.clone(),
        };
        let came = request.body.len() as u64;
        if self.begun {
            self.content += came;
            if let Some(number) = self.number {
                self.shared.journal.more(number, more);
            }
        } else {
            self.content = came;
            let head = &received[request.head.clone()];
            self.tell(|| {
                let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
                What::Head(line.trim_ascii_end().to_vec())
            });
            let journaled = self.shared.journal.is_on() && !request.target.starts_with(CONTROL);
            self.number =
                journaled.then(|| self.shared.journal.begin(self.from, request.head_at, head, more));
            self.heads.push_back(Head {
                target: std::mem::take(&mut request.target),
                fields: std::mem::take(&mut request.fields),
                number: self.number,
            });
        }
        self.lost |= request.malformed.is_some();
        self.begun = !request.complete && !self.lost;
        if request.complete {
            self.tell(|| What::Complete(self.content));
        }
        request.body.clear();
        request.chunks.clear();
    }

    fn ends(&mut self, who: Ended) {
        if !std::mem::replace(&mut self.ended, true) {
            self.tell(|| What::Ended(who));
        }
    }
}

/// A socket whose bytes pass a witness.
#[derive(Debug)]
pub(super) struct Witnessed {
    socket: TcpStream,
    witness: Arc<Mutex<Witness>>,
    /// How long it is waited for a client that takes nothing of what is sent.
    silence: Duration,
    /// Running while one takes nothing.
    patience: Option<Pin<Box<Sleep>>>,
}

impl Witnessed {
    pub(super) fn new(socket: TcpStream, witness: Arc<Mutex<Witness>>, silence: Duration) -> Self {
        Self { socket, witness, silence, patience: None }
    }

    fn witness(&self) -> MutexGuard<'_, Witness> {
        lock(&self.witness)
    }

    /// Looks at what came of writing.
    fn sent(&mut self, cx: &mut Context<'_>, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &wrote {
            Poll::Pending => {
                let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(self.silence)));
                ready!(patience.as_mut().poll(cx));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            Poll::Ready(Ok(_)) => self.patience = None,
            Poll::Ready(Err(error)) => self.witness().ends(who(error)),
        }
        wrote
    }
}

/// Who ended a connection on which this went wrong.
fn who(error: &io::Error) -> Ended {
    if error.kind() == io::ErrorKind::ConnectionReset { Ended::ClientReset } else { Ended::Client }
}

impl AsyncRead for Witnessed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.socket).poll_read(cx, buffer));
        let mut witness = self.witness();
        match (&read, &buffer.filled()[before..]) {
            (Ok(()), []) => witness.ends(Ended::Client),
            (Ok(()), came) => witness.came(came),
            (Err(error), _) => witness.ends(who(error)),
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Witnessed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.sent(cx, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.socket).poll_write_vectored(cx, pieces);
        self.sent(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.witness().ends(Ended::Server);
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

impl Drop for Witnessed {
    fn drop(&mut self) {
        self.witness().ends(Ended::Server);
    }
}
