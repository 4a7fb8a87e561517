//! The reference client: a synchronous HTTP/1.1 client on sockets, in the shape of `urllib.request` and
//! `http.client`, strictly conforming to RFC 9110 and RFC 9112.
//!
//! ```text
//! adapter ──▶ opener, handlers ──▶ session, pool ──▶ exchange ──▶ connection ──▶ transport
//!             (redirect, auth,                       (fields,      (head, framing,   (TCP, Unix;
//!              proxy)                                 framing)      chunked)          TLS later)
//! ```
//!
//! Every decision is a field of [`Policy`]. The protocol is pure functions over bytes (`head`, `framing`,
//! `chunked`, `coding`, `text`, `url`, `redirect`, `challenge`, `auth`, `environment`); only `transport` and `dial` know sockets. It shares no
//! code with the servers, so that the two check each other.

mod adapter;
pub mod auth;
mod caller;
pub mod challenge;
pub mod chunked;
pub mod coding;
mod collect;
pub mod connection;
mod declared;
pub mod dial;
pub mod encode;
pub mod environment;
pub mod error;
pub mod exchange;
pub mod fields;
pub mod framing;
pub mod head;
mod incoming;
pub mod opener;
pub mod policy;
pub mod pool;
pub mod proxy;
pub mod redirect;
pub mod request;
pub mod response;
mod resume;
pub mod retry;
pub mod session;
pub mod text;
pub mod timeouts;
pub mod transport;
pub mod url;

pub use policy::Policy;

use std::sync::Arc;

use crate::{
    capabilities::Hello,
    contract::{Answer, Client, Surroundings},
    job::Job,
};

/// The reference client behind the contract.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    policy: Arc<Policy>,
}

impl Reference {
    /// A client with these decisions; [`Policy::default`] is the conforming one.
    pub fn new(policy: Policy) -> Self {
        Self { policy: Arc::new(policy) }
    }

    /// Its decisions.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl Client for Reference {
    fn hello(&self) -> Hello {
        declared::hello(&self.policy)
    }

    fn answer(&self, job: &Job, surroundings: &Surroundings) -> Answer {
        adapter::answer(&self.policy, job, surroundings)
    }
}
