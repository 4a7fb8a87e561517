//! [ureq](https://docs.rs/ureq) behind Wireproof's client contract.
//!
//! A job is an agent of its own. What is asked of it is in `request`, how its body is taken in `response`, what its
//! errors mean in `errors`; this file declares what ureq can do.

mod agent;
mod errors;
mod request;
mod response;

use wireproof_client::{
    adapter::{self, locked_version},
    capabilities::{Hello, Support},
    contract::{Answer, Client, Surroundings},
    job::Job,
};

use agent::Session;

/// ureq, with its defaults, in the version that is linked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ureq;

impl Client for Ureq {
    fn hello(&self) -> Hello {
        let version = locked_version(include_str!("../../../../Cargo.lock"), "ureq");
        Hello::new("ureq", version.unwrap_or("unknown"))
            .supports(Support::Always, ALWAYS)
            .supports(Support::Yes, SWITCHED_ON)
            .supports(Support::Configurable, CONFIGURABLE)
            .supports(Support::Yes, ABLE)
            .per_call(PER_CALL)
            .limit("max-redirects", 10)
            .limit("retry", 0)
            .limit("head-bytes", 64 * 1024)
            .limit("field-count", 128)
            .limit("pool-per-host", "none")
            .limit("expect-wait", 1000)
            .limit("connect-timeout", "none")
            .limit("read-timeout", "none")
            .limit("total-timeout", "none")
    }

    // The environment is what ureq itself reads: jobs with variables get a process of their own.
    fn answer(&self, job: &Job, _: &Surroundings) -> Answer {
        match Session::open(job) {
            Ok(session) => adapter::run(job, |call| session.call(call)),
            Err(refusal) => refusal.to(job),
        }
    }
}

/// By features of the crate, without a switch: the jar of an agent, and decoding by Content-Encoding.
const ALWAYS: &[&str] = &["cookies", "decompress"];

/// On by default.
const SWITCHED_ON: &[&str] = &[
    "redirects", // `max_redirects(0)`
    "keepalive", // `max_idle_connections(0)`
    "proxy-env", // `proxy(None)`
];

const CONFIGURABLE: &[&str] = &[
    "expect-continue", // By the field, as the manual has it.
    "max-redirects",
    "max-body", // `with_config().limit()`
    "max-head", // `max_response_header_size`
    "connect-timeout",
    "send-timeout",  // `timeout_per_write`
    "head-timeout",  // `timeout_recv_response`
    "read-timeout",  // `timeout_per_read`
    "total-timeout", // `timeout_global`
    "idle-timeout",  // `max_idle_age`
    "proxy",
    "proxy-auth", // By the user information of the proxy's URL.
    "no-proxy",
    "http-version",
    "ip-version",
    // On by default in truth. But then a 404 is an error that holds the number alone, and the manual says to switch it
    // off to see the response; the contract wants the response.
    "status-errors",
];

/// Things without a switch.
const ABLE: &[&str] = &[
    "gzip",
    "br",
    "proxy-connect",
    "socks",
    "ipv6",
    "multi-call",
    "concurrent",
    "custom-method", // `allow_non_standard_methods`
    "get-body",      // `force_send_body`
    "custom-host",
    "query",
    "form",
    "json",
    "multipart",
    "streaming-upload",
    "upload-flush", // What a read gives is sent before the next one.
    "streaming-response",
    "cancel", // By `shutdown` of the agent, or by dropping the response.
    "range",
    "charset",
    "json-response",
    "url-bytes",
    "field-duplicates",
    "field-case", // `header_raw`
    "field-bytes",
    "field-suppress", // User-Agent, Accept and Accept-Encoding, by an empty value.
    "sees-version",
    "sees-url",
    "sees-duplicates",
    "sees-bytes",
];

/// What the configuration of a request can override.
const PER_CALL: &[&str] = &[
    "redirects",
    "max-redirects",
    "max-body",
    "max-head",
    "expect-continue",
    "connect-timeout",
    "send-timeout",
    "head-timeout",
    "read-timeout",
    "total-timeout",
    "http-version",
    "status-errors",
];
