//! One connection and the requests on it, step by step, in the shape of `http.client.HTTPConnection`.
//!
//! ```text
//! Idle ── putrequest ──▶ Started ── putheader*, endheaders, send* ──▶ Sent ── getresponse, read* ──▶ Idle
//! ```

use std::{io, sync::Arc, time::Instant};

use super::{
    chunked::Decoder,
    dial::Dialler,
    error::{Class, Error, Phase, Result},
    fields::Fields,
    head::ResponseHead,
    incoming::Incoming,
    policy::Policy,
    timeouts::{Patience, Timers},
    transport::Transport,
};

mod content;
mod heads;
mod sending;
mod tunnel;

use sending::write_field;
pub use sending::{Progress, check_field, check_request_line};
pub use tunnel::Tunnel;

/// Puts TLS on a transport. The seam for it: none is built in yet.
pub trait Tls: Send + Sync + std::fmt::Debug {
    /// Does the handshake with this host.
    ///
    /// # Errors
    /// `tls`, `certificate`, or what the transport reports, in phase connect.
    fn wrap(
        &self,
        transport: Box<dyn Transport>,
        host: &str,
        patience: &Patience<'_>,
    ) -> Result<Box<dyn Transport>>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Started,
    Sent,
    /// The head was read, its content not to the end.
    Answered,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Idle => "Idle",
            Self::Started => "Request-started",
            Self::Sent | Self::Answered => "Request-sent",
        }
    }
}

#[derive(Debug)]
enum Content {
    Done,
    Length(u64),
    Chunked(Box<Decoder>),
    UntilEnd,
}

/// A connection to an origin or a proxy. Opened by the first request.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the exchange at hand")]
pub struct HttpConnection {
    policy: Arc<Policy>,
    dialler: Dialler,
    host: String,
    port: u16,
    tunnel: Option<Tunnel>,
    secure: bool,
    tls: Option<Arc<dyn Tls>>,
    /// Whether the first request opens it; otherwise [`HttpConnection::connect`] must.
    pub auto_open: bool,
    /// The most bytes of a response's head.
    pub head_limit: usize,
    transport: Option<Box<dyn Transport>>,
    timers: Timers,
    state: State,
    method: String,
    asks_upgrade: bool,
    outgoing: Vec<u8>,
    incoming: Incoming,
    content: Content,
    trailers: Fields,
    interim: Vec<ResponseHead>,
    answered_early: bool,
    persists: bool,
    /// No request is to follow the current one.
    last: bool,
    exchanges: u64,
}

impl HttpConnection {
    /// A connection to be made to this host and port.
    pub fn new(host: &str, port: u16, dialler: Dialler, policy: Arc<Policy>) -> Self {
        Self {
            head_limit: policy.head_limit,
            policy,
            dialler,
            host: host.to_owned(),
            port,
            tunnel: None,
            secure: false,
            tls: None,
            auto_open: true,
            transport: None,
            timers: Timers::none(),
            state: State::Idle,
            method: String::new(),
            asks_upgrade: false,
            outgoing: Vec::new(),
            incoming: Incoming::default(),
            content: Content::Done,
            trailers: Fields::default(),
            interim: Vec::new(),
            answered_early: false,
            persists: true,
            last: false,
            exchanges: 0,
        }
    }

    /// The limits of time from now on.
    pub fn set_timers(&mut self, timers: Timers) {
        self.timers = timers;
    }

    /// The limits of time.
    pub fn timers(&self) -> &Timers {
        &self.timers
    }

    /// TLS is spoken, at the far end of the tunnel if there is one.
    pub fn set_secure(&mut self, tls: Option<Arc<dyn Tls>>) {
        (self.secure, self.tls) = (true, tls);
    }

    /// The connection is to lead through a tunnel.
    ///
    /// # Errors
    /// `other` (`RuntimeError`) once it is connected.
    pub fn set_tunnel(&mut self, tunnel: Tunnel) -> Result<()> {
        if self.transport.is_some() {
            let text = "Can't set up tunnel for established connection";
            return Err(Error::new(Class::Other, Phase::Prepare, "RuntimeError", text));
        }
        self.tunnel = Some(tunnel);
        Ok(())
    }

