//! What calls have in common: connections, known protection spaces, the way to connect.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{
    auth::Space,
    connection::{HttpConnection, Tls, Tunnel},
    dial::Dialler,
    error::{Class, Error, Result},
    exchange::{self, Prepared, keeps_alive},
    head::ResponseHead,
    policy::Policy,
    pool::{Key, Lease, Pool},
    proxy::ProxyServer,
    request::Request,
    response::Response,
};

/// A session: its calls share connections.
#[derive(Debug)]
pub struct Session {
    /// The decisions.
    pub policy: Arc<Policy>,
    /// How connections are made.
    pub dialler: Dialler,
    /// TLS, where there is any.
    pub tls: Option<Arc<dyn Tls>>,
    /// Where credentials were accepted.
    pub spaces: Mutex<Vec<Space>>,
    /// Origins that have answered as HTTP/1.0.
    elders: Mutex<BTreeSet<String>>,
    pool: Arc<Pool>,
}

impl Session {
    /// A session over this pool.
    pub fn new(policy: Arc<Policy>, dialler: Dialler, pool: Arc<Pool>) -> Self {
        Self { policy, dialler, tls: None, spaces: Mutex::default(), elders: Mutex::default(), pool }
    }

    /// Closes the connections. Those in use are closed with their response.
    pub fn close(&self) {
        self.pool.close();
    }

    /// Drops all idle connections.
    pub(super) fn drop_idle(&self) {
        self.pool.clear();
    }

    /// Sends a request as it is and reads the head of its response: no redirects, no challenges. An idempotent
    /// request that meets a connection that was closed meanwhile is sent once more on a new one
    /// (RFC 9112 9.3.1).
    ///
    /// # Errors
    /// Those of the connection.
    pub fn exchange(&self, request: &Request) -> Result<Response> {
        let prepared = exchange::prepare(request, &self.policy)?;
        if prepared.is_chunked() && self.elders().contains(&request.url.host_and_port()) {
            return Err(Error::invalid("the server has answered as HTTP/1.0, which knows no chunks"));
        }
        let mut fresh = false;
        loop {
            match self.attempt(request, &prepared, fresh) {
                Ok(response) => return Ok(response),
                Err(Failure { error, may_repeat }) => {
                    if fresh || !may_repeat || !request.content.rewind() {
                        return Err(error);
                    }
                    fresh = true;
                }
            }
        }
    }

    /// Sends all requests on one connection before it reads the first response, as no conforming client does
    /// unasked.
    pub(super) fn pipeline(&self, requests: &[Request]) -> Result<Vec<(ResponseHead, Vec<u8>)>> {
        let Some(first) = requests.first() else { return Ok(Vec::new()) };
        let mut connection = self.connection(first);
        connection.set_timers(first.timers.clone());
        for request in requests {
            let prepared = exchange::prepare(request, &self.policy)?;
            exchange::send(&mut connection, request, &prepared, &self.policy)?;
            connection.pretend_idle();
        }
        let mut answers = Vec::new();
        for request in requests {
            connection.pretend_sent(&request.method);
            let head = connection.getresponse()?;
            let mut content = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                match connection.read(&mut buffer)? {
                    0 => break,
                    count => content.extend_from_slice(&buffer[..count]),
                }
            }
            answers.push((head, content));
        }
        Ok(answers)
    }

    fn attempt(
        &self,
        request: &Request,
        prepared: &Prepared,
        fresh: bool,
    ) -> std::result::Result<Response, Failure> {
        if request.proxy.is_some() && !self.policy.leaves_names_to_proxy {
            let (url, patience) = (&request.url, request.timers.connecting(Instant::now()));
            self.dialler
                .look_up(url.bare_host(), url.effective_port(), &self.policy, &patience)
                .map_err(Failure::for_good)?;
        }
        let mut lease = self.lend(request, fresh).map_err(Failure::for_good)?;
        let connection = lease.connection_mut();
        if !keeps_alive(request, &self.policy) {
            connection.set_last();
        }
        match exchange::perform(connection, request, prepared, &self.policy) {
            Ok(head) => {
                if head.minor == 0 {
                    self.elders().insert(request.url.host_and_port());
                }
                let interim = connection.take_interim();
                let url = request.url.clone();
                let mut response =
                    Response::new(head, url, &request.treatment, Arc::clone(&self.policy), lease);
                response.history.clone_from(&request.history);
                if self.policy.shows_interim {
                    response.interim = interim;
                }
                if !self.policy.shows_reason {
                    response.reason.clear();
                }
                Ok(response)
            }
            Err(error) => Err(self.failure(request, lease, error)),
        }
    }

    fn failure(&self, request: &Request, mut lease: Lease, error: Error) -> Failure {
        let policy = &self.policy;
        let connection = lease.connection_mut();
        let reused = connection.is_reused() || !policy.repeats_after_reuse_only;
        let lost = matches!(error.class, Class::Closed | Class::Reset) && connection.heard_nothing();
        let allowed = request.is_idempotent(policy) || !policy.repeats_idempotent_only;
        let may_repeat = policy.repeats_on_stale_connection && reused && lost && allowed;
        let error =
            if policy.names_target_in_errors { error.at(&request.url.host_and_port()) } else { error };
        lease.give_up(&error);
        Failure { error, may_repeat }
    }

    /// Servers that chunks must not be sent to (RFC 9112 6.1).
    fn elders(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.elders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lend(&self, request: &Request, fresh: bool) -> Result<Lease> {
        self.pool.lend(self.key(request), fresh, &request.timers, || self.connection(request))
    }

    fn key(&self, request: &Request) -> Key {
        let url = &request.url;
        let port = if self.policy.keys_by_port { url.effective_port() } else { 0 };
        let proxy = request.proxy.as_ref().map(|proxy| proxy.url.host_and_port());
        let socket = self.dialler.unix_socket.clone();
        if proxy.is_some() && url.scheme == "http" {
            // A proxy takes requests for any host on one connection.
            return Key { scheme: url.scheme.clone(), host: String::new(), port: 0, proxy, socket };
        }
        Key { scheme: url.scheme.clone(), host: url.host.to_ascii_lowercase(), port, proxy, socket }
    }

    fn connection(&self, request: &Request) -> HttpConnection {
        let url = &request.url;
        let through = request.proxy.as_ref().map_or(url, |proxy| &proxy.url);
        let mut connection = HttpConnection::new(
            through.bare_host(),
            through.effective_port(),
            self.dialler.clone(),
            Arc::clone(&self.policy),
        );
        if url.scheme == "https" {
            if let Some(proxy) = &request.proxy {
                let fields = tunnel_fields(request, proxy, &self.policy);
                let tunnel = Tunnel { host: url.host.clone(), port: url.effective_port(), fields };
                // A connection that was just made is not connected.
                let _never = connection.set_tunnel(tunnel);
            }
            connection.set_secure(self.tls.clone());
        }
        connection
    }

    /// Notes that credentials were accepted here.
    pub fn remember(&self, space: Space) {
        let mut spaces = self.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        if !spaces.contains(&space) {
            spaces.push(space);
        }
    }
}

fn tunnel_fields(request: &Request, proxy: &ProxyServer, policy: &Policy) -> Vec<(String, Vec<u8>)> {
    let mut fields = proxy.fields(policy);
    if !policy.keeps_fields_from_connect {
        fields.extend(request.fields.iter().cloned());
    }
    fields
}

struct Failure {
    error: Error,
    may_repeat: bool,
}

impl Failure {
    fn for_good(error: Error) -> Self {
        Self { error, may_repeat: false }
    }
}
