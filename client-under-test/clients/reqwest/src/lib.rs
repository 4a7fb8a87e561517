//! [reqwest](https://docs.rs/reqwest) behind Wireproof's client contract.
//!
//! A job is a client of its own on a runtime of its own, so that all it has opened ends with it. What is asked of it is
//! in `session` and `request`, how its body is taken in `response`, what its errors mean in `errors`; this file declares
//! what reqwest can do.

mod errors;
mod request;
mod response;
mod session;

use wireproof_client::{
    adapter::locked_version,
    capabilities::{Hello, Support},
    contract::{AdapterError, Answer, Client, Surroundings},
    job::Job,
    outcome::Outcome,
};

use session::Session;

/// reqwest's asynchronous client, with its defaults, in the version that is linked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reqwest;

impl Client for Reqwest {
    fn hello(&self) -> Hello {
        let version = locked_version(include_str!("../../../../Cargo.lock"), "reqwest");
        Hello::new("reqwest", version.unwrap_or("unknown"))
            .supports(Support::Yes, SWITCHED_ON)
            .supports(Support::Configurable, CONFIGURABLE)
            .supports(Support::Yes, ABLE)
            .per_call(PER_CALL)
            .limit("max-redirects", 10)
            // Of hyper: 8 KiB and a hundred times 4 KiB.
            .limit("head-bytes", 417_792)
            .limit("field-count", 100)
            .limit("pool-per-host", "none")
            .limit("connect-timeout", "none")
            .limit("read-timeout", "none")
            .limit("total-timeout", "none")
    }

    // The environment is what reqwest itself reads: jobs with variables get a process of their own.
    fn answer(&self, job: &Job, _: &Surroundings) -> Answer {
        if let Err(refusal) = session::refuse(job) {
            return refusal.to(job);
        }
        let runtime = match session::runtime() {
            Ok(runtime) => runtime,
            Err(error) => {
                let text = format!("there is no runtime: {error}");
                return Answer::AdapterError(AdapterError { id: Some(job.id.clone()), text });
            }
        };
        let session = Session::open(job);
        let calls = runtime.block_on(session.run(job));
        drop(session);
        // Connections are tasks and end with the runtime. What may still wait is a source of content nobody wants.
        runtime.shutdown_timeout(session::SHUTDOWN);
        Answer::Outcome(Outcome { id: job.id.clone(), calls })
    }
}

/// On by default.
const SWITCHED_ON: &[&str] = &[
    "redirects",  // `Policy::none()`
    "decompress", // `no_gzip()` and its like
    "keepalive",  // `pool_max_idle_per_host(0)`
    "proxy-env",  // `no_proxy()`
];

const CONFIGURABLE: &[&str] = &[
    "cookies", // `cookie_store(true)`
    "max-redirects",
    "connect-timeout",
    "read-timeout",
    "total-timeout", // `timeout`
    "idle-timeout",  // `pool_idle_timeout`
    "basic-auth",
    "bearer",
    "proxy",
    "proxy-auth",
    "no-proxy",
    "http-version",
    "resolve",
    "unix-socket",
    "local-address",
    "status-errors", // `error_for_status_ref`
];

/// Things without a switch.
const ABLE: &[&str] = &[
    "gzip",
    "deflate",
    "br",
    "socks",
    "ipv6",
    "idn",
    "multi-call",
    "concurrent",
    "custom-method",
    "get-body",
    "custom-host",
    "query",
    "form",
    "json",
    "multipart",
    "streaming-upload",
    "upload-flush",
    "streaming-response",
    "cancel", // By dropping the future.
    "upgrade",
    "range",
    "charset",
    "json-response",
    "field-duplicates",
    "field-bytes",
    "sees-version",
    "sees-url",
    "sees-duplicates",
    "sees-bytes",
];

/// What a request has a function for.
const PER_CALL: &[&str] = &["basic-auth", "bearer", "http-version", "status-errors", "total-timeout"];