    /// The next request is the last one on it.
    pub fn set_last(&mut self) {
        self.last = true;
    }

    /// Whether it has carried a request before.
    pub fn is_reused(&self) -> bool {
        self.exchanges > 1
    }

    /// Interim responses to the current request.
    pub fn take_interim(&mut self) -> Vec<ResponseHead> {
        std::mem::take(&mut self.interim)
    }

    /// The trailer fields of the response just read.
    pub fn take_trailers(&mut self) -> Fields {
        std::mem::take(&mut self.trailers)
    }

    /// Makes the connection, its tunnel and TLS on it.
    ///
    /// # Errors
    /// Those of [`Dialler::dial`]; `proxy` (or `auth` after 407) where a tunnel is refused.
    pub fn connect(&mut self) -> Result<()> {
        let begun = Instant::now();
        let patience = self.timers.connecting(begun);
        let host = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host);
        self.transport = Some(self.dialler.dial(host, self.port, &self.policy, &patience)?);
        if let Some(tunnel) = self.tunnel.clone() {
            self.open_tunnel(&tunnel, begun).inspect_err(|_| self.transport = None)?;
        }
        if self.secure && self.policy.insists_on_tls {
            self.start_tls(begun)?;
        }
        Ok(())
    }

    /// Whether the content of the response has been read to its end.
    pub fn is_complete(&self) -> bool {
        self.state == State::Idle
    }

    /// Whether another request may follow on it: idle, asked to persist, nothing left over.
    pub fn is_reusable(&self) -> bool {
        self.state == State::Idle
            && self.persists
            && !self.last
            && self.transport.is_some()
            && self.exchanges > 0
    }

    /// Whether bytes, or the end, came while it was idle: then it is of no use (RFC 9112 6.3).
    pub fn is_stale(&self) -> bool {
        let spoken = self.transport.as_ref().is_none_or(|transport| transport.has_input());
        spoken && self.policy.checks_idle_connections
    }

    /// Whether there is something to read without waiting, or an end.
    pub fn has_input(&self) -> bool {
        !self.incoming.is_empty() || self.transport.as_ref().is_some_and(|transport| transport.has_input())
    }

    /// Whether not a byte of a response has come since the request.
    pub fn heard_nothing(&self) -> bool {
        self.incoming.is_empty() && self.interim.is_empty()
    }

    /// Takes the connection for idle in the middle of an exchange, as no conforming client does.
    pub(super) fn pretend_idle(&mut self) {
        (self.state, self.persists, self.content) = (State::Idle, true, Content::Done);
    }

    /// Takes a request for sent whose response is the next to come, as only a pipelining client does.
    pub(super) fn pretend_sent(&mut self, method: &str) {
        (self.state, self.content) = (State::Sent, Content::Done);
        method.clone_into(&mut self.method);
    }

    /// Closes it. A request may open it again.
    pub fn close(&mut self) {
        self.transport = None;
        self.incoming = Incoming::default();
        (self.state, self.content) = (State::Idle, Content::Done);
    }
}

/// An open transport, or the error there is without one.
fn open(transport: &mut Option<Box<dyn Transport>>) -> Result<&mut dyn Transport> {
    match transport {
        Some(transport) => Ok(transport.as_mut()),
        None => Err(Error::new(Class::Other, Phase::Prepare, "NotConnected", "not connected")),
    }
}

fn state_error(name: &'static str, state: State) -> Error {
    Error::new(Class::Other, Phase::Prepare, name, state.name())
}

fn disconnected(phase: Phase) -> Error {
    let text = "Remote end closed connection without response";
    Error::new(Class::Closed, phase, "RemoteDisconnected", text)
        .because(io::Error::from(io::ErrorKind::UnexpectedEof))
}
