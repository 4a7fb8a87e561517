//! The reference client against bare sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its sockets has failed")]

mod bare;
mod connections;
mod credentials;
mod declared;
mod exchanges;
mod layers;
mod limits;
mod mutants;
mod proxies;
mod redirects;
mod uploads;
